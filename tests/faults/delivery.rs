//! Receivers that fail, for a while or for ever, and what becomes of what was meant for them.

use std::sync::Arc;
use std::time::Duration;

use hikyaku::app::{App, schedule};
use hikyaku::channels::Console;
use hikyaku::config::Origin;
use hikyaku::outcome::{Event, Reason, Undelivered};
use hikyaku::secret::Env;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::aws::Fault;
use crate::support::deliver::{MAIL, mail};
use crate::support::events::{WORDS, acm_expiring, health_issue, plain_text, record, sns, text};
use crate::support::folder::Folder;
use crate::support::function::{Ended, Function};
use crate::support::program::{ending, send};
use crate::support::queue::Queue;
use crate::support::script::{Step, answer, ok};
use crate::support::server::Server;

const TIME: Duration = Duration::from_secs(30);

/// A function with webhooks of Slack's kind by these names on `server`, and a failure queue.
async fn function(server: &Server, receivers: &[&str], more: &str, queue: &Queue) -> Function {
    let folder = Folder::new();
    let urls: Vec<String> = receivers.iter().map(|name| server.url(name)).collect();
    let rows: Vec<_> = receivers.iter().zip(&urls).map(|(name, url)| (*name, "slack", url.as_str())).collect();
    let config = folder.config(&rows, &format!("failure_queue: \"{}\"\n{more}", queue.url()));
    let env = queue.env();
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Function::start(folder, &config, &env).await
}

/// Receiver, outcome and reason of each line of the report.
fn endings(function: &Function) -> Vec<String> {
    function.outcomes().iter().map(|line| format!("{} {}", line["receiver"].as_str().unwrap(), ending(line))).collect()
}

fn incidents(function: &Function) -> Vec<String> {
    function.log().iter().filter_map(|line| Some(line["incident"].as_str()?.to_owned())).collect()
}

/// The records in the failure queue.
fn kept(queue: &Queue) -> Vec<Value> {
    queue.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

fn counts(server: &Server, names: &[&str]) -> Vec<usize> {
    names.iter().map(|name| server.requests(name).len()).collect()
}

#[tokio::test]
async fn f01_one_of_three_is_down_for_ever() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["a", "b", "c"], "", &queue).await;
    server.on("a", [answer(500, "").into()]);
    let ended = function.invoke_async(&plain_text(), TIME).await;
    assert_eq!(counts(&server, &["a", "b", "c"]), [9, 1, 1], "three times three, and nobody else twice");
    let record = ended.record.unwrap();
    let message = record["responsePayload"]["errorMessage"].as_str().unwrap();
    let undelivered: Undelivered = message.parse().unwrap();
    let [failure] = undelivered.failures.as_slice() else { panic!("{message}") };
    assert_eq!((failure.receiver.as_str(), failure.reason), ("a", Reason::ServerError));
    assert!(failure.is_of(function.outcomes()[0]["dedup_key"].as_str().unwrap()), "{message}");
    assert_eq!(kept(&queue).len(), 0, "what may still arrive is Lambda's to keep");
}

#[tokio::test]
async fn f02_all_are_down_and_back_at_the_second_retry() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["a", "b", "c"], "", &queue).await;
    for name in ["a", "b", "c"] {
        server.on(name, (0..6).map(|_| answer(503, "").into()).chain([ok()]));
    }
    let ended = function.invoke_async(&plain_text(), TIME).await;
    assert!(ended.record.is_none() && ended.attempts.len() == 3, "{ended:?}");
    assert_eq!(counts(&server, &["a", "b", "c"]), [7; 3], "each is answered once with 200");
}

#[tokio::test]
async fn f03_a_receiver_recovers_within_one_invocation() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["ops"], "", &queue).await;
    server.on("ops", [answer(503, "").into(), answer(503, "").into(), ok()]);
    let answer = function.invoke(&plain_text()).await;
    assert!(!answer.is_error, "{answer:?}");
    assert_eq!((endings(&function), &function.outcomes()[0]["attempts"]), (vec!["ops delivered".to_owned()], &json!(3)));
}

#[tokio::test]
async fn f04_a_limited_receiver_waits_as_long_as_it_is_asked_and_alone() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["ops", "log"], "", &queue).await;
    server.on("ops", [answer(429, "").with("retry-after", "2").into(), ok()]);
    let answer = function.invoke(&plain_text()).await;
    assert!(!answer.is_error, "{answer:?}");
    let (ops, log) = (server.requests("ops"), server.requests("log"));
    assert!(server.gaps("ops")[0] >= Duration::from_secs(2), "{:?}", server.gaps("ops"));
    assert!(log[0].at < ops[1].at, "nobody waits for it");
}

#[tokio::test]
async fn f07_slack_says_how_long_to_wait_in_its_body() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["ops"], "", &queue).await;
    server.on("ops", [answer(429, r#"{"retry_after":2,"ok":false,"error":"rate_limited"}"#).into(), ok()]);
    let answer = function.invoke(&plain_text()).await;
    assert!(!answer.is_error && server.gaps("ops")[0] >= Duration::from_secs(2), "{answer:?} {:?}", server.gaps("ops"));
}

#[tokio::test]
async fn f08_a_refusal_that_looks_like_a_success_is_none() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["ops"], "", &queue).await;
    server.on("ops", [answer(200, "invalid_payload").into(), ok(), answer(200, "invalid_payload").into()]);
    assert!(!function.invoke(&text("one", WORDS)).await.is_error);
    let requests = server.requests("ops");
    assert!(requests[0].json()["blocks"].is_array() && requests[1].json().get("blocks").is_none(), "{requests:?}");
    assert!(requests[1].json()["text"].as_str().unwrap().contains(WORDS), "{requests:?}");
    // The plain form is refused too: once, and then it is kept.
    assert!(!function.invoke(&text("two", WORDS)).await.is_error);
    assert_eq!((server.requests("ops").len(), endings(&function)[1].as_str()), (4, "ops rejected payload"));
    assert_eq!(kept(&queue)[0]["failed"][0]["reason"], "payload");
}

#[tokio::test]
async fn f09_an_internal_error_of_slack_may_have_sent_the_message() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["ops"], "", &queue).await;
    for error in ["internal_error", "fatal_error"] {
        let failed = answer(200, &format!("{{\"ok\":false,\"error\":\"{error}\"}}"));
        server.on("ops", [failed.into()]);
        assert!(function.invoke(&text(error, WORDS)).await.is_error);
    }
    let taken = answer(200, "{\"ok\":true,\"ts\":\"1\"}");
    server.on("ops", [taken.into()]);
    assert!(!function.invoke(&text("three", WORDS)).await.is_error);
    assert_eq!(endings(&function), ["ops retry ambiguous", "ops retry ambiguous", "ops delivered"]);
}

#[tokio::test]
async fn f10_what_is_refused_for_good_is_kept_and_told_of_once() {
    for status in [401, 403, 404, 410] {
        let (server, queue) = (Server::start().await, Queue::start().await);
        let mut function = function(&server, &["ops", "log"], "routes:\n  - to: [ops]\n", &queue).await;
        server.on("ops", [answer(status, "no_service").into()]);
        for number in 0..50 {
            let answer = function.invoke_as(&format!("r-{number}"), text(&number.to_string(), WORDS).to_string(), TIME).await;
            assert!(!answer.is_error, "{status}: {answer:?}");
        }
        assert_eq!(counts(&server, &["ops", "log"]), [1, 1], "one attempt, and one notice");
        let notice = server.only("log").body().to_owned();
        assert!(notice.contains("ops") && notice.contains(&status.to_string()) && !notice.contains(WORDS), "{notice}");
        let records = kept(&queue);
        assert_eq!(records.len(), 50);
        for (number, record) in records.iter().enumerate() {
            let reason = if number == 0 { "auth_error" } else { "quarantined" };
            assert_eq!((&record["failed"][0]["receiver"], &record["failed"][0]["reason"]), (&json!("ops"), &json!(reason)));
            assert_eq!(record["request_id"], format!("r-{number}"));
            assert_eq!(record["payload"], text(&number.to_string(), WORDS), "the event as it came");
        }
        assert_eq!(incidents(&function).iter().filter(|incident| *incident == "quarantined").count(), 1);
    }
}

#[tokio::test]
async fn f12_what_is_too_large_is_sent_once_more_in_half_the_size() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["ops"], "", &queue).await;
    server.on("ops", [answer(413, "").into(), ok()]);
    let answer = function.invoke(&text("long", &format!("{WORDS} ").repeat(60))).await;
    assert!(!answer.is_error, "{answer:?}");
    let sizes: Vec<usize> = server.requests("ops").iter().map(|request| request.body().chars().count()).collect();
    assert!(sizes.len() == 2 && sizes[1] <= sizes[0] / 2, "{sizes:?}");
    assert_eq!(endings(&function), ["ops delivered template"]);
}

#[tokio::test]
async fn f10_without_a_place_to_keep_it_a_refusal_is_an_error() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["ops"], "", &queue).await;
    server.on("ops", [answer(404, "").into()]);
    queue.fail("SendMessage", [Fault::Error(400, "AWS.SimpleQueueService.NonExistentQueue")]);
    let answer = function.invoke_as("r", plain_text().to_string(), TIME).await;
    assert!(answer.is_error && kept(&queue).is_empty(), "{answer:?}");
    // What only stumbled is put there at the second try; then the retry has nothing to do.
    queue.fail("SendMessage", [Fault::Error(500, "InternalError")]);
    for _ in 0..2 {
        assert!(!function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
        assert_eq!(kept(&queue).len(), 1);
    }
    assert_eq!(endings(&function), ["ops rejected auth_error", "ops rejected quarantined", "ops deferred duplicate"]);
    assert_eq!(incidents(&function), ["quarantined", "notice_failed", "not_kept", "kept"]);
}

#[tokio::test]
async fn f18_what_may_have_arrived_is_kept_where_a_receiver_wants_nothing_twice() {
    let (server, queue, folder) = (Server::start().await, Queue::start().await, Folder::new());
    let receivers = format!(
        "receivers:\n  ops: {{ slack: {{ url: \"{}\", allow_insecure_loopback: true }}, ambiguous: keep }}\n",
        server.url("ops")
    );
    let config = folder.write("hikyaku.yaml", receivers);
    let (env, url) = (queue.env(), queue.url());
    let mut env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    env.push(("FAILURE_QUEUE_URL", &url));
    let mut function = Function::start(folder, &config, &env).await;
    server.on("ops", [Step::CloseUnanswered, ok()]);
    for _ in 0..2 {
        assert!(!function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    }
    assert_eq!((server.requests("ops").len(), kept(&queue).len()), (1, 1));
    assert_eq!(endings(&function), ["ops rejected ambiguous", "ops deferred duplicate"]);
}

#[tokio::test]
async fn f26_whoever_hangs_is_given_up_a_second_before_the_deadline_and_the_failures_are_kept() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["slow", "gone"], "", &queue).await;
    server.on("slow", [Step::Hang]);
    server.on("gone", [answer(404, "").into()]);
    let time = Duration::from_secs(8);
    let Ended::Answered(answer) = function.attempt("r", plain_text().to_string(), time).await else { panic!("killed") };
    assert!(answer.is_error && answer.took < time - Duration::from_secs(1), "{answer:?}");
    let message = answer.body["errorMessage"].as_str().unwrap();
    assert!(message.contains("to slow (ambiguous)") && !message.contains("gone"), "{message}");
    assert_eq!(
        kept(&queue)[0]["failed"],
        json!([{ "receiver": "gone", "dedup_key": function.outcomes()[1]["dedup_key"], "reason": "auth_error" }])
    );
}

#[tokio::test]
async fn f43_a_template_that_cannot_serve_makes_room_for_the_built_in_one() {
    let (server, folder) = (Server::start().await, Folder::new());
    for (kind, source) in [
        ("text", "{\"text\": \"{{#if title}}\"}"),
        ("certificate", "{\"text\": \"{{shout title}}\"}"),
        ("health", "{{> slack/health}}"),
        ("event", "no JSON: {{title}}"),
    ] {
        folder.write(&format!("templates/slack/{kind}.hbs"), source);
    }
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "templates_dir: templates\n");
    let mut function = Function::start(folder, &config, &[]).await;
    for event in [plain_text(), acm_expiring(), health_issue(), deploy()] {
        assert!(!function.invoke(&event).await.is_error, "{event}");
    }
    assert_eq!(endings(&function), ["ops delivered template"; 4]);
    assert!(server.requests("ops").iter().all(|request| request.json()["blocks"].is_array()));
}

/// An event of no kind that anybody knows, with eight facts in it.
fn deploy() -> Value {
    let detail: Value = (0..8).map(|number| (format!("key-{number}"), json!("value"))).collect::<serde_json::Map<_, _>>().into();
    json!({ "version": "0", "id": "e", "source": "my.app", "detail-type": "Deploy", "account": "111122223333",
        "time": "2026-11-21T06:51:20Z", "region": "ap-northeast-1", "resources": [], "detail": detail })
}

#[tokio::test]
async fn f44_a_template_that_amplifies_or_calls_itself_ends_no_process() {
    let (server, folder) = (Server::start().await, Folder::new());
    let amplified = format!("{{\"text\": \"{{{{title}}}}{{{{#each facts}}}}{}{{{{/each}}}}\"}}", "x".repeat(60_000));
    folder.write("templates/slack/event.hbs", amplified);
    folder.write("templates/slack/text.hbs", "{{> slack/certificate}}");
    folder.write("templates/slack/certificate.hbs", "{{> slack/text}}");
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "templates_dir: templates\n");
    let mut function = Function::start(folder, &config, &[]).await;
    for event in [deploy(), plain_text(), acm_expiring()] {
        assert!(!function.invoke(&event).await.is_error, "{event}");
    }
    // Facts are left out until the message fits.
    assert_eq!(endings(&function), ["ops delivered", "ops delivered template", "ops delivered template"]);
    assert!(server.requests("ops").iter().all(|request| request.body().len() < 50_000) && !function.has_ended());
}

#[tokio::test]
async fn f48_of_a_hundred_records_the_good_ones_arrive_once() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let routes = "routes:\n  - { match: { kind: [{ prefix: certificate }] }, to: [poisoned] }\n  - { to: [rest] }\n";
    let mut function = function(&server, &["poisoned", "rest"], routes, &queue).await;
    server.on("poisoned", [answer(503, "").into(), answer(503, "").into(), answer(503, "").into(), ok()]);
    let message = |number: usize| if number == 42 { acm_expiring().to_string() } else { format!("hako {number} ga todoita") };
    let records: Vec<Value> = (0..100).map(|number| record(&number.to_string(), None, &message(number))).collect();
    let ended = function.invoke_async(&sns(&records), TIME).await;
    assert!(ended.record.is_none() && ended.attempts.len() == 2, "{ended:?}");
    assert_eq!(counts(&server, &["poisoned", "rest"]), [4, 99]);
}

#[tokio::test]
async fn f55_a_failure_too_large_to_keep_is_an_error_of_a_kibibyte() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function(&server, &["ops"], "", &queue).await;
    server.on("ops", [answer(410, "").into()]);
    let records: Vec<Value> = (0..300).map(|number| record(&number.to_string(), None, &"x".repeat(4000))).collect();
    let answer = function.invoke(&sns(&records)).await;
    assert!(answer.is_error && kept(&queue).is_empty(), "{answer:?}");
    let message = answer.body["errorMessage"].as_str().unwrap();
    assert!(message.len() < 1024 && message.ends_with(" more"), "{message}");
    assert_eq!((server.requests("ops").len(), incidents(&function).last().map(String::as_str)), (1, Some("not_kept")));
}

#[tokio::test]
async fn f68_what_no_route_chooses_is_counted_and_no_success() {
    let folder = Folder::new();
    let config = folder.config(&[("ops", "slack", "env:HOOK")], "");
    let (mut config, _) = Origin::File(config).load(&Env::default()).unwrap_or_else(|broken| panic!("{broken}"));
    // `check` lets no such configuration pass.
    config.routes.clear();
    let app = App::new(config, Env::default(), Console::Output);
    let envelopes = hikyaku::ingress::unwrap(&plain_text().to_string()).unwrap().envelopes;
    let now = Timestamp::now();
    let report = app.deliver(&envelopes, &[], schedule(now, now + TIME)).await;
    assert!(!report.complete() && report.incidents[0].incident == Event::Unrouted, "{report:?}");
}

#[tokio::test]
async fn f69_a_retry_under_another_configuration_goes_by_names() {
    let (server, queue, folder) = (Server::start().await, Queue::start().await, Folder::new());
    let row = |name: &'static str| (name, server.url(name));
    let config = |folder: &Folder, names: &[&'static str]| {
        let rows: Vec<_> = names.iter().map(|name| row(name)).collect();
        let rows: Vec<_> = rows.iter().map(|(name, url)| (*name, "slack", url.as_str())).collect();
        folder.config(&rows, "")
    };
    let path = config(&folder, &["a", "b", "gone"]);
    let mut function = Function::start(folder, &path, &[]).await;
    server.on("b", [answer(503, "").into(), answer(503, "").into(), answer(503, "").into(), ok()]);
    assert!(function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    // Another order, one that is new, and one that is no more.
    let other = Folder::new();
    std::fs::copy(config(&other, &["new", "b", "a"]), &path).unwrap();
    function.end(crate::support::function::Signal::Kill).await;
    function.restart().await;
    assert!(!function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    assert_eq!(counts(&server, &["a", "b", "gone", "new"]), [1, 4, 1, 1]);
    drop(queue);
}

#[tokio::test]
async fn f70_a_clock_that_is_set_back_loses_nothing_and_doubles_nothing() {
    let (server, folder) = (Server::start().await, Folder::new());
    let tmpdir = folder.path().to_string_lossy().into_owned();
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    let env = Env::from_iter([("TMPDIR".to_owned(), tmpdir)]);
    let (config, _) = Origin::File(config).load(&env).unwrap_or_else(|broken| panic!("{broken}"));
    hikyaku::net::install_tls();
    let app = Arc::new(App::new(config, env, Console::Output));
    let payload = serde_json::value::to_raw_value(&plain_text()).unwrap();
    let envelopes = hikyaku::ingress::unwrap(payload.get()).unwrap().envelopes;
    let now = Timestamp::now();
    for (hours, requests) in [(0, 1), (-1, 1), (-48, 1), (1, 1), (25, 2)] {
        let now = now + jiff::SignedDuration::from_hours(hours);
        let report = app.deliver_once("r", &payload, envelopes.clone(), schedule(now, now + TIME)).await;
        assert!(report.complete(), "{hours}: {report:?}");
        assert_eq!(server.requests("ops").len(), requests, "{hours}");
    }
}

/// A function whose receiver `a` has `b` for its fallback and whose routes choose `chosen`.
async fn function_with_fallback(server: &Server, chosen: &str, queue: &Queue) -> Function {
    let folder = Folder::new();
    let receiver = |name: &str, more: &str| {
        let slack = format!("slack: {{ url: \"{}\", allow_insecure_loopback: true }}", server.url(name));
        format!("  {name}: {{ {slack}, rate: {{ per_second: 1000, burst: 1000 }}{more} }}\n")
    };
    let receivers = [receiver("a", ", fallback: b"), receiver("b", ""), receiver("c", "")].concat();
    let rest = format!("routes:\n  - to: {chosen}\nfailure_queue: \"{}\"\n", queue.url());
    let config = folder.write("hikyaku.yaml", format!("receivers:\n{receivers}{rest}"));
    let env = queue.env();
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Function::start(folder, &config, &env).await
}

#[tokio::test]
async fn f16_what_a_fallback_is_still_to_get_is_not_taken_for_kept() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function_with_fallback(&server, "[a, c]", &queue).await;
    server.on("a", [answer(403, "").into()]);
    server.on("b", [answer(503, "").into(), answer(503, "").into(), answer(503, "").into(), ok()]);
    server.on("c", [answer(404, "").into()]);
    assert!(function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    assert_eq!(kept(&queue)[0]["failed"].as_array().unwrap().len(), 1, "c's alone");
    assert!(!function.invoke_as("r", plain_text().to_string(), TIME).await.is_error);
    let endings = endings(&function);
    assert!(endings.iter().any(|ending| ending == "b delivered"), "{endings:?}");
    assert_eq!(kept(&queue).len(), 1);
}

#[tokio::test]
async fn f30_a_fallback_that_is_chosen_too_gets_it_once() {
    let (server, queue) = (Server::start().await, Queue::start().await);
    let mut function = function_with_fallback(&server, "[a, b]", &queue).await;
    server.on("a", [answer(403, "").into()]);
    server.on("b", [answer(200, "ok").after(Duration::from_millis(300)).into()]);
    for request in ["one", "two"] {
        assert!(!function.invoke_as(request, text(request, request).to_string(), TIME).await.is_error);
    }
    let words: Vec<String> = server.requests("b").iter().map(|request| request.body().to_owned()).collect();
    let of = |what: &str| words.iter().filter(|body| body.contains(what)).count();
    assert_eq!((of("one"), of("two")), (1, 1), "{words:?}");
    assert_eq!(kept(&queue).len(), 0);
}

#[tokio::test]
async fn f18_mail_that_sns_may_have_is_told_from_mail_that_never_went_out() {
    let denied = "<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>";
    for (step, expected) in [
        (Some(Step::CloseUnanswered), "retry ambiguous"),
        (Some(Step::Reset), "retry ambiguous"),
        (Some(Step::Cut(answer(200, "<PublishResponse>"))), "retry ambiguous"),
        (Some(answer(403, denied).into()), "rejected auth_error"),
        // Nobody is there at all.
        (None, "retry network"),
    ] {
        let (server, folder) = (Server::start().await, Folder::new());
        let run = mail(send(&folder, &plain_text()).config(&folder.config(&[], MAIL)), &server);
        let run = match &step {
            Some(step) => {
                server.on("/", [step.clone()]);
                run
            }
            None => run.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        };
        let said = run.run().await;
        assert_eq!(said.lines().iter().map(ending).collect::<Vec<_>>(), [expected], "{step:?} {said:?}");
    }
    // And nobody says who asks.
    let (server, folder) = (Server::start().await, Folder::new());
    let run = mail(send(&folder, &plain_text()).config(&folder.config(&[], MAIL)), &server);
    let said = run.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "").run().await;
    assert_eq!(said.lines().iter().map(ending).collect::<Vec<_>>(), ["retry secret"], "{said:?}");
}
