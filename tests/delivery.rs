//! Deliveries over the wire: the real command line, or the library's `App` where time is of the essence, against a
//! scripted server on loopback.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

use support::canary::CANARY;
use support::deliver::{MAIL, Row, deliver, deliver_all, ending_of, mail, row};
use support::events::{WORDS, acm_expiring, plain_text, record, sns, text};
use support::folder::Folder;
use support::program::{ending, send};
use support::script::{Step, answer, ok};
use support::server::{Refusing, Server};

/// The channels that post to a webhook.
const KINDS: [&str; 3] = ["slack", "chime", "webhook"];

#[tokio::test]
async fn every_status_means_the_same_on_every_channel_but_for_what_slack_calls_a_success() {
    const TABLE: &[(u16, &str, &str, usize)] = &[
        (200, "ok", "delivered", 1),
        (200, "<html>Sign in</html>", "delivered", 1),
        (200, "invalid_payload", "delivered", 1),
        (200, "", "delivered", 1),
        (204, "", "delivered", 1),
        (301, "", "rejected client_error", 1),
        (302, "", "rejected client_error", 1),
        (307, "", "rejected client_error", 1),
        (400, "invalid_blocks", "rejected payload", 1),
        (401, "", "rejected auth_error", 1),
        (403, "invalid_token", "rejected auth_error", 1),
        (404, "no_service", "rejected auth_error", 1),
        (408, "", "retry timeout", 3),
        (410, "channel_is_archived", "rejected auth_error", 1),
        (413, "", "rejected payload", 1),
        (418, "", "rejected client_error", 1),
        (425, "", "retry timeout", 3),
        (429, "", "retry rate_limited", 3),
        (500, "rollup_error", "retry server_error", 3),
        (502, "", "retry server_error", 3),
        (503, "", "retry server_error", 3),
        (504, "", "retry server_error", 3),
    ];
    // Slack takes a message only if it says so, and has a plainer form than the usual one.
    const SLACK: &[(u16, &str, &str, usize)] = &[
        (200, "<html>Sign in</html>", "rejected client_error", 1),
        (200, "invalid_payload", "rejected payload", 2),
        (200, "", "rejected client_error", 1),
        (204, "", "rejected client_error", 1),
        (400, "invalid_blocks", "rejected payload", 2),
        (413, "", "rejected payload", 2),
    ];
    let server = Server::start().await;
    let mut rows = Vec::new();
    for kind in KINDS {
        for (index, (status, body, ends, requests)) in TABLE.iter().enumerate() {
            let own = SLACK.iter().find(|row| kind == "slack" && (row.0, row.1) == (*status, *body));
            // An answer may hold our own address: it is read, and never told.
            let answer = answer(*status, body).with("location", &server.url("elsewhere")).with("x-echo", CANARY);
            let name = format!("{kind}-{index}-{status}");
            let (ends, requests) = own.map_or((*ends, *requests), |own| (own.2, own.3));
            rows.push(row(name, kind, [answer.into()], ends, requests));
        }
    }
    let said = deliver_all(&server, &rows).await;
    for Row { name, .. } in &rows {
        let status = said.about(name)["status"].to_string();
        assert!(name.ends_with(&status), "{name}: status {status}");
    }
    assert_eq!(server.requests("elsewhere").len(), 0, "a redirect is never followed");
}

#[tokio::test]
async fn a_receiver_that_recovers_gets_its_message() {
    let server = Server::start().await;
    let refused = || answer(503, "<html>CANARY</html>").with("set-cookie", "a=b").into();
    let rows = [
        row("at-the-third", "slack", [refused(), refused(), ok()], "delivered", 3),
        row("at-the-second", "webhook", [Step::CloseUnanswered, answer(202, "").into()], "delivered", 2),
        row("from-the-wire", "slack", [Step::Reset, Step::CloseUnread, ok()], "delivered", 3),
    ];
    let said = deliver_all(&server, &rows).await;
    assert_eq!((&said.about("at-the-third")["status"], &said.about("at-the-second")["status"]), (&json!(200), &json!(202)));
    let requests = server.requests("at-the-third");
    assert!(
        requests.iter().all(|request| request.body() == requests[0].body() && request.body().contains(WORDS)),
        "{requests:?}"
    );
    for request in server.all().iter().filter(|request| !request.message.first.is_empty()) {
        assert_eq!((request.method.as_str(), request.header("content-type")), ("POST", "application/json"));
        assert!(request.header("user-agent").starts_with("hikyaku/"), "{request:?}");
        let header = |name| request.message.header(name);
        assert_eq!((header("cookie"), header("accept-encoding")), (None, None), "nothing is kept, nothing unpacked");
    }
}

#[tokio::test]
async fn f04_to_f07_a_receiver_that_asks_for_time_gets_it() {
    let server = Server::start().await;
    let limited = |header: &str| answer(429, "").with("retry-after", header).into();
    let date =
        jiff::fmt::rfc2822::to_string(&(Timestamp::now() + Duration::from_secs(5)).to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
    let in_words = answer(429, r#"{"retry_after":1,"ok":false,"error":"rate_limited"}"#).into();
    let busy = answer(503, "").with("retry-after", "1").into();
    let heard = [
        row("seconds", "slack", [limited("1"), ok()], "delivered", 2),
        row("seconds-twice", "webhook", [limited("1"), limited("1.0"), ok()], "delivered", 3),
        row("date", "chime", [limited(&date.replace("+0000", "GMT")), ok()], "delivered", 2),
        row("in-words", "slack", [in_words, ok()], "delivered", 2),
        row("busy", "webhook", [busy, ok()], "delivered", 2),
    ];
    let refused = [
        row("too-long", "slack", [limited("3600"), ok()], "retry rate_limited", 1),
        row("endless", "webhook", [limited("1000000000000"), ok()], "retry rate_limited", 1),
    ];
    let junk =
        ["soon", "-5", "", "NaN"].map(|header| row(format!("junk{header}"), "slack", [limited(header), ok()], "delivered", 2));
    let names: Vec<String> = heard.iter().map(|row| row.name.clone()).collect();
    let said = deliver_all(&server, &heard.into_iter().chain(refused).chain(junk).collect::<Vec<_>>()).await;
    for name in names {
        let gaps = server.gaps(&name);
        assert!(gaps.iter().all(|gap| *gap >= Duration::from_secs(1)), "{name}: {gaps:?}");
    }
    for name in ["too-long", "endless"] {
        let line = said.about(name);
        assert!(line["millis"].as_u64() < Some(5000), "nobody sleeps for nothing: {line}");
    }
}

#[tokio::test]
async fn a_broken_connection_or_answer_is_tried_again() {
    let server = Server::start().await;
    let raw = |text: String| Step::Raw(text.into_bytes());
    let many: String = (0..10_000).map(|number| format!("x-{number}: y\r\n")).collect();
    let again = "retry ambiguous";
    let broken = [
        ("unread", Step::CloseUnread),
        ("unanswered", Step::CloseUnanswered),
        ("reset", Step::Reset),
        ("empty-and-cut", Step::Cut(answer(200, ""))),
        ("half-a-head", raw("HTTP/1.1 200 ok\r\ncontent-le".into())),
        ("garbage", Step::Raw((0..10_000u32).map(|byte| (byte * 31 % 251) as u8).collect())),
        ("no-status", raw(format!("HTTP/1.1 {} ok\r\n\r\n", "2".repeat(10_000)))),
        ("http-0.9", raw("ok\n".into())),
        ("huge-header", raw(format!("HTTP/1.1 200 ok\r\nx: {}\r\n\r\nok", "y".repeat(1_000_000)))),
        ("many-headers", raw(format!("HTTP/1.1 200 ok\r\n{many}\r\nok"))),
        ("negative-length", raw("HTTP/1.1 200 ok\r\ncontent-length: -1\r\n\r\nok".into())),
        ("huge-chunk", raw("HTTP/1.1 200 ok\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nok".into())),
    ];
    let mut rows: Vec<Row> = broken.into_iter().map(|(name, step)| row(name, "slack", [step], again, 3)).collect();
    let hints = raw("HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok".into());
    rows.push(row("early-hints", "slack", [hints], "delivered", 1));
    deliver_all(&server, &rows).await;
}

/// What Slack says counts only when all of it is there: the `o` of an `ok` is neither a success nor a refusal.
#[tokio::test]
async fn what_slack_began_to_say_is_no_answer() {
    let (server, folder) = (Server::start().await, Folder::new());
    server.on("cut", [Step::Cut(answer(200, "o")), ok()]);
    server.on("slow", [Step::TrickledBody(answer(200, &"x".repeat(1000)))]);
    let config = folder.config(&[("cut", "slack", &server.url("cut")), ("slow", "slack", &server.url("slow"))], "");
    let outcomes = deliver(&config, &plain_text(), Duration::from_secs(2)).await;
    assert_eq!([ending_of(&outcomes, "cut"), ending_of(&outcomes, "slow")], ["delivered", "retry ambiguous"]);
}

#[tokio::test]
async fn a_refused_connection_keeps_nobody_else_from_the_message() {
    let (server, refusing, folder) = (Server::start().await, Refusing::new(), Folder::new());
    let config = folder.config(&[("gone", "slack", &refusing.url()), ("there", "slack", &server.url("there"))], "");
    let said = send(&folder, &plain_text()).config(&config).run().await;
    assert_eq!((said.status, ending(&said.about("gone"))), (1, "retry network".to_owned()));
    assert_eq!((&said.about("gone")["attempts"], said.about("gone").get("status")), (&json!(3), None));
    assert_eq!(ending(&said.about("there")), "delivered");
    assert_eq!(server.requests("there").len(), 1);
}

#[tokio::test]
async fn slow_answers_end_at_the_total_timeout_and_at_the_deadline() {
    /// Of one attempt, head and body.
    const TOTAL: Duration = Duration::from_secs(8);
    const TIME: Duration = Duration::from_secs(10);
    let (server, folder) = (Server::start().await, Folder::new());
    let long = "x".repeat(1000);
    let slow: [(&str, &str, Step, &str); 4] = [
        ("hang", "slack", Step::Hang, "retry ambiguous"),
        ("delay", "webhook", answer(200, "ok").after(Duration::from_secs(60)).into(), "retry ambiguous"),
        ("head", "webhook", Step::TrickledHead(answer(200, "ok").with("x", &long)), "retry ambiguous"),
        ("body", "chime", Step::TrickledBody(answer(500, &long)), "retry server_error"),
    ];
    let urls = slow.clone().map(|(name, ..)| server.url(name));
    let mut receivers: Vec<_> = slow.iter().zip(&urls).map(|((name, kind, ..), url)| (*name, *kind, url.as_str())).collect();
    let good = server.url("good");
    receivers.push(("good", "slack", &good));
    let config = folder.config(&receivers, "");
    for (name, _, step, _) in &slow {
        server.on(name, [step.clone()]);
    }
    let began = Instant::now();
    let delivering = tokio::spawn(async move { deliver(&config, &plain_text(), TIME).await });
    server.wait("good", 1).await;
    assert!(!delivering.is_finished(), "the good one waits for nobody");
    let outcomes = support::patiently("the deadline", delivering).await.unwrap();
    let took = began.elapsed();
    assert!(took >= TOTAL && took < TIME + Duration::from_secs(1), "{took:?}");
    assert_eq!(ending_of(&outcomes, "good"), "delivered");
    for (name, _, _, expected) in slow {
        assert_eq!(ending_of(&outcomes, name), expected, "{name}");
        let gaps = server.gaps(name);
        assert!(gaps.len() == 1 && gaps[0] >= TOTAL - Duration::from_millis(100), "{name}: {gaps:?}");
    }
}

#[tokio::test]
async fn without_time_nothing_begins_and_with_little_nothing_lasts() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    let outcomes = deliver(&config, &plain_text(), Duration::ZERO).await;
    assert_eq!((ending_of(&outcomes, "ops").as_str(), outcomes[0].attempts, server.all().len()), ("retry deadline", 0, 0));
    server.on("ops", [Step::Hang]);
    let began = Instant::now();
    let outcomes = deliver(&config, &sns(&["one", "two"].map(|id| record(id, None, id))), Duration::from_secs(1)).await;
    let endings: Vec<_> =
        outcomes.iter().map(|outcome| (ending(&serde_json::to_value(outcome).unwrap()), outcome.attempts)).collect();
    assert_eq!(endings, [("retry ambiguous".to_owned(), 1), ("retry deadline".to_owned(), 0)]);
    assert!(began.elapsed() < Duration::from_millis(2400), "the function still has to answer: {:?}", began.elapsed());
}

#[tokio::test]
async fn of_an_endless_answer_only_the_beginning_is_read() {
    let server = Server::start().await;
    let rows = [
        row("slack", "slack", [Step::Endless(answer(200, "invalid_payload"))], "rejected payload", 2),
        row("webhook", "webhook", [Step::Endless(answer(200, "x"))], "delivered", 1),
        row("error", "chime", [Step::Endless(answer(404, "x"))], "rejected auth_error", 1),
    ];
    deliver_all(&server, &rows).await;
    // What nobody read fills the socket's buffers on both sides, and no more.
    let written = server.endless(3).await;
    assert!(written.iter().all(|bytes| *bytes < 16 << 20), "{written:?}");
}

#[tokio::test]
async fn f67_two_routes_to_one_receiver_are_one_delivery() {
    let (server, folder) = (Server::start().await, Folder::new());
    let routes = "routes:\n  - { match: { kind: [text] }, to: [ops, ops], continue: true }\n  - { to: [log, ops] }\n";
    let config = folder.config(&[("ops", "slack", &server.url("ops")), ("log", "webhook", &server.url("log"))], routes);
    let said = send(&folder, &plain_text()).config(&config).run().await;
    assert_eq!((said.status, said.lines().len()), (0, 2), "{said:?}");
    assert_eq!((server.requests("ops").len(), server.requests("log").len()), (1, 1));
}

#[tokio::test]
async fn messages_for_one_receiver_arrive_in_order_over_connections_of_their_own() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    server.on("ops", [answer(503, "").into(), answer(200, "ok").after(Duration::from_millis(50)).into()]);
    let words = ["ichi-no-tsuchi", "ni-no-tsuchi", "san-no-tsuchi"];
    let records: Vec<Value> = words.iter().map(|words| record(words, None, words)).collect();
    let said = send(&folder, &sns(&records)).config(&config).run().await;
    assert_eq!((said.status, said.lines().len()), (0, 3), "{said:?}");
    let requests = server.requests("ops");
    let told = |index: usize| words.iter().find(|words| requests[index].body().contains(**words)).copied().unwrap_or_default();
    let told: Vec<_> = (0..requests.len()).map(told).collect();
    assert_eq!(told, [words[0], words[0], words[1], words[2]]);
    // A kept connection could be dead after a freeze of the function.
    let mut connections: Vec<_> = requests.iter().map(|request| request.connection).collect();
    connections.dedup();
    assert_eq!(connections.len(), requests.len());
}

#[tokio::test]
async fn a_bad_record_goes_out_as_text_beside_the_good_ones() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "webhook", &server.url("ops"))], "");
    let event = sns(&[
        record("good", None, &acm_expiring().to_string()),
        json!({ "EventSource": "aws:sns", "kowareta": "kiroku" }),
        record("broken", None, "{\"kowareta\": "),
        json!(17),
    ]);
    let said = send(&folder, &event).config(&config).run().await;
    let kinds: Vec<_> = said.lines().iter().map(|line| format!("{} {}", line["kind"].as_str().unwrap(), ending(line))).collect();
    assert_eq!(
        (said.status, kinds),
        (0, ["certificate.expiring delivered", "text delivered", "text delivered", "text delivered"].map(str::to_owned).to_vec())
    );
    let requests = server.requests("ops");
    for (index, words) in ["shop.example.jp", "kiroku", "kowareta", "17"].into_iter().enumerate() {
        assert!(requests[index].body().contains(words), "{words}: {requests:?}");
    }
}

#[tokio::test]
async fn proxies_in_the_environment_are_not_used() {
    let (server, proxy, folder) = (Server::start().await, Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], MAIL);
    let mut run = mail(send(&folder, &plain_text()).config(&config), &server);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        run = run.env(name, proxy.url("/"));
    }
    assert_eq!(run.run().await.status, 0);
    assert_eq!((server.requests("ops").len(), server.requests("/").len()), (1, 1));
    assert_eq!(proxy.all().len(), 0);
}

#[tokio::test]
async fn f60_a_mail_that_sns_does_not_take_is_classified_by_what_sns_says() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.write("hikyaku.yaml", format!("receivers:\n{MAIL}"));
    for (status, code, ends, requests) in [
        (200, "", "delivered", 1),
        (403, "AuthorizationError", "rejected auth_error", 1),
        (403, "InvalidClientTokenId", "rejected auth_error", 1),
        (404, "NotFound", "rejected auth_error", 1),
        (400, "InvalidParameter", "rejected payload", 1),
        (400, "Throttling", "retry rate_limited", 3),
        (400, "KMSDisabled", "rejected auth_error", 1),
        (500, "InternalError", "retry server_error", 3),
        (503, "ServiceUnavailable", "retry server_error", 3),
    ] {
        let before = server.all().len();
        let run = mail(send(&folder, &plain_text()).config(&config), &server);
        if status != 200 {
            let error = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{CANARY}</Message></Error></ErrorResponse>");
            server.on("/", [answer(status, &error).into()]);
        }
        let said = run.run().await;
        let line = said.about("mail");
        assert_eq!((ending(&line).as_str(), server.all().len() - before), (ends, requests), "{status} {code}: {line}");
        assert_eq!((&line["status"], &line["attempts"]), (&json!(status), &json!(requests)), "{status} {code}: {line}");
    }
    assert!(server.all().iter().all(|request| request.body().contains("Action=Publish") && request.body().contains("mizuumi")));
}

#[tokio::test]
async fn a_webhook_can_tell_who_sent_it_and_what_it_has_already() {
    let (server, folder) = (Server::start().await, Folder::new());
    let key = format!("{CANARY} and the rest of the key");
    let receiver = |name: &str, more: &str| {
        format!("  {name}: {{ webhook: {{ url: \"{}\", allow_insecure_loopback: true{more} }} }}\n", server.url(name))
    };
    let secret = ", signing_secret: \"env:SIGNING_SECRET\"";
    let config = folder.write("hikyaku.yaml", format!("receivers:\n{}{}", receiver("signed", secret), receiver("unsigned", "")));
    server.on("signed", [answer(500, "").into(), Step::CloseUnanswered, ok()]);
    let secret = format!("whsec_{}", BASE64.encode(&key));
    let run = || send(&folder, &plain_text()).config(&config).env("SIGNING_SECRET", &secret).run();
    let (first, second) = (run().await, run().await);
    assert_eq!((first.status, second.status, &first.about("signed")["attempts"]), (0, 0, &json!(3)));
    let requests = server.requests("signed");
    for request in &requests {
        let (id, time) = (request.header("webhook-id"), request.header("webhook-timestamp"));
        let signature = BASE64.decode(request.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        hmac::verify(&key, format!("{id}.{time}.{}", request.body()).as_bytes(), &signature).unwrap();
        assert!((Timestamp::now().as_second() - time.parse::<i64>().unwrap()).abs() < 60, "{time}");
        assert_eq!((id, id), (requests[0].header("webhook-id"), request.header("idempotency-key")));
    }
    let unsigned = server.requests("unsigned");
    assert_eq!((unsigned.len(), unsigned[0].message.header("webhook-signature")), (2, None));
    assert_ne!(unsigned[0].header("webhook-id"), requests[0].header("webhook-id"), "each receiver has its own");
    send(&folder, &text("text-2", WORDS)).config(&config).env("SIGNING_SECRET", &secret).run().await;
    assert_ne!(server.requests("unsigned")[2].header("webhook-id"), unsigned[0].header("webhook-id"), "each fact has its own");
}

#[tokio::test]
async fn a_users_template_that_fails_makes_room_for_the_built_in_one() {
    let (server, folder) = (Server::start().await, Folder::new());
    folder.write("templates/slack/text.hbs", "no JSON: {{title}}");
    folder.write("templates/chime/default.hbs", "Jibun no: {{title}}");
    let receivers = [("ops", "slack", &*server.url("ops")), ("own", "chime", &*server.url("own"))];
    let config = folder.config(&receivers, "templates_dir: templates\n");
    let said = send(&folder, &plain_text()).config(&config).run().await;
    assert_eq!(
        (said.status, ending(&said.about("ops")), ending(&said.about("own"))),
        (0, "delivered template".into(), "delivered".into())
    );
    assert!(server.only("ops").json()["blocks"].is_array() && server.only("ops").body().contains(WORDS));
    assert!(server.only("own").json()["Content"].as_str().unwrap().starts_with("Jibun no: "));
    assert!(said.stderr.contains("slack/text"), "it says which one: {said:?}");
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_is_told_by_its_reference_and_stops_nobody_else() {
    let (server, folder) = (Server::start().await, Folder::new());
    let file = folder.write("hook", format!("{}\n", server.url("file")));
    let config = folder.config(
        &[
            ("env", "slack", "env:HOOK"),
            ("file", "slack", &format!("file:{}", file.display())),
            ("unset", "slack", "env:NOT_SET"),
            ("no-url", "slack", "env:NO_URL"),
            ("refused", "slack", "env:REFUSED"),
        ],
        "",
    );
    let run = send(&folder, &plain_text()).config(&config).env("HOOK", server.url("env"));
    let refused = format!("https://hooks.slack.com.example.jp/services/{CANARY}");
    let said = run.env("NO_URL", format!("{{\"url\": \"{CANARY}\"}}")).env("REFUSED", refused).run().await;
    let endings: Vec<_> = said.lines().iter().map(ending).collect();
    assert_eq!(endings, ["delivered", "delivered", "rejected secret", "rejected secret", "rejected secret"]);
    assert_eq!((said.status, server.all().len()), (1, 2));
    assert!(said.stderr.contains("env:NOT_SET"), "{said:?}");
}
