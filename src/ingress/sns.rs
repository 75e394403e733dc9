//! SNS: a record of a Lambda event, or the body of an HTTPS delivery (also what SQS holds without raw delivery).
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>

use serde_json::{Map, Value};

use super::{Body, Envelope, Outer, open_text, take_string};
use crate::aws::OWN_MARK;

/// A record with a message in it; some runtimes' own types spell the keys in lower camel case.
pub(super) fn is_record(record: &Map<String, Value>) -> bool {
    sns(record).is_some_and(|sns| message(sns).is_some_and(Value::is_string))
}

pub(super) fn open_record(mut record: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    if let Some(Value::Object(sns)) = record.remove("Sns").or_else(|| record.remove("sns")) {
        open(sns, outer, out);
    }
}

/// The body of an HTTPS delivery.
pub(super) fn is_message(object: &Map<String, Value>) -> bool {
    object.get("Type").is_some_and(Value::is_string)
        && object.get("TopicArn").is_some_and(Value::is_string)
        && object.get("Message").is_some_and(Value::is_string)
}

/// Takes off the SNS envelope. The subscription handshake is SNS's own affair and yields nothing.
pub(super) fn open(mut sns: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let is_own = ["MessageAttributes", "messageAttributes"].iter().any(|key| is_own(sns.get(*key)));
    let mut take = |pascal: &str, camel: &str| take_string(&mut sns, pascal).or_else(|| take_string(&mut sns, camel));
    let kind = take("Type", "type");
    if kind.as_deref() == Some("SubscriptionConfirmation") {
        return;
    }
    // A record without its topic is an SNS envelope all the same.
    let topic = take("TopicArn", "topicArn").unwrap_or_default();
    let outer = Outer {
        id: take("MessageId", "messageId").or_else(|| outer.id.clone()),
        topic: Some(outer.topic.clone().unwrap_or(topic)),
        subject: take("Subject", "subject"),
        sender: None,
        time: take("Timestamp", "timestamp").and_then(|time| time.parse().ok()).or(outer.time),
        own: outer.own || is_own,
        ..outer.through("SNS")
    };
    let message = take("Message", "message").unwrap_or_default();
    if kind.as_deref() == Some("UnsubscribeConfirmation") {
        // Its text asks to visit an address that holds a token; the first sentence says what happened.
        let line = message.lines().next().unwrap_or_default().to_owned();
        return out.push(outer.seal(Body::Text(line)));
    }
    open_text(&message, &outer, out);
}

/// A text per protocol (`MessageStructure: json`) that a relay passed on as it was published.
pub(super) fn is_structure(object: &Map<String, Value>) -> bool {
    const PROTOCOLS: &[&str] =
        &["default", "lambda", "sqs", "email", "email-json", "http", "https", "sms", "firehose", "application"];
    object.contains_key("default") && object.iter().all(|(key, text)| PROTOCOLS.contains(&key.as_str()) && text.is_string())
}

/// Opens the text that a Lambda subscriber would have got.
pub(super) fn open_structure(mut object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let text = take_string(&mut object, "lambda").or_else(|| take_string(&mut object, "default")).unwrap_or_default();
    open_text(&text, outer, out);
}

/// Whether a message with these attributes is one of ours.
pub(super) fn is_own(attributes: Option<&Value>) -> bool {
    attributes.is_some_and(|attributes| attributes.get(OWN_MARK).is_some())
}

fn sns(record: &Map<String, Value>) -> Option<&Map<String, Value>> {
    record.get("Sns").or_else(|| record.get("sns"))?.as_object()
}

fn message(sns: &Map<String, Value>) -> Option<&Value> {
    sns.get("Message").or_else(|| sns.get("message"))
}
