//! Properties that hold for any pattern and any event.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::pattern::Pattern;
use crate::pattern::wildcard::Wildcard;

/// Keys and strings that make patterns and events meet; between two blanks, the empty string.
const WORDS: &str = "a b $or prefix suffix equals-ignore-case wildcard anything-but numeric cidr exists \
                     = < <= > >=  * a*b 10.0.0.0/8 10.1.2.3 ::/0";

fn word() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.split(' ').collect();
    prop_oneof![4 => proptest::sample::select(words).prop_map(str::to_owned), 1 => any::<String>()]
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    plain().prop_recursive(6, 64, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..4).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Patterns that parse, without `$or`: objects of a few keys over exact values and absence.
fn simple_pattern() -> impl Strategy<Value = Value> {
    let entry = prop_oneof![
        3 => (0..3_i64).prop_map(Value::from),
        1 => Just(json!({ "exists": false })),
        1 => Just(json!({ "exists": true })),
        1 => Just(json!({ "anything-but": 0 })),
    ];
    let leaf = prop::collection::vec(entry, 1..3).prop_map(Value::from);
    leaf.prop_recursive(3, 12, 3, |inner| object_of(inner, 1)).prop_filter("an object", Value::is_object)
}

/// Events over the same keys and values, with lists.
fn simple_event() -> impl Strategy<Value = Value> {
    let value = (0..3_i64).prop_map(Value::from);
    let value = value.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from), object_of(inner, 0),]
    });
    object_of(value, 0)
}

fn object_of(inner: impl Strategy<Value = Value>, least: usize) -> impl Strategy<Value = Value> {
    let key = proptest::sample::select(vec!["a", "b", "c"]);
    prop::collection::vec((key, inner), least..4).prop_map(|entries| {
        let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
        Value::Object(entries.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(pattern in any_json(), event in any_json()) {
        if let Ok(pattern) = Pattern::parse(&pattern) {
            let result = pattern.check(&event);
            prop_assert_eq!(result.is_ok(), pattern.matches(&event));
            if let Err(mismatch) = result {
                prop_assert!(mismatch.to_string().chars().count() < 1600);
            }
        }
    }

    #[test]
    fn nothing_panics_in_a_list(list in prop::collection::vec(any_json(), 1..3), value in any_json()) {
        if let Ok(pattern) = Pattern::parse(&json!({ "f": list })) {
            let event = json!({ "f": value });
            prop_assert_eq!(pattern.check(&event).is_ok(), pattern.matches(&event));
        }
    }

    #[test]
    fn wildcard_agrees_with_a_naive_matcher(source in r"[ab*\\]{0,8}", text in r"[ab*\\]{0,10}") {
        if let Ok(wildcard) = Wildcard::parse(&source) {
            let tokens = tokens(&source);
            let text_chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(wildcard.matches(&text), naive(&tokens, &text_chars));
        }
    }

    #[test]
    fn lists_agree_with_aws_definition(
        pattern in simple_pattern(),
        list in prop::collection::vec(simple_event(), 0..4),
    ) {
        let pattern = json!({ "l": pattern });
        let event = json!({ "l": list });
        let mut wanted = Vec::new();
        flatten_pattern(&pattern, "", &mut wanted);
        let mut fields = Vec::new();
        flatten_event(&event, "", &[], &mut 0, &mut fields);
        let compiled = Pattern::parse(&pattern);
        prop_assert_eq!(
            compiled.map(|compiled| compiled.matches(&event)),
            Ok(consistent(&wanted, &fields, &mut Vec::new(), &mut Vec::new()))
        );
    }

    #[test]
    fn or_is_either(both in simple_pattern(), one in simple_pattern(), other in simple_pattern(), event in simple_event()) {
        // Apart from one another, so that nothing is set twice.
        let beside = |alternative: &Value| json!({ "x": both, "y": alternative });
        let event = json!({ "x": event, "y": [event, 1] });
        let or = json!({ "x": both, "$or": [{ "y": one }, { "y": other }] });
        let fits = |pattern: &Value| Pattern::parse(pattern).map(|pattern| pattern.matches(&event));
        let either = fits(&beside(&one)) == Ok(true) || fits(&beside(&other)) == Ok(true);
        prop_assert_eq!(fits(&or), Ok(either));
    }
}

/// A star is none, anything else itself.
fn tokens(source: &str) -> Vec<Option<char>> {
    let mut chars = source.chars();
    let mut tokens = Vec::new();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '*' => None,
            '\\' => chars.next(),
            _ => Some(char),
        });
    }
    tokens
}

fn naive(tokens: &[Option<char>], text: &[char]) -> bool {
    match (tokens, text) {
        ([], _) => text.is_empty(),
        ([None, rest @ ..], [_, after @ ..]) => naive(rest, text) || naive(tokens, after),
        ([None, rest @ ..], []) => naive(rest, text),
        ([Some(wanted), rest @ ..], [found, after @ ..]) => wanted == found && naive(rest, after),
        ([Some(_), ..], []) => false,
    }
}

/// A plain value of an event: its path, and the element it is in of every list above it. A list is
/// known by its number.
type Field = (String, Value, Vec<(usize, usize)>);

/// AWS's way: the event is flat, and every field knows its lists.
fn flatten_event(value: &Value, path: &str, lists: &[(usize, usize)], count: &mut usize, fields: &mut Vec<Field>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                flatten_event(value, &format!("{path}.{key}"), lists, count, fields);
            }
        }
        Value::Array(elements) => {
            let list = *count;
            *count += 1;
            for (index, element) in elements.iter().enumerate() {
                // A plain element is not held to its list, so that two lists of one field may share it.
                let inside = element.is_object() || element.is_array();
                let lists: Vec<(usize, usize)> = lists.iter().copied().chain(inside.then_some((list, index))).collect();
                flatten_event(element, path, &lists, count, fields);
            }
        }
        plain => fields.push((path.to_owned(), plain.clone(), lists.to_vec())),
    }
}

fn flatten_pattern(pattern: &Value, path: &str, wanted: &mut Vec<(String, Vec<Value>)>) {
    match pattern {
        Value::Object(object) => {
            for (key, value) in object {
                flatten_pattern(value, &format!("{path}.{key}"), wanted);
            }
        }
        list => wanted.push((path.to_owned(), list.as_array().cloned().unwrap_or_default())),
    }
}

/// Whether every path finds a value, no two of them in different elements of the same list; a path may
/// do without where no value of it is in the elements chosen by the others.
fn consistent(
    wanted: &[(String, Vec<Value>)],
    fields: &[Field],
    chosen: &mut Vec<(usize, usize)>,
    absent: &mut Vec<String>,
) -> bool {
    let Some(((path, list), rest)) = wanted.split_first() else {
        return absent.iter().all(|path| !fields.iter().any(|field| field.0 == *path && agree(chosen, &field.2)));
    };
    for (field, value, lists) in fields {
        if field == path && list.iter().any(|entry| entry_fits(entry, value)) && agree(chosen, lists) {
            let before = chosen.len();
            chosen.extend(lists);
            if consistent(rest, fields, chosen, absent) {
                return true;
            }
            chosen.truncate(before);
        }
    }
    if list.contains(&json!({ "exists": false })) {
        absent.push(path.clone());
        if consistent(rest, fields, chosen, absent) {
            return true;
        }
        absent.pop();
    }
    false
}

fn agree(left: &[(usize, usize)], right: &[(usize, usize)]) -> bool {
    left.iter().all(|(list, element)| right.iter().all(|(other, index)| list != other || element == index))
}

fn entry_fits(entry: &Value, value: &Value) -> bool {
    match entry.as_object().and_then(|object: &Map<String, Value>| object.iter().next()) {
        Some((name, operand)) if name == "exists" => operand == &json!(true),
        Some((_, excluded)) => excluded != value,
        None => entry == value,
    }
}
