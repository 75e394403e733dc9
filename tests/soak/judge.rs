//! What became of every message, by the receivers' own account and the failure queue's.

use std::collections::{BTreeMap, BTreeSet};

use hikyaku::ingress::{DeadLetter, unwrap};
use hikyaku::outcome::Undelivered;
use hikyaku::sources::decode;
use serde_json::Value;

use super::figures::Figures;
use super::support::canary;
use super::support::server::Request;
use super::worker::{Mode, RECEIVERS};

#[derive(Default)]
pub(crate) struct Judge {
    /// By the mark in their text.
    facts: BTreeMap<String, Fact>,
    letters: Letters,
}

#[derive(Default)]
struct Fact {
    dedup_key: String,
    /// How often each of the receivers has taken it, and said so.
    taken: [usize; RECEIVERS.len()],
    /// For each of the receivers, how often an invocation was killed when it had just taken this.
    kills: [usize; RECEIVERS.len()],
    /// For each of the receivers, how often an answer did not come in time, though it may have been a good one.
    late: [usize; RECEIVERS.len()],
    /// How many found the ledger out of reach, which on a busy machine it is for a moment.
    without_ledger: usize,
    /// Where it was told.
    sandboxes: BTreeSet<usize>,
}

/// What the failure queue holds.
#[derive(Default)]
struct Letters {
    read: usize,
    /// Receivers and the facts that are kept for them.
    kept: BTreeSet<(String, String)>,
    /// Receivers and the beginnings of the digests of facts, as the function's error has them.
    said: Vec<(String, hikyaku::outcome::Failure)>,
    /// Events that are kept for everybody.
    whole: Vec<String>,
}

impl Judge {
    /// Tells that `payload` is about to be given, with these marks in its records.
    pub(crate) fn expect(&mut self, payload: &str, marks: &[String]) {
        let envelopes = unwrap(payload).unwrap().envelopes;
        assert_eq!(envelopes.len(), marks.len());
        for (envelope, mark) in envelopes.iter().zip(marks) {
            self.facts.entry(mark.clone()).or_default().dedup_key = decode(envelope).dedup_key;
        }
    }

    /// Tells that an invocation in `sandbox` was about these, and what it said: it excuses what arrived twice, never what did
    /// not arrive.
    pub(crate) fn invoked(&mut self, marks: &[String], sandbox: usize, log: &str) {
        let without_ledger = ["ledger_unavailable", "unrecorded_delivery"].iter().any(|incident| log.contains(incident));
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        for mark in marks {
            let fact = self.facts.get_mut(mark).unwrap();
            fact.without_ledger += usize::from(without_ledger);
            fact.sandboxes.insert(sandbox);
            for line in lines.iter().filter(|line| line["reason"] == "ambiguous" && line["dedup_key"] == *fact.dedup_key) {
                let index = RECEIVERS.iter().position(|(name, _)| line["receiver"] == *name);
                index.into_iter().for_each(|index| fact.late[index] += 1);
            }
        }
    }

    /// Takes in what has come to the receivers, in an invocation that may have been killed.
    pub(crate) fn take(&mut self, requests: &[Request], killed: bool, figures: &mut Figures) {
        let mut last: [Option<&str>; RECEIVERS.len()] = [None; RECEIVERS.len()];
        for request in requests {
            let Some(index) = RECEIVERS.iter().position(|(name, _)| *name == request.receiver()) else { continue };
            figures.requests += 1;
            let Some(mark) = mark(request.body()) else { continue };
            let fact = self.facts.get_mut(mark).unwrap_or_else(|| panic!("nobody has told {mark}"));
            match request.step.takes() {
                true => {
                    fact.taken[index] += 1;
                    last[index] = Some(mark);
                }
                false => figures.ambiguous += usize::from(request.step.says_nothing()),
            }
        }
        // What was taken before the last was remembered before the last was sent.
        for (index, mark) in last.into_iter().enumerate().filter(|_| killed) {
            if let Some(fact) = mark.and_then(|mark| self.facts.get_mut(mark)) {
                fact.kills[index] += 1;
            }
        }
    }

    /// Takes in what is in the failure queue, in which nothing is ever missing again.
    pub(crate) fn read(&mut self, bodies: &[String]) {
        for body in &bodies[self.letters.read..] {
            canary::assert_none("a dead letter", body);
            self.letters.read(body);
        }
        self.letters.read = bodies.len();
    }

    /// Which of `marks` have neither arrived everywhere nor rest where they have not.
    pub(crate) fn missing(&self, marks: &[String]) -> Vec<String> {
        let mut missing = Vec::new();
        for mark in marks {
            let fact = &self.facts[mark];
            for ((receiver, _), taken) in RECEIVERS.iter().zip(fact.taken) {
                if taken == 0 && !self.letters.keep(mark, &fact.dedup_key, receiver) {
                    missing.push(format!("{mark} for {receiver}"));
                }
            }
        }
        missing
    }

    /// Which have not arrived everywhere, wherever else they are.
    pub(crate) fn not_arrived(&self) -> Vec<String> {
        let all = self.facts.iter().filter(|(_, fact)| fact.taken.contains(&0));
        all.map(|(mark, fact)| format!("{mark}: {:?}", fact.taken)).collect()
    }

    pub(crate) fn judge(&self, mode: Mode, figures: &mut Figures) {
        let marks: Vec<String> = self.facts.keys().cloned().collect();
        figures.deliveries = marks.len() * RECEIVERS.len();
        figures.dead_letters = self.letters.read;
        figures.lost = self.missing(&marks);
        for (mark, fact) in &self.facts {
            // What another sandbox has sent only a ledger tells.
            let others = if mode == Mode::Journal { fact.sandboxes.len().saturating_sub(1) } else { 0 };
            for (index, taken) in fact.taken.into_iter().enumerate() {
                let (receiver, kills) = (RECEIVERS[index].0, fact.kills[index]);
                match taken.saturating_sub(1) {
                    again if again <= kills => figures.by_kills += again,
                    again if again <= kills + others => {
                        figures.by_kills += kills;
                        figures.by_sandboxes += again - kills;
                    }
                    again if again <= kills + others + fact.late[index] => figures.by_late_answers += again,
                    again if again <= kills + others + fact.late[index] + fact.without_ledger => figures.without_ledger += again,
                    again => figures.unexplained.push(format!("{mark} for {receiver}: {again} times more")),
                }
            }
        }
    }
}

impl Letters {
    fn read(&mut self, body: &str) {
        let letter = DeadLetter::read(body, &BTreeMap::new()).unwrap_or_else(|problem| panic!("{problem}: {body}"));
        let said = letter.error.as_deref().and_then(|error| error.parse::<Undelivered>().ok()).filter(|said| said.more == 0);
        match said {
            _ if !letter.failed.is_empty() => {
                self.kept.extend(letter.failed.into_iter().map(|failed| (failed.receiver, failed.dedup_key)));
            }
            Some(said) => self.said.extend(said.failures.into_iter().map(|failure| (letter.payload.clone(), failure))),
            None => self.whole.push(letter.payload),
        }
    }

    fn keep(&self, mark: &str, dedup_key: &str, receiver: &str) -> bool {
        let is_said = |(payload, failure): &(String, hikyaku::outcome::Failure)| {
            payload.contains(mark) && failure.receiver == receiver && failure.is_of(dedup_key)
        };
        self.kept.contains(&(receiver.to_owned(), dedup_key.to_owned()))
            || self.said.iter().any(is_said)
            || self.whole.iter().any(|payload| payload.contains(mark))
    }
}

/// The mark in a text.
fn mark(text: &str) -> Option<&str> {
    let begin = text.find(MARK)?;
    text.get(begin..begin + MARK.len() + "000000-0".len())
}

/// What every mark begins with.
pub(crate) const MARK: &str = "tegami-";
