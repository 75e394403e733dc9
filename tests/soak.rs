//! Many events under random faults, judged by what the receivers have taken and what the failure queue keeps, never by what
//! the function says of itself. `make soak` runs 10,000 in each mode; `SEED` repeats a run as far as two processes can.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]
#![allow(clippy::print_stdout, reason = "the figures are what a person runs it for")]

#[path = "soak/figures.rs"]
mod figures;
#[path = "soak/judge.rs"]
mod judge;
#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;
#[path = "soak/worker.rs"]
mod worker;

use figures::Figures;
use worker::{Mode, Worker};

/// Events in each mode where `HIKYAKU_SOAK_EVENTS` says nothing else.
const EVENTS: usize = 160;
/// Each with its own sandboxes, receivers, queue and table, so that waiting costs little.
const WORKERS: usize = 12;
/// Where it is one of many tests.
const FEW_WORKERS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_journal_nothing_is_lost_and_little_doubled() {
    soak(Mode::Journal).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_ledger_nothing_is_lost_and_next_to_nothing_doubled() {
    soak(Mode::Ledger).await;
}

async fn soak(mode: Mode) {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let seed = number("SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
    let wanted = number("HIKYAKU_SOAK_EVENTS").map(|events| usize::try_from(events).unwrap());
    let events = wanted.unwrap_or(EVENTS);
    let count = if events > 1000 { WORKERS } else { FEW_WORKERS };
    println!("{mode:?}: SEED={seed} HIKYAKU_SOAK_EVENTS={events}");
    let workers = (0..count).map(|index| {
        let mine = (index..events).step_by(count).collect::<Vec<_>>();
        tokio::spawn(async move {
            let mut worker = Worker::start(mode, seed.wrapping_add(index as u64)).await;
            for event in mine {
                worker.give(event).await;
            }
            worker.end().await
        })
    });
    let mut figures = Figures::default();
    for worker in workers.collect::<Vec<_>>() {
        figures.add(worker.await.unwrap());
    }
    println!("{figures}");
    figures.hold();
    if wanted.is_some() {
        figures.hold_the_clock();
    }
}
