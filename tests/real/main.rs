//! The programs against real counterparts on loopback: AWS's Runtime Interface Emulator, moto and cfn-lint. `make test-real`
//! fetches them into `target/tools` and runs this; a missing one fails, nothing is skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says so by failing"
)]

mod aws;
mod emulator;
mod events;
mod package;
mod snippets;
mod support;
mod template;
