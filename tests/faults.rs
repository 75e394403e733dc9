//! The fault matrix: what happens when something breaks, row by row, with the real programs on loopback. A test is called by
//! its row.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

#[path = "faults/leaks.rs"]
mod leaks;
#[path = "faults/loops.rs"]
mod loops;
#[path = "faults/outbound.rs"]
mod outbound;
#[path = "faults/secrets.rs"]
mod secrets;
