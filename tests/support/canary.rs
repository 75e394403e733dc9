//! A secret that stands in every webhook's address, every signing secret, token and password, and in some events: whatever the
//! programs print, answer, deliver, write or keep must not hold it, in whatever form.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Its length is a multiple of two, so that its halves can be told apart.
pub(crate) const CANARY: &str = "kanaria4Zq8Wm1Xp6e";

/// Fails if `text`, which came from `place`, holds the canary or a piece of it: its first characters, as people show a token
/// to say which it is; its halves; turned round; in base64, wherever it stands in what was encoded; in percent signs; in hex.
pub(crate) fn assert_none(place: &str, text: &str) {
    if let Some(form) = found(text) {
        panic!("{place} gives a secret away, as {form}:\n{text}");
    }
}

/// As [`assert_none`], over all files in `folder`, however deep: what a program has written to keep it.
pub(crate) fn assert_none_in(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_none("a file's name", &path.file_name().unwrap().to_string_lossy());
        match path.is_dir() {
            true => assert_none_in(&path),
            false => assert_none(&path.display().to_string(), &String::from_utf8_lossy(&std::fs::read(&path).unwrap())),
        }
    }
}

/// The form of the canary that is in `text`.
fn found(text: &str) -> Option<String> {
    let (_, second) = CANARY.split_at(CANARY.len() / 2);
    let bytes = |write: fn(u8) -> String| CANARY.bytes().map(write).collect::<String>();
    let mut forms = vec![start(), second.to_owned(), CANARY.chars().rev().collect()];
    forms.extend([bytes(|byte| format!("%{byte:02X}")), bytes(|byte| format!("%{byte:02x}"))]);
    forms.extend([bytes(|byte| format!("{byte:02x}")), bytes(|byte| format!("{byte:02X}"))]);
    // Three bytes make four characters: what stands before decides how it looks, but for the first and the last few.
    for before in 0..3 {
        let encoded = BASE64.encode(format!("{}{CANARY}", "-".repeat(before)));
        forms.push(encoded.get(4..encoded.len() - 4).unwrap().to_owned());
    }
    forms.into_iter().find(|form| text.contains(form.as_str()))
}

fn start() -> String {
    CANARY.chars().take(8).collect()
}

/// A text that holds secrets as people leave them in events; `words` come through.
pub(crate) fn leaky(words: &str) -> String {
    format!("{words}\nhttps://hooks.slack.com/services/T0HIKYAKU/B0HIKYAKU/{CANARY}\npassword={CANARY}")
}

#[test]
fn a_canary_is_found_in_every_form() {
    for before in ["", "x", "xy", "user:"] {
        let text = format!("{before}{CANARY} and more");
        for given_away in [text.clone(), BASE64.encode(&text), format!("…{}…", start()), CANARY.to_uppercase()] {
            assert_eq!(found(&given_away).is_some(), given_away != CANARY.to_uppercase(), "{given_away}");
        }
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert!(found(&encoded).is_some() && found(&encoded.to_lowercase()).is_some());
    }
    assert_eq!(found("a canary, and nothing of ours"), None);
}
