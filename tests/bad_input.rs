//! Hostile and odd input, row by row of the list of bad inputs, parts A (envelopes and JSON), B (injection through text) and
//! C (sizes and characters). A test is called by its row.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

mod limits;

#[path = "bad_input/envelopes.rs"]
mod envelopes;
#[path = "bad_input/sizes.rs"]
mod sizes;
#[path = "bad_input/support.rs"]
mod support;
#[path = "bad_input/texts.rs"]
mod texts;
