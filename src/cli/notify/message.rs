//! What is to be said: a text as it stands, or our own format where something else than a text is given.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::{Context, Stop};
use crate::aws::MAX_MESSAGE;
use crate::notification::{Kind, Severity, Status};

/// What is said. With anything but a text it goes out in our own format (schema/notification.schema.json).
#[derive(Args)]
pub(super) struct Words {
    /// A file with the text, or - for standard input, which is read too if nothing else says anything
    pub(super) file: Option<PathBuf>,
    /// The text
    #[arg(long, short, value_name = "TEXT", conflicts_with = "file")]
    pub(super) message: Option<String>,
    /// What kind of thing happened [default: text]
    #[arg(long, help_heading = FORMAT, hide_possible_values = true, value_parser = PossibleValuesParser::new(Kind::ALL.iter().map(|kind| kind.as_str())))]
    kind: Option<String>,
    /// What happened, to what, in one line
    #[arg(long, help_heading = FORMAT)]
    title: Option<String>,
    /// By when, how much, and what follows from it, in one sentence
    #[arg(long, help_heading = FORMAT)]
    summary: Option<String>,
    /// What to do
    #[arg(long, help_heading = FORMAT)]
    action: Option<String>,
    /// How much it matters
    #[arg(long, help_heading = FORMAT, value_parser = PossibleValuesParser::new(Severity::ALL.iter().map(|severity| severity.as_str())))]
    severity: Option<String>,
    /// Whether it stands open, is over, or was never a problem
    #[arg(long, help_heading = FORMAT, value_parser = PossibleValuesParser::new(Status::ALL.iter().map(|status| status.as_str())))]
    status: Option<String>,
    /// A fact; may be given several times
    #[arg(long, help_heading = FORMAT, value_name = "LABEL=VALUE", value_parser = pair)]
    field: Vec<(String, String)>,
    /// A place to open, https only; may be given several times
    #[arg(long, help_heading = FORMAT, value_name = "[LABEL=]URL", value_parser = link)]
    link: Vec<(Option<String>, String)>,
    /// A value of the kind's own, such as domain=shop.example.com; a name given twice is a list
    #[arg(long, help_heading = FORMAT, value_name = "NAME=VALUE", value_parser = pair)]
    data: Vec<(String, String)>,
    /// What it is about, such as an ARN; may be given several times
    #[arg(long, help_heading = FORMAT)]
    resource: Vec<String>,
    /// Who tells it [default: this host's name]
    #[arg(long, help_heading = FORMAT)]
    source: Option<String>,
    /// The AWS account that it is about
    #[arg(long, help_heading = FORMAT, value_name = "ID")]
    account: Option<String>,
    /// The Region that it is about
    #[arg(long, help_heading = FORMAT)]
    region: Option<String>,
    /// When it happened [default: now]
    #[arg(long, help_heading = FORMAT, value_name = "TIME")]
    occurred_at: Option<Timestamp>,
    /// Equal for all messages about one thing
    #[arg(long, help_heading = FORMAT, value_name = "KEY")]
    thread_key: Option<String>,
    /// Tell what certbot has put into the environment of its deploy hook, or of its post hook
    #[arg(long, help_heading = FORMAT, conflicts_with = "kind")]
    certbot: bool,
}

/// A message that is ready to go.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    Text(String),
    /// In our own format.
    Own(Map<String, Value>),
}

impl Words {
    /// Whether there is anything to say beside a text.
    pub(super) fn says_something(&self) -> bool {
        let texts = [&self.kind, &self.title, &self.summary, &self.action, &self.severity, &self.status];
        let more = [&self.source, &self.account, &self.region, &self.thread_key];
        let pairs = !self.field.is_empty() || !self.data.is_empty() || !self.link.is_empty() || !self.resource.is_empty();
        texts.into_iter().chain(more).any(Option::is_some) || pairs || self.occurred_at.is_some() || self.certbot
    }

    /// The message; none if there is nothing to say.
    pub(super) fn message(&self, text: Option<String>, context: &Context, now: Timestamp) -> Result<Option<Message>, Stop> {
        if !self.says_something() {
            return Ok(text.map(Message::Text));
        }
        let mut own = Map::new();
        let mut say = |key: &str, value: Value| {
            let says_nothing = match &value {
                Value::Null => true,
                Value::Array(values) => values.is_empty(),
                Value::Object(object) => object.is_empty(),
                _ => false,
            };
            if !says_nothing {
                own.insert(key.to_owned(), value);
            }
        };
        let mut data = listed(&self.data);
        let mut kind = self.kind.as_deref().unwrap_or(Kind::Text.as_str());
        let mut source = self.source.clone();
        if self.certbot {
            let Some((ended, names)) = of_certbot(context)? else { return Ok(None) };
            kind = ended.as_str();
            source = source.or(Some("certbot".to_owned()));
            for (name, value) in names {
                data.entry(name).or_insert(value);
            }
        }
        let mut fields = self.field.clone();
        // What is told of a certificate, an alarm or a budget is about that; anything else is about a host.
        if let (Some(host), true) = (&context.host, [Kind::Text, Kind::Event].map(Kind::as_str).contains(&kind)) {
            match fields.is_empty() {
                true => drop(data.shift_insert(0, HOST.to_owned(), host.as_str().into())),
                false if fields.iter().any(|(label, _)| label == HOST) => {}
                false => fields.insert(0, (HOST.to_owned(), host.clone())),
            }
        }
        say("hikyaku", "1.0".into());
        say("kind", kind.into());
        say("source", source.or_else(|| context.host.clone()).into());
        // A message of the same words and the same time is one fact, however often it comes.
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        say("occurred_at", self.occurred_at.unwrap_or(now).to_string().into());
        for (key, value) in [
            ("status", &self.status),
            ("severity", &self.severity),
            ("title", &self.title),
            ("summary", &self.summary),
            ("action", &self.action),
            ("account", &self.account),
            ("region", &self.region),
            ("thread_key", &self.thread_key),
        ] {
            say(key, value.clone().into());
        }
        say("fields", fields.iter().map(|(label, value)| json!({ "label": label, "value": value })).collect());
        let link = |(label, url): &(Option<String>, String)| match label {
            Some(label) => json!({ "label": label, "url": url }),
            None => json!({ "url": url }),
        };
        say("links", self.link.iter().map(link).collect());
        say("resources", self.resource.clone().into());
        say("data", Value::Object(data));
        say("description", text.into());
        Ok(Some(Message::Own(own)))
    }
}

impl Message {
    pub(super) fn into_text(self) -> String {
        match self {
            Message::Text(text) => text,
            Message::Own(own) => Value::Object(own).to_string(),
        }
    }

    /// The message as one that SNS takes, and how many bytes of its text that has cost: those in the middle, since a log says
    /// first what it is about and last how it ended. None if there is no text to cut.
    pub(super) fn fit(self) -> Option<(String, usize)> {
        match self {
            Message::Text(text) if text.len() <= MAX_MESSAGE => Some((text, 0)),
            // What is JSON would be nothing in part.
            Message::Text(text) if text.starts_with(['{', '[']) && serde_json::from_str::<Value>(&text).is_ok() => None,
            Message::Text(text) => Some(shortened(&text, MAX_MESSAGE)),
            Message::Own(mut own) => {
                let whole = Value::Object(own.clone()).to_string();
                if whole.len() <= MAX_MESSAGE {
                    return Some((whole, 0));
                }
                let description = own.get("description")?.as_str()?.to_owned();
                let written = |text: &str| Value::from(text).to_string().len();
                let room = MAX_MESSAGE.checked_sub(whole.len() - written(&description))?;
                // A character may be written with several: so much of the room as it takes is asked for, and a little less.
                let mut asked = room;
                for _ in 0..MAX_TRIES {
                    let (text, left_out) = shortened(&description, asked);
                    let size = written(&text);
                    if size <= room {
                        own.insert("description".to_owned(), text.into());
                        return Some((Value::Object(own).to_string(), left_out));
                    }
                    asked = (asked * room / size).saturating_sub(MARK_BYTES);
                }
                None
            }
        }
    }
}

/// `text` in at most `max` bytes, with what is in its middle left out, and how much that is.
fn shortened(text: &str, max: usize) -> (String, usize) {
    if text.len() <= max {
        return (text.to_owned(), 0);
    }
    let room = max.saturating_sub(MARK_BYTES);
    let head = text.floor_char_boundary(room / 3);
    let tail = text.ceil_char_boundary(text.len() - (room - room / 3).min(text.len()));
    let (first, last) = (text.get(..head).unwrap_or_default(), text.get(tail..).unwrap_or_default());
    let left_out = tail - head;
    (format!("{first}\n[… {left_out} bytes left out …]\n{last}"), left_out)
}

/// Values by their names; what is given several times is a list.
fn listed(pairs: &[(String, String)]) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, value) in pairs {
        match values.get_mut(name) {
            None => drop(values.insert(name.clone(), value.as_str().into())),
            Some(Value::Array(list)) => list.push(value.as_str().into()),
            Some(one) => *one = json!([one.take(), value]),
        }
    }
    values
}

/// How something ended, and the data of that kind.
type Told = (Kind, Map<String, Value>);

/// What certbot's hooks are told: how it ended, and for which names. None if nothing was renewed and nothing failed.
///
/// <https://eff-certbot.readthedocs.io/en/stable/using.html#renewing-certificates>
fn of_certbot(context: &Context) -> Result<Option<Told>, Stop> {
    let told = |name: &str| context.env.get(name);
    let (renewed, failed) = (told("RENEWED_DOMAINS"), told("FAILED_DOMAINS"));
    if renewed.is_none() && failed.is_none() {
        return Err(Stop::could_not_run("--certbot is for certbot's hooks: neither RENEWED_DOMAINS nor FAILED_DOMAINS is set"));
    }
    let names =
        |domains: Option<&str>| -> Vec<String> { domains.unwrap_or_default().split_whitespace().map(str::to_owned).collect() };
    let (renewed, failed) = (names(renewed), names(failed));
    // Where some were renewed and others were not, the latter is what somebody has to know.
    let (kind, domains) =
        if failed.is_empty() { (Kind::CertificateRenewed, renewed) } else { (Kind::CertificateRenewalFailed, failed) };
    if domains.is_empty() {
        return Ok(None);
    }
    let mut data = Map::from_iter([("domains".to_owned(), domains.into()), ("managed_by".to_owned(), "acme".into())]);
    let lineage = told("RENEWED_LINEAGE").filter(|_| kind == Kind::CertificateRenewed);
    if let Some(name) = lineage.and_then(|path| path.rsplit('/').find(|name| !name.is_empty())) {
        data.insert("cert_name".to_owned(), name.into());
    }
    Ok(Some((kind, data)))
}

fn pair(argument: &str) -> Result<(String, String), String> {
    let pair = argument.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let (name, value) = pair.filter(|(name, value)| !name.is_empty() && !value.is_empty()).ok_or("must be NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn link(argument: &str) -> Result<(Option<String>, String), String> {
    let is_place = |url: &str| url.starts_with("https://");
    match argument.split_once('=') {
        _ if is_place(argument) => Ok((None, argument.to_owned())),
        Some((label, url)) if is_place(url) && !label.trim().is_empty() => Ok((Some(label.trim().to_owned()), url.to_owned())),
        _ => Err("must be an address that begins with https://, or LABEL= before one".to_owned()),
    }
}

/// The label of the host that tells it.
const HOST: &str = "Host";
const FORMAT: &str = "In hikyaku's own format";
/// What the mark of what was left out takes at most.
const MARK_BYTES: usize = 64;
/// The first is right for a text that is alike from end to end.
const MAX_TRIES: usize = 20;
