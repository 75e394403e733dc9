//! The architecture of the crate docs, held: who may use whom.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module, and which others of ours it may use. `app` names every stage; what is above it may use all.
const TABLE: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("secret", &[]),
    ("outcome", &["text"]),
    ("pattern", &[]),
    ("notification", &["text"]),
    ("template", &["text"]),
    ("net", &["secret"]),
    ("aws", &["net", "secret", "text"]),
    ("ingress", &["aws", "text"]),
    ("trust", &["aws", "ingress", "net", "outcome", "secret"]),
    ("sources", &["ingress", "notification", "pattern", "template", "text"]),
    ("route", &["ingress", "notification", "pattern", "text"]),
    ("render", &["notification", "template", "text"]),
    ("channels", &["aws", "net", "outcome", "render", "secret", "template", "text"]),
    ("secrets", &["aws", "secret"]),
    ("memory", &["aws", "notification", "outcome", "text"]),
    ("deliver", &["channels", "memory", "notification", "outcome", "render", "secret", "secrets"]),
    (
        "config",
        &[
            "aws",
            "channels",
            "deliver",
            "memory",
            "notification",
            "pattern",
            "render",
            "route",
            "secret",
            "sources",
            "template",
            "text",
            "trust",
        ],
    ),
    (
        "app",
        &[
            "aws",
            "channels",
            "config",
            "deliver",
            "ingress",
            "memory",
            "notification",
            "outcome",
            "render",
            "route",
            "secret",
            "secrets",
            "sources",
            "trust",
        ],
    ),
    ("samples", &["notification", "text"]),
    ("expect", &["app", "config", "ingress", "notification", "route", "samples", "text"]),
    ("migrate", &["aws", "config", "text"]),
    ("doctor", &["app", "aws", "channels", "config", "deliver", "ingress", "outcome", "pattern", "samples", "secret", "secrets"]),
    ("outside", &["config", "net", "secret"]),
    ("lambda", &["app", "aws", "channels", "config", "deliver", "ingress", "outcome", "render", "secret", "text", "trust"]),
    (
        "cli",
        &[
            "app",
            "aws",
            "channels",
            "config",
            "deliver",
            "doctor",
            "expect",
            "ingress",
            "memory",
            "migrate",
            "notification",
            "outcome",
            "outside",
            "render",
            "route",
            "samples",
            "secret",
            "secrets",
            "sources",
            "text",
        ],
    ),
];

/// A crate that only these may name, so that there is one place to change.
const KEEPERS: &[(&str, &[&str])] = &[
    ("reqwest::", &["net"]),
    ("handlebars::", &["template"]),
    ("aws_config::", &["aws"]),
    ("aws_sdk_sns::", &["aws", "channels"]),
    ("aws_credential_types::", &["aws"]),
    ("aws_sigv4::", &["aws"]),
    ("aws_smithy_runtime_api::", &["aws"]),
    ("aws_smithy_types::", &["aws"]),
    ("aws_types::", &["aws"]),
    ("lettre::", &["channels"]),
    ("webpki::", &["trust"]),
    ("mail_parser::", &["ingress"]),
    ("lambda_runtime::", &["lambda"]),
    ("axum::", &["cli"]),
    ("clap::", &["cli"]),
    ("clap_complete::", &["cli"]),
    ("clap_mangen::", &["cli"]),
    ("serde_saphyr::", &["config"]),
    ("unicode_width::", &["text"]),
    // The clock and the environment are asked at the outside, and passed on as values.
    ("Timestamp::now", &["cli", "lambda"]),
    ("SystemTime", &[]),
    ("std::env::", &["outside"]),
];

#[test]
fn modules_use_only_what_the_table_allows() {
    let mut broken = Vec::new();
    for (module, source) in sources() {
        let (_, allowed) =
            TABLE.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("{module} is not in the table"));
        for used in used(&source) {
            if used != module && !allowed.contains(&used.as_str()) {
                broken.push(format!("{module} uses {used}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_table_allows_nothing_that_is_not_used() {
    for (module, allowed) in TABLE {
        let all: BTreeSet<String> =
            sources().iter().filter(|(name, _)| name == module).flat_map(|(_, source)| used(source)).collect();
        for used in *allowed {
            assert!(all.contains(*used), "{module} may use {used} and does not");
        }
    }
}

#[test]
fn each_crate_has_its_keeper() {
    for (module, source) in sources() {
        for (name, keepers) in KEEPERS {
            assert!(!source.contains(name) || keepers.contains(&module.as_str()), "{module} names {name}");
        }
    }
}

/// The library's modules and their sources, without comments and tests.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in files(&root) {
        let inside = path.strip_prefix(&root).unwrap();
        let top = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let is_test = inside.iter().any(|part| part == "tests" || part == "tests.rs");
        if top == "lib.rs" || top == "bin" || is_test {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        found.push((top.trim_end_matches(".rs").to_owned(), code.join("\n")));
    }
    assert!(found.len() > 20, "the sources are gone");
    found
}

/// The modules that `source` names after `crate::`.
fn used(source: &str) -> BTreeSet<String> {
    let names = source.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap().to_owned()
    });
    names.filter(|name| TABLE.iter().any(|(module, _)| module == name)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What stands between backticks is in a fixture of that source.
#[test]
fn every_source_says_what_it_is_known_by() {
    for source in hikyaku::sources::SOURCES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(source.name);
        let fixtures: String = files(&folder).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        let words: Vec<&str> = source.known_by.split('`').skip(1).step_by(2).collect();
        assert!(!words.is_empty() || source.name == "generic", "{}: {}", source.name, source.known_by);
        for word in words {
            assert!(fixtures.contains(word), "{}: no fixture has `{word}`", source.name);
        }
    }
}

#[test]
fn the_readme_tells_every_source_and_channel() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for source in hikyaku::sources::SOURCES {
        let row = format!("| `{}` | {} |", source.name, source.about);
        assert!(readme.contains(&row), "README.md lacks the row {row}");
    }
    for kind in hikyaku::channels::CHANNELS {
        let row = format!("| `{}` | ", kind.profile.channel);
        assert!(readme.contains(&row), "README.md lacks the row {row}");
    }
}
