//! `hikyaku replay`: dead letters set out again, to those who have nothing yet.
//!
//! ```text
//! letters ──► what is missing ──► rehearse, or deliver ──► done: deleted
//! queue, file   failed, routed                              partly: a letter for the rest in its place
//! ```
//! The queue is all the state there is: whoever is killed in between leaves the letter where it was, and the next run does
//! what this one did not.

mod letters;
mod missing;
mod table;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use tokio::time::{Instant, MissedTickBehavior};

use super::{Context, Done, Stop};
use crate::app::{App, schedule};
use crate::aws::Aws;
use crate::channels::Console;
use crate::memory::{Failed, FailureQueue};
use crate::outcome::{Incident, Outcome};
use letters::{File, Letter, Letters, Queue};
use missing::Missing;
use table::{Entry, Line, State};

#[derive(Args)]
pub(super) struct Arguments {
    /// The SQS queue to read [default: the configuration's failure_queue]
    #[arg(long, value_name = "URL", conflicts_with = "file")]
    queue: Option<String>,
    /// Deliver, and delete what has arrived; without it, only show what would be sent
    #[arg(long)]
    send: bool,
    /// Only what this receiver has not got; may be given several times
    #[arg(long, value_name = "NAME")]
    receiver: Vec<String>,
    /// Records a second, from 0.01 to 100
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = rate)]
    rate: f64,
    /// At most so many records
    #[arg(long, value_name = "N")]
    max: Option<usize>,
    /// A file of records instead of a queue, one a line, or - for standard input
    file: Option<PathBuf>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().map_err(|_| "no number".to_owned())?;
    if (0.01..=100.0).contains(&rate) { Ok(rate) } else { Err("not from 0.01 to 100".to_owned()) }
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let config = context.config()?;
    let url = arguments.queue.clone().or_else(|| config.failure_queue.clone());
    // One for all: credentials of a role are asked for once.
    let aws = Arc::<Aws>::default();
    let (letters, queue) = match (&arguments.file, url) {
        (Some(file), _) => (Letters::File(File::open(file)?), None),
        // What is only looked at takes no time, and many can be looked at together.
        (None, Some(url)) => (Letters::Queue(Queue::new(&url, if arguments.send { 1 } else { 10 }, Arc::clone(&aws))), Some(url)),
        (None, None) => return Err(Stop::could_not_run("name a --queue or a file, or set `failure_queue`")),
    };
    let console = if context.json { Console::Error } else { Console::Output };
    let app = App::without_journal(config, context.env.clone(), console, Arc::clone(&aws));
    if let Some(unknown) = arguments.receiver.iter().find(|name| app.receiver(name).is_none()) {
        return Err(Stop::could_not_run(format!("there is no receiver `{unknown}`")));
    }
    let queue = queue.map(|url| FailureQueue::new(url, aws));
    let mut replay = Replay { app, letters, queue, only: &arguments.receiver, send: arguments.send };
    let ended = replay.run(arguments, context.json).await;
    replay.letters.close().await;
    ended
}

struct Replay<'a> {
    app: App,
    letters: Letters,
    /// Where a letter for the rest goes.
    queue: Option<FailureQueue>,
    /// The receivers that were asked for; empty for all.
    only: &'a [String],
    send: bool,
}

impl Replay<'_> {
    async fn run(&mut self, arguments: &Arguments, json: bool) -> Result<Done, Stop> {
        let mut pace = tokio::time::interval(Duration::from_secs_f64(1.0 / arguments.rate));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut table = table::Table::new(json, self.send);
        let mut done = true;
        for count in 0..arguments.max.unwrap_or(usize::MAX) {
            let status = if count == 0 { 2 } else { 1 };
            // Before a letter is taken: it is hidden from others for as long as it takes to deliver it, and not to wait.
            if self.send {
                pace.tick().await;
            }
            let next = self.letters.next().await.map_err(|message| Stop { status, message })?;
            let Some(next) = next else { break };
            let entry = match next {
                Ok(letter) => self.replay(&letter).await,
                Err(unreadable) => Entry::unreadable(unreadable.name, unreadable.problem),
            };
            done &= !entry.falls_short();
            table.show(&entry);
        }
        table.end();
        Ok(if done { Done::AllHolds } else { Done::FallsShort })
    }

    async fn replay(&mut self, letter: &Letter) -> Entry {
        let now = Timestamp::now();
        let missing = match Missing::of(letter, &self.app, self.only, now) {
            Ok(missing) => missing,
            Err(problem) => return Entry::unreadable(letter.name.clone(), problem),
        };
        let mut entry = Entry::of(letter, &missing);
        if !self.send {
            entry.lines.extend(missing.jobs.iter().map(|job| Line::of(self.app.rehearse_one(job, now), &self.app, job)));
            return entry;
        }
        let titles = missing.jobs.clone();
        let until = schedule(now, now.saturating_add(DELIVERY).unwrap_or(Timestamp::MAX));
        let request = missing.letter.request_id.clone().unwrap_or_else(|| letter.name.clone());
        let report = self.app.deliver_missing(&request, missing.jobs, until).await;
        entry.notes.extend(report.incidents.into_iter().map(|Incident { receiver, message, .. }| match receiver {
            Some(receiver) => format!("{receiver}: {message}"),
            None => message,
        }));
        entry.lines.extend(report.outcomes.into_iter().map(|outcome| Line::after(outcome, &self.app, &titles)));
        let outcomes: Vec<&Outcome> = entry.lines.iter().map(|line| &line.outcome).collect();
        let rest: Vec<Failed> =
            outcomes.iter().filter(|outcome| !outcome.is_done()).filter_map(|outcome| Failed::of(outcome)).collect();
        let unrouted = outcomes.iter().any(|outcome| !outcome.is_done() && outcome.receiver.is_none());
        let arrived = outcomes.iter().any(|outcome| outcome.is_done());
        let rest: Vec<Failed> = rest.into_iter().chain(missing.others).collect();
        entry.state = match (rest.is_empty() && !unrouted, arrived && !unrouted) {
            (true, _) => self.delete(letter, State::Replayed, &mut entry.notes).await,
            (false, true) => self.leave(&request, &rest, &missing.letter.payload, letter, &mut entry.notes).await,
            (false, false) => State::Kept,
        };
        entry
    }

    async fn delete(&mut self, letter: &Letter, state: State, notes: &mut Vec<String>) -> State {
        match self.letters.done(letter).await {
            Ok(()) => state,
            Err(problem) => {
                notes.push(format!("it arrived and could not be deleted: {problem}"));
                State::Kept
            }
        }
    }

    /// Puts a letter for `rest` in the place of one that was for more; where that fails, nothing has changed.
    async fn leave(&mut self, request: &str, rest: &[Failed], payload: &str, letter: &Letter, notes: &mut Vec<String>) -> State {
        let (Some(queue), Ok(payload)) = (&self.queue, serde_json::from_str::<&RawValue>(payload)) else { return State::Kept };
        match queue.keep(request, rest, payload, Instant::now() + KEEPING).await {
            Ok(id) => {
                self.letters.leave(id);
                self.delete(letter, State::Narrowed, notes).await
            }
            Err(problem) => {
                notes.push(format!("the letter stays as it was, for all of its receivers: {problem}"));
                State::Kept
            }
        }
    }
}

/// What a function with the usual time limit would have; a letter is hidden for longer.
const DELIVERY: SignedDuration = SignedDuration::from_secs(60);
const KEEPING: Duration = Duration::from_secs(10);
