//! What is remembered of deliveries: by one sandbox in its journal, by all in the ledger.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use hikyaku::aws::Aws;
use hikyaku::memory::{Claim, Memory, Request, Settings};
use hikyaku::outcome::Event;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::aws::Fault;
use crate::support::canary::CANARY;
use crate::support::events::{WORDS, acm_expiring, health_issue, plain_text, record, sns, text};
use crate::support::folder::Folder;
use crate::support::function::{Function, Signal};
use crate::support::program::ending;
use crate::support::script::{Step, answer, ok};
use crate::support::server::Server;
use crate::support::table::Table;

const TIME: Duration = Duration::from_secs(30);
const LEDGER: &str = "ledger: { dynamodb: { table: hikyaku } }\n";

/// A sandbox of its own, with one receiver on `server` and its ledger in `table`.
async fn sandbox(server: &Server, table: &Table, more: &str) -> Function {
    let folder = Folder::new();
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], more);
    let env = table.env();
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Function::start(folder, &config, &env).await
}

fn endings(function: &Function) -> Vec<String> {
    function.outcomes().iter().map(ending).collect()
}

fn incidents(function: &Function) -> Vec<String> {
    function.log().iter().filter_map(|line| Some(line["incident"].as_str()?.to_owned())).collect()
}

fn state_of(table: &Table) -> Vec<String> {
    table.items().iter().map(|item| item["state"]["S"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn f29_with_a_ledger_a_retry_in_another_sandbox_sends_nothing_again() {
    let (server, table) = (Server::start().await, Table::start().await);
    let (mut one, mut two) = (sandbox(&server, &table, LEDGER).await, sandbox(&server, &table, LEDGER).await);
    assert!(!one.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    assert!(!two.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    assert_eq!((server.requests("ops").len(), endings(&two)), (1, vec!["skipped duplicate".to_owned()]));
    // What failed is let go, and another sandbox takes it at once.
    server.on("ops", [answer(503, "").into(), answer(503, "").into(), answer(503, "").into(), ok()]);
    assert!(one.invoke(&text("two", WORDS)).await.is_error);
    assert!(!two.invoke(&text("two", WORDS)).await.is_error);
    assert_eq!((server.requests("ops").len(), state_of(&table)), (5, vec!["delivered".to_owned(); 2]));
}

#[tokio::test]
async fn f30_of_two_at_once_one_sends_and_the_other_comes_back() {
    let (server, table) = (Server::start().await, Table::start().await);
    let (mut one, mut two) = (sandbox(&server, &table, LEDGER).await, sandbox(&server, &table, LEDGER).await);
    server.on("ops", [answer(200, "ok").after(Duration::from_secs(1)).into()]);
    let event = plain_text().to_string();
    let (first, second) = tokio::join!(one.invoke_as("r", event.clone(), TIME), two.invoke_as("r", event.clone(), TIME));
    assert_eq!(server.requests("ops").len(), 1);
    assert_eq!(i32::from(first.is_error) + i32::from(second.is_error), 1, "{first:?} {second:?}");
    let late = if first.is_error { &mut one } else { &mut two };
    assert_eq!(endings(late), ["retry duplicate"]);
    assert!(!late.invoke_as("r", event, TIME).await.is_error);
    assert_eq!((server.requests("ops").len(), endings(late).last().unwrap().as_str()), (1, "skipped duplicate"));
}

#[tokio::test]
async fn f31_a_dead_holders_lease_is_taken_over() {
    let (server, table) = (Server::start().await, Table::start().await);
    let (mut one, mut two) = (sandbox(&server, &table, LEDGER).await, sandbox(&server, &table, LEDGER).await);
    server.on("ops", [Step::Hang, ok()]);
    let event = plain_text().to_string();
    one.attempt_until("r", event.clone(), Signal::Kill, async { drop(server.wait("ops", 1).await) }).await;
    assert_eq!(state_of(&table), ["begun"]);
    assert!(two.invoke_as("r", event.clone(), TIME).await.is_error, "it may still be alive");
    let until: i64 = table.items()[0]["lease_until"]["N"].as_str().unwrap().parse().unwrap();
    let longest = Timestamp::now().as_millisecond() + i64::try_from((TIME + Duration::from_secs(65)).as_millis()).unwrap();
    assert!(until > Timestamp::now().as_millisecond() && until <= longest, "{until}");
    // Time goes by.
    table.change(|item| item["lease_until"]["N"] = json!((Timestamp::now().as_millisecond() - 1).to_string()));
    assert!(!two.invoke_as("r", event, TIME).await.is_error);
    assert_eq!((server.requests("ops").len(), state_of(&table)), (2, vec!["delivered".to_owned()]));
}

#[tokio::test]
async fn f31_without_any_time_left_a_lease_still_ends() {
    let (server, table) = (Server::start().await, Table::start().await);
    let mut function = sandbox(&server, &table, LEDGER).await;
    let answer = function.invoke_as("r", plain_text().to_string(), Duration::ZERO).await;
    assert!(answer.is_error, "{answer:?}");
    assert!(!function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    assert_eq!(server.requests("ops").len(), 1);
}

#[tokio::test]
async fn f33_one_health_event_from_two_regions_is_one_message_and_an_update_another() {
    let from = |region: &str, id: &str, updated: &str| {
        let mut event = health_issue();
        (event["region"], event["id"]) = (region.into(), id.into());
        event["detail"]["lastUpdatedTime"] = updated.into();
        if updated.contains("08:30") {
            event["detail"]["communicationId"] = "5f0c7e21-2".into();
        }
        event
    };
    let events = [
        from("ap-northeast-1", "a", "Sat, 21 Nov 2026 07:30:00 GMT"),
        from("us-west-2", "b", "Sat, 21 Nov 2026 07:30:00 GMT"),
        sns(&[record("m", None, &from("us-west-2", "c", "Sat, 21 Nov 2026 07:30:00 GMT").to_string())]),
        from("ap-northeast-1", "d", "Sat, 21 Nov 2026 08:30:00 GMT"),
    ];
    for (more, requests) in [("", 2), ("dedupe: fact\n", 2), ("dedupe: none\n", 4)] {
        let (server, table) = (Server::start().await, Table::start().await);
        let mut function = sandbox(&server, &table, more).await;
        for event in &events {
            assert!(!function.invoke(event).await.is_error, "{event}");
        }
        assert_eq!(server.requests("ops").len(), requests, "{more}");
    }
}

#[tokio::test]
async fn f34_a_ledger_out_of_reach_costs_half_a_second_and_no_message() {
    for (on_error, requests, ends) in [("deliver", 1, "delivered"), ("fail", 0, "retry other")] {
        let (server, table) = (Server::start().await, Table::start().await);
        let more = format!("ledger: {{ dynamodb: {{ table: hikyaku, on_error: {on_error} }} }}\n");
        let mut function = sandbox(&server, &table, &more).await;
        table.fail("PutItem", [Fault::Hang, Fault::Hang]);
        let answer = function.invoke(&plain_text()).await;
        assert!(answer.took < Duration::from_secs(8), "{answer:?}");
        assert_eq!((endings(&function), server.requests("ops").len()), (vec![ends.to_owned()], requests), "{on_error}");
        assert_eq!((incidents(&function), answer.is_error), (vec!["ledger_unavailable".to_owned()], on_error == "fail"));
        assert!(table.calls("PutItem") <= 3, "two tries, and the mark of the delivery");
    }
}

#[tokio::test]
async fn f35_a_table_that_asks_for_patience_gets_it_and_one_that_is_closed_is_told_of() {
    for (status, code, faults, expected) in [
        (400, "ProvisionedThroughputExceededException", 2, None),
        (400, "ThrottlingException", 3, None),
        (500, "InternalServerError", 1, None),
        (500, "InternalServerError", 2, Some("ledger_unavailable")),
        (400, "ResourceNotFoundException", 1, Some("ledger_misconfigured")),
        (400, "AccessDeniedException", 1, Some("ledger_misconfigured")),
        (400, "ValidationException", 1, Some("ledger_misconfigured")),
    ] {
        let (server, table) = (Server::start().await, Table::start().await);
        let mut function = sandbox(&server, &table, LEDGER).await;
        table.fail("PutItem", (0..faults).map(|_| Fault::Error(status, code)));
        assert!(!function.invoke(&plain_text()).await.is_error, "{code}");
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!((server.requests("ops").len(), incidents(&function)), (1, expected), "{code} {faults}");
        assert_eq!(state_of(&table), ["delivered"], "{code}: the mark is set all the same");
        let log = function.log();
        let told = log.iter().find(|line| line["incident"] == "ledger_misconfigured");
        assert!(told.is_none_or(|line| line["level"] == "error" && line["message"].as_str().unwrap().contains(code)), "{log:?}");
    }
}

#[tokio::test]
async fn f36_a_delivery_that_cannot_be_marked_is_one_all_the_same() {
    let (server, table) = (Server::start().await, Arc::new(Table::start().await));
    let mut function = sandbox(&server, &table, LEDGER).await;
    let store = Arc::clone(&table);
    // From the moment of the delivery on, the table fails.
    server.play("ops", move || {
        store.fail("PutItem", (0..3).map(|_| Fault::Error(500, "InternalServerError")));
        ok()
    });
    assert!(!function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    assert_eq!((table.calls("PutItem"), incidents(&function)), (4, vec!["unrecorded_delivery".to_owned()]));
    assert!(!function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    assert_eq!(server.requests("ops").len(), 1, "this sandbox knows");
}

/// A memory without a journal's file, whose ledger is `table`.
fn memory(table: &Table) -> Memory {
    let credentials = aws_sdk_sns::config::Credentials::new("x", CANARY, None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .endpoint_url(table.address())
        .credentials_provider(aws_sdk_sns::config::SharedCredentialsProvider::new(credentials))
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .build();
    let ledger = serde_json::from_value(json!({ "dynamodb": { "table": "hikyaku" } })).unwrap();
    let settings = Settings { ledger: Some(ledger), ..Settings::default() };
    Memory::new(settings, Some(PathBuf::from("/nonexistent/journal")), Arc::new(Aws::new(config)))
}

#[tokio::test]
async fn f37_a_minute_between_two_clocks_doubles_nothing() {
    let table = Table::start().await;
    let (one, two) = (memory(&table), memory(&table));
    let envelopes = hikyaku::ingress::unwrap(&plain_text().to_string()).unwrap().envelopes;
    let notification = hikyaku::sources::decode(&envelopes[0]);
    let request = Request { id: "r".into(), copy: 0 };
    let now = Timestamp::now();
    let until = now + Duration::from_secs(30);
    let mut incidents = Vec::new();
    let key = one.key("ops", &notification, &request, now);
    assert_eq!(one.claim(&key, now, until, &mut incidents).await, Claim::Free);
    // The other clock is a minute ahead, and says so until the very end of the first one's time.
    for (seconds, expected) in
        [(-60, Claim::Busy), (0, Claim::Busy), (60, Claim::Busy), (30 + 60, Claim::Busy), (30 + 66, Claim::Free)]
    {
        let now = now + SignedDuration::from_secs(seconds);
        assert_eq!(two.claim(&key, now, now, &mut incidents).await, expected, "{seconds}");
    }
    // An item that has expired and was not yet deleted is none.
    one.delivered(&key, now, &mut incidents).await;
    let later = |hours| now + SignedDuration::from_hours(hours);
    assert_eq!(two.claim(&key, later(23), later(23), &mut incidents).await, Claim::Delivered);
    assert_eq!(two.claim(&key, later(25), later(25), &mut incidents).await, Claim::Free);
    assert!(incidents.iter().all(|incident| incident.incident == Event::JournalUnusable), "{incidents:?}");
}

#[tokio::test]
async fn f38_a_journal_that_cannot_be_written_stops_no_delivery_and_is_told_of_once() {
    let server = Server::start().await;
    for break_it in [
        (|tmpdir| std::fs::create_dir_all(tmpdir).unwrap()) as fn(&std::path::Path),
        |journal| std::os::unix::fs::symlink("/dev/full", journal).unwrap(),
        |journal| std::os::unix::fs::symlink("/nonexistent/journal", journal).unwrap(),
    ] {
        let folder = Folder::new();
        let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
        let mut function = Function::start(folder, &config, &[]).await;
        break_it(&function.journal());
        let before = server.requests("ops").len();
        for number in 0..3 {
            assert!(!function.invoke_as("r", text(&(number / 2).to_string(), WORDS).to_string(), TIME).await.is_error);
        }
        assert_eq!(server.requests("ops").len() - before, 2, "what is repeated is known as long as the process lives");
        assert_eq!(incidents(&function), ["journal_unusable"]);
        std::fs::remove_file(function.journal()).or_else(|_| std::fs::remove_dir(function.journal())).unwrap();
    }
}

#[tokio::test]
async fn f38_of_a_damaged_journal_the_good_part_counts() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    let mut function = Function::start(folder, &config, &[]).await;
    for id in ["one", "two"] {
        assert!(!function.invoke(&text(id, WORDS)).await.is_error);
    }
    function.end(Signal::Kill).await;
    let journal = function.journal();
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle + 10);
    std::fs::write(&journal, bytes).unwrap();
    function.restart().await;
    for id in ["one", "two"] {
        assert!(!function.invoke(&text(id, WORDS)).await.is_error);
    }
    assert_eq!(endings(&function), ["delivered", "delivered", "skipped duplicate", "delivered"]);
}

#[tokio::test]
async fn a_daily_expiry_is_told_by_its_ladder_over_sandboxes() {
    let day = |days: i64| {
        let mut event = acm_expiring();
        event["detail"]["DaysToExpiry"] = days.into();
        event["id"] = format!("day-{days}").into();
        event
    };
    for (more, told) in [
        (LEDGER, vec![45, 30, 14]),
        ("expiry_ladder: none\n", (13..=45).rev().collect()),
        ("expiry_ladder: { days: [20] }\n", vec![45, 20]),
    ] {
        let (server, table) = (Server::start().await, Table::start().await);
        let mut sandboxes = [sandbox(&server, &table, more).await, sandbox(&server, &table, more).await];
        let shared = more == LEDGER;
        let mut sent = Vec::new();
        for days in (13..=45).rev() {
            let before = server.requests("ops").len();
            let sandbox = &mut sandboxes[if shared { usize::try_from(days % 2).unwrap() } else { 0 }];
            assert!(!sandbox.invoke(&day(days)).await.is_error);
            if server.requests("ops").len() > before {
                sent.push(days);
            }
        }
        assert_eq!(sent, told, "{more}");
    }
}

#[tokio::test]
async fn what_a_ledger_holds_tells_nothing() {
    let (server, table) = (Server::start().await, Table::start().await);
    let mut function = sandbox(&server, &table, LEDGER).await;
    assert!(!function.invoke(&plain_text()).await.is_error);
    let [item] = &table.items()[..] else { panic!("{:?}", table.items()) };
    let mut names: Vec<&String> = item.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["expires_at", "holder", "id", "state"]);
    let expires: i64 = item["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    let in_hours = (expires - Timestamp::now().as_second()) / 3600;
    assert!((23..=24).contains(&in_hours), "{in_hours}");
    let text: Value = item.clone();
    assert!(!text.to_string().contains("ops") && !text.to_string().contains("text|"), "{text}");
}
