//! Events as AWS hands them over, of this project's own making.

use serde_json::{Value, json};

use super::canary::leaky;

/// An event, and what has to be in the message that comes of it.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) event: Value,
    pub(crate) says: &'static [&'static str],
}

/// What stands in the text of [`plain_text`].
pub(crate) const WORDS: &str = "The nightly export of mizuumi wrote 1,204 rows.";

/// One event for each family, in the way it usually comes.
pub(crate) fn samples() -> Vec<Sample> {
    vec![
        Sample {
            name: "Health over SNS",
            kind: "health.issue",
            event: sns(&[record("health-1", None, &health_issue().to_string())]),
            says: &["RDS", "orders-primary"],
        },
        Sample { name: "ACM over EventBridge", kind: "certificate.expiring", event: acm_expiring(), says: &["shop.example.jp"] },
        Sample { name: "Budgets over SNS", kind: "budget.actual", event: budget(), says: &["mizuumi-monthly", "$412.09"] },
        Sample {
            name: "acme-cert-updater over SNS",
            kind: "certificate.renewed",
            event: sns(&[record("updater-1", None, &cert_renewed().to_string())]),
            says: &["mail.example.jp"],
        },
        Sample { name: "text over SNS", kind: "text", event: plain_text(), says: &[WORDS] },
    ]
}

/// A text with secrets in it.
pub(crate) fn plain_text() -> Value {
    text("text-1", WORDS)
}

/// A text with secrets in it, over SNS, under its own id.
pub(crate) fn text(id: &str, words: &str) -> Value {
    sns(&[record(id, Some("Nightly export"), &leaky(words))])
}

/// What Lambda gets from SNS.
pub(crate) fn sns(records: &[Value]) -> Value {
    json!({ "Records": records })
}

/// A record of SNS with `message`.
pub(crate) fn record(id: &str, subject: Option<&str>, message: &str) -> Value {
    let topic = "arn:aws:sns:ap-northeast-1:111122223333:notices";
    json!({
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{topic}:0f9a8b7c-1111-4222-8333-445566778899"),
        "Sns": {
            "Type": "Notification",
            "MessageId": id,
            "TopicArn": topic,
            "Subject": subject,
            "Message": message,
            "Timestamp": "2026-11-21T07:30:00.123Z",
            "SignatureVersion": "1",
            "Signature": "bm90IGEgc2lnbmF0dXJl",
            "SigningCertUrl": "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-0.pem",
            "UnsubscribeUrl": "https://sns.ap-northeast-1.amazonaws.com/?Action=Unsubscribe",
            "MessageAttributes": {}
        }
    })
}

/// A record of SQS with `body`.
pub(crate) fn sqs(id: &str, body: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": "handle",
        "body": body,
        "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1795246200000" },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:ap-northeast-1:111122223333:hikyaku-in",
        "awsRegion": "ap-northeast-1"
    })
}

/// What a function URL hands over when SNS posts to it.
pub(crate) fn over_http(body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "headers": { "content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification" },
        "requestContext": { "accountId": "anonymous", "http": { "method": "POST", "path": "/", "sourceIp": "198.51.100.7" } },
        "body": body,
        "isBase64Encoded": false
    })
}

pub(crate) fn acm_expiring() -> Value {
    json!({
        "version": "0",
        "id": "0b1c2d3e-4f50-4617-8283-94a5b6c7d8e9",
        "detail-type": "ACM Certificate Approaching Expiration",
        "source": "aws.acm",
        "account": "111122223333",
        "time": "2026-11-21T06:51:20Z",
        "region": "ap-northeast-1",
        "resources": ["arn:aws:acm:ap-northeast-1:111122223333:certificate/11111111-2222-4333-8444-555555555555"],
        "detail": { "DaysToExpiry": 14, "CommonName": "shop.example.jp" }
    })
}

pub(crate) fn health_issue() -> Value {
    json!({
        "version": "0",
        "id": "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
        "detail-type": "AWS Health Event",
        "source": "aws.health",
        "account": "111122223333",
        "time": "2026-11-21T07:30:00Z",
        "region": "ap-northeast-1",
        "resources": ["orders-primary"],
        "detail": {
            "eventArn": "arn:aws:health:ap-northeast-1::event/RDS/AWS_RDS_OPERATIONAL_ISSUE/AWS_RDS_OPERATIONAL_ISSUE_1",
            "service": "RDS",
            "eventTypeCode": "AWS_RDS_OPERATIONAL_ISSUE",
            "eventTypeCategory": "issue",
            "eventScopeCode": "ACCOUNT_SPECIFIC",
            "communicationId": "5f0c7e21-1",
            "startTime": "Sat, 21 Nov 2026 07:10:00 GMT",
            "lastUpdatedTime": "Sat, 21 Nov 2026 07:30:00 GMT",
            "statusCode": "open",
            "eventRegion": "ap-northeast-1",
            "eventDescription": [{ "language": "en_US", "latestDescription": "Connections to some instances fail." }],
            "affectedEntities": [{ "entityValue": "orders-primary", "status": "IMPAIRED" }],
            "affectedAccount": "111122223333"
        }
    })
}

fn budget() -> Value {
    let mail = "AWS Budget Notification November 21, 2026\nAWS Account 111122223333\n\nDear AWS Customer,\n\n\
        You requested that we alert you when the ACTUAL Cost associated with your mizuumi-monthly budget is greater than \
        $400.00 for the current month. The ACTUAL Cost associated with this budget is $412.09.\n\n\
        Budget Name: mizuumi-monthly\nBudget Type: Cost\nBudgeted Amount: $500.00\nAlert Type: ACTUAL\n\
        Alert Threshold: > $400.00\nACTUAL Amount: $412.09\n";
    sns(&[record("budget-1", Some("AWS Budgets: mizuumi-monthly has exceeded your alert threshold"), mail)])
}

fn cert_renewed() -> Value {
    json!({
        "type": "renewed",
        "timestamp": "2026-11-20T18:00:37.902114",
        "domain": "mail.example.jp",
        "domains": ["mail.example.jp", "imap.example.jp"],
        "cert_name": "mail.example.jp",
        "bucket": "mizuumi-certificates",
        "key": "mail.example.jp.json",
        "cert": { "cert": "mail.example.jp/cert.pem", "privkey": "mail.example.jp/privkey.pem" }
    })
}
