//! The programs against real counterparts on loopback: AWS's Runtime Interface Emulator, moto, LocalStack's matcher
//! and cfn-lint. `make test-real` fetches them into `target/tools` and runs this; a missing one fails, nothing is skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says so by failing"
)]

mod aws;
mod deploy;
mod doctor;
mod emulator;
mod events;
mod faults;
mod memory;
mod package;
mod patterns;
mod proxy;
#[allow(dead_code, reason = "each test crate uses its part of it")]
#[path = "../support/mod.rs"]
mod rig;
mod snippets;
mod support;
#[allow(dead_code, reason = "each test crate uses its part of it")]
#[path = "../patterns/table.rs"]
mod table;
mod template;
