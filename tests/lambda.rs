//! The function itself, under a Runtime API of our own, with its receivers on loopback.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

#[path = "lambda/configuration.rs"]
mod configuration;
#[path = "lambda/metrics.rs"]
mod metrics;

use std::time::Duration;

use serde_json::{Value, json};

use support::canary::CANARY;
use support::events::{WORDS, acm_expiring, over_http, plain_text, record, samples, sns, sqs, text};
use support::folder::Folder;
use support::function::{Answer, Function};
use support::program::ending;
use support::script::{Step, answer, ok};
use support::server::Server;

const TIME: Duration = Duration::from_secs(30);

/// A function whose receivers, with these names, are webhooks of Slack's kind on `server`.
async fn function(server: &Server, receivers: &[&str]) -> Function {
    let folder = Folder::new();
    let references: Vec<String> = receivers.iter().map(|name| format!("env:HOOK_{name}")).collect();
    let rows: Vec<_> = receivers.iter().zip(&references).map(|(name, reference)| (*name, "slack", reference.as_str())).collect();
    let config = folder.config(&rows, "");
    let env: Vec<_> = receivers.iter().map(|name| (format!("HOOK_{name}"), server.url(name))).collect();
    let env: Vec<_> = env.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
    Function::start(folder, &config, &env).await
}

/// Holds that `answer` is the error of an undelivered message, that it names `who`, and that it holds no address.
fn assert_not_delivered(answer: &Answer, who: &str) {
    assert!(answer.is_error, "{answer:?}");
    assert_eq!(answer.body["errorType"], "NotDelivered", "{answer:?}");
    let message = answer.body["errorMessage"].as_str().unwrap();
    assert!(message.contains(who) && !message.contains("http") && !message.contains("127.0.0.1"), "{message}");
}

#[tokio::test]
async fn each_event_is_delivered_once_and_answered() {
    let server = Server::start().await;
    let mut function = function(&server, &["ops"]).await;
    for (index, sample) in samples().iter().enumerate() {
        let answer = function.invoke(&sample.event).await;
        assert!(!answer.is_error, "{}: {answer:?}", sample.name);
        let requests = server.requests("ops");
        assert_eq!(requests.len(), index + 1, "{}", sample.name);
        assert!(requests[index].json()["blocks"].is_array(), "{}: {:?}", sample.name, requests[index]);
        for words in sample.says {
            assert!(requests[index].body().contains(words), "{}: {words} is not in {:?}", sample.name, requests[index]);
        }
        let line = function.outcomes()[index].clone();
        assert_eq!((line["kind"].as_str(), ending(&line).as_str()), (Some(sample.kind), "delivered"), "{line}");
    }
    assert_eq!(function.outcomes().len(), samples().len());
}

#[tokio::test]
async fn an_undelivered_event_is_an_error_and_delivered_when_it_is_given_again() {
    let server = Server::start().await;
    let mut function = function(&server, &["ops", "log"]).await;
    server.on("ops", [answer(500, "").into(), answer(500, "").into(), answer(500, CANARY).into(), ok()]);
    let event = plain_text().to_string();
    let answer = function.invoke_as("again", event.clone(), TIME).await;
    assert_not_delivered(&answer, "text to ops (server_error)");
    assert!(!answer.body.to_string().contains("log"), "who got it is not named: {answer:?}");
    assert_eq!((server.requests("ops").len(), server.requests("log").len()), (3, 1));
    let answer = function.invoke_as("again", event, TIME).await;
    assert!(!answer.is_error, "{answer:?}");
    assert_eq!(server.requests("ops").len(), 4);
    let lines = function.outcomes();
    let endings: Vec<_> = lines.iter().map(|line| format!("{} {}", line["receiver"].as_str().unwrap(), ending(line))).collect();
    assert_eq!(endings[..3], ["ops retry server_error", "log delivered", "ops delivered"], "{endings:?}");
    assert_eq!(lines[0]["dedup_key"], lines[2]["dedup_key"], "it is the same fact");
}

#[tokio::test]
async fn the_log_has_a_line_for_each_notification_and_receiver_and_no_events_body() {
    const KEYS: [&str; 9] = ["receiver", "channel", "kind", "dedup_key", "outcome", "reason", "attempts", "millis", "status"];
    let server = Server::start().await;
    let mut function = function(&server, &["ops", "log"]).await;
    server.on("log", [answer(403, WORDS).into()]);
    let records =
        [record("one", Some(WORDS), WORDS), record("two", None, &acm_expiring().to_string()), record("three", None, WORDS)];
    let answer = function.invoke(&sns(&records)).await;
    assert_not_delivered(&answer, "text to log (auth_error) #");
    assert!(!answer.body.to_string().contains(WORDS), "{answer:?}");
    let lines = function.outcomes();
    assert_eq!(lines.len(), 6, "{lines:?}");
    for line in &lines {
        let object = line.as_object().unwrap();
        let delivered = line["receiver"] == "ops";
        assert!(object.keys().all(|key| KEYS.contains(&key.as_str())), "{line}");
        let absent = usize::from(!object.contains_key("reason")) + usize::from(!object.contains_key("status"));
        assert_eq!(object.len(), KEYS.len() - absent, "{line}");
        let expected = match line["attempts"].as_u64() {
            Some(1) if delivered => ("delivered", json!(200)),
            Some(1) => ("rejected auth_error", json!(403)),
            // Whoever refuses one gets no other.
            _ => ("rejected quarantined", Value::Null),
        };
        assert_eq!((ending(line).as_str(), &line["status"]), (expected.0, &expected.1), "{line}");
        assert_eq!(line["channel"], json!("slack"));
        assert!(line["millis"].is_u64() && line["dedup_key"].is_string(), "{line}");
    }
    let count = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert_eq!((count("text"), count("certificate.expiring")), (4, 2));
    let said = function.said();
    assert!(!said.contains(WORDS) && !said.contains("shop.example.jp\""), "{said}");
}

#[tokio::test]
async fn f42_a_broken_configuration_fails_every_event_and_is_told_in_the_log() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "routes:\n  - to: [opps]\n");
    let mut function = Function::start(folder, &config, &[]).await;
    for _ in 0..2 {
        let answer = function.invoke(&plain_text()).await;
        assert!(answer.is_error && answer.body["errorMessage"].as_str().unwrap().contains("configuration"), "{answer:?}");
    }
    assert!(!function.has_ended());
    let log = function.log();
    let problems: Vec<_> = log.iter().filter_map(|line| line["problems"].as_str()).collect();
    assert_eq!(problems.len(), 1, "it is told once: {log:?}");
    assert!(problems[0].contains("4:10: error: routes[0].to[0]") && log[0]["level"] == "error", "{log:?}");
    assert_eq!(server.all().len(), 0);
}

#[tokio::test]
async fn a_missing_configuration_and_a_missing_secret_fail_the_event_and_not_the_process() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", "env:NOT_SET"), ("log", "slack", &server.url("log"))], "");
    let mut missing = Function::start(Folder::new(), &config.with_file_name("none.yaml"), &[]).await;
    assert!(missing.invoke(&plain_text()).await.is_error);
    let mut function = Function::start(folder, &config, &[]).await;
    assert_not_delivered(&function.invoke(&plain_text()).await, "text to ops (secret)");
    assert!(function.said().contains("env:NOT_SET"), "{}", function.said());
    assert_eq!(server.requests("log").len(), 1);
}

#[tokio::test]
async fn without_topics_nobody_is_believed_who_calls_the_functions_url() {
    let server = Server::start().await;
    let mut function = function(&server, &["ops"]).await;
    let message = record("over-http", None, WORDS)["Sns"].to_string();
    for body in [message.as_str(), WORDS, ""] {
        let answer = function.invoke(&over_http(body)).await;
        assert!(!answer.is_error && answer.body["statusCode"] == 403, "{answer:?}");
    }
    assert_eq!((server.all().len(), function.outcomes().len()), (0, 0));
    assert!(function.said().contains("names no `topics`"), "{}", function.said());
}

#[tokio::test]
async fn a_receiver_that_hangs_is_given_up_before_the_deadline() {
    let server = Server::start().await;
    let mut function = function(&server, &["ops", "log"]).await;
    server.on("ops", [Step::Hang]);
    let answer = function.invoke_raw(plain_text().to_string(), Duration::from_secs(3)).await;
    assert_not_delivered(&answer, "text to ops (ambiguous)");
    assert!(answer.took < Duration::from_millis(2500), "{answer:?}");
    assert_eq!(server.requests("log").len(), 1, "the other one has it");
    // One that comes with its time used up begins nothing, and says so.
    let answer = function.invoke_raw(text("text-2", WORDS).to_string(), Duration::ZERO).await;
    assert_not_delivered(&answer, "text to log (deadline)");
    assert_eq!(server.requests("log").len(), 1);
}

/// A receiver whose address is in SSM, and one that needs nobody's help; `server` is SSM too.
async fn function_of_ssm(server: &Server) -> Function {
    let folder = Folder::new();
    let config = folder.config(&[("ops", "slack", "ssm:/hikyaku/ops"), ("log", "slack", &server.url("log"))], "");
    let endpoint = server.url("/");
    let env = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_REGION", "ap-northeast-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", CANARY),
    ];
    Function::start(folder, &config, &env).await
}

#[tokio::test]
async fn a_secret_is_fetched_once_and_again_only_while_it_cannot_be_had() {
    let server = Server::start().await;
    let parameter =
        json!({ "Parameter": { "Name": "/hikyaku/ops", "Type": "SecureString", "Value": server.url("ops"), "Version": 1 } });
    let missing = r#"{"__type": "ParameterNotFound"}"#;
    server.on("/", [answer(500, "{}").into(), answer(400, missing).into(), answer(200, &parameter.to_string()).into()]);
    let mut function = function_of_ssm(&server).await;
    for (number, (fetched, delivered)) in [(1, 0), (2, 0), (3, 1), (3, 2)].into_iter().enumerate() {
        let answer = function.invoke(&text(&format!("text-{number}"), WORDS)).await;
        match delivered {
            0 => assert_not_delivered(&answer, "text to ops (secret)"),
            _ => assert!(!answer.is_error, "{answer:?}"),
        }
        assert_eq!((server.requests("/").len(), server.requests("ops").len()), (fetched, delivered));
    }
    assert_eq!(server.requests("log").len(), 4, "the other one has them all");
    let endings: Vec<_> = function.outcomes().iter().filter(|line| line["receiver"] == "ops").map(ending).collect();
    assert_eq!(endings, ["retry secret", "rejected secret", "delivered", "delivered"]);
}

#[tokio::test]
async fn a_secret_that_does_not_come_is_given_up_before_the_deadline() {
    let server = Server::start().await;
    server.on("/", [Step::Hang]);
    let mut function = function_of_ssm(&server).await;
    let answer = function.invoke_raw(plain_text().to_string(), Duration::from_secs(3)).await;
    assert_not_delivered(&answer, "text to ops (");
    assert_eq!(server.requests("log").len(), 1, "the other one has it");
    assert!(answer.took < Duration::from_millis(2500), "{answer:?}");
}

#[tokio::test]
async fn f47_whatever_is_json_is_delivered_if_only_as_text() {
    let server = Server::start().await;
    let mut function = function(&server, &["ops"]).await;
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let large = sns(&[record("large", None, &"a".repeat(262_144))]).to_string();
    let payloads: Vec<(&str, String)> = vec![
        ("empty object", "{}".into()),
        ("null", "null".into()),
        ("empty array", "[]".into()),
        ("string", "\"x\"".into()),
        ("empty string", "\"\"".into()),
        ("number", "5".into()),
        ("huge number", "1e400".into()),
        ("boolean", "true".into()),
        ("127 levels", deep(127)),
        ("1000 levels", deep(1000)),
        ("100,000 levels", deep(100_000)),
        ("lone surrogate", r#""\ud800""#.into()),
        ("lone surrogate inside", r#"{"a": ["\udc00"]}"#.into()),
        ("nul", r#""a\u0000b""#.into()),
        ("256 kB message", large),
        ("1 MB", json!({ "a": "b".repeat(1 << 20) }).to_string()),
        ("50,000 keys", Value::Object((0..50_000).map(|key| (key.to_string(), Value::Null)).collect()).to_string()),
        ("records in no list", r#"{"Records": {"Sns": 1}}"#.into()),
    ];
    for (index, (name, payload)) in payloads.iter().enumerate() {
        let answer = function.invoke_raw(payload.clone(), TIME).await;
        assert!(!answer.is_error, "{name}: {answer:?}");
        let requests = server.requests("ops");
        assert_eq!(requests.len(), index + 1, "{name}");
        assert!(requests[index].body().chars().count() <= 12_000, "{name} does not fit");
        assert!(requests[index].json()["blocks"].is_array(), "{name}: {:?}", requests[index]);
        assert_eq!(function.outcomes()[index]["kind"], "text", "{name}");
    }
}

#[tokio::test]
async fn what_is_no_notification_is_answered_and_what_is_no_json_refused() {
    let server = Server::start().await;
    let mut function = function(&server, &["ops"]).await;
    let handshake = json!({ "Type": "SubscriptionConfirmation", "MessageId": "m", "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:t",
        "Token": CANARY, "Message": "You have chosen to subscribe", "SubscribeURL": format!("https://sns.example.jp/?Token={CANARY}") });
    for nothing in [json!({ "Records": [] }), handshake] {
        let answer = function.invoke(&nothing).await;
        assert!(!answer.is_error, "{nothing}: {answer:?}");
    }
    let half = format!("{{\"{CANARY}\": {CANARY}");
    for broken in [half.as_bytes(), b"", b"plain text", b"\"\xff\xfe\""] {
        let answer = function.invoke_raw(broken, TIME).await;
        assert!(answer.is_error, "{broken:?}: {answer:?}");
    }
    assert_eq!((server.all().len(), function.outcomes().len()), (0, 0));
    assert!(!function.invoke(&plain_text()).await.is_error, "it goes on");
}

#[tokio::test]
async fn a_batch_of_sqs_is_delivered_record_by_record() {
    let server = Server::start().await;
    let mut function = function(&server, &["ops"]).await;
    let wrapped = record("wrapped", None, "kabe no naka")["Sns"].to_string();
    let batch =
        json!({ "Records": [sqs("one", &acm_expiring().to_string()), sqs("two", "{\"kowareta\": "), sqs("three", &wrapped)] });
    let answer = function.invoke(&batch).await;
    assert!(!answer.is_error, "{answer:?}");
    let requests = server.requests("ops");
    for (index, words) in ["shop.example.jp", "kowareta", "kabe no naka"].into_iter().enumerate() {
        assert!(requests[index].body().contains(words), "{words}: {requests:?}");
    }
    let kinds: Vec<_> = function.outcomes().iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!((requests.len(), kinds), (3, ["certificate.expiring", "text", "text"].map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_no_delivery() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    let (reading, writing) = std::io::pipe().unwrap();
    drop(reading);
    let (stdout, stderr) = (writing.try_clone().unwrap().into(), writing.into());
    let mut function = Function::start_with(folder, &config, &[], stdout, stderr).await;
    for number in 1..3 {
        let answer = function.invoke(&text(&number.to_string(), WORDS)).await;
        assert!(!answer.is_error, "{answer:?}");
        assert_eq!(server.requests("ops").len(), number);
    }
}

#[tokio::test]
async fn a_self_test_goes_where_its_route_sends_it_every_time() {
    let (server, folder) = (Server::start().await, Folder::new());
    let routes = "routes:\n  - match: { source: [hikyaku.self_test] }\n    to: [log]\n  - to: [ops]\n";
    let receivers = [("ops", "slack", server.url("ops")), ("log", "slack", server.url("log"))];
    let receivers = receivers.each_ref().map(|(name, kind, url)| (*name, *kind, url.as_str()));
    let config = folder.config(&receivers, routes);
    let mut function = Function::start(folder, &config, &[]).await;
    let message = json!({ "hikyaku": "1.0", "kind": "text", "source": "hikyaku.self_test" }).to_string();
    for day in 1..=2 {
        let answer = function.invoke(&sns(&[record(&format!("day-{day}"), None, &message)])).await;
        assert!(!answer.is_error, "{answer:?}");
        assert_eq!((server.requests("log").len(), server.requests("ops").len()), (day, 0));
    }
    assert!(server.requests("log")[0].body().contains("🟢 Self-test passed"), "{:?}", server.requests("log"));
}
