#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

mod acm;

use serde_json::{Value, json};

use super::*;
use crate::sources::tests::envelope;

const ARN: &str = "arn:aws:health:eu-west-1::event/EC2/AWS_EC2_X/AWS_EC2_X_1";

fn decode_json(payload: Value) -> Option<Notification> {
    decode(&envelope(&payload))
}

/// The schema's detail in full, with `changes` made to it: null takes a key away.
fn detail(changes: Value) -> Value {
    let mut detail = json!({ "eventArn": ARN, "service": "EC2", "eventTypeCode": "AWS_EC2_X", "eventTypeCategory": "issue",
        "eventScopeCode": "ACCOUNT_SPECIFIC", "communicationId": "c-1", "startTime": "Sat, 21 Nov 2026 05:00:00 GMT",
        "lastUpdatedTime": "Sat, 21 Nov 2026 07:30:00 GMT", "statusCode": "open", "eventRegion": "eu-west-1",
        "eventDescription": [{ "language": "en_US", "latestDescription": "It is slow." }],
        "affectedEntities": [{ "entityValue": "i-0", "status": "IMPAIRED" }],
        "affectedAccount": "111122223333", "page": "1", "totalPages": "1", "backupEvent": "false" });
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => detail.as_object_mut().unwrap().shift_remove(key),
            value => detail.as_object_mut().unwrap().insert(key.clone(), value.clone()),
        };
    }
    detail
}

/// As it is delivered in another Region than it is about.
fn event(detail: Value) -> Value {
    json!({ "id": "e-1", "source": "aws.health", "detail-type": "AWS Health Event", "account": "111122223333",
        "region": "us-west-2", "time": "2026-11-21T07:31:00Z", "resources": ["i-0"], "detail": detail })
}

fn told(changes: Value) -> Notification {
    decode_json(event(detail(changes))).unwrap()
}

fn data(notification: &Notification) -> &Health {
    match &notification.data {
        Data::Health(health) => health,
        other => panic!("{other:?}"),
    }
}

fn time(text: &str) -> Option<jiff::Timestamp> {
    Some(text.parse().unwrap())
}

#[test]
fn everything_is_read() {
    let notification = told(json!({ "endTime": "Sun, 22 Nov 2026 05:00:00 GMT", "actionability": "ACTION_MAY_BE_REQUIRED" }));
    assert_eq!((notification.kind, notification.source.as_str()), (Kind::HealthIssue, "aws.health"));
    assert_eq!((notification.account.as_deref(), notification.region.as_deref()), (Some("111122223333"), Some("eu-west-1")));
    assert_eq!(notification.occurred_at, time("2026-11-21T07:30:00Z"));
    assert_eq!(notification.resources, ["i-0"]);
    let health = Health {
        event_arn: Some(ARN.into()),
        service: Some("EC2".into()),
        event_type_code: Some("AWS_EC2_X".into()),
        category: Some("issue".into()),
        status_code: Some("open".into()),
        event_region: Some("eu-west-1".into()),
        scope: Some("ACCOUNT_SPECIFIC".into()),
        actionability: Some("ACTION_MAY_BE_REQUIRED".into()),
        starts_at: time("2026-11-21T05:00:00Z"),
        ends_at: time("2026-11-22T05:00:00Z"),
        entities: vec![Entity { value: "i-0".into(), status: Some("IMPAIRED".into()) }],
        page: Some(1),
        total_pages: Some(1),
        backup_event: Some(false),
    };
    assert_eq!(data(&notification), &health);
    assert_eq!(notification.fields, [Field::new(Label::Ends, FieldValue::Time(health.ends_at.unwrap()))]);
}

#[test]
fn what_waits_is_affected_before_what_is_in_order() {
    let entities: Vec<Value> =
        [("a", "RESOLVED"), ("b", "UNIMPAIRED"), ("c", "PENDING"), ("d", ""), ("e", "IMPAIRED"), ("c", "PENDING")]
            .iter()
            .map(|(value, status)| json!({ "entityValue": value, "status": status }))
            .collect();
    let notification = told(json!({ "affectedEntities": entities }));
    assert_eq!(notification.resources, ["c", "e", "i-0", "d", "a", "b"]);
    assert_eq!(data(&notification).entities[0].value, "a", "the data is as AWS has it");
}

#[test]
fn an_end_that_a_closed_event_never_came_to_is_not_told() {
    for (status, end, label) in [
        ("open", "2026-11-28T05:00:00Z", Some(Label::Ends)),
        ("closed", "2026-11-21T07:00:00Z", Some(Label::Ended)),
        ("closed", "2026-11-28T05:00:00Z", None),
    ] {
        let notification = told(json!({ "statusCode": status, "endTime": end }));
        let labels: Vec<Label> = notification.fields.into_iter().map(|field| field.label).collect();
        assert_eq!(labels, Vec::from_iter(label), "{status} {end}");
    }
}

#[test]
fn every_row_of_the_table() {
    let with = |category: &str, more: &str, value: Value| json!({ "eventTypeCategory": category, more: value });
    let starts = |category: &str, at: &str| with(category, "startTime", json!(format!("{at} GMT")));
    let (later, must_act) = ("Thu, 14 Jan 2027 09:00:00", json!("ACTION_REQUIRED"));
    for (changes, row) in [
        (with("issue", "x", Value::Null), "health.issue firing critical"),
        (with("issue", "eventScopeCode", json!("PUBLIC")), "health.issue firing warning"),
        (with("issue", "eventScopeCode", Value::Null), "health.issue firing critical"),
        (with("issue", "statusCode", Value::Null), "health.issue firing critical"),
        (with("issue", "statusCode", json!("closed")), "health.issue resolved info"),
        (with("issue", "service", json!("ABUSE")), "health.abuse firing critical"),
        (json!({ "service": "ABUSE", "statusCode": "closed" }), "health.abuse resolved info"),
        (with("investigation", "x", Value::Null), "health.investigation firing warning"),
        (with("investigation", "statusCode", json!("closed")), "health.investigation resolved info"),
        (with("accountNotification", "x", Value::Null), "health.account_notification info info"),
        (with("accountNotification", "actionability", must_act.clone()), "health.account_notification info info"),
        (with("accountNotification", "statusCode", json!("closed")), "health.account_notification resolved info"),
        (starts("scheduledChange", "Sat, 28 Nov 2026 07:30:00"), "health.scheduled_change firing warning"),
        (starts("scheduledChange", "Sat, 28 Nov 2026 07:30:01"), "health.scheduled_change firing notice"),
        (starts("scheduledChange", later), "health.scheduled_change firing notice"),
        (starts("scheduledChange", "Fri, 20 Nov 2026 07:30:00"), "health.scheduled_change firing warning"),
        (with("scheduledChange", "startTime", Value::Null), "health.scheduled_change firing notice"),
        (with("scheduledChange", "statusCode", json!("upcoming")), "health.scheduled_change firing warning"),
        (with("scheduledChange", "statusCode", json!("closed")), "health.scheduled_change resolved info"),
        (
            json!({ "eventTypeCategory": "scheduledChange", "startTime": format!("{later} GMT"), "actionability": must_act }),
            "health.scheduled_change firing warning",
        ),
        (starts("plannedChange", later), "health.scheduled_change firing notice"),
        (starts("plannedChange", "Sun, 22 Nov 2026 07:30:00"), "health.scheduled_change firing warning"),
        (with("somethingNew", "x", Value::Null), "health.account_notification info info"),
        (json!({ "eventTypeCategory": null }), "health.account_notification info info"),
        (json!({ "eventTypeCategory": 5 }), "health.account_notification info info"),
    ] {
        let Notification { kind, status, severity, .. } = told(changes.clone());
        assert_eq!(format!("{kind} {status} {severity}"), row, "{changes}");
    }
    let mut abuse = event(detail(json!({})));
    abuse["detail-type"] = json!("AWS Health Abuse Event");
    assert_eq!(decode_json(abuse).unwrap().kind, Kind::HealthAbuse);
}

#[test]
fn the_account_and_the_region_are_those_it_is_about() {
    let old_arn = json!("arn:aws:health:ap-south-1::event/AWS_EC2_X_1");
    for (changes, account, region, view) in [
        (json!({}), "111122223333", "eu-west-1", "account"),
        (json!({ "affectedAccount": "444455556666" }), "444455556666", "eu-west-1", "organization"),
        (json!({ "affectedAccount": 44445555666_u64 }), "044445555666", "eu-west-1", "organization"),
        (json!({ "affectedAccount": null }), "111122223333", "eu-west-1", "account"),
        (json!({ "affectedAccount": " " }), "111122223333", "eu-west-1", "account"),
        (json!({ "eventRegion": "global" }), "111122223333", "global", "account"),
        (json!({ "eventRegion": null }), "111122223333", "eu-west-1", "account"),
        (json!({ "eventRegion": null, "eventArn": old_arn }), "111122223333", "ap-south-1", "account"),
        (json!({ "eventRegion": null, "eventArn": "arn:aws:health:::event/x" }), "111122223333", "us-west-2", "account"),
    ] {
        let notification = told(changes.clone());
        let got = (notification.account.as_deref(), notification.region.as_deref());
        assert_eq!(got, (Some(account), Some(region)), "{changes}");
        let url = &notification.links[0].url;
        assert!(url.starts_with(&format!("https://health.console.aws.amazon.com/health/home#/{view}/dashboard/")), "{url}");
    }
}

#[test]
fn a_link_lands_in_the_list_of_its_category() {
    for (category, list) in [
        ("issue", "open-issues"),
        ("scheduledChange", "scheduled-changes"),
        ("plannedChange", "scheduled-changes"),
        ("accountNotification", "event-log"),
    ] {
        let url = format!("https://health.console.aws.amazon.com/health/home#/account/dashboard/{list}?eventID={ARN}");
        assert_eq!(told(json!({ "eventTypeCategory": category })).links, [Link { to: LinkTo::HealthEvent, url }]);
    }
    assert_eq!(told(json!({ "eventArn": "no-arn" })).links, []);
}

#[test]
fn the_latest_time_that_is_known_counts() {
    let (updated, delivered) = (time("2026-11-21T07:30:00Z"), time("2026-11-21T07:31:00Z"));
    let (starts, sent) = (time("2026-11-21T05:00:00Z"), time("2026-11-21T07:32:00Z"));
    for (changes, event_time, occurred_at) in [
        (json!({}), true, updated),
        (json!({ "lastUpdatedTime": null }), true, delivered),
        (json!({ "lastUpdatedTime": "soon" }), true, delivered),
        (json!({ "lastUpdatedTime": null }), false, starts),
        (json!({ "lastUpdatedTime": null, "startTime": "" }), false, sent),
    ] {
        let mut event = event(detail(changes.clone()));
        if !event_time {
            event.as_object_mut().unwrap().remove("time");
        }
        let sns = json!({ "Type": "Notification", "TopicArn": "arn:t", "Timestamp": "2026-11-21T07:32:00Z", "Message": event.to_string() });
        assert_eq!(decode_json(sns).unwrap().occurred_at, occurred_at, "{changes}");
    }
}

#[test]
fn a_description_has_its_lines() {
    for (latest, text) in [
        (r"one\ntwo", "one\ntwo"),
        (r"one\\ntwo", "one\ntwo"),
        (r"one\\\n\\ntwo\n", "one\n\ntwo"),
        ("one\ntwo", "one\ntwo"),
        (r"C:\temp", r"C:\temp"),
        (r"one\", r"one\"),
    ] {
        let notification = told(json!({ "eventDescription": [{ "latestDescription": latest }] }));
        assert_eq!(notification.description, [Prose::plain(text)], "{latest}");
    }
    let japanese =
        json!([{ "language": "ja_JP", "latestDescription": "遅延" }, { "language": "en_US", "latestDescription": "Slow" }]);
    let prose = |language: &str, text: &str| Prose { language: Some(language.into()), ..Prose::plain(text) };
    let notification = told(json!({ "eventDescription": japanese }));
    assert_eq!(notification.description, [prose("ja_JP", "遅延"), prose("en_US", "Slow")]);
    for odd in [json!([]), json!("text"), json!([{ "language": "en_US" }, 5, { "latestDescription": r"\n" }])] {
        assert_eq!(told(json!({ "eventDescription": odd })).description, []);
    }
}

#[test]
fn entities_are_resources_but_for_those_that_name_nothing() {
    let entity = |value: &str| json!({ "entityValue": value });
    let many = json!([entity("i-0"), entity("UNKNOWN"), entity("AWS_ACCOUNT"), entity("i-1"), {}, 5, { "entityValue": "i-2", "statusCode": "PENDING" }]);
    let notification = told(json!({ "affectedEntities": many }));
    assert_eq!(notification.resources, ["i-2", "i-0", "i-1"]);
    let entities = &data(&notification).entities;
    let values: Vec<_> = entities.iter().map(|entity| entity.value.as_str()).collect();
    assert_eq!(values, ["i-0", "UNKNOWN", "AWS_ACCOUNT", "i-1", "i-2"]);
    assert_eq!(entities[4].status.as_deref(), Some("PENDING"));
    let mut stand_in = event(detail(json!({ "affectedEntities": null })));
    stand_in["resources"] = json!(["AWS_ACCOUNT"]);
    assert_eq!(decode_json(stand_in).unwrap().resources, Vec::<String>::new());
}

#[test]
fn a_copy_is_the_same_fact_and_news_is_another() {
    let mut copy = event(detail(json!({ "backupEvent": "true" })));
    (copy["id"], copy["region"], copy["time"]) = (json!("e-2"), json!("us-east-1"), json!("2026-11-21T07:45:00Z"));
    let first = told(json!({}));
    let copy = decode_json(copy).unwrap();
    assert_eq!((&first.dedup_key, &first.thread_key), (&copy.dedup_key, &copy.thread_key));
    assert_eq!(first.dedup_key, decode_json(detail(json!({}))).unwrap().dedup_key, "`InputPath` leaves the detail alone");
    for (changes, same_thread) in [
        (json!({ "communicationId": "c-2", "statusCode": "closed" }), true),
        (json!({ "page": "2", "totalPages": "2" }), true),
        (json!({ "page": 2, "communicationId": "c-1" }), true),
        (json!({ "affectedAccount": "444455556666" }), false),
        (json!({ "eventArn": "arn:aws:health:eu-west-1::event/y" }), false),
    ] {
        let other = told(changes.clone());
        assert_ne!(first.dedup_key, other.dedup_key, "{changes}");
        assert_eq!(first.thread_key == other.thread_key, same_thread, "{changes}");
    }
    assert_eq!(first.thread_key, key(&["health", "111122223333", ARN]));
}

#[test]
fn without_a_communication_the_update_tells_facts_apart() {
    let old = |mut changes: Value| {
        changes["communicationId"] = Value::Null;
        told(changes)
    };
    let first = old(json!({}));
    assert_eq!(first.dedup_key, old(json!({ "backupEvent": "true" })).dedup_key);
    for changes in [
        json!({ "lastUpdatedTime": "Sat, 21 Nov 2026 08:00:00 GMT" }),
        json!({ "statusCode": "closed" }),
        json!({ "page": "2" }),
        json!({ "lastUpdatedTime": null }),
    ] {
        assert_ne!(first.dedup_key, old(changes.clone()).dedup_key, "{changes}");
    }
    let timeless = |mut changes: Value| {
        changes["lastUpdatedTime"] = Value::Null;
        (changes["actionability"], changes["personas"]) = (json!("INFORMATIONAL"), json!(["OPERATIONAL"]));
        old(changes)
    };
    let first = timeless(json!({}));
    for changes in [json!({ "backupEvent": "true" }), json!({ "backupEvent": null })] {
        assert_eq!(first.dedup_key, timeless(changes.clone()).dedup_key, "{changes}");
    }
    assert_ne!(first.dedup_key, timeless(json!({ "endTime": "Sat, 21 Nov 2026 08:00:00 GMT" })).dedup_key);
}

#[test]
fn one_page_of_several_says_which_it_is() {
    let page = |page: u32, total| vec![Field::new(Label::Page, FieldValue::Term(Term::Page(page, total)))];
    for (changes, fields) in [
        (json!({ "page": "2", "totalPages": "3" }), page(2, 3)),
        (json!({ "page": 2, "totalPages": 3 }), page(2, 3)),
        (json!({ "page": "1", "totalPages": "1" }), vec![]),
        (json!({ "page": "-1", "totalPages": "x" }), vec![]),
        (json!({ "page": null }), vec![]),
    ] {
        assert_eq!(told(changes.clone()).fields, fields, "{changes}");
    }
}

#[test]
fn a_detail_alone_is_known_by_its_keys() {
    let from = |source: &str| {
        let mut event = event(detail(json!({})));
        event["source"] = json!(source);
        event
    };
    let mut unsigned = from("");
    unsigned.as_object_mut().unwrap().remove("source");
    for (payload, source) in [
        (detail(json!({})), "aws.health"),
        (unsigned, "aws.health"),
        (from("my.tests"), "my.tests"),
        (from("aws.health"), "aws.health"),
    ] {
        assert_eq!(decode_json(payload).unwrap().source, source);
    }
    let minimal = json!({ "source": "aws.health", "detail-type": "AWS Health Event", "detail": "odd" });
    assert_eq!(decode_json(minimal).unwrap().kind, Kind::HealthAccountNotification);
    let mut other_type = from("aws.health");
    other_type["detail-type"] = json!("AWS API Call via CloudTrail");
    let relayed = json!({ "source": "aha", "detail-type": "AWS Health Event", "detail": { "arn": ARN } });
    for payload in [other_type, relayed, json!({ "eventArn": ARN }), json!("AWS Health Event")] {
        assert_eq!(decode_json(payload.clone()), None, "{payload}");
    }
}
