//! Events as AWS hands them to the function, of this project's own making.
use serde_json::{Value, json};

pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) event: Value,
    /// What the message that comes out has to say.
    pub(crate) says: &'static [&'static str],
}

pub(crate) fn samples() -> Vec<Sample> {
    vec![
        Sample {
            name: "ACM renewal in AWS Health, over SNS",
            event: over_sns("AWS Health notice", &acm_renewal().to_string()),
            says: &["shop.hato.example"],
        },
        Sample { name: "Health issue, from an EventBridge rule", event: health_issue(), says: &["RDS", "orders-primary"] },
        Sample { name: "budget, over SNS", event: budget(), says: &["pigeon-post", "$412.09"] },
        Sample {
            name: "certificate updater, over SNS",
            event: over_sns("", &updated_certificate().to_string()),
            says: &["mail.kakeru.example"],
        },
        Sample {
            name: "plain text, over SNS",
            event: over_sns("Nightly export", "The nightly export wrote 1204 rows."),
            says: &["1204 rows"],
        },
    ]
}

pub(crate) fn budget() -> Value {
    let body = "AWS Budget Notification November 19, 2026\nAWS Account 444455556666\n\nDear AWS Customer,\n\n\
        You requested that we alert you when the ACTUAL Cost associated with your pigeon-post budget is greater than \
        $400.00 for the current month. The ACTUAL Cost associated with this budget is $412.09.\n\n\
        Budget Name: pigeon-post\nBudget Type: Cost\nBudgeted Amount: $500.00\nAlert Type: ACTUAL\n\
        Alert Threshold: > $400.00\nACTUAL Amount: $412.09\n";
    over_sns("AWS Budgets: pigeon-post has exceeded your alert threshold", body)
}

/// One SNS record as Lambda gets it; an empty subject stands for none.
fn over_sns(subject: &str, message: &str) -> Value {
    let topic = "arn:aws:sns:ap-northeast-1:444455556666:notices";
    let subject = if subject.is_empty() { Value::Null } else { subject.into() };
    json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{topic}:5e1f2d3c-0000-4000-8000-0123456789ab"),
        "Sns": {
            "Type": "Notification",
            "MessageId": "6b0f9c1e-7a55-4c1b-9d38-2f4e6a8c0b12",
            "TopicArn": topic,
            "Subject": subject,
            "Message": message,
            "Timestamp": "2026-11-19T02:15:30.123Z",
            "SignatureVersion": "1",
            "Signature": "bm90IGEgc2lnbmF0dXJl",
            "SigningCertUrl": "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-0.pem",
            "UnsubscribeUrl": "https://sns.ap-northeast-1.amazonaws.com/?Action=Unsubscribe",
            "MessageAttributes": {}
        }
    }]})
}

fn acm_renewal() -> Value {
    let certificate = "arn:aws:acm:ap-northeast-1:444455556666:certificate/0d6c1b9e-1111-4222-8333-9a8b7c6d5e4f";
    // Health separates its lines with the two characters backslash and n.
    let text = format!(
        "ACM has completed the renewal of a certificate with the primary domain shop.hato.example and a total of 2 domains.\
        \\n\\nCertificate identifier: {certificate}\\n\\nYour new certificate expires on Dec 18, 2027 at 23:59:59 UTC."
    );
    health("ACM", "AWS_ACM_RENEWAL_STATE_CHANGE", "accountNotification", certificate, &text)
}

fn health_issue() -> Value {
    let text = "Connections to some database instances fail since 01:50 UTC. We are looking into it.";
    health("RDS", "AWS_RDS_OPERATIONAL_ISSUE", "issue", "orders-primary", text)
}

fn health(service: &str, code: &str, category: &str, entity: &str, text: &str) -> Value {
    let time = "Thu, 19 Nov 2026 02:10:00 GMT";
    json!({
        "version": "0",
        "id": "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
        "detail-type": "AWS Health Event",
        "source": "aws.health",
        "account": "444455556666",
        "time": "2026-11-19T02:15:00Z",
        "region": "ap-northeast-1",
        "resources": [entity],
        "detail": {
            "eventArn": format!("arn:aws:health:ap-northeast-1::event/{service}/{code}/{code}_hato_1"),
            "service": service,
            "eventTypeCode": code,
            "eventTypeCategory": category,
            "eventScopeCode": "ACCOUNT_SPECIFIC",
            "communicationId": "5f0c7e21-1",
            "startTime": time,
            "lastUpdatedTime": time,
            "statusCode": "open",
            "eventRegion": "ap-northeast-1",
            "eventDescription": [{ "language": "en_US", "latestDescription": text }],
            "affectedEntities": [{ "entityValue": entity, "lastUpdatedTime": time }],
            "affectedAccount": "444455556666",
            "page": "1",
            "totalPages": "1"
        }
    })
}

fn updated_certificate() -> Value {
    let folder = "certificates/mail.kakeru.example/20261119T021500";
    json!({
        "type": "renewed",
        "timestamp": "2026-11-19T02:15:00.500000",
        "domain": "mail.kakeru.example",
        "domains": ["mail.kakeru.example", "smtp.kakeru.example"],
        "cert_name": "mail.kakeru.example",
        "bucket": "kakeru-certificates",
        "key": "mail.kakeru.example.json",
        "cert": {
            "cert": format!("{folder}/cert.pem"),
            "chain": format!("{folder}/chain.pem"),
            "fullchain": format!("{folder}/fullchain.pem"),
            "privkey": format!("{folder}/privkey.pem")
        }
    })
}
