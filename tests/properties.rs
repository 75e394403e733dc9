//! Whatever comes in: a notification, and for every channel a valid payload within its limit.
#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

mod limits;

use std::sync::LazyLock;

use hikyaku::channels::CHANNELS;
use hikyaku::ingress::unwrap;
use hikyaku::notification::Mention;
use hikyaku::render::{Accounts, Library, Locale, Occasion, Profile, Reader, render};
use hikyaku::sources::decode;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::default);

/// Holds for every payload that is JSON.
fn holds(payload: &str) {
    let accounts = Accounts::default();
    for envelope in unwrap(payload).unwrap().envelopes {
        let notification = decode(&envelope);
        assert!(!notification.dedup_key.is_empty() && notification.dedup_key.len() <= 255, "{}", notification.dedup_key);
        assert!(!notification.thread_key.is_empty() && notification.thread_key.len() <= 255, "{}", notification.thread_key);
        assert!(!notification.source.is_empty());
        for kind in CHANNELS {
            for locale in Locale::ALL {
                let reader = Reader::new(*locale, TimeZone::UTC);
                let profile = &kind.profile;
                let message = render(
                    &notification,
                    profile,
                    &Occasion { mention: Some(Mention::Here), ..Occasion::new(&reader, &accounts) },
                    &LIBRARY,
                )
                .unwrap();
                assert_eq!(message.degraded, None);
                let size = profile.unit.measure(&message.payload);
                assert!((1..=profile.limit).contains(&size), "{}: {size}", profile.channel);
                assert_eq!(limits::problems(profile.channel, &message.payload, Some("here")), Vec::<String>::new());
                if profile.channel != "console" {
                    serde_json::from_str::<Map<String, Value>>(&message.payload).unwrap();
                }
            }
        }
    }
}

/// Text that hurts: markup, mentions, controls, joiners, quotes, and anything else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[<>&*_~`@|{}\\[\\]\"\\\\/!:. \n\t\u{200b}\u{202e}\u{0}あ証👨‍👩‍👧]{0,80}",
        Just("<!channel> @All *x* `y` {{z}} https://evil.example/|x>".to_owned()),
        Just("&".repeat(4000)),
        Just("あ".repeat(5000)),
        Just("*".repeat(3000)),
        Just("a_b ".repeat(3000)),
        Just("\n".repeat(10_000)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Events with the right keys and any values.
fn event() -> impl Strategy<Value = Value> {
    let shapes: Vec<Value> = vec![
        json!({ "source": "aws.health", "detail-type": "AWS Health Event", "account": "X", "region": "X", "time": "X", "resources": "X",
            "detail": { "eventArn": "X", "service": "ACM", "eventTypeCode": "X", "eventTypeCategory": "X", "startTime": "X", "endTime": "X",
                "lastUpdatedTime": "X", "statusCode": "X", "eventRegion": "X", "actionability": "X", "page": "X", "totalPages": "X",
                "eventDescription": [{ "language": "X", "latestDescription": "X" }], "affectedEntities": [{ "entityValue": "X", "status": "X" }] } }),
        json!({ "source": "aws.acm", "detail-type": "ACM Certificate Renewal Action Required", "resources": ["X"], "time": "2026-11-21T07:30:00Z",
            "detail": { "CommonName": "X", "DaysToExpiry": "X", "CertificateExpirationDate": "X", "RenewalStatusReason": "X", "InUse": "X" } }),
        json!({ "version": "1.0", "source": "custom", "content": { "title": "X", "description": "X", "nextSteps": ["X", "X"], "keywords": ["X"] },
            "metadata": { "threadId": "X", "relatedResources": ["X"], "additionalContext": { "severity": "X" } } }),
        json!({ "AlarmName": "X", "NewStateValue": "X", "AlarmArn": "X", "AlarmDescription": "X", "NewStateReason": "X", "StateChangeTime": "X" }),
        json!({ "type": "renewed", "cert_name": "X", "domains": ["X", "X"], "bucket": "X", "key": "X", "timestamp": "X" }),
        json!({ "source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": { "id": "X", "title": "X", "severity": "X", "type": "X",
            "description": "X", "service": { "count": "X" } } }),
        json!({ "anomalyId": "X", "anomalyDetailsLink": "X", "impact": { "totalImpact": "X" }, "rootCauses": [{ "service": "X" }] }),
        json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": "X", "Subject": "X", "TopicArn": "X" } }, "X"] }),
        json!({ "Records": [{ "eventSource": "aws:sqs", "body": "X", "messageId": "X" }] }),
    ];
    (prop::sample::select(shapes), prop::collection::vec(value(), 24)).prop_map(|(mut shape, values)| {
        fill(&mut shape, &mut values.into_iter().cycle());
        shape
    })
}

fn fill(shape: &mut Value, values: &mut impl Iterator<Item = Value>) {
    match shape {
        Value::String(text) if text == "X" => *shape = values.next().unwrap(),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, values)),
        Value::Object(object) => object.values_mut().for_each(|item| fill(item, values)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_json_becomes_messages_that_fit(value in value()) {
        holds(&value.to_string());
    }

    #[test]
    fn any_event_becomes_messages_that_fit(event in event()) {
        holds(&event.to_string());
    }

    #[test]
    fn any_budgets_mail_becomes_messages_that_fit(name in text(), amount in text(), budgeted in text()) {
        let mail = format!("AWS Budget Notification November 21, 2026\nAWS Account 111122223333\n\nyour {name} budget is greater than 1.\n\n\
            Budget Name: {name}\nBudget Type: Cost\nBudgeted Amount: {budgeted}\nAlert Type: ACTUAL\nAlert Threshold: > {budgeted}\nACTUAL Amount: {amount}\n");
        holds(&json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": mail } }] }).to_string());
    }

    #[test]
    fn text_that_is_no_json_says_so(text in any::<String>()) {
        if serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')).is_err() {
            prop_assert!(unwrap(&text).is_err());
        }
    }
}

#[test]
fn the_greatest_payloads_fit_too() {
    let huge = "a".repeat(262_144);
    let deep = format!("{}1{}", "{\"a\":".repeat(1000), "}".repeat(1000));
    let wide: Map<String, Value> = (0..50_000).map(|n| (format!("key {n}"), json!(n))).collect();
    let many: Vec<Value> =
        (0..1_000).map(|n| json!({ "entityValue": format!("arn:aws:ec2:us-east-1:111122223333:instance/i-{n:017}") })).collect();
    let health =
        json!({ "eventArn": "arn:aws:health:us-east-1::event/EC2/X/1", "eventTypeCode": "AWS_EC2_X", "affectedEntities": many });
    for payload in
        [json!(huge).to_string(), json!({ "text": huge }).to_string(), deep, Value::Object(wide).to_string(), health.to_string()]
    {
        holds(&payload);
    }
}

proptest! {
    // Each shrinks step by step.
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn any_limit_holds_or_is_an_error(event in event(), limit in 1_usize..6000, kind in 0..CHANNELS.len()) {
        let reader = Reader::new(Locale::Ja, TimeZone::UTC);
        let profile = Profile { limit, ..CHANNELS.get(kind).unwrap().profile };
        for envelope in unwrap(&event.to_string()).unwrap().envelopes {
            match render(&decode(&envelope), &profile, &Occasion::new(&reader, &Accounts::default()), &LIBRARY) {
                Ok(message) => prop_assert!(profile.unit.measure(&message.payload) <= limit),
                Err(problem) => prop_assert!(limit < 4500, "{}, {limit}: {problem}", profile.channel),
            }
        }
    }
}
