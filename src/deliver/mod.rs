//! Messages to their receivers: side by side, in order for each, within the time there is. The one place that retries.

mod policy;

pub use policy::Policy;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::channels::{Attempt, Channel, ChannelKind, Outside, Parcel};
use crate::notification::{Mention, Notification};
use crate::outcome::{Ending, Outcome, Reason, Verdict};
use crate::render::{Accounts, Library, Message, Occasion, Reader, render};
use crate::secret::Keys;
use crate::secrets::{SecretError, Secrets};

/// A named destination.
pub struct Receiver {
    pub name: String,
    pub kind: &'static ChannelKind,
    pub channel: Box<dyn Channel>,
    pub reader: Reader,
}

/// What every delivery needs.
pub struct Desk {
    pub accounts: Accounts,
    pub library: Library,
    pub secrets: Secrets,
    pub outside: Outside,
    pub policy: Policy,
}

/// One notification for one receiver.
pub struct Job {
    pub notification: Arc<Notification>,
    pub receiver: Arc<Receiver>,
    pub mention: Option<Mention>,
}

/// When it has to be done. `now` is the wall clock at `started`.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    pub now: Timestamp,
    pub started: Instant,
    /// After this no attempt begins, and none lasts longer.
    pub until: Instant,
}

/// Delivers all jobs; one outcome each, in their order.
///
/// A receiver's jobs go out one after the other, the receivers side by side: none waits for another, and a task that
/// panics takes down its own receiver's jobs alone.
pub async fn deliver(jobs: Vec<Job>, desk: &Arc<Desk>, schedule: Schedule) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = jobs.iter().map(lost).collect();
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
        tasks.spawn(async move {
            for (index, job) in queue {
                // The receiving end lives until all tasks are done.
                let _ = send.send((index, run(&job, &desk, schedule).await));
            }
        });
    }
    drop(send);
    while let Some((index, outcome)) = done.recv().await {
        if let Some(place) = outcomes.get_mut(index) {
            *place = outcome;
        }
    }
    outcomes
}

/// The outcome of a job whose task died: another invocation may do it.
fn lost(job: &Job) -> Outcome {
    Outcome {
        receiver: Some(job.receiver.name.clone()),
        channel: Some(job.receiver.kind.profile.channel),
        kind: job.notification.kind.as_str(),
        dedup_key: job.notification.dedup_key.clone(),
        ending: Ending::Retry,
        reason: Some(Reason::Other),
        attempts: 0,
        millis: 0,
        status: None,
        detail: None,
    }
}

async fn run(job: &Job, desk: &Desk, schedule: Schedule) -> Outcome {
    let began = Instant::now();
    let mut outcome = lost(job);
    let profile = &job.receiver.kind.profile;
    let (reader, accounts) = (&job.receiver.reader, &desk.accounts);
    let occasion = Occasion { reader, accounts, mention: job.mention, now: Some(schedule.now) };
    let rendered = render(&job.notification, profile, &occasion, &desk.library);
    match rendered {
        Err(error) => {
            (outcome.ending, outcome.reason, outcome.detail) =
                (Ending::Rejected, Some(Reason::Template), Some(error.to_string()));
        }
        Ok(message) => match tokio::time::timeout_at(schedule.until, keys(&job.receiver, &desk.secrets, schedule.now)).await {
            Err(_) => outcome.reason = Some(Reason::Secret),
            Ok(Err(error)) => {
                let ending = if error.transient { Ending::Retry } else { Ending::Rejected };
                (outcome.ending, outcome.reason, outcome.detail) = (ending, Some(Reason::Secret), Some(error.to_string()));
            }
            Ok(Ok(keys)) => attempts(job, desk, schedule, &message, &keys, &mut outcome).await,
        },
    }
    outcome.millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    outcome
}

/// The secrets that the receiver's channel needs.
async fn keys(receiver: &Receiver, secrets: &Secrets, now: Timestamp) -> Result<Keys, SecretError> {
    let mut keys = Keys::default();
    for reference in receiver.channel.references() {
        keys.insert(reference.clone(), secrets.resolve(reference, now).await?);
    }
    Ok(keys)
}

/// Sends until it is there, is refused, or time or tries are used up.
async fn attempts(job: &Job, desk: &Desk, schedule: Schedule, message: &Message, keys: &Keys, outcome: &mut Outcome) {
    outcome.detail.clone_from(&message.degraded);
    let idempotency_key = format!("{}|{}", job.receiver.name, job.notification.dedup_key);
    loop {
        let timeout = desk.policy.attempt_timeout.min(schedule.until.saturating_duration_since(Instant::now()));
        if timeout < LEAST_ATTEMPT {
            (outcome.ending, outcome.reason) =
                (Ending::Retry, outcome.reason.filter(|_| outcome.attempts > 0).or(Some(Reason::Deadline)));
            return;
        }
        outcome.attempts += 1;
        let elapsed = schedule.started.elapsed().as_secs();
        let now = Timestamp::from_second(schedule.now.as_second().saturating_add_unsigned(elapsed)).unwrap_or(schedule.now);
        let parcel = Parcel { payload: &message.payload, idempotency_key: &idempotency_key, keys, now, timeout };
        let sent = tokio::time::timeout(timeout + GRACE, job.receiver.channel.send(&parcel, &desk.outside)).await;
        let Attempt { verdict, status, detail } = sent.unwrap_or(Attempt::without_answer(Verdict::Ambiguous));
        outcome.status = status;
        outcome.detail = detail.or_else(|| message.degraded.clone());
        let (reason, asked) = match verdict {
            Verdict::Delivered => {
                (outcome.ending, outcome.reason) = (Ending::Delivered, message.degraded.as_ref().map(|_| Reason::Template));
                return;
            }
            Verdict::Rejected { reason } => {
                (outcome.ending, outcome.reason) = (Ending::Rejected, Some(reason));
                return;
            }
            Verdict::TooMuch => {
                (outcome.ending, outcome.reason) = (Ending::Rejected, Some(Reason::Payload));
                return;
            }
            Verdict::Retry { reason, after } => (reason, after),
            Verdict::Ambiguous => (Reason::Ambiguous, None),
        };
        (outcome.ending, outcome.reason) = (Ending::Retry, Some(reason));
        let wait = asked.unwrap_or_else(|| desk.policy.backoff(outcome.attempts));
        let no_time = Instant::now().checked_add(wait).is_none_or(|then| then + LEAST_ATTEMPT > schedule.until);
        if outcome.attempts >= desk.policy.max_attempts || no_time {
            return;
        }
        tokio::time::sleep(wait).await;
    }
}

/// An attempt with less time than this would only be cut off.
const LEAST_ATTEMPT: Duration = Duration::from_millis(200);
/// A channel keeps to its timeout by itself; this ends one that does not.
const GRACE: Duration = Duration::from_millis(250);
