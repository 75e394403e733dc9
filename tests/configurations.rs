//! Broken configurations, each in a file named after what is wrong with it, and beside it what `hikyaku check` says: what the
//! person sees who made the mistake. They stand apart from the fixtures, which are payloads.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
#[path = "support/mod.rs"]
mod rig;

#[path = "configurations/planted.rs"]
mod planted;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rig::canary::CANARY;
use rig::folder::Folder;
use rig::program::hikyaku;
use serde_json::Value;

/// `UPDATE_GOLDENS=1 cargo test --test configurations` writes them anew; read the difference.
#[tokio::test]
async fn every_broken_configuration_says_what_is_wrong_where_and_what_to_do() {
    let folder = Folder::new();
    copy(&bad(), folder.path());
    let (mut wrong, mut wanted) = (Vec::new(), BTreeSet::new());
    let names = configurations();
    assert!(names.len() >= 40, "the broken configurations are gone");
    for name in &names {
        let check = || hikyaku(&folder, ["check", name]).env("HOOK", "https://hooks.slack.com/services/x");
        let (page, json) = (check().run().await, check().arg("--json").run().await);
        let golden = bad().join(name).with_extension("txt");
        assert!(wanted.insert(golden.clone()), "{name}: another one has that name");
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&golden, &page.stdout).unwrap();
        }
        if std::fs::read_to_string(&golden).unwrap_or_default() != page.stdout {
            wrong.push(format!("{}: says now\n{}", golden.display(), page.stdout));
        }
        if (page.status, json.status) != (1, 1) {
            wrong.push(format!("{name}: exit status {} and {}", page.status, json.status));
        }
        let problems = json.json()["problems"].as_array().unwrap().clone();
        assert!(problems.iter().any(|problem| problem["level"] == "error"), "{name}");
        wrong.extend(problems.iter().filter_map(|problem| Some(format!("{name}: {} {problem:#}", lack(problem)?))));
    }
    let texts = std::fs::read_dir(bad()).unwrap().map(|entry| entry.unwrap().path());
    let texts = texts.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    wrong.extend(texts.filter(|path| !wanted.contains(path)).map(|path| format!("{}: of no configuration", path.display())));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a problem does not say.
fn lack(problem: &Value) -> Option<&'static str> {
    let text = |key: &str| problem[key].as_str().unwrap_or_default();
    let is_placed = ["line", "column"].iter().all(|key| problem[key].as_u64().is_some_and(|number| number > 0));
    // Nothing has a line where there are none, nor has a file that stands in the wrong place.
    let has_lines = !text("text").starts_with("the file is empty") && !text("file").starts_with("misnamed/");
    match () {
        () if text("file").is_empty() || text("text").is_empty() || !["error", "warning"].contains(&text("level")) => {
            Some("no file, text or level")
        }
        () if has_lines && !is_placed => Some("no line and column"),
        () if text("help").is_empty() && !text("text").contains("did you mean") => Some("no way out"),
        () => None,
    }
}

/// A secret in every form that YAML has for a text, in every place that a person could write it to. `run` holds that no run
/// gives it away.
#[tokio::test]
async fn no_form_of_a_secret_is_shown_with_its_line() {
    let url = format!("https://audit.example.com/in/{CANARY}");
    let (front, back) = CANARY.split_at(CANARY.len() / 2);
    let forms = [
        format!("{url}\n"),
        format!("\"{url}\"\n"),
        format!("'{url}'\n"),
        format!("\"https://audit.example.com/in/\\u006b{}\"\n", CANARY.trim_start_matches('k')),
        format!("|\n        {url}\n"),
        format!(">-\n        https://audit.example.com/in/\n        {CANARY}\n"),
        format!("|2\n          {url}\n"),
        format!("https://audit.example.com/in/\n        {CANARY}\n"),
        format!("\"https://audit.example.com/in/{front}\\\n        {back}\"\n"),
        format!("!!str {url}\n"),
        format!("&hook {url}\n"),
        format!("env:HOOK # {url}\n"),
        format!("[{url}]\n"),
        format!("[\"{url}\",\n        '{CANARY}']\n"),
        format!("{{ {CANARY}: {CANARY} }}\n").replace(&format!("{{ {CANARY}"), "{ env"),
        format!("{{ \"env\":\"{CANARY}\" }}\n"),
        format!("{url}: x\n"),
        // What is no YAML any more.
        format!("\"{url}\n"),
        format!("'{url}\n        {CANARY}\n"),
        format!("[{url}\n"),
        format!("*{CANARY}\n"),
        format!("{url}\n     bad: x\n"),
        format!("|\n        {url}\n    {CANARY}\n"),
        format!("%{CANARY}\n"),
        format!("\t{url}\n"),
    ];
    let folder = Folder::new();
    for (key, channel) in
        [("url", "webhook"), ("signing_secret", "webhook"), ("password", "smtp"), ("pasword", "smtp"), ("ulr", "slack")]
    {
        for form in &forms {
            let yaml = format!("receivers:\n  ops:\n    {channel}:\n      {key}: {form}      allow_private: x\nlocal: ja\n");
            let file = folder.write("hikyaku.yaml", &yaml);
            let said = hikyaku(&folder, ["check".as_ref(), file.as_path()]).env("HOOK", "https://audit.example.com/").run().await;
            assert_eq!(said.status, 1, "{yaml}");
            assert!(said.stdout.contains('^'), "{yaml}\n{}", said.stdout);
        }
    }
}

#[test]
fn a_line_that_is_shown_is_one_line() {
    // Found by a fuzzer: YAML takes a return alone for the end of a line, in the middle of a key too.
    assert!(!planted::told("{\"receivers\": {\"ops\": {\"slak\": 1}}, \"\rccounts\": 1}\n").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_stands_beside_it_a_secret_is_not_shown(choice in any::<[u8; 3]>(), text in yaml()) {
        planted::assert_hidden(choice, &text);
    }

    #[test]
    fn any_text_is_looked_over(text in any::<String>(), lines in yaml()) {
        planted::told(&text.replace("templates_dir", "templates"));
        planted::told(&lines);
    }
}

/// Lines that look like a configuration, more or less.
fn yaml() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "receivers",
        "ops",
        "slack",
        "url",
        "locale",
        "ja",
        "routes",
        "match",
        "to",
        "sources",
        "accounts",
        "111122223333",
        "12",
        "env:HOOK",
        "日本語",
        "- ",
        ": ",
        ":",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "|",
        ">",
        "&a",
        "*a",
        "!!str",
        "#",
        ",",
        "\n",
        "\n  ",
        "\n    ",
        "\t",
        "\r\n",
        "---",
        "%",
        "{{x}}",
        "true",
        "~",
        "0x1",
        "\u{feff}",
        "\u{7}",
        "👨‍👩‍👧",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

/// The names of the broken configurations.
fn configurations() -> Vec<String> {
    let files = std::fs::read_dir(bad()).unwrap().map(|entry| entry.unwrap().path());
    let is_one = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json");
    let mut names: Vec<String> =
        files.filter(is_one).map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn bad() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configurations/bad")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for path in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(std::fs::copy(&path, &to).unwrap()),
        }
    }
}
