//! Bytes to envelopes: whatever carried a message to us is taken off, layer by layer.
//!
//! Detection works on JSON values, never on typed events: real deliveries lack fields that AWS's types demand. One
//! payload may hold many records; each yields one [`Envelope`], and a record that cannot be read is still one, holding
//! what came.

mod dead_letter;
mod delivery;
mod destination;
mod eventbridge;
mod function_url;
mod json;
mod ses;
mod sns;
mod sqs;

pub use dead_letter::{DeadLetter, Failed, Keeper, NoRecord};
pub use delivery::{Delivery, DeliveryKind, Unread};
pub use destination::Invocation;
pub use eventbridge::Event;
pub use function_url::HttpRequest;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::text::{cut, mask};

/// What invoked the function.
pub enum Arrival {
    /// A service of AWS, or whoever IAM lets invoke the function.
    Invoked(Payload),
    /// Anyone: a request to the function's URL.
    Http(HttpRequest),
}

/// A payload, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    pub envelopes: Vec<Envelope>,
}

/// One message, with what its carriers told about it. Credentials in it are masked.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// The messageId of the record that it came in, if SQS handed over a batch: what a partial answer names.
    pub record: Option<Arc<str>>,
    /// SNS's MessageId, else SQS's messageId: what a repeated delivery keeps.
    pub id: Option<String>,
    /// The ARN of the SNS topic that it came through; where there were several, of the one that handed it to us: what is
    /// inside of its message, anybody may have written.
    pub topic: Option<String>,
    pub subject: Option<String>,
    /// Who sent the mail that it came in.
    pub sender: Option<String>,
    /// When it was published.
    pub time: Option<Timestamp>,
    /// Whether we published it ourselves.
    pub own: bool,
    /// What it came through, for people, the outermost first: `SQS`, `SNS`, `EventBridge`.
    pub carriers: Vec<&'static str>,
    pub body: Body,
}

/// What is inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Event(Event),
    Invocation(Invocation),
    /// An object or an array that is none of the above.
    Json(Value),
    /// Everything else, as it stands.
    Text(String),
}

/// The payload is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    /// What is wrong where; it holds nothing of the payload.
    pub problem: String,
}

impl std::fmt::Display for NotJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not JSON: {}", self.problem)
    }
}

impl std::error::Error for NotJson {}

impl Envelope {
    /// A body without anything around it.
    #[cfg(test)]
    pub(crate) fn bare(body: Body) -> Envelope {
        Outer::default().seal(body)
    }

    /// The same, known by the request that brought it where nothing around it has an id: two events of the same words are then
    /// two, and what Lambda gives again is one.
    pub fn brought_by(self, request: &str) -> Envelope {
        Envelope { id: self.id.or_else(|| Some(request.to_owned())), ..self }
    }

    /// What the message is called where no event names its source: `sns` if an SNS envelope was seen.
    pub fn carrier(&self) -> &'static str {
        if self.topic.is_some() { "sns" } else { "unknown" }
    }

    /// What it is, in words, as far as a source can tell it by.
    pub fn told(&self) -> String {
        let quoted = |text: &str| format!("`{}`", cut(text, MAX_TOLD).as_deref().unwrap_or(text));
        match &self.body {
            Body::Event(Event { source, detail_type, .. }) => {
                let of = source.as_deref().map(|source| format!(" of {}", quoted(source))).unwrap_or_default();
                format!("an EventBridge event{of}, {}", quoted(detail_type))
            }
            Body::Invocation(invocation) => format!("what became of the function {}", quoted(&invocation.function_arn)),
            Body::Json(Value::Object(object)) => {
                let keys: Vec<String> = object.keys().take(MAX_KEYS).map(|key| quoted(key)).collect();
                let more = object.len().checked_sub(MAX_KEYS).filter(|more| *more > 0).map(|more| format!(" and {more} more"));
                let keys = if keys.is_empty() { "no key".to_owned() } else { keys.join(", ") };
                format!("JSON with {keys}{}", more.unwrap_or_default())
            }
            Body::Json(_) => "a list in JSON".to_owned(),
            Body::Text(_) => {
                let under = self.subject.as_deref().map(|subject| format!(" under the subject {}", quoted(subject)));
                format!("a text{}", under.unwrap_or_default())
            }
        }
    }

    /// The message as JSON, as a pattern over messages sees it: an EventBridge event whole, a destination's record, JSON as
    /// it is, a text as `text` with its `subject` and `topic`. An absent value is left out.
    pub fn document(&self) -> Value {
        match &self.body {
            Body::Event(event) => event.document(),
            Body::Invocation(invocation) => invocation.document(),
            Body::Json(value) => value.clone(),
            Body::Text(text) => object([
                ("subject", self.subject.clone().into()),
                ("topic", self.topic.clone().into()),
                ("text", text.clone().into()),
            ]),
        }
    }
}

/// Takes `payload` (one JSON document, a byte order mark before it allowed) apart, but for an HTTP request: nothing in that is
/// looked at before its sender is known.
///
/// # Errors
/// If it is no JSON at all. JSON that is too deep to be parsed (128 levels) is taken as text, and so is an object that says
/// twice what it is.
pub fn receive(payload: &str) -> Result<Arrival, NotJson> {
    Ok(match read(payload)? {
        Value::Object(object) if function_url::is_object(&object) => Arrival::Http(HttpRequest::new(object)),
        value => Arrival::Invoked(Payload { envelopes: open_all(value) }),
    })
}

/// Takes `payload` apart, whoever sent it.
///
/// # Errors
/// As those of [`receive`].
pub fn unwrap(payload: &str) -> Result<Payload, NotJson> {
    Ok(Payload { envelopes: open_all(read(payload)?) })
}

fn read(payload: &str) -> Result<Value, NotJson> {
    let payload = payload.trim_start_matches(BYTE_ORDER_MARK);
    if let Some(value) = json::read(payload) {
        return Ok(value);
    }
    match serde_json::from_str::<&RawValue>(payload) {
        Ok(_) => Ok(Value::String(payload.to_owned())),
        Err(error) => Err(NotJson { problem: format!("line {}, column {}", error.line(), error.column()) }),
    }
}

fn open_all(value: Value) -> Vec<Envelope> {
    let mut envelopes = Vec::new();
    match value {
        // What an input transformer makes of a text.
        Value::String(text) => open_text(&text, &Outer::default(), &mut envelopes),
        value => open(value, &Outer::default(), &mut envelopes),
    }
    envelopes.iter_mut().for_each(take_in);
    envelopes
}

/// What the carriers around a message have told so far.
#[derive(Debug, Clone, Default)]
struct Outer {
    record: Option<Arc<str>>,
    id: Option<String>,
    topic: Option<String>,
    subject: Option<String>,
    sender: Option<String>,
    time: Option<Timestamp>,
    own: bool,
    carriers: Vec<&'static str>,
    /// How many texts inside texts, or events inside records, it took to get here.
    depth: u8,
}

impl Outer {
    fn deeper(&self) -> Outer {
        Outer { depth: self.depth.saturating_add(1), ..self.clone() }
    }

    /// With `carrier` taken off.
    fn through(&self, carrier: &'static str) -> Outer {
        let mut outer = self.clone();
        outer.carriers.push(carrier);
        outer
    }

    fn seal(&self, body: Body) -> Envelope {
        let Outer { record, id, topic, subject, sender, time, own, carriers, depth: _ } = self.clone();
        Envelope { record, id, topic, subject, sender, time, own, carriers, body }
    }
}

/// Opens one JSON value: a carrier is taken off and what it carries opened in turn, anything else is a body.
fn open(value: Value, outer: &Outer, out: &mut Vec<Envelope>) {
    /// A dead letter of a queue that a topic fed, which another topic fed, has three.
    const MAX_LAYERS: u8 = 4;
    let carrier = if outer.depth < MAX_LAYERS { carrier(&value) } else { None };
    match (carrier, value) {
        (Some(carrier), Value::Object(object)) => carrier(object, outer, out),
        (_, Value::Array(entries)) if eventbridge::are_put_entries(&entries) => {
            let outer = outer.through("PutEvents entries");
            out.extend(entries.into_iter().map(|entry| outer.seal(eventbridge::put_entry(entry))));
        }
        (_, Value::String(text)) => out.push(outer.seal(Body::Text(text))),
        (_, value @ (Value::Object(_) | Value::Array(_))) => out.push(outer.seal(Body::Json(value))),
        (_, scalar) => out.push(outer.seal(Body::Text(scalar.to_string()))),
    }
}

/// How a carrier is known.
type Known = fn(&Map<String, Value>) -> bool;

/// What takes a carrier off.
type Carrier = fn(Map<String, Value>, &Outer, &mut Vec<Envelope>);

/// Every carrier: how it is known, and how it is taken off.
const CARRIERS: &[(Known, Carrier)] = &[
    (dead_letter::is_record, dead_letter::open),
    (destination::is_record, destination::open),
    (function_url::is_object, function_url::open),
    (has_records, open_records),
    (sns::is_message, sns::open),
    (sns::is_structure, sns::open_structure),
    (ses::is_received, ses::open),
    (eventbridge::is_event, eventbridge::open),
];

/// The carrier that `value` is, if it is one.
fn carrier(value: &Value) -> Option<Carrier> {
    let object = value.as_object()?;
    CARRIERS.iter().find(|(is, _)| is(object)).map(|(_, open)| *open)
}

fn has_records(object: &Map<String, Value>) -> bool {
    records(object).is_some_and(Value::is_array)
}

/// `Records`, or `records` as some runtimes' own types spell it.
fn records(object: &Map<String, Value>) -> Option<&Value> {
    object.get("Records").or_else(|| object.get("records"))
}

/// A batch: each record on its own, so that a bad one never takes a good one with it.
fn open_records(mut object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let records = object.remove("Records").or_else(|| object.remove("records"));
    let Some(Value::Array(records)) = records else {
        return;
    };
    for record in records {
        match record {
            Value::Object(record) if sns::is_record(&record) => sns::open_record(record, outer, out),
            Value::Object(record) if sqs::is_record(&record) => sqs::open_record(record, outer, out),
            Value::String(text) => out.push(outer.seal(Body::Text(text))),
            other => out.push(outer.seal(Body::Json(other))),
        }
    }
}

/// Opens the text of a carrier: JSON if it is some, else text.
fn open_text(text: &str, outer: &Outer, out: &mut Vec<Envelope>) {
    /// JSON in a JSON string in a JSON string: nobody means more than that.
    const MAX_QUOTED: usize = 2;
    let mut text = Cow::Borrowed(text.trim_start_matches(BYTE_ORDER_MARK));
    for _ in 0..=MAX_QUOTED {
        match json::read(&text) {
            Some(Value::String(inner)) => text = Cow::Owned(inner),
            Some(value @ (Value::Object(_) | Value::Array(_))) => {
                return open(value, &outer.deeper(), out);
            }
            _ => break,
        }
    }
    let text = quoted_lines(&text).unwrap_or_else(|| text.into_owned());
    out.push(outer.seal(Body::Text(text)));
}

/// An EventBridge input transformer's template of several quoted lines is not JSON: the quotes go, line by line.
fn quoted_lines(text: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.map(|line| serde_json::from_str::<String>(line).ok()).collect::<Option<Vec<_>>>()?;
    (lines.len() > 1).then(|| lines.join("\n"))
}

/// Masks the credentials in all text of an envelope.
fn take_in(envelope: &mut Envelope) {
    let Envelope { record: _, id, topic, subject, sender, time: _, own: _, carriers: _, body } = envelope;
    for text in [id, topic, subject, sender].into_iter().flatten() {
        take_in_text(text);
    }
    match body {
        Body::Event(event) => {
            for text in event.texts() {
                take_in_text(text);
            }
            take_in_value(&mut event.detail);
        }
        Body::Invocation(invocation) => {
            invocation.request_id.iter_mut().for_each(take_in_text);
            take_in_text(&mut invocation.function_arn);
            take_in_text(&mut invocation.condition);
            take_in_value(&mut invocation.request);
            take_in_value(&mut invocation.response);
        }
        Body::Json(value) => take_in_value(value),
        Body::Text(text) => take_in_text(text),
    }
}

fn take_in_value(value: &mut Value) {
    match value {
        Value::String(text) => take_in_text(text),
        Value::Array(values) => values.iter_mut().for_each(take_in_value),
        Value::Object(object) => {
            if object.keys().any(|key| matches!(mask::intake(key), Cow::Owned(_))) {
                *object =
                    std::mem::take(object).into_iter().map(|(key, value)| (mask::intake(&key).into_owned(), value)).collect();
            }
            for (key, value) in object {
                match value {
                    Value::String(text) if mask::is_credential_name(key) => "…".clone_into(text),
                    value => take_in_value(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn take_in_text(text: &mut String) {
    if let Cow::Owned(masked) = mask::intake(text) {
        *text = masked;
    }
}

/// Takes the string at `key` out of `object`; none if it is absent, blank or of another type.
fn take_string(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match object.remove(key) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// An object of what is there.
fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let says_something = |value: &Value| !value.is_null() && value.as_str() != Some("");
    let entries = entries.into_iter().filter(|(_, value)| says_something(value));
    Value::Object(entries.map(|(key, value)| (key.to_owned(), value)).collect())
}

/// How many characters of a name, and how many keys, tell what a message is.
const MAX_TOLD: usize = 80;
const MAX_KEYS: usize = 6;

const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests;
