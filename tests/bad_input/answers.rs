//! Part E: what a channel answers.

use crate::rig::canary::{self, CANARY};
use crate::rig::deliver::{Row, deliver_all, row};
use crate::rig::events::plain_text;
use crate::rig::folder::Folder;
use crate::rig::program::{ending, send};
use crate::rig::script::{Step, answer, ok};
use crate::rig::server::Server;

fn raw(text: &str) -> Step {
    Step::Raw(text.as_bytes().to_vec())
}

#[tokio::test]
async fn b90_answers_of_2xx_that_are_no_success_everywhere() {
    let login = "<html><title>Sign in</title></html>";
    let hints = "HTTP/1.1 103 x\r\nlink: </x>\r\n\r\n";
    let proceed = "HTTP/1.1 100 x\r\n\r\n";
    let good = "HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok";
    let mut rows = Vec::new();
    for (status, body, slack) in [
        (200, login, "rejected client_error"),
        (200, "OK", "rejected client_error"),
        (200, "ok ", "delivered"),
        (201, "ok", "rejected client_error"),
        (202, "", "rejected client_error"),
        (204, "", "rejected client_error"),
        (206, "ok", "rejected client_error"),
        (299, "ok", "rejected client_error"),
    ] {
        for (kind, ends) in [("slack", slack), ("webhook", "delivered"), ("teams", "delivered")] {
            rows.push(row(format!("{kind}-{}", rows.len()), kind, [answer(status, body).into()], ends, 1));
        }
    }
    for (name, before) in [("continue", proceed), ("hints", hints), ("both", &format!("{proceed}{hints}{hints}"))] {
        rows.push(row(name, "slack", [raw(&format!("{before}{good}"))], "delivered", 1));
    }
    deliver_all(&Server::start().await, &rows).await;
}

#[tokio::test]
async fn b91_answers_that_are_no_http() {
    let many: String = (0..10_000).map(|number| format!("x-{number}: y\r\n")).collect();
    let answers = [
        ("garbage", "\u{1}\u{2}\u{3} 200 ok\r\n\r\nok".to_owned()),
        ("http-0.9", "ok\n".to_owned()),
        ("http-2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("no-number", "HTTP/1.1 OK\r\n\r\nok".to_owned()),
        ("four-digits", "HTTP/1.1 2000 x\r\n\r\nok".to_owned()),
        ("header-without-colon", "HTTP/1.1 200 x\r\nnothing\r\n\r\nok".to_owned()),
        ("nul-in-a-header", "HTTP/1.1 200 x\r\nx: a\0b\r\n\r\nok".to_owned()),
        ("header-of-a-megabyte", format!("HTTP/1.1 200 x\r\nx: {}\r\n\r\nok", "y".repeat(1 << 20))),
        ("ten-thousand-headers", format!("HTTP/1.1 200 x\r\n{many}\r\nok")),
        ("chunk-too-long-for-a-number", "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nok".to_owned()),
        ("chunk-without-a-number", "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\nok\r\n".to_owned()),
        ("length-below-nothing", "HTTP/1.1 200 x\r\ncontent-length: -1\r\n\r\nok".to_owned()),
        ("two-lengths", "HTTP/1.1 200 x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!".to_owned()),
    ];
    let rows: Vec<Row> = answers.iter().map(|(name, text)| row(*name, "slack", [raw(text), ok()], "delivered", 2)).collect();
    deliver_all(&Server::start().await, &rows).await;
}

#[tokio::test]
async fn b92_an_answer_that_echoes_our_address() {
    let server = Server::start().await;
    let (token, echo) = (format!("xoxb-{CANARY}"), server.url("echo"));
    let statuses = [200, 400, 418, 500];
    let rows: Vec<_> = statuses
        .into_iter()
        .map(|status| {
            let told =
                answer(status, &format!("no such hook: {echo} {token} {}", "x".repeat(10_000))).with("x-request-url", &echo);
            let ends = match status {
                200 | 418 => ("rejected client_error", 1),
                // The plain form is tried, too.
                400 => ("rejected payload", 2),
                _ => ("retry server_error", 3),
            };
            row(format!("s{status}"), "slack", [told.into()], ends.0, ends.1)
        })
        .collect();
    let said = deliver_all(&server, &rows).await;
    assert!(!said.stdout.contains("no such hook") && !said.stderr.contains("no such hook"), "{said:?}");
    canary::assert_none("what it said", &format!("{said:?}"));
}

#[tokio::test]
async fn b93_retry_after_of_any_form() {
    let limited =
        |headers: &[&str]| headers.iter().fold(answer(429, ""), |answer, value| answer.with("retry-after", value)).into();
    let rows = [
        row("huge", "slack", [limited(&["1000000000000"]), ok()], "retry rate_limited", 1),
        row("negative", "slack", [limited(&["-1"]), ok()], "delivered", 2),
        row("twice", "slack", [limited(&["0", "3600"]), ok()], "delivered", 2),
        row("past", "slack", [limited(&["Sat, 21 Nov 2020 07:30:00 GMT"]), ok()], "delivered", 2),
        row("no-text", "slack", [limited(&["\u{e9}"]), ok()], "delivered", 2),
    ];
    deliver_all(&Server::start().await, &rows).await;
}

#[tokio::test]
async fn b94_no_cookie_is_kept() {
    let (server, folder) = (Server::start().await, Folder::new());
    let set = answer(503, "").with("set-cookie", &format!("session={CANARY}; Path=/")).into();
    server.on("ops", [set, ok()]);
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    assert_eq!(send(&folder, &plain_text()).config(&config).run().await.status, 0);
    let requests = server.requests("ops");
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.message.header("cookie").is_none()), "{requests:?}");
}

#[tokio::test]
async fn b95_the_address_of_another_receiver_is_neither_followed_nor_told() {
    let (server, folder) = (Server::start().await, Folder::new());
    let other = server.url("other");
    server.on("ops", [answer(302, &other).with("location", &other).with("refresh", &format!("0; url={other}")).into()]);
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    let said = send(&folder, &plain_text()).config(&config).run().await;
    assert_eq!((ending(&said.about("ops")).as_str(), server.requests("other").len()), ("rejected client_error", 0));
    assert!(!said.stderr.contains("127.0.0.1"), "{said:?}");
}

#[tokio::test]
async fn b96_a_packed_answer_is_not_unpacked() {
    let server = Server::start().await;
    let rows = ["gzip", "br", "deflate", "zstd"].map(|encoding| {
        let packed = answer(200, "\u{1f}\u{8b}\u{8}\u{0}ok").with("content-encoding", encoding);
        row(encoding, "slack", [packed.into()], "rejected client_error", 1)
    });
    deliver_all(&server, &rows).await;
    assert!(server.all().iter().all(|request| request.message.header("accept-encoding").is_none()));
}
