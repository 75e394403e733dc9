//! How a delivery went: a channel's verdict on one answer, and the outcome that is reported.

mod incident;
pub mod metrics;
mod undelivered;

pub use incident::{Event, Incident};
pub use undelivered::{Failure, Undelivered};

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};

/// What a channel reads from one answer. It only classifies; `deliver` alone decides what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// Not now: worth another try, after the time the answer asked for, if it did.
    Retry { reason: Reason, after: Option<Duration> },
    /// Never, as it stands: trying again cannot help.
    Rejected { reason: Reason },
    /// The payload is too large: a shorter one may pass.
    TooMuch,
    /// The payload's form is at fault: a plainer one may pass.
    Malformed,
    /// It may have been delivered: the request went out whole, and no answer came.
    Ambiguous,
}

/// Why something was not delivered at the first try: a closed set, safe to log and to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    ClientError,
    ServerError,
    AuthError,
    RateLimited,
    Timeout,
    Network,
    Template,
    Secret,
    Payload,
    Ambiguous,
    Deadline,
    Quarantined,
    Duplicate,
    Ladder,
    Dropped,
    Untrusted,
    Other,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl FromStr for Reason {
    type Err = serde::de::value::Error;

    fn from_str(text: &str) -> Result<Reason, Self::Err> {
        Reason::deserialize(text.into_deserializer())
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Delivered,
    /// Not delivered; another invocation may do it.
    Retry,
    /// Put off on purpose, and durably kept.
    Deferred,
    /// Refused for good.
    Rejected,
    /// Not meant to be delivered.
    Skipped,
}

/// One line of the report: a notification and a receiver. It holds no body, no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'static str>,
    pub kind: &'static str,
    pub dedup_key: String,
    #[serde(rename = "outcome")]
    pub ending: Ending,
    /// Also on a delivered message where something was in its way: `template` says that it went out in the built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    pub attempts: u32,
    pub millis: u64,
    /// The status of the last answer, HTTP's or SMTP's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The route that dropped it, and why, in the words of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped_by: Option<String>,
    /// What a person should know beyond that; it goes to the log and to no report.
    #[serde(skip)]
    pub detail: Option<String>,
    /// Whether nothing is lost though it did not arrive here: the receiver's fallback has it, or the failure queue keeps it.
    #[serde(skip)]
    pub settled: bool,
    /// The record that the notification came in, where Lambda takes records back one by one.
    #[serde(skip)]
    pub record: Option<Arc<str>>,
}

impl Outcome {
    /// One of the fact `dedup_key` that has not ended yet: another invocation may bring it to its end.
    pub fn open(kind: &'static str, dedup_key: &str) -> Outcome {
        Outcome {
            receiver: None,
            channel: None,
            kind,
            dedup_key: dedup_key.to_owned(),
            ending: Ending::Retry,
            reason: Some(Reason::Other),
            attempts: 0,
            millis: 0,
            status: None,
            dropped_by: None,
            detail: None,
            settled: false,
            record: None,
        }
    }

    /// Ends it.
    pub fn end(&mut self, ending: Ending, reason: impl Into<Option<Reason>>) {
        (self.ending, self.reason) = (ending, reason.into());
    }

    /// Whether the receiver has the message, or is not to have it.
    pub fn arrived(&self) -> bool {
        matches!(self.ending, Ending::Delivered | Ending::Skipped)
    }

    /// Whether nothing has to be done for it any more.
    pub fn is_done(&self) -> bool {
        self.arrived() || self.settled || self.ending == Ending::Deferred
    }
}

/// All outcomes of one payload, in the order of its notifications, and what else there is to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
    pub incidents: Vec<Incident>,
    /// How many notifications no route matched but those that match everything, though there are others.
    pub unrouted: u64,
}

impl Report {
    /// Whether every selected receiver has its message, or the failure is kept: only then may the function answer `Ok`.
    pub fn complete(&self) -> bool {
        self.undelivered().next().is_none()
    }

    /// What did not arrive, though it should have, and is kept nowhere.
    pub fn undelivered(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| !outcome.is_done())
    }

    /// Adds what `other` has to tell.
    pub fn append(&mut self, other: Report) {
        self.outcomes.extend(other.outcomes);
        self.incidents.extend(other.incidents);
        self.unrouted += other.unrouted;
    }

    /// The records with something in them that did not arrive, each once; none if not all of that came in a record.
    pub fn undelivered_records(&self) -> Option<Vec<Arc<str>>> {
        let mut records: Vec<Arc<str>> = Vec::new();
        for outcome in self.undelivered() {
            let record = outcome.record.as_ref()?;
            if !records.contains(record) {
                records.push(Arc::clone(record));
            }
        }
        Some(records)
    }
}
