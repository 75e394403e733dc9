//! Services whose events have no kind of their own: a table of rows says where each fact stands in what they send, and one
//! small engine reads it. A file per service holds its rows, and functions where its format is truly different.
//!
//! What happened and to what becomes a [`Happening`], of which `render` makes the headline; what no row says stays
//! visible as the sender's own facts, as far as there is room.

pub(super) mod auto_scaling;
pub(super) mod backup;
pub(super) mod cloudformation;
pub(super) mod cloudtrail;
pub(super) mod code_suite;
pub(super) mod ecs;
pub(super) mod malware_scans;
pub(super) mod rds;
pub(super) mod savings_plans;
pub(super) mod ses;
mod standing;
pub(super) mod step_functions;
mod told;
pub(super) mod trusted_advisor;

use serde_json::Value;
use told::{At, RESOURCE, Told};

use super::{console, from_envelope, generic, read};
use crate::ingress::{Body, Envelope};
use crate::notification::{
    Data, Field, FieldValue, Happening, Kind, Label, Link, LinkTo, Notification, Prose, Severity, State, Status, Thing, key,
};
use crate::text::humanise;

/// How one kind of message is known, and where in it each fact stands.
struct Row {
    known: Known,
    thing: Thing,
    /// The thing's name; what is found of it is joined by a slash.
    name: &'static [At],
    /// The sender's code for what became of it.
    code: At,
    states: &'static [(&'static str, State)],
    /// The state where a code alone does not tell it; given what `states` says.
    refine: fn(&Told, Option<State>) -> Option<State>,
    /// The sender's own word for how grave it is, for a state that we do not know.
    level: At,
    facts: &'static [Fact],
    /// The sender's prose.
    prose: At,
    /// What tells this thing from any other, beside account and Region.
    thread: &'static [At],
    /// What tells this fact from any other, where there is no event's id.
    id: &'static [At],
    /// When, where there is no event's time.
    time: At,
    /// The thing's ARN, where there are no event's resources.
    arn: At,
    /// The ARN of something else, which tells account and Region alone.
    place: At,
    /// The thing's page in the console; each `{}` is one of the parts.
    page: (&'static str, &'static [At]),
    /// An address that the sender gives, and what it opens.
    link: (LinkTo, At),
    /// Where what no column names is to be looked for.
    rest: &'static str,
    /// How the keys begin that nobody needs to see.
    noise: &'static [&'static str],
}

/// A row that says nothing, to write others by what they differ in.
const BLANK: Row = Row {
    known: Known::Message(|_| false),
    thing: Thing::DbResource,
    name: &[],
    code: At::Nowhere,
    states: &[],
    refine: |_, state| state,
    level: At::Nowhere,
    facts: &[],
    prose: At::Nowhere,
    thread: &[],
    id: &[],
    time: At::Nowhere,
    arn: At::Nowhere,
    place: At::Nowhere,
    page: ("", &[]),
    link: (LinkTo::Details, At::Nowhere),
    rest: "",
    noise: &[],
};

/// Which messages a row reads.
#[derive(Clone, Copy)]
enum Known {
    /// An EventBridge event of this source, whose detail-type begins so.
    Event(&'static str, &'static str),
    /// Any other JSON that is found to be one.
    Message(fn(&Value) -> bool),
}

/// A label, where its value stands, and whether that is a text or a code.
type Fact = (Label, At, fn(Label, Option<&str>) -> Option<Field>);

/// What `envelope` tells by the first of `rows` that knows it.
fn decode(envelope: &Envelope, rows: &[Row]) -> Option<Notification> {
    let told = match &envelope.body {
        Body::Event(event) => Told { value: &event.detail, event: Some(event) },
        Body::Json(value) => Told { value, event: None },
        Body::Invocation(_) | Body::Text(_) => return None,
    };
    read_by(envelope, &told, rows)
}

/// The same of what a service has `told` in a form of its own.
fn read_by(envelope: &Envelope, told: &Told, rows: &[Row]) -> Option<Notification> {
    rows.iter().find(|row| row.knows(told)).map(|row| row.read(envelope, told))
}

impl Row {
    fn knows(&self, told: &Told) -> bool {
        match (self.known, told.event) {
            (Known::Event(source, detail_type), Some(event)) => {
                event.source.as_deref() == Some(source) && event.detail_type.starts_with(detail_type)
            }
            (Known::Message(is), None) => is(told.value),
            _ => false,
        }
    }

    fn read(&self, envelope: &Envelope, told: &Told) -> Notification {
        let code = told.text(self.code);
        let known = self.states.iter().find(|(known, _)| code.as_deref().is_some_and(|code| code.eq_ignore_ascii_case(known)));
        let state = (self.refine)(told, known.map(|(_, state)| *state));
        let happening = match (state, &code) {
            (Some(state), _) => Happening::Became { thing: self.thing, state },
            (None, Some(code)) => Happening::Said { thing: self.thing, word: humanise(&code.replace('-', "_"), "") },
            (None, None) => Happening::Said { thing: self.thing, word: told.event_name().unwrap_or_default().to_owned() },
        };
        let (status, severity) = standing::standing(&happening, told.text(self.level).as_deref());
        let mut notification = notification(envelope, happening, (status, severity));
        let name: Vec<String> = self.name.iter().filter_map(|at| told.text(*at)).collect();
        notification.subject = (!name.is_empty()).then(|| name.join(" / "));
        notification.description.extend(told.text(self.prose).map(Prose::plain));
        notification.fields = self.facts.iter().filter_map(|(label, at, form)| told.field(label, *at, *form)).collect();
        if state.is_none() && told.event.is_some() {
            notification.fields.extend(Field::code(Label::State, code.as_deref()));
        }
        notification.fields.extend(Field::code(Label::Event, told.event_name().or(code.as_deref())));
        notification.fields.retain(|field| !says(field, notification.subject.as_deref()));
        self.set_place(&mut notification, told);
        self.set_keys(&mut notification, told);
        notification.links = self.links(&notification, told);
        let is_clear = state.is_some() && !name.is_empty();
        let rest = told.value.pointer(self.rest).filter(|_| is_clear).unwrap_or(told.value);
        let mut said = said(&notification);
        said.extend(self.places().flat_map(|at| told.wholes(at)));
        add_the_rest(&mut notification, rest, &said, self.noise, is_clear);
        notification
    }

    /// Every place that a column names.
    fn places(&self) -> impl Iterator<Item = At> {
        let ones = [self.code, self.level, self.prose, self.time, self.arn, self.place, self.link.1];
        let lists = [self.name, self.thread, self.id, self.page.1];
        ones.into_iter().chain(lists.into_iter().flatten().copied()).chain(self.facts.iter().map(|(_, at, _)| *at))
    }

    /// Where and when, as far as no event around the message says so.
    fn set_place(&self, notification: &mut Notification, told: &Told) {
        notification.occurred_at = match told.event {
            Some(_) => notification.occurred_at,
            None => told.text(self.time).and_then(|time| read::timestamp(&time)).or(notification.occurred_at),
        };
        let arn = told.text(self.arn);
        if let Some((region, account)) = arn.clone().or_else(|| told.text(self.place)).map(|arn| read::arn_place(&arn)) {
            notification.region = notification.region.take().or(region);
            notification.account = notification.account.take().or(account);
        }
        if notification.resources.is_empty() {
            notification.resources.extend(arn);
        }
    }

    fn set_keys(&self, notification: &mut Notification, told: &Told) {
        let texts = |places: &[At]| places.iter().map(|at| told.text(*at)).collect::<Option<Vec<String>>>();
        let prefixed = |mut parts: Vec<String>, prefix: &[&str]| {
            parts.splice(0..0, prefix.iter().map(|part| (*part).to_owned()));
            key(&parts.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let kind = notification.kind.as_str();
        let place = [notification.account.as_deref(), notification.region.as_deref()].map(Option::unwrap_or_default);
        if let Some(thread) = texts(self.thread).filter(|thread| !thread.is_empty()) {
            let service = told.event.and_then(|event| event.source.as_deref()).unwrap_or(kind);
            notification.thread_key = prefixed(thread, &[service, place[0], place[1]]);
        }
        if let Some(id) = texts(self.id).filter(|id| !id.is_empty()) {
            notification.dedup_key = prefixed(id, &[kind]);
        }
    }

    fn links(&self, notification: &Notification, told: &Told) -> Vec<Link> {
        let (page, parts) = self.page;
        let region = notification.region.as_deref().unwrap_or_default();
        let parts: Option<Vec<String>> = parts.iter().map(|at| told.text(*at)).collect();
        let page = parts.filter(|_| !page.is_empty()).and_then(|parts| console::page(page, region, &parts));
        let page = page.map(|url| Link { to: LinkTo::Console, url });
        let (to, at) = &self.link;
        let own = told.text(*at).and_then(|url| read::https(&url).map(str::to_owned));
        own.map(|url| Link { to: to.clone(), url }).into_iter().chain(page).collect()
    }
}

/// A notification of `happening`, with nothing but what the envelope knows.
fn notification(envelope: &Envelope, happening: Happening, (status, severity): (Status, Severity)) -> Notification {
    let kind = if matches!(envelope.body, Body::Event(_)) { Kind::Event } else { Kind::Text };
    let mut notification = from_envelope(envelope, kind, status, severity);
    notification.data = Data::Happening(happening);
    notification
}

/// What has not been said yet, as the sender's own facts. A message that was understood (`is_clear`) is filled up to what a
/// chat shows; else all that anybody would look at is there, and the rest is counted.
fn add_the_rest(notification: &mut Notification, value: &Value, said: &[String], noise: &[&str], is_clear: bool) {
    const SHOWN: usize = 6;
    let (prose, mut rest) = generic::read_json(value);
    let seen = rest.len() + usize::from(prose.is_some()) + notification.fields.len();
    rest.retain(|field| match &field.value {
        FieldValue::Text(text) => !said.iter().any(|said| said == text || said.ends_with(&format!("/{text}"))),
        FieldValue::List(items) | FieldValue::Texts(items) => !items.iter().all(|item| said.contains(item)),
        _ => true,
    });
    if is_clear {
        rest.retain(|field| is_telling(field, noise));
        let affected = usize::from(!notification.resources.is_empty());
        rest.truncate(SHOWN.saturating_sub(notification.fields.len() + affected));
    } else {
        if notification.description.is_empty() {
            notification.description.extend(prose);
        }
        notification.more_fields = generic::count_fields(value).saturating_sub(seen);
    }
    notification.fields.extend(rest);
}

/// Whether a field says nothing but `name`.
fn says(field: &Field, name: Option<&str>) -> bool {
    matches!(&field.value, FieldValue::Text(text) | FieldValue::Code(text) if Some(text.as_str()) == name)
}

/// Every text that the notification holds so far.
fn said(notification: &Notification) -> Vec<String> {
    let mut said: Vec<String> = notification.description.iter().map(|prose| prose.text.clone()).collect();
    said.extend(notification.subject.iter().flat_map(|name| name.split(" / ")).map(str::to_owned));
    said.extend([&notification.account, &notification.region].into_iter().flatten().cloned());
    said.extend(notification.resources.iter().cloned());
    for field in &notification.fields {
        match &field.value {
            FieldValue::Text(text) | FieldValue::Code(text) => said.push(text.clone()),
            FieldValue::List(items) | FieldValue::Texts(items) => said.extend(items.iter().cloned()),
            FieldValue::Causes(_) | FieldValue::Time(_) | FieldValue::Term(_) => {}
        }
    }
    said
}

/// Whether a fact that no row asked for is worth a place: bare moments, versions, ARNs and UUIDs are not.
fn is_telling(field: &Field, noise: &[&str]) -> bool {
    let Label::Sender(label) = &field.label else { return true };
    let FieldValue::Text(text) = &field.value else { return false };
    let name = label.rsplit('.').next().unwrap_or(label).to_lowercase();
    let is_noise =
        noise.iter().any(|noise| label.starts_with(noise)) || ["date", "version"].iter().any(|word| name.contains(word));
    let is_uuid = text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    !is_noise && !is_uuid && read::timestamp(text).is_none() && !text.starts_with("arn:") && text != "[]"
}

#[cfg(test)]
mod tests;
