//! Lambda's log: standard output, a line of JSON each. Whoever does not read it keeps nobody from a message.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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

    /// Writes it on a thread of its own, since a full pipe holds up whoever writes to it; what nobody takes in time is left to
    /// that thread, and as long as it waits, nothing more is said.
    pub(super) async fn write(self) {
        static IS_HELD_UP: AtomicBool = AtomicBool::new(false);
        if self.0.is_empty() || IS_HELD_UP.swap(true, Ordering::AcqRel) {
            return;
        }
        let written = tokio::task::spawn_blocking(move || {
            // A log that cannot be written is no reason to fail.
            let _ = std::io::stdout().lock().write_all(self.0.as_bytes());
            IS_HELD_UP.store(false, Ordering::Release);
        });
        let _ = tokio::time::timeout(PATIENCE, written).await;
    }
}

/// Within what an invocation keeps back for its answer.
const PATIENCE: Duration = Duration::from_millis(300);
