//! Who may publish to the topic must be allowed twice: by the topic's policy, and by that of the key which encrypts it. A
//! topic whose key leaves somebody out drops what he says, in silence.

use std::collections::BTreeSet;
use std::path::Path;

use crate::stack::{ACCOUNT, REGION, Stack, arn};
use hikyaku::doctor::policy::{Request, allows, list, statements};
use hikyaku::doctor::{PUBLISHERS, Publisher, USE_OF_A_KEY};

#[test]
fn each_publisher_of_the_readme_is_allowed_by_both_policies() {
    let stack = Stack::of(&[]);
    let services = services_of_the_readme();
    assert!(services.len() >= 4, "{services:?}");
    for service in &services {
        let caller = PUBLISHERS.iter().find(|caller| caller.service == service);
        let caller = caller.unwrap_or_else(|| panic!("what {service} says of itself is not known here"));
        let context = context(caller, ACCOUNT);
        assert_eq!(refused(&stack, service, &context), Vec::<&str>::new(), "{service}");
    }
}

#[test]
fn nobody_publishes_whom_the_readme_does_not_tell() {
    let stack = Stack::of(&[]);
    let readme = services_of_the_readme();
    for policy in [&stack.get("TopicPolicy")["PolicyDocument"], &stack.get("Key")["KeyPolicy"]] {
        for statement in statements(policy) {
            for service in list(&statement["Principal"]["Service"]) {
                assert!(readme.contains(service), "{service}");
            }
        }
    }
}

/// A service that acts for others is held to this account, as far as it says for whom it acts.
#[test]
fn nobody_publishes_through_a_service_from_another_account() {
    let stack = Stack::of(&[]);
    for caller in PUBLISHERS.iter().filter(|caller| caller.names_itself) {
        let foreign = context(caller, "999988887777");
        assert_eq!(
            refused(&stack, caller.service, &foreign),
            ["sns:Publish", USE_OF_A_KEY[0], USE_OF_A_KEY[1]],
            "{}",
            caller.service
        );
        let mut other = context(caller, ACCOUNT);
        if let Some((_, source)) = other.iter_mut().find(|(key, _)| *key == "aws:SourceArn") {
            *source = "arn:aws:s3:::bucket".to_owned();
            assert_eq!(refused(&stack, caller.service, &other).len(), 3, "{}", caller.service);
        }
    }
}

#[test]
fn the_topic_is_encrypted_with_the_key_of_the_stack() {
    let stack = Stack::of(&[]);
    assert_eq!(stack.get("Topic")["KmsMasterKeyId"], "Key");
    assert_eq!(stack.get("Key")["EnableKeyRotation"], true);
    assert_eq!(stack.get("TopicPolicy")["Topics"], serde_json::json!([arn("Topic")]));
}

/// A certificate updater's role gets this policy, and the key trusts the account's IAM as far as SNS.
#[test]
fn a_program_with_the_publisher_policy_may_publish() {
    let stack = Stack::of(&[]);
    let policy = &stack.get("PublisherPolicy")["PolicyDocument"];
    let key = &stack.get("Key")["KeyPolicy"];
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    let through = format!("sns.{REGION}.amazonaws.com");
    assert!(allows(policy, &Request { principal: None, action: "sns:Publish", resource: &arn("Topic"), context: &[] }));
    for action in USE_OF_A_KEY {
        assert!(allows(policy, &Request { principal: None, action, resource: &arn("Key"), context: &[] }), "{action}");
        let principal = Some(("AWS", account.as_str()));
        let by_sns = Request { principal, action, resource: "*", context: &[("kms:ViaService", &through)] };
        assert!(allows(key, &by_sns), "{action}");
        assert!(!allows(key, &Request { context: &[], ..by_sns }), "{action}, not through SNS");
    }
    // Who cannot change a key's policy any more has lost the key.
    let administer = Request { principal: Some(("AWS", &account)), action: "kms:PutKeyPolicy", resource: "*", context: &[] };
    assert!(allows(key, &administer));
}

/// What of publishing `service` is not allowed.
fn refused<'a>(stack: &Stack, service: &str, context: &[(&str, String)]) -> Vec<&'a str> {
    let context: Vec<(&str, &str)> = context.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let context = context.as_slice();
    let principal = Some(("Service", service));
    let topic = arn("Topic");
    let publish = Request { principal, action: "sns:Publish", resource: &topic, context };
    let mut refused = Vec::new();
    if !allows(&stack.get("TopicPolicy")["PolicyDocument"], &publish) {
        refused.push("sns:Publish");
    }
    for action in USE_OF_A_KEY {
        if !allows(&stack.get("Key")["KeyPolicy"], &Request { principal, action, resource: "*", context }) {
            refused.push(action);
        }
    }
    refused
}

fn context(caller: &Publisher, account: &str) -> Vec<(&'static str, String)> {
    caller.context(account, REGION)
}

/// The services in the second column of the README's table of publishers.
fn services_of_the_readme() -> BTreeSet<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, table) =
        readme.split_once("| publisher | as whom |").unwrap_or_else(|| panic!("README.md lacks the table of publishers"));
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(2).unwrap().trim().trim_matches('`').to_owned());
    cells.filter(|cell| cell.ends_with(".amazonaws.com")).collect()
}
