//! Freezes between events, as Lambda does them.

use crate::support::events::{WORDS, text};
use crate::support::folder::Folder;
use crate::support::function::Function;
use crate::support::server::{Idle, Server};

/// As often as the matrix asks for.
const CYCLES: usize = 200;

/// Freezes a function [`CYCLES`] times; what the receiver does to idle connections meanwhile costs no event.
async fn nothing_is_lost(idle: Idle) {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    let mut function = Function::start(folder, &config, &[]).await;
    for cycle in 0..CYCLES {
        let answer = function.invoke(&text(&format!("text-{cycle}"), WORDS)).await;
        assert!(!answer.is_error, "cycle {cycle}: {answer:?}");
        function.freeze();
        server.end_idle(idle);
        function.thaw();
    }
    assert_eq!(server.requests("ops").len(), CYCLES);
    let first_try = function.outcomes().iter().filter(|line| line["outcome"] == "delivered" && line["attempts"] == 1).count();
    assert_eq!(first_try, CYCLES, "each with its first attempt");
}

#[tokio::test]
async fn f23_a_frozen_function_loses_nothing_when_its_connections_are_closed() {
    nothing_is_lost(Idle::Closed).await;
}

#[tokio::test]
async fn f24_a_frozen_function_loses_nothing_when_its_connections_are_reset() {
    nothing_is_lost(Idle::Reset).await;
}

#[tokio::test]
async fn f24_a_frozen_function_loses_nothing_when_its_connections_are_forgotten() {
    nothing_is_lost(Idle::Forgotten).await;
}
