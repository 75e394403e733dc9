#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

use super::*;
use crate::render::Library;

#[test]
fn every_channel_has_its_default_template() {
    let library = Library::default();
    for kind in CHANNELS {
        assert!(library.has_default(kind.profile.channel), "templates/{}/default.hbs is missing", kind.profile.channel);
    }
}
