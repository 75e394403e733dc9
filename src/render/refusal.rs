//! Our own word about a receiver that refuses us, for another one to read.

use jiff::Timestamp;

use super::reader::Reader;
use crate::notification::{Kind, Notification, OwnWords, Severity, Status, key};

/// Says that `receiver` has refused us since `since`, with this status of its answer. It holds no address.
pub fn refusal(receiver: &str, channel: &str, status: Option<u16>, since: Timestamp, reader: &Reader) -> Notification {
    let words = reader.locale.words();
    let [title, text, action] = words.refusal(receiver, channel, status, &reader.times.moment(since));
    let thread_key = key(&["hikyaku", "refusal", receiver]);
    Notification {
        occurred_at: Some(since),
        own_words: OwnWords { title: Some(title), summary: Some(text), action: Some(action) },
        dedup_key: key(&["hikyaku", "refusal", receiver, &since.to_string()]),
        ..Notification::bare(Kind::Text, (Status::Firing, Severity::Critical), "hikyaku", thread_key)
    }
}
