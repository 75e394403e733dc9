//! What a soak comes to.

use std::fmt;
use std::time::Duration;

/// Counted over all workers of one mode.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) events: usize,
    /// A notification for a receiver.
    pub(crate) deliveries: usize,
    pub(crate) requests: usize,
    pub(crate) invocations: usize,
    /// Invocations that were ended by a signal, or by their deadline.
    pub(crate) kills: usize,
    pub(crate) freezes: usize,
    /// First invocations after a freeze that failed though no fault was in their way.
    pub(crate) failed_thaws: usize,
    pub(crate) dead_letters: usize,
    /// Deliveries that are nowhere.
    pub(crate) lost: Vec<String>,
    /// Invocations that claimed a success too many.
    pub(crate) false_successes: Vec<String>,
    /// Messages that arrived again, where a kill explains it.
    pub(crate) by_kills: usize,
    /// Where it takes that another sandbox, which knows only what a ledger tells it, was given the event too.
    pub(crate) by_sandboxes: usize,
    /// Where an answer did not come in time, and the function had to take it for none.
    pub(crate) by_late_answers: usize,
    /// Where the ledger was out of reach for a moment, and its rule is to deliver all the same.
    pub(crate) without_ledger: usize,
    /// Where nothing does.
    pub(crate) unexplained: Vec<String>,
    /// Answers that were not followed by a message, or came without: what the receiver took and could not say.
    pub(crate) ambiguous: usize,
    /// The least time that an answered invocation had left.
    pub(crate) least_left: Option<Duration>,
    pub(crate) peak_memory: u64,
    /// Dead letters that a replay has brought to all of their receivers.
    pub(crate) replayed: usize,
    /// What a replay has left.
    pub(crate) not_replayed: Vec<String>,
}

impl Figures {
    pub(crate) fn add(&mut self, other: Figures) {
        self.events += other.events;
        self.deliveries += other.deliveries;
        self.requests += other.requests;
        self.invocations += other.invocations;
        self.kills += other.kills;
        self.freezes += other.freezes;
        self.failed_thaws += other.failed_thaws;
        self.dead_letters += other.dead_letters;
        self.lost.extend(other.lost);
        self.false_successes.extend(other.false_successes);
        self.by_kills += other.by_kills;
        self.by_sandboxes += other.by_sandboxes;
        self.by_late_answers += other.by_late_answers;
        self.without_ledger += other.without_ledger;
        self.unexplained.extend(other.unexplained);
        self.ambiguous += other.ambiguous;
        self.least_left = [self.least_left, other.least_left].into_iter().flatten().min();
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.replayed += other.replayed;
        self.not_replayed.extend(other.not_replayed);
    }

    /// Fails unless all is as it has to be, however busy the machine is. Canaries have been looked for wherever something was
    /// printed, answered, kept or delivered.
    pub(crate) fn hold(&self) {
        assert!(self.lost.is_empty(), "lost: {:#?}", self.lost);
        assert!(self.false_successes.is_empty(), "claimed: {:#?}", self.false_successes);
        assert!(self.unexplained.is_empty(), "doubled: {:#?}", self.unexplained);
        assert!(self.not_replayed.is_empty(), "not replayed: {:#?}", self.not_replayed);
        assert_eq!(self.failed_thaws, 0);
        assert!(self.peak_memory <= 128 << 20, "{}", self.peak_memory);
    }

    /// Fails unless it was in time, which a process that gets no processor cannot be.
    pub(crate) fn hold_the_clock(&self) {
        assert!(self.least_left.is_some_and(|left| left >= Duration::from_secs(1)), "{:?}", self.least_left);
        assert_eq!((self.by_late_answers, self.without_ledger), (0, 0));
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.least_left.unwrap_or_default().as_secs_f64();
        let memory = self.peak_memory as f64 / f64::from(1 << 20);
        for (what, figure) in [
            ("events", self.events.to_string()),
            ("deliveries (a notification for a receiver)", self.deliveries.to_string()),
            ("requests to receivers", self.requests.to_string()),
            ("invocations", self.invocations.to_string()),
            ("killed", self.kills.to_string()),
            ("freezes, failures after one", format!("{}, {}", self.freezes, self.failed_thaws)),
            ("taken, and the answer lost", self.ambiguous.to_string()),
            ("lost", self.lost.len().to_string()),
            ("success claimed without delivery", self.false_successes.len().to_string()),
            ("doubled by a kill", self.by_kills.to_string()),
            ("doubled in another sandbox", self.by_sandboxes.to_string()),
            ("doubled by an answer that came too late", self.by_late_answers.to_string()),
            ("doubled while the ledger did not answer", self.without_ledger.to_string()),
            ("doubled without a reason", self.unexplained.len().to_string()),
            ("dead letters, replayed, left", format!("{}, {}, {}", self.dead_letters, self.replayed, self.not_replayed.len())),
            ("canaries", "0".to_owned()),
            ("least time left at an answer", format!("{left:.2} s")),
            ("peak memory", format!("{memory:.1} MiB")),
        ] {
            writeln!(f, "| {what} | {figure} |")?;
        }
        Ok(())
    }
}
