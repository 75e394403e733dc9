//! What was delivered, so that nothing arrives twice, and where failures rest, so that nothing is lost.
//!
//! # Design
//! ```text
//! claim ─► Free ──► the channel ─► delivered: journal, then ledger
//!   │        └──────────────────► not delivered: released, the next one may try
//!   ├────► Delivered, Kept        nothing to do
//!   ├────► Busy                   another sandbox is at it: come back later
//!   └────► Unknown                the ledger is out of reach, and is to be asked
//! ```
//! A delivery is remembered under a [`Key`]: a digest of who gets what, never of a position. What "what" is depends:
//! - `dedupe: fact`: the fact, for 24 hours;
//! - `dedupe: none`: the fact in this very request, which a retry of Lambda's repeats;
//! - a coming expiry: the certificate and the [rung](Ladder) of its ladder, until after its end.
//!
//! The [journal](journal) is this sandbox's own, in memory and in a file. The [ledger](ledger) is a table that all
//! sandboxes share; it is asked after the journal. A retry in the same sandbox needs the journal alone; duplicates over
//! sandboxes, and a ladder that holds for weeks, need the ledger; the [`FailureQueue`] is for what no retry can help.

mod failures;
mod journal;
mod ladder;
mod ledger;

pub use failures::{Failed, FailureQueue};
pub use ladder::Ladder;
pub use ledger::LedgerSettings;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::aws::Aws;
use crate::notification::{Certificate, Data, Kind, Notification};
use crate::outcome::{Incident, Reason};
use crate::text::sha256_hex;
use journal::Journal;
use ledger::Ledger;

/// What a configuration says about it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub dedupe: Dedupe,
    pub ladder: Ladder,
    pub ledger: Option<LedgerSettings>,
}

/// When two deliveries are one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dedupe {
    /// When they tell the same fact within 24 hours.
    #[default]
    Fact,
    /// When Lambda gives the same request again.
    None,
}

/// What was delivered to whom.
pub struct Memory {
    dedupe: Dedupe,
    ladder: Ladder,
    journal: Journal,
    ledger: Option<Ledger>,
}

/// The name of the journal of one sandbox, by all that tells it from others and that a process started anew in it finds again.
/// Where several share a folder, as under an emulator, none takes what another has delivered for its own.
pub fn journal_of(sandbox: &[&str]) -> String {
    let digest = sha256_hex(sandbox);
    format!("hikyaku-{}.journal", digest.get(..16).unwrap_or_default())
}

/// What brought a notification: the part of it that a retry repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Lambda's request id, or the id of the SQS message: whatever stays the same when it is given again.
    pub id: Arc<str>,
    /// Which one it is among notifications of the same fact in that request, counted from 0.
    pub copy: usize,
}

/// Under what one delivery is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    digest: String,
    /// When it is forgotten.
    expires_at: Timestamp,
    /// Why it is not sent again.
    pub reason: Reason,
    /// The key of its being kept in the failure queue.
    kept: String,
}

/// Whether to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has, and nobody else will until it is released.
    Free,
    Delivered,
    /// A failed delivery of it is in the failure queue.
    Kept,
    /// Another sandbox is at it.
    Busy,
    /// The ledger cannot be asked, and nothing is to go out without it.
    Unknown,
}

impl Memory {
    /// With the file of its journal, which nobody looks into before the first claim; without one, the journal ends with us.
    pub fn new(settings: Settings, journal: Option<PathBuf>, aws: Arc<Aws>) -> Memory {
        let Settings { dedupe, ladder, ledger } = settings;
        let journal = journal.map_or_else(Journal::of_this_process, Journal::new);
        Memory { dedupe, ladder, journal, ledger: ledger.map(|settings| Ledger::new(settings, aws)) }
    }

    pub fn key(&self, receiver: &str, notification: &Notification, request: &Request, now: Timestamp) -> Key {
        let fact = notification.dedup_key.as_str();
        let key = |digest, kept_for: SignedDuration, reason| Key {
            digest,
            expires_at: now.saturating_add(kept_for).unwrap_or(Timestamp::MAX),
            reason,
            kept: kept(&request.id, receiver, fact),
        };
        if let Some((rung, end, days_left)) = self.rung(notification) {
            let digest = sha256_hex(&["ladder", receiver, &notification.thread_key, &end, &rung.to_string()]);
            return key(digest, DAY * (days_left + 2).clamp(1, MAX_DAYS), Reason::Ladder);
        }
        match self.dedupe {
            Dedupe::Fact => key(sha256_hex(&["fact", receiver, fact]), DAY, Reason::Duplicate),
            Dedupe::None => {
                let copy = request.copy.to_string();
                key(sha256_hex(&["request", receiver, &request.id, fact, &copy]), DAY, Reason::Duplicate)
            }
        }
    }

    /// The key of our own word about a receiver or another thing, which is told once within `kept_for`.
    pub fn notice(&self, about: &str, kept_for: SignedDuration, now: Timestamp) -> Key {
        let expires_at = now.saturating_add(kept_for).unwrap_or(Timestamp::MAX);
        let digest = sha256_hex(&["notice", about]);
        Key { digest, expires_at, reason: Reason::Duplicate, kept: String::new() }
    }

    /// When a receiver gets `notification`, in words: the rule behind [`key`](Memory::key), not what is remembered.
    pub fn rule(&self, notification: &Notification) -> String {
        let standing = on_ladder(notification).and_then(|certificate| {
            let days_left = certificate.days_left?;
            self.ladder.standing(days_left, certificate.validity_days)
        });
        match (standing, self.dedupe) {
            (Some(standing), _) => format!("to each receiver once {standing}"),
            (None, Dedupe::Fact) => "to each receiver once in 24 hours, under this dedup key".to_owned(),
            (None, Dedupe::None) => {
                "to each receiver every time, but for a retry of the same request (`dedupe: none`)".to_owned()
            }
        }
    }

    /// Who remembers what was delivered, in words.
    pub fn rememberer(&self) -> String {
        match &self.ledger {
            Some(ledger) => format!("all sandboxes, in the table `{}`", ledger.table()),
            None => "each sandbox for itself; a `ledger` would be for all of them".to_owned(),
        }
    }

    /// The rung of a coming expiry, the certificate's end where it is known, and how many days that is off.
    fn rung(&self, notification: &Notification) -> Option<(usize, String, i32)> {
        let certificate = on_ladder(notification)?;
        let days = certificate.days_left?;
        let rung = self.ladder.rung(days, certificate.validity_days)?;
        let end = certificate.expires_at.map(|end| end.to_string()).unwrap_or_default();
        Some((rung, end, i32::try_from(days).unwrap_or(MAX_DAYS)))
    }

    /// How much time of an invocation it may take to note what was delivered.
    pub fn reserve(&self) -> Duration {
        if self.ledger.is_some() { ledger::RESERVE } else { Duration::ZERO }
    }

    /// Asks for the right to deliver, until `until` at the most.
    pub async fn claim(&self, key: &Key, now: Timestamp, until: Timestamp, incidents: &mut Vec<Incident>) -> Claim {
        if self.journal.has(&key.digest, now, incidents) {
            return Claim::Delivered;
        }
        if self.journal.has(&key.kept, now, incidents) {
            return Claim::Kept;
        }
        match &self.ledger {
            Some(ledger) => ledger.claim(key, now, until, incidents).await,
            None => Claim::Free,
        }
    }

    /// Notes that it is delivered, before anything else can happen.
    pub async fn delivered(&self, key: &Key, now: Timestamp, incidents: &mut Vec<Incident>) {
        self.journal.put(&key.digest, key.expires_at, now, incidents);
        if let Some(ledger) = &self.ledger {
            ledger.delivered(key, incidents).await;
        }
    }

    /// Gives the right to deliver back.
    pub async fn release(&self, key: &Key) {
        if let Some(ledger) = &self.ledger {
            ledger.release(key).await;
        }
    }

    /// Notes that the failed delivery is in the failure queue: a retry of the same request does not put it there again.
    pub fn kept(&self, request: &str, receiver: &str, dedup_key: &str, now: Timestamp, incidents: &mut Vec<Incident>) {
        let until = now.saturating_add(DAY).unwrap_or(Timestamp::MAX);
        self.journal.put(&kept(request, receiver, dedup_key), until, now, incidents);
    }
}

/// The certificate whose coming expiry is told by a ladder. Health's events are news of their own, and once nothing is left,
/// every message counts.
fn on_ladder(notification: &Notification) -> Option<&Certificate> {
    let Data::Certificate(certificate) = &notification.data else { return None };
    let expiring = notification.kind == Kind::CertificateExpiring && certificate.health.is_none();
    (expiring && certificate.days_left.is_some_and(|days| days > 0)).then_some(certificate)
}

fn kept(request: &str, receiver: &str, dedup_key: &str) -> String {
    sha256_hex(&["kept", receiver, request, dedup_key])
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A certificate that ends later is not the matter of a ladder.
const MAX_DAYS: i32 = 400;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests;
