//! EventBridge: an event as a rule's target gets it, or as a notification rule of the developer tools writes it to SNS
//! (`detailType`, and no id).
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>,
//! <https://docs.aws.amazon.com/dtconsole/latest/userguide/notification-rule-create.html>

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Body, Envelope, Outer, take_string};

/// An event, its metadata apart from its detail.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: Option<String>,
    /// Absent only from events that somebody has put together by hand.
    pub source: Option<String>,
    pub detail_type: String,
    /// The account that the event was delivered in.
    pub account: Option<String>,
    /// The Region that the event was delivered in.
    pub region: Option<String>,
    pub time: Option<Timestamp>,
    pub resources: Vec<String>,
    /// Usually an object; null if there is none.
    pub detail: Value,
}

impl Event {
    /// All text beside the detail.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let Event { id, source, detail_type, account, region, time: _, resources, detail: _ } = self;
        [id, source, account, region].into_iter().flatten().chain([detail_type]).chain(resources)
    }

    /// The event as it came.
    pub(super) fn document(&self) -> Value {
        super::object([
            ("id", self.id.clone().into()),
            ("detail-type", self.detail_type.clone().into()),
            ("source", self.source.clone().into()),
            ("account", self.account.clone().into()),
            ("time", self.time.map(|time| time.to_string()).into()),
            ("region", self.region.clone().into()),
            ("resources", self.resources.clone().into()),
            ("detail", self.detail.clone()),
        ])
    }
}

pub(super) fn is_event(object: &Map<String, Value>) -> bool {
    let is_text = |key| object.get(key).is_some_and(Value::is_string);
    let has_detail = object.get("detail").is_some_and(Value::is_object);
    is_text("detail-type") && (is_text("source") || has_detail) || is_text("detailType") && is_text("source") && has_detail
}

pub(super) fn open(mut object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let event = Event {
        id: take_string(&mut object, "id"),
        source: take_string(&mut object, "source"),
        detail_type: ["detail-type", "detailType"].iter().find_map(|key| take_string(&mut object, key)).unwrap_or_default(),
        account: account(object.remove("account")),
        region: take_string(&mut object, "region"),
        time: take_string(&mut object, "time").and_then(|time| time.parse().ok()),
        resources: strings(object.remove("resources")),
        detail: detail(&mut object),
    };
    out.push(outer.through("EventBridge").seal(Body::Event(event)));
}

/// The detail; what a notification rule says beside it (which action failed, and why) goes into it.
fn detail(object: &mut Map<String, Value>) -> Value {
    const BESIDE: &str = "additionalAttributes";
    let mut detail = object.remove("detail").unwrap_or_default();
    if let (Value::Object(detail), Some(Value::Object(more))) = (&mut detail, object.remove(BESIDE))
        && !more.is_empty()
    {
        detail.entry(BESIDE).or_insert(Value::Object(more));
    }
    detail
}

/// Whether these are entries of a `PutEvents` request: what people paste to try things out.
pub(super) fn are_put_entries(entries: &[Value]) -> bool {
    !entries.is_empty() && entries.iter().all(|entry| entry.get("DetailType").is_some() && entry.get("Source").is_some())
}

/// The event that a `PutEvents` entry would become.
pub(super) fn put_entry(entry: Value) -> Body {
    let Value::Object(mut object) = entry else {
        return Body::Json(entry);
    };
    let detail = match object.remove("Detail") {
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        detail => detail.unwrap_or_default(),
    };
    Body::Event(Event {
        id: None,
        source: take_string(&mut object, "Source"),
        detail_type: take_string(&mut object, "DetailType").unwrap_or_default(),
        account: None,
        region: None,
        time: take_string(&mut object, "Time").and_then(|time| time.parse().ok()),
        resources: strings(object.remove("Resources")),
        detail,
    })
}

/// An account id; somebody's template may have made a number of it and lost its leading zeros.
fn account(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        Value::Number(number) => number.as_u64().map(|number| format!("{number:012}")),
        _ => None,
    }
}

/// The strings in `value`, each once.
fn strings(value: Option<Value>) -> Vec<String> {
    let values = match value {
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
        None => Vec::new(),
    };
    let texts = values.iter().filter_map(Value::as_str).map(str::trim);
    let mut seen = HashSet::new();
    texts.filter(|text| !text.is_empty() && seen.insert(*text)).map(str::to_owned).collect()
}
