//! SQS: a record whose body is whatever was put into the queue: an SNS notification, an EventBridge event, a dead
//! letter, a text. <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Envelope, Outer, open_text, sns, take_string};

pub(super) fn is_record(record: &Map<String, Value>) -> bool {
    let source = record.get("eventSource").and_then(Value::as_str);
    source == Some("aws:sqs") && record.get("body").is_some_and(Value::is_string)
}

pub(super) fn open_record(mut record: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let sent = record.get("attributes").and_then(|attributes| attributes.get("SentTimestamp")).and_then(Value::as_str);
    let sent = sent.and_then(|millis| millis.parse().ok()).and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let id = take_string(&mut record, "messageId");
    // A record inside of another carrier came from no trigger of ours: nobody would take its name for an answer.
    let triggered = (outer.depth == 0).then_some(id.as_deref()).flatten();
    let trigger = triggered.map(Arc::from).or_else(|| outer.record.clone());
    // With raw delivery, a topic's attributes are the queue's.
    let own = outer.own || sns::is_own(record.get("messageAttributes"));
    let outer = Outer { record: trigger, id, time: sent.or(outer.time), own, ..outer.through("SQS") };
    let body = take_string(&mut record, "body").unwrap_or_default();
    open_text(&body, &outer, out);
}
