//! This sandbox's own memory: a map, and a file that outlives the process.
//!
//! One line a delivery, `DIGEST EXPIRES CHECK`: 64 hexadecimal digits, seconds since 1970, and the beginning of a SHA-256
//! over both. What follows the first line that is not whole is cut off. A line is with the kernel once it is written,
//! which outlives a killed process; a sandbox that is gone takes its file with it, so nothing is gained by waiting for a
//! disk. A file that cannot be used stops no delivery.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::outcome::{Event, Incident};
use crate::text::sha256_hex;

pub(super) struct Journal {
    /// None for a memory that ends with the process.
    path: Option<PathBuf>,
    /// None until it is first used.
    state: Mutex<Option<State>>,
}

#[derive(Default)]
struct State {
    /// Digests, and when each is forgotten, in seconds since 1970.
    entries: HashMap<String, i64>,
    /// None if it cannot be used.
    file: Option<File>,
    /// How many lines are in the file.
    lines: usize,
}

impl Journal {
    pub(super) fn new(path: PathBuf) -> Journal {
        Journal { path: Some(path), state: Mutex::default() }
    }

    /// One without a file.
    pub(super) fn of_this_process() -> Journal {
        Journal { path: None, state: Mutex::default() }
    }

    /// Whether `digest` was put in and is not forgotten yet.
    pub(super) fn has(&self, digest: &str, now: Timestamp, incidents: &mut Vec<Incident>) -> bool {
        let mut state = self.lock();
        self.open(&mut state, incidents).entries.get(digest).is_some_and(|expires| *expires > now.as_second())
    }

    pub(super) fn put(&self, digest: &str, expires_at: Timestamp, now: Timestamp, incidents: &mut Vec<Incident>) {
        let mut state = self.lock();
        let state = self.open(&mut state, incidents);
        state.entries.insert(digest.to_owned(), expires_at.as_second());
        state.lines += 1;
        let written = if state.lines > MAX_LINES {
            state.forget(now.as_second());
            state.rewrite()
        } else {
            state.append(&line(digest, expires_at.as_second()))
        };
        if let Err(error) = written {
            // What is written of the line is no whole line, and is cut off when the file is read.
            state.file = None;
            incidents.push(unusable(&error));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open<'a>(&self, state: &'a mut Option<State>, incidents: &mut Vec<Incident>) -> &'a mut State {
        state.get_or_insert_with(|| match self.read() {
            Ok(state) => state,
            Err(error) => {
                incidents.push(unusable(&error));
                State::default()
            }
        })
    }

    /// What is in the file as far as it is whole; the rest is cut off.
    fn read(&self) -> std::io::Result<State> {
        let Some(path) = &self.path else { return Ok(State::default()) };
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        let mut bytes = Vec::new();
        (&mut file).take(MAX_BYTES).read_to_end(&mut bytes)?;
        let mut state = State::default();
        let mut whole = 0;
        for bytes in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some((digest, expires)) = std::str::from_utf8(bytes).ok().and_then(entry) else { break };
            state.entries.insert(digest.to_owned(), expires);
            state.lines += 1;
            whole += bytes.len() as u64;
        }
        if file.metadata()?.len() > whole {
            file.set_len(whole)?;
        }
        state.file = Some(file);
        Ok(state)
    }
}

impl State {
    fn append(&mut self, line: &str) -> std::io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(line.as_bytes()),
            None => Ok(()),
        }
    }

    /// Drops what has expired, and what expires next if that is not enough.
    fn forget(&mut self, now: i64) {
        self.entries.retain(|_, expires| *expires > now);
        let mut all: Vec<i64> = self.entries.values().copied().collect();
        if all.len() > MAX_LINES / 2 {
            all.sort_unstable();
            let oldest = all.get(all.len() - MAX_LINES / 2).copied().unwrap_or(now);
            self.entries.retain(|_, expires| *expires >= oldest);
        }
        self.lines = self.entries.len();
    }

    /// Writes the file anew. Who is killed meanwhile loses memory, and no message.
    fn rewrite(&mut self) -> std::io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let lines: String = self.entries.iter().map(|(digest, expires)| line(digest, *expires)).collect();
        file.set_len(0)?;
        file.write_all(lines.as_bytes())
    }
}

fn line(digest: &str, expires: i64) -> String {
    format!("{digest} {expires} {}\n", check(digest, expires))
}

/// The entry of a whole line.
fn entry(line: &str) -> Option<(&str, i64)> {
    let mut parts = line.strip_suffix('\n')?.split(' ');
    let (digest, expires, sum) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    (sum == check(digest, expires) && parts.next().is_none()).then_some((digest, expires))
}

fn check(digest: &str, expires: i64) -> String {
    let mut sum = sha256_hex(&[digest, &expires.to_string()]);
    sum.truncate(8);
    sum
}

fn unusable(error: &std::io::Error) -> Incident {
    let message = format!("the journal's file cannot be used ({}); deliveries are remembered in memory alone", error.kind());
    Incident::new(Event::JournalUnusable, None, message)
}

/// Some 1.7 MB, and a day of a delivery every four seconds.
const MAX_LINES: usize = 20_000;
const MAX_BYTES: u64 = 4 << 20;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says so by failing")]
mod tests {
    use std::path::Path;

    use super::*;

    /// A file of one test, gone with it.
    struct Place(PathBuf);

    impl Place {
        fn new(test: &str) -> Place {
            let folder = std::env::temp_dir().join(format!("hikyaku-journal-{test}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            Place(folder)
        }

        fn file(&self) -> PathBuf {
            self.0.join("journal")
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    fn has(journal: &Journal, digest: &str, seconds: i64) -> bool {
        journal.has(digest, at(seconds), &mut Vec::new())
    }

    fn put(path: &Path, digests: &[&str]) {
        let journal = Journal::new(path.to_owned());
        for digest in digests {
            journal.put(digest, at(100), at(0), &mut Vec::new());
        }
    }

    #[test]
    fn what_is_put_in_outlives_the_process_and_is_forgotten_in_time() {
        let place = Place::new("outlives");
        put(&place.file(), &["one", "two"]);
        let journal = Journal::new(place.file());
        for (digest, seconds, known) in
            [("one", 0, true), ("two", 99, true), ("one", 100, false), ("three", 0, false), ("one", -500, true)]
        {
            assert_eq!(has(&journal, digest, seconds), known, "{digest} {seconds}");
        }
    }

    #[test]
    fn f38_of_a_damaged_file_the_whole_lines_at_its_beginning_count() {
        let place = Place::new("damaged");
        put(&place.file(), &["one", "two", "three"]);
        let good = std::fs::read(place.file()).unwrap();
        let line = good.len() / 3;
        let mut flipped = good.clone();
        flipped[line + 5] ^= 1;
        for (what, bytes, known) in [
            ("whole", good.clone(), 3),
            ("cut in the last line", good[..good.len() - 1].to_vec(), 2),
            ("cut in the second line", good[..line + 7].to_vec(), 1),
            ("a flipped bit", flipped, 1),
            ("empty", Vec::new(), 0),
            ("foreign", b"#!/bin/sh\nexit 0\n".to_vec(), 0),
            ("garbage behind", [good.as_slice(), &[0xff, 0, 7, b'\n']].concat(), 3),
            ("zeros", vec![0; 5000], 0),
        ] {
            std::fs::write(place.file(), bytes).unwrap();
            let journal = Journal::new(place.file());
            let found = ["one", "two", "three"].iter().filter(|digest| has(&journal, digest, 0)).count();
            assert_eq!(found, known, "{what}");
            // What is put in after that is found by the next process.
            journal.put("four", at(100), at(0), &mut Vec::new());
            assert!(has(&Journal::new(place.file()), "four", 0), "{what}");
        }
    }

    #[test]
    fn f38_without_a_file_it_remembers_in_memory_and_says_so_once() {
        let place = Place::new("unusable");
        for path in [place.0.clone(), place.0.join("no/such/folder"), PathBuf::from("/dev/full")] {
            let journal = Journal::new(path.clone());
            let mut incidents = Vec::new();
            for digest in ["one", "two"] {
                assert!(!journal.has(digest, at(0), &mut incidents), "{path:?}");
                journal.put(digest, at(100), at(0), &mut incidents);
                assert!(journal.has(digest, at(0), &mut incidents), "{path:?}");
            }
            let told: Vec<Event> = incidents.iter().map(|incident| incident.incident).collect();
            assert_eq!(told, [Event::JournalUnusable], "{path:?}");
        }
    }

    #[test]
    fn it_stays_small_and_keeps_what_is_young() {
        let place = Place::new("small");
        let journal = Journal::new(place.file());
        for number in 0..=MAX_LINES as i64 {
            journal.put(&number.to_string(), at(100 + number), at(0), &mut Vec::new());
        }
        let lines = std::fs::read_to_string(place.file()).unwrap().lines().count();
        assert!(lines <= MAX_LINES / 2, "{lines}");
        let again = Journal::new(place.file());
        for (digest, known) in [("0", false), (&*MAX_LINES.to_string(), true)] {
            assert_eq!((has(&journal, digest, 0), has(&again, digest, 0)), (known, known), "{digest}");
        }
    }
}
