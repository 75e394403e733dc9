//! What is said of an event that does not fit.

use serde_json::{Value, json};

use crate::pattern::Pattern;

fn explanation(pattern: &Value, event: &Value) -> String {
    let pattern = Pattern::parse(pattern).expect("a pattern");
    pattern.check(event).expect_err("a mismatch").to_string()
}

fn assert_explained(pattern: Value, event: Value, text: &str) {
    assert_eq!(explanation(&pattern, &event), text, "{pattern} and {event}");
}

#[test]
fn the_value_and_what_was_wanted() {
    assert_explained(
        json!({ "kind": [{ "prefix": "certificate." }], "severity": ["critical", "warning"] }),
        json!({ "kind": "certificate.expiring", "severity": "info" }),
        "`severity` is `info`, wanted `critical` or `warning`",
    );
    assert_explained(json!({ "account": [{ "prefix": "1111" }] }), json!({}), "`account` is absent, wanted prefix `1111`");
    assert_explained(
        json!({ "detail": { "state": ["a", "b", "c"] } }),
        json!({ "detail": { "state": null } }),
        "`detail.state` is `null`, wanted `a`, `b` or `c`",
    );
    assert_explained(json!({ "detail": ["a"] }), json!({ "detail": { "a": "a" } }), "`detail` is an object, wanted `a`");
    assert_explained(json!({ "detail": { "a": ["b"] } }), json!({ "detail": "text" }), "`detail.a` is absent, wanted `b`");
    assert_explained(json!({ "a": ["b"] }), json!([]), "the event is a list, wanted an object");
}

#[test]
fn a_string_that_reads_as_another_type_keeps_its_quotes() {
    assert_explained(
        json!({ "account": [111_122_223_333_u64] }),
        json!({ "account": "111122223333" }),
        "`account` is `\"111122223333\"`, wanted `111122223333`",
    );
    assert_explained(json!({ "a": ["", "true", true] }), json!({ "a": "x" }), "`a` is `x`, wanted `\"\"`, `\"true\"` or `true`");
}

#[test]
fn every_operator() {
    for (operator, wanted) in [
        (json!({ "prefix": "p" }), "prefix `p`"),
        (json!({ "suffix": "s" }), "suffix `s`"),
        (json!({ "prefix": { "equals-ignore-case": "P" } }), "prefix `P` in any case"),
        (json!({ "suffix": { "equals-ignore-case": "S" } }), "suffix `S` in any case"),
        (json!({ "equals-ignore-case": "E" }), "`E` in any case"),
        (json!({ "wildcard": r"w*\*" }), r"wildcard `w*\*`"),
        (json!({ "numeric": ["=", 3.018e2] }), "a number = 301.8"),
        (json!({ "numeric": [">", 0, "<=", 5] }), "a number > 0 and <= 5"),
        (json!({ "cidr": "10.0.0.0/8" }), "an address in `10.0.0.0/8`"),
        (json!({ "exists": false }), "no value"),
        (json!({ "anything-but": "x" }), "anything but `x`"),
        (json!({ "anything-but": ["x", "y"] }), "anything but `x` or `y`"),
        (json!({ "anything-but": { "suffix": ["x", "y"] } }), "anything but suffix `x` or suffix `y`"),
    ] {
        let text = format!("`a` is `x`, wanted {wanted}");
        assert_explained(json!({ "a": [operator] }), json!({ "a": "x" }), &text);
    }
    assert_explained(json!({ "a": [{ "exists": true }] }), json!({}), "`a` is absent, wanted any value");
}

#[test]
fn lists() {
    assert_explained(
        json!({ "tags": ["c"] }),
        json!({ "tags": ["a", ["b", 5], { "c": "c" }] }),
        "`tags` is `[a, b, 5]`, wanted `c`",
    );
    let people = json!({ "people": [{ "first": "A", "last": "B" }, { "first": "C", "last": "D" }] });
    assert_explained(
        json!({ "people": { "first": ["X"], "last": ["B"] } }),
        people.clone(),
        "`people.first` is `[A, C]`, wanted `X`",
    );
    assert_explained(
        json!({ "people": { "first": ["A"], "last": ["D"] } }),
        people,
        "`people` has no element that fits `first` and `last` together",
    );
    assert_explained(
        json!({ "list": { "b": [{ "exists": false }] } }),
        json!({ "list": [{}, { "b": 1 }] }),
        "`list.b` is `1`, wanted no value",
    );
}

#[test]
fn alternatives() {
    let pattern = json!({ "$or": [{ "a": [1] }, { "b": [1] }], "severity": ["critical"] });
    assert_explained(pattern.clone(), json!({ "severity": "info" }), "`severity` is `info`, wanted `critical`");
    assert_explained(
        pattern,
        json!({ "severity": "critical", "a": 2 }),
        "no alternative of `$or` fits: `a` is `2`, wanted `1`; `b` is absent, wanted `1`",
    );
    let many: Vec<Value> = (0..9).map(|index| json!({ format!("k{index}"): [1] })).collect();
    assert_explained(
        json!({ "$or": many }),
        json!({}),
        "no alternative of `$or` fits: `k0` is absent, wanted `1`; `k1` is absent, wanted `1`; `k2` is \
         absent, wanted `1`; and 6 more",
    );
}

#[test]
fn long_values_are_cut() {
    let long = "é".repeat(5000);
    let cut = format!("{}…", "é".repeat(80));
    assert_explained(json!({ "a": ["x"] }), json!({ "a": long }), &format!("`a` is `{cut}`, wanted `x`"));
    assert_explained(
        json!({ "a": [long] }),
        json!({ "a": "é".repeat(80) }),
        &format!("`a` is `{}`, wanted `{cut}`", "é".repeat(80)),
    );
    assert_explained(json!({ "a": ["x"] }), json!({ "a": "two\nlines\u{1b}[31m" }), "`a` is `two lines [31m`, wanted `x`");
    let key = "k".repeat(1000);
    let many: Vec<String> = (0..1000).map(|index| format!("{long}{index}")).collect();
    let event = json!({ key.as_str(): many, "z": 1 });
    let text =
        explanation(&json!({ "$or": [{ key.as_str(): vec![&long; 90] }, { "y": vec![&long; 90] }, { "z": many }] }), &event);
    assert!(text.chars().count() < 1600, "{}", text.chars().count());
}
