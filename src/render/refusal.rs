//! Our own word about a receiver that refuses us, for another one to read.

use jiff::Timestamp;

use super::reader::Reader;
use crate::notification::{Data, Kind, Notification, OwnWords, Severity, Status, key};

/// Says that `receiver` has refused us since `since`, with this status of its answer. It holds no address.
pub fn refusal(receiver: &str, channel: &str, status: Option<u16>, since: Timestamp, reader: &Reader) -> Notification {
    let words = reader.locale.words();
    let [title, text, action] = words.refusal(receiver, channel, status, &reader.times.moment(since));
    Notification {
        kind: Kind::Text,
        status: Status::Firing,
        severity: Severity::Critical,
        source: "hikyaku".to_owned(),
        account: None,
        region: None,
        occurred_at: Some(since),
        subject: None,
        own_words: OwnWords { title: Some(title), summary: Some(text), action: Some(action) },
        description: Vec::new(),
        fields: Vec::new(),
        more_fields: 0,
        resources: Vec::new(),
        links: Vec::new(),
        data: Data::None {},
        dedup_key: key(&["hikyaku", "refusal", receiver, &since.to_string()]),
        thread_key: key(&["hikyaku", "refusal", receiver]),
    }
}
