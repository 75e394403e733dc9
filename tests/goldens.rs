//! Every fixture, as every channel gets it: one golden file each, walked from `tests/fixtures`.
//!
//! `UPDATE_GOLDENS=1 cargo test --test goldens` writes them anew; read the difference before you commit it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hikyaku::channels::CHANNELS;
use hikyaku::ingress::unwrap;
use hikyaku::render::{Accounts, Library, Locale, Occasion, Reader, render};
use hikyaku::sources::{SOURCES, decode};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Every locale: English in UTC, Japanese in Tokyo's time.
fn readers() -> [(&'static str, Reader); 2] {
    let reader = |locale, zone: &str| Reader::new(locale, TimeZone::get(zone).unwrap());
    [("", reader(Locale::En, "UTC")), (".ja", reader(Locale::Ja, "Asia/Tokyo"))]
}

#[test]
fn every_fixture_looks_as_it_did() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let accounts: Accounts = serde_json::from_value(json!({ "111122223333": { "name": "prod", "owner": "sre" } })).unwrap();
    let library = Library::default();
    let (mut wanted, mut differing) = (BTreeSet::new(), Vec::new());
    for fixture in fixtures() {
        let envelopes = unwrap(&payload(&fixture)).unwrap_or_else(|error| panic!("{}: {error}", fixture.display())).envelopes;
        for kind in CHANNELS {
            for (locale, reader) in readers() {
                let mut shown = String::new();
                for envelope in &envelopes {
                    let message = render(&decode(envelope), &kind.profile, &Occasion::new(&reader, &accounts), &library).unwrap();
                    assert_eq!(message.degraded, None);
                    shown.push_str(&readable(&message.payload));
                }
                let golden = goldens().join(fixture.strip_prefix(fixtures_folder()).unwrap());
                let golden = golden.with_extension(format!(
                    "{}{locale}.{}",
                    kind.profile.channel,
                    if shown.starts_with('{') { "json" } else { "txt" }
                ));
                if update {
                    fs::create_dir_all(golden.parent().unwrap()).unwrap();
                    fs::write(&golden, &shown).unwrap();
                } else if fs::read_to_string(&golden).ok().as_deref() != Some(&shown) {
                    differing.push(format!("{} is now:\n{shown}", golden.strip_prefix(goldens()).unwrap().display()));
                }
                wanted.insert(golden);
            }
        }
    }
    let unreferenced: Vec<_> = files(&goldens()).into_iter().filter(|golden| !wanted.contains(golden)).collect();
    if update {
        unreferenced.iter().for_each(|golden| fs::remove_file(golden).unwrap());
        return;
    }
    assert!(unreferenced.is_empty(), "goldens of no fixture: {unreferenced:#?}");
    assert!(differing.is_empty(), "{} goldens differ; the first: {}", differing.len(), differing.first().unwrap());
}

#[test]
fn every_source_has_fixtures() {
    for source in SOURCES {
        let folder = fixtures_folder().join(source.name);
        assert!(folder.is_dir() && !files(&folder).is_empty(), "tests/fixtures/{} holds no sample", source.name);
    }
}

/// The payload in a fixture; a text stands for the Message of an SNS event.
fn payload(fixture: &Path) -> String {
    let text = fs::read_to_string(fixture).unwrap();
    if fixture.extension().unwrap() == "json" {
        return text;
    }
    let sns = json!({ "Type": "Notification", "MessageId": "0f5d1c0e-7a44-5c1b-9f3a-4d2f6b8e9a10", "Subject": null, "Message": text,
        "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:alerts", "Timestamp": "2026-11-21T07:30:00.000Z" });
    json!({ "Records": [{ "EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns }] }).to_string()
}

/// JSON over several lines, and texts as they are.
fn readable(payload: &str) -> String {
    match serde_json::from_str::<Value>(payload) {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap() + "\n",
        Err(_) => format!("{payload}\n"),
    }
}

fn fixtures_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn fixtures() -> Vec<PathBuf> {
    let found = files(&fixtures_folder());
    assert!(found.len() > 50, "the fixtures are gone");
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
