#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

use serde_json::{Value, json};

use super::*;
use crate::sources::tests::envelope;

const GUARDDUTY_ARN: &str = "arn:aws:guardduty:eu-west-1:444455556666:detector/d-1/finding/f-1";

pub(super) fn decode_json(payload: Value) -> Option<Notification> {
    decode(&envelope(&payload))
}

/// As an administrator's account gets it, about a member's.
pub(super) fn event(source: &str, detail_type: &str, detail: Value) -> Value {
    json!({ "id": "e-1", "source": source, "detail-type": detail_type, "account": "111122223333", "region": "us-east-1",
        "time": "2026-11-21T07:30:00Z", "resources": ["arn:of:the:sender"], "detail": detail })
}

pub(super) fn guardduty_event(detail: Value) -> Notification {
    decode_json(event("aws.guardduty", "GuardDuty Finding", detail)).unwrap()
}

pub(super) fn imported(findings: Value) -> Notification {
    decode_json(event("aws.securityhub", "Security Hub Findings - Imported", json!({ "findings": findings }))).unwrap()
}

pub(super) fn analyzed(detail_type: &str, detail: Value) -> Notification {
    decode_json(event("aws.access-analyzer", detail_type, detail)).unwrap()
}

pub(super) fn data(notification: &Notification) -> &Finding {
    match &notification.data {
        Data::Finding(finding) => finding,
        other => panic!("{other:?}"),
    }
}

/// `value` with `new` at each pointer, whether or not something stood there.
pub(super) fn with(mut value: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, new) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        value.pointer_mut(parent).unwrap()[key] = new.clone();
    }
    value
}

pub(super) fn guardduty_detail() -> Value {
    json!({ "accountId": "444455556666", "region": "eu-west-1", "id": "f-1", "arn": GUARDDUTY_ARN, "severity": 8,
        "type": "Recon:EC2/PortProbeUnprotectedPort", "title": "A port is probed.", "description": "By a known host.",
        "updatedAt": "2026-11-21T07:00:00Z", "service": { "archived": false, "count": 3 },
        "resource": { "resourceType": "Instance", "instanceDetails": { "instanceId": "i-0" }, "s3BucketDetails": [{ "arn": "arn:aws:s3:::b" }] } })
}

pub(super) fn asff_finding(id: &str, label: &str) -> Value {
    json!({ "Id": id, "ProductName": "Inspector", "AwsAccountId": "444455556666", "Region": "eu-west-1", "Title": format!("{label} {id}"),
        "Description": "It is open.", "Types": ["TTPs/Discovery", "Other"], "Severity": { "Label": label }, "RecordState": "ACTIVE",
        "Workflow": { "Status": "NEW" }, "UpdatedAt": "2026-11-21T07:00:00Z", "Resources": [{ "Id": "arn:aws:s3:::shared" }, { "Id": id }],
        "Remediation": { "Recommendation": { "Text": "Close it.", "Url": "https://docs.aws.amazon.com/x" } } })
}

pub(super) fn ocsf_finding() -> Value {
    json!({ "activity_name": "Update", "severity": "High", "status": "New", "metadata": { "product": { "name": "Macie" } },
        "cloud": { "account": { "uid": "444455556666" }, "region": "eu-west-1" },
        "finding_info": { "uid": "o-1", "title": "Personal data", "desc": "In a bucket.", "types": ["SensitiveData"], "modified_time_dt": "2026-11-21T07:00:00Z" },
        "resources": [{ "uid": "my-bucket" }], "remediation": { "references": ["https://docs.aws.amazon.com/y"] } })
}

pub(super) fn analyzer_detail() -> Value {
    json!({ "accountId": "444455556666", "region": "eu-west-1", "id": "a-1", "resource": "arn:aws:s3:::b", "status": "ACTIVE",
        "principal": { "AWS": "999988887777" }, "action": ["s3:GetObject"], "updatedAt": "2026-11-21T07:00:00Z" })
}

#[test]
fn each_finder_is_read() {
    let v2 = event("aws.securityhub", "Findings Imported V2", json!({ "findings": [ocsf_finding()] }));
    let label = |label: &str| Some(label.to_owned());
    for (notification, subject, text, resources, finding) in [
        (
            guardduty_event(guardduty_detail()),
            "A port is probed",
            Some("By a known host."),
            vec!["i-0", "arn:aws:s3:::b"],
            Finding {
                finding_id: label("f-1"),
                finding_type: label("Recon:EC2/PortProbeUnprotectedPort"),
                product: "GuardDuty".into(),
                severity_label: label("8"),
                resource: label("i-0"),
                count: Some(3),
            },
        ),
        (
            imported(json!([asff_finding("s-1", "HIGH")])),
            "HIGH s-1",
            Some("It is open."),
            vec!["arn:aws:s3:::shared", "s-1"],
            Finding {
                finding_id: label("s-1"),
                finding_type: label("TTPs/Discovery"),
                product: "Inspector".into(),
                severity_label: label("HIGH"),
                resource: label("arn:aws:s3:::shared"),
                count: None,
            },
        ),
        (
            decode_json(v2).unwrap(),
            "Personal data",
            Some("In a bucket."),
            vec!["my-bucket"],
            Finding {
                finding_id: label("o-1"),
                finding_type: label("SensitiveData"),
                product: "Macie".into(),
                severity_label: label("High"),
                resource: label("my-bucket"),
                count: None,
            },
        ),
        (
            analyzed("Access Analyzer Finding", analyzer_detail()),
            "b",
            None,
            vec!["arn:aws:s3:::b"],
            Finding {
                finding_id: label("a-1"),
                product: "Access Analyzer".into(),
                resource: label("arn:aws:s3:::b"),
                ..Finding::default()
            },
        ),
    ] {
        assert_eq!((notification.kind, notification.subject.as_deref()), (Kind::Finding, Some(subject)));
        assert_eq!(notification.description, text.map(Prose::plain).into_iter().collect::<Vec<_>>());
        assert_eq!((notification.account.as_deref(), notification.region.as_deref()), (Some("444455556666"), Some("eu-west-1")));
        assert_eq!(notification.occurred_at, Some("2026-11-21T07:30:00Z".parse().unwrap()));
        assert_eq!(notification.resources, resources);
        assert_eq!(notification.status, Status::Firing);
        assert_eq!(data(&notification), &finding);
        assert_eq!(notification.thread_key, key(&["finding", "444455556666", &finding.finding_id.unwrap()]));
    }
}

#[test]
fn what_is_over_is_resolved_and_another_fact_in_the_thread() {
    let asff = |changes: &[(&str, Value)]| imported(json!([with(asff_finding("s-1", "HIGH"), changes)]));
    let ocsf = |changes: &[(&str, Value)]| imported(json!([with(ocsf_finding(), changes)]));
    let guardduty = |changes: &[(&str, Value)]| guardduty_event(with(guardduty_detail(), changes));
    let analyzer = |changes: &[(&str, Value)]| analyzed("Access Analyzer Finding", with(analyzer_detail(), changes));
    for (open, over) in [
        (guardduty(&[]), guardduty(&[("/service/archived", json!(true))])),
        (guardduty(&[]), guardduty(&[("/service/archived", json!("true"))])),
        (asff(&[]), asff(&[("/RecordState", json!("ARCHIVED"))])),
        (asff(&[]), asff(&[("/Workflow/Status", json!("RESOLVED"))])),
        (ocsf(&[]), ocsf(&[("/status", json!("Resolved"))])),
        (ocsf(&[]), ocsf(&[("/activity_name", json!("Close"))])),
        (analyzer(&[]), analyzer(&[("/status", json!("ARCHIVED"))])),
        (analyzer(&[]), analyzer(&[("/status", json!("RESOLVED"))])),
    ] {
        assert_eq!((over.status, over.severity), (Status::Resolved, Severity::Info));
        assert_eq!(open.thread_key, over.thread_key);
        assert_ne!(open.dedup_key, over.dedup_key);
    }
}

#[test]
fn news_of_a_finding_is_a_fact_and_a_repeated_delivery_is_none() {
    let first = guardduty_event(guardduty_detail());
    let again =
        decode_json(with(event("aws.guardduty", "GuardDuty Finding", guardduty_detail()), &[("/id", json!("e-2"))])).unwrap();
    assert_eq!(first.dedup_key, again.dedup_key);
    for (pointer, value) in [
        ("/service/count", json!(4)),
        ("/updatedAt", json!("2026-11-21T08:00:00Z")),
        ("/severity", json!(9)),
        ("/id", json!("f-2")),
    ] {
        assert_ne!(first.dedup_key, guardduty_event(with(guardduty_detail(), &[(pointer, value)])).dedup_key, "{pointer}");
    }
    let hub = imported(json!([asff_finding("s-1", "HIGH")]));
    let updated = [("/UpdatedAt", json!("2026-11-21T08:00:00Z"))];
    assert_ne!(hub.dedup_key, imported(json!([with(asff_finding("s-1", "HIGH"), &updated)])).dedup_key);
}

#[test]
fn of_several_the_gravest_stands_for_all() {
    let over = [("/RecordState", json!("ARCHIVED"))];
    let findings = json!([
        asff_finding("s-1", "LOW"),
        with(asff_finding("s-2", "CRITICAL"), &over),
        asff_finding("s-3", "MEDIUM"),
        asff_finding("s-4", "MEDIUM")
    ]);
    let notification = imported(findings);
    assert_eq!((notification.subject.as_deref(), notification.severity), (Some("MEDIUM s-3"), Severity::Warning));
    assert_eq!((data(&notification).count, data(&notification).finding_id.as_deref()), (None, Some("s-3")));
    let titles = ["LOW s-1", "CRITICAL s-2", "MEDIUM s-3", "MEDIUM s-4"].map(str::to_owned).to_vec();
    let kind = Field::code(Label::FindingType, Some("TTPs/Discovery")).unwrap();
    assert_eq!(notification.fields, [kind, Field::new(Label::Findings, FieldValue::Texts(titles))]);
    assert_eq!(notification.resources, ["arn:aws:s3:::shared", "s-1", "s-2", "s-3", "s-4"]);
}

#[test]
fn guardduty_by_way_of_security_hub_is_another_fact_in_its_thread() {
    let (direct, hub) = (guardduty_event(guardduty_detail()), imported(json!([asff_finding(GUARDDUTY_ARN, "HIGH")])));
    assert_eq!(direct.thread_key, hub.thread_key);
    assert_ne!(direct.dedup_key, hub.dedup_key);
    assert_eq!(direct.links.first(), hub.links.first());
    let url = "https://eu-west-1.console.aws.amazon.com/guardduty/home?region=eu-west-1#/findings?search=id%3Df-1";
    assert_eq!(direct.links, [Link { to: LinkTo::Finding, url: url.into() }]);
    let gov = guardduty_event(with(guardduty_detail(), &[("/region", json!("us-gov-east-1"))]));
    assert_eq!(gov.links, []);
}

#[test]
fn odd_shapes_are_findings_all_the_same() {
    let odd_guardduty = json!({ "service": [], "resource": 5, "accountId": {}, "title": " " });
    for (payload, source, finding_type) in [
        (json!({ "detail-type": "GuardDuty Finding", "detail": { "type": "Recon:EC2/X" } }), "unknown", Some("Recon:EC2/X")),
        (event("aws.guardduty", "GuardDuty Finding", odd_guardduty), "aws.guardduty", None),
        (event("aws.guardduty", "GuardDuty Finding", json!("text")), "aws.guardduty", None),
        (event("aws.securityhub", "Security Hub Findings - Imported", json!({})), "aws.securityhub", None),
        (event("aws.securityhub", "Security Findings - Custom Action", json!({ "findings": [5, {}] })), "aws.securityhub", None),
        (
            event("aws.securityhub", "Findings Imported V2", json!({ "findings": [{ "finding_info": 5 }] })),
            "aws.securityhub",
            None,
        ),
        (event("aws.access-analyzer", "Access Analyzer Finding", Value::Null), "aws.access-analyzer", None),
    ] {
        let notification = decode_json(payload.clone()).unwrap();
        assert_eq!((notification.source.as_str(), notification.subject.as_deref()), (source, None), "{payload}");
        assert_eq!(data(&notification).finding_type.as_deref(), finding_type);
        assert_eq!(notification.status, Status::Firing);
        assert!(notification.dedup_key.contains('|') && !notification.thread_key.is_empty());
    }
}

#[test]
fn what_is_no_finding_is_left_to_others() {
    for payload in [
        event("aws.guardduty", "GuardDuty Malware Protection Object Scan Result", json!({ "scanStatus": "COMPLETED" })),
        event("aws.securityhub", "Security Hub Insight Results", json!({ "insightName": "x" })),
        event("aws.access-analyzer", "Access Preview State Change", json!({})),
        event("my.shop", "GuardDuty Finding", guardduty_detail()),
        event("aws.macie", "Macie Finding", json!({})),
        guardduty_detail(),
        json!("GuardDuty Finding"),
    ] {
        assert_eq!(decode_json(payload.clone()), None, "{payload}");
    }
}
