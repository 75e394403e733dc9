//! As much of IAM as the templates use: who may do what, on what, under which conditions.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use serde_json::Value;

use crate::yaml::mapping;

/// A call that AWS would judge.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    /// `Service` or `AWS`, and its name; none where the policy stands with the one who asks.
    pub(crate) principal: Option<(&'a str, &'a str)>,
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// Condition keys and their values.
    pub(crate) context: &'a [(&'a str, &'a str)],
}

/// Whether a statement of `policy` allows `request`. The templates deny nothing.
pub(crate) fn allows(policy: &Value, request: &Request<'_>) -> bool {
    statements(policy).iter().any(|statement| {
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        let principal = request.principal.is_none_or(|(kind, name)| list(&statement["Principal"][kind]).contains(&name));
        principal
            && list(&statement["Action"]).iter().any(|pattern| matches(pattern, request.action))
            && list(&statement["Resource"]).iter().any(|pattern| matches(pattern, request.resource))
            && holds(&statement["Condition"], request.context)
    })
}

pub(crate) fn statements(policy: &Value) -> &[Value] {
    policy["Statement"].as_array().unwrap_or_else(|| panic!("no statements: {policy}"))
}

/// One or several texts.
pub(crate) fn list(value: &Value) -> Vec<&str> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

fn holds(condition: &Value, context: &[(&str, &str)]) -> bool {
    condition.is_null()
        || mapping(condition).iter().all(|(operator, keys)| {
            mapping(keys).iter().all(|(key, wanted)| {
                let Some((_, value)) = context.iter().find(|(name, _)| name == key) else { return false };
                list(wanted).iter().any(|wanted| match operator.as_str() {
                    "StringEquals" => wanted == value,
                    "ArnEquals" | "ArnLike" => matches(wanted, value),
                    other => panic!("{other} is not known here"),
                })
            })
        })
}

/// Whether `text` is what `pattern` says, where `*` is anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).filter_map(|start| rest.get(start..)).any(|rest| matches(tail, rest))
}

#[test]
fn a_request_is_judged_as_iam_does() {
    let policy = serde_json::json!({ "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "a.example.com" }, "Action": ["kms:Get*"], "Resource": "arn:x",
        "Condition": { "StringEquals": { "k": "1" }, "ArnLike": { "s": "arn:*:alarm:*" } },
    }]});
    let good = Request {
        principal: Some(("Service", "a.example.com")),
        action: "kms:GetIt",
        resource: "arn:x",
        context: &[("k", "1"), ("s", "arn:aws:alarm:n")],
    };
    assert!(allows(&policy, &good));
    for bad in [
        Request { principal: Some(("Service", "b.example.com")), ..good.clone() },
        Request { principal: Some(("AWS", "a.example.com")), ..good.clone() },
        Request { action: "kms:Put", ..good.clone() },
        Request { resource: "arn:y", ..good.clone() },
        Request { context: &[("k", "2"), ("s", "arn:aws:alarm:n")], ..good.clone() },
        Request { context: &[("k", "1"), ("s", "arn:aws:rule:n")], ..good.clone() },
        Request { context: &[("k", "1")], ..good.clone() },
    ] {
        assert!(!allows(&policy, &bad), "{:?} {} {} {:?}", bad.principal, bad.action, bad.resource, bad.context);
    }
}
