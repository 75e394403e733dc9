//! What the operators on plain values, numbers and addresses fit: AWS's documented examples among them.

use serde_json::json;

use super::{assert_field, assert_fits};

#[test]
fn exact_values() {
    assert_field(json!(["Alice"]), &[json!("Alice")], &[json!("alice"), json!("Alice "), json!(""), json!(null)]);
    assert_field(json!([""]), &[json!("")], &[json!(null), json!(" "), json!([])]);
    assert_field(json!([null]), &[json!(null)], &[json!(""), json!("null"), json!(0)]);
    assert_field(json!([true]), &[json!(true)], &[json!(false), json!("true"), json!(1)]);
    assert_field(json!([false]), &[json!(false)], &[json!(true), json!(null)]);
    assert_field(json!(["Credit", "Debit"]), &[json!("Credit"), json!("Debit")], &[json!("Cash")]);
}

#[test]
fn exact_numbers_by_value() {
    let same = [json!(300), json!(300.0), json!(3.0e2)];
    for wanted in &same {
        assert_field(json!([wanted]), &same, &[json!(301), json!("300"), json!(300.1)]);
    }
    let minus_zero: serde_json::Value = serde_json::from_str("-0").expect("a number");
    assert_field(json!([0]), &[json!(0), json!(-0.0), minus_zero], &[json!(false), json!(null)]);
    let large = 9_007_199_254_740_993_u64;
    assert_field(json!([large]), &[json!(large)], &[json!(large - 1)]);
    assert_field(json!([-5]), &[json!(-5), json!(-5.0)], &[json!(5)]);
}

#[test]
fn numeric() {
    assert_field(json!([{ "numeric": ["=", 100] }]), &[json!(100), json!(1.0e2)], &[json!(100.5), json!("100")]);
    assert_field(
        json!([{ "numeric": [">", 10, "<=", 20] }]),
        &[json!(10.1), json!(15), json!(20)],
        &[json!(10), json!(20.1), json!("15"), json!(true), json!(null)],
    );
    assert_field(json!([{ "numeric": ["<", 10] }]), &[json!(9.9), json!(-3)], &[json!(10)]);
    assert_field(json!([{ "numeric": ["<=", 10] }]), &[json!(10)], &[json!(11)]);
    assert_field(json!([{ "numeric": [">", -1.5] }]), &[json!(-1.4)], &[json!(-1.5)]);
    assert_field(json!([{ "numeric": [">=", 10] }]), &[json!(10)], &[json!(9)]);
    assert_field(
        json!([{ "numeric": [">=", 1, "<", 5] }, { "numeric": ["=", 3.018e2] }]),
        &[json!(1), json!(301.8)],
        &[json!(5), json!(301)],
    );
    // Beyond AWS's limit of size.
    assert_field(json!([{ "numeric": [">", 6e12] }]), &[json!(7e12)], &[json!(6e12)]);
}

#[test]
fn exists() {
    assert_fits(
        &json!({ "detail": { "c-count": [{ "exists": true }] } }),
        &[
            json!({ "detail": { "c-count": 5 } }),
            json!({ "detail": { "c-count": null } }),
            json!({ "detail": { "c-count": [""] } }),
        ],
        &[
            json!({ "detail": {} }),
            json!({ "detail": { "c-count": { "c1": 100 } } }),
            json!({ "detail": { "c-count": [] } }),
            json!({ "detail": { "c-count": [[], {}] } }),
            json!({}),
        ],
    );
    assert_fits(
        &json!({ "detail": { "c-count": [{ "exists": false }] } }),
        &[
            json!({ "detail": {} }),
            json!({ "detail": { "c-count": { "c1": 100 } } }),
            json!({ "detail": { "c-count": [] } }),
            json!({ "detail": "text" }),
            json!({}),
        ],
        &[json!({ "detail": { "c-count": 5 } }), json!({ "detail": { "c-count": null } })],
    );
    assert_fits(
        &json!({ "owner": [{ "exists": false }, "me", { "prefix": "team-" }] }),
        &[json!({}), json!({ "owner": "me" }), json!({ "owner": "team-a" })],
        &[json!({ "owner": "you" }), json!({ "owner": null })],
    );
}

#[test]
fn cidr() {
    assert_field(
        json!([{ "cidr": "10.0.0.0/24" }]),
        &[json!("10.0.0.0"), json!("10.0.0.33"), json!("10.0.0.255")],
        &[
            json!("10.0.1.0"),
            json!("9.255.255.255"),
            json!("10.0.0"),
            json!("10.0.0.1/32"),
            json!("::a00:1"),
            json!("host"),
            json!(167_772_161),
        ],
    );
    assert_field(json!([{ "cidr": "10.0.0.77/24" }]), &[json!("10.0.0.1"), json!("10.0.0.200")], &[json!("10.0.1.77")]);
    assert_field(json!([{ "cidr": "0.0.0.0/0" }]), &[json!("255.1.2.3")], &[json!("::1")]);
    assert_field(json!([{ "cidr": "10.0.0.2/31" }]), &[json!("10.0.0.3")], &[json!("10.0.0.4")]);
    assert_field(
        json!([{ "cidr": "2001:db8::/33" }]),
        &[json!("2001:db8::1"), json!("2001:0DB8:7fff::")],
        &[json!("2001:db8:8000::"), json!("2001:db9::1"), json!("10.0.0.1")],
    );
    assert_field(json!([{ "cidr": "::/0" }]), &[json!("ffff::")], &[json!("0.0.0.0")]);
}

#[test]
fn anything_but_values() {
    assert_field(
        json!([{ "anything-but": "initializing" }]),
        &[json!("running"), json!(""), json!(5), json!(null), json!(true)],
        &[json!("initializing"), json!([]), json!({ "a": 1 })],
    );
    assert_field(json!([{ "anything-but": 123 }]), &[json!(124), json!("123"), json!(123.5)], &[json!(123), json!(123.0)]);
    assert_field(
        json!([{ "anything-but": ["stopped", "overloaded"] }]),
        &[json!("running")],
        &[json!("stopped"), json!("overloaded")],
    );
    assert_field(
        json!([{ "anything-but": [100, 200, 300] }]),
        &[json!(150), json!("100")],
        &[json!(100), json!(200.0), json!(3e2)],
    );
    assert_fits(&json!({ "f": [{ "anything-but": "a" }] }), &[], &[json!({}), json!({ "g": "b" })]);
    assert_field(json!([{ "anything-but": "" }]), &[json!("a")], &[json!("")]);
}
