//! Sources that the configuration declares, without Rust: an EventBridge pattern that says which messages are theirs, and
//! templates of what these tell. What a declaration does not say stays as the built-in source has it.

use schemars::JsonSchema;
use serde::de::{Deserializer, Error, IgnoredAny};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{decode, generic, read, standing};
use crate::ingress::{Body, Envelope};
use crate::notification::{
    Custom, Data, Field, FieldValue, Kind, Label, Link, LinkTo, Notification, Prose, Severity, Status, Term, key,
};
use crate::pattern::Pattern;
use crate::template::{TextTemplate, TextView};
use crate::text::cut;
use crate::text::mask::intake;

/// A declared source.
#[derive(Debug)]
pub struct Declared {
    settings: Settings,
    /// Over the message as [`Envelope::document`] has it.
    pattern: Pattern,
}

/// What a source can be declared to tell. Every text is a template over the same JSON that the pattern sees.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `name` and `match`")]
pub struct Settings {
    /// What it is called, which becomes the `source` of what names no other.
    #[schemars(length(min = 1, max = 64), example = &"deploys")]
    name: String,
    /// Which messages are of this source: an EventBridge pattern over the event, the JSON or the `text`.
    // Compiled apart from the rest.
    #[serde(rename = "match")]
    #[schemars(with = "Pattern", example = serde_json::json!({ "source": ["my.deployer"] }))]
    _pattern: IgnoredAny,
    /// The kind of its notifications: `event`, `text` or `custom`; the others have data of their own.
    #[serde(default, deserialize_with = "kind")]
    #[schemars(extend("enum" = ["event", "text", "custom", null]), example = &"event")]
    kind: Option<Kind>,
    /// `firing`, `resolved` or `info`, or a template that writes one.
    #[serde(default, deserialize_with = "word::<_, Status>")]
    #[schemars(example = &"firing")]
    status: Option<TextTemplate>,
    /// `critical`, `warning`, `notice` or `info`, or a template that writes one.
    #[serde(default, deserialize_with = "word::<_, Severity>")]
    #[schemars(example = &"{{#if detail.failed}}warning{{else}}info{{/if}}")]
    severity: Option<TextTemplate>,
    /// The headline.
    #[schemars(example = &"Deploy of {{detail.service}} {{detail.status}}")]
    title: Option<TextTemplate>,
    /// The line below the headline.
    #[schemars(example = &"Version {{detail.version}} to {{detail.stage}}")]
    summary: Option<TextTemplate>,
    /// What to do.
    #[schemars(example = &"Roll it back with `make rollback`.")]
    action: Option<TextTemplate>,
    /// The longer text, quoted below.
    #[schemars(example = &"{{detail.message}}")]
    description: Option<TextTemplate>,
    /// The account that it is about.
    #[schemars(example = &"{{account}}")]
    account: Option<TextTemplate>,
    /// The Region that it is about.
    #[schemars(example = &"{{detail.region}}")]
    region: Option<TextTemplate>,
    /// When it happened, in RFC 3339.
    #[serde(default, deserialize_with = "time")]
    #[schemars(example = &"{{time}}")]
    occurred_at: Option<TextTemplate>,
    /// Facts, by their labels.
    #[schemars(with = "Option<std::collections::BTreeMap<String, String>>", example = serde_json::json!({ "Commit": "{{detail.sha}}" }))]
    fields: Option<Labelled>,
    /// Addresses, by what they are called; https only.
    #[schemars(with = "Option<std::collections::BTreeMap<String, String>>", example = serde_json::json!({ "Open the run": "{{detail.url}}" }))]
    links: Option<Labelled>,
    /// What is affected: each line that one of these writes.
    #[schemars(example = ["{{detail.arn}}"])]
    resources: Option<Vec<TextTemplate>>,
    /// Equal for two deliveries of the same fact.
    #[schemars(example = &"{{detail.run}}")]
    dedup_key: Option<TextTemplate>,
    /// Equal for all facts about one thing over time.
    #[schemars(example = &"{{detail.service}}")]
    thread_key: Option<TextTemplate>,
}

/// Templates under labels, in their order.
#[derive(Debug)]
struct Labelled(Vec<(String, TextTemplate)>);

impl<'de> Deserialize<'de> for Labelled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Labelled, D::Error> {
        let map = Map::deserialize(deserializer)?;
        let template = |(label, value): (String, Value)| match value {
            Value::String(source) => Ok((label, TextTemplate::new(source))),
            _ => Err(D::Error::custom(format!("`{label}` must be a text"))),
        };
        map.into_iter().map(template).collect::<Result<_, _>>().map(Labelled)
    }
}

/// One of the kinds that have no data of their own.
fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Kind>, D::Error> {
    let name = String::deserialize(deserializer)?;
    match parse(&name) {
        Some(kind @ (Kind::Event | Kind::Text | Kind::Custom)) => Ok(Some(kind)),
        Some(kind) => Err(D::Error::custom(format!("`{kind}` has data of its own: one of event, text, custom has none"))),
        None => Err(D::Error::custom("must be one of event, text, custom")),
    }
}

/// A template of a word; one that is the word itself has to be right.
fn word<'de, D: Deserializer<'de>, T: DeserializeOwned + Word>(deserializer: D) -> Result<Option<TextTemplate>, D::Error> {
    let template = TextTemplate::deserialize(deserializer)?;
    match template.constant().is_none_or(|word| parse::<T>(word).is_some()) {
        true => Ok(Some(template)),
        false => Err(D::Error::custom(format!("must be one of {}, or a template that writes one", T::all()))),
    }
}

/// A template of a time; one that is a time itself has to be one.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TextTemplate>, D::Error> {
    let template = Option::<TextTemplate>::deserialize(deserializer)?;
    let constant = template.as_ref().and_then(TextTemplate::constant).filter(|time| !time.trim().is_empty());
    match constant.is_none_or(|time| read::timestamp(time).is_some()) {
        true => Ok(template),
        false => Err(D::Error::custom("must be a time such as 2026-11-21T07:30:00Z, or a template that writes one")),
    }
}

/// A word of a closed set.
trait Word {
    /// All of them, for people.
    fn all() -> String;
}

impl Word for Status {
    fn all() -> String {
        Status::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Word for Severity {
    fn all() -> String {
        Severity::ALL.iter().rev().map(|severity| severity.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn parse<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::String(word.trim().to_owned())).ok()
}

impl Declared {
    pub fn new(settings: Settings, pattern: Pattern) -> Declared {
        Declared { settings, pattern }
    }

    /// What the configuration calls it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    pub(super) fn matches(&self, document: &Value) -> bool {
        self.pattern.matches(document)
    }

    /// What `envelope`, which is `document`, tells. Where a template fails, the built-in source serves, and a field says so.
    pub(super) fn tell(&self, envelope: &Envelope, document: Value) -> Notification {
        let mut notification = match self.settings.kind {
            Some(kind) => of_kind(envelope, kind),
            None => decode(envelope),
        };
        match self.fill(&mut notification, envelope, &View(TextView::new(document))) {
            Ok(()) => notification,
            Err(problem) => {
                let mut notification = decode(envelope);
                let failed = Term::SourceFailed { source: self.settings.name.clone(), problem };
                notification.fields.insert(0, Field::new(Label::Problem, FieldValue::Term(failed)));
                notification
            }
        }
    }

    fn fill(&self, notification: &mut Notification, envelope: &Envelope, view: &View) -> Result<(), String> {
        let Settings { name, status, severity, title, summary, action, description, .. } = &self.settings;
        let Settings { account, region, occurred_at, fields, links, resources, dedup_key, thread_key, .. } = &self.settings;
        if notification.source == envelope.carrier() {
            notification.source.clone_from(name);
        }
        notification.account = view.text("account", account)?.or(notification.account.take());
        notification.region = view.text("region", region)?.or(notification.region.take());
        if let Some(written) = view.text("occurred_at", occurred_at)? {
            let time = read::timestamp(&written).ok_or_else(|| format!("occurred_at is no time: {}", short(&written)))?;
            notification.occurred_at = Some(time);
        }
        let (status, severity) = (view.word("status", status)?, view.word("severity", severity)?);
        (notification.status, notification.severity) =
            standing::combined(status, severity, (notification.status, notification.severity));
        let own_words = &mut notification.own_words;
        own_words.title = view.text("title", title)?.or(own_words.title.take());
        own_words.summary = view.text("summary", summary)?.or(own_words.summary.take());
        own_words.action = view.text("action", action)?.or(own_words.action.take());
        match description {
            Some(_) => {
                let written = view.text("description", description)?;
                notification.description = written.map(Prose::plain).into_iter().collect();
            }
            None => keep_first_line(notification, envelope),
        }
        if let Some(Labelled(fields)) = fields {
            notification.more_fields = 0;
            notification.fields = view
                .labelled("fields", fields)?
                .into_iter()
                .map(|(label, value)| Field::new(Label::Sender(label), FieldValue::Text(value)))
                .collect();
        }
        if let Some(Labelled(links)) = links {
            let links = view.labelled("links", links)?.into_iter();
            let link =
                |(label, url): (String, String)| Some(Link { to: LinkTo::Sender(label), url: read::https(&url)?.to_owned() });
            notification.links = links.filter_map(link).collect();
        }
        if let Some(resources) = resources {
            let written = resources.iter().map(|template| view.fill("resources", template)).collect::<Result<Vec<_>, _>>()?;
            let lines = written.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty());
            notification.resources = lines.map(str::to_owned).collect();
        }
        // Two sources may count alike.
        if let Some(given) = view.text("dedup_key", dedup_key)? {
            notification.dedup_key = key(&[name, &given]);
        }
        if let Some(given) = view.text("thread_key", thread_key)? {
            notification.thread_key = key(&[name, "thread", &given]);
        }
        Ok(())
    }
}

/// What the templates are filled from.
struct View(TextView);

impl View {
    /// What the template of `setting` writes; none if there is none or it writes nothing.
    fn text(&self, setting: &str, template: &Option<TextTemplate>) -> Result<Option<String>, String> {
        let Some(template) = template else { return Ok(None) };
        Ok(Some(self.fill(setting, template)?).filter(|text| !text.is_empty()))
    }

    fn word<T: DeserializeOwned + Word>(&self, setting: &str, template: &Option<TextTemplate>) -> Result<Option<T>, String> {
        let Some(word) = self.text(setting, template)? else { return Ok(None) };
        parse(&word).map(Some).ok_or_else(|| format!("{setting} is {}, none of {}", short(&word), T::all()))
    }

    /// The texts that are not empty, under their labels.
    fn labelled(&self, setting: &str, templates: &[(String, TextTemplate)]) -> Result<Vec<(String, String)>, String> {
        let mut all = Vec::new();
        for (label, template) in templates {
            let text = self.fill(setting, template)?;
            if !text.is_empty() {
                all.push((label.clone(), text));
            }
        }
        Ok(all)
    }

    /// A text without credentials, also one that a template has put together of harmless parts.
    fn fill(&self, setting: &str, template: &TextTemplate) -> Result<String, String> {
        let written = template.fill(&self.0).map_err(|error| format!("{setting}: {}", error.problem))?;
        Ok(intake(&written).trim().to_owned())
    }
}

/// What nobody knows, as `kind`.
fn of_kind(envelope: &Envelope, kind: Kind) -> Notification {
    let data = if kind == Kind::Custom { Data::Custom(Custom::default()) } else { Data::None {} };
    Notification { kind, data, ..generic::any(envelope) }
}

/// A text is called by its first line; where it gets another title, the line belongs to the text again.
fn keep_first_line(notification: &mut Notification, envelope: &Envelope) {
    let (Body::Text(text), None, Some(title)) = (&envelope.body, &envelope.subject, &notification.own_words.title) else {
        return;
    };
    if matches!(notification.data, Data::None {}) && !title.contains(text.trim()) {
        notification.description = vec![Prose::plain(text.trim())];
    }
}

/// A value to show in a problem.
fn short(text: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    cut(text, SHOWN_CHARS).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests;
