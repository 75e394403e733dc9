//! Who reads a message.

use super::times::Times;
use super::words::Locale;
use crate::notification::{Notification, Prose};

/// One receiver's language and time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Reader {
    pub locale: Locale,
    pub times: Times,
}

impl Reader {
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
