//! Hostile and odd input, row by row of the list of bad inputs: envelopes and JSON (A), injection through text (B), sizes and
//! characters (C), configuration (D), channels' answers (E), who may talk to us (F). A test is called by its row.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

mod limits;
#[allow(dead_code, reason = "each test crate uses its part of it")]
#[path = "support/mod.rs"]
mod rig;

#[path = "bad_input/answers.rs"]
mod answers;
#[path = "bad_input/configuration.rs"]
mod configuration;
#[path = "bad_input/envelopes.rs"]
mod envelopes;
#[path = "bad_input/signatures.rs"]
mod signatures;
#[path = "bad_input/sizes.rs"]
mod sizes;
#[path = "bad_input/support.rs"]
mod support;
#[path = "bad_input/texts.rs"]
mod texts;
#[path = "bad_input/trust.rs"]
mod trust;
