//! EventBridge's pattern language as a table: `tests/patterns/*.json`, one family of cases a file.
//!
//! `make test-real` holds the same table against an emulator.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

#[path = "patterns/table.rs"]
mod table;

use std::collections::BTreeSet;

use hikyaku::pattern::Pattern;
use table::{Case, Verdict, families};

#[test]
fn every_case_is_decided_as_the_table_says() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (family, case) in cases() {
        let found = verdict(&case);
        if found != case.expect {
            wrong.push(format!("{family}: {}: {found:?}: {} and {}", case.name, case.pattern, case.event));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 400, "{count}");
}

#[test]
fn every_family_names_its_source_and_every_case_has_its_own_name() {
    for (name, family) in families() {
        assert!(family.source.starts_with("https://"), "{name}: {}", family.source);
        let mut names = BTreeSet::new();
        for case in &family.cases {
            assert!(names.insert(&case.name), "{name}: {} stands twice", case.name);
        }
    }
}

/// An entry that differs in nothing is one that was forgotten.
#[test]
fn every_departure_departs_for_a_reason() {
    for (family, case) in cases() {
        let (at, aws) = (format!("{family}: {}", case.name), case.aws());
        if let Some(departure) = &case.aws {
            assert!(departure.expect != case.expect && !departure.because.is_empty(), "{at}");
        }
        if let Some(departure) = &case.localstack {
            assert!(departure.expect != aws && !departure.because.is_empty(), "{at}");
        }
    }
}

fn cases() -> impl Iterator<Item = (String, Case)> {
    families().into_iter().flat_map(|(name, family)| family.cases.into_iter().map(move |case| (name.clone(), case)))
}

fn verdict(case: &Case) -> Verdict {
    match Pattern::parse(&case.pattern) {
        Err(_) => Verdict::Invalid,
        Ok(pattern) if pattern.matches(&case.event) => Verdict::Match,
        Ok(_) => Verdict::NoMatch,
    }
}
