//! A word about a receiver that refuses us, through another one: at most one an hour, and never about a notice.

use std::sync::Arc;
use std::time::Duration;

use super::health::{Gate, Trouble};
use super::{Desk, Job, Receiver, Schedule, courier};
use crate::memory::Claim;
use crate::outcome::{Ending, Event, Incident};
use crate::render::refusal;

/// Tells of every receiver in quarantine that nobody has been told of; what there is no time for, the next event does.
pub async fn tell(desk: &Desk, schedule: Schedule, incidents: &mut Vec<Incident>) {
    for broken in &desk.receivers {
        if let Some(trouble) =
            desk.health.trouble(&broken.name, schedule.time()).filter(|_| schedule.has_time_after(Duration::ZERO))
        {
            tell_of(broken, trouble, desk, schedule, incidents).await;
        }
    }
}

async fn tell_of(broken: &Receiver, trouble: Trouble, desk: &Desk, schedule: Schedule, incidents: &mut Vec<Incident>) {
    let key = desk.memory.notice(&broken.name, schedule.time());
    // What the ledger cannot say is no reason to keep silent.
    if !matches!(desk.memory.claim(&key, schedule.time(), schedule.end(), incidents).await, Claim::Free | Claim::Unknown) {
        return;
    }
    let others = others(broken, desk, schedule);
    if others.is_empty() {
        desk.memory.delivered(&key, schedule.time(), incidents).await;
        return incidents.push(Incident::new(Event::NoticeFailed, Some(&broken.name), "there is nobody else to tell"));
    }
    for through in &others {
        let refusal = refusal(&broken.name, broken.kind.profile.channel, trouble.status, trouble.since, &through.reader);
        let job = Job { is_notice: true, ..Job::new(Arc::new(refusal), Arc::clone(through), None) };
        let mut outcome = job.outcome();
        courier::carry(&job, desk, schedule, &mut outcome, &mut Vec::new()).await;
        if outcome.ending == Ending::Delivered {
            desk.memory.delivered(&key, schedule.time(), incidents).await;
            let message = format!("{} was told", through.name);
            return incidents.push(Incident::new(Event::NoticeSent, Some(&broken.name), message));
        }
    }
    desk.memory.release(&key).await;
    let tried: Vec<&str> = others.iter().map(|receiver| receiver.name.as_str()).collect();
    incidents.push(Incident::new(Event::NoticeFailed, Some(&broken.name), format!("tried {}", tried.join(", "))));
}

/// Who may be told: the fallback first, then everybody who is well, in the order of the configuration.
fn others<'a>(broken: &Receiver, desk: &'a Desk, schedule: Schedule) -> Vec<&'a Arc<Receiver>> {
    /// Who has three receivers that fail has no need of a notice.
    const MOST: usize = 3;
    let is_fallback = |receiver: &Receiver| Some(&receiver.name) == broken.terms.fallback.as_ref();
    let is_well = |receiver: &&Arc<Receiver>| {
        receiver.name != broken.name && desk.health.gate(&receiver.name, schedule.time()) == Gate::Open
    };
    let mut others: Vec<_> = desk.receivers.iter().filter(is_well).collect();
    others.sort_by_key(|receiver| !is_fallback(receiver));
    others.truncate(MOST);
    others
}
