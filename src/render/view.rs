//! What a template sees: a notification in one reader's words, with every list and text at most so long.

use schemars::JsonSchema;
use serde::Serialize;

use super::caps::Caps;
use super::document::Document;
use super::markdown;
use super::reader::{Occasion, Reader};
use super::words::{Locale, Words, records_command, root_cause};
use crate::notification::{Data, Field, FieldValue, Kind, Label, LinkTo, Markup, Mention, Notification, Prose, Severity, Status};
use crate::template::web_address;
use crate::text::rich::{self, code, strong};
use crate::text::{clean, cut};

/// The view of one notification. Texts may carry inline marks, which the template's escaping turns into the channel's
/// markup; absent values are `null`, so that a template can ask for them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct View<'a> {
    /// The reader's language, for words of a template's own: `{{#if (eq locale "ja")}}`.
    pub locale: Locale,
    /// What happened, as patterns know it.
    pub kind: Kind,
    /// `firing`, `resolved` or `info`.
    pub status: Status,
    /// `critical`, `warning`, `notice` or `info`.
    pub severity: Severity,
    /// The severity in the reader's words.
    pub severity_word: &'static str,
    /// 🔴 🟠 🔵 🟢
    pub mark: &'static str,
    /// That of the mark, as `#RRGGBB`.
    pub color: &'static str,
    /// Good news: headline and summary on one line, and nothing to do.
    pub quiet: bool,
    /// `channel` or `here`, if the route calls people.
    pub mention: Option<Mention>,
    /// What happened to what.
    pub headline: String,
    /// The headline as one plain line.
    pub title: String,
    /// By when, how much, and what follows from it.
    pub summary: Option<String>,
    /// What stands before what to do.
    pub todo: &'static str,
    /// What to do.
    pub action: Option<String>,
    /// The command that shows or does it, ready to copy.
    pub command: Option<String>,
    /// What else is known, the most telling first.
    pub facts: Vec<Fact>,
    /// The sender's own text, where it is the message.
    pub body: Option<String>,
    /// Whether the body has markup of its sender's, already read.
    pub marked_up: bool,
    /// What stands before the quote.
    pub says: Option<&'static str>,
    /// The sender's own text, where it stands behind ours.
    pub quote: Option<String>,
    /// Account, Region, moment, how late it is, and that the message was shortened.
    pub footer: String,
    /// Places to open; the account's runbook is the last.
    pub links: Vec<Button>,
    /// Equal for two deliveries of the same fact.
    pub dedup_key: &'a str,
    /// Equal for all facts about one thing over time.
    pub thread_key: &'a str,
    /// The whole notification in this reader's words, as `explain --json` shows it, if the template looks at it.
    pub notification: Option<Document<'a>>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Fact {
    /// What it is, with its colon.
    pub label: String,
    /// Its value; of a list, as many as fit.
    pub value: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Button {
    /// What it opens.
    pub label: String,
    /// Its address, for `{{url url}}`.
    pub url: String,
    /// The label as a link, in the channel's own markup.
    pub link: String,
}

impl<'a> View<'a> {
    pub fn new(notification: &'a Notification, occasion: &Occasion<'a>, caps: Caps) -> View<'a> {
        let reader = occasion.reader;
        let words = reader.locale.words();
        let quiet = notification.is_good();
        let (mut cutter, mut of_headline) = (Cutter::default(), Cutter::default());
        let headline = of_headline.cut(&one_line(&headline(notification, words)), caps.headline);
        let summary = summary(notification, reader).map(|summary| cutter.cut(&one_line(&summary), caps.line));
        let action = action(notification, words).or_else(|| next_steps(notification, reader)).filter(|_| !quiet);
        let action = action.map(|action| cutter.cut(&action, caps.line.saturating_mul(2)));
        let command = records_command(notification).filter(|_| !quiet);
        let facts = facts(notification, occasion, caps, &mut cutter);
        let prose = reader.prose(notification).filter(|_| !says_nothing_new(notification));
        // A text called by its first line tells it again below.
        if !prose.zip(notification.subject.as_deref()).is_some_and(|(prose, subject)| prose.text.starts_with(subject)) {
            cutter.chars += of_headline.chars;
        }
        let text = prose.map(|prose| cutter.cut(&read(prose, reader), caps.description)).filter(|text| !is_blank(text));
        let says = words.says(notification);
        let (body, quote) = if says.is_some() { (None, text) } else { (text, None) };
        let links = if quiet { Vec::new() } else { links(notification, occasion, words, caps) };
        let footer = footer(notification, occasion, words, !links.is_empty(), cutter);
        let (mark, color) = look(notification);
        View {
            locale: reader.locale,
            kind: notification.kind,
            status: notification.status,
            severity: notification.severity,
            severity_word: words.severity(notification.severity),
            mark,
            color,
            quiet,
            mention: occasion.mention.filter(|mention| *mention != Mention::None),
            title: clean(&rich::plain(&headline)).into_owned(),
            headline,
            summary,
            todo: words.todo(),
            action,
            command,
            facts,
            body,
            marked_up: prose.is_some_and(|prose| prose.markup == Markup::ClientMarkdown),
            says,
            quote,
            footer,
            links,
            dedup_key: &notification.dedup_key,
            thread_key: &notification.thread_key,
            notification: None,
        }
    }

    /// The view with the whole notification in it, for a template that looks at it.
    pub fn with_document(self, notification: &'a Notification, occasion: &Occasion<'a>, caps: Caps) -> View<'a> {
        View { notification: Some(Document::new(notification, occasion.reader, occasion.accounts, caps)), ..self }
    }
}

/// The sender's prose, its markup read.
fn read(prose: &Prose, reader: &Reader) -> String {
    match prose.markup {
        Markup::None => prose.text.clone(),
        Markup::ClientMarkdown => markdown::rich(&prose.text, reader.allow_mentions),
    }
}

/// The notification's links and the account's runbook.
fn links(notification: &Notification, occasion: &Occasion, words: &dyn Words, caps: Caps) -> Vec<Button> {
    let account = notification.account.as_deref().and_then(|id| occasion.accounts.get(id));
    let runbook = account.and_then(|account| account.runbook.as_ref());
    let own = notification.links.iter().map(|link| (words.link(&link.to), &link.url));
    let all = own.chain(runbook.map(|url| (words.runbook(), url)));
    // A button without an address or a label would cost the whole message.
    let button = |(label, url): (&str, &String)| {
        let url = web_address(url).filter(|url| url.len() <= MAX_URL_BYTES)?;
        let label = one_line(if is_blank(label) { words.link(&LinkTo::Details) } else { label });
        let label = cut(&label, LABEL_CHARS).unwrap_or(label);
        Some(Button { link: rich::link(&url, &label), label, url })
    };
    all.filter_map(button).take(caps.links).collect()
}

/// Where and when it was, how late this is, and that the message was shortened; if nothing of that is known, who sent it.
fn footer(notification: &Notification, occasion: &Occasion, words: &dyn Words, has_links: bool, mut cutter: Cutter) -> String {
    let account = notification.account.as_deref().map(|id| {
        let name = occasion.accounts.get(id).and_then(|account| account.name.as_deref());
        words.account(id, name)
    });
    let place = [account, notification.region.clone()].map(|part| part.map(|part| cutter.cut(&one_line(&part), PLACE_CHARS)));
    let moment = notification.occurred_at.map(|time| {
        let late = minutes_late(notification, occasion).map(|minutes| words.late(minutes)).unwrap_or_default();
        format!("{}{late}", occasion.reader.times.moment(time))
    });
    let sender = cutter.cut(&one_line(&notification.source), PLACE_CHARS);
    let meant_for = occasion.meant_for.map(|receiver| words.meant_for(&one_line(receiver)));
    let known = [meant_for].into_iter().chain(place).chain([moment]).flatten().filter(|part| !is_blank(part));
    let mut parts: Vec<String> = known.collect();
    if cutter.chars + cutter.facts > 0 {
        parts.push(words.shortened(cutter.chars, cutter.facts, has_links, &sender));
    }
    if parts.is_empty() { words.from(&sender) } else { parts.join(words.separator()) }
}

/// How many minutes after its event a message goes out, if they are worth a word.
fn minutes_late(notification: &Notification, occasion: &Occasion) -> Option<i64> {
    const WORTH_A_WORD: i64 = 10;
    let happened = notification.occurred_at?;
    // A budget's mail has a date and no time of day.
    let only_a_date = matches!(notification.data, Data::Budget(_)) && happened.as_second().rem_euclid(24 * 60 * 60) == 0;
    let minutes = occasion.now?.as_second().saturating_sub(happened.as_second()) / 60;
    (minutes > WORTH_A_WORD && !only_a_date).then_some(minutes)
}

/// What happened; a message whose sender gave it no name that can be seen is called by where it comes from.
pub(super) fn headline(notification: &Notification, words: &dyn Words) -> String {
    let own = told(&notification.own_words.title).map(strong);
    let headline = own.unwrap_or_else(|| words.headline(notification));
    if is_blank(&headline) { words.untitled(notification) } else { headline }
}

/// The sender's word, if there is anything to see in it.
fn told(own: &Option<String>) -> Option<&str> {
    own.as_deref().filter(|text| !is_blank(text))
}

/// By when, how much, and what follows from it.
pub(super) fn summary(notification: &Notification, reader: &Reader) -> Option<String> {
    told(&notification.own_words.summary)
        .map(str::to_owned)
        .or_else(|| reader.locale.words().summary(notification, &reader.times))
}

/// What to do.
pub(super) fn action(notification: &Notification, words: &dyn Words) -> Option<String> {
    told(&notification.own_words.action).map(str::to_owned).or_else(|| words.action(notification))
}

/// The mark and the colour of how it stands. The words say it too.
fn look(notification: &Notification) -> (&'static str, &'static str) {
    match notification.severity {
        _ if notification.is_good() => ("🟢", "#12B76A"),
        Severity::Critical => ("🔴", "#D92D20"),
        Severity::Warning => ("🟠", "#F79009"),
        Severity::Notice | Severity::Info => ("🔵", "#2E90FA"),
    }
}

/// News of which one line says everything.
fn quiet_kind(notification: &Notification) -> bool {
    let is_told = matches!(notification.kind, Kind::CertificateRenewed | Kind::CertificateIssued | Kind::Alarm)
        || matches!(notification.data, Data::Happening(_));
    notification.is_good() && is_told
}

/// Whether all that the sender's text says has been read out of it: ACM's prose, unless it left the outcome open.
fn says_nothing_new(notification: &Notification) -> bool {
    if quiet_kind(notification) {
        return true;
    }
    let Data::Certificate(certificate) = &notification.data else { return false };
    let open = notification.kind == Kind::CertificateExpiring
        || notification.kind == Kind::CertificateRenewalFailed && certificate.reason.is_none();
    certificate.health.is_some() && !open
}

fn facts(notification: &Notification, occasion: &Occasion, caps: Caps, cutter: &mut Cutter) -> Vec<Fact> {
    let words = occasion.reader.locale.words();
    let label = |label: &str| format!("{}{}", one_line(label), words.colon());
    let fact = |field: &Field, cutter: &mut Cutter| {
        let value = value(&field.value, occasion, words, caps, cutter);
        Fact { label: label(&cutter.cut(&words.label(&field.label), LABEL_CHARS)), value }
    };
    if quiet_kind(notification) {
        // Of good news nothing needs to be told but that the message is not as it should be.
        let problems = notification.fields.iter().filter(|field| field.label == Label::Problem);
        return problems.take(caps.facts).map(|field| fact(field, cutter)).collect();
    }
    // What is affected is worth more than the last of the other facts.
    let affected = affected(notification);
    let known = notification.fields.len() + notification.more_fields + usize::from(!affected.is_empty());
    let mut facts: Vec<Fact> = Vec::new();
    for field in notification.fields.iter().take(caps.facts.saturating_sub(usize::from(!affected.is_empty()))) {
        facts.push(fact(field, cutter));
    }
    if !affected.is_empty() && caps.facts > 0 {
        let value = list(&affected, code, words, caps.resources, cutter);
        facts.push(Fact { label: label(words.affected()), value });
    }
    cutter.facts = known - facts.len();
    facts
}

/// What is affected, but for the thing that the message is about.
fn affected(notification: &Notification) -> Vec<String> {
    let itself = match &notification.data {
        // Its resource is the monitor that saw it.
        Data::CostAnomaly(_) => return Vec::new(),
        Data::Certificate(certificate) => certificate.certificate_arn.as_deref(),
        Data::Alarm(alarm) => alarm.alarm_arn.as_deref(),
        _ => None,
    };
    let named = match &notification.data {
        Data::Happening(_) => notification.subject.as_deref(),
        _ => None,
    };
    let others = notification.resources.iter().filter(|resource| Some(resource.as_str()) != itself);
    let names = others.map(|resource| short(resource));
    let is_itself = |name: &String| {
        named.is_some_and(|named| named.split(" / ").any(|named| name.split([':', '/']).any(|part| part == named)))
    };
    names.filter(|name| !is_itself(name)).collect()
}

/// An ARN's resource: partition, service, Region and account stand elsewhere in the message, or say nothing to a person.
fn short(resource: &str) -> String {
    let name = resource.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)).filter(|name| !name.is_empty());
    name.unwrap_or(resource).to_owned()
}

fn value(value: &FieldValue, occasion: &Occasion, words: &dyn Words, caps: Caps, cutter: &mut Cutter) -> String {
    match value {
        FieldValue::Text(text) if !is_arn(text) => cutter.cut(&one_line(text), caps.line),
        FieldValue::Text(text) | FieldValue::Code(text) => code(&cutter.cut(&one_line(text), caps.line)),
        FieldValue::List(items) => list(items, code, words, caps.resources, cutter),
        FieldValue::Texts(items) => list(items, str::to_owned, words, caps.resources, cutter),
        FieldValue::Causes(causes) => {
            let causes: Vec<String> = causes.iter().map(|cause| root_cause(cause, words, occasion.accounts)).collect();
            list(&causes, str::to_owned, words, caps.resources, cutter)
        }
        FieldValue::Time(time) => occasion.reader.times.moment(*time),
        FieldValue::Term(term) => words.term(term),
    }
}

/// Whether a text is nothing but an ARN, in which Slack would find the names of emoji.
fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && !text.contains(char::is_whitespace)
}

/// The first `shown` of `items`, each in a `style`.
fn list(items: &[String], style: fn(&str) -> String, words: &dyn Words, shown: usize, cutter: &mut Cutter) -> String {
    const ITEM_CHARS: usize = 200;
    let first: Vec<String> = items.iter().take(shown).map(|item| style(&cutter.cut(&one_line(item), ITEM_CHARS))).collect();
    words.list(&first, items.len().saturating_sub(first.len()))
}

/// The sender's steps, in his markup.
fn next_steps(notification: &Notification, reader: &Reader) -> Option<String> {
    let Data::Custom(custom) = &notification.data else { return None };
    let rich = |step: &String| markdown::rich(step, reader.allow_mentions);
    match custom.next_steps.as_slice() {
        [] => None,
        [step] => Some(rich(step)),
        steps => Some(steps.iter().map(|step| format!("\n• {}", rich(step))).collect()),
    }
}

/// Whether nothing of `text` can be seen.
fn is_blank(text: &str) -> bool {
    clean(&rich::plain(text)).trim().is_empty()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address longer than this is somebody's joke; a message is whole without it.
const MAX_URL_BYTES: usize = 1000;
const PLACE_CHARS: usize = 80;
const LABEL_CHARS: usize = 60;

/// Cuts texts, and remembers what the reader does not get.
#[derive(Default)]
struct Cutter {
    chars: usize,
    facts: usize,
}

impl Cutter {
    fn cut(&mut self, text: &str, max: usize) -> String {
        match cut(text, max) {
            Some(short) => {
                // The ellipsis is ours.
                self.chars += (text.chars().count() + 1).saturating_sub(short.chars().count());
                short
            }
            None => text.to_owned(),
        }
    }
}
