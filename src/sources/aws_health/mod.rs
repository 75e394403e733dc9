//! AWS Health: issues, scheduled changes, notifications, and ACM's certificate renewals told through it.
//!
//! <https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html>. Only `eventArn`, `service`,
//! `eventTypeCode`, `eventTypeCategory`, `startTime` and `eventDescription` are always there.

mod acm;

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{console, from_envelope, read};
use crate::ingress::{Body, Envelope, Event};
use crate::notification::{
    Data, Entity, Field, FieldValue, Health, Kind, Label, Link, LinkTo, Markup, Notification, Prose, Severity, Status, Term, key,
};
use crate::text::sha256_hex;

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let (detail, abuse) = match &envelope.body {
        Body::Event(event) if event.detail_type.starts_with("AWS Health ") => {
            let source = event.source.as_deref();
            let ours = source == Some("aws.health") || source.is_none_or(is_own_name) && is_detail(&event.detail);
            (ours.then_some(&event.detail)?, event.detail_type.contains("Abuse"))
        }
        // A rule's `InputPath: $.detail` leaves nothing else.
        Body::Json(value) if is_detail(value) => (value, false),
        _ => return None,
    };
    let health = health(detail);
    let mut notification = from_envelope(envelope, Kind::HealthAccountNotification, Status::Info, Severity::Info);
    if !matches!(&envelope.body, Body::Event(Event { source: Some(_), .. })) {
        notification.source = "aws.health".to_owned();
    }
    let (delivered_in, affected) = (notification.account.take(), read::account(detail, "affectedAccount"));
    let organization =
        delivered_in.as_ref().zip(affected.as_ref()).is_some_and(|(delivered_in, affected)| delivered_in != affected);
    notification.account = affected.or(delivered_in);
    notification.region = region(&health).or(notification.region);
    let event_time = match &envelope.body {
        Body::Event(event) => event.time,
        _ => None,
    };
    let times = [read::time(detail, "lastUpdatedTime"), event_time, health.starts_at, envelope.time];
    notification.occurred_at = times.into_iter().flatten().next();
    notification.resources = affected_resources(&notification.resources, &health.entities);
    notification.description = description(detail);
    let arn = health.event_arn.clone().unwrap_or_default();
    let account = notification.account.clone().unwrap_or_default();
    notification.dedup_key = dedup_key(detail, &account, &arn);
    notification.thread_key = thread_key(&account, &arn);
    if acm::is_about_certificates(&health, &notification.description) {
        acm::fill(&mut notification, health, organization);
    } else {
        fill(&mut notification, health, abuse, organization);
    }
    Some(notification)
}

/// Whether somebody's own events may be called so. Nobody can put an event as `aws.health`, so who tries things out uses a
/// name of his own; one that only looks like AWS's is nobody's.
fn is_own_name(source: &str) -> bool {
    source.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'/'))
}

fn is_detail(value: &Value) -> bool {
    read::text(value, "eventArn").is_some() && read::text(value, "eventTypeCode").is_some()
}

/// What a Health event says of itself, whatever it is about.
fn health(detail: &Value) -> Health {
    let number = |key| read::integer(detail, key).and_then(|number| u32::try_from(number).ok());
    Health {
        event_arn: read::string(detail, "eventArn"),
        service: read::string(detail, "service"),
        event_type_code: read::string(detail, "eventTypeCode"),
        category: read::string(detail, "eventTypeCategory"),
        status_code: read::string(detail, "statusCode"),
        event_region: read::string(detail, "eventRegion"),
        scope: read::string(detail, "eventScopeCode"),
        actionability: read::string(detail, "actionability"),
        starts_at: read::time(detail, "startTime"),
        ends_at: read::time(detail, "endTime"),
        entities: read::array(detail, "affectedEntities").iter().filter_map(entity).collect(),
        page: number("page"),
        total_pages: number("totalPages"),
        backup_event: read::boolean(detail, "backupEvent"),
    }
}

/// An affected entity; a sample of AWS's own spells the status `statusCode`.
fn entity(value: &Value) -> Option<Entity> {
    let status = read::string(value, "status").or_else(|| read::string(value, "statusCode"));
    Some(Entity { value: read::string(value, "entityValue")?, status })
}

/// The event's resources and the entities that are not among them: what still waits for somebody first, what is in order last.
fn affected_resources(resources: &[String], entities: &[Entity]) -> Vec<String> {
    // Stand-ins for "we cannot say" and "the account as a whole".
    const NONE: &[&str] = &["UNKNOWN", "AWS_ACCOUNT"];
    let order = |entity: &Entity| match entity.status.as_deref() {
        Some("PENDING" | "IMPAIRED") => 0,
        Some("RESOLVED" | "UNIMPAIRED") => 2,
        _ => 1,
    };
    let orders: HashMap<&str, u8> = entities.iter().map(|entity| (entity.value.as_str(), order(entity))).collect();
    let mut seen = HashSet::new();
    let all = resources.iter().chain(entities.iter().map(|entity| &entity.value));
    let mut all: Vec<&String> = all.filter(|name| seen.insert(*name) && !NONE.contains(&name.as_str())).collect();
    all.sort_by_key(|name| orders.get(name.as_str()).copied().unwrap_or(1));
    all.into_iter().cloned().collect()
}

/// The Region that the event is about: the envelope's is the one it was delivered in.
fn region(health: &Health) -> Option<String> {
    health.event_region.clone().or_else(|| read::arn_place(health.event_arn.as_deref()?).0)
}

/// `eventDescription`, a text per language.
fn description(detail: &Value) -> Vec<Prose> {
    let texts = match detail.get("eventDescription") {
        Some(Value::Array(texts)) => texts.as_slice(),
        Some(text @ Value::Object(_)) => std::slice::from_ref(text),
        _ => &[],
    };
    let prose = |entry: &Value| {
        let text = line_feeds(read::text(entry, "latestDescription")?).trim().to_owned();
        Some(Prose { language: read::string(entry, "language"), text, markup: Markup::None })
    };
    texts.iter().filter_map(prose).filter(|prose| !prose.text.is_empty()).collect()
}

/// `text` with line feeds for what account-specific events hold in their place: backslashes, one or more, and an `n`.
fn line_feeds(text: &str) -> String {
    let Some((lines, last)) = text.rsplit_once("\\n") else { return text.to_owned() };
    let lines = lines.split("\\n").map(|line| line.trim_end_matches('\\'));
    lines.chain([last]).collect::<Vec<_>>().join("\n")
}

/// `communicationId` is the same in the backup Region and differs for each update; where there is none, as before 2023,
/// the detail itself tells two updates apart. Each page names other entities and is a fact of its own.
fn dedup_key(detail: &Value, account: &str, arn: &str) -> String {
    let page = read::integer(detail, "page").unwrap_or(1).to_string();
    let time = read::time(detail, "lastUpdatedTime").map(|time| time.to_string());
    let update = match (read::text(detail, "communicationId"), time) {
        (Some(communication), _) => communication.to_owned(),
        (None, Some(time)) => format!("{time} {}", read::text(detail, "statusCode").unwrap_or_default()),
        (None, None) => {
            let mut detail = detail.clone();
            if let Some(detail) = detail.as_object_mut() {
                detail.shift_remove("backupEvent");
            }
            sha256_hex(&[&detail.to_string()])
        }
    };
    key(&["health", account, arn, &update, &page])
}

/// Everything but certificates.
fn fill(notification: &mut Notification, health: Health, abuse: bool, organization: bool) {
    let is = |value: &Option<String>, wanted: &str| value.as_deref() == Some(wanted);
    notification.kind = match health.category.as_deref() {
        _ if abuse || is(&health.service, "ABUSE") => Kind::HealthAbuse,
        Some("issue") => Kind::HealthIssue,
        Some("scheduledChange" | "plannedChange") => Kind::HealthScheduledChange,
        Some("investigation") => Kind::HealthInvestigation,
        _ => Kind::HealthAccountNotification,
    };
    (notification.status, notification.severity) = standing(notification.kind, &health, notification.occurred_at);
    notification.fields = fields(&health, notification.occurred_at);
    notification.links.extend(link(&health, organization));
    notification.data = Data::Health(Box::new(health));
}

/// How it stands after news of `kind` at `now`, the event's own time.
pub(super) fn standing(kind: Kind, health: &Health, now: Option<Timestamp>) -> (Status, Severity) {
    let is = |value: &Option<String>, wanted: &str| value.as_deref() == Some(wanted);
    let severity = match kind {
        Kind::HealthAbuse => Severity::Critical,
        Kind::HealthIssue if is(&health.scope, "PUBLIC") => Severity::Warning,
        Kind::HealthIssue => Severity::Critical,
        Kind::HealthInvestigation => Severity::Warning,
        Kind::HealthScheduledChange => scheduled_change(health, now),
        _ => Severity::Info,
    };
    match (kind, is_closed(health)) {
        (_, true) => (Status::Resolved, Severity::Info),
        (Kind::HealthAccountNotification, false) => (Status::Info, Severity::Info),
        (_, false) => (Status::Firing, severity),
    }
}

fn is_closed(health: &Health) -> bool {
    health.status_code.as_deref() == Some("closed")
}

pub(super) fn thread_key(account: &str, arn: &str) -> String {
    key(&["health", account, arn])
}

/// A change presses if somebody must act, or if it starts within a week of this event or has started.
fn scheduled_change(health: &Health, now: Option<Timestamp>) -> Severity {
    const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);
    let is_soon = health.starts_at.zip(now).is_some_and(|(starts, now)| starts.duration_since(now) <= SOON);
    let must_act = health.actionability.as_deref() == Some("ACTION_REQUIRED");
    if must_act || is_soon { Severity::Warning } else { Severity::Notice }
}

/// The beginning stands in the summary, and how it stands in the headline.
pub(super) fn fields(health: &Health, now: Option<Timestamp>) -> Vec<Field> {
    let ends = health.ends_at.filter(|ends| Some(*ends) != health.starts_at);
    let ends = match (is_closed(health), ends) {
        // What was closed before its end never comes to it.
        (true, Some(ends)) if now.is_some_and(|now| now < ends) => None,
        (true, ends) => ends.map(|ends| (Label::Ended, ends)),
        (false, ends) => ends.map(|ends| (Label::Ends, ends)),
    };
    let ends = ends.map(|(label, ends)| Field::new(label, FieldValue::Time(ends)));
    ends.into_iter().chain(page(health)).collect()
}

/// Which page of several this is.
fn page(health: &Health) -> Option<Field> {
    let (page, total) = health.page.zip(health.total_pages).filter(|(_, total)| *total > 1)?;
    Some(Field::new(Label::Page, FieldValue::Term(Term::Page(page, total))))
}

pub(super) fn link(health: &Health, organization: bool) -> Option<Link> {
    let arn = health.event_arn.as_deref().filter(|arn| arn.starts_with("arn:"))?;
    let list = match health.category.as_deref() {
        // What is over is no longer among the open ones.
        _ if is_closed(health) => "event-log",
        Some("issue") => "open-issues",
        Some("scheduledChange" | "plannedChange") => "scheduled-changes",
        _ => "event-log",
    };
    let view = if organization { "organization" } else { "account" };
    Some(Link { to: LinkTo::HealthEvent, url: console::health_event(arn, view, list) })
}

#[cfg(test)]
mod tests;
