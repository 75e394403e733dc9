#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

use serde_json::json;

use super::*;

/// The envelopes of `payload`, one each.
fn envelopes(payload: Value) -> Vec<Envelope> {
    unwrap(&payload.to_string()).unwrap().envelopes
}

fn only(payload: Value) -> Envelope {
    let mut envelopes = envelopes(payload);
    assert_eq!(envelopes.len(), 1, "{envelopes:?}");
    envelopes.remove(0)
}

fn sns(message: &str) -> Value {
    json!({ "EventSource": "aws:sns", "Sns": { "Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:ops",
        "Subject": null, "Message": message, "Timestamp": "2026-11-21T07:30:00.000Z" } })
}

fn sqs(body: &str) -> Value {
    json!({ "eventSource": "aws:sqs", "messageId": "q-1", "body": body, "attributes": { "SentTimestamp": "1795246200000" } })
}

fn event() -> Value {
    json!({ "version": "0", "id": "e-1", "detail-type": "Shop Event", "source": "shop.orders", "account": "111122223333",
        "time": "2026-11-21T07:30:00Z", "region": "ap-northeast-1", "resources": ["arn:a"], "detail": { "state": "late" } })
}

#[test]
fn an_event_is_found_in_every_carrier() {
    let event = event();
    let text = event.to_string();
    let sns_body = sns(&text)["Sns"].clone();
    let sns_event = json!({ "Records": [sns(&text)] });
    for (carrier, payload) in [
        ("EventBridge", event.clone()),
        ("SNS", sns_event.clone()),
        ("SNS over HTTPS", sns_body.clone()),
        ("SQS raw", json!({ "Records": [sqs(&text)] })),
        ("SQS wrapped", json!({ "Records": [sqs(&sns_body.to_string())] })),
        ("dead letter of the function", json!({ "Records": [sqs(&sns_event.to_string())] })),
        (
            "destination record of the function",
            json!({ "version": "1.0", "requestContext": { "condition": "RetriesExhausted" }, "requestPayload": sns_event }),
        ),
        ("quoted twice", json!({ "Records": [sns(&Value::String(Value::String(text.clone()).to_string()).to_string())] })),
        ("topic to topic", json!({ "Records": [sns(&sns_body.to_string())] })),
        ("function URL", json!({ "requestContext": { "http": {} }, "body": sns_body.to_string(), "isBase64Encoded": false })),
    ] {
        let Body::Event(found) = only(payload).body else { panic!("{carrier}: no event") };
        assert_eq!((found.id.as_deref(), found.detail["state"].as_str()), (Some("e-1"), Some("late")), "{carrier}");
    }
}

#[test]
fn what_came_is_told_in_words() {
    let record = json!({ "version": "1.0", "requestContext": { "requestId": "r-1", "functionArn": "arn:f", "condition": "Success" },
        "requestPayload": {}, "responseContext": { "statusCode": 200 }, "responsePayload": "done" });
    let many: Map<String, Value> = (0..8).map(|index| (format!("k{index}"), json!(index))).collect();
    let mail = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Type": "Notification", "MessageId": "m-1", "Message": "all is well",
        "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:ops", "Subject": "Cron", "Timestamp": "2026-11-21T07:30:00.000Z" } }] });
    for (payload, told) in [
        (event(), "an EventBridge event of `shop.orders`, `Shop Event`"),
        (json!({ "detail-type": "T", "detail": {} }), "an EventBridge event, `T`"),
        (record, "what became of the function `arn:f`"),
        (json!({ "job": "x", "n": 1 }), "JSON with `job`, `n`"),
        (Value::Object(many), "JSON with `k0`, `k1`, `k2`, `k3`, `k4`, `k5` and 2 more"),
        (json!({}), "JSON with no key"),
        (json!([1]), "a list in JSON"),
        (json!("all is well"), "a text"),
        (mail, "a text under the subject `Cron`"),
    ] {
        assert_eq!(only(payload.clone()).told(), told, "{payload}");
    }
}

#[test]
fn a_notification_rule_writes_an_event_too() {
    let rule = |detail: Value, more: Value| {
        let body =
            only(json!({ "detailType": "Shop Event", "source": "shop.orders", "account": "111122223333", "detail": detail,
            "notificationRuleArn": "arn:r", "additionalAttributes": more }));
        match body.body {
            Body::Event(event) => event,
            other => panic!("{other:?}"),
        }
    };
    let event = rule(json!({ "state": "late" }), json!({ "failedStage": "Test" }));
    assert_eq!((event.detail_type.as_str(), event.account.as_deref()), ("Shop Event", Some("111122223333")));
    assert_eq!(event.detail, json!({ "state": "late", "additionalAttributes": { "failedStage": "Test" } }));
    assert_eq!(rule(json!({}), json!({})).detail, json!({}));
    let own = json!({ "additionalAttributes": 1 });
    assert_eq!(rule(own.clone(), json!({ "failedStage": "Test" })).detail, own);
    assert!(matches!(only(json!({ "detailType": "prose", "source": "x" })).body, Body::Json(_)));
}

#[test]
fn a_carrier_tells_what_it_knows() {
    let record = only(json!({ "Records": [sns("late")] }));
    assert_eq!(record.id.as_deref(), Some("m-1"));
    assert_eq!(record.carrier(), "sns");
    assert_eq!(record.subject, None);
    assert_eq!(record.time, Some("2026-11-21T07:30:00Z".parse().unwrap()));
    let record = only(json!({ "Records": [sqs("late")] }));
    assert_eq!((record.id.as_deref(), record.carrier()), (Some("q-1"), "unknown"));
    assert_eq!(record.time, Some("2026-11-21T07:30:00Z".parse().unwrap()));
}

#[test]
fn only_a_record_that_sqs_handed_over_can_be_handed_back() {
    let of = |payload: Value| envelopes(payload).into_iter().map(|envelope| envelope.record).collect::<Vec<_>>();
    let record = |id: &str, body: &str| {
        let mut record = sqs(body);
        record["messageId"] = id.into();
        record
    };
    let batch = json!({ "Records": [sns("in one"), sns("in one")] }).to_string();
    let own = json!({ "hikyaku_undelivered": "1.0", "failed": [], "payload": { "Records": [record("inner", "late")] } });
    for (payload, records) in [
        (json!({ "Records": [record("a", "late"), record("b", &batch)] }), vec![Some("a"), Some("b"), Some("b")]),
        (json!({ "Records": [record("a", &json!({ "Records": [record("inner", "late")] }).to_string())] }), vec![Some("a")]),
        (json!({ "Records": [record("a", &own.to_string())] }), vec![Some("a")]),
        (json!({ "Records": [sns(&json!({ "Records": [record("inner", "late")] }).to_string())] }), vec![None]),
        (
            json!({ "requestContext": { "condition": "RetriesExhausted" }, "requestPayload": { "Records": [record("inner", "late")] } }),
            vec![None],
        ),
        (own, vec![None]),
        (json!({ "Records": [sns("late")] }), vec![None]),
    ] {
        assert_eq!(of(payload.clone()), records.iter().map(|id| id.map(Into::into)).collect::<Vec<_>>(), "{payload}");
    }
}

#[test]
fn a_record_of_our_own_carries_its_event_as_it_came() {
    let payload = json!({ "Records": [sns("late")] });
    let own = json!({ "hikyaku_undelivered": "1.0", "request_id": "r", "failed": [], "payload": payload });
    let first_hand = Envelope { carriers: vec!["failure queue", "SNS"], ..only(payload) };
    assert_eq!(only(own.clone()), first_hand);
    let queued = only(json!({ "Records": [sqs(&own.to_string())] }));
    let first_hand = Envelope { carriers: vec!["SQS", "failure queue", "SNS"], ..first_hand };
    assert_eq!(Envelope { record: None, ..queued }, first_hand, "the queue's id and time are not the event's");
}

#[test]
fn a_bad_record_never_takes_a_good_one_with_it() {
    let records = envelopes(
        json!({ "Records": [sns("good"), { "EventSource": "aws:sns" }, { "eventSource": "aws:s3", "s3": {} }, 5, sqs("{broken")] }),
    );
    assert_eq!(records.len(), 5);
    assert_eq!(records[0].body, Body::Text("good".into()));
    assert!(records[1..4].iter().all(|record| matches!(record.body, Body::Json(_))));
    assert_eq!(records[4].body, Body::Text("{broken".into()));
}

#[test]
fn text_is_what_is_no_json() {
    for (message, text) in [
        ("late", "late"),
        ("\"late\"", "late"),
        ("\u{feff}\"late\"", "late"),
        ("\"one \\\"1\\\"\"\n\"two\"", "one \"1\"\ntwo"),
        ("5", "5"),
        ("{\"a\":1} {\"b\":2}", "{\"a\":1} {\"b\":2}"),
        ("{\"a\":NaN}", "{\"a\":NaN}"),
    ] {
        assert_eq!(only(json!({ "Records": [sns(message)] })).body, Body::Text(text.into()));
    }
    for (payload, text) in [(json!("late"), "late"), (json!(5), "5"), (json!(null), "null"), (json!(true), "true")] {
        assert_eq!(only(payload).body, Body::Text(text.into()));
    }
}

#[test]
fn depth_is_bounded_everywhere() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(unwrap(&deep).unwrap().envelopes[..], [Envelope { body: Body::Text(_), .. }]));
    let mut nested = sns("late")["Sns"].clone();
    for _ in 0..10 {
        nested = sns(&nested.to_string())["Sns"].clone();
    }
    assert!(matches!(only(nested).body, Body::Json(_)));
}

#[test]
fn what_is_no_message_yields_none_or_says_so() {
    assert_eq!(envelopes(json!({ "Records": [] })), []);
    let handshake = json!({ "Type": "SubscriptionConfirmation", "TopicArn": "arn:t", "Message": "confirm", "Token": "CANARY" });
    assert_eq!(envelopes(handshake), []);
    let ended = only(
        json!({ "Type": "UnsubscribeConfirmation", "TopicArn": "arn:t", "Message": "It ended.\nVisit it", "Token": "CANARY" }),
    );
    assert_eq!(ended.body, Body::Text("It ended.".into()));
    assert!(matches!(only(json!({})).body, Body::Json(_)));
    assert!(matches!(only(json!({ "Records": {} })).body, Body::Json(_)));
    let error = unwrap("{\"secret\": CANARY").unwrap_err().to_string();
    assert!(error.contains("line 1, column 12") && !error.contains("CANARY"), "{error}");
}

#[test]
fn credentials_are_masked_wherever_they_stand() {
    let hook = "https://hooks.slack.com/services/T0/B0/CANARY";
    let payload = json!({ "Records": [
        sns(hook), sns(&json!({ "a": [{ hook: hook }] }).to_string()), sns(&json!({ "detail-type": hook, "source": hook, "resources": [hook], "detail": { "x": hook } }).to_string()),
        sns(&json!({ "requestContext": { "condition": "Success", "functionArn": hook }, "requestPayload": { "slack": hook }, "responsePayload": hook }).to_string()) ] });
    let envelopes = envelopes(payload);
    assert_eq!(envelopes.len(), 4);
    assert!(!format!("{envelopes:?}").contains("CANARY"), "{envelopes:?}");
}
