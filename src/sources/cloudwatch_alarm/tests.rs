#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

use serde_json::json;

use super::*;
use crate::sources::tests::envelope;

const ARN: &str = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:Too many errors";
const REASON: &str = "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (5.0).";

fn decode_json(payload: Value) -> Option<Notification> {
    decode(&envelope(&payload))
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
    assert_eq!((data.alarm_name.as_deref(), data.alarm_arn.as_deref()), (Some("Too many errors"), Some(ARN)));
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
            Some(&Field::new(Label::AlarmRule, FieldValue::Code("ALARM(a) OR ALARM(b)".into())))
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
        assert_eq!(alarm(&notification).alarm_name.as_deref(), name);
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

#[test]
fn a_reason_is_told_without_what_the_message_says_elsewhere() {
    for (reason, told) in [
        (
            "Threshold Crossed: 1 datapoint [9.0 (21/11/26 11:36:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
            "Threshold Crossed: 1 datapoint [9.0 (21/11/26 11:36:00)] was greater than the threshold (5.0).",
        ),
        (
            "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:shop-web-5xx transitioned to ALARM at Saturday",
            "shop-web-5xx transitioned to ALARM at Saturday",
        ),
        ("Set by hand (minimum fuss)", "Set by hand (minimum fuss)"),
        ("", ""),
    ] {
        assert_eq!(super::shortened(reason), told);
    }
}
