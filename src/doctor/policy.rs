//! As much of IAM as a policy on a topic, key, queue, function or role needs: who may do what, on what, under which conditions.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
//!
//! It is asked in order to find what is lost, so doubt speaks for the policy: an operator that is not known here lets in and
//! keeps nobody out, and what a template leaves open (`${Name}`) may be anything.

use serde_json::Value;

use super::at;

/// A call that AWS would judge.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `Service` or `AWS`, and its name; none where the policy stands with the one who asks.
    pub principal: Option<(&'a str, &'a str)>,
    pub action: &'a str,
    pub resource: &'a str,
    /// Condition keys and their values.
    pub context: &'a [(&'a str, &'a str)],
}

/// Whether a statement of `policy` allows `request`, and none denies it.
pub fn allows(policy: &Value, request: &Request<'_>) -> bool {
    let says = |effect: &str, in_doubt: bool| {
        statements(policy).iter().any(|statement| at(statement, "/Effect") == effect && applies(statement, request, in_doubt))
    };
    says("Allow", true) && !says("Deny", false)
}

/// The statements of a policy, of which there may be one without a list.
pub fn statements(policy: &Value) -> &[Value] {
    match at(policy, "/Statement") {
        Value::Null => &[],
        Value::Array(statements) => statements,
        one => std::slice::from_ref(one),
    }
}

/// One or several texts.
pub fn list(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn applies(statement: &Value, request: &Request<'_>, in_doubt: bool) -> bool {
    // An element, or its opposite.
    let element = |name: &str, fits: &dyn Fn(&Value) -> bool| match (statement.get(name), statement.get(format!("Not{name}"))) {
        (Some(value), _) => fits(value),
        (None, Some(value)) => !fits(value),
        (None, None) => false,
    };
    let is_asked = |value: &Value| request.principal.is_none_or(|principal| is_principal(value, principal));
    let any = |value: &Value, text: &str| list(value).iter().any(|pattern| overlap(pattern, text));
    (request.principal.is_none() || element("Principal", &is_asked))
        // Actions are compared without regard to case.
        && element("Action", &|value| list(value).iter().any(|pattern| overlap(&pattern.to_lowercase(), &request.action.to_lowercase())))
        && element("Resource", &|value| any(value, request.resource))
        && holds(at(statement, "/Condition"), request.context, in_doubt)
}

fn is_principal(value: &Value, (kind, name): (&str, &str)) -> bool {
    let everybody = value == "*" || list(at(value, "/AWS")).contains(&"*");
    everybody || list(value.get(kind).unwrap_or(&Value::Null)).iter().any(|listed| overlap(listed, name))
}

fn holds(condition: &Value, context: &[(&str, &str)], in_doubt: bool) -> bool {
    condition.as_object().into_iter().flatten().all(|(operator, keys)| {
        keys.as_object().into_iter().flatten().all(|(key, wanted)| {
            let value = context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| *value);
            compare(operator, value, wanted).unwrap_or(in_doubt)
        })
    })
}

/// Whether a condition's line holds; none if the operator is not known here.
fn compare(operator: &str, value: Option<&str>, wanted: &Value) -> Option<bool> {
    // Of a single value, `ForAnyValue` and `ForAllValues` differ where there is none.
    let (operator, absent) = match operator.split_once(':') {
        Some(("ForAllValues", operator)) => (operator, Some(true)),
        Some(("ForAnyValue", operator)) => (operator, Some(false)),
        _ => (operator, None),
    };
    let (operator, absent) = operator.strip_suffix("IfExists").map_or((operator, absent), |operator| (operator, Some(true)));
    let wanted: Vec<String> = match wanted {
        Value::Array(items) => items.iter().map(plain).collect(),
        one => vec![plain(one)],
    };
    if operator == "Null" {
        return Some(wanted.iter().any(|wanted| wanted == if value.is_none() { "true" } else { "false" }));
    }
    let (fits, negated): (fn(&str, &str) -> bool, bool) = match operator {
        "StringEquals" | "Bool" => (|wanted, value| open(wanted, value, wanted == value), false),
        "StringNotEquals" => (|wanted, value| open(wanted, value, wanted == value), true),
        "StringEqualsIgnoreCase" => (|wanted, value| open(wanted, value, wanted.eq_ignore_ascii_case(value)), false),
        "StringNotEqualsIgnoreCase" => (|wanted, value| open(wanted, value, wanted.eq_ignore_ascii_case(value)), true),
        "StringLike" | "ArnEquals" | "ArnLike" => (overlap, false),
        "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => (overlap, true),
        _ => return None,
    };
    let Some(value) = value else { return Some(absent.unwrap_or(negated)) };
    Some(wanted.iter().any(|wanted| fits(wanted, value)) != negated)
}

/// Whether the two are one where one of them is open; else what they are as they stand.
fn open(wanted: &str, value: &str, equal: bool) -> bool {
    if wanted.contains("${") || value.contains("${") { overlap(&escaped(wanted), &escaped(value)) } else { equal }
}

/// A text that means its own `*` and `?`: `overlap` has no such thing, and no account or ARN has them.
fn escaped(text: &str) -> String {
    text.replace(['*', '?'], "\u{fffd}")
}

/// A condition's value, which may be no text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether there is a text that both are, where `*` and `${…}` are anything and `?` is any character.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (glob(one), glob(other));
    // Whether what is left of `one` and of `other` overlaps, from the end on: `row` is that for the part of `one` before.
    let mut row: Vec<bool> = Vec::new();
    for at in (0..=one.len()).rev() {
        let mut next = vec![false; other.len() + 1];
        for beside in (0..=other.len()).rev() {
            let later = |row: &[bool], place: usize| row.get(place).copied().unwrap_or_default();
            let fits = match (one.get(at), other.get(beside)) {
                (None, None) => true,
                (Some('*'), _) if later(&row, beside) || later(&next, beside + 1) => true,
                (_, Some('*')) => later(&next, beside + 1) || later(&row, beside),
                (Some(a), Some(b)) => *a != '*' && (a == b || *a == '?' || *b == '?') && later(&row, beside + 1),
                _ => false,
            };
            if let Some(place) = next.get_mut(beside) {
                *place = fits;
            }
        }
        row = next;
    }
    row.first().copied().unwrap_or_default()
}

fn glob(text: &str) -> Vec<char> {
    let mut parts = text.split("${");
    let mut glob: Vec<char> = parts.next().unwrap_or_default().chars().collect();
    for part in parts {
        glob.push('*');
        glob.extend(part.split_once('}').map_or("", |(_, rest)| rest).chars());
    }
    glob
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_judged_as_iam_does() {
        let policy = json!({ "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "a.example.com" }, "Action": ["KMS:Get*"], "Resource": "arn:x",
            "Condition": { "StringEquals": { "K": "1" }, "ArnLike": { "s": "arn:*:alarm:*" } },
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
            assert!(!allows(&policy, &bad), "{bad:?}");
        }
    }

    #[test]
    fn each_element_of_a_statement_counts() {
        let request = Request {
            principal: Some(("Service", "events.amazonaws.com")),
            action: "sns:Publish",
            resource: "arn:aws:sns:r:1:t",
            context: &[("aws:SourceAccount", "1"), ("aws:SecureTransport", "true")],
        };
        let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "sns:*", "Resource": "*" });
        let judged = |more: Value| allows(&json!({ "Statement": [allow, more] }), &request);
        assert!(allows(&json!({ "Statement": allow }), &request), "a statement without a list");
        assert!(!allows(&Value::Null, &request), "no policy");
        for (deny, allowed) in [
            (json!({ "Principal": "*", "Action": "sns:Publish", "Resource": "*" }), false),
            (json!({ "Principal": "*", "Action": "sns:Subscribe", "Resource": "*" }), true),
            (json!({ "Principal": { "AWS": "arn:aws:iam::1:root" }, "Action": "*", "Resource": "*" }), true),
            (json!({ "NotPrincipal": { "Service": "events.amazonaws.com" }, "Action": "*", "Resource": "*" }), true),
            (json!({ "Principal": "*", "NotAction": "sns:Publish", "Resource": "*" }), true),
            (json!({ "Principal": "*", "NotAction": "sns:Subscribe", "Resource": "*" }), false),
        ] {
            let mut statement = json!({ "Effect": "Deny" });
            statement.as_object_mut().into_iter().for_each(|whole| whole.extend(deny.as_object().cloned().unwrap_or_default()));
            assert_eq!(judged(statement), allowed, "{deny}");
        }
        for (condition, allowed) in [
            (json!({ "Bool": { "aws:SecureTransport": "false" } }), true),
            (json!({ "Bool": { "aws:SecureTransport": true } }), false),
            (json!({ "StringNotEquals": { "aws:SourceAccount": ["1", "2"] } }), true),
            (json!({ "StringNotEquals": { "aws:SourceAccount": "2" } }), false),
            (json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } }), false),
            (json!({ "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-1" } }), false),
            (json!({ "StringEqualsIgnoreCase": { "aws:sourceaccount": "1" } }), false),
            (json!({ "StringNotLike": { "aws:SourceAccount": "?" } }), true),
            (json!({ "Null": { "aws:SourceArn": "true" } }), false),
            (json!({ "Null": { "aws:SourceArn": "false" } }), true),
            (json!({ "ForAnyValue:StringEquals": { "aws:PrincipalOrgPaths": "o" } }), true),
            (json!({ "DateGreaterThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }), true),
        ] {
            let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition });
            assert_eq!(judged(deny), allowed, "{condition}");
        }
    }

    #[test]
    fn what_a_template_leaves_open_may_be_anything() {
        for (one, other, expected) in [
            ("a*c", "abc", true),
            ("a*c", "ab", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("arn:aws:sns:${AWS::Region}:1:${Name}", "arn:aws:sns:eu-west-1:1:t", true),
            ("arn:aws:sns:${AWS::Region}:1:t", "arn:aws:sns:${AWS::Region}:1:u", false),
            ("a*", "*b", true),
            ("a*x", "*b", false),
            ("${broken", "anything", true),
        ] {
            assert_eq!((overlap(one, other), overlap(other, one)), (expected, expected), "{one} {other}");
        }
        assert_eq!(compare("StringEquals", Some("${AWS::AccountId}"), &json!("111122223333")), Some(true));
        assert_eq!(compare("StringEquals", Some("111122223333"), &json!("1111*")), Some(false), "a star is a star there");
    }
}
