#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

use serde_json::{Value, json};

use super::*;

#[test]
fn what_is_signed_is_as_sns_writes_it() {
    let delivery = |more: Value| {
        let mut delivery = json!({ "Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:t", "Message": "a\nb", "Timestamp": "now",
            "SignatureVersion": "2", "Signature": "", "SigningCertURL": "", "UnsubscribeURL": "https://sns.example/?x" });
        delivery.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Delivery::read(&delivery.to_string()).unwrap()
    };
    let confirmation = json!({ "Type": "SubscriptionConfirmation", "Subject": "s", "SubscribeURL": "https://s", "Token": "t" });
    for (more, text) in [
        (json!({}), Some("Message\na\nb\nMessageId\nm-1\nTimestamp\nnow\nTopicArn\narn:t\nType\nNotification\n")),
        (
            json!({ "Subject": null }),
            Some("Message\na\nb\nMessageId\nm-1\nTimestamp\nnow\nTopicArn\narn:t\nType\nNotification\n"),
        ),
        (
            json!({ "Subject": "" }),
            Some("Message\na\nb\nMessageId\nm-1\nSubject\n\nTimestamp\nnow\nTopicArn\narn:t\nType\nNotification\n"),
        ),
        (
            json!({ "Subject": "s", "Token": "t", "SubscribeURL": "https://s" }),
            Some("Message\na\nb\nMessageId\nm-1\nSubject\ns\nTimestamp\nnow\nTopicArn\narn:t\nType\nNotification\n"),
        ),
        (
            confirmation.clone(),
            Some(
                "Message\na\nb\nMessageId\nm-1\nSubscribeURL\nhttps://s\nTimestamp\nnow\nToken\nt\nTopicArn\narn:t\nType\n\
                 SubscriptionConfirmation\n",
            ),
        ),
        (json!({ "Type": "UnsubscribeConfirmation", "Token": "t" }), None),
    ] {
        assert_eq!(signature::text(&delivery(more.clone())).as_deref(), text, "{more}");
    }
}

#[test]
fn a_certificate_is_for_sns_or_for_its_region() {
    let url = |host: &str| format!("https://{host}/SimpleNotificationService-0f3e.pem");
    for (host, names) in [
        (
            "sns.ap-northeast-1.amazonaws.com",
            Some(
                "sns.ap-northeast-1.amazonaws.com sns-signing.ap-northeast-1.amazonaws.com sns-ap-northeast-1.amazonaws.com sns.amazonaws.com",
            ),
        ),
        (
            "sns.cn-north-1.amazonaws.com.cn",
            Some("sns.cn-north-1.amazonaws.com.cn sns-signing.cn-north-1.amazonaws.com.cn sns-cn-north-1.amazonaws.com.cn"),
        ),
        (
            "sns.us-gov-east-1.amazonaws.com",
            Some(
                "sns.us-gov-east-1.amazonaws.com sns-signing.us-gov-east-1.amazonaws.com sns-us-gov-east-1.amazonaws.com \
                 sns-us-gov-west-1.amazonaws.com",
            ),
        ),
        ("sns.amazonaws.com", None),
    ] {
        let found = CertificateUrl::parse(&url(host)).map(|url| url.names().join(" "));
        assert_eq!(found.as_deref(), names, "{host}");
    }
}
