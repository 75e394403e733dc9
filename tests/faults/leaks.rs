//! What leaves the process besides messages: logs of the libraries, panics, errors.

use std::process::Command;

use crate::support::canary::{self, CANARY};
use crate::support::deliver::{MAIL, mail};
use crate::support::events::plain_text;
use crate::support::folder::Folder;
use crate::support::function::Function;
use crate::support::program::send;
use crate::support::script::answer;
use crate::support::server::Server;

/// HTTP libraries log whole addresses (<https://github.com/seanmonstar/reqwest/issues/2971>), to whoever listens; nobody does.
#[tokio::test]
async fn no_log_of_a_library_is_printed_whatever_is_asked_for() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops")), ("down", "webhook", &server.url("down"))], MAIL);
    server.on("down", [answer(404, CANARY).into()]);
    let loud = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full"), ("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("SMITHY_TRACE", "1")];
    let quiet = mail(send(&folder, &plain_text()).config(&config), &server).run().await;
    let run =
        loud.iter().fold(mail(send(&folder, &plain_text()).config(&config), &server), |run, (name, value)| run.env(name, value));
    let said = run.run().await;
    assert_eq!((said.status, &said.stderr), (quiet.status, &quiet.stderr));
    assert_eq!(said.lines().len(), 3);

    let mut function = Function::start(folder, &config, &loud).await;
    assert!(function.invoke(&plain_text()).await.is_error);
    let log = function.log();
    assert!(
        log.iter()
            .all(|line| ["outcome", "incident", "_aws"].iter().any(|key| line.get(key).is_some()) || line["level"] == "warn"),
        "{log:?}"
    );
}

/// What an error was caused by names where it was on its way to.
#[test]
fn a_function_without_its_runtime_says_so_in_one_line() {
    let mut function = Command::new(env!("CARGO_BIN_EXE_hikyaku-lambda"));
    function.env_clear().env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1").env("SLACK_WEBHOOK_URL", CANARY);
    for (name, value) in [("NAME", "x"), ("MEMORY_SIZE", "128"), ("VERSION", "1")] {
        function.env(format!("AWS_LAMBDA_FUNCTION_{name}"), value);
    }
    let output = function.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    canary::assert_none("a function without its runtime", &said);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("the Runtime API cannot be reached") && !said.contains("127.0.0.1"), "{said}");
}

const CHILD: &str = "leaks::a_child_that_panics";

#[test]
fn a_panic_prints_its_place_and_nothing_else() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .env("RUST_BACKTRACE", "full")
        .output()
        .unwrap();
    let said = String::from_utf8(child.stderr).unwrap() + &String::from_utf8(child.stdout).unwrap();
    canary::assert_none("a panic", &said);
    let line = said.lines().find_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).unwrap();
    assert_eq!((&line["level"], &line["message"]), (&"error".into(), &"panic".into()));
    assert!(line["at"].as_str().unwrap().contains("leaks.rs:"), "{line}");
}

#[test]
#[ignore = "run by `a_panic_prints_its_place_and_nothing_else`, in a process of its own"]
fn a_child_that_panics() {
    hikyaku::outside::prepare();
    let panicked = std::thread::spawn(|| panic!("a message with {CANARY} in it")).join();
    assert!(panicked.is_err());
}
