//! GuardDuty: "GuardDuty Finding"; it is told again as it goes on, with a higher `service.count`.
//!
//! <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html>

use serde_json::Value;

use super::super::read;
use super::{Found, version};
use crate::notification::Severity;

pub(super) const PRODUCT: &str = "GuardDuty";

/// <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html>
pub(super) fn severity(number: f64) -> Severity {
    match number {
        7.0.. => Severity::Critical,
        4.0.. => Severity::Warning,
        _ => Severity::Notice,
    }
}

pub(super) fn finding(detail: &Value) -> Found {
    let service = detail.get("service").unwrap_or(&Value::Null);
    let severity_label = read::written(detail, "severity");
    let is_over = read::boolean(service, "archived") == Some(true);
    let count = read::integer(service, "count").and_then(|count| u64::try_from(count).ok());
    let told = [count.map(|count| count.to_string()), read::string(detail, "updatedAt")];
    Found {
        id: read::string(detail, "id"),
        version: version(&told, &[Some(is_over.to_string()), severity_label.clone()]),
        title: read::string(detail, "title"),
        description: read::string(detail, "description"),
        finding_type: read::string(detail, "type"),
        severity: read::number(detail, "severity").map_or(Severity::Notice, severity),
        severity_label,
        is_over,
        account: read::account(detail, "accountId"),
        region: read::string(detail, "region"),
        resources: resources(detail),
        count,
        ..Found::by(PRODUCT)
    }
}

/// What a GuardDuty finding is about; each kind of resource has its place.
///
/// <https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Resource.html>
fn resources(detail: &Value) -> Vec<String> {
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

/// Region and id of a GuardDuty finding by its ARN, which is its id in Security Hub: `…:detector/D/finding/ID`.
pub(super) fn place_and_id(arn: &str) -> Option<(String, &str)> {
    let (place, id) = arn.rsplit_once("/finding/").filter(|(place, _)| place.contains(":guardduty:"))?;
    Some((read::arn_place(place).0?, id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{guardduty_detail, guardduty_event, with};
    use super::*;
    use crate::notification::Status;

    #[test]
    fn a_number_says_how_grave_it_is() {
        use Severity::{Critical, Notice, Warning};
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
    }

    #[test]
    fn an_attack_sequence_names_all_it_touches() {
        let sequence =
            json!({ "detection": { "sequence": { "resources": [{ "uid": "arn:a" }, { "uid": "arn:b" }, {}] } }, "count": 1 });
        let detail =
            with(guardduty_detail(), &[("/service", sequence), ("/resource", json!({ "resourceType": "AttackSequence" }))]);
        assert_eq!(guardduty_event(detail).resources, ["arn:a", "arn:b"]);
    }
}
