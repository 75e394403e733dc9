//! What of a dead letter's event is missing, and where.

use std::sync::Arc;

use jiff::Timestamp;

use super::letters::Letter;
use crate::app::App;
use crate::deliver::Job;
use crate::ingress::{self, Arrival, DeadLetter, Envelope};
use crate::memory::Failed;
use crate::notification::Notification;
use crate::outcome::{Ending, Failure, Outcome, Reason, Report, Undelivered};
use crate::text::{clean, mask::mask};

/// A letter, and what is to be done for it.
pub(super) struct Missing {
    pub(super) letter: DeadLetter,
    pub(super) jobs: Vec<Job>,
    /// What cannot be done, or need not.
    pub(super) outcomes: Vec<Outcome>,
    /// What nobody asked for this time.
    pub(super) others: Vec<Failed>,
}

impl Missing {
    /// What `letter` asks for at the time `now`, if it is for one of `only`, or for anybody if that is empty.
    pub(super) fn of(letter: &Letter, app: &App, only: &[String], now: Timestamp) -> Result<Missing, String> {
        let letter = DeadLetter::read(&letter.body, &letter.attributes).map_err(|problem| problem.to_string())?;
        let payload = match ingress::receive(&letter.payload).map_err(|problem| problem.to_string())? {
            Arrival::Invoked(payload) => payload,
            Arrival::Http(_) => return Err("an HTTP request, whose sender nobody has checked".to_owned()),
        };
        let request = letter.request_id.as_deref();
        let brought = |envelope: Envelope| match request {
            Some(id) => envelope.brought_by(id),
            None => envelope,
        };
        let envelopes: Vec<Envelope> = payload.envelopes.into_iter().map(brought).collect();
        let mut report = Report::default();
        let mut jobs = app.jobs(&envelopes, &[], now, &mut report);
        let mut outcomes = report.outcomes;
        if let Some(named) = Named::of(&letter) {
            jobs.retain(|job| named.iter().any(|one| one.is(&job.receiver.name, &job.notification.dedup_key)));
            outcomes.retain(|outcome| outcome.is_done() || named.iter().any(|one| one.is_unrouted(&outcome.dedup_key)));
            add(&named, &envelopes, app, &mut jobs, &mut outcomes);
        }
        // A record that SQS handed over is not its own to take back here.
        jobs.iter_mut().for_each(|job| job.record = None);
        let wanted = |receiver: &str| only.is_empty() || only.iter().any(|name| name == receiver);
        let (jobs, other_jobs): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| wanted(&job.receiver.name));
        let is_wanted = |outcome: &Outcome| outcome.receiver.as_deref().is_none_or(wanted);
        let (outcomes, other_outcomes): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(is_wanted);
        let others = other_jobs.iter().map(Job::outcome).chain(other_outcomes);
        let others = others.filter_map(|outcome| Failed::of(&outcome)).collect();
        Ok(Missing { letter, jobs, outcomes, others })
    }
}

/// Adds what the letter names and the routes no longer choose; a receiver that is gone is said to be. What is held back or
/// dropped by now stays so.
fn add(named: &[Named<'_>], envelopes: &[Envelope], app: &App, jobs: &mut Vec<Job>, outcomes: &mut Vec<Outcome>) {
    let notifications: Vec<Arc<Notification>> = envelopes.iter().map(|envelope| Arc::new(app.decode(envelope))).collect();
    let is_held = |fact: &str| outcomes.iter().any(|outcome| outcome.is_done() && outcome.dedup_key == fact);
    let free: Vec<_> = notifications.iter().filter(|notification| !is_held(&notification.dedup_key)).collect();
    for one in named {
        let Some(receiver) = one.receiver() else { continue };
        let is_about = |notification: &Arc<Notification>| one.is(receiver, &notification.dedup_key);
        // Facts may have had other keys when the letter was written: rather too much than nothing.
        let about_all = !notifications.iter().any(is_about);
        let about: Vec<_> = free.iter().filter(|notification| about_all || is_about(notification)).collect();
        for notification in about {
            let is_known =
                jobs.iter().any(|job| job.receiver.name == receiver && job.notification.dedup_key == notification.dedup_key);
            match app.receiver(receiver) {
                Some(_) if is_known => {}
                Some(receiver) => jobs.push(Job::new(Arc::clone(notification), Arc::clone(receiver), None)),
                None => {
                    let mut outcome = Outcome::open(notification.kind.as_str(), &notification.dedup_key);
                    outcome.receiver = Some(clean(&mask(receiver)).into_owned());
                    outcome.end(Ending::Rejected, Reason::Other);
                    outcome.detail = Some("there is no such receiver any more".to_owned());
                    outcomes.push(outcome);
                }
            }
        }
    }
}

/// A receiver that is said to have nothing of a fact.
enum Named<'a> {
    /// By our own record.
    Kept(&'a ingress::Failed),
    /// By the error that the function ended with.
    Said(Failure),
}

impl Named<'_> {
    /// Whom the letter names; none if it does not say, or not all of them.
    fn of(letter: &DeadLetter) -> Option<Vec<Named<'_>>> {
        if !letter.failed.is_empty() {
            return Some(letter.failed.iter().map(Named::Kept).collect());
        }
        let said: Undelivered = letter.error.as_deref()?.parse().ok()?;
        (said.more == 0 && !said.failures.is_empty()).then(|| said.failures.into_iter().map(Named::Said).collect())
    }

    /// None where no receiver was chosen.
    fn receiver(&self) -> Option<&str> {
        match self {
            Named::Kept(failed) => Some(&failed.receiver),
            Named::Said(failure) => failure.receiver(),
        }
    }

    fn is(&self, receiver: &str, dedup_key: &str) -> bool {
        self.receiver().is_none_or(|name| name == receiver) && self.is_of(dedup_key)
    }

    fn is_unrouted(&self, dedup_key: &str) -> bool {
        self.receiver().is_none() && self.is_of(dedup_key)
    }

    fn is_of(&self, dedup_key: &str) -> bool {
        match self {
            Named::Kept(failed) => failed.dedup_key == dedup_key,
            Named::Said(failure) => failure.is_of(dedup_key),
        }
    }
}
