//! What a newcomer reads and does, done: each command of the README's first minutes and of the guides, in a fresh folder, prints
//! what the page says.
//!
//! `UPDATE_GOLDENS=1 cargo test --test newcomer` writes what is printed into the pages; read them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use std::path::Path;

use support::folder::Folder;
use support::shown;

#[test]
fn the_first_five_minutes_are_true() {
    holds("README.md", "## In five minutes", "\n## What it understands");
}

#[test]
fn the_first_five_minutes_in_japanese_are_true() {
    holds("README.ja.md", "## 5 分で試す", "\n## AWS に置く");
}

#[test]
fn the_guide_to_tests_is_true() {
    holds("docs/testing.md", "# Tests of a configuration", "");
}

#[test]
fn the_guide_to_templates_is_true() {
    // What one does in the first part, the others go on from.
    holds("docs/templates.md", "# Your own templates", "## Three examples");
}

fn holds(page: &str, start: &str, end: &str) {
    let folder = Folder::new();
    shown::holds(&Path::new(env!("CARGO_MANIFEST_DIR")).join(page), (start, end), folder.path());
}
