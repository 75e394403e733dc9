//! The fault matrix: what happens when something breaks, row by row, with the real programs on loopback. A test is called by
//! its row.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

#[path = "faults/batches.rs"]
mod batches;
#[path = "faults/delivery.rs"]
mod delivery;
#[path = "faults/freezes.rs"]
mod freezes;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/leaks.rs"]
mod leaks;
#[path = "faults/logs.rs"]
mod logs;
#[path = "faults/loops.rs"]
mod loops;
#[path = "faults/memory.rs"]
mod memory;
#[path = "faults/outbound.rs"]
mod outbound;
#[path = "faults/replays.rs"]
mod replays;
#[path = "faults/secrets.rs"]
mod secrets;
