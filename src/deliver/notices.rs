//! Our own word through a receiver: that another one refuses us, at most once an hour and never about a notice; that the newest
//! configuration is of no use, once a day.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::health::{Gate, Trouble};
use super::{Desk, Job, Receiver, Schedule, courier};
use crate::memory::{Claim, Key};
use crate::notification::Notification;
use crate::outcome::{Ending, Event, Incident};
use crate::render::{Reader, Unfit, refusal, unfit};

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

/// Tells that the newest configuration is not in use; false if that is to be tried again.
pub async fn tell_of_unfit(told: &Unfit, desk: &Desk, schedule: Schedule, incidents: &mut Vec<Incident>) -> bool {
    let key = desk.memory.notice(&format!("{}:{}", told.place, told.version), DAY, schedule.time());
    let notice = |reader: &Reader| unfit(told, schedule.now, reader);
    Notice { about: None, key, to: well(desk, schedule) }.send(notice, desk, schedule, incidents).await
}

async fn tell_of(broken: &Receiver, trouble: Trouble, desk: &Desk, schedule: Schedule, incidents: &mut Vec<Incident>) {
    let key = desk.memory.notice(&broken.name, HOUR, schedule.time());
    let mut others = well(desk, schedule);
    others.retain(|receiver| receiver.name != broken.name);
    // The fallback first.
    others.sort_by_key(|receiver| Some(&receiver.name) != broken.terms.fallback.as_ref());
    let channel = broken.kind.profile.channel;
    let notice = |reader: &Reader| refusal(&broken.name, channel, trouble.status, trouble.since, reader);
    Notice { about: Some(&broken.name), key, to: others }.send(notice, desk, schedule, incidents).await;
}

/// A word that one receiver is to hear, whichever it is.
struct Notice<'a> {
    /// The receiver that it is about.
    about: Option<&'a str>,
    key: Key,
    to: Vec<&'a Arc<Receiver>>,
}

impl Notice<'_> {
    /// Sends what `write` makes of it; false if there was somebody to tell, and none of them took it.
    async fn send(
        self,
        write: impl Fn(&Reader) -> Notification,
        desk: &Desk,
        schedule: Schedule,
        incidents: &mut Vec<Incident>,
    ) -> bool {
        /// Who has three receivers that fail has no need of a notice.
        const MOST: usize = 3;
        let Notice { about, key, mut to } = self;
        to.truncate(MOST);
        // What the ledger cannot say is no reason to keep silent.
        let claim = desk.memory.claim(&key, schedule.time(), schedule.end(), incidents).await;
        if !matches!(claim, Claim::Free | Claim::Unknown) {
            return true;
        }
        if to.is_empty() {
            desk.memory.delivered(&key, schedule.time(), incidents).await;
            incidents.push(Incident::new(Event::NoticeFailed, about, "there is nobody else to tell"));
            return true;
        }
        for through in &to {
            let job = Job { is_notice: true, ..Job::new(Arc::new(write(&through.reader)), Arc::clone(through), None) };
            let mut outcome = job.outcome();
            courier::carry(&job, desk, schedule, &mut outcome, &mut Vec::new()).await;
            if outcome.ending == Ending::Delivered {
                desk.memory.delivered(&key, schedule.time(), incidents).await;
                incidents.push(Incident::new(Event::NoticeSent, about, format!("{} was told", through.name)));
                return true;
            }
        }
        desk.memory.release(&key).await;
        let tried: Vec<&str> = to.iter().map(|receiver| receiver.name.as_str()).collect();
        incidents.push(Incident::new(Event::NoticeFailed, about, format!("tried {}", tried.join(", "))));
        false
    }
}

/// Everybody who is well, in the order of the configuration.
fn well(desk: &Desk, schedule: Schedule) -> Vec<&Arc<Receiver>> {
    let is_well = |receiver: &&Arc<Receiver>| desk.health.gate(&receiver.name, schedule.time()) == Gate::Open;
    desk.receivers.iter().filter(is_well).collect()
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
