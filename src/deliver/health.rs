//! How each receiver fares, over many invocations: who is refused, who needs a rest, whose turn it is.
//!
//! A frozen function knows nothing of the time in between, so all of it is wall clock, passed in; a clock that was set back
//! keeps nobody waiting longer than the rule itself does.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::channels::Rate;
use crate::outcome::Reason;

#[derive(Default)]
pub(super) struct Health {
    states: Mutex<HashMap<String, State>>,
}

#[derive(Default)]
struct State {
    quarantine: Option<Trouble>,
    /// Messages in a row that a passing trouble kept from being delivered.
    failures: u32,
    /// No attempt before that, and why.
    rest: Option<(Timestamp, Reason)>,
    bucket: Option<Bucket>,
}

/// What keeps a receiver in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) since: Timestamp,
    /// The status of the answer that refused us.
    pub(super) status: Option<u16>,
}

/// Whether to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    Quarantined,
    /// Too early, for this reason.
    Resting(Reason),
}

struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Health {
    pub(super) fn gate(&self, receiver: &str, now: Timestamp) -> Gate {
        let mut states = self.lock();
        let Some(state) = states.get_mut(receiver) else { return Gate::Open };
        if state.quarantine.is_some_and(|trouble| is_within(trouble.since, QUARANTINE, now)) {
            return Gate::Quarantined;
        }
        match state.rest {
            // What lies further ahead was noted before the clock was set back.
            Some((until, reason)) if until > now && until.duration_since(now) <= REST * 2 => Gate::Resting(reason),
            _ => Gate::Open,
        }
    }

    pub(super) fn delivered(&self, receiver: &str) {
        if let Some(state) = self.lock().get_mut(receiver) {
            (state.quarantine, state.failures, state.rest) = (None, 0, None);
        }
    }

    /// Notes a message that a passing trouble kept from being delivered. The receiver rests for as long as it asked, and
    /// after so many in a row for half a minute; never longer. True if it is the one that opens the circuit.
    pub(super) fn failed(&self, receiver: &str, reason: Reason, asked: Option<Duration>, now: Timestamp) -> bool {
        let mut states = self.lock();
        let state = states.entry(receiver.to_owned()).or_default();
        state.failures += 1;
        let asked = asked.map(|asked| SignedDuration::try_from(asked).unwrap_or(REST).min(REST));
        let rest = if state.failures >= FAILURES { REST } else { asked.unwrap_or_default() };
        state.rest = Some((later(now, rest), reason)).filter(|_| rest.is_positive());
        state.failures == FAILURES
    }

    pub(super) fn quarantine(&self, receiver: &str, status: Option<u16>, now: Timestamp) {
        self.lock().entry(receiver.to_owned()).or_default().quarantine = Some(Trouble { since: now, status });
    }

    /// What keeps `receiver` in quarantine now.
    pub(super) fn trouble(&self, receiver: &str, now: Timestamp) -> Option<Trouble> {
        let trouble = self.lock().get(receiver).and_then(|state| state.quarantine);
        trouble.filter(|trouble| is_within(trouble.since, QUARANTINE, now))
    }

    /// Takes a token of the receiver's bucket; none left: how long until there is one.
    pub(super) fn take(&self, receiver: &str, rate: Rate, now: Timestamp) -> Result<(), Duration> {
        let mut states = self.lock();
        let full = f64::from(rate.burst);
        let bucket = states.entry(receiver.to_owned()).or_default().bucket.get_or_insert(Bucket { tokens: full, at: now });
        let passed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        (bucket.tokens, bucket.at) = ((bucket.tokens + passed * rate.per_second).min(full), now);
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        // A little more, so that rounding does not ask twice.
        Err(Duration::from_secs_f64((1.0 - bucket.tokens) / rate.per_second) + Duration::from_millis(1))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `now` is at most `length` after `since`, and not before it by more than that.
fn is_within(since: Timestamp, length: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(since).abs() < length
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

const QUARANTINE: SignedDuration = SignedDuration::from_hours(1);
/// How many messages in a row have to fail before a receiver rests, and for how long.
const FAILURES: u32 = 5;
const REST: SignedDuration = SignedDuration::from_secs(30);

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    #[test]
    fn f10_a_refused_receiver_is_left_alone_for_an_hour() {
        let health = Health::default();
        health.quarantine("ops", Some(404), at(0));
        for (seconds, gate) in
            [(0, Gate::Quarantined), (3599, Gate::Quarantined), (3600, Gate::Open), (-10, Gate::Quarantined), (-9999, Gate::Open)]
        {
            assert_eq!(health.gate("ops", at(seconds)), gate, "{seconds}");
        }
        assert_eq!((health.gate("log", at(0)), health.trouble("log", at(0))), (Gate::Open, None));
        health.delivered("ops");
        assert_eq!(health.gate("ops", at(1)), Gate::Open);
    }

    #[test]
    fn f51_after_five_failures_in_a_row_a_receiver_rests_half_a_minute() {
        let health = Health::default();
        let fail = |seconds| health.failed("ops", Reason::ServerError, None, at(seconds));
        assert_eq!([fail(0), fail(1), fail(2), fail(3)], [false; 4]);
        assert_eq!(health.gate("ops", at(4)), Gate::Open);
        assert!(fail(4));
        for (seconds, gate) in
            [(4, Gate::Resting(Reason::ServerError)), (33, Gate::Resting(Reason::ServerError)), (34, Gate::Open)]
        {
            assert_eq!(health.gate("ops", at(seconds)), gate, "{seconds}");
        }
        assert!(!fail(40), "it is told once");
        assert_eq!(health.gate("ops", at(41)), Gate::Resting(Reason::ServerError), "one more failure is enough then");
        assert_eq!(health.gate("ops", at(-4000)), Gate::Open, "a clock set back closes nothing for long");
        health.delivered("ops");
        assert!(!fail(80));
        assert_eq!(health.gate("ops", at(81)), Gate::Open);
    }

    #[test]
    fn f50_a_bucket_gives_its_burst_and_then_one_at_a_time() {
        let health = Health::default();
        let rate = Rate { per_second: 2.0, burst: 3 };
        let taken = |seconds: i64, millis: i32| {
            health.take("ops", rate, at(seconds).checked_add(SignedDuration::from_millis(millis.into())).unwrap()).is_ok()
        };
        assert_eq!([taken(0, 0), taken(0, 0), taken(0, 0), taken(0, 0)], [true, true, true, false]);
        assert_eq!([taken(0, 400), taken(0, 500), taken(0, 600), taken(1, 0)], [false, true, false, true]);
        assert_eq!([taken(3600, 0), taken(3600, 0), taken(3600, 0), taken(3600, 0)], [true, true, true, false]);
        assert_eq!([taken(0, 0), taken(0, 500)], [false, true], "a clock set back counts from there");
        let wait = health.take("ops", rate, at(0)).unwrap_err();
        assert!(wait <= Duration::from_millis(510), "{wait:?}");
    }
}
