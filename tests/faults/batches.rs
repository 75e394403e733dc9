//! Batches of SQS: each record is delivered, or handed back, on its own.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::events::{acm_expiring, record, sns, sqs};
use crate::support::folder::Folder;
use crate::support::function::Function;
use crate::support::script::answer;
use crate::support::server::Server;

/// A function that sends certificates to `certificates`, and all else to `rest`.
async fn function(server: &Server) -> Function {
    let folder = Folder::new();
    let routes = "routes:\n  - { match: { kind: [{ prefix: certificate }] }, to: [certificates] }\n  - { to: [rest] }\n";
    let receivers = [("certificates", "webhook", &*server.url("certificates")), ("rest", "webhook", &*server.url("rest"))];
    let config = folder.config(&receivers, routes);
    Function::start(folder, &config, &[]).await
}

/// A batch of texts under their ids, with a certificate in the place of the `poison`.
fn batch(ids: &[&str], poison: &[&str]) -> Value {
    let body = |id: &str| if poison.contains(&id) { acm_expiring().to_string() } else { format!("hako {id} ga todoita") };
    json!({ "Records": ids.iter().map(|id| sqs(id, &body(id))).collect::<Vec<_>>() })
}

/// The ids that an answer hands back.
fn handed_back(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().unwrap_or_else(|| panic!("no partial answer: {answer}"));
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn f48_only_the_poison_of_a_batch_is_handed_back() {
    let server = Server::start().await;
    let mut function = function(&server).await;
    server.on("certificates", [answer(503, "").into()]);
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let answer = function.invoke(&batch(&ids, &["d"])).await;
    assert!(!answer.is_error, "{answer:?}");
    assert_eq!(handed_back(&answer.body), ["d"]);
    assert_eq!(server.requests("rest").len(), 9);
    // What nobody can parse is a text, and delivered as such.
    let unparsable = json!({ "Records": [sqs("x", "{\"kowareta\": "), sqs("y", "\u{feff}[[["), sqs("z", "null")] });
    let answer = function.invoke(&unparsable).await;
    assert_eq!(handed_back(&answer.body), [""; 0]);
    assert_eq!(server.requests("rest").len(), 12);
}

#[tokio::test]
async fn f48_a_record_with_one_bad_notification_comes_again_whole_and_all_bad_ones_are_an_error() {
    let server = Server::start().await;
    let mut function = function(&server).await;
    server.on("certificates", [answer(503, "").into()]);
    let both = sns(&[record("one", None, "todoita"), record("two", None, &acm_expiring().to_string())]).to_string();
    let answer = function.invoke(&json!({ "Records": [sqs("both", &both), sqs("good", "todoita")] })).await;
    assert_eq!(handed_back(&answer.body), ["both"]);
    // Whoever forgot `ReportBatchItemFailures` would take an answer for a success.
    let answer = function.invoke(&batch(&["a", "b"], &["a", "b"])).await;
    assert!(answer.is_error && answer.body["errorMessage"].as_str().unwrap().contains("to certificates"), "{answer:?}");
    // Records of SNS are no batch: nobody would read a partial answer to them.
    let answer = function.invoke(&sns(&[record("one", None, "todoita"), record("two", None, &acm_expiring().to_string())])).await;
    assert!(answer.is_error, "{answer:?}");
}

#[tokio::test]
async fn f48_a_broken_configuration_fails_the_whole_batch() {
    let folder = Folder::new();
    let config = folder.config(&[], "routes: []\n");
    let mut function = Function::start(folder, &config, &[]).await;
    let answer = function.invoke(&batch(&["a", "b"], &[])).await;
    assert!(answer.is_error, "{answer:?}");
}

#[tokio::test]
async fn f49_what_the_deadline_cuts_off_is_handed_back_and_nothing_is_lost() {
    const TIME: Duration = Duration::from_secs(4);
    let server = Server::start().await;
    let mut function = function(&server).await;
    server.on("rest", [answer(200, "ok").after(Duration::from_millis(600)).into()]);
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let answer = function.invoke_raw(batch(&ids, &[]).to_string(), TIME).await;
    assert!(!answer.is_error && answer.took < TIME - Duration::from_secs(1), "{answer:?}");
    let back = handed_back(&answer.body);
    assert!(!back.is_empty() && back.len() < ids.len(), "{back:?}");
    let requests = server.requests("rest");
    for id in ids {
        let arrived = requests.iter().any(|request| request.body().contains(&format!("hako {id} ga")) && request.step.takes());
        assert!(arrived || back.contains(&id), "{id} is lost");
    }
    // The rest arrives when SQS hands it over again.
    server.on("rest", []);
    let answer = function.invoke(&batch(&back, &[])).await;
    assert_eq!(handed_back(&answer.body), [""; 0]);
    let last = server.requests("rest").len() - back.len();
    for (request, id) in server.requests("rest")[last..].iter().zip(back) {
        assert!(request.body().contains(&format!("hako {id} ga")), "{id}: {request:?}");
    }
}
