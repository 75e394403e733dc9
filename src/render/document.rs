//! A notification as JSON: what `explain --json` prints, the generic webhook sends and routes are matched against.

use std::borrow::Cow;
use std::cell::Cell;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::accounts::Accounts;
use super::caps::Caps;
use super::reader::Reader;
use super::view::{action, headline, summary};
use super::words::{records_command, root_cause};
use crate::notification::{FieldValue, Kind, Notification, Severity, Status};
use crate::template::web_address;
use crate::text::{clean, cut, rich};

/// An absent value is left out, never `null` or `""`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// What happened.
    kind: Kind,
    /// `firing`, `resolved` or `info`.
    status: Status,
    /// `critical`, `warning`, `notice` or `info`.
    severity: Severity,
    /// Who tells it.
    source: Cow<'a, str>,
    /// What happened to what, in one line.
    title: String,
    /// By when, how much, and what follows from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    /// The sender's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    /// The AWS account that it is about, 12 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Cow<'a, str>>,
    /// Its name in `accounts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<&'a str>,
    /// Its owner in `accounts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_owner: Option<&'a str>,
    /// The Region that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Cow<'a, str>>,
    /// When it happened, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    occurred_at: Option<Timestamp>,
    /// What else is known, the most telling first.
    fields: Vec<LabelledValue<'a>>,
    /// Places to open.
    links: Vec<LabelledUrl<'a>>,
    /// What is affected: ARNs, ids, names.
    resources: Vec<Cow<'a, str>>,
    /// Equal for two deliveries of the same fact.
    dedup_key: &'a str,
    /// Equal for all facts about one thing over time.
    thread_key: &'a str,
    /// The values of its kind: see below.
    data: Value,
    /// Whether a text or a list was cut.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    shortened: bool,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct LabelledValue<'a> {
    /// What it is, without a colon.
    label: Cow<'a, str>,
    /// Its value.
    value: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct LabelledUrl<'a> {
    /// What it opens.
    label: Cow<'a, str>,
    /// Its address.
    url: String,
}

impl<'a> Document<'a> {
    /// The document with each list and text within `caps`.
    pub fn new(notification: &'a Notification, reader: &Reader, accounts: &'a Accounts, caps: Caps) -> Document<'a> {
        let words = reader.locale.words();
        let shortened = Cell::new(false);
        let within = |text: &'a str, max| {
            let short = cut(text, max);
            shortened.set(shortened.get() || short.is_some());
            short.map_or(Cow::Borrowed(text), Cow::Owned)
        };
        let plain = |text: String| {
            let text = clean(&rich::plain(&text)).into_owned();
            let short = cut(&text, caps.line);
            shortened.set(shortened.get() || short.is_some());
            short.unwrap_or(text)
        };
        let more = |count: usize, max: usize| shortened.set(shortened.get() || count > max);
        more(notification.fields.len() + notification.more_fields, caps.facts);
        more(notification.resources.len(), caps.resources);
        let account = notification.account.as_deref();
        let known = account.and_then(|id| accounts.get(id));
        let field = |field: &'a crate::notification::Field| LabelledValue {
            label: match words.label(&field.label) {
                Cow::Borrowed(label) => within(label, caps.line),
                label => label,
            },
            value: match &field.value {
                FieldValue::Text(text) | FieldValue::Code(text) => within(text, caps.line).into_owned(),
                FieldValue::List(items) | FieldValue::Texts(items) => {
                    items.iter().take(caps.resources).map(|item| within(item, caps.line)).collect::<Vec<_>>().join(", ")
                }
                FieldValue::Causes(causes) => {
                    let causes = causes.iter().take(caps.resources).map(|cause| plain(root_cause(cause, words, accounts)));
                    causes.collect::<Vec<_>>().join(", ")
                }
                FieldValue::Time(time) => reader.times.moment(*time),
                FieldValue::Term(term) => words.term(term),
            },
        };
        Document {
            kind: notification.kind,
            status: notification.status,
            severity: notification.severity,
            source: within(&notification.source, caps.line),
            title: plain(headline(notification, words)),
            summary: summary(notification, reader).map(plain),
            action: action(notification, words).map(|action| plain(with_command(action, notification))),
            description: reader.prose(notification).map(|prose| within(&prose.text, caps.description)),
            account: account.map(|account| within(account, caps.line)),
            account_name: known.and_then(|account| account.name.as_deref()),
            account_owner: known.and_then(|account| account.owner.as_deref()),
            region: notification.region.as_deref().map(|region| within(region, caps.line)),
            occurred_at: notification.occurred_at,
            fields: notification.fields.iter().take(caps.facts).map(field).collect(),
            links: notification
                .links
                .iter()
                .filter_map(|link| {
                    Some(LabelledUrl { label: within(words.link(&link.to), caps.line), url: web_address(&link.url)? })
                })
                .take(caps.links)
                .collect(),
            resources: notification.resources.iter().take(caps.resources).map(|resource| within(resource, caps.line)).collect(),
            dedup_key: &notification.dedup_key,
            thread_key: &notification.thread_key,
            data: data(notification, caps),
            shortened: shortened.get(),
        }
    }
}

fn with_command(action: String, notification: &Notification) -> String {
    records_command(notification).map(|command| format!("{action} {command}")).unwrap_or(action)
}

fn data(notification: &Notification, caps: Caps) -> Value {
    fn shorten(value: &mut Value, caps: Caps) {
        match value {
            Value::String(text) => {
                if let Some(short) = cut(text, caps.line) {
                    *text = short;
                }
            }
            Value::Array(items) => {
                items.truncate(caps.resources);
                items.iter_mut().for_each(|item| shorten(item, caps));
            }
            Value::Object(object) => object.values_mut().for_each(|item| shorten(item, caps)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut data = serde_json::to_value(&notification.data).unwrap_or_default();
    shorten(&mut data, caps);
    data
}
