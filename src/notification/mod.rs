//! The domain: what happened, as facts. No AWS event, no JSON value, no words of ours and no I/O.

mod data;
mod happening;
mod kind;

pub use data::*;
pub use happening::*;
pub use kind::*;

use jiff::Timestamp;

/// One thing that happened, whatever it came in: the only currency between the stages.
///
/// A source gives facts; `render` makes the words. Text in here is the sender's own
/// ([`subject`](Self::subject), [`description`](Self::description), names) and is not escaped for any channel.
/// Credentials in it are already masked.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub kind: Kind,
    pub status: Status,
    pub severity: Severity,
    /// The EventBridge source (`aws.health`), or the name of what else sent it; never empty.
    pub source: String,
    /// The account the fact is about, as received (usually 12 digits).
    pub account: Option<String>,
    /// The Region the fact is about.
    pub region: Option<String>,
    pub occurred_at: Option<Timestamp>,
    /// What the sender calls it: an alarm's name, a custom title, a Subject, a detail-type, the thing of a [`Happening`].
    pub subject: Option<String>,
    /// What the sender says in place of our words.
    pub own_words: OwnWords,
    /// The sender's own prose, a text per language.
    pub description: Vec<Prose>,
    /// Facts of this kind, the most telling first; account, Region, time and resources are not repeated in it.
    pub fields: Vec<Field>,
    /// How many facts the event holds beyond [`fields`](Self::fields).
    pub more_fields: usize,
    /// What is affected: ARNs, ids, names.
    pub resources: Vec<String>,
    pub links: Vec<Link>,
    pub data: Data,
    /// Equal for two deliveries of the same fact, different for two facts. At most 255 bytes.
    pub dedup_key: String,
    /// Equal for all facts about one thing over time. At most 255 bytes.
    pub thread_key: String,
}

impl Notification {
    /// One of which nothing is known but that it happened, from `source`, and by which key it is told again.
    pub fn bare(kind: Kind, (status, severity): (Status, Severity), source: &str, key: String) -> Notification {
        Notification {
            kind,
            status,
            severity,
            source: source.to_owned(),
            account: None,
            region: None,
            occurred_at: None,
            subject: None,
            own_words: OwnWords::default(),
            description: Vec::new(),
            fields: Vec::new(),
            more_fields: 0,
            resources: Vec::new(),
            links: Vec::new(),
            data: Data::None {},
            thread_key: key.clone(),
            dedup_key: key,
        }
    }

    /// Whether it is good news, which one quiet line tells.
    pub fn is_good(&self) -> bool {
        let is_self_test = matches!(self.data, Data::Happening(Happening::SelfTest));
        self.status == Status::Resolved || self.kind == Kind::CertificateIssued || is_self_test
    }
}

/// The sender's own words for what we would otherwise say ourselves; each is shown in every locale.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// What happened, to what.
    pub title: Option<String>,
    /// By when, how much, and what follows from it.
    pub summary: Option<String>,
    /// What to do.
    pub action: Option<String>,
}

/// The sender's prose in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose {
    /// A language tag as the sender wrote it (`en_US`, `ja_JP`), if he did.
    pub language: Option<String>,
    pub text: String,
    pub markup: Markup,
}

impl Prose {
    /// Prose without a language tag and without markup.
    pub fn plain(text: impl Into<String>) -> Prose {
        Prose { language: None, text: text.into(), markup: Markup::None }
    }
}

/// What the marks in a sender's prose mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// Nothing: every character stands for itself.
    None,
    /// Chatbot's `client-markdown`: bold, italic, code and links.
    ClientMarkdown,
}

/// A labelled fact. `render` knows the label's words in every locale.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub label: Label,
    pub value: FieldValue,
}

impl Field {
    pub fn new(label: Label, value: FieldValue) -> Field {
        Field { label, value }
    }

    /// A field of free text; none if the text is absent or blank.
    pub fn text(label: Label, text: Option<&str>) -> Option<Field> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        Some(Field::new(label, FieldValue::Text(text.to_owned())))
    }

    /// A field holding an identifier; none if it is absent or blank.
    pub fn code(label: Label, code: Option<&str>) -> Option<Field> {
        let code = code.map(str::trim).filter(|code| !code.is_empty())?;
        Some(Field::new(label, FieldValue::Code(code.to_owned())))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// The sender's words.
    Text(String),
    /// An identifier to copy: a domain, an ARN, a metric.
    Code(String),
    /// Several identifiers; the first few are shown.
    List(Vec<String>),
    /// Several of the sender's words, none of them to copy; the first few are shown.
    Texts(Vec<String>),
    /// What an anomaly comes from; its accounts are shown by their names.
    Causes(Vec<RootCause>),
    /// A moment, shown in the receiver's time zone.
    Time(Timestamp),
    /// A word of ours, shown in the receiver's locale.
    Term(Term),
}

/// A place to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub to: LinkTo,
    /// An http or https address, built from escaped parts or taken from the sender.
    pub url: String,
}

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTo {
    Certificate,
    HealthEvent,
    Budget,
    Alarm,
    CostAnomaly,
    Finding,
    /// How to mend what a finding found.
    Remediation,
    /// The thing's page in the AWS console.
    Console,
    /// What a build wrote.
    Logs,
    /// The sender's own link, of which nothing is known.
    Details,
    /// The sender's own link, under the sender's own label.
    Sender(String),
}

/// A key of `parts`, readable, at most 255 bytes: what is longer is cut and ends in the SHA-256 of the whole.
///
/// A `|` inside a part is escaped, so that no two lists of parts share a key; so is what nobody would see.
pub fn key(parts: &[&str]) -> String {
    bounded(parts.iter().map(|part| escaped(part, &['%', '|'])).collect::<Vec<_>>().join("|"))
}

/// A key as its sender gives it: what nobody would see in it is escaped, and what is too long cut as in [`key`].
pub fn given_key(text: &str) -> String {
    bounded(escaped(text, &[]))
}

fn bounded(whole: String) -> String {
    const MAX_BYTES: usize = 255;
    if whole.len() <= MAX_BYTES {
        return whole;
    }
    let digest = crate::text::sha256_hex(&[&whole]);
    let mut key = whole;
    key.truncate(key.floor_char_boundary(MAX_BYTES - 1 - digest.len()));
    format!("{key}#{digest}")
}

fn escaped(part: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(part.len());
    for char in part.chars() {
        let mut bytes = [0; 4];
        let text: &str = char.encode_utf8(&mut bytes);
        let plain = char == ' ' || char.is_ascii_graphic() || !char.is_ascii() && crate::text::clean(text) == text;
        match char {
            _ if special.contains(&char) => out.push_str(&format!("%{:02X}", u32::from(char))),
            _ if plain => out.push(char),
            _ => out.extend(text.bytes().map(|byte| format!("%{byte:02X}"))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{given_key, key};

    #[test]
    fn keys_are_readable_bounded_and_never_shared() {
        assert_eq!(key(&["budget", "111122223333", "prod"]), "budget|111122223333|prod");
        assert_ne!(key(&["a|b", "c"]), key(&["a", "b|c"]));
        assert_eq!(key(&["予算\u{200b}", "\u{1b}[31m\n", "%"]), "予算%E2%80%8B|%1B[31m%0A|%25");
        let (long, longer) = ("あ".repeat(200), "あ".repeat(201));
        let (long, longer) = (key(&["x", &long]), key(&["x", &longer]));
        assert!(long.len() <= 255 && long.starts_with("x|あ"), "{long}");
        assert_ne!(long, longer);
    }

    #[test]
    fn a_given_key_stays_as_it_is_unless_it_would_not_be_seen_or_is_too_long() {
        for (given, kept) in [("a|b%7C", "a|b%7C"), ("予算 1\n\u{202e}", "予算 1%0A%E2%80%AE")] {
            assert_eq!(given_key(given), kept);
            assert_eq!(given_key(&given_key(given)), kept);
        }
        let long = given_key(&"x|".repeat(200));
        assert_eq!((long.len(), given_key(&long)), (255, long));
    }
}
