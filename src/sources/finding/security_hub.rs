//! Security Hub: `detail.findings`, in ASFF ("Security Hub Findings - Imported", "… - Custom Action") or in OCSF ("Findings
//! Imported V2"). Whatever product found it, GuardDuty too.
//!
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html>,
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-v2-cwe-event-formats.html>

use serde_json::Value;

use super::super::read;
use super::{Found, version};
use crate::notification::Severity;

const PRODUCT: &str = "Security Hub";

pub(super) fn findings(detail: &Value) -> Vec<Found> {
    let findings = read::array(detail, "findings").iter().filter(|finding| finding.is_object());
    let found: Vec<Found> =
        findings.map(|finding| if finding.get("finding_info").is_some() { ocsf(finding) } else { asff(finding) }).collect();
    if found.is_empty() { vec![Found::by(PRODUCT)] } else { found }
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
        product: read::string(finding, "ProductName").unwrap_or_else(|| PRODUCT.to_owned()),
        severity: label.as_deref().and_then(of_label).or_else(|| of_normalized(severity)).unwrap_or(Severity::Warning),
        severity_label: label.or_else(|| read::written(severity, "Normalized")),
        is_over: state.as_deref() == Some("ARCHIVED") || workflow.as_deref() == Some("RESOLVED"),
        account: read::account(finding, "AwsAccountId"),
        region: read::string(finding, "Region"),
        resources: read::array(finding, "Resources").iter().filter_map(|resource| read::string(resource, "Id")).collect(),
        remediation: finding
            .pointer("/Remediation/Recommendation")
            .and_then(|told| read::text(told, "Url"))
            .and_then(read::aws_page)
            .map(str::to_owned),
        ..Found::by(PRODUCT)
    }
}

/// <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-ocsf.html>
fn ocsf(finding: &Value) -> Found {
    let at = |pointer: &str| finding.pointer(pointer).unwrap_or(&Value::Null);
    let info = at("/finding_info");
    let label = read::string(finding, "severity");
    let status = read::string(finding, "status");
    let is_closed = read::text(finding, "activity_name") == Some("Close");
    let told = read::string(info, "modified_time_dt").or_else(|| read::written(info, "modified_time"));
    Found {
        id: read::string(info, "uid"),
        version: version(&[told], &[status.clone(), label.clone(), Some(is_closed.to_string())]),
        title: read::string(info, "title"),
        description: read::string(info, "desc"),
        finding_type: read::strings(info, "types").into_iter().next(),
        product: read::string(at("/metadata/product"), "name").unwrap_or_else(|| PRODUCT.to_owned()),
        severity: label.as_deref().and_then(of_label).unwrap_or(Severity::Warning),
        severity_label: label,
        is_over: is_closed || matches!(status.as_deref(), Some("Resolved" | "Archived")),
        account: read::account(at("/cloud/account"), "uid"),
        region: read::string(at("/cloud"), "region"),
        resources: read::array(finding, "resources").iter().filter_map(|resource| read::string(resource, "uid")).collect(),
        remediation: read::strings(at("/remediation"), "references")
            .first()
            .and_then(|url| read::aws_page(url))
            .map(str::to_owned),
        ..Found::by(PRODUCT)
    }
}

/// ASFF's labels; OCSF writes them `High`, and knows `Fatal`.
pub(super) fn of_label(label: &str) -> Option<Severity> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says so by failing")]

    use serde_json::json;

    use super::super::tests::{asff_finding, decode_json, event, imported, ocsf_finding, with};
    use super::*;
    use crate::notification::{Link, LinkTo, Status};

    #[test]
    fn a_label_says_how_grave_it_is() {
        use Severity::{Critical, Info, Notice, Warning};
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
    }

    #[test]
    fn a_remediation_is_linked_if_it_is_a_page_of_aws() {
        for (url, linked) in [
            ("https://docs.aws.amazon.com/z", true),
            ("https://mend.example/z", false),
            ("javascript:alert(1)", false),
            ("https://a b", false),
            ("https://a|b>", false),
        ] {
            let asff = with(asff_finding("s-1", "LOW"), &[("/Remediation/Recommendation/Url", json!(url))]);
            let ocsf = with(ocsf_finding(), &[("/remediation/references", json!([url]))]);
            let link = linked.then(|| Link { to: LinkTo::Remediation, url: url.into() });
            for finding in [asff, ocsf] {
                assert_eq!(imported(json!([finding])).links, link.clone().into_iter().collect::<Vec<_>>(), "{url}");
            }
        }
    }

    #[test]
    fn pressing_the_button_is_a_fact_of_its_own() {
        let hub = imported(json!([asff_finding("s-1", "HIGH")]));
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
}
