//! What a person should know beside the outcomes, under names that can be counted.

use serde::Serialize;

/// One line of the log beside the report's. It holds no body, no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    pub level: Level,
    pub incident: Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Warn,
    Error,
}

/// What can happen: a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// No route chose a receiver.
    Unrouted,
    /// A receiver refuses us: it gets nothing for an hour.
    Quarantined,
    /// Too many failures in a row: a receiver rests for half a minute.
    CircuitOpened,
    /// A message arrived, and an earlier attempt may have arrived as well.
    PossibleDuplicate,
    /// Another receiver was told of one in quarantine, or could not be.
    NoticeSent,
    NoticeFailed,
    /// What could not be delivered is in the failure queue, or could not be put there.
    Kept,
    NotKept,
    /// The journal has no file: it remembers as long as the process lives.
    JournalUnusable,
    /// The ledger does not answer, or not at the moment.
    LedgerUnavailable,
    /// The ledger's table is missing or closed to us: mend the configuration.
    LedgerMisconfigured,
    /// A message arrived and the ledger does not know: another sandbox may send it again.
    UnrecordedDelivery,
    /// Another version of the configuration is in use, or is not, since there is something wrong with it.
    ConfigurationTaken,
    ConfigurationRefused,
    /// The store of the configuration does not answer; the one that we have goes on to serve.
    ConfigurationUnavailable,
}

impl Event {
    fn level(self) -> Level {
        match self {
            Event::NoticeSent | Event::Kept | Event::PossibleDuplicate | Event::ConfigurationTaken => Level::Info,
            Event::ConfigurationUnavailable => Level::Warn,
            Event::Unrouted | Event::CircuitOpened | Event::LedgerUnavailable | Event::UnrecordedDelivery => Level::Warn,
            Event::Quarantined | Event::NoticeFailed | Event::NotKept => Level::Error,
            Event::JournalUnusable => Level::Warn,
            Event::LedgerMisconfigured | Event::ConfigurationRefused => Level::Error,
        }
    }
}

impl Incident {
    pub fn new(incident: Event, receiver: Option<&str>, message: impl Into<String>) -> Incident {
        Incident { level: incident.level(), incident, receiver: receiver.map(str::to_owned), message: message.into() }
    }
}
