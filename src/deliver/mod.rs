//! Messages to their receivers: side by side, in order for each, within the time there is. The one place that retries.
//!
//! # Design
//! ```text
//! deliver   fan out by receiver ─► serve
//! serve     claim ─► carry ─► remember, or release ─► rejected: the same for the fallback
//! carry     gate ─► write ─► secrets ─► (turn ─► attempt ─► verdict)*
//! ```
//! A channel only classifies an answer; what follows from a [`Verdict`](crate::outcome::Verdict) is decided in `courier`:
//!
//! | verdict | then |
//! | --- | --- |
//! | `Retry`, `Ambiguous` | again after a jittered wait, or the one asked for; else `retry`: the queue brings it back |
//! | `TooMuch`, `Malformed` | once in the built-in plain form, in half the size where the size was at fault |
//! | `Rejected`, `auth_error` | the secrets anew, once more if they changed; else quarantine, and a notice to somebody else |
//! | `Rejected` | the receiver's fallback, else the failure queue |
//!
//! What lasts longer than an invocation is in `health` (who is refused, who rests, whose turn it is) and in
//! [`memory`](crate::memory).

mod courier;
mod health;
mod notices;
mod policy;

pub use notices::{tell as tell_of_refusals, tell_of_unfit};
pub use policy::Policy;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::channels::{Channel, ChannelKind, Outside, Rate};
use crate::memory::{Claim, Key, Memory, Request};
use crate::notification::{Mention, Notification};
use crate::outcome::{Ending, Incident, Outcome, Reason, Report};
use crate::render::{Accounts, Library, Reader};
use crate::secrets::Secrets;
use health::Health;

/// A named destination.
pub struct Receiver {
    pub name: String,
    pub kind: &'static ChannelKind,
    pub channel: Box<dyn Channel>,
    pub reader: Reader,
    pub terms: Terms,
}

/// How a receiver is served.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// The receiver that gets what this one rejects.
    pub fallback: Option<String>,
    /// None for as fast as it goes.
    pub rate: Option<Rate>,
    pub ambiguous: Ambiguity,
}

/// What follows when a message may have been delivered or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ambiguity {
    /// It goes out again: rather twice than never.
    #[default]
    Retry,
    /// It goes into the failure queue: rather later than twice.
    Keep,
}

/// What every delivery needs.
pub struct Desk {
    pub accounts: Accounts,
    pub library: Library,
    pub secrets: Secrets,
    pub outside: Outside,
    pub policy: Policy,
    pub memory: Memory,
    /// In the order of the configuration.
    pub receivers: Vec<Arc<Receiver>>,
    /// Who delivers to a receiver, by its name.
    turns: HashMap<String, Mutex<()>>,
    health: Health,
}

/// One notification for one receiver.
#[derive(Clone)]
pub struct Job {
    pub notification: Arc<Notification>,
    pub receiver: Arc<Receiver>,
    pub mention: Option<Mention>,
    /// The record that the notification came in; its outcome names it.
    pub record: Option<Arc<str>>,
    /// What it is remembered by; none if it is not to be.
    pub request: Option<Request>,
    /// Who was to get it, where this receiver is a fallback.
    meant_for: Option<String>,
    /// Whether it is our own word about another receiver.
    is_notice: bool,
}

/// When it has to be done. `now` is the wall clock at `started`.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    pub now: Timestamp,
    pub started: Instant,
    /// After this no attempt begins, and none lasts longer.
    pub until: Instant,
}

impl Schedule {
    /// The wall clock.
    pub fn time(&self) -> Timestamp {
        self.after(self.started.elapsed())
    }

    /// The wall clock at `until`.
    pub fn end(&self) -> Timestamp {
        self.after(self.until.saturating_duration_since(self.started))
    }

    /// The same with an earlier end: `reserve` is for something else, but no more than a quarter of the time.
    pub fn less(self, reserve: Duration) -> Schedule {
        let time = self.until.saturating_duration_since(self.started);
        Schedule { until: self.started + (time - reserve.min(time / 4)), ..self }
    }

    /// Whether an attempt can begin after `wait`.
    fn has_time_after(&self, wait: Duration) -> bool {
        Instant::now().checked_add(wait).is_some_and(|then| then + LEAST_ATTEMPT <= self.until)
    }

    fn after(&self, elapsed: Duration) -> Timestamp {
        let elapsed = SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::MAX);
        self.now.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }
}

impl Job {
    pub fn new(notification: Arc<Notification>, receiver: Arc<Receiver>, mention: Option<Mention>) -> Job {
        Job { notification, receiver, mention, record: None, request: None, meant_for: None, is_notice: false }
    }

    /// The same for the fallback of its receiver.
    fn instead(&self, fallback: &Arc<Receiver>) -> Job {
        let meant_for = self.meant_for.clone().or_else(|| Some(self.receiver.name.clone()));
        Job { receiver: Arc::clone(fallback), meant_for, ..self.clone() }
    }

    fn key(&self, desk: &Desk, now: Timestamp) -> Option<Key> {
        let request = self.request.as_ref()?;
        Some(desk.memory.key(&self.receiver.name, &self.notification, request, now))
    }

    /// Its outcome, as long as it has not ended: if its task dies, another invocation may do it.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            receiver: Some(self.receiver.name.clone()),
            channel: Some(self.receiver.kind.profile.channel),
            record: self.record.clone(),
            ..Outcome::open(self.notification.kind.as_str(), &self.notification.dedup_key)
        }
    }
}

impl Desk {
    pub fn new(
        accounts: Accounts,
        library: Library,
        secrets: Secrets,
        outside: Outside,
        memory: Memory,
        receivers: Vec<Arc<Receiver>>,
    ) -> Desk {
        let (policy, health) = (Policy::default(), Health::default());
        let turns = receivers.iter().map(|receiver| (receiver.name.clone(), Mutex::default())).collect();
        Desk { accounts, library, secrets, outside, policy, memory, receivers, turns, health }
    }

    pub fn receiver(&self, name: &str) -> Option<&Arc<Receiver>> {
        self.receivers.iter().find(|receiver| receiver.name == name)
    }

    /// Who gets what `receiver` has rejected. What may be there already goes to nobody else.
    fn fallback(&self, receiver: &Receiver, outcome: &Outcome) -> Option<&Arc<Receiver>> {
        let rejected = outcome.ending == Ending::Rejected && outcome.reason != Some(Reason::Ambiguous);
        self.receiver(receiver.terms.fallback.as_deref().filter(|_| rejected)?)
    }
}

/// Delivers all jobs; their outcomes in their order, a fallback's after the one that it stands in for.
///
/// A receiver's jobs go out one after the other, the receivers side by side: none waits for another, and a task that
/// panics takes down its own receiver's jobs alone.
pub async fn deliver(jobs: Vec<Job>, desk: &Arc<Desk>, schedule: Schedule) -> Report {
    let mut reports: Vec<Report> = jobs.iter().map(|job| Report { outcomes: vec![job.outcome()], ..Report::default() }).collect();
    let mut queues: Vec<Vec<(usize, Job)>> = Vec::new();
    for (index, job) in jobs.into_iter().enumerate() {
        let same =
            |queue: &&mut Vec<(usize, Job)>| queue.first().is_some_and(|(_, first)| first.receiver.name == job.receiver.name);
        match queues.iter_mut().find(same) {
            Some(queue) => queue.push((index, job)),
            None => queues.push(vec![(index, job)]),
        }
    }
    let (send, mut done) = tokio::sync::mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    for queue in queues {
        let (send, desk) = (send.clone(), Arc::clone(desk));
        // In a box, since a task is moved as a whole more than once, and this one is large.
        tasks.spawn(Box::pin(async move {
            for (index, job) in queue {
                // The receiving end lives until all tasks are done.
                let _ = send.send((index, serve(job, &desk, schedule).await));
            }
        }));
    }
    drop(send);
    while let Some((index, report)) = done.recv().await {
        if let Some(place) = reports.get_mut(index) {
            *place = report;
        }
    }
    let mut all = Report::default();
    reports.into_iter().for_each(|report| all.append(report));
    all
}

/// Serves a receiver, and as long as one rejects the message, its fallback. Where one took it, all have it.
async fn serve(job: Job, desk: &Desk, schedule: Schedule) -> Report {
    let mut report = Report::default();
    let mut jobs = vec![job];
    while let Some(job) = jobs.last() {
        let outcome = once(job, desk, schedule, &mut report.incidents).await;
        let next = desk.fallback(&job.receiver, &outcome).filter(|_| jobs.len() < desk.receivers.len());
        let next = next.map(|fallback| job.instead(fallback));
        let arrived = outcome.arrived();
        report.outcomes.push(outcome);
        if arrived {
            jobs.pop();
            for key in jobs.iter().filter_map(|job| job.key(desk, schedule.time())) {
                desk.memory.delivered(&key, schedule.time(), &mut report.incidents).await;
            }
        }
        match next {
            Some(next) => jobs.push(next),
            None => break,
        }
    }
    // One outcome speaks for all: of rejections the first, else the last.
    let all_rejected = report.outcomes.last().is_some_and(|last| last.ending == Ending::Rejected);
    let speaks = if all_rejected { 0 } else { report.outcomes.len().saturating_sub(1) };
    for (index, outcome) in report.outcomes.iter_mut().enumerate() {
        outcome.settled = index != speaks;
    }
    report
}

/// Delivers unless that is done already, and remembers it.
async fn once(job: &Job, desk: &Desk, schedule: Schedule, incidents: &mut Vec<Incident>) -> Outcome {
    // A fallback has a task of its own too: each finds what the other has delivered.
    let turn = async { Some(desk.turns.get(&job.receiver.name)?.lock().await) };
    let _turn = turn.await;
    let began = Instant::now();
    let mut outcome = job.outcome();
    match job.key(desk, schedule.time()) {
        None => courier::carry(job, desk, schedule, &mut outcome, incidents).await,
        Some(key) => match desk.memory.claim(&key, schedule.time(), schedule.end(), incidents).await {
            Claim::Free => {
                courier::carry(job, desk, schedule, &mut outcome, incidents).await;
                match outcome.ending {
                    Ending::Delivered => desk.memory.delivered(&key, schedule.time(), incidents).await,
                    _ => desk.memory.release(&key).await,
                }
            }
            Claim::Delivered => outcome.end(Ending::Skipped, key.reason),
            Claim::Kept => outcome.end(Ending::Deferred, Reason::Duplicate),
            Claim::Busy => outcome.end(Ending::Retry, Reason::Duplicate),
            Claim::Unknown => outcome.end(Ending::Retry, Reason::Other),
        },
    }
    outcome.millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    outcome
}

/// An attempt with less time than this would only be cut off.
const LEAST_ATTEMPT: Duration = Duration::from_millis(200);

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]
mod tests;
