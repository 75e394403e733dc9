//! A notification as JSON: what `explain --json` prints, the generic webhook sends and routes are matched against.

use jiff::Timestamp;
use serde::Serialize;

use super::accounts::Accounts;
use super::view::{Reader, prose};
use crate::notification::{Data, FieldValue, Kind, Notification, Severity, Status};
use crate::text::rich;

/// An absent value is left out, never `null` or `""`.
#[derive(Debug, Clone, Serialize)]
pub struct Document<'a> {
    kind: Kind,
    status: Status,
    severity: Severity,
    source: &'a str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    /// The sender's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Timestamp>,
    fields: Vec<LabelledValue<'a>>,
    links: Vec<LabelledUrl<'a>>,
    resources: &'a [String],
    dedup_key: &'a str,
    thread_key: &'a str,
    data: &'a Data,
}

#[derive(Debug, Clone, Serialize)]
struct LabelledValue<'a> {
    label: std::borrow::Cow<'a, str>,
    value: String,
}

#[derive(Debug, Clone, Serialize)]
struct LabelledUrl<'a> {
    label: &'a str,
    url: &'a str,
}

impl<'a> Document<'a> {
    pub fn new(notification: &'a Notification, reader: &Reader, accounts: &'a Accounts) -> Document<'a> {
        let words = reader.locale.words();
        let plain = |text: String| crate::text::clean(&rich::plain(&text)).into_owned();
        let account = notification.account.as_deref();
        let known = account.and_then(|id| accounts.get(id));
        let field = |field: &'a crate::notification::Field| LabelledValue {
            label: words.label(&field.label),
            value: match &field.value {
                FieldValue::Text(text) | FieldValue::Code(text) => text.clone(),
                FieldValue::List(items) => items.join(", "),
                FieldValue::Time(time) => reader.times.moment(*time),
                FieldValue::Term(term) => words.term(*term),
            },
        };
        Document {
            kind: notification.kind,
            status: notification.status,
            severity: notification.severity,
            source: &notification.source,
            title: plain(words.headline(notification)),
            summary: words.summary(notification, &reader.times).map(plain),
            action: words.action(notification).map(plain),
            description: prose(notification, reader.locale).map(|prose| prose.text.as_str()),
            account,
            account_name: known.and_then(|account| account.name.as_deref()),
            account_owner: known.and_then(|account| account.owner.as_deref()),
            region: notification.region.as_deref(),
            occurred_at: notification.occurred_at,
            fields: notification.fields.iter().map(field).collect(),
            links: notification.links.iter().map(|link| LabelledUrl { label: words.link(&link.to), url: &link.url }).collect(),
            resources: &notification.resources,
            dedup_key: &notification.dedup_key,
            thread_key: &notification.thread_key,
            data: &notification.data,
        }
    }
}
