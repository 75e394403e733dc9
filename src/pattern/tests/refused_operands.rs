//! What is refused of the operands of operators, and what is said of it.

use serde_json::json;

use super::assert_list_refused;

#[test]
fn wrong_operands() {
    assert_list_refused(json!([{ "prefix": ["a"] }]), "[0].prefix", "must be a string, not a list");
    assert_list_refused(
        json!([{ "suffix": { "wildcard": "a" } }]),
        "[0].suffix.wildcard",
        "unknown operator, wanted equals-ignore-case",
    );
    assert_list_refused(
        json!([{ "prefix": { "equals-ignore-case": ["a"] } }]),
        "[0].prefix.equals-ignore-case",
        "must be a string, not a list",
    );
    assert_list_refused(json!([{ "equals-ignore-case": null }]), "[0].equals-ignore-case", "must be a string, not null");
    assert_list_refused(json!([{ "exists": "true" }]), "[0].exists", "must be true or false, not a string");
    assert_list_refused(json!([{ "wildcard": "a**b" }]), "[0].wildcard", "must not have two `*` in a row");
    for wildcard in [r"a\b", r"a\"] {
        assert_list_refused(json!([{ "wildcard": wildcard }]), "[0].wildcard", r"must have a `\` only before `*` or another `\`");
    }
    assert_list_refused(json!([{ "wildcard": 1 }]), "[0].wildcard", "must be a string, not a number");
}

#[test]
fn wrong_numbers() {
    let path = "[0].numeric";
    let shape = r#"must be a list such as [">", 0] or [">", 0, "<=", 5]"#;
    for operand in [json!(5), json!([]), json!([">"]), json!([">", 0, "<"]), json!([">", 0, "<", 5, "="])] {
        assert_list_refused(json!([{ "numeric": operand }]), path, shape);
    }
    assert_list_refused(json!([{ "numeric": ["==", 0] }]), "[0].numeric[0]", "must be one of =, <, <=, >, >=");
    assert_list_refused(json!([{ "numeric": [">", "0"] }]), "[0].numeric[1]", "must be a number, not a string");
    assert_list_refused(json!([{ "numeric": ["<", 5, ">", 0] }]), "[0].numeric[0]", "must be one of >, >=");
    assert_list_refused(json!([{ "numeric": [">", 0, ">", 5] }]), "[0].numeric[2]", "must be one of <, <=");
    assert_list_refused(json!([{ "numeric": [">", 0, "<", null] }]), "[0].numeric[3]", "must be a number, not null");
    assert_list_refused(json!([{ "numeric": [">=", 5, "<=", 5] }]), path, "must have a lower bound below its upper bound");
}

#[test]
fn wrong_address_blocks() {
    let path = "[0].cidr";
    assert_list_refused(json!([{ "cidr": 10 }]), path, "must be a string, not a number");
    assert_list_refused(json!([{ "cidr": "10.0.0.1" }]), path, "must be an address block such as `10.0.0.0/8`");
    for block in ["host/8", "10.0.0/8", "10.0.0.256/8", "/8"] {
        assert_list_refused(json!([{ "cidr": block }]), path, "must start with an IPv4 or IPv6 address");
    }
    for block in ["10.0.0.0/", "10.0.0.0/32", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/99999999999"] {
        assert_list_refused(
            json!([{ "cidr": block }]),
            path,
            "must end with a prefix of 0 to 31 bits; one address is a plain value",
        );
    }
    assert_list_refused(
        json!([{ "cidr": "::/128" }]),
        path,
        "must end with a prefix of 0 to 127 bits; one address is a plain value",
    );
}

#[test]
fn wrong_anything_but() {
    let path = "[0].anything-but";
    for (operand, kind) in [(json!(null), "null"), (json!(true), "a boolean")] {
        let message = format!("must be a string, a number, a list or an operator, not {kind}");
        assert_list_refused(json!([{ "anything-but": operand }]), path, &message);
    }
    assert_list_refused(json!([{ "anything-but": [] }]), path, "must hold at least one value");
    assert_list_refused(json!([{ "anything-but": ["a", 1] }]), path, "must hold either strings or numbers, not both");
    assert_list_refused(
        json!([{ "anything-but": ["a", { "prefix": "b" }] }]),
        "[0].anything-but[1]",
        "must be a string or a number, not an object",
    );
    for operator in [json!({ "numeric": [">", 0] }), json!({ "cidr": "10.0.0.0/8" }), json!({ "exists": true })] {
        let name = operator.as_object().and_then(|object| object.keys().next().cloned());
        assert_list_refused(
            json!([{ "anything-but": operator }]),
            &format!("{path}.{}", name.expect("a name")),
            "unknown operator, wanted equals-ignore-case, prefix, suffix or wildcard",
        );
    }
    assert_list_refused(json!([{ "anything-but": {} }]), path, "must hold exactly one operator, not 0");
    // AWS does not take these two together.
    assert_list_refused(
        json!([{ "anything-but": { "prefix": { "equals-ignore-case": "a" } } }]),
        "[0].anything-but.prefix",
        "must be a string or a list of strings, not an object",
    );
    assert_list_refused(json!([{ "anything-but": { "prefix": "" } }]), "[0].anything-but.prefix", "must not be empty");
    assert_list_refused(json!([{ "anything-but": { "suffix": ["a", ""] } }]), "[0].anything-but.suffix[1]", "must not be empty");
    assert_list_refused(
        json!([{ "anything-but": { "wildcard": [] } }]),
        "[0].anything-but.wildcard",
        "must hold at least one value",
    );
    assert_list_refused(
        json!([{ "anything-but": { "wildcard": ["a", "**"] } }]),
        "[0].anything-but.wildcard[1]",
        "must not have two `*` in a row",
    );
    assert_list_refused(
        json!([{ "anything-but": { "equals-ignore-case": ["a", 1] } }]),
        "[0].anything-but.equals-ignore-case[1]",
        "must be a string, not a number",
    );
}
