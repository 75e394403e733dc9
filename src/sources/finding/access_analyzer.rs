//! IAM Access Analyzer: "Access Analyzer Finding", "Internal Access Finding", "Unused Access Finding for IAM entities" (its id
//! is `findingId`). It has no title: it is known by its resource's name.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html>

use serde_json::Value;

use super::super::read;
use super::{Found, version};
use crate::notification::{Field, FieldValue, Label};

pub(super) fn finding(detail: &Value) -> Found {
    let status = read::string(detail, "status");
    let resource = read::string(detail, "resource");
    let error = Field::code(Label::Error, read::text(detail, "error"));
    let list = |label, values: Vec<String>| (!values.is_empty()).then(|| Field::new(label, FieldValue::List(values)));
    let principals = list(Label::Principal, principals(detail));
    let actions = list(Label::Action, read::strings(detail, "action"));
    Found {
        id: read::string(detail, "id").or_else(|| read::string(detail, "findingId")),
        version: version(&[read::string(detail, "updatedAt")], std::slice::from_ref(&status)),
        title: resource.as_deref().and_then(|arn| arn.rsplit([':', '/']).find(|name| !name.is_empty())).map(str::to_owned),
        finding_type: read::string(detail, "findingType"),
        is_over: matches!(status.as_deref(), Some("ARCHIVED" | "RESOLVED")),
        account: read::account(detail, "accountId").or_else(|| read::account(detail, "resourceOwnerAccount")),
        region: read::string(detail, "region"),
        resources: resource.into_iter().collect(),
        fields: [error, principals, actions].into_iter().flatten().collect(),
        ..Found::by("Access Analyzer")
    }
}

/// Who can get at it: `{"AWS": "999988887777"}`, the kind before the name.
fn principals(detail: &Value) -> Vec<String> {
    let Some(Value::Object(principals)) = detail.get("principal") else {
        return Vec::new();
    };
    principals.iter().filter_map(|(kind, name)| name.as_str().map(|name| format!("{kind}: {name}"))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says so by failing")]

    use serde_json::json;

    use super::super::tests::{analyzed, analyzer_detail, data};
    use super::*;
    use crate::notification::{Kind, Severity, key};

    #[test]
    fn an_analyzer_tells_who_can_do_what() {
        let list = |label, text: &str| Field::new(label, FieldValue::List(vec![text.into()]));
        let external = analyzed("Access Analyzer Finding", analyzer_detail());
        assert_eq!(external.severity, Severity::Warning);
        assert_eq!(external.fields, [list(Label::Principal, "AWS: 999988887777"), list(Label::Action, "s3:GetObject")]);
        let unused = json!({ "findingId": "u-1", "resource": "arn:aws:iam::444455556666:role/r", "accountId": "444455556666",
            "updatedAt": "2026-11-21T07:00:00Z", "status": "ACTIVE", "findingType": "UnusedIAMRole", "error": "INTERNAL_ERROR" });
        let unused = analyzed("Unused Access Finding for IAM entities", unused);
        assert_eq!((unused.subject.as_deref(), data(&unused).finding_type.as_deref()), (Some("r"), Some("UnusedIAMRole")));
        let coded = |label, code| Field::code(label, Some(code)).unwrap();
        assert_eq!(unused.fields, [coded(Label::Error, "INTERNAL_ERROR"), coded(Label::FindingType, "UnusedIAMRole")]);
        assert_eq!(unused.thread_key, key(&["finding", "444455556666", "u-1"]));
        assert_eq!(analyzed("Internal Access Finding", json!({})).kind, Kind::Finding);
    }
}
