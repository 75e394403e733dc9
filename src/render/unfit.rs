//! Our own word about a configuration that is of no use, for a receiver of the one that is.

use jiff::Timestamp;

use super::reader::Reader;
use crate::notification::{Kind, Notification, OwnWords, Severity, Status, key};
use crate::text::rich::without_marks;

/// A version of the configuration that is not in use. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// Where the configuration is kept: `ssm:/hikyaku/config`.
    pub place: String,
    pub version: i64,
    /// The version that is in use instead.
    pub in_use: i64,
    /// What is wrong with it, with line and column.
    pub problem: String,
}

/// Says that, at `now`.
pub fn unfit(unfit: &Unfit, now: Timestamp, reader: &Reader) -> Notification {
    // It is shown as code, which has no room for code inside.
    let plain = Unfit { problem: without_marks(&unfit.problem).replace('`', "'"), ..unfit.clone() };
    let [title, text, action] = reader.locale.words().unfit(&plain);
    let Unfit { place, version, .. } = unfit;
    let thread_key = key(&["hikyaku", "configuration", place]);
    Notification {
        occurred_at: Some(now),
        own_words: OwnWords { title: Some(title), summary: Some(text), action: Some(action) },
        dedup_key: key(&["hikyaku", "configuration", place, &version.to_string()]),
        ..Notification::bare(Kind::Text, (Status::Firing, Severity::Warning), "hikyaku", thread_key)
    }
}
