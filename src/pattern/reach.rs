//! Questions to a pattern without an event at hand: could it ever fit, and which of the things that it wants never do?

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::Pattern;
use super::condition::Condition;
use super::node::Node;
use super::operator::{ANYTHING_BUT, conditions};
use super::parse::OR;

/// What is known of one place in all events of a sort.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// Always this plain value.
    Is(Value),
    /// One of these plain values, or none.
    OneOf(Vec<Value>),
    /// Plain values of this one's type, any number of them.
    Like(Value),
    /// Objects with these fields and no others, any number of them.
    Fields(BTreeMap<String, Known>),
    /// Nothing is known.
    Any,
}

/// How far a pattern fits the events of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// None of them.
    Never,
    /// Perhaps some.
    Maybe,
    /// All of them.
    Always,
}

/// One thing that a pattern wants of one field, or does not want.
#[derive(Debug, Clone)]
pub struct Want {
    /// Its place in the pattern, a JSON pointer: `/kind/0`.
    pub pointer: String,
    /// The names that lead to the field in an event.
    pub path: Vec<String>,
    /// As an explanation names it: `prefix "a"` in backticks.
    pub words: String,
    /// The text in it, if it is of one text.
    pub text: Option<String>,
    /// Whether it stands in `anything-but`.
    pub excluded: bool,
    /// It alone.
    pub pattern: Pattern,
}

impl Known {
    /// What an event that holds all it can tells about the others: their names and types.
    pub fn like(specimen: &Value) -> Known {
        match specimen {
            Value::Null => Known::Any,
            Value::Array(items) => items.first().map_or(Known::Any, Known::like),
            Value::Object(fields) => {
                Known::Fields(fields.iter().map(|(name, value)| (name.clone(), Known::like(value))).collect())
            }
            plain => Known::Like(plain.clone()),
        }
    }

    /// What is known of a field; none if there never is one.
    pub fn get(&self, name: &str) -> Option<&Known> {
        match self {
            Known::Fields(fields) => fields.get(name),
            Known::Any => Some(&Known::Any),
            Known::Is(_) | Known::OneOf(_) | Known::Like(_) => None,
        }
    }
}

impl Pattern {
    /// How far it fits events that are `known` so far.
    pub fn reach(&self, known: &Known) -> Reach {
        self.alternatives.iter().map(|node| of_node(node, Some(known))).max().unwrap_or(Reach::Never)
    }
}

/// Everything that `pattern` wants, one by one; what is no pattern wants nothing.
pub fn wants(pattern: &Value) -> Vec<Want> {
    fn walk(value: &Value, pointer: &str, path: &[String], out: &mut Vec<Want>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    match value {
                        Value::Array(members) if key == OR => {
                            let members = members.iter().enumerate();
                            members.for_each(|(index, member)| walk(member, &format!("{pointer}/{index}"), path, out));
                        }
                        _ => walk(value, &pointer, &[path, std::slice::from_ref(key)].concat(), out),
                    }
                }
            }
            Value::Array(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    let pointer = format!("{pointer}/{index}");
                    match entry.get(ANYTHING_BUT) {
                        Some(excluded) => singles(excluded).iter().for_each(|entry| add(entry, &pointer, path, true, out)),
                        None => add(entry, &pointer, path, false, out),
                    }
                }
            }
            _ => {}
        }
    }

    fn add(entry: &Value, pointer: &str, path: &[String], excluded: bool, out: &mut Vec<Want>) {
        let Ok(conditions) = conditions(std::slice::from_ref(entry), "") else { return };
        let words = conditions.first().map(Condition::to_string).unwrap_or_default();
        let mut node = Node::default();
        node.insert(&path.iter().map(String::as_str).collect::<Vec<_>>(), &Arc::from(conditions));
        let text = entry.as_str().or_else(|| entry.as_object()?.values().next()?.as_str()).map(str::to_owned);
        let pattern = Pattern { alternatives: vec![node] };
        out.push(Want { pointer: pointer.to_owned(), path: path.to_owned(), words, text, excluded, pattern });
    }

    let mut out = Vec::new();
    walk(pattern, "", &[], &mut out);
    out
}

/// Whether what `narrower` fits is sure to fit `wider`, as far as their forms show: it wants all the same, and perhaps more.
pub fn covers(wider: &Value, narrower: &Value) -> bool {
    fn is_looser(wider: &Value, narrower: &Value, depth: usize) -> bool {
        match (wider, narrower) {
            (Value::Object(wider), Value::Object(narrower)) => wider.iter().all(|(key, value)| {
                let same = |other: &Value| depth == 0 && value == other;
                narrower.get(key).is_some_and(|other| same(other) || key != OR && is_looser(value, other, depth + 1))
            }),
            // Below a list of objects, what is to be absent alone has to be so in all of them.
            (Value::Array(wider), Value::Array(narrower)) => {
                let wants_absence = wider.iter().any(|entry| entry.get("exists") == Some(&Value::Bool(false)));
                (depth == 1 || !wants_absence) && narrower.iter().all(|entry| wider.contains(entry))
            }
            _ => false,
        }
    }
    wider == narrower || is_looser(wider, narrower, 0)
}

/// What an `anything-but` names, each as an entry of its own.
fn singles(excluded: &Value) -> Vec<Value> {
    match excluded {
        Value::Array(entries) => entries.clone(),
        Value::Object(operator) => {
            let of = |name: &String, operand: &Value| Value::from_iter([(name.clone(), operand.clone())]);
            let each = operator.iter().flat_map(|(name, operand)| match operand {
                Value::Array(operands) => operands.iter().map(|operand| of(name, operand)).collect(),
                operand => vec![of(name, operand)],
            });
            each.collect()
        }
        plain => vec![plain.clone()],
    }
}

fn of_node(node: &Node, known: Option<&Known>) -> Reach {
    let leaf = node.leaf.as_deref().map_or(Reach::Always, |conditions| of_leaf(conditions, known));
    let fields = node.fields.iter().map(|(key, child)| of_node(child, known.and_then(|known| known.get(key))));
    fields.fold(leaf, Reach::min)
}

fn of_leaf(conditions: &[Condition], known: Option<&Known>) -> Reach {
    let absent = conditions.iter().any(Condition::fits_absence);
    let fits = |value: &Value| conditions.iter().any(|condition| condition.fits(value));
    let sure = |fits: bool| if fits { Reach::Always } else { Reach::Never };
    let possible = |fits: bool| if fits { Reach::Maybe } else { Reach::Never };
    match known {
        None | Some(Known::Fields(_)) => sure(absent),
        Some(Known::Is(value)) => sure(fits(value)),
        Some(Known::OneOf(values)) => possible(absent || values.iter().any(fits)),
        Some(Known::Like(value)) => possible(absent || conditions.iter().any(|condition| is_for(condition, value))),
        Some(Known::Any) => Reach::Maybe,
    }
}

/// Whether a value of the type of `value` can fit.
fn is_for(condition: &Condition, value: &Value) -> bool {
    match condition {
        Condition::Exact(wanted) => std::mem::discriminant(wanted) == std::mem::discriminant(value),
        Condition::Numeric(_) => value.is_number(),
        Condition::Exists(_) | Condition::AnythingBut(_) => true,
        // All others are of texts.
        _ => value.is_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    fn known() -> Known {
        let specimen = json!({
            "title": "x", "tags": ["x"], "data": { "days": 12, "in_use": true, "parts": [{ "name": "x", "size": 1.5 }] }, "empty": [],
        });
        let Known::Fields(mut fields) = Known::like(&specimen) else { unreachable!() };
        fields.insert("kind".to_owned(), Known::Is(json!("alarm")));
        fields.insert("owner".to_owned(), Known::OneOf(vec![json!("sre"), json!("lab")]));
        Known::Fields(fields)
    }

    #[test]
    fn a_pattern_reaches_what_could_fit() {
        use Reach::{Always, Maybe, Never};
        for (pattern, reach) in [
            (json!({ "kind": ["alarm"] }), Always),
            (json!({ "kind": ["text", { "prefix": "al" }] }), Always),
            (json!({ "kind": [{ "exists": false }] }), Never),
            (json!({ "kind": [{ "anything-but": ["text"] }] }), Always),
            (json!({ "kind": [{ "anything-but": { "prefix": "al" } }] }), Never),
            (json!({ "kind": ["text"], "title": ["x"] }), Never),
            (json!({ "title": ["y"] }), Maybe),
            (json!({ "title": [5] }), Never),
            (json!({ "title": [{ "numeric": [">", 1] }] }), Never),
            (json!({ "title": [null] }), Never),
            (json!({ "title": [{ "exists": false }] }), Maybe),
            (json!({ "title": { "x": ["y"] } }), Never),
            (json!({ "tags": [{ "wildcard": "a*" }] }), Maybe),
            (json!({ "owner": ["sre"] }), Maybe),
            (json!({ "owner": ["ser"] }), Never),
            (json!({ "owner": [{ "anything-but": "sre" }] }), Maybe),
            (json!({ "data": ["x"] }), Never),
            (json!({ "data": { "days": ["12"] } }), Never),
            (json!({ "data": { "days": [{ "numeric": ["<", 14] }] } }), Maybe),
            (json!({ "data": { "in_use": [true] } }), Maybe),
            (json!({ "data": { "in_use": ["true"] } }), Never),
            (json!({ "data": { "parts": { "size": [2] } } }), Maybe),
            (json!({ "data": { "parts": { "sizes": [2] } } }), Never),
            (json!({ "nothing": [{ "exists": false }] }), Always),
            (json!({ "nothing": ["x", { "exists": true }] }), Never),
            (json!({ "empty": { "x": ["y"] } }), Maybe),
            (json!({ "$or": [{ "kind": ["text"] }, { "title": ["y"] }] }), Maybe),
            (json!({ "$or": [{ "kind": ["text"] }, { "owner": ["ser"] }] }), Never),
        ] {
            assert_eq!(Pattern::parse(&pattern).unwrap().reach(&known()), reach, "{pattern}");
        }
    }

    #[test]
    fn every_want_has_its_place_and_can_be_asked_alone() {
        let pattern = json!({
            "kind": ["alarm", { "prefix": "b" }],
            "data": { "a/b": [{ "anything-but": ["x", "y"] }, { "numeric": ["<", 5] }] },
            "$or": [{ "kind": [{ "anything-but": { "suffix": ["z"] } }] }, { "owner": [{ "exists": true }] }],
        });
        let wants = wants(&pattern);
        let told: Vec<_> = wants
            .iter()
            .map(|want| (want.pointer.as_str(), want.path.join("."), want.words.as_str(), want.text.as_deref(), want.excluded))
            .collect();
        assert_eq!(
            told,
            [
                ("/kind/0", "kind".to_owned(), "`alarm`", Some("alarm"), false),
                ("/kind/1", "kind".to_owned(), "prefix `b`", Some("b"), false),
                ("/data/a~1b/0", "data.a/b".to_owned(), "`x`", Some("x"), true),
                ("/data/a~1b/0", "data.a/b".to_owned(), "`y`", Some("y"), true),
                ("/data/a~1b/1", "data.a/b".to_owned(), "a number < 5", None, false),
                ("/$or/0/kind/0", "kind".to_owned(), "suffix `z`", Some("z"), true),
                ("/$or/1/owner/0", "owner".to_owned(), "any value", None, false),
            ]
        );
        let reaches: Vec<_> = wants.iter().map(|want| want.pattern.reach(&known())).collect();
        use Reach::{Always, Maybe, Never};
        assert_eq!(reaches, [Always, Never, Never, Never, Never, Never, Maybe]);
        assert!(super::wants(&json!({ "kind": "alarm", "x": [{ "prefiks": "y" }] })).is_empty());
    }

    #[test]
    fn a_pattern_covers_what_wants_the_same_and_more() {
        for (wider, narrower, is) in [
            (json!({ "a": ["x"] }), json!({ "a": ["x"] }), true),
            (json!({ "a": ["x", "y"] }), json!({ "a": ["y"], "b": ["z"] }), true),
            (json!({ "a": ["x"] }), json!({ "a": ["x", "y"] }), false),
            (json!({ "a": ["x"], "b": ["z"] }), json!({ "a": ["x"] }), false),
            (json!({ "a": { "b": ["x"] } }), json!({ "a": { "b": ["x"], "c": ["y"] } }), true),
            (json!({ "a": [{ "exists": false }] }), json!({ "a": [{ "exists": false }], "b": ["x"] }), true),
            (json!({ "a": { "b": [{ "exists": false }] } }), json!({ "a": { "b": [{ "exists": false }], "c": ["y"] } }), false),
            (json!({ "a": { "b": [{ "exists": false }] } }), json!({ "a": { "b": [{ "exists": false }] }, "c": ["y"] }), true),
            (
                json!({ "$or": [{ "a": ["x"] }, { "b": ["x"] }] }),
                json!({ "$or": [{ "a": ["x"] }, { "b": ["x"] }], "c": ["y"] }),
                true,
            ),
            (json!({ "$or": [{ "a": ["x"] }, { "b": ["x"] }] }), json!({ "$or": [{ "a": ["x"] }, { "c": ["x"] }] }), false),
        ] {
            assert_eq!(covers(&wider, &narrower), is, "{wider} over {narrower}");
        }
    }
}
