//! What the operators on strings fit: AWS's documented examples among them.

use serde_json::json;

use super::assert_field;

#[test]
fn prefix_and_suffix() {
    assert_field(
        json!([{ "prefix": "us-" }]),
        &[json!("us-east-1"), json!("us-")],
        &[json!("eu-us-1"), json!("US-east-1"), json!("us"), json!(5), json!(null)],
    );
    assert_field(
        json!([{ "suffix": ".png" }]),
        &[json!("a.png"), json!(".png")],
        &[json!("a.PNG"), json!("a.png.gz"), json!("png"), json!(true)],
    );
    assert_field(json!([{ "prefix": "5" }]), &[json!("55")], &[json!(55)]);
    assert_field(json!([{ "prefix": "" }]), &[json!(""), json!("a")], &[json!(1), json!(null)]);
    assert_field(
        json!([{ "prefix": { "equals-ignore-case": "eventb" } }]),
        &[json!("EventBridge"), json!("EVENTB")],
        &[json!("Event"), json!("my EventBridge"), json!(1)],
    );
    assert_field(
        json!([{ "suffix": { "equals-ignore-case": "tBridge" } }]),
        &[json!("EventBridge"), json!("TBRIDGE")],
        &[json!("bridge"), json!("EventBridges")],
    );
}

#[test]
fn equals_ignore_case() {
    assert_field(
        json!([{ "equals-ignore-case": "alice" }]),
        &[json!("Alice"), json!("ALICE"), json!("alice")],
        &[json!("alic"), json!("Alices"), json!(null), json!(1)],
    );
    assert_field(json!([{ "equals-ignore-case": "ÄRGER ΟΔΟΣ" }]), &[json!("ärger οδοσ")], &[json!("arger οδοσ")]);
    assert_field(json!([{ "equals-ignore-case": "" }]), &[json!("")], &[json!("a")]);
}

#[test]
fn wildcard() {
    assert_field(
        json!([{ "wildcard": "dir/*.png" }]),
        &[json!("dir/a.png"), json!("dir/.png"), json!("dir/a/b.png")],
        &[json!("dir/a.jpg"), json!("a/dir/a.png"), json!("dir.png"), json!(1)],
    );
    assert_field(json!([{ "wildcard": "*" }]), &[json!(""), json!("a")], &[json!(null), json!(1)]);
    assert_field(json!([{ "wildcard": "a" }]), &[json!("a")], &[json!("aa"), json!("*"), json!("")]);
    assert_field(json!([{ "wildcard": "" }]), &[json!("")], &[json!("a")]);
    // The two ends must not share the text between them.
    assert_field(json!([{ "wildcard": "ab*ba" }]), &[json!("abba"), json!("abxba")], &[json!("aba")]);
    assert_field(
        json!([{ "wildcard": "a*b*c" }]),
        &[json!("abc"), json!("aXbYc"), json!("abbcc")],
        &[json!("acb"), json!("ac"), json!("abcd")],
    );
    assert_field(json!([{ "wildcard": r"\**\\*" }]), &[json!(r"*x\y"), json!(r"*\")], &[json!(r"x*\"), json!("**")]);
}

#[test]
fn anything_but_operators() {
    assert_field(
        json!([{ "anything-but": { "prefix": "us-" } }]),
        &[json!("eu-west-1"), json!("US-east-1"), json!(1)],
        &[json!("us-east-1")],
    );
    assert_field(
        json!([{ "anything-but": { "prefix": ["us-", "eu-"] } }]),
        &[json!("ap-east-1")],
        &[json!("us-east-1"), json!("eu-west-1")],
    );
    assert_field(json!([{ "anything-but": { "suffix": ".png" } }]), &[json!("a.jpg")], &[json!("a.png")]);
    assert_field(json!([{ "anything-but": { "suffix": [".png", ".rb"] } }]), &[json!("a.jpg")], &[json!("a.png"), json!("a.rb")]);
    assert_field(
        json!([{ "anything-but": { "equals-ignore-case": "initializing" } }]),
        &[json!("initialized")],
        &[json!("INITIALIZING"), json!("initializing")],
    );
    assert_field(
        json!([{ "anything-but": { "equals-ignore-case": ["initializing", "stopped"] } }]),
        &[json!("running")],
        &[json!("Stopped"), json!("Initializing")],
    );
    assert_field(json!([{ "anything-but": { "wildcard": "*/lib/*" } }]), &[json!("/bin/a")], &[json!("/usr/lib/a")]);
    assert_field(
        json!([{ "anything-but": { "wildcard": ["*/lib/*", "*/bin/*"] } }]),
        &[json!("/etc/a")],
        &[json!("/usr/lib/a"), json!("/bin/a")],
    );
}
