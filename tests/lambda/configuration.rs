//! A configuration in Parameter Store: changed without a new zip, refused if it is broken, never replaced by another.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::aws::Fault;
use crate::support::canary::{self, CANARY};
use crate::support::events::{plain_text, text};
use crate::support::folder::Folder;
use crate::support::function::{Answer, Function};
use crate::support::program::hikyaku;
use crate::support::server::Server;
use crate::support::ssm::ParameterStore;

const NAME: &str = "/hikyaku/config";

/// A function that asks `store` for its configuration at every event, with an address in its environment as well.
async fn function(store: &ParameterStore, server: &Server, config: &str) -> Function {
    let store = store.env();
    let mut env: Vec<(&str, &str)> = store.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let elsewhere = server.url("environment");
    env.extend([("HIKYAKU_CONFIG_MAX_AGE_SECS", "0"), ("SLACK_WEBHOOK_URL", elsewhere.as_str())]);
    Function::start(Folder::new(), Path::new(config), &env).await
}

/// A configuration that sends everything to `receiver` of `server`.
fn to(server: &Server, receiver: &str, locale: &str) -> String {
    let url = server.url(receiver);
    format!("locale: {locale}\nreceivers:\n  {receiver}: {{ slack: {{ url: \"{url}\", allow_insecure_loopback: true }} }}\n")
}

/// One that routes to somebody unknown, with a secret where none belongs.
fn broken(server: &Server) -> String {
    let token = format!("https://hooks.slack.com/services/T0HIKYAKU/B0HIKYAKU/{CANARY}");
    format!("{}routes:\n  - to: [opps]\n  - to: [\"{token}\"]\n", to(server, "ops", "en"))
}

/// What somebody is told by the incidents of that name.
fn incidents(function: &Function, name: &str) -> Vec<String> {
    let log = function.log().into_iter().filter(|line| line["incident"] == name);
    log.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
}

fn assert_fails(answer: &Answer, says: &str) {
    let message = answer.body["errorMessage"].as_str().unwrap_or_default();
    assert!(answer.is_error && message.contains(says), "{answer:?}");
}

#[tokio::test]
async fn a_new_version_is_in_use_without_a_new_zip() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    store.put(NAME, to(&server, "ops", "en"));
    let mut function = function(&store, &server, "ssm:/hikyaku/config").await;
    assert!(!function.invoke(&text("one", "ichi")).await.is_error);
    store.put(NAME, to(&server, "night", "ja"));
    assert!(!function.invoke(&text("two", "ni")).await.is_error);
    assert_eq!((server.requests("ops").len(), server.requests("night").len(), server.all().len()), (1, 1, 2));
    assert_eq!(
        incidents(&function, "configuration_taken"),
        ["ssm:/hikyaku/config is in use in version 1", "ssm:/hikyaku/config is in use in version 2"]
    );
    // What was delivered under the one is delivered under the other.
    store.put(NAME, to(&server, "ops", "ja"));
    assert!(!function.invoke(&text("one", "ichi")).await.is_error);
    assert_eq!(server.requests("ops").len(), 1, "{}", function.said());
}

#[tokio::test]
async fn parameter_store_is_asked_every_five_minutes_and_never_for_a_file() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    store.put(NAME, to(&server, "ops", "en"));
    let env = store.env();
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let folder = Folder::new();
    let file = folder.write("hikyaku.yaml", to(&server, "log", "en"));
    for (config, calls) in [(Path::new("ssm:/hikyaku/config"), 1), (&file, 1)] {
        let mut function = Function::start(Folder::new(), config, &env).await;
        for number in 0..3 {
            assert!(!function.invoke(&text(&format!("text-{number}"), "kotoba")).await.is_error);
        }
        assert_eq!(store.calls("GetParameter"), calls, "{}", config.display());
    }
}

#[tokio::test]
async fn a_broken_version_is_refused_and_told_once_and_the_last_good_one_stays() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    store.put(NAME, to(&server, "ops", "en"));
    let mut function = function(&store, &server, "ssm:/hikyaku/config").await;
    assert!(!function.invoke(&text("one", "ichi")).await.is_error);
    store.put(NAME, broken(&server));
    for (id, requests) in [("two", 3), ("three", 4)] {
        assert!(!function.invoke(&text(id, id)).await.is_error);
        assert_eq!(server.requests("ops").len(), requests, "{}", function.said());
    }
    let notice = server.requests("ops")[2].body().to_owned();
    for says in
        ["Configuration version 2 is not in use", "version 1 goes on", "5:10: error: routes[0].to[0]", "'opps'", "hikyaku check"]
    {
        assert!(notice.contains(says), "{says}: {notice}");
    }
    assert!(!notice.contains(CANARY), "{notice}");
    let refused = incidents(&function, "configuration_refused");
    assert!(refused.len() == 1 && refused[0].contains("there is no receiver `opps`"), "{refused:?}");
    let counted = function.log().iter().filter(|line| line["ConfigurationRefused"] == 1).count();
    assert_eq!(counted, 1);
    // Mended, it is in use at once.
    store.put(NAME, to(&server, "log", "en"));
    assert!(!function.invoke(&text("four", "yon")).await.is_error);
    assert_eq!((server.requests("ops").len(), server.requests("log").len()), (4, 1));
}

/// The function itself holds, at its end, that it has said no secret.
#[tokio::test]
async fn what_is_wrong_is_told_without_the_secrets_in_it() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    store.put(NAME, to(&server, "ops", "en"));
    let mut function = function(&store, &server, "ssm:/hikyaku/config").await;
    let hook = format!("https://hooks.slack.com/services/T0HIKYAKU/B0HIKYAKU/{CANARY}");
    let versions = [
        broken(&server),
        format!("\"{hook}\": 1\n\"{hook}\": 2\n"),
        format!("receivers: {{ ops: {{ slack: {{ url: [\"{hook}\"] }} }}, \"{hook}\": {{}} }}\n"),
        format!("receivers: \"{hook}\"\n"),
        format!("password={CANARY}"),
        format!("a: {{ password: {CANARY}\n"),
    ];
    let count = versions.len();
    for (number, version) in versions.into_iter().enumerate() {
        store.put(NAME, version);
        assert!(!function.invoke(&text(&number.to_string(), "kotoba")).await.is_error);
    }
    assert_eq!(incidents(&function, "configuration_refused").len(), count);
    let notices = server.requests("ops").into_iter().filter(|request| request.body().contains("is not in use"));
    assert_eq!(notices.map(|notice| canary::assert_none("a notice", notice.body())).count(), count);
}

#[tokio::test]
async fn templates_can_be_written_for_a_store_that_takes_no_braces() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    let title = r#""Backup of \x7B\x7Bdetail.name\x7D\x7D""#;
    let source = format!("sources:\n  - {{ name: backup, match: {{ source: [mizuumi.backup] }}, title: {title} }}\n");
    store.put(NAME, format!("{}{source}", to(&server, "ops", "en")));
    let mut function = function(&store, &server, "ssm:/hikyaku/config").await;
    let event = json!({ "id": "1", "source": "mizuumi.backup", "detail-type": "Backup", "detail": { "name": "fuyu" } });
    assert!(!function.invoke(&event).await.is_error);
    assert!(server.requests("ops")[0].body().contains("Backup of fuyu"), "{:?}", server.requests("ops"));
}

#[tokio::test]
async fn the_last_good_version_outlives_its_process() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    for version in [to(&server, "old", "en"), to(&server, "ops", "ja"), broken(&server), "receivers: [".to_owned()] {
        store.put(NAME, version);
    }
    let mut function = function(&store, &server, "ssm:/hikyaku/config").await;
    assert!(!function.invoke(&text("one", "ichi")).await.is_error);
    function.end(crate::support::function::Signal::Kill).await;
    function.restart().await;
    assert!(!function.invoke(&text("two", "ni")).await.is_error);
    let requests = server.requests("ops");
    assert_eq!((requests.len(), server.all().len()), (3, 3), "it is told once: {}", function.said());
    let notice = requests.iter().filter(|request| request.body().contains("設定のバージョン 4 は使われていません")).count();
    assert_eq!(notice, 1, "{requests:?}");
}

#[tokio::test]
async fn without_a_good_version_every_event_fails_until_there_is_one() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    store.put(NAME, broken(&server));
    store.put(NAME, "receivers: {}");
    let mut function = function(&store, &server, "ssm:/hikyaku/config").await;
    for _ in 0..2 {
        assert_fails(&function.invoke(&plain_text()).await, "the configuration is broken");
    }
    let told = function.log().iter().filter(|line| line["problems"].is_string()).count();
    assert_eq!((told, server.all().len()), (1, 0), "{}", function.said());
    store.put(NAME, to(&server, "ops", "en"));
    assert!(!function.invoke(&plain_text()).await.is_error);
    assert_eq!((server.requests("ops").len(), server.all().len()), (1, 1));
}

#[tokio::test]
async fn a_store_that_is_out_of_reach_is_no_reason_to_send_elsewhere() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    let mut function = function(&store, &server, "ssm:/hikyaku/config").await;
    assert_fails(&function.invoke(&plain_text()).await, "ssm:/hikyaku/config is not there");
    for (fault, says) in [
        (Fault::Error(500, "InternalServerError"), "could not be read (InternalServerError)"),
        (Fault::Error(400, "AccessDeniedException"), "may not be read by this function"),
    ] {
        store.fail("GetParameter", [fault]);
        assert_fails(&function.invoke(&plain_text()).await, says);
    }
    assert_eq!(server.all().len(), 0);
    store.put(NAME, to(&server, "ops", "en"));
    assert!(!function.invoke(&plain_text()).await.is_error, "{}", function.said());
    assert_eq!((server.requests("ops").len(), server.all().len()), (1, 1));
}

#[tokio::test]
async fn a_store_that_hangs_holds_up_nobody_for_long() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    store.put(NAME, to(&server, "ops", "en"));
    let mut function = function(&store, &server, "ssm:/hikyaku/config").await;
    assert!(!function.invoke(&text("one", "ichi")).await.is_error);
    let error = Fault::Error(500, "InternalServerError");
    // The last one helps when it is asked once more.
    store.fail("GetParameter", [Fault::Hang, error, error, error]);
    for id in ["two", "three", "four"] {
        let answer = function.invoke(&text(id, id)).await;
        assert!(!answer.is_error && answer.took < Duration::from_secs(6), "{answer:?}");
    }
    assert_eq!(server.requests("ops").len(), 4);
    let told = incidents(&function, "configuration_unavailable");
    assert!(told.len() == 2 && told[0].ends_with("version 1 goes on"), "{told:?}");
}

#[tokio::test]
async fn a_pinned_version_stays_and_has_none_before_it() {
    let (server, store) = (Server::start().await, ParameterStore::start().await);
    store.put(NAME, to(&server, "ops", "en"));
    store.put(NAME, broken(&server));
    store.put(NAME, to(&server, "log", "en"));
    let mut first = function(&store, &server, "ssm:/hikyaku/config:1").await;
    assert!(!first.invoke(&plain_text()).await.is_error);
    assert_eq!((server.requests("ops").len(), server.requests("log").len()), (1, 0));
    let mut second = function(&store, &server, "ssm:/hikyaku/config:2").await;
    assert_fails(&second.invoke(&plain_text()).await, "the configuration is broken");
}

#[tokio::test]
async fn the_command_line_reads_it_too() {
    let (server, store, folder) = (Server::start().await, ParameterStore::start().await, Folder::new());
    store.put(NAME, to(&server, "ops", "en"));
    store.put("/hikyaku/broken", broken(&server));
    let event = folder.write("event.json", plain_text().to_string());
    let event = event.to_str().unwrap();
    for (arguments, status, says) in [
        (&["check", "ssm:/hikyaku/config"][..], 0, "ssm:/hikyaku/config: 1 receiver, 1 route"),
        (&["check", "--config", "ssm:/hikyaku/config"], 0, "ssm:/hikyaku/config: 1 receiver, 1 route"),
        (&["check", "ssm:/hikyaku/broken"], 1, "ssm:/hikyaku/broken:5:10: error: routes[0].to[0]"),
        (&["check", "ssm:/hikyaku/none"], 2, "ssm:/hikyaku/none is not there"),
        (&["explain", event, "--config", "ssm:/hikyaku/config"], 0, "ops (slack)"),
        (&["explain", event, "--config", "ssm:/hikyaku/none"], 2, "ssm:/hikyaku/none is not there"),
        (&["send", event, "--config", "ssm:/hikyaku/config"], 0, "delivered"),
        (&["init", "--config", "ssm:/hikyaku/config"], 2, "ssm:/hikyaku/config is no file"),
        (&["samples", "--config", "ssm:/hikyaku/none"], 0, "alarm"),
    ] {
        let said = store.known_to(hikyaku(&folder, arguments)).run().await;
        assert_eq!(said.status, status, "{arguments:?}: {said:?}");
        assert!(said.stdout.contains(says) || said.stderr.contains(says), "{arguments:?}: {said:?}");
    }
    assert_eq!(server.requests("ops").len(), 1);
}
