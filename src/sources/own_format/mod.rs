//! Our own format, for updaters, jobs and whatever else can publish a text: `{"hikyaku": "1.0", "kind": …, "data": {…}}`.
//!
//! `schema/notification.schema.json` tells it to senders. What `hikyaku explain --json` shows of a notification is one too,
//! once it says `"hikyaku": "1.0"`. What is not as the schema has it is left out and named in the message, and so are names that
//! the schema does not know, unless the message is of a later version.

mod data;
mod lenient;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{from_envelope, generic, read, standing};
use crate::ingress::{Body, Envelope, Event, Invocation};
use crate::notification::{
    Data, Field, FieldValue, Happening, Kind, Label, Link, LinkTo, Notification, OwnWords, Prose, Severity, Status, Term,
    given_key, key,
};
use crate::text::{names, sha256_hex};
use lenient::{Reader, written};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let value = match &envelope.body {
        Body::Json(value) | Body::Event(Event { detail: value, .. }) => value,
        // What a function answered.
        Body::Invocation(invocation) => &invocation.response,
        Body::Text(_) => return None,
    };
    let object = value.as_object()?;
    let (major, minor) = version(value)?;
    let mut reader = Reader::of((major, minor) > (SUPPORTED, 0));
    if major != SUPPORTED {
        reader.note("hikyaku", value.get("hikyaku"));
    }
    let message: Message = reader.read("", Value::Object(without_data(object)));
    reader.only("", Some(value), &[names::<Message>(), AROUND].concat());
    reader.only_in("fields", value.get("fields"), names::<LabelledValue>());
    reader.only_in("links", value.get("links"), names::<LabelledUrl>());
    if !object.contains_key("kind") {
        reader.note("kind", None);
    }
    let unknown = if matches!(envelope.body, Body::Event(_)) { Kind::Event } else { Kind::Text };
    let kind = message.kind.unwrap_or(unknown);
    let mut notification = from_envelope(envelope, kind, Status::Info, Severity::Info);
    if let Body::Invocation(Invocation { function_arn, .. }) = &envelope.body {
        (notification.region, notification.account) = read::arn_place(function_arn);
    }
    message.fill(&mut notification, envelope, value, &mut reader);
    // What is wrong is told first.
    notification.fields.splice(0..0, reader.problem());
    Some(notification)
}

/// What a message says beside its data.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message {
    kind: Option<Kind>,
    status: Option<Status>,
    severity: Option<Severity>,
    source: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    action: Option<String>,
    description: Option<String>,
    account: Option<String>,
    region: Option<String>,
    occurred_at: Option<Timestamp>,
    fields: Option<Vec<LabelledValue>>,
    links: Option<Vec<LabelledUrl>>,
    resources: Option<Vec<String>>,
    dedup_key: Option<String>,
    thread_key: Option<String>,
}

#[derive(Debug, Deserialize)]
struct LabelledValue {
    label: String,
    #[serde(deserialize_with = "written")]
    value: String,
}

#[derive(Debug, Deserialize)]
struct LabelledUrl {
    label: Option<String>,
    url: String,
}

impl Message {
    fn fill(self, notification: &mut Notification, envelope: &Envelope, value: &Value, reader: &mut Reader) {
        let is_self_test = self.title.is_none() && self.source.as_deref() == Some(SELF_TEST);
        if let (Some(source), false) = (self.source, matches!(&envelope.body, Body::Event(Event { source: Some(_), .. }))) {
            notification.source = source;
        }
        notification.account = self.account.or(notification.account.take());
        notification.region = self.region.or(notification.region.take());
        notification.resources = self.resources.unwrap_or(std::mem::take(&mut notification.resources));
        notification.own_words = OwnWords { title: self.title, summary: self.summary, action: self.action };
        notification.description.extend(self.description.map(Prose::plain));
        if self.occurred_at.is_some() {
            notification.occurred_at = self.occurred_at;
            // It says itself when it happened, so that the same words are the same fact, whatever brought them.
            notification.dedup_key = key(&["own", notification.kind.as_str(), &sha256_hex(&[&value.to_string()])]);
            notification.thread_key.clone_from(&notification.dedup_key);
        }
        let mut default = data::fill(notification, value.get("data"), reader);
        let is_there = |key: &str| value.get(key).is_some_and(|value| !value.is_null());
        let is_unclear = |key: &str, is_read: bool| !is_read && (is_there(key) || reader.is_misspelt(key));
        if is_unclear("kind", self.kind.is_some()) || is_unclear("severity", self.severity.is_some()) {
            // Nobody knows how much it matters; it must not pass for something that does not.
            default = (Status::Firing, default.1.max(Severity::Warning));
        }
        (notification.status, notification.severity) = standing::combined(self.status, self.severity, default);
        if let Some(fields) = self.fields {
            notification.more_fields = fields.len().saturating_sub(MAX_FIELDS);
            let field = |LabelledValue { label, value }| Field::new(Label::Sender(label), FieldValue::Text(value));
            notification.fields = fields.into_iter().take(MAX_FIELDS).map(field).collect();
        }
        if let Some(links) = self.links {
            notification.links = https_links(links, reader);
        }
        if let Some(given) = self.dedup_key {
            notification.dedup_key = given_key(&given);
        }
        if let Some(given) = self.thread_key {
            notification.thread_key = given_key(&given);
        }
        if is_self_test && notification.kind == Kind::Text {
            notification.data = Data::Happening(Happening::SelfTest);
        } else if matches!(notification.kind, Kind::Custom | Kind::Event | Kind::Text) {
            name(notification, envelope.subject.as_deref());
        }
    }
}

/// What nothing in its data can name is called by its title, else by SNS's Subject, else by its first words.
fn name(notification: &mut Notification, subject: Option<&str>) {
    if notification.own_words.title.is_some() {
        return;
    }
    match subject.map(str::to_owned).or_else(|| notification.own_words.summary.take()) {
        Some(subject) => notification.subject = Some(subject),
        None => {
            let text = notification.description.pop().map(|prose| prose.text);
            generic::fill_text(notification, None, text.as_deref().unwrap_or_default());
        }
    }
}

fn https_links(links: Vec<LabelledUrl>, reader: &mut Reader) -> Vec<Link> {
    let mut all = Vec::new();
    for LabelledUrl { label, url } in links {
        match read::https(&url) {
            Some(url) => all.push(Link { to: label.map_or(LinkTo::Details, LinkTo::Sender), url: url.to_owned() }),
            None => reader.note("links", Some(&Value::String(url))),
        }
    }
    all
}

/// The version that a message claims to be of, before and after the point; none if it is no message of ours.
fn version(value: &Value) -> Option<(u32, u32)> {
    let version = read::written(value, "hikyaku")?;
    let (major, minor) = version.split_once('.').unwrap_or((&version, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// A message but for its data, which is read by its kind. A number for an account has lost its leading zeros.
fn without_data(object: &Map<String, Value>) -> Map<String, Value> {
    object.iter().filter(|(key, _)| *key != "data").map(|(key, value)| (key.clone(), value.clone())).collect()
}

impl Reader {
    /// What was wrong, for the message's reader.
    fn problem(&self) -> Option<Field> {
        let names = self.problems();
        (!names.is_empty()).then(|| Field::new(Label::Problem, FieldValue::Term(Term::NotAsDocumented(names))))
    }
}

const SUPPORTED: u32 = 1;

/// What a message says beside what is read of it here; the last four stand in what `explain --json` shows.
const AROUND: &[&str] = &["hikyaku", "data", "account_name", "account_owner", "topic", "shortened"];

/// The source of what the stack says to itself, day by day: whoever gets it knows that the others would arrive too.
const SELF_TEST: &str = "hikyaku.self_test";

/// More fields than this nobody reads.
const MAX_FIELDS: usize = 50;

#[cfg(test)]
mod tests;
