#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

mod acme;
mod certbot;

use serde_json::json;

use super::*;
use crate::sources::tests::envelope;

fn decode_json(payload: Value) -> Option<Notification> {
    decode(&envelope(&payload))
}

/// `message` in an SNS envelope of that id, published at that time.
fn sns(id: &str, time: &str, message: &str) -> Value {
    json!({ "Type": "Notification", "MessageId": id, "TopicArn": "arn:aws:sns:eu-west-1:111122223333:certs", "Timestamp": time, "Message": message })
}

fn told(message: &Value) -> Notification {
    decode_json(sns("m-1", "2026-11-21T07:30:00Z", &message.to_string())).unwrap()
}

/// A text, as somebody's mail or script publishes it.
fn text(text: &str) -> Option<Notification> {
    decode_json(sns("m-1", "2026-11-21T07:30:00Z", text))
}

fn data(notification: &Notification) -> &Certificate {
    match &notification.data {
        Data::Certificate(certificate) => certificate,
        other => panic!("{other:?}"),
    }
}

fn row(notification: &Notification) -> String {
    let Notification { kind, status, severity, source, .. } = notification;
    format!("{kind} {status} {severity} {source}")
}

fn list(domains: &[&str]) -> Vec<String> {
    domains.iter().map(|domain| (*domain).to_owned()).collect()
}

fn invocation(name: &str, condition: &str, request: Value, response: Value) -> Value {
    json!({ "version": "1.0", "timestamp": "2026-11-21T07:00:00.000Z", "requestPayload": request, "responsePayload": response,
        "requestContext": { "requestId": "r-1", "condition": condition, "functionArn": format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}:$LATEST") } })
}

#[test]
fn certupdaters_record_tells_how_it_went() {
    let request = json!({ "domains": ["*.shop.example.com", "shop.example.com"], "is_production": true, "bucket": "certs",
        "slack": { "webhook": "https://hooks.slack.com/services/T0/B0/CANARY" } });
    let failed = json!({ "errorMessage": "[failed] The specified bucket does not exist: certs", "errorType": "Exception" });
    let uploaded = json!("Finished uploading to S3:\nhttps://s3.console.aws.amazon.com/s3/buckets/certs/");
    let (well, badly) =
        ("certificate.renewed resolved info certupdater", "certificate.renewal_failed firing critical certupdater");
    for (condition, request, response, result, error) in [
        ("Success", request.clone(), uploaded.clone(), well, None),
        ("Success", json!({}), uploaded, well, None),
        ("RetriesExhausted", request.clone(), failed.clone(), badly, Some("The specified bucket does not exist: certs")),
        ("RetriesExhausted", json!({}), failed, badly, Some("The specified bucket does not exist: certs")),
        ("EventAgeExceeded", request, Value::Null, badly, None),
    ] {
        let notification = decode_json(invocation("CertUpdater", condition, request.clone(), response.clone())).unwrap();
        assert_eq!(row(&notification), result, "{condition} {response}");
        assert_eq!(data(&notification).error.as_deref(), error);
        assert_eq!((notification.account.as_deref(), notification.region.as_deref()), (Some("111122223333"), Some("eu-west-1")));
        assert_eq!(notification.occurred_at, Some("2026-11-21T07:00:00Z".parse().unwrap()));
        if request.get("domains").is_some() {
            assert_eq!(data(&notification).domains, ["*.shop.example.com", "shop.example.com"]);
            assert_eq!(
                (data(&notification).bucket.as_deref(), notification.thread_key.as_str()),
                (Some("certs"), "certificate|*.shop.example.com")
            );
        }
        assert!(!format!("{notification:?}").contains("CANARY"));
    }
    for (request, response) in [
        (json!({ "domains": ["shop.example.com"] }), json!("done")),
        (json!({ "is_production": true }), json!({ "errorMessage": "boom" })),
        (json!("text"), Value::Null),
    ] {
        assert_eq!(decode_json(invocation("resize-images", "Success", request, response)), None);
    }
}

#[test]
fn a_cron_jobs_mail_names_the_host() {
    let published = |subject: &str, message: &str| {
        let mut message = sns("m-1", "2026-11-21T07:30:00Z", message);
        message["Subject"] = json!(subject);
        decode_json(message)
    };
    let headed = "Subject: Update SSL Cert in web-1\n\nUpdate SSL Cert failed";
    for mail in [text(headed), published("Update SSL Cert in web-1", "Update SSL Cert failed")] {
        let notification = mail.unwrap();
        assert_eq!(row(&notification), "certificate.renewal_failed firing critical sns");
        assert_eq!((data(&notification).cert_name.as_deref(), &data(&notification).domain), (Some("web-1"), &None));
        assert!(notification.description[0].text.ends_with("Update SSL Cert failed"));
        assert_eq!(notification.thread_key, "certificate|web-1");
    }
    for (subject, message) in [
        ("Update SSL Cert in web-1", "Update SSL Cert finished"),
        ("Update SSL Cert in ", "Update SSL Cert failed"),
        ("Disk full in web-1", "Update SSL Cert failed"),
    ] {
        assert_eq!(published(subject, message), None, "{subject}: {message}");
    }
}
