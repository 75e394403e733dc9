//! What would be lost, before it is: the configuration, and the wiring of publishers, topic, function and queues.
//!
//! # Design
//! ```text
//! template ──► draw ────┐
//!                       ├─► Wiring ──► checks ──► findings
//! account  ──► survey ──┘                ▲
//! configuration ─────────────────────────┘
//! ```
//! A check is data: a name, what it looks at, and a function that leaves [findings](Finding). It asks a [`Wiring`] or a
//! configuration, and knows not where they came from; only those of an account go out themselves.
//!
//! # Levels
//! An error is lost already, or what was to keep it cannot. A warning is lost as soon as something else fails. Unknown is what
//! the caller may not see.
//!
//! # Adding one
//! Write the function in `checks`, add its line to [`CHECKS`], and break in `tests/doctor.rs` what it looks at: a test fails
//! until both ways are there.

mod checks;
mod drawn;
pub mod policy;
mod publishers;
pub mod stack;
mod survey;
mod wiring;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::aws::Aws;
use crate::channels::Outside;
use crate::config::{Broken, Config, Problem};

use crate::deliver::Receiver;
use crate::secrets::Secrets;
pub use checks::CHECKS;
pub use drawn::draw;
pub use publishers::{PUBLISHERS, Publisher, USE_OF_A_KEY};
pub use survey::{Request, Surveyed, keep, survey};
pub use wiring::{Hand, Unseen, Wiring};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: &'static str,
    pub level: Level,
    /// What it is about: a topic, a queue, a receiver.
    pub about: String,
    pub says: String,
    /// What would be lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    /// The line that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    /// The caller may not see it.
    Unknown,
    /// It is lost as soon as something else fails.
    Warning,
    /// It is lost, or what was to keep it cannot.
    Error,
}

/// What to look at.
pub struct Check {
    /// `topic.key`: the thing, and what of it.
    pub name: &'static str,
    /// What holds where it finds nothing.
    pub about: &'static str,
    look: Look,
}

enum Look {
    Configuration(fn(&Setup<'_>, &mut Notes)),
    Wiring(fn(&Wiring, &mut Notes)),
    Account(for<'a> fn(&'a Visit<'_>, &'a mut Notes) -> BoxFuture<'a, ()>),
}

/// A configuration, and the wiring that brings it its events.
pub struct Setup<'a> {
    pub loaded: &'a Result<(Config, Vec<Problem>), Broken>,
    /// Where the configuration is, for people.
    pub origin: String,
    /// The router that it makes, if it makes one, without anybody whom it does not trust.
    pub app: Option<App>,
    pub wiring: Option<&'a Wiring>,
}

/// An account, with the caller's credentials.
pub struct Visit<'a> {
    /// None where there is none, or it is broken.
    pub config: Option<&'a Config>,
    pub secrets: Secrets,
    pub aws: Arc<Aws>,
    pub outside: Outside,
    /// When it began.
    pub now: Timestamp,
    /// AWS's own clock at that time, as a `Date` header tells it.
    pub date: Option<String>,
}

impl Visit<'_> {
    fn receivers(&self) -> impl Iterator<Item = &Receiver> {
        self.config.into_iter().flat_map(|config| &config.receivers).map(Arc::as_ref)
    }
}

/// Does all checks that there is something to look at for.
pub async fn examine(setup: Option<&Setup<'_>>, wiring: Option<&Wiring>, visit: Option<&Visit<'_>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in CHECKS {
        let mut notes = Notes { check: check.name, findings: Vec::new() };
        match (&check.look, setup, wiring) {
            (Look::Configuration(look), Some(setup), _) => look(setup, &mut notes),
            (Look::Wiring(look), _, Some(wiring)) => look(wiring, &mut notes),
            (Look::Account(look), ..) => {
                if let Some(visit) = visit {
                    look(visit, &mut notes).await;
                }
            }
            _ => {}
        }
        findings.append(&mut notes.findings);
    }
    findings
}

/// What is at `pointer` in `value`; null if there is nothing.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// What one check has found.
pub struct Notes {
    check: &'static str,
    findings: Vec<Finding>,
}

impl Notes {
    fn ok(&mut self, about: &str, says: impl Into<String>) {
        self.note(Level::Ok, about, says.into(), None, None);
    }

    fn warning(&mut self, about: &str, says: impl Into<String>, lost: impl Into<String>, mend: impl Into<String>) {
        self.note(Level::Warning, about, says.into(), Some(lost.into()), Some(mend.into()));
    }

    fn error(&mut self, about: &str, says: impl Into<String>, lost: impl Into<String>, mend: impl Into<String>) {
        self.note(Level::Error, about, says.into(), Some(lost.into()), Some(mend.into()));
    }

    fn unseen(&mut self, about: &str, unseen: &Unseen) {
        let Unseen { permission, of, problem } = unseen;
        let mend = unseen.is_denied().then(|| format!("allow yourself {permission} on {of}"));
        let what = if permission.is_empty() { String::new() } else { format!("{permission} of ") };
        self.note(Level::Unknown, about, format!("{what}{of}: {problem}"), None, mend);
    }

    fn note(&mut self, level: Level, about: &str, says: String, lost: Option<String>, mend: Option<String>) {
        self.findings.push(Finding { check: self.check, level, about: about.to_owned(), says, lost, mend });
    }

    /// How many findings there are so far.
    fn count(&self) -> usize {
        self.findings.len()
    }
}
