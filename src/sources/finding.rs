//! Security findings over EventBridge: GuardDuty, Security Hub, IAM Access Analyzer.
//!
//! - GuardDuty: "GuardDuty Finding"; it is told again as it goes on, with a higher `service.count`.
//!   <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html>
//! - Security Hub: `detail.findings`, in ASFF ("Security Hub Findings - Imported", "… - Custom Action") or in OCSF
//!   ("Findings Imported V2").
//!   <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html>,
//!   <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-v2-cwe-event-formats.html>
//! - Access Analyzer: "Access Analyzer Finding", "Internal Access Finding", "Unused Access Finding for IAM entities" (its id
//!   is `findingId`). It has no title: it is known by its resource's name.
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html>
//!
//! Malware scan results, Security Hub's insights and access previews are no findings.

use std::collections::HashSet;

use serde_json::Value;

use super::cloudwatch_alarm::account;
use super::cost_anomaly::is_plain;
use super::{console, from_envelope, read};
use crate::ingress::{Body, Envelope, Event};
use crate::notification::{
    Data, Field, FieldValue, Finding, Kind, Label, Link, LinkTo, Notification, Prose, Severity, Status, key,
};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let Body::Event(event) = &envelope.body else { return None };
    let finder = Finder::of(event)?;
    let found = match finder {
        Finder::GuardDuty => vec![guardduty(&event.detail)],
        Finder::SecurityHub => security_hub(&event.detail),
        Finder::AccessAnalyzer => vec![access_analyzer(&event.detail)],
    };
    // The first of the worst; what is over weighs less than anything that is not.
    let worst = found.iter().rev().max_by_key(|found| (!found.is_over, found.severity))?;
    let (status, severity) = if worst.is_over { (Status::Resolved, Severity::Info) } else { (Status::Firing, worst.severity) };
    let mut notification = from_envelope(envelope, Kind::Finding, status, severity);
    worst.fill(&mut notification);
    notification.fields.extend(all_titles(&found));
    let resources = distinct(found.iter().flat_map(|found| &found.resources));
    if !resources.is_empty() {
        notification.resources = resources;
    }
    // Pressing the button is a fact of its own: its event's id says which.
    let is_pressed = event.detail_type.ends_with("Custom Action");
    if let Some(key) = dedup_key(finder, &found).filter(|_| !is_pressed) {
        notification.dedup_key = key;
    }
    notification.data = Data::Finding(worst.data());
    Some(notification)
}

/// Who sent the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finder {
    GuardDuty,
    SecurityHub,
    AccessAnalyzer,
}

impl Finder {
    fn of(event: &Event) -> Option<Finder> {
        let name = event.detail_type.as_str();
        let finder = match name {
            "GuardDuty Finding" => Finder::GuardDuty,
            "Findings Imported V2" | "Security Findings - Custom Action" => Finder::SecurityHub,
            _ if name.starts_with("Security Hub Findings") => Finder::SecurityHub,
            _ if name.contains("Access") && name.contains("Finding") => Finder::AccessAnalyzer,
            _ => return None,
        };
        // Events made by hand lack it.
        event.source.as_deref().is_none_or(|source| source == finder.source()).then_some(finder)
    }

    fn source(self) -> &'static str {
        match self {
            Finder::GuardDuty => "aws.guardduty",
            Finder::SecurityHub => "aws.securityhub",
            Finder::AccessAnalyzer => "aws.access-analyzer",
        }
    }
}

/// A finding, whatever the format it came in.
#[derive(Debug)]
struct Found {
    id: Option<String>,
    /// What tells this state of it from any other: none if it is not told how new it is.
    version: Option<String>,
    title: Option<String>,
    description: Option<String>,
    finding_type: Option<String>,
    product: String,
    /// As the product gives it.
    severity_label: Option<String>,
    severity: Severity,
    is_over: bool,
    account: Option<String>,
    region: Option<String>,
    resources: Vec<String>,
    /// How often it was seen.
    count: Option<u64>,
    /// What this product alone tells.
    fields: Vec<Field>,
    /// How to mend it.
    remediation: Option<String>,
}

impl Found {
    /// A finding of `product` of which nothing is known.
    fn by(product: &str) -> Found {
        Found {
            id: None,
            version: None,
            title: None,
            description: None,
            finding_type: None,
            product: product.to_owned(),
            severity_label: None,
            severity: Severity::Warning,
            is_over: false,
            account: None,
            region: None,
            resources: Vec::new(),
            count: None,
            fields: Vec::new(),
            remediation: None,
        }
    }

    fn fill(&self, notification: &mut Notification) {
        notification.subject.clone_from(&self.title);
        notification.description = self.description.iter().map(Prose::plain).collect();
        notification.account = self.account.clone().or(notification.account.take());
        notification.region = self.region.clone().or(notification.region.take());
        notification.fields.clone_from(&self.fields);
        let remediation = self.remediation.clone().map(|url| Link { to: LinkTo::Details, url });
        notification.links = self.console(notification).into_iter().chain(remediation).collect();
        if let Some(id) = &self.id {
            let account = notification.account.as_deref().unwrap_or_default();
            let id = guardduty_id(id).map_or(id.as_str(), |(_, id)| id);
            notification.thread_key = key(&["finding", account, id]);
        }
    }

    /// The finding in GuardDuty's console, also if it came by way of Security Hub.
    fn console(&self, notification: &Notification) -> Option<Link> {
        let id = self.id.as_deref()?;
        let (region, id) = match guardduty_id(id) {
            Some(found) => found,
            None if self.product == GUARDDUTY => (notification.region.clone()?, id),
            None => return None,
        };
        // The other partitions have consoles of their own.
        let is_elsewhere = ["cn-", "us-gov-", "us-iso"].iter().any(|prefix| region.starts_with(prefix));
        let url = if is_elsewhere { None } else { console::guardduty_finding(&region, id) };
        url.map(|url| Link { to: LinkTo::Finding, url })
    }

    fn data(&self) -> Finding {
        Finding {
            finding_id: self.id.clone(),
            finding_type: self.finding_type.clone(),
            product: self.product.clone(),
            severity_label: self.severity_label.clone(),
            resource: self.resources.first().cloned(),
            count: self.count,
        }
    }
}

const GUARDDUTY: &str = "GuardDuty";
const SECURITY_HUB: &str = "Security Hub";

/// <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html>
fn guardduty(detail: &Value) -> Found {
    let service = detail.get("service").unwrap_or(&Value::Null);
    let severity_label = as_given(detail, "severity");
    let is_over = read::boolean(service, "archived") == Some(true);
    let count = read::integer(service, "count").and_then(|count| u64::try_from(count).ok());
    let told = [count.map(|count| count.to_string()), read::string(detail, "updatedAt")];
    Found {
        id: read::string(detail, "id"),
        version: version(&told, &[Some(is_over.to_string()), severity_label.clone()]),
        title: read::string(detail, "title"),
        description: read::string(detail, "description"),
        finding_type: read::string(detail, "type"),
        severity: match read::number(detail, "severity") {
            Some(number) if number >= 7.0 => Severity::Critical,
            Some(number) if number >= 4.0 => Severity::Warning,
            _ => Severity::Notice,
        },
        severity_label,
        is_over,
        account: account(detail, "accountId"),
        region: read::string(detail, "region"),
        resources: guardduty_resources(detail),
        count,
        ..Found::by(GUARDDUTY)
    }
}

/// What a GuardDuty finding is about; each kind of resource has its place.
///
/// <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Resource.html>
fn guardduty_resources(detail: &Value) -> Vec<String> {
    const PLACES: &[(&str, &str)] = &[
        ("/resource/instanceDetails", "instanceId"),
        ("/resource/s3BucketDetails", "arn"),
        ("/resource/eksClusterDetails", "arn"),
        ("/resource/ecsClusterDetails", "arn"),
        ("/resource/lambdaDetails", "functionArn"),
        ("/resource/rdsDbInstanceDetails", "dbInstanceArn"),
        ("/resource/rdsLimitlessDbDetails", "dbShardGroupArn"),
        ("/resource/accessKeyDetails", "userName"),
        ("/resource/accessKeyDetails", "accessKeyId"),
        ("/resource/ebsVolumeDetails/scannedVolumeDetails", "volumeArn"),
        ("/resource/ebsSnapshotDetails", "snapshotArn"),
        ("/resource/ec2ImageDetails", "imageArn"),
        ("/resource/recoveryPointDetails", "recoveryPointArn"),
        ("/service/detection/sequence/resources", "uid"),
    ];
    let at = |(pointer, key): &(&str, &str)| match detail.pointer(pointer) {
        Some(Value::Array(entries)) => entries.iter().filter_map(|entry| read::string(entry, key)).collect(),
        Some(entry) => read::string(entry, key).into_iter().collect::<Vec<_>>(),
        None => Vec::new(),
    };
    PLACES.iter().flat_map(at).collect()
}

fn security_hub(detail: &Value) -> Vec<Found> {
    let findings = read::array(detail, "findings").iter().filter(|finding| finding.is_object());
    let found: Vec<Found> =
        findings.map(|finding| if finding.get("finding_info").is_some() { ocsf(finding) } else { asff(finding) }).collect();
    if found.is_empty() { vec![Found::by(SECURITY_HUB)] } else { found }
}

/// <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html>
fn asff(finding: &Value) -> Found {
    let severity = finding.get("Severity").unwrap_or(&Value::Null);
    let label = read::string(severity, "Label");
    let state = read::string(finding, "RecordState");
    let workflow = finding.get("Workflow").and_then(|workflow| read::string(workflow, "Status"));
    Found {
        id: read::string(finding, "Id"),
        // A person who resolves it leaves UpdatedAt as it is: that is the product's own.
        version: version(&[read::string(finding, "UpdatedAt")], &[state.clone(), workflow.clone(), label.clone()]),
        title: read::string(finding, "Title"),
        description: read::string(finding, "Description"),
        finding_type: read::strings(finding, "Types").into_iter().next(),
        product: read::string(finding, "ProductName").unwrap_or_else(|| SECURITY_HUB.to_owned()),
        severity: label.as_deref().and_then(of_label).or_else(|| of_normalized(severity)).unwrap_or(Severity::Warning),
        severity_label: label.or_else(|| as_given(severity, "Normalized")),
        is_over: state.as_deref() == Some("ARCHIVED") || workflow.as_deref() == Some("RESOLVED"),
        account: account(finding, "AwsAccountId"),
        region: read::string(finding, "Region"),
        resources: read::array(finding, "Resources").iter().filter_map(|resource| read::string(resource, "Id")).collect(),
        remediation: finding.pointer("/Remediation/Recommendation").and_then(|told| read::text(told, "Url")).and_then(https),
        ..Found::by(SECURITY_HUB)
    }
}

/// <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-ocsf.html>
fn ocsf(finding: &Value) -> Found {
    let at = |pointer: &str| finding.pointer(pointer).unwrap_or(&Value::Null);
    let info = at("/finding_info");
    let label = read::string(finding, "severity");
    let status = read::string(finding, "status");
    let is_closed = read::text(finding, "activity_name") == Some("Close");
    let told = read::string(info, "modified_time_dt").or_else(|| as_given(info, "modified_time"));
    Found {
        id: read::string(info, "uid"),
        version: version(&[told], &[status.clone(), label.clone(), Some(is_closed.to_string())]),
        title: read::string(info, "title"),
        description: read::string(info, "desc"),
        finding_type: read::strings(info, "types").into_iter().next(),
        product: read::string(at("/metadata/product"), "name").unwrap_or_else(|| SECURITY_HUB.to_owned()),
        severity: label.as_deref().and_then(of_label).unwrap_or(Severity::Warning),
        severity_label: label,
        is_over: is_closed || matches!(status.as_deref(), Some("Resolved" | "Archived")),
        account: account(at("/cloud/account"), "uid"),
        region: read::string(at("/cloud"), "region"),
        resources: read::array(finding, "resources").iter().filter_map(|resource| read::string(resource, "uid")).collect(),
        remediation: read::strings(at("/remediation"), "references").first().and_then(|url| https(url)),
        ..Found::by(SECURITY_HUB)
    }
}

fn access_analyzer(detail: &Value) -> Found {
    let status = read::string(detail, "status");
    let resource = read::string(detail, "resource");
    let error = Field::code(Label::Error, read::text(detail, "error"));
    let sender = |key: &str, values: Vec<String>| {
        (!values.is_empty()).then(|| Field::new(Label::Sender(key.to_owned()), FieldValue::List(values)))
    };
    let fields = [error, sender("principal", principals(detail)), sender("action", read::strings(detail, "action"))];
    Found {
        id: read::string(detail, "id").or_else(|| read::string(detail, "findingId")),
        version: version(&[read::string(detail, "updatedAt")], std::slice::from_ref(&status)),
        title: resource.as_deref().and_then(|arn| arn.rsplit([':', '/']).find(|name| !name.is_empty())).map(str::to_owned),
        finding_type: read::string(detail, "findingType"),
        is_over: matches!(status.as_deref(), Some("ARCHIVED" | "RESOLVED")),
        account: account(detail, "accountId").or_else(|| account(detail, "resourceOwnerAccount")),
        region: read::string(detail, "region"),
        resources: resource.into_iter().collect(),
        fields: fields.into_iter().flatten().collect(),
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

/// ASFF's labels; OCSF writes them `High`, and knows `Fatal`.
fn of_label(label: &str) -> Option<Severity> {
    match label.to_ascii_uppercase().as_str() {
        "CRITICAL" | "HIGH" | "FATAL" => Some(Severity::Critical),
        "MEDIUM" => Some(Severity::Warning),
        "LOW" => Some(Severity::Notice),
        "INFORMATIONAL" => Some(Severity::Info),
        _ => None,
    }
}

/// The number from before there were labels, 0 to 100.
///
/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html>
fn of_normalized(severity: &Value) -> Option<Severity> {
    Some(match read::integer(severity, "Normalized")? {
        70.. => Severity::Critical,
        40.. => Severity::Warning,
        1.. => Severity::Notice,
        _ => Severity::Info,
    })
}

/// What else came with it: an event of several findings names them all.
fn all_titles(found: &[Found]) -> Option<Field> {
    let titles: Vec<String> = found.iter().filter_map(|found| found.title.clone().or_else(|| found.id.clone())).collect();
    (titles.len() > 1).then(|| Field::new(Label::Sender("findings".to_owned()), FieldValue::List(titles)))
}

/// The same finding in the same state, however often and by whatever way it is told.
fn dedup_key(finder: Finder, found: &[Found]) -> Option<String> {
    let mut parts = vec!["finding", finder.source()];
    for found in found {
        parts.extend([found.id.as_deref()?, found.version.as_deref()?]);
    }
    Some(key(&parts))
}

/// What was `told` of how new it is, with the `state` it is in; none if nothing was told.
fn version(told: &[Option<String>], state: &[Option<String>]) -> Option<String> {
    let parts: Vec<&str> = told.iter().chain(state).map(|part| part.as_deref().unwrap_or_default()).collect();
    told.iter().any(Option::is_some).then(|| parts.join("/"))
}

/// Region and id of a GuardDuty finding by its ARN, which is its id in Security Hub: `…:detector/D/finding/ID`.
fn guardduty_id(arn: &str) -> Option<(String, &str)> {
    let (place, id) = arn.rsplit_once("/finding/").filter(|(place, _)| place.contains(":guardduty:"))?;
    Some((read::arn_place(place).0?, id))
}

/// A number or a text as it stands.
fn as_given(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::Number(number) => Some(number.to_string()),
        _ => read::string(value, key),
    }
}

fn https(url: &str) -> Option<String> {
    (url.starts_with("https://") && is_plain(url)).then(|| url.to_owned())
}

fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(text.as_str())).cloned().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

    use serde_json::json;

    use super::*;

    const GUARDDUTY_ARN: &str = "arn:aws:guardduty:eu-west-1:444455556666:detector/d-1/finding/f-1";

    fn decode_json(payload: Value) -> Option<Notification> {
        let mut envelopes = crate::ingress::unwrap(&payload.to_string()).unwrap().envelopes;
        decode(&envelopes.remove(0))
    }

    /// As an administrator's account gets it, about a member's.
    fn event(source: &str, detail_type: &str, detail: Value) -> Value {
        json!({ "id": "e-1", "source": source, "detail-type": detail_type, "account": "111122223333", "region": "us-east-1",
            "time": "2026-11-21T07:30:00Z", "resources": ["arn:of:the:sender"], "detail": detail })
    }

    fn guardduty_event(detail: Value) -> Notification {
        decode_json(event("aws.guardduty", "GuardDuty Finding", detail)).unwrap()
    }

    fn imported(findings: Value) -> Notification {
        decode_json(event("aws.securityhub", "Security Hub Findings - Imported", json!({ "findings": findings }))).unwrap()
    }

    fn analyzed(detail_type: &str, detail: Value) -> Notification {
        decode_json(event("aws.access-analyzer", detail_type, detail)).unwrap()
    }

    fn data(notification: &Notification) -> &Finding {
        match &notification.data {
            Data::Finding(finding) => finding,
            other => panic!("{other:?}"),
        }
    }

    /// `value` with `new` at each pointer, whether or not something stood there.
    fn with(mut value: Value, changes: &[(&str, Value)]) -> Value {
        for (pointer, new) in changes {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            value.pointer_mut(parent).unwrap()[key] = new.clone();
        }
        value
    }

    fn guardduty_detail() -> Value {
        json!({ "accountId": "444455556666", "region": "eu-west-1", "id": "f-1", "arn": GUARDDUTY_ARN, "severity": 8,
            "type": "Recon:EC2/PortProbeUnprotectedPort", "title": "A port is probed.", "description": "By a known host.",
            "updatedAt": "2026-11-21T07:00:00Z", "service": { "archived": false, "count": 3 },
            "resource": { "resourceType": "Instance", "instanceDetails": { "instanceId": "i-0" }, "s3BucketDetails": [{ "arn": "arn:aws:s3:::b" }] } })
    }

    fn asff_finding(id: &str, label: &str) -> Value {
        json!({ "Id": id, "ProductName": "Inspector", "AwsAccountId": "444455556666", "Region": "eu-west-1", "Title": format!("{label} {id}"),
            "Description": "It is open.", "Types": ["TTPs/Discovery", "Other"], "Severity": { "Label": label }, "RecordState": "ACTIVE",
            "Workflow": { "Status": "NEW" }, "UpdatedAt": "2026-11-21T07:00:00Z", "Resources": [{ "Id": "arn:aws:s3:::shared" }, { "Id": id }],
            "Remediation": { "Recommendation": { "Text": "Close it.", "Url": "https://docs.aws.amazon.com/x" } } })
    }

    fn ocsf_finding() -> Value {
        json!({ "activity_name": "Update", "severity": "High", "status": "New", "metadata": { "product": { "name": "Macie" } },
            "cloud": { "account": { "uid": "444455556666" }, "region": "eu-west-1" },
            "finding_info": { "uid": "o-1", "title": "Personal data", "desc": "In a bucket.", "types": ["SensitiveData"], "modified_time_dt": "2026-11-21T07:00:00Z" },
            "resources": [{ "uid": "my-bucket" }], "remediation": { "references": ["https://docs.aws.amazon.com/y"] } })
    }

    fn analyzer_detail() -> Value {
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
                "A port is probed.",
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
            assert_eq!(
                (notification.account.as_deref(), notification.region.as_deref()),
                (Some("444455556666"), Some("eu-west-1"))
            );
            assert_eq!(notification.occurred_at, Some("2026-11-21T07:30:00Z".parse().unwrap()));
            assert_eq!(notification.resources, resources);
            assert_eq!(notification.status, Status::Firing);
            assert_eq!(data(&notification), &finding);
            assert_eq!(notification.thread_key, key(&["finding", "444455556666", &finding.finding_id.unwrap()]));
        }
    }

    #[test]
    fn a_number_or_a_label_says_how_grave_it_is() {
        use Severity::{Critical, Info, Notice, Warning};
        for (number, severity) in [
            (json!(9.5), Critical),
            (json!(7), Critical),
            (json!("7.0"), Critical),
            (json!(6.9), Warning),
            (json!(4), Warning),
            (json!(3.9), Notice),
            (json!(0), Notice),
            (Value::Null, Notice),
            (json!("grave"), Notice),
        ] {
            let notification = guardduty_event(with(guardduty_detail(), &[("/severity", number.clone())]));
            assert_eq!((notification.status, notification.severity), (Status::Firing, severity), "{number}");
        }
        for (told, severity) in [
            (json!({ "Label": "CRITICAL" }), Critical),
            (json!({ "Label": "HIGH" }), Critical),
            (json!({ "Label": "MEDIUM" }), Warning),
            (json!({ "Label": "LOW" }), Notice),
            (json!({ "Label": "INFORMATIONAL", "Normalized": 90 }), Info),
            (json!({ "Normalized": 70 }), Critical),
            (json!({ "Normalized": "40" }), Warning),
            (json!({ "Normalized": 1 }), Notice),
            (json!({ "Normalized": 0 }), Info),
            (json!({ "Label": "?" }), Warning),
            (json!("HIGH"), Warning),
        ] {
            let notification = imported(json!([with(asff_finding("s-1", ""), &[("/Severity", told.clone())])]));
            assert_eq!((notification.status, notification.severity), (Status::Firing, severity), "{told}");
        }
        for (label, severity) in [
            ("Fatal", Critical),
            ("Critical", Critical),
            ("High", Critical),
            ("Medium", Warning),
            ("Low", Notice),
            ("Informational", Info),
        ] {
            let notification = imported(json!([with(ocsf_finding(), &[("/severity", json!(label))])]));
            assert_eq!((notification.status, notification.severity), (Status::Firing, severity), "{label}");
        }
        assert_eq!(analyzed("Access Analyzer Finding", analyzer_detail()).severity, Warning);
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
        let pressed = |id: &str| {
            let event = event(
                "aws.securityhub",
                "Security Hub Findings - Custom Action",
                json!({ "findings": [asff_finding("s-1", "HIGH")] }),
            );
            decode_json(with(event, &[("/id", json!(id))])).unwrap()
        };
        assert_eq!(pressed("e-1").thread_key, hub.thread_key);
        assert_ne!(pressed("e-1").dedup_key, hub.dedup_key);
        assert_ne!(pressed("e-1").dedup_key, pressed("e-2").dedup_key);
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
        assert_eq!(notification.fields, [Field::new(Label::Sender("findings".into()), FieldValue::List(titles))]);
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
    fn a_remediation_is_linked_if_it_is_an_address() {
        for (url, links) in
            [("https://docs.aws.amazon.com/x", 1), ("javascript:alert(1)", 0), ("https://a b", 0), ("https://a|b>", 0)]
        {
            let finding = with(asff_finding("s-1", "LOW"), &[("/Remediation/Recommendation/Url", json!(url))]);
            assert_eq!(imported(json!([finding])).links.len(), links, "{url}");
        }
    }

    #[test]
    fn an_analyzer_tells_who_can_do_what() {
        let list = |key: &str, text: &str| Field::new(Label::Sender(key.into()), FieldValue::List(vec![text.into()]));
        let external = analyzed("Access Analyzer Finding", analyzer_detail());
        assert_eq!(external.fields, [list("principal", "AWS: 999988887777"), list("action", "s3:GetObject")]);
        let unused = json!({ "findingId": "u-1", "resource": "arn:aws:iam::444455556666:role/r", "accountId": "444455556666",
            "updatedAt": "2026-11-21T07:00:00Z", "status": "ACTIVE", "findingType": "UnusedIAMRole", "error": "INTERNAL_ERROR" });
        let unused = analyzed("Unused Access Finding for IAM entities", unused);
        assert_eq!((unused.subject.as_deref(), data(&unused).finding_type.as_deref()), (Some("r"), Some("UnusedIAMRole")));
        assert_eq!(unused.fields, [Field::code(Label::Error, Some("INTERNAL_ERROR")).unwrap()]);
        assert_eq!(unused.thread_key, key(&["finding", "444455556666", "u-1"]));
        assert_eq!(analyzed("Internal Access Finding", json!({})).kind, Kind::Finding);
    }

    #[test]
    fn odd_shapes_are_findings_all_the_same() {
        let odd_guardduty = json!({ "service": [], "resource": 5, "accountId": {}, "title": " " });
        for (payload, source, finding_type) in [
            (json!({ "detail-type": "GuardDuty Finding", "detail": { "type": "Recon:EC2/X" } }), "unknown", Some("Recon:EC2/X")),
            (event("aws.guardduty", "GuardDuty Finding", odd_guardduty), "aws.guardduty", None),
            (event("aws.guardduty", "GuardDuty Finding", json!("text")), "aws.guardduty", None),
            (event("aws.securityhub", "Security Hub Findings - Imported", json!({})), "aws.securityhub", None),
            (
                event("aws.securityhub", "Security Findings - Custom Action", json!({ "findings": [5, {}] })),
                "aws.securityhub",
                None,
            ),
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
    fn an_attack_sequence_names_all_it_touches() {
        let sequence =
            json!({ "detection": { "sequence": { "resources": [{ "uid": "arn:a" }, { "uid": "arn:b" }, {}] } }, "count": 1 });
        let detail =
            with(guardduty_detail(), &[("/service", sequence), ("/resource", json!({ "resourceType": "AttackSequence" }))]);
        assert_eq!(guardduty_event(detail).resources, ["arn:a", "arn:b"]);
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
}
