//! One message to one receiver: written, sent, tried again, and written anew where the receiver cannot take it.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::health::Gate;
use super::{Ambiguity, Desk, Job, Receiver, Schedule};
use crate::channels::{Attempt, Parcel};
use crate::outcome::{Ending, Event, Incident, Outcome, Reason, Verdict};
use crate::render::{Message, Occasion, render, render_plainly};
use crate::secret::{Keys, SecretRef};
use crate::secrets::{SecretError, Secrets};

/// Brings `job`'s message to its receiver, or says in `outcome` why not.
pub(super) async fn carry(job: &Job, desk: &Desk, schedule: Schedule, outcome: &mut Outcome, incidents: &mut Vec<Incident>) {
    let name = &job.receiver.name;
    match desk.health.gate(name, schedule.time()) {
        Gate::Open => {}
        Gate::Quarantined => return outcome.end(Ending::Rejected, Reason::Quarantined),
        Gate::Resting(reason) => return outcome.end(Ending::Retry, reason),
    }
    let occasion = occasion(job, desk, schedule);
    let message = match render(&job.notification, &job.receiver.kind.profile, &occasion, &desk.library) {
        Ok(message) => message,
        Err(error) => {
            outcome.detail = Some(error.to_string());
            return outcome.end(Ending::Rejected, Reason::Template);
        }
    };
    let keys = keys(&job.receiver, &desk.secrets, schedule.now);
    let keys = match tokio::time::timeout_at(schedule.until, keys).await {
        Ok(Ok(keys)) => keys,
        Ok(Err(error)) => {
            outcome.detail = Some(error.to_string());
            return outcome.end(if error.transient { Ending::Retry } else { Ending::Rejected }, Reason::Secret);
        }
        Err(_) => return outcome.end(Ending::Retry, Reason::Secret),
    };
    outcome.detail.clone_from(&message.degraded);
    Errand { job, desk, schedule, occasion, message, keys, plain: false, refreshed: false, doubtful: false }
        .run(outcome, incidents)
        .await;
}

fn occasion<'a>(job: &'a Job, desk: &'a Desk, schedule: Schedule) -> Occasion<'a> {
    let (mention, meant_for) = (job.mention, job.meant_for.as_deref());
    Occasion { mention, meant_for, now: Some(schedule.now), ..Occasion::new(&job.receiver.reader, &desk.accounts) }
}

/// The secrets that the receiver's channel needs.
async fn keys(receiver: &Receiver, secrets: &Secrets, now: Timestamp) -> Result<Keys, SecretError> {
    let mut keys = Keys::default();
    for reference in receiver.channel.references() {
        keys.insert(reference.clone(), secrets.resolve(reference, now).await?);
    }
    Ok(keys)
}

/// A message under way.
struct Errand<'a> {
    job: &'a Job,
    desk: &'a Desk,
    schedule: Schedule,
    occasion: Occasion<'a>,
    message: Message,
    keys: Keys,
    /// Whether the message is in its plainest form already.
    plain: bool,
    /// Whether the secrets are as new as can be.
    refreshed: bool,
    /// Whether an attempt may have arrived.
    doubtful: bool,
}

impl Errand<'_> {
    /// Sends until it is there, is refused, or time or tries are used up.
    async fn run(mut self, outcome: &mut Outcome, incidents: &mut Vec<Incident>) {
        let (health, name) = (&self.desk.health, &self.job.receiver.name);
        let mut tries = 0;
        loop {
            if let Err(reason) = self.turn().await {
                // What kept it so far says more than that the time is up.
                let so_far = outcome.reason.filter(|_| outcome.attempts > 0);
                return outcome.end(Ending::Retry, so_far.unwrap_or(reason));
            }
            outcome.attempts += 1;
            tries += 1;
            let Attempt { verdict, status, detail } = self.attempt().await;
            outcome.status = status;
            outcome.detail = detail.or_else(|| self.message.degraded.clone());
            let (reason, asked) = match verdict {
                Verdict::Delivered => {
                    health.delivered(name);
                    if self.doubtful {
                        let message = "an earlier attempt was never answered; it may have arrived twice";
                        incidents.push(Incident::new(Event::PossibleDuplicate, Some(name), message));
                    }
                    return outcome.end(Ending::Delivered, self.message.degraded.as_ref().map(|_| Reason::Template));
                }
                Verdict::TooMuch | Verdict::Malformed => {
                    if !self.plain && self.write_plainly(&verdict) {
                        tries = 0;
                        continue;
                    }
                    return outcome.end(Ending::Rejected, Reason::Payload);
                }
                Verdict::Rejected { reason: Reason::AuthError } => {
                    if !self.refreshed && self.refresh().await {
                        tries = 0;
                        continue;
                    }
                    self.quarantine(status, incidents);
                    return outcome.end(Ending::Rejected, Reason::AuthError);
                }
                Verdict::Rejected { reason } => return outcome.end(Ending::Rejected, reason),
                Verdict::Ambiguous if self.job.receiver.terms.ambiguous == Ambiguity::Keep => {
                    return outcome.end(Ending::Rejected, Reason::Ambiguous);
                }
                Verdict::Ambiguous => {
                    self.doubtful = true;
                    (Reason::Ambiguous, None)
                }
                Verdict::Retry { reason, after } => (reason, after),
            };
            outcome.end(Ending::Retry, reason);
            let wait = asked.unwrap_or_else(|| self.desk.policy.backoff(tries));
            let too_long =
                asked.is_some_and(|asked| asked > self.desk.policy.longest_wait) || !self.schedule.has_time_after(wait);
            if too_long || tries >= self.desk.policy.max_attempts {
                return self.give_up(reason, asked, incidents);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits until the receiver's rate allows one more attempt.
    ///
    /// # Errors
    /// If there is no time for that.
    async fn turn(&self) -> Result<(), Reason> {
        let Receiver { name, terms, .. } = self.job.receiver.as_ref();
        loop {
            if !self.schedule.has_time_after(Duration::ZERO) {
                return Err(Reason::Deadline);
            }
            let Some(rate) = terms.rate else { return Ok(()) };
            let Err(wait) = self.desk.health.take(name, rate, self.schedule.time()) else { return Ok(()) };
            if !self.schedule.has_time_after(wait) {
                return Err(Reason::RateLimited);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self) -> Attempt {
        let Job { receiver, notification, .. } = self.job;
        let timeout = self.desk.policy.attempt_timeout.min(self.schedule.until.saturating_duration_since(Instant::now()));
        let parcel = Parcel {
            payload: &self.message.payload,
            idempotency_key: &format!("{}|{}", receiver.name, notification.dedup_key),
            keys: &self.keys,
            now: self.schedule.time(),
            timeout,
        };
        let sent = tokio::time::timeout(timeout + GRACE, receiver.channel.send(&parcel, &self.desk.outside)).await;
        sent.unwrap_or(Attempt::without_answer(Verdict::Ambiguous))
    }

    /// Writes the message in the built-in plain form; in half the size, where the size was at fault. False if there is no
    /// other form.
    fn write_plainly(&mut self, verdict: &Verdict) -> bool {
        self.plain = true;
        let Job { notification, receiver, .. } = self.job;
        let profile = &receiver.kind.profile;
        let limit = match verdict {
            Verdict::TooMuch => profile.unit.measure(&self.message.payload) / 2,
            _ => profile.limit,
        };
        let plain = render_plainly(notification, profile, &self.occasion, &self.desk.library, limit);
        let Ok(plain) = plain else { return false };
        let differs = plain.payload != self.message.payload;
        self.message = plain;
        differs
    }

    /// Gets the secrets anew; whether one of them is another now.
    async fn refresh(&mut self) -> bool {
        self.refreshed = true;
        let secrets = &self.desk.secrets;
        let references: Vec<SecretRef> = self.job.receiver.channel.references().into_iter().cloned().collect();
        let refresh = async {
            let mut keys = Keys::default();
            for reference in references {
                let value = secrets.refresh(&reference, self.schedule.now).await?;
                keys.insert(reference, value);
            }
            Ok::<Keys, SecretError>(keys)
        };
        match tokio::time::timeout_at(self.schedule.until, refresh).await {
            Ok(Ok(keys)) if keys != self.keys => {
                self.keys = keys;
                true
            }
            _ => false,
        }
    }

    fn quarantine(&self, status: Option<u16>, incidents: &mut Vec<Incident>) {
        // What a notice meets is the next message's to find out.
        if !self.job.is_notice {
            let name = &self.job.receiver.name;
            self.desk.health.quarantine(name, status, self.schedule.time());
            incidents.push(Incident::new(Event::Quarantined, Some(name), "it refuses us; nothing is sent to it for an hour"));
        }
    }

    fn give_up(&self, reason: Reason, asked: Option<Duration>, incidents: &mut Vec<Incident>) {
        let (health, name, now) = (&self.desk.health, &self.job.receiver.name, self.schedule.time());
        if health.failed(name, reason, asked, now) {
            incidents.push(Incident::new(Event::CircuitOpened, Some(name), "five messages in a row failed; it rests for 30 s"));
        }
    }
}

/// A channel keeps to its timeout by itself; this ends one that does not.
const GRACE: Duration = Duration::from_millis(250);
