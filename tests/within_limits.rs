//! Every message judged by `limits`: the goldens, all fixtures in both locales, and generated payloads.
//!
//! `make generated` judges 100,000 generated notifications; among all tests it is 2,000.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]
#![allow(clippy::print_stdout, reason = "the figures are a result")]

mod generate;
mod limits;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use generate::Generator;
use hikyaku::channels::CHANNELS;
use hikyaku::ingress::unwrap;
use hikyaku::notification::Mention;
use hikyaku::render::{Accounts, Library, Locale, Occasion, Reader, render, render_plainly};
use hikyaku::sources::decode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use limits::problems;
use serde_json::{Value, json};

#[test]
fn every_golden_keeps_its_channels_limits() {
    let mut judged = 0;
    for path in files(&tests().join("goldens")) {
        // NAME.CHANNEL[.LOCALE].json
        let name = path.file_name().unwrap().to_str().unwrap();
        let channel = name.split('.').nth(1).unwrap();
        let golden = fs::read_to_string(&path).unwrap();
        for payload in payloads(channel, &golden) {
            let found = problems(channel, &payload, None);
            assert!(found.is_empty(), "{}: {found:#?}\n{payload}", path.display());
            judged += 1;
        }
    }
    assert!(judged > 600, "{judged}");
}

/// A golden's payloads: JSON after JSON without the blanks of its lines, or the text.
fn payloads(channel: &str, golden: &str) -> Vec<String> {
    if channel == "console" {
        return Some(golden.trim_end().to_owned()).filter(|text| !text.is_empty()).into_iter().collect();
    }
    let values = serde_json::Deserializer::from_str(golden).into_iter::<Value>();
    values.map(|value| value.unwrap().to_string()).collect()
}

#[test]
fn every_fixture_keeps_every_channels_limits_in_both_locales() {
    samples().iter().for_each(|sample| assert_eq!(judge(&sample.to_string()), Vec::<String>::new()));
}

/// Sample events from elsewhere, if `HIKYAKU_EVENTS` names their folder.
#[test]
fn sample_events_keep_every_channels_limits_in_both_locales() {
    let Some(folder) = std::env::var_os("HIKYAKU_EVENTS") else { return };
    let mut judged = 0;
    for path in files(Path::new(&folder)) {
        let is_event = path.extension().is_some_and(|extension| extension == "json" || extension == "txt");
        let Some(payload) = fs::read_to_string(&path).ok().filter(|_| is_event).map(|text| as_payload(&path, text)) else {
            continue;
        };
        if unwrap(&payload).is_ok() {
            assert_eq!(judge(&payload), Vec::<String>::new(), "{}", path.display());
            judged += 1;
        }
    }
    println!("{judged} sample events");
    assert!(judged > 0, "there is no event in it");
}

#[test]
fn generated_payloads_keep_every_channels_limits_in_both_locales() {
    let wanted: usize = std::env::var("HIKYAKU_GENERATED").map_or(2000, |count| count.parse().unwrap());
    let (started, seeds, notifications) = (Instant::now(), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while notifications.load(Ordering::Relaxed) < wanted {
                    // Each seed is a payload of its own, so that one that fails can be had again.
                    let seed = seeds.fetch_add(1, Ordering::Relaxed);
                    let payload = Generator::new(seed as u64, samples()).payload();
                    let count = unwrap(&payload).unwrap().envelopes.len();
                    let found = judge(&payload);
                    assert!(found.is_empty(), "seed {seed}: {found:#?}\n{}", payload.chars().take(4000).collect::<String>());
                    notifications.fetch_add(count, Ordering::Relaxed);
                }
            });
        }
    });
    let (notifications, payloads) = (notifications.into_inner(), seeds.into_inner());
    println!(
        "{notifications} notifications in {payloads} payloads, each for every channel in both locales: {:.0?}",
        started.elapsed()
    );
}

/// What is wrong with any message that `payload` becomes.
fn judge(payload: &str) -> Vec<String> {
    static LIBRARY: LazyLock<Library> = LazyLock::new(Library::default);
    static READERS: LazyLock<Vec<Reader>> = LazyLock::new(|| {
        let zone = |name: &str| TimeZone::get(name).unwrap();
        vec![Reader::new(Locale::En, zone("UTC")), Reader::new(Locale::Ja, zone("Asia/Tokyo"))]
    });
    static ACCOUNTS: LazyLock<Accounts> = LazyLock::new(|| {
        serde_json::from_value(json!({ "111122223333": { "name": "prod", "runbook": "https://wiki.example.com/prod" } })).unwrap()
    });
    let mut found = Vec::new();
    for envelope in unwrap(payload).unwrap().envelopes {
        let notification = decode(&envelope);
        for (kind, reader) in CHANNELS.iter().flat_map(|kind| READERS.iter().map(move |reader| (kind, reader))) {
            let mention = if reader.locale == Locale::Ja { Some(Mention::Channel) } else { None };
            let profile = &kind.profile;
            let occasion = Occasion { mention, now: Some(Timestamp::MAX), ..Occasion::new(reader, &ACCOUNTS) };
            let stand_in = Occasion { meant_for: Some("監査-ops"), ..occasion };
            let message = render(&notification, profile, &occasion, &LIBRARY);
            found.extend(message.iter().filter_map(|message| Some(format!("degraded: {}", message.degraded.as_ref()?))));
            for message in [message, render_plainly(&notification, profile, &stand_in, &LIBRARY, profile.limit)] {
                match message {
                    Ok(message) => found.extend(problems(profile.channel, &message.payload, mention.map(Mention::as_str))),
                    Err(problem) => found.push(problem.to_string()),
                }
            }
        }
    }
    found
}

/// The payloads of all fixtures.
fn samples() -> &'static [Value] {
    static SAMPLES: LazyLock<Vec<Value>> = LazyLock::new(|| {
        let sample = |path: &PathBuf| serde_json::from_str(&as_payload(path, fs::read_to_string(path).unwrap())).unwrap();
        files(&tests().join("fixtures")).iter().map(sample).collect()
    });
    &SAMPLES
}

/// The payload in a sample; a text stands for the Message of an SNS event.
fn as_payload(path: &Path, text: String) -> String {
    if path.extension().unwrap() == "json" {
        return text;
    }
    let sns = json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:alerts", "Message": text });
    json!({ "Records": [{ "EventSource": "aws:sns", "Sns": sns }] }).to_string()
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        found.extend(if path.is_dir() { files(&path) } else { vec![path] });
    }
    found.sort();
    found
}

/// A judge that finds nothing is worth nothing.
#[test]
fn the_judge_finds_what_is_wrong() {
    let slack =
        |blocks: Value| json!({ "text": "t", "unfurl_links": false, "unfurl_media": false, "blocks": blocks }).to_string();
    let section =
        |text: &str| slack(json!([{ "type": "section", "text": { "type": "mrkdwn", "verbatim": true, "text": text } }]));
    let context = |count: usize| {
        let element = json!({ "type": "mrkdwn", "verbatim": true, "text": "x" });
        slack(json!([{ "type": "context", "elements": vec![element; count] }]))
    };
    let fields = |count: usize, length: usize| {
        slack(json!([{ "type": "section", "fields": vec![json!({ "type": "plain_text", "text": "x".repeat(length) }); count] }]))
    };
    let header =
        |kind: &str, length: usize| slack(json!([{ "type": "header", "text": { "type": kind, "text": "x".repeat(length) } }]));
    let divider = |count: usize| slack(json!(vec![json!({ "type": "divider" }); count]));
    let mail = |subject: &str, length: usize| json!({ "Subject": subject, "Message": "x".repeat(length) }).to_string();
    let webhook = |padding: usize| {
        json!({ "type": "text", "timestamp": "2026-11-21T07:30:00Z", "data": { "title": "x".repeat(padding), "dedup_key": "d" } })
            .to_string()
    };
    let card = |text: &str, url: &str| {
        json!({ "type": "message", "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": {
            "type": "AdaptiveCard", "version": "1.4", "body": [{ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text }] }],
            "actions": [{ "type": "Action.OpenUrl", "title": "x", "url": url }] } }] })
        .to_string()
    };
    let letter =
        |html: &str| json!({ "Subject": "s", "Text": "t", "Html": format!("<!doctype html><body>{html}</body>") }).to_string();
    for (channel, good, bad) in [
        ("slack", section(&"x".repeat(3000)), section(&"x".repeat(3001))),
        ("slack", section("x"), section(" ")),
        ("slack", section("x"), section("x").replace(",\"verbatim\":true", "")),
        ("slack", section("a &amp; b &lt;!channel&gt;"), section("a & b")),
        ("slack", section("<https://a.example/|b>"), section("<!channel> x")),
        ("slack", section("a `@` b"), section("<@U1>")),
        ("slack", section("*a* _b_ `c*d`"), section("*a")),
        ("slack", section("`a`"), section("`a")),
        ("slack", section("a\u{200b}`b`\u{200b}c"), section("a\u{200b}b")),
        ("slack", section("👨‍👩‍👧 ❤\u{fe0f}"), section("a\u{202e}b")),
        ("slack", section("a\nb"), section("a\u{1b}b")),
        ("slack", section("<https://xn--pple-43d.com/|x>"), section("<https://аpple.com/|x>")),
        ("slack", section("<https://a.example/|x>"), section("<https://u:p@a.example/|x>")),
        ("slack", context(10), context(11)),
        ("slack", fields(5, 2000), fields(1, 2001)),
        ("slack", fields(10, 1), fields(11, 1)),
        ("slack", header("plain_text", 150), header("plain_text", 151)),
        ("slack", header("plain_text", 1), header("mrkdwn", 1)),
        ("slack", divider(50), divider(51)),
        ("slack", fields(6, 1900), fields(7, 1900)),
        ("slack", divider(1), slack(json!([{ "type": "divider", "colour": "x" }]))),
        ("slack", divider(1), slack(json!([{ "type": "video" }]))),
        (
            "slack",
            divider(1),
            json!({ "blocks": [{ "type": "divider" }], "unfurl_links": false, "unfurl_media": false }).to_string(),
        ),
        ("slack", divider(1), divider(1).replace("\"unfurl_links\":false", "\"unfurl_links\":true")),
        ("teams", card("x", "https://a.example/"), card("\u{202e}", "https://a.example/")),
        ("teams", card("x", "https://a.example/"), card("x", "javascript:x")),
        ("teams", card(&"x".repeat(19_000), "https://a.example/"), card(&"x".repeat(20_000), "https://a.example/")),
        ("teams", card("x", "https://a.example/"), card("x", "https://a.example/").replace("TextRun", "TextBlock")),
        ("smtp", letter("<p>x</p>"), letter("<script>x</script>")),
        ("smtp", letter("<a href=\"https://a.example/\">x</a>"), letter("<a href=\"javascript:x\">x</a>")),
        ("smtp", letter("&lt;img&gt;"), letter("<img src=x>")),
        ("chime", json!({ "Content": "x".repeat(4082) }).to_string(), json!({ "Content": "x".repeat(4083) }).to_string()),
        ("chime", json!({ "Content": "@\u{2060}All" }).to_string(), json!({ "Content": "@All" }).to_string()),
        ("chime", json!({ "Content": "🔵 /md x" }).to_string(), json!({ "Content": "/md x" }).to_string()),
        ("chime", json!({ "Content": "x" }).to_string(), json!({ "Content": "x", "more": 1 }).to_string()),
        ("email", mail(&"証".repeat(99), 1), mail(&"証".repeat(100), 1)),
        ("email", mail("a b", 1), mail("a\nb", 1)),
        ("email", mail("a", 262_144), mail("a", 262_145)),
        ("email", mail("a", 1), mail("a", 0)),
        ("webhook", webhook(100), webhook(262_144)),
        ("webhook", webhook(1), webhook(1).replace("2026-11-21T07:30:00Z", "yesterday")),
        ("webhook", webhook(1), webhook(1).replace("\"text\"", "\"Text!\"")),
        ("console", "x".repeat(65_536), "x".repeat(65_537)),
        ("console", "x".to_owned(), "x\u{7}".to_owned()),
    ] {
        assert_eq!(problems(channel, &good, None), Vec::<String>::new());
        assert!(!problems(channel, &bad, None).is_empty(), "{channel} takes {}", bad.chars().take(200).collect::<String>());
    }
    assert_eq!(problems("slack", &section("<!here> x"), Some("here")), Vec::<String>::new());
    assert!(!problems("slack", &section("<!channel> x"), Some("here")).is_empty());
    assert!(!problems("fax", "x", None).is_empty());
}
