//! CloudWatch alarms: what an alarm action publishes to SNS, what EventBridge sends, what a Lambda action is called with.
//!
//! - SNS: `AlarmName`, `NewStateValue`, …; `Region` is a display name ("Asia Pacific (Seoul)"), old messages lack
//!   `AlarmArn`. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
//! - EventBridge: `detail.alarmName`, `detail.state.value`, …; an alarm over several time series sends an event for each
//!   of them too. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html>
//! - Lambda action: that detail under `alarmData`, beside `alarmArn`; there are samples with blanks in ARN and times.
//!   <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html>

use jiff::Timestamp;
use serde_json::Value;

use super::{console, from_envelope, read};
use crate::ingress::{Body, Envelope, Event};
use crate::notification::{
    Alarm, Data, Field, FieldValue, Kind, Label, Link, LinkTo, Notification, Prose, Severity, Status, key,
};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let change = match &envelope.body {
        Body::Event(event) => from_event(event)?,
        Body::Json(value) => from_sns(value).or_else(|| from_action(value)).or_else(|| from_bare_detail(value))?,
        Body::Invocation(_) | Body::Text(_) => return None,
    };
    let (status, severity) = standing(change.state.as_deref());
    let mut notification = from_envelope(envelope, Kind::Alarm, status, severity);
    change.fill(&mut notification);
    Some(notification)
}

/// ALARM, OK, INSUFFICIENT_DATA, or a state that came later.
fn standing(state: Option<&str>) -> (Status, Severity) {
    match state {
        Some(state) if state.eq_ignore_ascii_case("ALARM") => (Status::Firing, Severity::Critical),
        Some(state) if state.eq_ignore_ascii_case("OK") => (Status::Resolved, Severity::Info),
        _ => (Status::Info, Severity::Notice),
    }
}

/// An alarm's change of state, whatever the form it came in.
#[derive(Debug, Default)]
struct Change {
    name: Option<String>,
    arn: Option<String>,
    account: Option<String>,
    region: Option<String>,
    /// SNS's display name of the Region: good for a key, and for nothing else.
    region_name: Option<String>,
    state: Option<String>,
    previous_state: Option<String>,
    reason: Option<String>,
    /// When, as written.
    time: Option<String>,
    /// The owner's words.
    description: Option<String>,
    metric: Metric,
    /// A composite alarm's condition.
    rule: Option<String>,
    contributor: Contributor,
}

fn from_event(event: &Event) -> Option<Change> {
    const DETAIL_TYPES: &[&str] = &["CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change"];
    let is_ours = matches!(event.source.as_deref(), None | Some("aws.cloudwatch"));
    if !is_ours || !DETAIL_TYPES.contains(&event.detail_type.as_str()) {
        return None;
    }
    let arn = event.resources.iter().find(|arn| arn.contains(":alarm:")).map(|arn| clean_arn(arn));
    Some(Change { arn, ..from_detail(&event.detail) })
}

fn from_sns(message: &Value) -> Option<Change> {
    let name = read::string(message, "AlarmName")?;
    let state = read::string(message, "NewStateValue")?;
    Some(Change {
        name: Some(name),
        arn: read::text(message, "AlarmArn").map(clean_arn),
        account: account(message, "AWSAccountId"),
        region_name: read::string(message, "Region"),
        state: Some(state),
        previous_state: read::string(message, "OldStateValue"),
        reason: read::string(message, "NewStateReason"),
        time: read::string(message, "StateChangeTime"),
        description: read::string(message, "AlarmDescription"),
        metric: message.get("Trigger").map(Metric::of).unwrap_or_default(),
        rule: read::string(message, "AlarmRule"),
        contributor: Contributor {
            id: read::string(message, "AlarmContributorId"),
            attributes: message.get("AlarmContributorAttributes").map(pairs).unwrap_or_default(),
        },
        ..Change::default()
    })
}

fn from_action(call: &Value) -> Option<Change> {
    let data = call.get("alarmData").filter(|data| data.is_object())?;
    let arn = read::text(call, "alarmArn").map(clean_arn);
    if arn.is_none() && read::text(call, "source") != Some("aws.cloudwatch") {
        return None;
    }
    let change = from_detail(data);
    Some(Change {
        arn,
        account: account(call, "accountId"),
        region: read::string(call, "region"),
        time: change.time.or_else(|| read::string(call, "time")),
        ..change
    })
}

/// An event's detail alone, as a rule with `InputPath` hands it over.
fn from_bare_detail(detail: &Value) -> Option<Change> {
    let has_state = detail.get("state").is_some_and(|state| read::text(state, "value").is_some());
    (has_state && read::text(detail, "alarmName").is_some()).then(|| from_detail(detail))
}

fn from_detail(detail: &Value) -> Change {
    let state = detail.get("state").unwrap_or(&Value::Null);
    let configuration = detail.get("configuration").unwrap_or(&Value::Null);
    let contributor = detail.get("alarmContributor").unwrap_or(&Value::Null);
    Change {
        name: read::string(detail, "alarmName"),
        state: read::string(state, "value"),
        previous_state: detail.get("previousState").and_then(|state| read::string(state, "value")),
        reason: read::string(state, "reason"),
        time: read::string(state, "timestamp"),
        description: read::string(configuration, "description"),
        metric: Metric::of(configuration),
        rule: read::string(configuration, "alarmRule"),
        contributor: Contributor {
            id: read::string(contributor, "id"),
            attributes: contributor.get("attributes").map(pairs).unwrap_or_default(),
        },
        ..Change::default()
    }
}

impl Change {
    fn fill(self, notification: &mut Notification) {
        let arn = self.arn.as_deref().unwrap_or_default();
        let name = self.name.clone().or_else(|| arn.splitn(7, ':').nth(6).map(str::to_owned));
        let (arn_region, arn_account) = read::arn_place(arn);
        let known_region = notification.region.take();
        let known_account = notification.account.take();
        notification.source = "aws.cloudwatch".to_owned();
        notification.region = arn_region.or_else(|| self.region.clone()).or(known_region);
        notification.account = self.account.clone().or(arn_account).or(known_account);
        let time = self.time.as_deref().and_then(time);
        notification.occurred_at = time.or(notification.occurred_at);
        self.set_keys(notification, name.as_deref(), time);
        notification.fields = self.fields();
        notification.description.extend(self.description.map(Prose::plain));
        if let Some(arn) = &self.arn {
            notification.resources = vec![arn.clone()];
            let url = name.as_deref().and_then(|name| console::alarm(arn, name));
            notification.links.extend(url.map(|url| Link { to: LinkTo::Alarm, url }));
        }
        notification.subject.clone_from(&name);
        if let Some(alarm_name) = name {
            notification.data = Data::Alarm(Alarm {
                alarm_name,
                alarm_arn: self.arn,
                state: self.state,
                previous_state: self.previous_state,
                reason: self.reason,
                metric: self.metric.name,
            });
        }
    }

    /// One thread per alarm; in it one fact per state and time, and per time series where the alarm watches several.
    fn set_keys(&self, notification: &mut Notification, name: Option<&str>, time: Option<Timestamp>) {
        let account = notification.account.as_deref().unwrap_or_default();
        let region = self.region_name.as_deref().or(notification.region.as_deref()).unwrap_or_default();
        let thread = match (&self.arn, name) {
            (Some(arn), _) => vec![arn.as_str()],
            (None, Some(name)) => vec!["alarm", account, region, name],
            // Nobody knows which alarm it is: it is a fact and a thread of its own.
            (None, None) => return,
        };
        let written = time.map(|time| time.to_string()).or_else(|| self.time.clone());
        let thread_key = key(&thread);
        if let Some(written) = written {
            let mut fact = thread;
            fact.extend([self.state.as_deref().unwrap_or_default(), &written]);
            fact.extend(self.contributor.id.as_deref());
            notification.dedup_key = key(&fact);
        }
        notification.thread_key = thread_key;
    }

    fn fields(&self) -> Vec<Field> {
        /// What is watched has a name by then; a third dimension only says it again, more exactly.
        const MAX_DIMENSIONS: usize = 2;
        let sender = |name: &str, value: &str| Field::new(Label::Sender(name.to_owned()), FieldValue::Code(value.to_owned()));
        let reason = Field::text(Label::Reason, self.reason.as_deref());
        let metric = Field::code(Label::Metric, self.metric.name.as_deref());
        let rule = self.rule.as_deref().map(|rule| sender("AlarmRule", rule));
        let which = if self.contributor.attributes.is_empty() { &self.metric.dimensions } else { &self.contributor.attributes };
        let which = which.iter().take(MAX_DIMENSIONS).map(|(name, value)| sender(name, value));
        [reason, metric, rule].into_iter().flatten().chain(which).collect()
    }
}

/// One of the time series that an alarm watches.
#[derive(Debug, Default)]
struct Contributor {
    id: Option<String>,
    attributes: Vec<(String, String)>,
}

/// What an alarm watches.
#[derive(Debug, Default)]
struct Metric {
    /// `namespace name`, or a math expression's label.
    name: Option<String>,
    /// The dimensions of all that goes into it.
    dimensions: Vec<(String, String)>,
}

impl Metric {
    /// From SNS's `Trigger` (a lone metric lies in it open) or from EventBridge's `configuration`.
    fn of(trigger: &Value) -> Metric {
        let entries = either(trigger, "Metrics", "metrics").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let stats = entries.iter().filter_map(stat);
        let mut dimensions: Vec<(String, String)> =
            stats.chain([trigger]).filter_map(|stat| either(stat, "Dimensions", "dimensions")).flat_map(pairs).collect();
        dimensions.dedup();
        // An anomaly detection alarm shows its metric and the band around it: the metric is what it is about.
        let shown = || entries.iter().filter(|entry| either(entry, "ReturnData", "returnData") != Some(&Value::Bool(false)));
        let name = metric_name(trigger)
            .or_else(|| shown().filter_map(stat).find_map(metric_name))
            .or_else(|| shown().find_map(expression_name));
        Metric { name, dimensions }
    }
}

fn stat(entry: &Value) -> Option<&Value> {
    either(either(entry, "MetricStat", "metricStat")?, "Metric", "metric")
}

fn metric_name(metric: &Value) -> Option<String> {
    let name = read::text(metric, "MetricName").or_else(|| read::text(metric, "name"))?;
    let namespace = read::text(metric, "Namespace").or_else(|| read::text(metric, "namespace"));
    Some(namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace} {name}")))
}

fn expression_name(entry: &Value) -> Option<String> {
    ["Label", "label", "Expression", "expression"].iter().find_map(|key| read::string(entry, key))
}

fn either<'a>(value: &'a Value, pascal: &str, camel: &str) -> Option<&'a Value> {
    value.get(pascal).or_else(|| value.get(camel))
}

/// Names and values, from `[{"name": …, "value": …}]` or from `{name: value}`.
fn pairs(value: &Value) -> Vec<(String, String)> {
    let of_entry = |entry: &Value| {
        let text = |lower, upper| read::string(entry, lower).or_else(|| read::string(entry, upper));
        Some((text("name", "Name")?, text("value", "Value")?))
    };
    match value {
        Value::Array(entries) => entries.iter().filter_map(of_entry).collect(),
        Value::Object(object) => object.keys().filter_map(|name| Some((name.clone(), read::string(value, name)?))).collect(),
        _ => Vec::new(),
    }
}

/// An ARN without blanks around its parts; those inside the alarm's name are its own.
fn clean_arn(arn: &str) -> String {
    arn.splitn(7, ':').map(str::trim).collect::<Vec<_>>().join(":")
}

/// A moment, with or without blanks after its colons.
fn time(text: &str) -> Option<Timestamp> {
    read::timestamp(text).or_else(|| read::timestamp(&text.replace(": ", ":")))
}

/// An account id; a template somewhere may have made a number of it, and lost its leading zeros.
pub(super) fn account(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::Number(number) => number.as_u64().map(|number| format!("{number:012}")),
        _ => read::string(value, key),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Too many errors";
    const REASON: &str = "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (5.0).";

    fn decode_json(payload: Value) -> Option<Notification> {
        let mut envelopes = crate::ingress::unwrap(&payload.to_string()).unwrap().envelopes;
        decode(&envelopes.remove(0))
    }

    fn alarm(notification: &Notification) -> &Alarm {
        match &notification.data {
            Data::Alarm(alarm) => alarm,
            other => panic!("{other:?}"),
        }
    }

    fn sns() -> Value {
        json!({ "AlarmName": "Too many errors", "AlarmDescription": "Call the shop team.\n\nSee the runbook.",
            "AWSAccountId": "111122223333", "NewStateValue": "ALARM", "NewStateReason": REASON, "AlarmArn": ARN,
            "StateChangeTime": "2026-11-21T07:30:00.811+0000", "Region": "Asia Pacific (Tokyo)", "OldStateValue": "OK",
            "Trigger": { "MetricName": "Errors", "Namespace": "AWS/Lambda", "Dimensions": [{ "value": "shop", "name": "FunctionName" }] } })
    }

    fn detail() -> Value {
        json!({ "alarmName": "Too many errors",
            "state": { "value": "ALARM", "reason": REASON, "timestamp": "2026-11-21T07:30:00.811+0000" },
            "previousState": { "value": "OK", "reason": "fine", "timestamp": "2026-11-21T06:30:00.000+0000" },
            "configuration": { "description": "Call the shop team.\n\nSee the runbook.", "metrics": [{ "id": "m1", "returnData": true,
                "metricStat": { "metric": { "namespace": "AWS/Lambda", "name": "Errors", "dimensions": { "FunctionName": "shop" } } } }] } })
    }

    fn event(detail: Value) -> Value {
        json!({ "id": "e-1", "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "account": "111122223333",
            "region": "ap-northeast-1", "time": "2026-11-21T07:30:01Z", "resources": [ARN], "detail": detail })
    }

    fn action() -> Value {
        let mut data = detail();
        data["state"]["timestamp"] = json!("2026-11-21T07: 30: 00.811+0000");
        json!({ "source": "aws.cloudwatch", "alarmArn": ARN.replace(":111122223333", ": 111122223333"), "accountId": "111122223333",
            "time": "2026-11-21T07: 30: 02.000+0000", "region": "ap-northeast-1", "alarmData": data })
    }

    #[test]
    fn the_three_forms_tell_one_fact() {
        let [sns, event, action] = [sns(), event(detail()), action()].map(|payload| decode_json(payload).unwrap());
        assert_eq!(sns, event);
        assert_eq!(sns, action);
        assert_eq!((sns.kind, sns.source.as_str()), (Kind::Alarm, "aws.cloudwatch"));
        assert_eq!((sns.account.as_deref(), sns.region.as_deref()), (Some("111122223333"), Some("ap-northeast-1")));
        assert_eq!(sns.occurred_at, Some("2026-11-21T07:30:00.811Z".parse().unwrap()));
        assert_eq!(sns.subject.as_deref(), Some("Too many errors"));
        assert_eq!(sns.description, [Prose::plain("Call the shop team.\n\nSee the runbook.")]);
        assert_eq!(sns.resources, [ARN]);
        assert_eq!(
            sns.links,
            [Link {
                to: LinkTo::Alarm,
                url: "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#alarmsV2:alarm/Too%20many%20errors".into()
            }]
        );
        assert_eq!(
            sns.fields,
            [
                Field::new(Label::Reason, FieldValue::Text(REASON.into())),
                Field::new(Label::Metric, FieldValue::Code("AWS/Lambda Errors".into())),
                Field::new(Label::Sender("FunctionName".into()), FieldValue::Code("shop".into())),
            ]
        );
        let data = alarm(&sns);
        assert_eq!((data.alarm_name.as_str(), data.alarm_arn.as_deref()), ("Too many errors", Some(ARN)));
        assert_eq!((data.state.as_deref(), data.previous_state.as_deref()), (Some("ALARM"), Some("OK")));
        assert_eq!((data.reason.as_deref(), data.metric.as_deref()), (Some(REASON), Some("AWS/Lambda Errors")));
        assert_eq!(sns.thread_key, key(&[ARN]));
        assert_eq!(sns.dedup_key, key(&[ARN, "ALARM", "2026-11-21T07:30:00.811Z"]));
    }

    #[test]
    fn a_state_says_how_it_stands() {
        for (state, status, severity) in [
            ("ALARM", Status::Firing, Severity::Critical),
            ("Alarm", Status::Firing, Severity::Critical),
            ("OK", Status::Resolved, Severity::Info),
            ("INSUFFICIENT_DATA", Status::Info, Severity::Notice),
            ("SNOOZED", Status::Info, Severity::Notice),
        ] {
            let (mut message, mut changed) = (sns(), detail());
            message["NewStateValue"] = json!(state);
            changed["state"]["value"] = json!(state);
            for payload in [message, event(changed)] {
                let notification = decode_json(payload).unwrap();
                assert_eq!((notification.status, notification.severity), (status, severity), "{state}");
            }
        }
    }

    #[test]
    fn each_change_is_a_fact_in_the_alarms_thread() {
        let changed = |key: &str, value: Value| {
            let mut message = sns();
            message[key] = value;
            decode_json(message).unwrap()
        };
        let first = decode_json(sns()).unwrap();
        for (key, value) in [
            ("NewStateValue", json!("OK")),
            ("StateChangeTime", json!("2026-11-21T07:30:00.812+0000")),
            ("StateChangeTime", json!("some day")),
            ("StateChangeTime", Value::Null),
            ("AlarmContributorId", json!("6d442278dba546f6")),
        ] {
            let other = changed(key, value);
            assert_eq!(first.thread_key, other.thread_key, "{key}");
            assert_ne!(first.dedup_key, other.dedup_key, "{key}");
        }
        assert_eq!(first.dedup_key, changed("StateChangeTime", json!("2026-11-21T07:30:00.811Z")).dedup_key);
        let without_arn = changed("AlarmArn", Value::Null);
        assert_eq!(without_arn.thread_key, key(&["alarm", "111122223333", "Asia Pacific (Tokyo)", "Too many errors"]));
        assert_eq!((without_arn.region, without_arn.links, without_arn.resources), (None, vec![], vec![]));
    }

    #[test]
    fn a_time_series_of_many_is_named() {
        let mut detail = detail();
        detail["alarmContributor"] = json!({ "id": "6d442278dba546f6", "attributes": { "TableName": "orders" } });
        detail["configuration"]["metrics"] = json!([{ "id": "m1", "returnData": true, "expression": "SELECT AVG(x) FROM y" }]);
        let mut event = event(detail);
        event["detail-type"] = json!("CloudWatch Alarm Contributor State Change");
        let notification = decode_json(event).unwrap();
        assert!(notification.dedup_key.ends_with("|6d442278dba546f6"), "{}", notification.dedup_key);
        assert_eq!(notification.thread_key, key(&[ARN]));
        assert_eq!(
            notification.fields.last(),
            Some(&Field::new(Label::Sender("TableName".into()), FieldValue::Code("orders".into())))
        );
    }

    #[test]
    fn a_metric_is_found_in_each_shape() {
        let stat = |name: &str, shown: bool| {
            json!({ "Id": name, "ReturnData": shown, "MetricStat": { "Metric": { "MetricName": name, "Namespace": "AWS/EC2",
                "Dimensions": [{ "name": "InstanceId", "value": "i-0" }] } } })
        };
        let expression = |label: Value| json!({ "Id": "e1", "Expression": "m1*2", "Label": label, "ReturnData": true });
        for (trigger, name, dimensions) in [
            (json!({ "MetricName": "Errors", "Namespace": "AWS/Lambda", "Dimensions": [] }), Some("AWS/Lambda Errors"), 0),
            (json!({ "MetricName": "Errors" }), Some("Errors"), 0),
            (json!({ "Metrics": [expression(json!("Traffic")), stat("In", false), stat("Out", false)] }), Some("Traffic"), 1),
            (json!({ "Metrics": [expression(Value::Null), stat("In", false)] }), Some("m1*2"), 1),
            (json!({ "Metrics": [stat("Cpu", true), expression(json!("Cpu (expected)"))] }), Some("AWS/EC2 Cpu"), 1),
            (json!({ "Metrics": "none", "Dimensions": 5 }), None, 0),
            (json!("text"), None, 0),
        ] {
            let metric = Metric::of(&trigger);
            assert_eq!((metric.name.as_deref(), metric.dimensions.len()), (name, dimensions), "{trigger}");
        }
    }

    #[test]
    fn a_composite_alarm_tells_its_rule() {
        let mut message = sns();
        message.as_object_mut().unwrap().remove("Trigger");
        message["AlarmRule"] = json!("ALARM(a) OR ALARM(b)");
        let mut changed = detail();
        changed["configuration"] = json!({ "alarmRule": "ALARM(a) OR ALARM(b)" });
        for payload in [message, event(changed)] {
            let notification = decode_json(payload).unwrap();
            assert_eq!(alarm(&notification).metric, None);
            assert_eq!(
                notification.fields.last(),
                Some(&Field::new(Label::Sender("AlarmRule".into()), FieldValue::Code("ALARM(a) OR ALARM(b)".into())))
            );
        }
    }

    #[test]
    fn odd_shapes_are_alarms_all_the_same() {
        for (payload, account, name) in [
            (json!({ "AlarmName": "x", "NewStateValue": "ALARM" }), None, Some("x")),
            (
                json!({ "AlarmName": "x", "NewStateValue": "OK", "AWSAccountId": 11122223333_u64, "Trigger": [] }),
                Some("011122223333"),
                Some("x"),
            ),
            (
                json!({ "AlarmName": "x", "NewStateValue": "OK", "AlarmArn": ARN, "AlarmDescription": null }),
                Some("111122223333"),
                Some("x"),
            ),
            (json!({ "alarmName": "x", "state": { "value": "OK" } }), None, Some("x")),
            (json!({ "alarmArn": ARN, "alarmData": {} }), Some("111122223333"), Some("Too many errors")),
            (event(json!("text")), Some("111122223333"), Some("Too many errors")),
            (event(json!({ "state": [], "configuration": 5 })), Some("111122223333"), Some("Too many errors")),
            (json!({ "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "detail": [] }), None, None),
            (json!({ "detail-type": "CloudWatch Alarm State Change", "detail": { "alarmName": "x" } }), None, Some("x")),
        ] {
            let notification = decode_json(payload.clone()).unwrap();
            assert_eq!((notification.account.as_deref(), notification.subject.as_deref()), (account, name), "{payload}");
            assert_eq!(notification.source, "aws.cloudwatch");
            assert_eq!(matches!(notification.data, Data::None {}), name.is_none());
            assert!(!notification.dedup_key.is_empty() && !notification.thread_key.is_empty());
        }
    }

    #[test]
    fn what_is_no_alarm_is_left_to_others() {
        for payload in [
            json!({ "AlarmName": "x" }),
            json!({ "AlarmName": 5, "NewStateValue": "ALARM" }),
            json!({ "alarmData": {} }),
            json!({ "alarmName": "x", "state": "ALARM" }),
            json!("\"AlarmName\" in a text"),
            json!({ "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm Configuration Change", "detail": detail() }),
            json!({ "source": "my.shop", "detail-type": "CloudWatch Alarm State Change", "detail": detail() }),
        ] {
            assert_eq!(decode_json(payload.clone()), None, "{payload}");
        }
    }
}
