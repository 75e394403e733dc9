//! What a replay shows: a row for each receiver, or a line of JSON for each record.

use serde::Serialize;

use super::letters::Letter;
use super::missing::Missing;
use crate::app::App;
use crate::cli::send::words;
use crate::cli::{print, say};
use crate::deliver::Job;
use crate::outcome::Outcome;
use crate::text::{cut, mask::mask};

/// A record, and what became of it.
#[derive(Serialize)]
pub(super) struct Entry {
    record: String,
    /// Who wrote it; none if nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    pub(super) state: State,
    #[serde(rename = "outcomes")]
    pub(super) lines: Vec<Line>,
    /// What a person should know beside that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Nothing was sent: this is only what would be.
    Rehearsed,
    /// All of it has arrived, and the record is deleted.
    Replayed,
    /// Some of it has arrived; a record of the rest is in its place.
    Narrowed,
    /// It is where it was.
    Kept,
    /// It is no record of a failure, and is where it was.
    Unreadable,
}

/// A notification for a receiver.
#[derive(Serialize)]
pub(super) struct Line {
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    /// What a person should know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Entry {
    pub(super) fn of(letter: &Letter, missing: &Missing) -> Entry {
        let lines = missing.outcomes.iter().map(|outcome| Line::new(outcome.clone(), String::new()));
        Entry {
            record: letter.name.clone(),
            from: Some(missing.letter.keeper.as_str()),
            request_id: missing.letter.request_id.clone(),
            state: State::Rehearsed,
            lines: lines.collect(),
            notes: Vec::new(),
        }
    }

    pub(super) fn unreadable(record: String, problem: String) -> Entry {
        Entry { record, from: None, request_id: None, state: State::Unreadable, lines: Vec::new(), notes: vec![problem] }
    }

    /// Whether something that was asked for has not come to pass.
    pub(super) fn falls_short(&self) -> bool {
        let is_kept_all_the_same = self.state == State::Kept && !self.lines.is_empty();
        self.state == State::Unreadable || is_kept_all_the_same || self.lines.iter().any(|line| !line.outcome.is_done())
    }
}

impl Line {
    fn new(outcome: Outcome, title: String) -> Line {
        let detail = outcome.detail.as_deref().map(|detail| mask(detail).into_owned());
        Line { outcome, title, detail }
    }

    pub(super) fn of(outcome: Outcome, app: &App, job: &Job) -> Line {
        Line::new(outcome, app.title(&job.notification))
    }

    /// Of what came of one of `jobs`.
    pub(super) fn after(outcome: Outcome, app: &App, jobs: &[Job]) -> Line {
        let job = jobs.iter().find(|job| job.notification.dedup_key == outcome.dedup_key);
        Line::new(outcome, job.map(|job| app.title(&job.notification)).unwrap_or_default())
    }
}

pub(super) struct Table {
    json: bool,
    send: bool,
    states: Vec<State>,
}

impl Table {
    pub(super) fn new(json: bool, send: bool) -> Table {
        Table { json, send, states: Vec::new() }
    }

    pub(super) fn show(&mut self, entry: &Entry) {
        if self.json {
            print(&serde_json::to_string(entry).unwrap_or_default());
        } else {
            if self.states.is_empty() {
                print(&self.row("RECORD", "FROM", "RECEIVER", "OUTCOME", "WHAT"));
            }
            self.rows(entry).iter().for_each(|row| print(row));
        }
        self.states.push(entry.state);
    }

    fn rows(&self, entry: &Entry) -> Vec<String> {
        let mut rows: Vec<[String; 3]> = entry.lines.iter().map(|line| self.cells(line)).collect();
        if entry.lines.is_empty() && entry.notes.is_empty() {
            rows.push(["-", "nothing to send", ""].map(str::to_owned));
        }
        rows.extend(entry.notes.iter().map(|note| ["!".to_owned(), note.clone(), String::new()]));
        // The beginning of a message's id tells it from others; JSON has all of it.
        let record = entry.record.split('-').next().unwrap_or_default();
        let firsts = std::iter::once([record, entry.from.unwrap_or("?")]).chain(std::iter::repeat(["", ""]));
        rows.iter()
            .zip(firsts)
            .map(|([receiver, outcome, title], [record, from])| self.row(record, from, receiver, outcome, title))
            .collect()
    }

    /// Receiver, outcome and title.
    fn cells(&self, line: &Line) -> [String; 3] {
        let Line { outcome, title, detail } = line;
        let receiver = match (outcome.receiver.as_deref(), outcome.channel) {
            (Some(receiver), Some(channel)) => format!("{receiver} ({channel})"),
            (receiver, _) => receiver.unwrap_or("nobody").to_owned(),
        };
        let what = detail.as_deref().unwrap_or(if title.is_empty() { outcome.kind } else { title });
        [receiver, words(outcome, !self.send), cut(what, TITLE).unwrap_or(what.to_owned())]
    }

    fn row(&self, record: &str, from: &str, receiver: &str, outcome: &str, title: &str) -> String {
        let width = if self.send { "delivered, status 200, 3 attempts".len() } else { "would be sent".len() };
        format!("{record:<10}{from:<13}{receiver:<24} {outcome:<width$}  {title}").trim_end().to_owned()
    }

    /// What it comes to, for a person.
    pub(super) fn end(&self) {
        let count = |state| self.states.iter().filter(|found| **found == state).count();
        let counted = [
            (State::Replayed, "replayed"),
            (State::Narrowed, "replayed in part"),
            (State::Kept, "kept"),
            (State::Unreadable, "unreadable"),
        ];
        let counted: Vec<String> = counted
            .into_iter()
            .filter(|(state, _)| count(*state) > 0)
            .map(|(state, word)| format!("{} {word}", count(state)))
            .collect();
        let all = self.states.len();
        let records = format!("{all} record{}", if all == 1 { "" } else { "s" });
        let what = if counted.is_empty() { String::new() } else { format!(": {}", counted.join(", ")) };
        let hint = if self.send || all == 0 { "" } else { "; nothing was sent, --send does it" };
        say(&format!("{records}{what}{hint}"));
    }
}

/// Characters of a title.
const TITLE: usize = 80;
