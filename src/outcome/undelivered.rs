//! What did not arrive, in the one line that is the function's error: Lambda keeps it with the event, and `replay` reads it.

use std::fmt;
use std::str::FromStr;

use super::{Reason, Report};
use crate::text::sha256_hex;

/// `not delivered: certificate.expiring to ops (server_error) #1a2b3c4d, and 3 more`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undelivered {
    pub failures: Vec<Failure>,
    /// How many more there are, that the line has no room for.
    pub more: usize,
}

/// A notification that a receiver did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: String,
    pub receiver: String,
    pub reason: Reason,
    /// The first 8 hexadecimal digits of the SHA-256 of its `dedup_key`; see [`Failure::is_of`].
    pub fact: String,
}

impl Failure {
    /// None where no route chose one.
    pub fn receiver(&self) -> Option<&str> {
        Some(self.receiver.as_str()).filter(|name| *name != NOBODY)
    }

    /// Whether it is about the fact `dedup_key`.
    pub fn is_of(&self, dedup_key: &str) -> bool {
        self.fact == fact(dedup_key)
    }
}

impl Undelivered {
    /// What of `report` did not arrive and is kept nowhere.
    pub fn of(report: &Report) -> Undelivered {
        let failure = |outcome: &super::Outcome| Failure {
            kind: outcome.kind.to_owned(),
            receiver: outcome.receiver.clone().unwrap_or_else(|| NOBODY.to_owned()),
            reason: outcome.reason.unwrap_or(Reason::Other),
            fact: fact(&outcome.dedup_key),
        };
        Undelivered { failures: report.undelivered().map(failure).collect(), more: 0 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { kind, receiver, reason, fact } = self;
        write!(f, "{kind} to {receiver} ({reason}) #{fact}")
    }
}

impl fmt::Display for Undelivered {
    /// At most 1,000 bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut line, mut more) = (String::new(), self.failures.len() + self.more);
        for failure in &self.failures {
            let failure = failure.to_string();
            if BEGINS.len() + line.len() + failure.len() + ROOM_FOR_MORE > MAX_BYTES {
                break;
            }
            line += if line.is_empty() { "" } else { ", " };
            line += &failure;
            more -= 1;
        }
        let separator = if line.is_empty() { "" } else { ", " };
        match more {
            0 => write!(f, "{BEGINS}{line}"),
            more => write!(f, "{BEGINS}{line}{separator}and {more} more"),
        }
    }
}

/// The line is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOurs;

impl fmt::Display for NotOurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("does not say what was not delivered")
    }
}

impl std::error::Error for NotOurs {}

impl FromStr for Undelivered {
    type Err = NotOurs;

    fn from_str(line: &str) -> Result<Undelivered, NotOurs> {
        let mut undelivered = Undelivered::default();
        for part in line.trim().strip_prefix(BEGINS).ok_or(NotOurs)?.split(", ") {
            match part.strip_prefix("and ").and_then(|rest| rest.strip_suffix(" more")) {
                Some(more) => undelivered.more = more.parse().map_err(|_| NotOurs)?,
                None => undelivered.failures.push(part.parse()?),
            }
        }
        Ok(undelivered)
    }
}

impl FromStr for Failure {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Failure, NotOurs> {
        let read = || {
            let (rest, fact) = text.rsplit_once(") #")?;
            let (rest, reason) = rest.rsplit_once(" (")?;
            let (kind, receiver) = rest.split_once(" to ")?;
            let [kind, receiver, fact] = [kind, receiver, fact].map(str::to_owned);
            Some(Failure { kind, receiver, reason: reason.parse().ok()?, fact })
        };
        read().ok_or(NotOurs)
    }
}

fn fact(dedup_key: &str) -> String {
    let mut digest = sha256_hex(&[dedup_key]);
    digest.truncate(8);
    digest
}

const BEGINS: &str = "not delivered: ";
const NOBODY: &str = "nobody";
/// Below 1 KiB, with what Lambda puts around it.
const MAX_BYTES: usize = 1000;
const ROOM_FOR_MORE: usize = ", and 100000 more".len();

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;
    use crate::outcome::{Ending, Outcome};

    fn report(count: usize) -> Report {
        let outcome = |number: usize| {
            let mut outcome = Outcome::open("certificate.renewal_failed", &format!("acm|{number}"));
            outcome.receiver = Some(format!("ops-{number}"));
            outcome.end(Ending::Retry, Reason::ServerError);
            outcome
        };
        Report { outcomes: (0..count).map(outcome).collect(), ..Report::default() }
    }

    #[test]
    fn the_line_says_who_did_not_get_what_and_is_read_back() {
        let undelivered = Undelivered::of(&report(2));
        let line = undelivered.to_string();
        assert!(line.starts_with("not delivered: certificate.renewal_failed to ops-0 (server_error) #"), "{line}");
        assert_eq!(line.parse::<Undelivered>().unwrap(), undelivered);
        let [first, second] = undelivered.failures.as_slice() else { unreachable!("there are two") };
        assert!(first.is_of("acm|0") && !first.is_of("acm|1") && second.is_of("acm|1"));
    }

    #[test]
    fn f55_the_line_stays_below_a_kibibyte_and_counts_the_rest() {
        for count in [0, 1, 12, 13, 14, 15, 16, 500, 100_000] {
            let line = Undelivered::of(&report(count)).to_string();
            assert!(line.len() <= MAX_BYTES, "{}: {line}", line.len());
            if count > 0 {
                let read: Undelivered = line.parse().unwrap();
                assert_eq!(read.failures.len() + read.more, count, "{line}");
            }
        }
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        for line in [
            "",
            "the router failed on this event",
            "not delivered: x",
            "not delivered: a to b (why) #1",
            "not delivered: and x more",
        ] {
            assert_eq!(line.parse::<Undelivered>(), Err(NotOurs), "{line}");
        }
    }
}
