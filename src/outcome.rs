//! How a delivery went: a channel's verdict on one answer, and the outcome that is reported.

use std::time::Duration;

use serde::Serialize;

/// What a channel reads from one answer. It only classifies; `deliver` alone decides what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// Not now: worth another try, after the time the answer asked for, if it did.
    Retry { reason: Reason, after: Option<Duration> },
    /// Never, as it stands: trying again cannot help.
    Rejected { reason: Reason },
    /// The payload is at fault: another form of it may pass.
    TooMuch,
    /// It may have been delivered: the request went out whole, and no answer came.
    Ambiguous,
}

/// Why something was not delivered at the first try: a closed set, safe to log and to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
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
    /// What a person should know beyond that; it goes to the log and to no report.
    #[serde(skip)]
    pub detail: Option<String>,
}

/// All outcomes of one payload, in the order of its notifications.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Whether every selected receiver has its message: only then may the function answer `Ok`.
    pub fn complete(&self) -> bool {
        self.undelivered().next().is_none()
    }

    /// What did not arrive, though it should have.
    pub fn undelivered(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| !matches!(outcome.ending, Ending::Delivered | Ending::Skipped | Ending::Deferred))
    }
}
