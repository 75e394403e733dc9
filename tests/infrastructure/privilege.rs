//! Least privilege: nobody may more than he needs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::stack::{ACCOUNT, REGION, Stack, arn, every_stack};
use crate::yaml::mapping;
use hikyaku::doctor::policy::{Request, allows, list, statements};

/// In a key's own policy `*` is that key; everywhere else it is everything.
#[test]
fn no_policy_speaks_of_everything() {
    let mut seen = BTreeSet::new();
    for (switches, stack) in every_stack().iter().chain([&("region".to_owned(), Stack::of_region())]) {
        for (name, resource) in &stack.resources {
            for policy in policies(resource) {
                seen.insert(name.clone());
                for statement in statements(policy) {
                    let place = format!("{name}: {statement}, {switches}");
                    for key in ["NotAction", "NotResource", "NotPrincipal"] {
                        assert!(statement.get(key).is_none(), "{place}");
                    }
                    for action in list(&statement["Action"]) {
                        assert!(!action.ends_with(":*") && action != "*", "{place}");
                    }
                    for resource in list(&statement["Resource"]) {
                        assert!(resource != "*" || name == "Key", "{place}");
                    }
                    assert_ne!(statement["Principal"], "*", "{place}");
                    assert_ne!(statement["Principal"]["AWS"], "*", "{place}");
                }
            }
            assert!(resource["Properties"].get("ManagedPolicyArns").is_none(), "{name}: AWS's own policies speak of everything");
        }
        if stack.has("Function") {
            assert!(stack.get("Function").get("Policies").is_none(), "SAM would add to them");
            assert_eq!(stack.get("Function")["Role"], arn("Role"));
        }
    }
    let expected =
        ["AlarmTopicPolicy", "EventQueuePolicy", "FailureQueuePolicy", "Key", "PublisherPolicy", "Role", "TopicPolicy"];
    assert_eq!(seen.iter().collect::<Vec<_>>(), expected, "a policy was overlooked");
}

/// What the function may, with nothing but its webhook.
#[test]
fn the_function_may_write_its_log_and_its_failures_and_read_its_webhook() {
    let role = Stack::of(&[]).get("Role")["Policies"][0]["PolicyDocument"].clone();
    let may: Vec<(Vec<&str>, Vec<&str>)> =
        statements(&role).iter().map(|statement| (list(&statement["Action"]), list(&statement["Resource"]))).collect();
    let parameter = format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/hikyaku/slack");
    let (log, queue) = (arn("LogGroup"), arn("FailureQueue"));
    let expected: [(Vec<&str>, Vec<&str>); 3] = [
        (vec!["logs:CreateLogStream", "logs:PutLogEvents"], vec![&log]),
        (vec!["sqs:SendMessage"], vec![&queue]),
        (vec!["ssm:GetParameter"], vec![&parameter]),
    ];
    assert_eq!(may, expected);

    let literal = Stack::of(&[("SlackWebhookUrl", "https://hooks.example.com/x")]);
    assert_eq!(statements(&literal.get("Role")["Policies"][0]["PolicyDocument"]).len(), 2, "nothing to read");
}

#[test]
fn secrets_keys_and_mail_topics_are_those_that_were_named() {
    let given = [
        (
            "SecretArns",
            "arn:aws:ssm:ap-northeast-1:111122223333:parameter/a,arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:b-AbCdEf",
        ),
        ("EmailTopicArns", "arn:aws:sns:ap-northeast-1:111122223333:finance"),
        ("KeyArns", "arn:aws:kms:ap-northeast-1:111122223333:key/1"),
    ];
    let stack = Stack::of(&given);
    let role = &stack.get("Role")["Policies"][0]["PolicyDocument"];
    let may = |action, resource, context: &[(&str, &str)]| allows(role, &Request { principal: None, action, resource, context });
    assert!(may("ssm:GetParameter", "arn:aws:ssm:ap-northeast-1:111122223333:parameter/a", &[]));
    assert!(!may("ssm:GetParameter", "arn:aws:ssm:ap-northeast-1:111122223333:parameter/b", &[]));
    let secret = "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:b-AbCdEf";
    assert!(may("secretsmanager:GetSecretValue", secret, &[]));
    assert!(!may("secretsmanager:PutSecretValue", secret, &[]));
    assert!(may("sns:Publish", "arn:aws:sns:ap-northeast-1:111122223333:finance", &[]));
    let own = arn("Topic");
    assert!(!may("sns:Publish", &own, &[]), "what it says must not come back to it");
    let key = "arn:aws:kms:ap-northeast-1:111122223333:key/1";
    for service in ["ssm", "secretsmanager", "sns"] {
        let through = format!("{service}.{REGION}.amazonaws.com");
        assert!(may("kms:Decrypt", key, &[("kms:ViaService", &through)]), "{service}");
    }
    assert!(may("kms:GenerateDataKey", key, &[("kms:ViaService", "sns.eu-west-1.amazonaws.com")]), "a topic of another Region");
    assert!(!may("kms:Decrypt", key, &[("kms:ViaService", "ssm.eu-west-1.amazonaws.com")]), "secrets are of this one");
    assert!(!may("kms:Decrypt", key, &[]), "and not by itself");
}

/// The webhook's address is nowhere that one may look at it: it comes as a reference, or hidden.
#[test]
fn the_webhook_is_not_shown() {
    let template = crate::yaml::read("infra/template.yaml");
    assert_eq!(template["Parameters"]["SlackWebhookUrl"]["NoEcho"], true);
    let outputs = mapping(&template["Outputs"]);
    assert!(!json!(outputs).to_string().contains("SlackWebhookUrl"));
}

/// The policies of a resource.
fn policies(resource: &Value) -> Vec<&Value> {
    let properties = &resource["Properties"];
    let inline = properties["Policies"].as_array().into_iter().flatten().map(|policy| &policy["PolicyDocument"]);
    let own = ["PolicyDocument", "KeyPolicy"].into_iter().filter_map(|key| properties.get(key));
    inline.chain(own).collect()
}
