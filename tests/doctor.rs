//! `hikyaku doctor`, both ways: what is whole is found to be so, and whatever is broken is found, with what it would lose.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[path = "doctor/offline.rs"]
mod offline;
#[path = "doctor/online.rs"]
mod online;
#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;
