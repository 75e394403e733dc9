//! JSON as it comes: what a text holds, where any two readers would say the same.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::{Deserializer, Value};

/// `text` as a value; a half of a surrogate pair in it becomes U+FFFD.
///
/// None if it is no JSON, if it nests too deep (128 levels), or if it says twice what it is.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut text = Cow::Borrowed(text);
    let mut read: Result<Value, _> = serde_json::from_str(&text);
    if read.is_err() {
        text = Cow::Owned(with_whole_characters(&text)?);
        read = serde_json::from_str(&text);
    }
    read.ok().filter(|value| !value.is_object() || !says_twice_what_it_is(&text))
}

/// Whether the object `text` has two values for a key that tells what it is: a filter in front of us may have read the one,
/// and we would read the other.
fn says_twice_what_it_is(text: &str) -> bool {
    const TELLING: [&str; 18] = [
        "Message",
        "Records",
        "TopicArn",
        "Type",
        "account",
        "body",
        "content",
        "detail",
        "detail-type",
        "detailType",
        "eventTypeCode",
        "payload",
        "hikyaku",
        "kind",
        "records",
        "requestContext",
        "requestPayload",
        "source",
    ];

    struct Keys;

    impl<'de> Visitor<'de> for Keys {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let (mut seen, mut twice) = ([false; TELLING.len()], false);
            while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                let told = TELLING.iter().zip(&mut seen).find(|(telling, _)| **telling == key);
                twice |= told.is_some_and(|(_, seen)| std::mem::replace(seen, true));
            }
            Ok(twice)
        }
    }

    // What cannot be looked at is not believed.
    Deserializer::from_str(text).deserialize_map(Keys).unwrap_or(true)
}

/// `text` with each escaped half of a surrogate pair replaced; none if there is none.
fn with_whole_characters(text: &str) -> Option<String> {
    static ESCAPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let (high, low) = (r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}");
        Regex::new(&format!(r"(?s){high}{low}|(?P<half>{high}|{low})|\\.")).ok()
    });
    let half_or_whole = |found: &Captures<'_>| match found.name("half") {
        Some(_) => r"\ufffd".to_owned(),
        None => found.get(0).map(|whole| whole.as_str().to_owned()).unwrap_or_default(),
    };
    // Most of what is no JSON is plain text, and long.
    if !text.contains(r"\u") {
        return None;
    }
    match ESCAPES.as_ref()?.replace_all(text, half_or_whole) {
        Cow::Owned(whole) if whole != text => Some(whole),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_character_is_replaced_and_a_whole_one_stays() {
        for (text, value) in [
            (r#""\ud800""#, Some(json!("\u{fffd}"))),
            (
                r#"{"a":"x\udC00y","b":"\uD83D\uDE00","c":"\\ud800"}"#,
                Some(json!({ "a": "x\u{fffd}y", "b": "😀", "c": "\\ud800" })),
            ),
            (r#""\ud83d\ud83d\ude00""#, Some(json!("\u{fffd}😀"))),
            (r#""\ud800"#, None),
            (r#""\ud80""#, None),
        ] {
            assert_eq!(read(text), value, "{text}");
        }
    }

    #[test]
    fn what_says_twice_what_it_is_is_not_believed() {
        for (text, believed) in [
            (r#"{"source":"aws.health","source":"evil"}"#, false),
            (r#"{"source":"aws.health","sourc\u0065":"aws.health"}"#, false),
            (r#"{"\ud800":1,"detail":{"a":1},"detail":{"b":2}}"#, false),
            (r#"{"\ud800":1,"detail":{"a":1}}"#, true),
            (r#"{"Records":[],"a":{"source":1,"source":2},"Records":[]}"#, false),
            (r#"{"a":1,"a":2,"source":"x","detail":{"source":1,"source":2}}"#, true),
            (r#"[{"source":1,"source":2}]"#, true),
        ] {
            assert_eq!(read(text).is_some(), believed, "{text}");
        }
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        for number in ["18446744073709551616", "0.10", "-0", "1.000000000000000000001"] {
            assert_eq!(read(number).map(|value| value.to_string()).as_deref(), Some(number));
        }
        for text in ["NaN", "Infinity", "-Infinity", "012345678901", "+1", "0x1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
