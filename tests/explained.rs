//! What `hikyaku explain` tells a person: one golden a case in `tests/explained`.
//!
//! `UPDATE_GOLDENS=1 cargo test --test explained` writes them anew; read the difference before you commit it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hikyaku::text::columns::width;
use serde_json::json;
use support::folder::Folder;
use support::program::hikyaku;

/// A name, the fixture that is explained, and the configuration.
const CASES: &[(&str, &str, &str)] = &[
    (
        "a_failed_renewal_calls_a_japanese_channel",
        "aws_health/acm_renewal_needs_dns_validation",
        r#"
timezone: Asia/Tokyo
locale: ja
accounts: { "111122223333": { name: 本番, owner: sre } }
receivers:
  ops: { slack: { url: "env:SLACK_WEBHOOK_URL" }, fallback: mail, ambiguous: keep }
  mail: { email: { topic_arn: "arn:aws:sns:ap-northeast-1:111122223333:ops" } }
routes:
  - { match: { kind: [{ prefix: budget. }] }, to: [mail] }
  - { match: { kind: [{ prefix: certificate. }], severity: [critical] }, to: [ops], mention: channel }
  - { to: [mail] }
failure_queue: https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures
"#,
    ),
    (
        "a_coming_expiry_stands_on_a_rung",
        "carriers/sqs_wrapped_sns",
        r#"
receivers:
  ops: { slack: { url: "env:SLACK_WEBHOOK_URL" }, rate: { per_second: 0.5, burst: 3 } }
  log: { console: {} }
routes:
  - { match: { topic: [{ suffix: ":certificates" }] }, to: [ops], continue: true }
  - { to: [log] }
ledger: { dynamodb: { table: hikyaku-ledger } }
"#,
    ),
    (
        "a_budget_is_known_by_its_words",
        "aws_budgets/actual_83_7_percent",
        r#"
receivers: { finance: { email: { topic_arn: "arn:aws:sns:us-east-1:111122223333:finance" } } }
"#,
    ),
    (
        "an_alarm_that_a_route_drops",
        "cloudwatch_alarm/sns_ok",
        r#"
receivers: { log: { console: {} } }
routes:
  - match: { kind: [alarm] }
    to: [log]
    routes:
      - { min_severity: warning, to: [log] }
      - { match: { status: [resolved] }, drop: the dashboard shows it }
  - { to: [log] }
"#,
    ),
    (
        "a_stranger_gets_nowhere",
        "carriers/sns_lambda_record",
        r#"
receivers: { log: { console: {} } }
topics: ["arn:aws:sns:ap-northeast-1:111122223333:notices"]
"#,
    ),
    (
        "a_declared_source_may_bear_a_built_in_ones_name",
        "generic/sns_json_object_nobody_knows",
        r#"
receivers: { log: { console: {} } }
sources: [{ name: aws_health, match: { "$or": [{ job: [{ exists: true }] }, { job: [{ exists: false }] }] }, title: A job }]
dedupe: none
"#,
    ),
    (
        "two_texts_in_one_payload",
        "carriers/sns_two_records",
        r#"
receivers: { log: { webhook: { url: "env:SLACK_WEBHOOK_URL" } } }
"#,
    ),
];

#[tokio::test]
async fn every_case_is_told_as_its_golden_has_it() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (name, fixture, config) in CASES {
        let folder = Folder::new();
        folder.write("hikyaku.yaml", config);
        let event = tests.join("fixtures").join(format!("{fixture}.json"));
        let said = hikyaku(&folder, ["explain"]).arg(event).env("SLACK_WEBHOOK_URL", "unread").run().await;
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{name}: {said:?}");
        assert_readable(name, &said.stdout);
        let golden = golden(name);
        if update {
            fs::create_dir_all(golden.parent().unwrap()).unwrap();
            fs::write(&golden, &said.stdout).unwrap();
        }
        let known = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(said.stdout, known, "{name}: UPDATE_GOLDENS=1 if this is meant");
    }
    let named: BTreeSet<PathBuf> = CASES.iter().map(|(name, ..)| golden(name)).collect();
    let found = fs::read_dir(tests.join("explained")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(named, found, "a golden without a case");
}

#[tokio::test]
async fn what_a_sender_wrote_does_not_steer_a_terminal() {
    let folder = Folder::new();
    folder.write(
        "hikyaku.yaml",
        "receivers: { log: { console: {} } }\nroutes: [{ match: { title: [x] }, to: [log] }, { to: [log] }]\n",
    );
    let hostile = "a\u{1b}[31m\u{202e}b\r\nc";
    for event in [
        json!({ "source": hostile, "detail-type": hostile, "account": hostile, "region": hostile, "detail": { hostile: hostile } }),
        json!({ "hikyaku": "1.0", "kind": "custom", "title": hostile, "source": hostile, "dedup_key": hostile, "summary": hostile }),
        json!({ hostile: hostile }),
        json!(hostile),
    ] {
        let said = hikyaku(&folder, ["explain", "-"]).input(event.to_string()).run().await;
        assert_eq!(said.status, 0, "{said:?}");
        assert!(!said.stdout.contains(['\u{1b}', '\u{202e}', '\r']), "{said:?}");
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explained").join(format!("{name}.txt"))
}

/// 80 columns, but for keys and for words that are wider by themselves; no colour where nobody sees it.
fn assert_readable(name: &str, text: &str) {
    assert!(!text.contains('\u{1b}'), "{name}");
    for line in text.lines().filter(|line| width(line) > 80) {
        let is_key = line.starts_with("  dedup key ") || line.starts_with("  thread key ");
        let is_word = !line.trim_start_matches([' ', '│']).contains(' ');
        assert!(is_key || is_word, "{name}: {line}");
    }
}
