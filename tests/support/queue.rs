//! SQS: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::aws::{Api, Service};

/// One queue.
pub(crate) type Queue = Service<Messages>;

#[derive(Default)]
pub(crate) struct Messages {
    kept: Vec<Kept>,
    put: usize,
    received: usize,
}

/// A message in the queue.
#[derive(Debug, Clone)]
struct Kept {
    id: String,
    body: String,
    attributes: Value,
    /// Of the last time that it was received.
    receipt: String,
    visible: Instant,
}

impl Service<Messages> {
    pub(crate) fn url(&self) -> String {
        format!("{}/111122223333/hikyaku-failures", self.address())
    }

    pub(crate) fn put(&self, body: impl Into<String>) {
        self.put_with(body, &[]);
    }

    /// With message attributes, of the type String.
    pub(crate) fn put_with(&self, body: impl Into<String>, attributes: &[(&str, &str)]) {
        let attribute =
            |(name, value): &(&str, &str)| ((*name).to_owned(), json!({ "DataType": "String", "StringValue": value }));
        let attributes: Map<String, Value> = attributes.iter().map(attribute).collect();
        self.with(|messages| messages.keep(body.into(), attributes.into()));
    }

    /// The bodies of all messages in it, also of those that somebody has received and not deleted.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.with(|messages| messages.kept.iter().map(|kept| kept.body.clone()).collect())
    }

    /// The ids of all messages in it.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.with(|messages| messages.kept.iter().map(|kept| kept.id.clone()).collect())
    }

    /// Lets the visibility timeouts of all received messages run out.
    pub(crate) fn let_timeouts_pass(&self) {
        self.with(|messages| messages.kept.iter_mut().for_each(|kept| kept.visible = Instant::now()));
    }

    /// How many messages are hidden, since somebody has received them.
    pub(crate) fn hidden(&self) -> usize {
        self.with(|messages| messages.kept.iter().filter(|kept| kept.visible > Instant::now()).count())
    }
}

impl Messages {
    fn keep(&mut self, body: String, attributes: Value) -> String {
        self.put += 1;
        let id = format!("{:08x}-0000-4000-8000-445566778899", self.put);
        self.kept.push(Kept { id: id.clone(), body, attributes, receipt: String::new(), visible: Instant::now() });
        id
    }

    fn receive(&mut self, asked: &Value) -> Vec<Value> {
        let now = Instant::now();
        let hidden = now + Duration::from_secs(asked["VisibilityTimeout"].as_u64().unwrap_or(30));
        let count = usize::try_from(asked["MaxNumberOfMessages"].as_u64().unwrap_or(1)).unwrap();
        let mut messages = Vec::new();
        for kept in self.kept.iter_mut().filter(|kept| kept.visible <= now).take(count) {
            self.received += 1;
            (kept.visible, kept.receipt) = (hidden, format!("receipt-{}", self.received));
            let mut message = json!({ "MessageId": kept.id, "ReceiptHandle": kept.receipt, "Body": kept.body });
            if asked["MessageAttributeNames"].is_array() && kept.attributes != json!({}) {
                message["MessageAttributes"] = kept.attributes.clone();
            }
            messages.push(message);
        }
        messages
    }
}

impl Api for Messages {
    const TARGET: &str = "AmazonSQS.";
    const ERRORS: &str = "com.amazonaws.sqs#";
    const VARIABLE: &str = "AWS_ENDPOINT_URL_SQS";

    fn answer(&mut self, action: &str, asked: &Value) -> Result<Value, (&'static str, Value)> {
        let text = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
        match action {
            "SendMessage" => {
                let body = text("MessageBody");
                if body.is_empty() || body.len() > MAX_BYTES || !body.chars().all(is_allowed) {
                    return Err(("InvalidMessageContents", Value::Null));
                }
                let attributes = asked["MessageAttributes"].as_object().cloned().unwrap_or_default();
                Ok(json!({ "MessageId": self.keep(body, attributes.into()) }))
            }
            "ReceiveMessage" => {
                let messages = self.receive(asked);
                // SQS leaves an empty list out.
                Ok(if messages.is_empty() { json!({}) } else { json!({ "Messages": messages }) })
            }
            "DeleteMessage" => {
                let receipt = text("ReceiptHandle");
                self.kept.retain(|kept| kept.receipt != receipt);
                Ok(json!({}))
            }
            "ChangeMessageVisibility" => {
                let receipt = text("ReceiptHandle");
                let hidden = Duration::from_secs(asked["VisibilityTimeout"].as_u64().unwrap());
                for kept in self.kept.iter_mut().filter(|kept| kept.receipt == receipt) {
                    kept.visible = Instant::now() + hidden;
                }
                Ok(json!({}))
            }
            other => panic!("this queue does not know {other}"),
        }
    }
}

/// The characters that a message may have:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn is_allowed(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

const MAX_BYTES: usize = 1024 * 1024;
