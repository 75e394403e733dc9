//! What is refused of the objects and lists of a pattern, and what is said of it.

use serde_json::{Value, json};

use super::{assert_list_refused, assert_refused};
use crate::pattern::Pattern;

#[test]
fn display_names_the_place() {
    let error = Pattern::parse(&json!({ "detail": { "state": [{ "prefix": 5 }] } })).expect_err("no pattern");
    assert_eq!(error.to_string(), "detail.state[0].prefix: must be a string, not a number");
    let error = Pattern::parse(&json!([])).expect_err("no pattern");
    assert_eq!(error.to_string(), "pattern: must be an object, not a list");
}

#[test]
fn wrong_shapes() {
    assert_refused(&json!(null), "", "must be an object, not null");
    assert_refused(&json!({}), "", "must hold at least one field");
    assert_refused(&json!({ "a": {} }), "a", "must hold at least one field");
    assert_refused(&json!({ "a": { "b": "x" } }), "a.b", "must be a list or an object, not a string");
    assert_refused(&json!({ "a": null }), "a", "must be a list or an object, not null");
    assert_refused(
        &json!({ "a": { "prefix": "x" } }),
        "a.prefix",
        r#"is an operator, which must stand in a list: [{"prefix": …}]"#,
    );
    assert_list_refused(json!([]), "", "must hold at least one value");
    assert_list_refused(json!(["a", ["b"]]), "[1]", "must be a plain value or an operator, not a list");
    assert_list_refused(json!([{}]), "[0]", "must hold exactly one operator, not 0");
    assert_list_refused(json!([{ "prefix": "a", "suffix": "b" }]), "[0]", "must hold exactly one operator, not 2");
    assert_list_refused(
        json!(["a", { "contains": "b" }]),
        "[1].contains",
        "unknown operator, wanted anything-but, cidr, equals-ignore-case, exists, numeric, prefix, \
         suffix or wildcard",
    );
    assert_list_refused(
        json!([{ "$or": [{ "a": [1] }, { "b": [1] }] }]),
        "[0].$or",
        "unknown operator, wanted anything-but, cidr, equals-ignore-case, exists, numeric, prefix, \
         suffix or wildcard",
    );
}

#[test]
fn wrong_or() {
    assert_refused(&json!({ "$or": {} }), "$or", "must be a list of objects, not an object");
    assert_refused(&json!({ "$or": [] }), "$or", "must hold at least 2 objects, not 0");
    assert_refused(&json!({ "a": { "$or": [{ "b": [1] }] } }), "a.$or", "must hold at least 2 objects, not 1");
    assert_refused(&json!({ "$or": [{ "a": [1] }, "b"] }), "$or[1]", "must be an object, not a string");
    assert_refused(&json!({ "$or": [{ "a": [1] }, {}] }), "$or[1]", "must hold at least one field");
    assert_refused(
        &json!({ "$or": [{ "a": [1] }, { "b": [{ "prefix": 1 }] }] }),
        "$or[1].b[0].prefix",
        "must be a string, not a number",
    );
    assert_refused(
        &json!({ "a": { "$or": [{ "prefix": ["x"] }, { "suffix": ["y"] }] } }),
        "a.$or[0].prefix",
        "is an operator, which must not stand in `$or` like a field",
    );
    let twice = "must not be set twice in one combination of `$or`";
    assert_refused(&json!({ "$or": [{ "a": [1] }, { "b": [1] }], "a": [2] }), "$or[0].a", twice);
    assert_refused(
        &json!({ "d": { "$or": [{ "a": [1] }, { "b": [1] }] }, "$or": [{ "c": [1] }, { "d": { "b": [2] } }] }),
        "$or[1].d.b",
        twice,
    );
}

#[test]
fn limits() {
    let nested = |levels: usize| (1..levels).fold(json!({ "k": [1] }), |inner, _| json!({ "k": inner }));
    assert!(Pattern::parse(&nested(32)).is_ok());
    let deepest = ["k"; 32].join(".");
    assert_refused(&nested(33), &deepest, "must not be nested deeper than 32 levels");
    let ors = (1..40).fold(json!({ "k": [1] }), |inner, _| json!({ "$or": [inner, { "z": [1] }] }));
    assert!(Pattern::parse(&ors).is_err());

    // The fields f0, f1, … of ten alternatives each.
    let combined = |fields: usize| {
        let ten: Vec<Value> = (0..10).map(|index| json!({ format!("k{index}"): [1] })).collect();
        (0..fields).map(|index| (format!("f{index}"), json!({ "$or": ten }))).collect::<Value>()
    };
    assert!(Pattern::parse(&combined(3)).is_ok());
    assert_refused(&combined(4), "f3.$or", "must not make more than 1000 combinations");
}
