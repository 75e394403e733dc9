//! A secret that stands in every webhook's address, every signing secret and some events: whatever the programs print,
//! answer or deliver must not hold it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Its length is a multiple of three and of two, so that what begins with it can be told in base64, and its halves apart.
pub(crate) const CANARY: &str = "kanaria4Zq8Wm1Xp6e";

/// Fails if `text`, which came from `place`, holds the canary or a piece of it.
pub(crate) fn assert_none(place: &str, text: &str) {
    let (first, second) = CANARY.split_at(CANARY.len() / 2);
    let reversed: String = CANARY.chars().rev().collect();
    for form in [first, second, &reversed, &BASE64.encode(CANARY)] {
        assert!(!text.contains(form), "{place} gives a secret away:\n{text}");
    }
}

/// A text that holds secrets as people leave them in events; `words` come through.
pub(crate) fn leaky(words: &str) -> String {
    format!("{words}\nhttps://hooks.slack.com/services/T0HIKYAKU/B0HIKYAKU/{CANARY}\npassword={CANARY}")
}
