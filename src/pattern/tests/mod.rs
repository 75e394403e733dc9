//! Tests of patterns: what fits, what is refused, what is explained, and properties of all of it.

#![allow(clippy::expect_used, reason = "a test that cannot be set up fails")]

mod explained;
mod properties;
mod refused_objects;
mod refused_operands;
mod structure;
mod texts;
mod values;

use serde_json::{Value, json};

use crate::pattern::Pattern;

/// Holds one pattern against events that fit and events that do not.
fn assert_fits(pattern: &Value, fitting: &[Value], unfitting: &[Value]) {
    let compiled = Pattern::parse(pattern).expect("a pattern");
    for event in fitting {
        let result = compiled.check(event);
        assert!(result.is_ok(), "{pattern} and {event}: {result:?}");
        assert!(compiled.matches(event), "{pattern} and {event}");
    }
    for event in unfitting {
        assert!(compiled.check(event).is_err(), "{pattern} and {event}");
        assert!(!compiled.matches(event), "{pattern} and {event}");
    }
}

/// The same for a pattern of the field `f` alone, with the values of that field.
fn assert_field(list: Value, fitting: &[Value], unfitting: &[Value]) {
    let event = |value: &Value| json!({ "f": value, "other": 1 });
    let fitting: Vec<Value> = fitting.iter().map(event).collect();
    let unfitting: Vec<Value> = unfitting.iter().map(event).collect();
    assert_fits(&json!({ "f": list }), &fitting, &unfitting);
}

/// Holds the error of what is no pattern against its path and message.
fn assert_refused(pattern: &Value, path: &str, message: &str) {
    let error = Pattern::parse(pattern).expect_err("no pattern");
    assert_eq!((error.path(), error.message()), (path, message), "{pattern}");
}

/// The same for the list of the field `f`, with the path below that field.
fn assert_list_refused(list: Value, path: &str, message: &str) {
    assert_refused(&json!({ "f": list }), &format!("f{path}"), message);
}
