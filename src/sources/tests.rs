//! Which source takes what, and how messages that no source knows are told apart.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says so by failing")]

use serde_json::{Value, json};

use super::*;
use crate::ingress::unwrap;

/// The only envelope in `payload`, or the first of several.
pub(super) fn envelope(payload: &Value) -> Envelope {
    unwrap(&payload.to_string()).unwrap().envelopes.remove(0)
}

fn event(source: &str, detail_type: &str, detail: Value) -> Value {
    json!({ "id": "e-1", "source": source, "detail-type": detail_type, "account": "111122223333", "region": "eu-west-1",
        "time": "2026-11-21T07:30:00Z", "resources": [], "detail": detail })
}

fn sns(id: &str, subject: Option<&str>, message: &str) -> Value {
    json!({ "Type": "Notification", "MessageId": id, "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Subject": subject,
        "Timestamp": "2026-11-21T07:30:00Z", "Message": message })
}

/// The first source that takes `payload`.
fn taker(payload: &Value) -> &'static str {
    let envelope = envelope(payload);
    SOURCES.iter().find(|source| (source.decode)(&envelope).is_some()).unwrap().name
}

#[test]
fn each_payload_goes_to_its_source() {
    let health = json!({ "eventArn": "arn:aws:health:eu-west-1::event/x", "eventTypeCode": "X", "service": "ACM" });
    let trail = || json!({ "eventSource": "acm.amazonaws.com", "eventName": "RequestCertificate", "errorCode": "AccessDenied" });
    let custom = json!({ "version": "1.0", "source": "custom", "content": { "description": "x" } });
    let alarm = json!({ "AlarmName": "x", "NewStateValue": "ALARM" });
    let budget = "AWS Budget Notification November 21, 2026\nBudget Name: prod\nAlert Type: ACTUAL\n";
    for (payload, source, kind) in [
        (event("aws.health", "AWS Health Event", health.clone()), "aws_health", Kind::CertificateExpiring),
        (health, "aws_health", Kind::CertificateExpiring),
        (event("aws.acm", "ACM Certificate Expired", json!({})), "aws_acm", Kind::CertificateExpired),
        (event("aws.acm", "AWS API Call via CloudTrail", trail()), "cloudtrail", Kind::Event),
        (event("aws.acm", "ACM Certificate Something New", json!({})), "generic", Kind::Event),
        (event("aws.budgets", "AWS API Call via CloudTrail", trail()), "cloudtrail", Kind::Event),
        (event("aws.health", "AWS API Call via CloudTrail", trail()), "cloudtrail", Kind::Event),
        (event("aws.codepipeline", "CodePipeline Pipeline Execution State Change", json!({})), "code_suite", Kind::Event),
        (event("shop.ci", "CodePipeline Pipeline Execution State Change", json!({})), "generic", Kind::Event),
        (event("aws.codepipeline", "CodePipeline Something New", json!({})), "generic", Kind::Event),
        (event("aws.ecs", "ECS Service Action", json!({})), "ecs", Kind::Event),
        (event("aws.rds", "RDS DB Instance Event", json!({})), "rds", Kind::Event),
        (event("aws.cloudformation", "CloudFormation Stack Status Change", json!({})), "cloudformation", Kind::Event),
        (sns("m-1", None, "StackId='x'\nResourceStatus='CREATE_COMPLETE'\n"), "cloudformation", Kind::Text),
        (json!({ "Event": "autoscaling:TEST_NOTIFICATION", "AutoScalingGroupName": "web" }), "auto_scaling", Kind::Text),
        (json!({ "notificationType": "Bounce", "mail": {} }), "ses", Kind::Text),
        (json!({ "notificationType": "Received", "mail": {} }), "generic", Kind::Text),
        (
            event("aws.trustedadvisor", "Trusted Advisor Check Item Refresh Notification", json!({})),
            "trusted_advisor",
            Kind::Event,
        ),
        (event("aws.backup", "Copy Job State Change", json!({})), "backup", Kind::Event),
        (event("aws.states", "Step Functions Execution Status Change", json!({})), "step_functions", Kind::Event),
        (event("aws.guardduty", "GuardDuty Malware Protection Object Scan Result", json!({})), "malware_scans", Kind::Event),
        (event("aws.savingsplans", "Savings Plans State Change", json!({})), "savings_plans", Kind::Event),
        (sns("m-1", None, budget), "aws_budgets", Kind::BudgetActual),
        (sns("m-1", Some("AWS Budgets: prod"), "It is over."), "generic", Kind::Text),
        (event("aws.ce", "Anomaly Detected", json!({})), "cost_anomaly", Kind::CostAnomaly),
        (sns("m-1", None, &alarm.to_string()), "cloudwatch_alarm", Kind::Alarm),
        (sns("m-1", None, "\"AlarmName\" is \"NewStateValue\""), "generic", Kind::Text),
        (event("aws.guardduty", "GuardDuty Finding", json!({})), "finding", Kind::Finding),
        (custom.clone(), "chatbot_custom", Kind::Custom),
        (event("shop.orders", "Late", custom), "chatbot_custom", Kind::Custom),
        (json!({ "type": "failed", "cert_name": "shop" }), "cert_updater", Kind::CertificateRenewalFailed),
        (event("shop.certs", "Failed", json!({ "type": "failed", "cert_name": "shop" })), "generic", Kind::Event),
        (json!({ "any": "thing" }), "generic", Kind::Text),
        (json!(["any", "thing"]), "generic", Kind::Text),
        (json!("any thing"), "generic", Kind::Text),
    ] {
        assert_eq!((taker(&payload), decode(&envelope(&payload)).kind), (source, kind), "{payload}");
    }
}

#[test]
fn the_last_source_takes_everything() {
    assert_eq!(SOURCES.last().unwrap().name, "generic");
    let names: std::collections::BTreeSet<_> = SOURCES.iter().map(|source| source.name).collect();
    assert_eq!(names.len(), SOURCES.len());
}

#[test]
fn a_repeated_delivery_is_one_fact_and_the_same_words_again_are_two() {
    let key = |payload: &Value| decode(&envelope(payload)).dedup_key;
    for message in ["Disk full", r#"{"disk":"full"}"#, r#"["disk", "full"]"#] {
        let first = key(&sns("m-1", None, message));
        assert_eq!(first, key(&sns("m-1", None, message)), "{message}");
        assert_ne!(first, key(&sns("m-2", None, message)), "{message}");
        assert_ne!(first, key(&sns("m-1", Some("disk"), message)), "{message}");
        assert_ne!(first, key(&sns("m-1", None, &message.replace("full", "empty"))), "{message}");
    }
}

#[test]
fn an_event_is_the_one_of_its_id_else_of_its_time_else_of_its_envelope() {
    let key = |id: &str, event: &Value| decode(&envelope(&sns(id, None, &event.to_string()))).dedup_key;
    let without = |keys: &[&str]| {
        let mut event = event("shop.orders", "Late", json!({ "order": 1 }));
        keys.iter().for_each(|key| drop(event.as_object_mut().unwrap().remove(*key)));
        event
    };
    let changed = |mut event: Value, key: &str, value: Value| {
        event[key] = value;
        event
    };
    let whole = without(&[]);
    assert_eq!(key("m-1", &whole), "event|shop.orders|e-1");
    assert_eq!(key("m-1", &whole), key("m-2", &changed(whole.clone(), "detail", json!({ "order": 2 }))));
    assert_ne!(key("m-1", &whole), key("m-1", &changed(whole, "id", json!("e-2"))));

    let timed = without(&["id"]);
    assert_eq!(key("m-1", &timed), key("m-2", &timed));
    assert_ne!(key("m-1", &timed), key("m-1", &changed(timed.clone(), "time", json!("2026-11-21T07:30:01Z"))));
    assert_ne!(key("m-1", &timed), key("m-1", &changed(timed.clone(), "detail", json!({ "order": 2 }))));

    let bare = without(&["id", "time"]);
    assert_eq!(key("m-1", &bare), key("m-1", &bare));
    assert_ne!(key("m-1", &bare), key("m-2", &bare));
}

#[test]
fn an_invocation_is_the_one_of_its_request() {
    let key = |id: Option<&str>, response: &str| {
        let context =
            json!({ "requestId": id, "condition": "Success", "functionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f" });
        decode(&envelope(&json!({ "requestPayload": {}, "requestContext": context, "responsePayload": response }))).dedup_key
    };
    assert_eq!(key(Some("r-1"), "a"), key(Some("r-1"), "b"));
    assert_ne!(key(Some("r-1"), "a"), key(Some("r-2"), "a"));
    assert_ne!(key(None, "a"), key(None, "b"));
}

#[test]
fn a_mail_that_ses_received_goes_the_way_of_any_other_text() {
    let mail = |subject: &str, text: &str| {
        let received = json!({ "notificationType": "Received", "content": format!("From: root@web1.example.com\r\nSubject: {subject}\r\n\r\n{text}"),
            "mail": { "messageId": "ses-1" } });
        decode(&envelope(&sns("m-1", Some("Amazon SES Email Receipt Notification"), &received.to_string())))
    };
    let certbot = "All renewals failed.\r\n  /etc/letsencrypt/live/shop.example.com/fullchain.pem (failure)\r\n1 renew failure(s), 0 parse failure(s)";
    for (subject, text, kind, source) in [
        ("Cron <root@web1> certbot renew -q", certbot, Kind::CertificateRenewalFailed, "certbot"),
        ("Update SSL Cert in web1.example.com", "Update SSL Cert failed", Kind::CertificateRenewalFailed, "sns"),
        ("Lunch", "At noon?", Kind::Text, "sns"),
        ("Lunch", r#"{"type":"failed","cert_name":"shop"}"#, Kind::Text, "sns"),
    ] {
        let told = mail(subject, text);
        assert_eq!((told.kind, told.source.as_str()), (kind, source), "{subject}: {text}");
        assert_eq!(told.fields.last(), Field::text(Label::From, Some("root@web1.example.com")).as_ref());
    }
}
