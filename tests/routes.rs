//! A configuration of nested routes as its user sees it: `check`, `explain`, `test`, `send`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use hikyaku::text::columns::width;
use serde_json::{Value, json};

use support::folder::Folder;
use support::program::{Said, hikyaku};

/// A team with routes of its own, hours, and a severity that it sees otherwise.
const CONFIG: &str = r#"
timezone: Asia/Tokyo
accounts:
  "111122223333": { name: prod, owner: sre }
  "444455556666": { name: sandbox, owner: lab }
receivers:
  ops: { slack: { url: "env:HOOK" } }
  pager: { slack: { url: "env:HOOK" } }
  desk: { console: {} }
  log: { console: {} }
overrides: { budget: notice, budget.forecast: critical }
routes:
  - match: { account_name: [sandbox], kind: [{ anything-but: finding }] }
    drop: known noise from the sandbox
  - match: { account_owner: [sre] }
    mention: { critical: channel, warning: here }
    to: [ops]
    routes:
      - match: { severity: [critical], kind: [alarm] }
        to: [pager]
        continue: true
      - event: { detail: { service: [ACM] } }
        during: { days: mon-fri, from: "09:00", until: "18:00" }
        to: [desk]
      - match: { kind: [health.abuse] }
        routes:
          - { match: { title: [{ prefix: "CloudShell " }] }, drop: true }
  - to: [log]
"#;

const PROD: &str = "111122223333";
const SANDBOX: &str = "444455556666";

/// The config in a folder of its own.
fn with_config() -> Folder {
    let folder = Folder::new();
    folder.write("hikyaku.yaml", CONFIG);
    folder
}

async fn ran(folder: &Folder, line: &str, input: &str) -> Said {
    hikyaku(folder, line.split_whitespace()).env("HOOK", "https://hooks.slack.com/services/T/B/x").input(input).run().await
}

/// The sample `name`, of the account `account`.
async fn sample(folder: &Folder, name: &str, account: &str) -> String {
    let sample = ran(folder, &format!("samples {name}"), "").await.stdout;
    ["111122223333", "444455556666"].iter().fold(sample, |sample, known| sample.replace(known, account))
}

#[tokio::test]
async fn a_tree_is_explained_route_by_route() {
    let folder = with_config();
    assert_eq!(ran(&folder, "check", "").await.stdout, "hikyaku.yaml: 4 receivers, 7 routes\n");
    let renewal = sample(&folder, "certificate.renewal_failed", PROD).await;
    let said = ran(&folder, "explain -", &renewal).await;
    let lines = [
        "  route 0     ✗ `account_name` is `prod`, wanted `sandbox`",
        "  route 1     ✓ its pattern matches → to ops",
        "  route 1.0     ✗ `kind` is `certificate.renewal_failed`, wanted `alarm`",
        "  route 1.1     ✗ `occurred_at` is sat 16:30 in Asia/Tokyo, not within mon-fri",
        "                  09:00–18:00",
        "  route 1.2     ✗ `kind` is `certificate.renewal_failed`, wanted `health.abuse`",
    ];
    assert!(said.stdout.contains(&(lines.join("\n") + "\n  sent ")), "{}", said.stdout);
    assert!(lines.iter().all(|line| width(line) <= 80) && said.stdout.contains(", calls channel\n"), "{}", said.stdout);

    // On a Friday it is for the desk, whenever it is explained, and whatever else is chosen is chosen once.
    let friday = renewal.replace("Sat, 21 Nov", "Fri, 20 Nov");
    let at = "explain --json --at 2026-11-29T00:00:00Z -";
    let explained = ran(&folder, at, &friday).await.json();
    let to = |explained: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let deliveries = explained[0]["deliveries"].as_array().unwrap();
        deliveries.iter().map(|delivery| (text(&delivery["receiver"]), text(&delivery["channel"]))).collect()
    };
    assert_eq!(to(&explained), [("desk".to_owned(), "console".to_owned())], "{explained}");
    let within = "its pattern of the event matches, `occurred_at` is fri 16:30 in Asia/Tokyo, within mon-fri 09:00–18:00";
    assert_eq!(
        explained[0]["routes"],
        json!([
            { "index": 0, "matched": false, "reason": "`account_name` is `prod`, wanted `sandbox`" },
            {
                "index": 1, "matched": true, "reason": "its pattern matches",
                "routes": [
                    { "index": 0, "matched": false, "reason": "`kind` is `certificate.renewal_failed`, wanted `alarm`" },
                    { "index": 1, "matched": true, "reason": within },
                ],
            },
        ])
    );
    assert_eq!(explained[0].get("dropped"), None);

    // `continue` stays within its list; a group that takes nothing gives it back to the route around it.
    let alarm = sample(&folder, "alarm", PROD).await;
    let explained = ran(&folder, "explain --json -", &alarm).await.json();
    assert_eq!(to(&explained), [("pager".to_owned(), "slack".to_owned())], "{explained}");
    let abuse = sample(&folder, "health.abuse", PROD).await;
    let explained = ran(&folder, "explain --json -", &abuse).await.json();
    assert_eq!(to(&explained), [("ops".to_owned(), "slack".to_owned())], "{explained}");
    let group = &explained[0]["routes"][1]["routes"][2];
    assert_eq!((&group["matched"], &group["routes"][0]["matched"]), (&json!(false), &json!(false)), "{explained}");
    assert_eq!(group["reason"], "its pattern matches, but none of its routes matches");
}

#[tokio::test]
async fn an_override_holds_for_routes_words_and_calls() {
    let folder = with_config();
    let forecast = sample(&folder, "budget.forecast", PROD).await;
    let said = ran(&folder, "explain -", &forecast).await;
    for part in [
        "  kind        budget.forecast (firing, critical)\n",
        "  severity    critical, as `overrides` says of `budget.forecast`; by itself\n              warning\n",
        "calls channel\n",
        "🔴",
    ] {
        assert!(said.stdout.contains(part), "missing {part:?}: {}", said.stdout);
    }
    let explained = ran(&folder, "explain --json -", &forecast).await.json();
    assert_eq!(explained[0]["overridden"], json!({ "by": "budget.forecast", "from": "warning" }));
    assert_eq!(explained[0]["notification"]["severity"], "critical");
    let alarm = sample(&folder, "alarm.ok", PROD).await;
    assert_eq!(ran(&folder, "explain --json -", &alarm).await.json()[0].get("overridden"), None);
}

#[tokio::test]
async fn a_drop_is_one_line_that_names_its_route_and_why() {
    let folder = with_config();
    let alarm = sample(&folder, "alarm", SANDBOX).await;
    let said = ran(&folder, "send --json -", &alarm).await;
    let lines = said.lines();
    assert_eq!((said.status, lines.len()), (0, 1), "{said:?}");
    let told = ["outcome", "reason", "dropped_by"].map(|key| lines[0][key].as_str().unwrap());
    assert_eq!(told, ["skipped", "dropped", "route 0: known noise from the sandbox"], "{said:?}");
    assert_eq!((lines[0].get("receiver"), said.stderr.as_str()), (None, ""));
    let said = ran(&folder, "send -", &alarm).await;
    assert_eq!(said.stdout, "nobody: alarm skipped, dropped by route 0: known noise from the sandbox\n");
    let explained = ran(&folder, "explain --json -", &alarm).await.json();
    assert_eq!(explained[0]["dropped"], json!({ "route": "0", "why": "known noise from the sandbox" }), "{explained}");
    let said = ran(&folder, "explain -", &alarm).await;
    let lines =
        "  route 0     ✓ its pattern matches → drop: known noise from the sandbox\n  goes to     nobody: dropped by route 0\n";
    assert!(said.stdout.contains(lines), "{}", said.stdout);
}

#[tokio::test]
async fn test_counts_every_route_that_leads_somewhere() {
    let folder = with_config();
    folder.write(
        "hikyaku.test.yaml",
        r#"expectations:
  - { name: noise, event: noise.json, dropped: true }
  - { name: a page, sample: alarm, to: [pager], mention: channel }
  - { name: a text, sample: text, to: [log], mention: none }
"#,
    );
    folder.write("noise.json", sample(&folder, "alarm", SANDBOX).await);
    let said = ran(&folder, "test", "").await;
    let coverage = "routes: 3 of 6 touched\n  not touched: route 1, to ops\n  not touched: route 1.1, to desk\n  not touched: route 1.2.0, drop\n";
    assert!(said.status == 0 && said.stdout.ends_with(coverage), "{said:?}");
}
