//! The command line as a person uses it: what it prints where, and its exit status.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use support::canary::{CANARY, leaky};
use support::events::{WORDS, acm_expiring, plain_text, record, samples, sns, sqs};
use support::explanation::{assert_explanation, is_japanese, keys};
use support::folder::Folder;
use support::http;
use support::program::{Run, ending, hikyaku, send};
use support::script::answer;
use support::server::Server;
use support::until;

const KINDS: [&str; 5] = ["slack", "chime", "email", "webhook", "console"];

/// One receiver of each kind, none of which can be reached from here.
fn every_kind(folder: &Folder) -> PathBuf {
    folder.write(
        "hikyaku.yaml",
        format!(
            "receivers:\n  slack: {{ slack: {{ url: \"https://hooks.slack.com/services/{CANARY}\" }} }}\n  \
            chime: {{ chime: {{ url: \"https://hooks.chime.aws/incomingwebhooks/a?token={CANARY}\" }} }}\n  \
            email: {{ email: {{ topic_arn: \"arn:aws:sns:ap-northeast-1:111122223333:mail\" }} }}\n  \
            webhook: {{ webhook: {{ url: \"https://hooks.example.jp/{CANARY}\", signing_secret: \"{CANARY}\" }} }}\n  \
            console: {{ console: {{}} }}\n"
        ),
    )
}

fn in_folder<'a>(folder: &'a Folder, line: &'a str) -> Run {
    hikyaku(folder, line.split_whitespace())
}

#[tokio::test]
async fn what_cannot_run_is_2_and_says_why_on_standard_error() {
    let folder = Folder::new();
    every_kind(&folder);
    folder.write("event.json", plain_text().to_string());
    folder.write("half.json", format!("{{\"{CANARY}\":"));
    folder.write("text.txt", format!("password {CANARY}"));
    folder.write("two.json", "{} {}");
    folder.write("empty.json", "");
    folder.write("latin.json", b"{\"caf\xe9\": 1}");
    for (line, says) in [
        ("", "Usage"),
        ("fly", "fly"),
        ("--fly check", "--fly"),
        ("send", "EVENT"),
        ("render event.json", "--channel"),
        ("explain none.json", "none.json: No such file"),
        ("explain .", ".: "),
        ("send none.json", "none.json: No such file"),
        ("explain half.json", "half.json: not JSON: line 1"),
        ("send half.json", "half.json: not JSON: line 1"),
        ("render --channel slack half.json", "half.json: not JSON: line 1"),
        ("explain text.txt", "text.txt: not JSON: line 1"),
        ("explain two.json", "two.json: not JSON: line 1, column 4"),
        ("explain empty.json", "empty.json: not JSON"),
        ("explain latin.json", "latin.json: not UTF-8 from byte 5 on"),
        ("send --receiver nobody event.json", "`nobody`"),
        ("send --dry-run --receiver nobody event.json", "`nobody`"),
        ("render --channel pigeon event.json", "slack, teams, email"),
        ("render --channel slack --locale fr event.json", "en, ja"),
        ("render --channel slack --timezone Asia/Tokio event.json", "Asia/Tokio"),
        ("check none.yaml", "none.yaml: No such file"),
        ("--config none.yaml explain event.json", "none.yaml: No such file"),
        ("dev --locale fr --config none.yaml", "none.yaml: No such file"),
    ] {
        for json in ["", "--json "] {
            let said = in_folder(&folder, &format!("{json}{line}")).run().await;
            assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{line}: {said:?}");
            assert!(said.stderr.contains(says), "{line}: {said:?}");
        }
    }
    for line in ["--help", "--version", "help send", "send --help"] {
        let said = in_folder(&folder, line).run().await;
        assert_eq!((said.status, said.stderr.as_str(), said.stdout.is_empty()), (0, "", false), "{line}: {said:?}");
    }
}

#[tokio::test]
async fn what_falls_short_is_1_and_what_holds_is_0() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops")), ("down", "webhook", &server.url("down"))], "");
    server.on("down", [answer(404, "").into()]);
    folder.write("broken.yaml", "receivers: { ops: { slak: {} } }\n");
    folder.write("text.json", plain_text().to_string());
    folder.write("bom.json", format!("\u{feff}{}", plain_text()));
    folder.write("nothing.json", r#"{"Records": []}"#);
    for (line, status) in [
        ("send text.json", 1),
        ("send --receiver ops text.json", 0),
        ("send --receiver down text.json", 1),
        ("send --dry-run text.json", 0),
        ("send nothing.json", 0),
        ("send --receiver ops bom.json", 0),
        ("explain text.json", 0),
        ("explain nothing.json", 0),
        ("render --channel slack nothing.json", 0),
        ("check", 0),
        ("check broken.yaml", 1),
        ("explain text.json --config broken.yaml", 1),
        ("send text.json --config broken.yaml", 1),
        ("render --channel slack text.json --config broken.yaml", 1),
        ("dev --once --config broken.yaml", 1),
    ] {
        for json in ["", " --json"] {
            let said = in_folder(&folder, &format!("{line}{json}")).run().await;
            assert_eq!(said.status, status, "{line}: {said:?}");
            assert!(status == 0 || !(said.stderr.is_empty() && said.stdout.is_empty()), "{line}: {said:?}");
        }
    }
    let said = hikyaku(&folder, ["send", "text.json"]).config(&config).run().await;
    assert!(
        said.stdout.contains("ops (slack): text delivered")
            && said.stdout.contains("down (webhook): text rejected, auth_error, status 404"),
        "{said:?}"
    );
}

#[tokio::test]
async fn explain_gives_the_contracts_shape_and_the_same_again() {
    let folder = Folder::new();
    every_kind(&folder);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(fixtures)
        .unwrap()
        .flat_map(|source| std::fs::read_dir(source.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    for sample in samples() {
        files.push(folder.write(&format!("{}.json", sample.name), sample.event.to_string()));
    }
    assert!(files.len() > 50, "{files:?}");
    for file in &files {
        let explain = || hikyaku(&folder, ["explain", "--json"]).arg(file);
        let said = explain().run().await;
        let place = file.display().to_string();
        assert_eq!(said.status, 0, "{place}: {said:?}");
        for explanation in said.json().as_array().unwrap() {
            assert_explanation(explanation, &KINDS, &place);
        }
        // Neither the machine's time zone nor its language plays a part; nor does the way in.
        let input = std::fs::read(file).unwrap();
        let again = hikyaku(&folder, ["explain", "--json", "-"]).input(input).env("TZ", "Asia/Tokyo").env("LANG", "ja_JP.UTF-8");
        assert_eq!(again.run().await.stdout, said.stdout, "{place}");
    }
}

#[tokio::test]
async fn explain_keeps_the_order_of_notifications_and_tells_a_person_too() {
    let folder = Folder::new();
    let config = folder.config(
        &[("ops", "slack", "env:HOOK"), ("log", "webhook", "env:HOOK")],
        "routes:\n  - { match: { kind: [text] }, to: [ops] }\n  - { to: [log] }\n",
    );
    let event = sns(&[
        record("one", None, &leaky("ichiban")),
        record("two", None, &acm_expiring().to_string()),
        record("three", None, "sanban"),
    ]);
    let event = folder.write("event.json", event.to_string());
    let explain =
        || hikyaku(&folder, ["explain"]).arg(&event).config(&config).env("HOOK", format!("https://hooks.slack.com/{CANARY}"));
    let explanations = explain().arg("--json").run().await.json();
    let told: Vec<_> = explanations
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["notification"]["kind"], &one["deliveries"][0]["receiver"]))
        .collect();
    let (text, expiring) = (json!("text"), json!("certificate.expiring"));
    let (ops, log) = (json!("ops"), json!("log"));
    assert_eq!(told, [(&text, &ops), (&expiring, &log), (&text, &ops)]);
    let reasons: Vec<_> = explanations[1]["routes"].as_array().unwrap().iter().map(|route| route["matched"].as_bool()).collect();
    assert_eq!(reasons, [Some(false), Some(true)]);
    let said = explain().run().await;
    let places: Vec<_> = ["ichiban", "shop.example.jp", "sanban"].iter().map(|words| said.stdout.find(words)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{said:?}");
}

#[tokio::test]
async fn render_writes_a_payload_a_line_in_the_readers_words_and_time() {
    let folder = Folder::new();
    for sample in samples() {
        folder.write("event.json", sample.event.to_string());
        for kind in KINDS {
            let render = |more: &str| in_folder(&folder, &format!("render --channel {kind} {more} event.json")).run();
            let (ja, en) = (render("--locale ja --timezone Asia/Tokyo").await, render("").await);
            assert_eq!((ja.status, en.status), (0, 0), "{}: {ja:?} {en:?}", sample.name);
            for words in sample.says {
                assert!(ja.stdout.contains(words) && en.stdout.contains(words), "{}, {kind}: {words}: {ja:?}", sample.name);
            }
            if kind != "console" {
                assert!(ja.lines().len() == 1 && ja.lines()[0].is_object(), "{ja:?}");
            }
            if kind == "email" {
                assert_eq!(keys(&ja.lines()[0]), ["Subject", "Message"], "{ja:?}");
            }
            if kind != "webhook" && sample.kind != "text" {
                assert!(is_japanese(&ja.stdout) && !is_japanese(&en.stdout), "{}, {kind}: {ja:?}", sample.name);
                assert!(ja.stdout.contains("JST") && !en.stdout.contains("JST"), "{}, {kind}: {ja:?}", sample.name);
            }
        }
    }
    let event = sns(&[record("one", None, "ichiban"), record("two", None, "niban\nto sanban")]).to_string();
    let said = in_folder(&folder, "render --channel slack -").input(&event).run().await;
    let lines = said.lines();
    assert!(lines.len() == 2 && lines[0].to_string().contains("ichiban") && lines[1].to_string().contains("sanban"), "{said:?}");
}

#[tokio::test]
async fn check_tells_all_there_is_with_its_place() {
    let folder = Folder::new();
    let good = folder.write("good.yaml", "receivers:\n  ops: { slack: { url: \"env:HOOK\" } }\n");
    let literal = format!("receivers:\n  ops: {{ slack: {{ url: \"https://hooks.slack.com/services/{CANARY}\" }} }}\n");
    let warned = folder.write("warned.yaml", literal);
    let broken = format!(
        "locale: fr\nreceivers:\n  ops: {{ slack: {{ url: \"http://hooks.slack.com/{CANARY}\" }} }}\n  two: {{ pigeon: {{}} }}\n\
        routes:\n  - {{ to: [oops] }}\n"
    );
    let broken = folder.write("broken.yaml", broken);
    let check = |file: &Path| hikyaku(&folder, ["check"]).arg(file).env("HOOK", format!("https://hooks.slack.com/{CANARY}"));

    let said = check(&good).arg("--strict").run().await;
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{said:?}");
    assert!(said.stdout.contains("1 receiver, 1 route"), "{said:?}");

    let (lenient, strict) = (check(&warned).run().await, check(&warned).arg("--strict").run().await);
    assert_eq!((lenient.status, strict.status), (0, 1));
    assert!(
        strict.stdout.contains("warned.yaml:2:10: warning: receivers.ops.slack: ") && lenient.stdout.contains("1 receiver"),
        "{strict:?}"
    );

    let said = check(&broken).run().await;
    assert_eq!(said.status, 1);
    for place in [
        "broken.yaml:1:1: error: locale: ",
        "broken.yaml:3:19: error: receivers.ops.slack.url: ",
        "broken.yaml:4:10: error: receivers.two.pigeon: ",
        "broken.yaml:6:12: error: routes[0].to[0]: ",
    ] {
        assert!(said.stdout.contains(place), "{place}: {said:?}");
    }
    let problems = check(&broken).arg("--json").run().await.json()["problems"].clone();
    let problems = problems.as_array().unwrap();
    assert!(
        problems.len() >= 4
            && problems
                .iter()
                .all(|problem| problem["level"] == "error" && problem["line"].is_u64() && problem["column"].is_u64())
    );
}

/// People put an address where its name should be, or one level too high.
#[tokio::test]
async fn a_secret_in_the_wrong_place_of_a_configuration_is_not_told() {
    let url = format!("https://hooks.slack.com/services/{CANARY}");
    for settings in [
        format!("receivers: \"{url}\""),
        format!("receivers: [\"{url}\"]"),
        format!("receivers: {{ ops: \"{url}\" }}"),
        format!("receivers: {{ ops: {{ slack: \"{url}\" }} }}"),
        format!("receivers: {{ ops: {{ slack: [\"{url}\"] }} }}"),
        format!("receivers: {{ ops: {{ slack: {{ url: [\"{url}\"] }} }} }}"),
        format!("receivers: {{ ops: {{ slack: {{ url: {{ env: \"{url}\" }} }} }} }}"),
        format!("receivers: {{ ops: {{ slack: {{ url: \"env:HOOK\", ca_file: [\"{url}\"] }} }} }}"),
        format!("receivers: {{ ops: {{ slack: {{ url: \"env:HOOK\", allow_hosts: \"{url}\" }} }} }}"),
        format!("receivers: {{ ops: {{ webhook: {{ url: \"env:HOOK\", signing_secret: [\"{CANARY}\"] }} }} }}"),
        format!("receivers: {{ ops: {{ webhook: \"https://hooks.example.jp/{CANARY}\" }} }}"),
        format!("receivers: {{ ops: {{ email: \"{url}\" }} }}"),
        format!("receivers: {{ ops: {{ email: {{ topic_arn: \"{url}\" }} }} }}"),
        format!("receivers: {{ ops: {{ console: \"{url}\" }} }}"),
        format!("receivers: {{ ops: {{ console: {{}} }} }}\nroutes: [{{ to: [\"{url}\"] }}]"),
        format!("receivers: {{ ops: {{ console: {{}} }} }}\nroutes: [{{ to: \"{url}\" }}]"),
        format!("receivers: {{ ops: {{ console: {{}} }} }}\nroutes: \"{url}\""),
        format!("\"{url}\""),
        format!("receivers: {{ ops: {{ slack: {{ url: \"{url}\" }} }}"),
    ] {
        let folder = Folder::new();
        folder.write("hikyaku.yaml", &settings);
        folder.write("event.json", plain_text().to_string());
        // Each run is held to give no secret away.
        for line in ["check", "check --json", "send event.json"] {
            assert_eq!(in_folder(&folder, line).env("HOOK", &url).run().await.status, 1, "{settings}");
        }
    }
}

#[tokio::test]
async fn only_a_receiver_that_allows_it_is_called_by_a_senders_mention() {
    let folder = Folder::new();
    folder.write(
        "hikyaku.yaml",
        "receivers:\n  open: { slack: { url: \"env:HOOK\" }, allow_mentions: true }\n  quiet: { slack: { url: \"env:HOOK\" } }\n",
    );
    let custom = json!({ "version": "1.0", "source": "custom", "content": { "title": "Orders", "description": "<!here> look" } });
    folder.write("custom.json", custom.to_string());
    folder.write("text.json", plain_text().to_string().replace(WORDS, "<!here> look"));
    let body = async |event: &str| {
        let said = in_folder(&folder, &format!("explain --json {event}")).run().await.json();
        [0, 1].map(|index| said[0]["deliveries"][index]["payload"].to_string())
    };
    let [open, quiet] = body("custom.json").await;
    assert!(
        open.contains("<!here> look") && !quiet.contains("<!here>") && quiet.contains("&lt;!here&gt; look"),
        "{open}\n{quiet}"
    );
    let [open, quiet] = body("text.json").await;
    let plain = "\"type\":\"plain_text\",\"emoji\":false,\"text\":\"<!here> look";
    assert!(open.contains(plain) && quiet.contains(plain), "a text has no markup: {open}\n{quiet}");
}

#[tokio::test]
async fn a_message_is_late_only_at_a_time_that_is_given() {
    let folder = Folder::new();
    every_kind(&folder);
    folder.write("event.json", acm_expiring().to_string());
    let time = in_folder(&folder, "explain --json event.json").run().await.json()[0]["notification"]["occurred_at"].clone();
    let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
    let later = time + jiff::SignedDuration::from_hours(5);
    for command in ["render --channel slack", "explain --json"] {
        let said = in_folder(&folder, &format!("{command} event.json")).run().await;
        assert!(said.status == 0 && !said.stdout.contains("delivered 5 h later"), "{said:?}");
        let said = in_folder(&folder, &format!("{command} --at {later} event.json")).run().await;
        assert!(said.status == 0 && said.stdout.contains("delivered 5 h later"), "{said:?}");
    }
    assert_eq!(in_folder(&folder, "explain --at noon event.json").run().await.status, 2);
}

#[tokio::test]
async fn a_configuration_is_looked_for_in_order() {
    let folder = Folder::new();
    let file = |name: &str, receiver: &str| {
        folder.write(name, format!("receivers: {{ {receiver}: {{ slack: {{ url: \"env:SLACK_WEBHOOK_URL\" }} }} }}\n"))
    };
    folder.write("event.json", plain_text().to_string());
    let explain = |line| in_folder(&folder, line).env("SLACK_WEBHOOK_URL", format!("https://hooks.slack.com/services/{CANARY}"));
    let receiver = async |run: Run| run.run().await.json()[0]["deliveries"][0]["receiver"].clone();
    assert_eq!(receiver(explain("explain --json event.json")).await, "slack", "the environment alone");
    file("hikyaku.yaml", "here");
    assert_eq!(receiver(explain("explain --json event.json")).await, "here");
    let named = file("named.yaml", "named");
    assert_eq!(receiver(explain("explain --json event.json").env("HIKYAKU_CONFIG", &named)).await, "named");
    let other = file("other.yaml", "other");
    assert_eq!(receiver(explain("explain --json event.json").env("HIKYAKU_CONFIG", &named).config(&other)).await, "other");
    let empty = Folder::new();
    assert_eq!(in_folder(&empty, "check").env("WEBHOOK_URL", "https://hooks.example.jp/x").run().await.status, 0);
    let said = in_folder(&empty, "check").run().await;
    assert!(said.status == 1 && said.stdout.contains("SLACK_WEBHOOK_URL"), "{said:?}");
}

#[tokio::test]
async fn send_can_hold_back_and_go_past_the_routes() {
    let (server, folder) = (Server::start().await, Folder::new());
    let names = ["ops", "log", "never"];
    let urls = names.map(|name| server.url(name));
    let rows: Vec<_> = names.iter().zip(&urls).map(|(name, url)| (*name, "webhook", url.as_str())).collect();
    let config = folder.config(&rows, "routes:\n  - { match: { kind: [text] }, drop: true }\n  - { to: [ops, log] }\n");
    let counts = || names.map(|name| server.requests(name).len());

    let said = send(&folder, &acm_expiring()).config(&config).arg("--dry-run").run().await;
    let told: Vec<_> = said
        .lines()
        .iter()
        .map(|line| format!("{} {} {}", line["receiver"].as_str().unwrap(), ending(line), line["attempts"]))
        .collect();
    assert_eq!((said.status, told, counts()), (0, ["ops skipped 0", "log skipped 0"].map(str::to_owned).to_vec(), [0, 0, 0]));

    let said = send(&folder, &plain_text()).config(&config).run().await;
    assert_eq!((said.status, said.lines().len(), ending(&said.lines()[0])), (0, 1, "skipped dropped".to_owned()), "{said:?}");
    assert_eq!((said.lines()[0].get("receiver"), counts()), (None, [0, 0, 0]));

    let said = send(&folder, &plain_text()).config(&config).arg("--receiver").arg("log").arg("--receiver=never").run().await;
    assert_eq!((said.status, said.lines().len(), counts()), (0, 2, [0, 1, 1]));

    let said = hikyaku(&folder, ["send", "--json", "-"]).config(&config).input(acm_expiring().to_string()).run().await;
    assert_eq!((said.status, counts()), (0, [1, 2, 1]), "{said:?}");
}

#[tokio::test]
async fn a_route_can_choose_by_the_topic_that_brought_it() {
    let (server, folder) = (Server::start().await, Folder::new());
    let topic = "arn:aws:sns:ap-northeast-1:111122223333:notices";
    let urls = ["ops", "log"].map(|name| server.url(name));
    let config = folder.config(
        &[("ops", "webhook", &urls[0]), ("log", "webhook", &urls[1])],
        &format!("routes:\n  - {{ match: {{ topic: [\"{topic}\"] }}, to: [ops] }}\n  - {{ to: [log] }}\n"),
    );
    let of = |topic: &str| plain_text().to_string().replace("111122223333:notices", topic).parse::<Value>().unwrap();
    let queued = json!({ "Records": [sqs("m-1", &plain_text()["Records"][0]["Sns"].to_string())] });
    let bare = json!({ "version": "1.0", "source": "custom", "content": { "description": "Orders" } });
    for (event, receiver, through) in [
        (plain_text(), "ops", json!(topic)),
        (queued, "ops", json!(topic)),
        (of("111122223333:others"), "log", json!(topic.replace("notices", "others"))),
        (of("444455556666:notices"), "log", json!(topic.replace("111122223333", "444455556666"))),
        (bare.clone(), "log", Value::Null),
        (sns(&[json!({ "EventSource": "aws:sns", "Sns": { "Message": bare.to_string() } })]), "log", Value::Null),
    ] {
        let said = send(&folder, &event).config(&config).run().await;
        let told: Vec<Value> = said.lines().iter().map(|line| line["receiver"].clone()).collect();
        assert_eq!((said.status, told), (0, vec![json!(receiver)]), "{event}: {said:?}");
        let said = in_folder(&folder, "explain --json event.json").run().await.json();
        let (explained, topic) = (&said[0]["deliveries"][0]["receiver"], &said[0]["notification"]["topic"]);
        assert_eq!((explained, topic), (&json!(receiver), &through), "{event}");
    }
}

#[tokio::test]
async fn json_is_all_that_json_leaves_on_standard_output() {
    let folder = Folder::new();
    every_kind(&folder);
    folder.write("event.json", plain_text().to_string());
    for line in ["check", "explain event.json", "send --dry-run event.json", "render --channel slack event.json"] {
        let said = in_folder(&folder, &format!("--json {line}")).run().await;
        let whole = serde_json::from_str::<Value>(&said.stdout).is_ok();
        assert!(whole || !said.lines().is_empty(), "{line}: {said:?}");
    }
}

#[tokio::test]
async fn a_receiver_that_prints_leaves_the_json_alone() {
    let (server, folder) = (Server::start().await, Folder::new());
    folder.config(&[("ops", "slack", &server.url("ops"))], "  shown: { console: {} }\n");
    folder.write("event.json", plain_text().to_string());
    let said = in_folder(&folder, "--json send event.json").run().await;
    assert_eq!((said.status, said.lines().len()), (0, 2), "{said:?}");
}

#[tokio::test]
async fn a_reader_that_goes_away_makes_no_success() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    for (status, exit) in [(404, 1), (200, 0)] {
        server.on("ops", [answer(status, "ok").into()]);
        assert_eq!(send(&folder, &plain_text()).config(&config).run_unread().await, exit);
    }
}

#[tokio::test]
async fn dev_plays_each_sample_to_each_channel() {
    let folder = Folder::new();
    let said = in_folder(&folder, "dev --once").run().await;
    assert_eq!(said.status, 0, "{said:?}");
    let samples: Vec<&str> = said.stdout.split("━━\n").skip(1).collect();
    assert_eq!(samples.len(), 5, "{said:?}");
    for (channel, sample) in
        ["slack", "email", "webhook"].iter().flat_map(|channel| samples.iter().map(move |sample| (channel, sample)))
    {
        assert_eq!(sample.matches(&format!("┌ {channel} ({channel})")).count(), 1, "{sample}");
    }
    let japanese = in_folder(&folder, "dev --once --locale ja").run().await;
    assert!(is_japanese(&japanese.stdout) && !is_japanese(&said.stdout), "{said:?}");
    // With a configuration its receivers stand there, and nothing goes out.
    let server = Server::start().await;
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    let said = in_folder(&folder, "dev --once").config(&config).run().await;
    assert_eq!((said.status, said.stdout.matches("┌ ops (slack)").count(), server.all().len()), (0, 5, 0), "{said:?}");
}

#[tokio::test]
async fn dev_takes_events_and_shows_what_came_of_them() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "");
    let dev = in_folder(&folder, "dev --port 0").config(&config).start(&folder);
    let address = until("the address", || {
        let said = dev.stderr();
        let (_, rest) = said.split_once("http://")?;
        rest.split_once('/').map(|(address, _)| address.to_owned())
    });
    let address = address.await;
    let (status, report) = http::request(&address, "POST", &plain_text().to_string()).await;
    let line: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((status, ending(&line), &line["receiver"]), (200, "delivered".to_owned(), &json!("ops")));
    let (status, shown) = http::request(&address, "GET", "").await;
    assert!(status == 200 && shown.contains(WORDS) && !shown.contains(CANARY), "{shown}");
    assert!(dev.stdout().contains(WORDS), "{}", dev.stdout());
    let (status, problem) = http::request(&address, "POST", &format!("{{\"a\": {CANARY}")).await;
    assert!(status == 400 && problem.contains("not JSON: line 1") && !problem.contains(CANARY), "{problem}");
    assert_eq!(http::request(&address, "POST", "{}").await.0, 200, "it goes on");
    assert_eq!(server.all().len(), 0, "nothing is sent");
}

#[tokio::test]
async fn dev_says_so_when_its_port_is_taken() {
    let folder = Folder::new();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let said = in_folder(&folder, &format!("dev --port {}", taken.local_addr().unwrap().port())).run().await;
    assert!(said.status == 2 && said.stderr.contains("--port 0"), "{said:?}");
}

#[tokio::test]
async fn completions_and_manual_pages_know_every_command() {
    let folder = Folder::new();
    let help = in_folder(&folder, "--help").run().await.stdout;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands: Vec<&str> = commands.lines().map_while(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"explain") && commands.contains(&"completions"), "{help}");
    let man = in_folder(&folder, "man").run().await;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = in_folder(&folder, &format!("completions {shell}")).run().await;
        for command in &commands {
            assert!(said.status == 0 && said.stdout.contains(command), "{shell}: {command}: {said:?}");
            assert!(man.stdout.contains(&format!("hikyaku\\-{command}(1)")), "{command}: {man:?}");
        }
    }
    let page = in_folder(&folder, "man test").run().await;
    assert!(page.status == 0 && page.stdout.contains("\\-\\-junit") && page.stdout.contains("\\-\\-config"), "{page:?}");
    let page = in_folder(&folder, "man migrate chatbot").run().await;
    assert!(page.status == 0 && page.stdout.contains("hikyaku\\-migrate\\-chatbot"), "{page:?}");
    for line in ["man migrate-chatbot", "man hikyaku-migrate-chatbot"] {
        assert_eq!(in_folder(&folder, line).run().await.stdout, page.stdout, "{line}");
    }
    assert_eq!(hikyaku(&folder, ["man", "migrate chatbot"]).run().await.stdout, page.stdout);
    for (line, says) in [
        ("man tset", "there is no command `tset`; did you mean `test`?"),
        ("man migrate chatbt", "there is no command `chatbt` of `migrate`; did you mean `chatbot`?"),
        ("completions csh", "possible values"),
    ] {
        let said = in_folder(&folder, line).run().await;
        assert!(said.status == 2 && said.stdout.is_empty() && said.stderr.contains(says), "{line}: {said:?}");
    }
}
