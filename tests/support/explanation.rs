//! What `explain --json` prints, held to the contract.

use serde_json::{Value, json};

/// Fails if there is a null, an empty text or an `undefined` anywhere in `value`.
fn assert_nothing_absent(value: &Value, place: &str) {
    match value {
        Value::Null => panic!("{place} is null"),
        Value::String(text) => assert!(!text.is_empty() && !text.contains("undefined") && text != "null", "{place} is {text:?}"),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| assert_nothing_absent(value, &format!("{place}/{index}")))
        }
        Value::Object(object) => object.iter().for_each(|(key, value)| assert_nothing_absent(value, &format!("{place}/{key}"))),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether there is kana in `text`.
pub(crate) fn is_japanese(text: &str) -> bool {
    text.chars().any(|char| ('\u{3041}'..='\u{30ff}').contains(&char))
}

pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Holds that `explanation` has the contract's shape, with a delivery for each of `channels`.
pub(crate) fn assert_explanation(explanation: &Value, channels: &[&str], place: &str) {
    assert_nothing_absent(explanation, place);
    assert_eq!(keys(explanation), ["notification", "routes", "deliveries"], "{place}");
    let notification = &explanation["notification"];
    for key in ["kind", "status", "severity", "source", "title", "dedup_key", "thread_key"] {
        assert!(notification[key].is_string(), "{place}: {key} in {notification}");
    }
    for key in ["fields", "links", "resources"] {
        assert!(notification[key].is_array(), "{place}: {key} in {notification}");
    }
    assert!(notification["data"].is_object(), "{place}: {notification}");
    for (index, route) in explanation["routes"].as_array().unwrap().iter().enumerate() {
        assert_eq!((keys(route), &route["index"]), (vec!["index", "matched", "reason"], &json!(index)), "{place}");
    }
    let deliveries = explanation["deliveries"].as_array().unwrap();
    let found: Vec<_> = deliveries.iter().map(|delivery| delivery["channel"].as_str().unwrap()).collect();
    assert_eq!(found, channels, "{place}");
    for delivery in deliveries {
        assert_eq!(keys(delivery), ["receiver", "channel", "template", "size", "unit", "limit", "bytes", "payload"], "{place}");
        let number = |key: &str| delivery[key].as_u64().unwrap();
        assert!(number("size") <= number("limit") && number("size") <= number("bytes"), "{place}: {delivery}");
        assert!(["characters", "bytes"].contains(&delivery["unit"].as_str().unwrap()), "{place}: {delivery}");
        let payload = &delivery["payload"];
        assert_eq!(payload.is_object(), delivery["channel"] != "console", "{place}: {delivery}");
        let length = payload.as_str().map_or_else(|| payload.to_string().len(), str::len);
        assert_eq!(number("bytes"), length as u64, "{place}: {delivery}");
    }
}
