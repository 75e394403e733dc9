//! Lambda's log: standard output, a line of JSON each. Whoever does not read it keeps nobody from a message.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;

/// What is to be said of one event.
#[derive(Default)]
pub(super) struct Log(String);

impl Log {
    pub(super) fn add(&mut self, line: &impl Serialize) {
        if let Ok(line) = serde_json::to_string(line) {
            self.0.push_str(&line);
            self.0.push('\n');
        }
    }

    /// Writes it at once if that holds up nobody, as it does not but for a pipe that nobody reads; else on a thread of its own.
    /// What is not taken in time is left to that thread, and as long as it waits, nothing more is said.
    pub(super) async fn write(self) {
        static IS_HELD_UP: AtomicBool = AtomicBool::new(false);
        if self.0.is_empty() || IS_HELD_UP.swap(true, Ordering::AcqRel) {
            return;
        }
        let at_once = self.0.len() <= PIPE_BUF && has_room();
        let write = move || {
            // A log that cannot be written is no reason to fail.
            let _ = std::io::stdout().lock().write_all(self.0.as_bytes());
            IS_HELD_UP.store(false, Ordering::Release);
        };
        match at_once {
            true => write(),
            false => drop(tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(write)).await),
        }
    }
}

/// Whether standard output takes [`PIPE_BUF`] at once.
fn has_room() -> bool {
    let output = std::io::stdout();
    let mut asked = [PollFd::new(&output, PollFlags::OUT)];
    let ready = poll(&mut asked, Some(&Timespec::default()));
    ready.is_ok() && asked.iter().all(|output| output.revents().contains(PollFlags::OUT))
}

/// A pipe that can be written to takes so many bytes: <https://man7.org/linux/man-pages/man7/pipe.7.html>
const PIPE_BUF: usize = 4096;
/// Within what an invocation keeps back for its answer.
const PATIENCE: Duration = Duration::from_millis(300);
