//! AWS Cost Anomaly Detection, over SNS and over EventBridge.
//!
//! - SNS: JSON with `anomalyId`, `anomalyDetailsLink`, `dimensionalValue`, `impact`, `rootCauses`.
//!   <https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html>
//! - EventBridge: source `aws.ce`, "Anomaly Detected", the same but `dimensionValue`.
//!   <https://docs.aws.amazon.com/cost-management/latest/userguide/cad-eventbridge.html>
//!
//! An anomaly that goes on is told again, with a later end and a greater impact.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{from_envelope, read};
use crate::ingress::{Body, Envelope, Event};
use crate::notification::{
    CostAnomaly, Data, Field, FieldValue, Kind, Label, Link, LinkTo, Notification, RootCause, Severity, Status, key,
};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let parsed: Value;
    let anomaly = match &envelope.body {
        Body::Event(event) => of_event(event)?,
        Body::Json(value) => of_message(value)?,
        Body::Text(text) if text.trim_start().starts_with('{') => {
            parsed = serde_json::from_str(text).ok()?;
            of_message(&parsed)?
        }
        Body::Text(_) | Body::Invocation(_) => return None,
    };
    let mut notification = from_envelope(envelope, Kind::CostAnomaly, Status::Firing, Severity::Warning);
    notification.source = match &envelope.body {
        Body::Event(Event { source: Some(source), .. }) => source.clone(),
        _ => "aws.costanomaly".to_owned(),
    };
    fill(&mut notification, anomaly);
    Some(notification)
}

fn of_event(event: &Event) -> Option<&Value> {
    match event.source.as_deref() {
        Some("aws.ce") => (event.detail_type == "Anomaly Detected").then_some(&event.detail),
        Some(_) => None,
        None => of_message(&event.detail),
    }
}

fn of_message(value: &Value) -> Option<&Value> {
    (read::text(value, "anomalyId").is_some() && read::text(value, "anomalyDetailsLink").is_some()).then_some(value)
}

fn fill(notification: &mut Notification, anomaly: &Value) {
    let impact = anomaly.get("impact").unwrap_or(&Value::Null);
    let total_impact = read::number(impact, "totalImpact");
    let root_causes: Vec<RootCause> =
        read::array(anomaly, "rootCauses").iter().filter(|cause| cause.is_object()).map(root_cause).collect();
    // An anomaly is in an account; it is told from one Region, and the Regions it is in stand with its root causes.
    notification.region = None;
    notification.account = read::account(anomaly, "accountId").or(notification.account.take());
    let dimension = ["dimensionalValue", "dimensionValue"].iter().find_map(|key| read::string(anomaly, key));
    notification.subject = dimension.or_else(|| root_causes.iter().find_map(|cause| cause.service.clone()));
    notification.fields.extend(root_causes_field(&root_causes).into_iter().chain(days(anomaly)));
    notification.links.extend(details(anomaly));
    if notification.resources.is_empty() {
        notification.resources.extend(read::string(anomaly, "monitorArn"));
    }
    let anomaly_id = read::string(anomaly, "anomalyId");
    if let Some(id) = &anomaly_id {
        let end = read::text(anomaly, "anomalyEndDate").unwrap_or_default();
        let cents = total_impact.map(|impact| format!("{impact:.2}")).unwrap_or_default();
        notification.dedup_key = key(&["cost_anomaly", &notification.source, id, end, &cents]);
        notification.thread_key = thread_key(id);
    }
    notification.data = Data::CostAnomaly(CostAnomaly {
        anomaly_id,
        total_impact,
        total_impact_percent: read::number(impact, "totalImpactPercentage"),
        expected_spend: read::number(impact, "totalExpectedSpend"),
        actual_spend: read::number(impact, "totalActualSpend"),
        root_causes,
    });
}

pub(super) fn thread_key(id: &str) -> String {
    key(&["cost_anomaly", id])
}

fn root_cause(cause: &Value) -> RootCause {
    RootCause {
        service: read::string(cause, "service"),
        region: read::string(cause, "region"),
        usage_type: read::string(cause, "usageType"),
        account: read::account(cause, "linkedAccount"),
        contribution: cause.get("impact").and_then(|impact| read::number(impact, "contribution")),
    }
}

pub(super) fn root_causes_field(root_causes: &[RootCause]) -> Option<Field> {
    let is_told =
        |cause: &&RootCause| [&cause.account, &cause.service, &cause.region, &cause.usage_type].into_iter().any(Option::is_some);
    let causes: Vec<RootCause> = root_causes.iter().filter(is_told).cloned().collect();
    (!causes.is_empty()).then(|| Field::new(Label::RootCauses, FieldValue::Causes(causes)))
}

/// The first and the last day of the anomaly, one if they are the same.
fn days(anomaly: &Value) -> Option<Field> {
    let day = |key| Some(read::time(anomaly, key)?.to_zoned(TimeZone::UTC).date().to_string());
    let (first, last) = (day("anomalyStartDate"), day("anomalyEndDate"));
    let last = last.filter(|last| first.as_ref() != Some(last));
    let days: Vec<String> = first.into_iter().chain(last).collect();
    Field::text(Label::Days, Some(&days.join(" – ")))
}

/// The anomaly's own link, if it leads to AWS: the message may be anybody's.
fn details(anomaly: &Value) -> Option<Link> {
    let url = read::aws_page(read::text(anomaly, "anomalyDetailsLink")?)?;
    Some(Link { to: LinkTo::CostAnomaly, url: url.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

    use serde_json::json;

    use super::*;
    use crate::sources::tests::envelope;

    const LINK: &str = "https://console.aws.amazon.com/cost-management/home#/anomaly-detection/monitors/m-1/anomalies/an-1";

    fn decode_json(payload: Value) -> Option<Notification> {
        decode(&envelope(&payload))
    }

    fn data(notification: &Notification) -> &CostAnomaly {
        match &notification.data {
            Data::CostAnomaly(anomaly) => anomaly,
            other => panic!("{other:?}"),
        }
    }

    fn message() -> Value {
        json!({ "accountId": "111122223333", "anomalyId": "an-1", "anomalyDetailsLink": LINK, "dimensionalValue": "Amazon S3",
            "anomalyStartDate": "2026-11-18T00:00:00Z", "anomalyEndDate": "2026-11-20T00:00:00Z",
            "monitorArn": "arn:aws:ce::111122223333:anomalymonitor/m-1",
            "impact": { "totalImpact": 48.224, "totalImpactPercentage": 96.4, "totalExpectedSpend": 50, "totalActualSpend": 98.224 },
            "rootCauses": [
                { "service": "Amazon S3", "region": "eu-west-1", "usageType": "EUW1-Requests-Tier1", "linkedAccount": "444455556666", "impact": { "contribution": 40.1 } },
                { "service": "Amazon S3", "usageType": "TimedStorage" }, {} ] })
    }

    fn event() -> Value {
        let mut detail = message();
        let dimension = detail.as_object_mut().unwrap().remove("dimensionalValue").unwrap();
        detail["dimensionValue"] = dimension;
        json!({ "id": "e-1", "source": "aws.ce", "detail-type": "Anomaly Detected", "account": "111122223333", "region": "us-east-1",
            "time": "2026-11-21T07:30:00Z", "resources": ["arn:aws:ce::111122223333:anomalymonitor/m-1"], "detail": detail })
    }

    #[test]
    fn both_forms_are_read() {
        for (payload, source, time) in [
            (message(), "aws.costanomaly", None),
            (json!(message().to_string()), "aws.costanomaly", None),
            (event(), "aws.ce", Some("2026-11-21T07:30:00Z".parse().unwrap())),
        ] {
            let notification = decode_json(payload).unwrap();
            assert_eq!((notification.kind, notification.source.as_str()), (Kind::CostAnomaly, source));
            assert_eq!((notification.status, notification.severity), (Status::Firing, Severity::Warning));
            assert_eq!((notification.account.as_deref(), notification.region.as_deref()), (Some("111122223333"), None));
            assert_eq!((notification.subject.as_deref(), notification.occurred_at), (Some("Amazon S3"), time));
            assert_eq!(notification.resources, ["arn:aws:ce::111122223333:anomalymonitor/m-1"]);
            assert_eq!(notification.links, [Link { to: LinkTo::CostAnomaly, url: LINK.into() }]);
            let data = data(&notification);
            let causes = FieldValue::Causes(data.root_causes.get(..2).unwrap().to_vec());
            let days = FieldValue::Text("2026-11-18 – 2026-11-20".to_owned());
            assert_eq!(notification.fields, [Field::new(Label::RootCauses, causes), Field::new(Label::Days, days)]);
            assert_eq!(
                (data.anomaly_id.as_deref(), data.total_impact, data.total_impact_percent),
                (Some("an-1"), Some(48.224), Some(96.4))
            );
            assert_eq!((data.expected_spend, data.actual_spend, data.root_causes.len()), (Some(50.0), Some(98.224), 3));
            let cause = data.root_causes.first().unwrap();
            assert_eq!((cause.account.as_deref(), cause.contribution), (Some("444455556666"), Some(40.1)));
        }
    }

    #[test]
    fn it_is_told_again_when_it_grows_and_by_two_services() {
        let changed = |pointer: &str, value: Value| {
            let mut message = message();
            *message.pointer_mut(pointer).unwrap() = value;
            decode_json(message).unwrap()
        };
        let first = decode_json(message()).unwrap();
        assert_eq!(first.dedup_key, changed("/impact/totalImpact", json!("48.22")).dedup_key, "rounded to cents");
        for other in [
            changed("/impact/totalImpact", json!(48.23)),
            changed("/anomalyEndDate", json!("2026-11-21T00:00:00Z")),
            decode_json(event()).unwrap(),
        ] {
            assert_eq!(first.thread_key, other.thread_key);
            assert_ne!(first.dedup_key, other.dedup_key);
        }
        assert_ne!(first.thread_key, changed("/anomalyId", json!("an-2")).thread_key);
    }

    #[test]
    fn only_a_page_of_aws_is_linked() {
        for (link, linked) in [
            (LINK, true),
            ("https://us-east-1.console.aws.amazon.com/x", true),
            ("https://console.amazonaws.cn?x", true),
            ("https://console.amazonaws-us-gov.com", true),
            ("http://console.aws.amazon.com/x", false),
            ("https://example.invalid/anomaly/a1", false),
            ("https://evilaws.amazon.com/x", false),
            ("https://console.aws.amazon.com.evil.example/x", false),
            ("https://console.aws.amazon.com@evil.example/x", false),
            ("https://evil.example\\.console.aws.amazon.com/x", false),
            ("https://console.aws.amazon.com:8443/x", false),
            ("https://console.aws.amazon.com/x|y>z", false),
            ("https://console.aws.amazon.com/x y", false),
        ] {
            assert_eq!(details(&json!({ "anomalyDetailsLink": link })).is_some(), linked, "{link}");
        }
    }

    #[test]
    fn odd_shapes_are_anomalies_all_the_same() {
        for (payload, subject, impact) in [
            (json!({ "anomalyId": "a", "anomalyDetailsLink": "x" }), None, None),
            (
                json!({ "anomalyId": "a", "anomalyDetailsLink": "x", "impact": "high", "rootCauses": [5], "anomalyEndDate": "" }),
                None,
                None,
            ),
            (
                json!({ "anomalyId": "a", "anomalyDetailsLink": "x", "accountId": 11122223333_u64, "impact": { "totalImpact": "1.5" },
                "rootCauses": [{ "service": "Amazon EC2" }] }),
                Some("Amazon EC2"),
                Some(1.5),
            ),
            (json!({ "source": "aws.ce", "detail-type": "Anomaly Detected", "detail": { "anomalyId": "a" } }), None, None),
            (json!({ "detail-type": "Anomaly Detected", "detail": { "anomalyId": "a", "anomalyDetailsLink": "x" } }), None, None),
        ] {
            let notification = decode_json(payload.clone()).unwrap();
            assert_eq!((notification.subject.as_deref(), data(&notification).total_impact), (subject, impact), "{payload}");
            assert!(notification.links.is_empty());
        }
    }

    #[test]
    fn without_an_id_the_rest_is_kept() {
        let detail = json!({ "impact": { "totalImpact": 7 }, "rootCauses": [{ "service": "Amazon EC2" }] });
        for (detail, impact, causes) in [(detail, Some(7.0), 1), (json!("text"), None, 0), (Value::Null, None, 0)] {
            let event = json!({ "id": "e-1", "source": "aws.ce", "detail-type": "Anomaly Detected", "detail": detail });
            let notification = decode_json(event).unwrap();
            let data = data(&notification);
            assert_eq!((&data.anomaly_id, data.total_impact, data.root_causes.len()), (&None, impact, causes));
            assert_eq!(notification.dedup_key, key(&["cost.anomaly", "aws.ce", "e-1"]));
        }
    }

    #[test]
    fn what_is_no_anomaly_is_left_to_others() {
        for payload in [
            json!({ "anomalyId": "a" }),
            json!({ "anomalyId": 5, "anomalyDetailsLink": "x" }),
            json!("{ anomalyId"),
            json!("anomalyId anomalyDetailsLink"),
            json!({ "source": "aws.ce", "detail-type": "Something Else", "detail": message() }),
            json!({ "source": "my.shop", "detail-type": "Anomaly Detected", "detail": message() }),
        ] {
            assert_eq!(decode_json(payload.clone()), None, "{payload}");
        }
    }
}
