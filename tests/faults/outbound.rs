//! The way out: redirects, names and connections that lead nowhere, broken answers, TLS.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::canary::CANARY;
use crate::support::deliver::{MAIL, deliver, deliver_all, ending_of, mail, row};
use crate::support::events::plain_text;
use crate::support::folder::Folder;
use crate::support::program::{ending, send};
use crate::support::script::{Step, answer};
use crate::support::server::Server;
use crate::support::tls::{Authority, TlsServer, alert_of_the_version, hello_of_tls_1_0, self_signed};

#[tokio::test]
async fn f13_a_redirect_is_never_followed() {
    let server = Server::start().await;
    let to = |status| answer(status, "ok").with("location", &server.url("a-page-that-answers-200")).into();
    let rows = [301, 302, 303].map(|status| row(format!("to-{status}"), "slack", [to(status)], "rejected client_error", 1));
    deliver_all(&server, &rows).await;
    assert_eq!(server.requests("a-page-that-answers-200").len(), 0);
}

#[tokio::test]
async fn f14_a_payload_goes_to_no_other_host() {
    let (server, other) = (Server::start().await, Server::start().await);
    let places = [other.url("elsewhere"), "http://169.254.169.254/latest/meta-data/".to_owned(), "//evil.example/".to_owned()];
    let rows: Vec<_> = [307, 308]
        .into_iter()
        .flat_map(|status| places.iter().map(move |place| (status, place)))
        .enumerate()
        .map(|(index, (status, place))| {
            let away = answer(status, "").with("location", place).into();
            row(format!("{status}-{index}"), "webhook", [away], "rejected client_error", 1)
        })
        .collect();
    deliver_all(&server, &rows).await;
    assert_eq!(other.all().len(), 0);
}

#[tokio::test]
async fn f15_a_name_without_an_address_is_tried_again_and_not_told() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = format!(
        "receivers:\n  gone: {{ slack: {{ url: \"https://hooks.invalid/services/{CANARY}\", allow_hosts: [hooks.invalid] }} }}\n  \
         there: {{ slack: {{ url: \"{}\", allow_insecure_loopback: true }} }}\n",
        server.url("there")
    );
    let said = send(&folder, &plain_text()).config(&folder.write("hikyaku.yaml", config)).run().await;
    assert_eq!((ending(&said.about("gone")), ending(&said.about("there"))), ("retry network".into(), "delivered".into()));
    assert!(said.stderr.contains("gone: the host has no address") && !said.stderr.contains("services"), "{said:?}");
}

/// A listener whose queue of connections is full answers no further one, as a host behind a firewall does.
#[tokio::test]
async fn f16_a_connection_that_nobody_answers_is_given_up_after_two_seconds() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let silent = socket.local_addr().unwrap();
    let _listener = socket.listen(1).unwrap();
    let mut waiting = Vec::new();
    // The queue takes a few; the first that is not answered at once stands for all that follow.
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(silent)).await {
        waiting.push(stream);
        assert!(waiting.len() < 1000, "the queue never fills");
    }
    let (server, folder) = (Server::start().await, Folder::new());
    let url = format!("http://{silent}/services/{CANARY}");
    let config = folder.config(&[("silent", "slack", &url), ("there", "slack", &server.url("there"))], "");
    let began = Instant::now();
    let delivering = tokio::spawn(async move { deliver(&config, &plain_text(), Duration::from_secs(30)).await });
    server.wait("there", 1).await;
    assert!(!delivering.is_finished(), "the other one waits for nobody");
    let outcomes = delivering.await.unwrap();
    let detail = outcomes.iter().find_map(|outcome| outcome.detail.clone());
    assert_eq!((ending_of(&outcomes, "silent").as_str(), detail.as_deref()), ("retry network", Some("no connection in time")));
    // Three tries of two seconds, and the waits between them; eight seconds each would be more.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn f19_an_answer_that_breaks_off_is_no_success() {
    let server = Server::start().await;
    let raw = |text: &str| Step::Raw(text.as_bytes().to_vec());
    let rows = [
        row("reset", "slack", [Step::Reset], "retry ambiguous", 3),
        row("part-of-json", "slack", [Step::Cut(answer(200, "{\"ok\":"))], "retry ambiguous", 3),
        row("too-short", "slack", [raw("HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\no")], "retry ambiguous", 3),
        row("half-a-chunk", "slack", [raw("HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n9\r\no")], "retry ambiguous", 3),
        row("too-long", "slack", [raw("HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok and more")], "delivered", 1),
        // Of any other webhook the status alone counts.
        row("any", "webhook", [Step::Cut(answer(200, "{"))], "delivered", 1),
    ];
    deliver_all(&server, &rows).await;
}

#[tokio::test]
async fn f20_an_answer_byte_by_byte_ends_with_the_attempt() {
    let (server, folder) = (Server::start().await, Folder::new());
    let long = "x".repeat(2000);
    server.on("head", [Step::TrickledHead(answer(200, "ok").with("x", &long))]);
    server.on("body", [Step::TrickledBody(answer(200, &long))]);
    let config = folder.config(&[("head", "slack", &server.url("head")), ("body", "slack", &server.url("body"))], "");
    let began = Instant::now();
    let outcomes = deliver(&config, &plain_text(), Duration::from_secs(3)).await;
    assert!(began.elapsed() < Duration::from_millis(3500), "{:?}", began.elapsed());
    assert_eq!(["head", "body"].map(|name| ending_of(&outcomes, name)), ["retry ambiguous", "retry ambiguous"]);
}

#[tokio::test]
async fn f21_of_an_answer_16_kib_are_read_and_nothing_is_unpacked() {
    let server = Server::start().await;
    // `ok` in gzip: whoever unpacks it takes the message for delivered.
    let packed = "\u{1f}\u{8b}\u{8}";
    let rows = [
        row("endless", "slack", [Step::Endless(answer(200, "<x>"))], "rejected client_error", 1),
        row("endless-error", "webhook", [Step::Endless(answer(418, "x"))], "rejected client_error", 1),
        row("packed", "slack", [answer(200, packed).with("content-encoding", "gzip").into()], "rejected client_error", 1),
        row("named-br", "slack", [answer(200, "ok").with("content-encoding", "br").into()], "delivered", 1),
    ];
    deliver_all(&server, &rows).await;
    let written = server.endless(2).await;
    assert!(written.iter().all(|bytes| *bytes < 16 << 20), "{written:?}");
}

#[tokio::test]
async fn f22_every_check_of_tls_is_held_and_told() {
    let authority = Authority::new();
    let stranger = Authority::new();
    let servers = [
        ("good", TlsServer::start(authority.identity("localhost", 2100)).await, None),
        ("expired", TlsServer::start(authority.identity("localhost", 2021)).await, Some("has expired")),
        ("not-yet", TlsServer::start(authority.not_yet("localhost", 2099)).await, Some("not valid yet")),
        ("wrong-host", TlsServer::start(authority.identity("other.example", 2100)).await, Some("for another host")),
        ("stranger", TlsServer::start(stranger.identity("localhost", 2100)).await, Some("from no authority that is trusted")),
        ("self-signed", TlsServer::start(self_signed("localhost")).await, Some("from no authority that is trusted")),
        ("tls-1.0", TlsServer::saying(hello_of_tls_1_0()).await, Some("no TLS of version 1.2 or newer")),
        ("tls-alert", TlsServer::saying(alert_of_the_version()).await, Some("no TLS of version 1.2 or newer")),
        ("no-tls", TlsServer::saying(b"HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok".to_vec()).await, Some("no TLS connection")),
    ];
    let folder = Folder::new();
    let ca = folder.write("ca.pem", authority.pem());
    let receiver = |(name, server, _): &(&str, TlsServer, Option<&str>)| {
        let widened = format!("allow_hosts: [localhost], allow_private: [127.0.0.0/8, \"::1/128\"], ca_file: {}", ca.display());
        format!("  {name}: {{ slack: {{ url: \"{}\", {widened} }} }}\n", server.url())
    };
    let receivers: String = servers.iter().map(receiver).collect();
    let config = folder.write("hikyaku.yaml", format!("receivers:\n{receivers}"));
    let said = send(&folder, &plain_text()).config(&config).run().await;
    for (name, server, told) in &servers {
        let line = said.about(name);
        let Some(told) = told else {
            assert_eq!((ending(&line).as_str(), server.requests()), ("delivered", 1), "{name}: {said:?}");
            continue;
        };
        assert_eq!(
            (ending(&line).as_str(), server.requests(), &line["attempts"]),
            ("retry network", 0, &json!(3)),
            "{name}: {line}"
        );
        let words = said.stderr.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default();
        assert!(words.contains(told) && !words.contains("localhost"), "{name}: {words}");
    }
}

#[tokio::test]
async fn f63_chime_is_gone_for_good_and_says_since_when() {
    let (server, refusing) = (Server::start().await, crate::support::server::Refusing::new());
    let folder = Folder::new();
    let config = folder.config(
        &[
            ("deleted", "chime", &server.url("deleted")),
            ("invalid", "chime", &server.url("invalid")),
            ("gone", "chime", &refusing.url()),
            ("there", "slack", &server.url("there")),
        ],
        "",
    );
    server.on("deleted", [answer(404, "").into()]);
    server.on("invalid", [answer(403, "").into()]);
    let said = send(&folder, &plain_text()).config(&config).run().await;
    for (name, ends) in [("deleted", "rejected auth_error"), ("invalid", "rejected auth_error"), ("gone", "rejected network")] {
        assert_eq!(ending(&said.about(name)), ends, "{said:?}");
        assert!(said.stderr.contains(&format!("{name}: Amazon Chime ended on 2026-02-20")), "{said:?}");
    }
    assert_eq!(ending(&said.about("there")), "delivered");
}

#[tokio::test]
async fn f64_a_proxy_in_the_environment_sees_nothing() {
    let (server, proxy, folder) = (Server::start().await, Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops")), ("hook", "webhook", &server.url("hook"))], MAIL);
    let mut run = mail(send(&folder, &plain_text()).config(&config), &server);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        run = run.env(name, proxy.url("/"));
    }
    assert_eq!(run.run().await.status, 0);
    assert_eq!((server.all().len(), proxy.all().len()), (3, 0));
}
