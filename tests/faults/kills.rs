//! The function dies: at its deadline, between two receivers, between an answer and its being remembered.

use std::time::Duration;

use serde_json::Value;

use crate::support::events::{record, sns, text};
use crate::support::folder::Folder;
use crate::support::function::{Ended, Function, Signal, on_failure_record};
use crate::support::script::{Step, answer, ok};
use crate::support::server::Server;

const TIME: Duration = Duration::from_secs(30);
const RECEIVERS: [&str; 4] = ["ichi", "ni", "san", "yon"];
/// Each event tells two things, in this order: that a receiver is asked to take the second shows that the first is done.
const WORDS: [&str; 2] = ["saisho no tsuchi", "tsugi no tsuchi"];

async fn function(server: &Server, folder: Folder) -> Function {
    let urls = RECEIVERS.map(|name| (name, server.url(name)));
    let receivers: Vec<_> = urls.iter().map(|(name, url)| (*name, "webhook", url.as_str())).collect();
    let config = folder.config(&receivers, "");
    Function::start(folder, &config, &[]).await
}

fn event() -> Value {
    sns(&WORDS.map(|words| record(words, None, words)))
}

/// How often `receiver` has taken each of [`WORDS`], by its own account.
fn taken(server: &Server, receiver: &str) -> [usize; 2] {
    let requests = server.requests(receiver);
    WORDS.map(|words| requests.iter().filter(|request| request.body().contains(words) && request.step.takes()).count())
}

/// Holds that every receiver has taken everything, and once, but for the first of `twice`.
fn assert_once_but(server: &Server, twice: &[&str]) {
    for receiver in RECEIVERS {
        let expected = if twice.contains(&receiver) { [2, 1] } else { [1, 1] };
        assert_eq!(taken(server, receiver), expected, "{receiver}: {:?}", server.requests(receiver));
    }
}

/// Lets the first `done` receivers take the first message and the others hang, and ends the function by `signal` when all of
/// that has come to pass.
async fn end_after(function: &mut Function, server: &Server, done: usize, id: &str, signal: Signal) {
    let before = RECEIVERS.map(|receiver| server.requests(receiver).len());
    for (index, receiver) in RECEIVERS.iter().enumerate() {
        server.on(receiver, if index < done { vec![ok(), Step::Hang] } else { vec![Step::Hang] });
    }
    let all_asked = async {
        for (index, receiver) in RECEIVERS.iter().enumerate() {
            server.wait(receiver, before[index] + if index < done { 2 } else { 1 }).await;
        }
    };
    function.attempt_until(id, event().to_string(), signal, all_asked).await;
    RECEIVERS.iter().for_each(|receiver| server.on(receiver, []));
}

#[tokio::test]
async fn f26_the_function_gives_up_before_its_deadline_and_says_who_has_nothing() {
    let (server, time) = (Server::start().await, Duration::from_secs(4));
    let mut function = function(&server, Folder::new()).await;
    server.on("san", [Step::Hang]);
    let Ended::Answered(answer) = function.attempt("r", event().to_string(), time).await else { panic!("{}", function.said()) };
    assert!(answer.is_error && answer.took < time - Duration::from_secs(1), "{answer:?}");
    let message = answer.body["errorMessage"].as_str().unwrap();
    assert!(message.contains("to san") && !message.contains("to ichi"), "{message}");
    assert_eq!(function.outcomes().len(), WORDS.len() * RECEIVERS.len(), "every receiver's state is told");
}

#[tokio::test]
async fn f27_whoever_is_killed_between_two_receivers_sends_only_the_rest_again() {
    for done in 0..=RECEIVERS.len() {
        let server = Server::start().await;
        let mut function = function(&server, Folder::new()).await;
        end_after(&mut function, &server, done, "r", Signal::Kill).await;
        let answer = function.invoke_as("r", event().to_string(), TIME).await;
        assert!(!answer.is_error, "{done}: {answer:?}");
        assert_once_but(&server, &[]);
    }
}

#[tokio::test]
async fn f27_a_kill_while_one_receiver_does_not_answer_sends_only_the_rest_again() {
    let server = Server::start().await;
    let mut function = function(&server, Folder::new()).await;
    server.on("yon", [Step::Hang]);
    let others_asked = async {
        for receiver in &RECEIVERS[..3] {
            server.wait(receiver, 2).await;
        }
    };
    function.attempt_until("r", event().to_string(), Signal::Kill, others_asked).await;
    server.on("yon", []);
    assert!(!function.invoke_as("r", event().to_string(), TIME).await.is_error);
    assert_eq!(taken(&server, "yon"), [1, 1]);
    for receiver in &RECEIVERS[..3] {
        let [first, second] = taken(&server, receiver);
        // The second one's answer was on its way.
        assert!(first == 1 && (1..=2).contains(&second), "{receiver}: {:?}", server.requests(receiver));
    }
}

#[tokio::test]
async fn f28_a_kill_between_the_answer_and_its_being_remembered_costs_one_duplicate() {
    for receiver in ["ichi", "yon"] {
        let server = Server::start().await;
        let mut function = function(&server, Folder::new()).await;
        // It takes the message; of its answer the function sees nothing any more.
        server.on(receiver, [answer(200, "ok").after(Duration::from_secs(3600)).into()]);
        let others: Vec<&str> = RECEIVERS.into_iter().filter(|other| *other != receiver).collect();
        others.iter().for_each(|other| server.on(other, [ok(), Step::Hang]));
        let asked = async {
            server.wait(receiver, 1).await;
            for other in &others {
                server.wait(other, 2).await;
            }
        };
        function.attempt_until("r", event().to_string(), Signal::Kill, asked).await;
        RECEIVERS.iter().for_each(|receiver| server.on(receiver, []));
        assert!(!function.invoke_as("r", event().to_string(), TIME).await.is_error);
        assert_once_but(&server, &[receiver]);
    }
}

#[tokio::test]
async fn f28_wherever_a_kill_falls_nothing_is_lost_and_one_message_doubled_at_most() {
    for count in 1..=WORDS.len() * RECEIVERS.len() {
        let server = Server::start().await;
        let mut function = function(&server, Folder::new()).await;
        // One receiver stays behind, so that there is something left to be killed in.
        server.on("yon", [Step::Hang]);
        let count = count.min(WORDS.len() * (RECEIVERS.len() - 1));
        let answered = async {
            crate::support::until("answers", || (server.all().len() > count).then_some(())).await;
        };
        function.attempt_until("r", event().to_string(), Signal::Kill, answered).await;
        server.on("yon", []);
        assert!(!function.invoke_as("r", event().to_string(), TIME).await.is_error);
        for receiver in RECEIVERS {
            assert!(
                taken(&server, receiver).iter().all(|times| (1..=2).contains(times)),
                "{receiver}: {:?}",
                server.requests(receiver)
            );
        }
    }
}

#[tokio::test]
async fn f29_another_sandbox_may_send_again_what_it_does_not_know_and_loses_nothing() {
    let server = Server::start().await;
    let (mut one, mut other) = (function(&server, Folder::new()).await, function(&server, Folder::new()).await);
    server.on("san", [answer(500, "").into()]);
    assert!(one.invoke_as("r", event().to_string(), TIME).await.is_error);
    server.on("san", []);
    assert!(!other.invoke_as("r", event().to_string(), TIME).await.is_error);
    for receiver in RECEIVERS {
        let expected = if receiver == "san" { [1, 1] } else { [2, 2] };
        assert_eq!(taken(&server, receiver), expected, "{receiver}");
    }
}

#[tokio::test]
async fn f30_an_event_that_two_sandboxes_get_at_once_arrives_twice_at_most() {
    let server = Server::start().await;
    let (mut one, mut other) = (function(&server, Folder::new()).await, function(&server, Folder::new()).await);
    let payload = event().to_string();
    let (first, second) = tokio::join!(one.attempt("r", payload.clone(), TIME), other.attempt("r", payload, TIME));
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    for receiver in RECEIVERS {
        assert!(taken(&server, receiver).iter().all(|times| (1..=2).contains(times)), "{receiver}");
    }
}

#[tokio::test]
async fn f32_the_same_words_without_an_id_are_one_fact_in_one_request_alone() {
    let server = Server::start().await;
    let mut function = function(&server, Folder::new()).await;
    let transformed = "\"The nightly backup failed\"";
    for (request, so_far) in [("monday", 1), ("monday", 1), ("tuesday", 2)] {
        assert!(!function.invoke_as(request, transformed, TIME).await.is_error);
        for receiver in RECEIVERS {
            assert_eq!(server.requests(receiver).len(), so_far, "{request}: {receiver}");
        }
    }
}

#[tokio::test]
async fn f32_a_duplicate_invocation_in_the_same_sandbox_is_not_sent_again() {
    let server = Server::start().await;
    let mut function = function(&server, Folder::new()).await;
    for _ in 0..3 {
        assert!(!function.invoke(&text("one-and-the-same", "ichido dake")).await.is_error);
    }
    function.end(Signal::Kill).await;
    function.restart().await;
    assert!(!function.invoke(&text("one-and-the-same", "ichido dake")).await.is_error);
    for receiver in RECEIVERS {
        assert_eq!(server.requests(receiver).len(), 1, "{receiver}");
    }
}

#[tokio::test]
async fn f46_an_event_that_always_ends_the_process_rests_as_a_dead_letter_and_is_not_sent_again() {
    let server = Server::start().await;
    let mut function = function(&server, Folder::new()).await;
    for _ in 0..3 {
        let before = server.requests("yon").len();
        server.on("yon", [Step::Hang]);
        let asked = async {
            for receiver in &RECEIVERS[..3] {
                server.wait(receiver, WORDS.len()).await;
            }
            server.wait("yon", before + 1).await;
        };
        function.attempt_until("r", event().to_string(), Signal::Abrt, asked).await;
    }
    let record = on_failure_record("r", &event(), &Ended::Died);
    assert_eq!(record["requestPayload"], event());
    for receiver in &RECEIVERS[..3] {
        let [first, second] = taken(&server, receiver);
        // What was on its way when the process died may have come again, each time.
        assert!(first == 1 && (1..=3).contains(&second), "{receiver}: {:?}", server.requests(receiver));
    }
    assert_eq!((taken(&server, "yon"), server.requests("yon").len()), ([0, 0], 3));
}

#[tokio::test]
async fn f66_a_shutdown_during_an_invocation_forgets_nothing_and_claims_nothing() {
    for done in [0, 2, 4] {
        let server = Server::start().await;
        let mut function = function(&server, Folder::new()).await;
        end_after(&mut function, &server, done, "r", Signal::Term).await;
        assert!(!function.invoke_as("r", event().to_string(), TIME).await.is_error);
        assert_once_but(&server, &[]);
    }
}

#[tokio::test]
async fn f01_what_lambda_gives_up_ends_in_a_record_that_names_who_has_nothing() {
    let server = Server::start().await;
    let mut function = function(&server, Folder::new()).await;
    server.on("ni", [answer(500, "").into()]);
    let given = function.invoke_async(&event(), TIME).await;
    assert!(given.attempts.len() == 3 && given.attempts.iter().all(|ended| !ended.is_ok()), "{given:?}");
    let record = given.record.unwrap();
    let message = record["responsePayload"]["errorMessage"].as_str().unwrap();
    assert!(message.contains("to ni (server_error)") && !message.contains("to ichi"), "{message}");
    for receiver in ["ichi", "san", "yon"] {
        assert_eq!(taken(&server, receiver), [1, 1], "{receiver}: B and C are not sent again");
    }
    assert_eq!(taken(&server, "ni"), [0, 0]);
}
