//! What nobody knows is delivered all the same, readable: a name, a text, and the first few values of what came.

use std::collections::VecDeque;

use serde_json::Value;

use super::{from_envelope, read};
use crate::ingress::{Body, Envelope, Event, Invocation};
use crate::notification::{
    Data, Field, FieldValue, Happening, Kind, Label, Notification, Prose, Severity, State, Status, Thing, key,
};
use crate::text::{cut, first_line};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    Some(any(envelope))
}

/// The notification of any envelope.
pub(super) fn any(envelope: &Envelope) -> Notification {
    let kind = if matches!(envelope.body, Body::Event(_)) { Kind::Event } else { Kind::Text };
    let mut notification = from_envelope(envelope, kind, Status::Info, Severity::Info);
    match &envelope.body {
        Body::Event(event) => fill_event(&mut notification, event),
        Body::Invocation(invocation) => fill_invocation(&mut notification, invocation),
        Body::Json(value) => fill_json(&mut notification, envelope, value),
        Body::Text(text) => fill_text(&mut notification, envelope.subject.as_deref(), text),
    }
    notification
}

fn fill_event(notification: &mut Notification, event: &Event) {
    notification.subject = Some(event.detail_type.clone()).filter(|name| !name.trim().is_empty());
    match &event.detail {
        Value::String(text) => notification.description.push(Prose::plain(text.trim())),
        detail => fill_values(notification, detail),
    }
    notification.description.retain(|prose| !prose.text.is_empty());
    let source = event.source.as_deref().unwrap_or_default();
    if let Some(resource) = event.resources.first() {
        notification.thread_key = key(&["event", source, &event.detail_type, resource]);
    }
}

/// The result of a function that no source knows: its name and what it answered; what it was asked may hold anything.
fn fill_invocation(notification: &mut Notification, invocation: &Invocation) {
    let Invocation { function_arn, response, attempts, .. } = invocation;
    notification.subject = function_arn.split(':').nth(6).filter(|name| !name.is_empty()).map(str::to_owned);
    (notification.region, notification.account) = read::arn_place(function_arn);
    let (prose, fields) = match response {
        Value::String(text) => (Some(Prose::plain(text.trim())).filter(|prose| !prose.text.is_empty()), Vec::new()),
        response => read_json(response),
    };
    let error = read::text(response, "errorMessage");
    notification.description.extend(error.map(Prose::plain).or(prose));
    notification.fields =
        if error.is_some() { Field::code(Label::Error, read::text(response, "errorType")).into_iter().collect() } else { fields };
    if !invocation.succeeded {
        let state = attempts.filter(|attempts| *attempts > 1).map_or(State::Failed, State::GaveUp);
        (notification.status, notification.severity) = (Status::Firing, Severity::Warning);
        notification.data = Data::Happening(Happening::Became { thing: Thing::Function, state });
        // What never ran has no error of its own.
        let reason = Field::code(Label::Reason, Some(&invocation.condition)).filter(|_| error.is_none());
        notification.fields.splice(0..0, reason);
    }
}

fn fill_json(notification: &mut Notification, envelope: &Envelope, value: &Value) {
    const TITLES: &[&str] =
        &["title", "Title", "subject", "Subject", "summary", "Summary", "name", "Event", "event", "eventType"];
    let title = TITLES.iter().find_map(|key| read::text(value, key));
    let (prose, mut fields) = read_json(value);
    notification.more_fields = count_fields(value).saturating_sub(fields.len() + usize::from(prose.is_some()));
    if envelope.subject.is_none() {
        fields.retain(|field| {
            !TITLES.iter().any(|key| field.label == Label::Sender((*key).to_owned()) && read::text(value, key) == title)
        });
    }
    match (envelope.subject.as_deref().or(title), &prose) {
        // A lone text, as a Slack body has: its first line is the name.
        (None, Some(prose)) => fill_text(notification, None, &prose.text),
        (subject, _) => {
            notification.subject = subject.map(str::to_owned);
            notification.description.extend(prose);
        }
    }
    notification.fields = fields;
}

/// The values of an object that nobody has names for, as fields, and the text in it if there is no other.
pub(super) fn fill_values(notification: &mut Notification, value: &Value) {
    let (prose, fields) = read_json(value);
    notification.more_fields = count_fields(value).saturating_sub(fields.len() + usize::from(prose.is_some()));
    if notification.description.is_empty() {
        notification.description.extend(prose);
    }
    notification.fields = fields;
}

/// A text without a Subject is called by its first line, and what follows it is the text.
pub(super) fn fill_text(notification: &mut Notification, subject: Option<&str>, text: &str) {
    /// A line longer than this is prose and no name; it is shown whole below its beginning.
    const NAME_CHARS: usize = 120;
    let text = text.trim();
    let first = first_line(text).unwrap_or_default();
    let rest = match subject {
        None if first.chars().count() <= NAME_CHARS => text.split_once(first).map_or(text, |(_, rest)| rest).trim(),
        _ => text,
    };
    let name = subject.or(Some(first)).filter(|name| !name.trim().is_empty());
    notification.subject = name.map(str::to_owned);
    if !rest.is_empty() {
        notification.description.push(Prose::plain(rest));
    }
}

/// The prose of a JSON value that nobody knows, and its first values: the outer ones before the inner ones.
pub(super) fn read_json(value: &Value) -> (Option<Prose>, Vec<Field>) {
    const PROSE: &[&str] = &[
        "message",
        "Message",
        "text",
        "Text",
        "description",
        "Description",
        "body",
        "Event Message",
        "Cause",
        "StatusMessage",
        "detail",
    ];
    const MAX_FIELDS: usize = 12;
    /// Beyond this many values nobody looks, and an event may hold a hundred thousand.
    const MAX_STEPS: usize = 400;
    let prose_key = PROSE.iter().find(|key| read::text(value, key).is_some());
    let prose = prose_key.and_then(|key| read::text(value, key)).map(Prose::plain);
    let mut fields = Vec::new();
    let mut queue = VecDeque::from([(String::new(), value)]);
    for _ in 0..MAX_STEPS {
        let Some((path, value)) = queue.pop_front().filter(|_| fields.len() < MAX_FIELDS) else { break };
        let label = || Label::Sender(if path.is_empty() { "value".to_owned() } else { path.clone() });
        match value {
            Value::Null => {}
            Value::String(text) if prose_key == Some(&path.as_str()) || text.trim().is_empty() => {}
            Value::String(text) => fields.push(Field::new(label(), FieldValue::Text(text.trim().to_owned()))),
            Value::Bool(_) | Value::Number(_) => fields.push(Field::new(label(), FieldValue::Text(value.to_string()))),
            Value::Array(values) if values.iter().all(|value| value.is_string() || value.is_number()) => {
                let texts = values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                let texts: Vec<String> = texts.filter(|text| !text.trim().is_empty()).take(MAX_STEPS).collect();
                if !texts.is_empty() {
                    fields.push(Field::new(label(), FieldValue::List(texts)));
                }
            }
            Value::Array(values) => {
                let numbered = values.iter().take(MAX_FIELDS).enumerate();
                queue.extend(numbered.map(|(n, value)| (join(&path, &(n + 1).to_string()), value)));
            }
            Value::Object(object) => {
                queue.extend(object.iter().take(MAX_STEPS).map(|(key, value)| (join(&path, key), value)));
            }
        }
    }
    (prose, fields)
}

/// How many fields and texts [`read_json`] would find in `value` if it looked at everything.
pub(super) fn count_fields(value: &Value) -> usize {
    let is_scalar = |value: &Value| value.is_string() || value.is_number();
    let mut count = 0;
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value {
            Value::Null => {}
            Value::String(text) => count += usize::from(!text.trim().is_empty()),
            Value::Bool(_) | Value::Number(_) => count += 1,
            Value::Array(values) if values.iter().all(is_scalar) => {
                let says_something = |value: &Value| value.as_str().is_none_or(|text| !text.trim().is_empty());
                count += usize::from(values.iter().any(says_something));
            }
            Value::Array(values) => stack.extend(values),
            Value::Object(object) => stack.extend(object.values()),
        }
    }
    count
}

/// A label shows no more of it than this, and each value that is looked at has a path of its own.
const MAX_PATH: usize = 200;

fn join(path: &str, key: &str) -> String {
    let joined = match (path, key.trim()) {
        ("", "") => "-".to_owned(),
        ("", key) => key.to_owned(),
        (path, key) => format!("{path}.{key}"),
    };
    cut(&joined, MAX_PATH).unwrap_or(joined)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sources::tests::envelope;

    fn read(payload: &Value) -> Notification {
        any(&envelope(payload))
    }

    #[test]
    fn a_text_is_named_by_its_first_line() {
        for (text, subject, description) in [
            ("one line", Some("one line"), None),
            ("\n 見出し \n本文です\n", Some("見出し"), Some("本文です")),
            ("   ", None, None),
        ] {
            let told = read(&json!(text));
            assert_eq!(told.subject.as_deref(), subject);
            assert_eq!(told.description.first().map(|prose| prose.text.as_str()), description);
        }
    }

    #[test]
    fn a_function_that_gave_up_is_no_good_news() {
        let record = |condition: &str, attempts: u64, response: Value| {
            read(&json!({ "requestPayload": {}, "responsePayload": response,
                "requestContext": { "requestId": "r", "condition": condition, "approximateInvokeCount": attempts,
                    "functionArn": "arn:aws:lambda:eu-west-1:111122223333:function:nightly-report:$LATEST" } }))
        };
        let failed = json!({ "errorMessage": "No such table", "errorType": "KeyError" });
        let (error, reason) = (Field::code(Label::Error, Some("KeyError")), Field::code(Label::Reason, Some("EventAgeExceeded")));
        for (condition, attempts, response, state, fields) in [
            ("RetriesExhausted", 3, failed.clone(), Some(State::GaveUp(3)), error.clone()),
            ("RetriesExhausted", 1, failed, Some(State::Failed), error),
            ("EventAgeExceeded", 0, Value::Null, Some(State::Failed), reason),
            ("Success", 1, json!({ "rows": 5 }), None, Field::text(Label::Sender("rows".into()), Some("5"))),
        ] {
            let status = if state.is_some() { (Status::Firing, Severity::Warning) } else { (Status::Info, Severity::Info) };
            let told = record(condition, attempts, response);
            assert_eq!(told.subject.as_deref(), Some("nightly-report"));
            assert_eq!((told.status, told.severity), status, "{condition}");
            let became = state.map(|state| Data::Happening(Happening::Became { thing: Thing::Function, state }));
            assert_eq!(told.data, became.unwrap_or(Data::None {}));
            assert_eq!(told.fields, Vec::from_iter(fields), "{condition}");
        }
    }

    #[test]
    fn json_is_told_by_its_outer_values_first() {
        let told = read(
            &json!({ "deep": { "inner": { "x": 1 } }, "title": "Stock is low", "message": "Order more.", "left": 3, "tags": ["a", "b"] }),
        );
        assert_eq!(told.subject.as_deref(), Some("Stock is low"));
        assert_eq!(told.description[0].text, "Order more.");
        let labels: Vec<_> = told.fields.iter().map(|field| field.label.clone()).collect();
        assert_eq!(labels, ["left", "tags", "deep.inner.x"].map(|label| Label::Sender(label.into())));
    }

    #[test]
    fn a_huge_value_is_bounded() {
        let many: Vec<_> = (0..100_000).map(|n| json!({ "n": n })).collect();
        let told = read(&json!({ "many": many, "text": "prose" }));
        assert_eq!((told.fields.len(), told.more_fields), (12, 99_988));
        let wide: serde_json::Map<_, _> = (0..50_000).map(|n| (format!("k{n}"), json!({}))).collect();
        assert!(read(&Value::Object(wide)).fields.is_empty());
        // Each value below it would have a copy of the key.
        let told = read(&json!({ "k".repeat(100_000): { "a": 1, "b": 2 } }));
        let Label::Sender(label) = &told.fields[1].label else { panic!("{:?}", told.fields) };
        assert_eq!(label.chars().count(), MAX_PATH);
    }
}
