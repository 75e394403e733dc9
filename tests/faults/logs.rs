//! The log: nobody reads it, or nobody reads on.

use std::io::PipeReader;
use std::time::Duration;

use crate::support::events::text;
use crate::support::folder::Folder;
use crate::support::function::Function;
use crate::support::server::Server;

/// Enough of them that a pipe is full after a few events.
const RECEIVERS: usize = 40;

/// A function whose log goes into a pipe.
async fn function(server: &Server) -> (Function, PipeReader) {
    let folder = Folder::new();
    let urls: Vec<_> = (0..RECEIVERS).map(|index| (format!("ops-{index}"), server.url(&format!("ops-{index}")))).collect();
    let receivers: Vec<_> = urls.iter().map(|(name, url)| (name.as_str(), "webhook", url.as_str())).collect();
    let config = folder.config(&receivers, "");
    let (reading, writing) = std::io::pipe().unwrap();
    let (stdout, stderr) = (writing.try_clone().unwrap().into(), writing.into());
    (Function::start_with(folder, &config, &[], stdout, stderr).await, reading)
}

#[tokio::test]
async fn f65_a_log_that_is_closed_stops_no_delivery() {
    let server = Server::start().await;
    let (mut function, reading) = function(&server).await;
    drop(reading);
    for number in 1..=3 {
        assert!(!function.invoke(&text(&number.to_string(), "todoku")).await.is_error);
        assert_eq!(server.all().len(), number * RECEIVERS);
    }
}

#[tokio::test]
async fn f65_a_log_that_is_full_stops_no_delivery_and_is_written_again_when_somebody_reads_it() {
    // Of a pipe, on Linux: https://man7.org/linux/man-pages/man7/pipe.7.html
    const ROOM: usize = 64 * 1024;
    const EVENTS: usize = 20;
    let server = Server::start().await;
    let (mut function, reading) = function(&server).await;
    for number in 1..=EVENTS {
        let answer = function.invoke(&text(&number.to_string(), "todoku")).await;
        assert!(!answer.is_error && answer.took < Duration::from_secs(10), "{number}: {answer:?}");
    }
    assert_eq!(server.all().len(), EVENTS * RECEIVERS);
    let lines = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in std::io::BufRead::lines(std::io::BufReader::new(reading)).map_while(Result::ok) {
            let _ = lines.0.send(line);
        }
    });
    assert!(!function.invoke(&text("afterwards", "todoku")).await.is_error);
    let last = text("the last", "todoku");
    assert!(!function.invoke(&last).await.is_error);
    function.end(crate::support::function::Signal::Kill).await;
    function.restart().await;
    drop(reader);
    let said: Vec<String> = lines.1.try_iter().collect();
    assert!(said.iter().map(String::len).sum::<usize>() > ROOM, "what was held up and what came after it: {}", said.len());
    assert!(said.iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "no line is torn");
}
