//! Who reads a message, and on what occasion.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::accounts::Accounts;
use super::times::Times;
use super::words::Locale;
use crate::notification::{Mention, Notification, Prose};

/// One receiver's language and time zone, and whether a sender may call people there.
#[derive(Debug, Clone, PartialEq)]
pub struct Reader {
    pub locale: Locale,
    pub times: Times,
    /// Whether a mention that a custom notification's author wrote calls anybody; a route's always does.
    pub allow_mentions: bool,
}

/// English, in UTC.
impl Default for Reader {
    fn default() -> Reader {
        Reader::new(Locale::En, TimeZone::UTC)
    }
}

impl Reader {
    /// A reader whom no sender's mention calls.
    pub fn new(locale: Locale, zone: TimeZone) -> Reader {
        Reader { locale, times: Times { zone }, allow_mentions: false }
    }

    /// The prose in the reader's language, else in English, else the first.
    pub(super) fn prose<'a>(&self, notification: &'a Notification) -> Option<&'a Prose> {
        let in_language = |tag: &str| {
            let of =
                |prose: &&Prose| prose.language.as_deref().is_some_and(|language| language.to_ascii_lowercase().starts_with(tag));
            notification.description.iter().find(of)
        };
        in_language(self.locale.tag()).or_else(|| in_language("en")).or(notification.description.first())
    }
}

/// What decides a message's words beside the notification: who reads it, what he knows by name, whom it calls, and when it
/// goes out.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    pub reader: &'a Reader,
    pub accounts: &'a Accounts,
    pub mention: Option<Mention>,
    /// None where nobody asks the clock; then no message is late.
    pub now: Option<Timestamp>,
    /// The receiver that it was meant for, where the reader stands in for one.
    pub meant_for: Option<&'a str>,
}

impl<'a> Occasion<'a> {
    /// One that calls nobody and knows no clock.
    pub fn new(reader: &'a Reader, accounts: &'a Accounts) -> Occasion<'a> {
        Occasion { reader, accounts, mention: None, now: None, meant_for: None }
    }
}
