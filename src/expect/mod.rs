//! Expectations beside the configuration: of an event, who is to get it, and what the message says. Nothing is sent.
//!
//! ```yaml
//! expectations:
//!   - name: a renewal that failed calls the channel
//!     sample: certificate.renewal_failed      # or `event: FILE`, beside this one
//!     set: { detail.affectedAccount: "111122223333" }
//!     to: [ops]                               # these and no others
//!     mention: channel
//!     messages:                               # by receiver, or by channel for all of its receivers
//!       ops: { contains: ["*.shop.example.com"], max_size: 3000 }
//! ```

mod coverage;
mod judge;
mod read;

pub use coverage::{Coverage, Touched};

use std::path::PathBuf;

use jiff::Timestamp;

use crate::app::{App, Explanation};
use crate::ingress::Envelope;
use crate::notification::{Kind, Mention, Severity, Status};

/// One file of expectations.
pub struct Suite {
    pub path: PathBuf,
    pub expectations: Vec<Expectation>,
}

/// An event, and what is expected of it.
pub struct Expectation {
    pub name: String,
    /// Where it begins in its file, counted from one.
    pub line: u64,
    envelopes: Vec<Envelope>,
    at: Option<Timestamp>,
    expected: Expected,
}

/// What is expected of every notification in an event; what is not said may be as it likes.
#[derive(Debug, Clone, Default, PartialEq)]
struct Expected {
    /// These receivers and no others.
    to: Option<Vec<String>>,
    not_to: Vec<String>,
    kind: Option<Kind>,
    status: Option<Status>,
    severity: Option<Severity>,
    /// The loudest of all its messages.
    mention: Option<Mention>,
    dropped: Option<bool>,
    messages: Vec<(Whose, Wording)>,
}

/// Whose messages.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    Receiver(String),
    /// Those of all receivers of a channel.
    Channel(String),
}

/// What is expected of a message.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a mapping with `contains`, `not_contains`, `max_size` or `mention`")]
struct Wording {
    /// Texts in what the reader sees, or in a text of the payload.
    contains: Vec<String>,
    not_contains: Vec<String>,
    /// In the channel's own unit.
    max_size: Option<usize>,
    mention: Option<Mention>,
}

/// How an expectation went.
pub struct Judgement {
    pub explanations: Vec<Explanation>,
    /// None if it holds.
    pub failures: Vec<Failure>,
}

/// One thing that came otherwise.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Failure {
    /// The key of the expectation: `to`, `messages.ops.contains`.
    pub what: String,
    pub expected: String,
    pub came: String,
}

impl Expectation {
    /// Holds it against `app`.
    pub fn judge(&self, app: &App) -> Judgement {
        let explanations = app.explain(&self.envelopes, self.at);
        let failures = judge::failures(&self.expected, &explanations);
        Judgement { explanations, failures }
    }
}
