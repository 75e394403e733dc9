//! Cards for Microsoft Teams, held to the schema by a validator of their own: a Workflow answers 202 to anything, and says
//! nothing when Teams then refuses the card.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

use std::fs;
use std::path::{Path, PathBuf};

use hikyaku::channels::{ChannelKind, kind};
use hikyaku::ingress::unwrap;
use hikyaku::notification::Mention;
use hikyaku::render::{Accounts, Library, Locale, Occasion, Reader, render};
use hikyaku::sources::decode;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

#[test]
fn f62_every_fixture_makes_a_card_that_keeps_the_schema() {
    let mut cards = 0;
    for fixture in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")) {
        let text = fs::read_to_string(&fixture).unwrap();
        let payload = match fixture.extension().unwrap().to_str().unwrap() {
            "json" => text,
            _ => json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": text } }] }).to_string(),
        };
        for locale in Locale::ALL {
            for card in cards_of(&payload, *locale) {
                check(&card);
                cards += 1;
            }
        }
    }
    assert!(cards > 100, "{cards}");
}

#[test]
fn hostile_text_stays_literal() {
    let hostile = [
        "[click](https://evil.example)",
        "<at>All</at>",
        "**bold** __bold__ _it_ *it*",
        "<script>alert(1)</script>",
        "\"quotes\" \\ 'and' }]",
        "- item",
        "1. item",
        "{{DATE(2026-11-21T07:30:00Z,SHORT)}}",
        "![i](https://evil.example/x.png)",
        "<https://evil.example|https://console.aws.amazon.com>",
    ];
    for text in hostile {
        // Plain text in every place that an event can fill.
        let alarm = json!({ "AlarmName": text, "AlarmDescription": text, "NewStateReason": text, "NewStateValue": "ALARM",
            "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:x", "StateChangeTime": "2026-11-21T07:30:00.000+0000" });
        let event = json!({ "source": "my.app", "detail-type": text, "account": "111122223333", "region": text,
            "resources": [text], "detail": { "message": text, text: text } });
        for event in [alarm, event, json!(text)] {
            for card in cards_of(&event.to_string(), Locale::En) {
                check(&card);
                let shown: Vec<String> = runs(&card).iter().map(|run| run["text"].as_str().unwrap().to_owned()).collect();
                let wanted = text.replace("{{", "{\u{2060}{");
                assert!(shown.iter().any(|shown| shown.contains(&wanted)), "{text} in {shown:#?}");
                for run in runs(&card) {
                    assert!(run.get("selectAction").is_none(), "{text} became a link: {run}");
                }
            }
        }
    }
}

#[test]
fn client_markdown_shows_as_its_sender_meant() {
    let event = json!({ "version": "1.0", "source": "custom", "content": { "textType": "client-markdown", "title": "t",
        "description": "*bold* _it_ `a_b` [runbook](https://wiki.example/r) [x](javascript:alert(1)) <at>x</at>" } });
    let card = cards_of(&event.to_string(), Locale::En).remove(0);
    check(&card);
    let runs = runs(&card);
    let run = |text: &str| *runs.iter().find(|run| run["text"] == text).unwrap_or_else(|| panic!("{text} in {runs:#?}"));
    assert_eq!(run("bold")["weight"], "Bolder");
    assert_eq!(run("it")["italic"], true);
    assert_eq!(run("a_b")["fontType"], "Monospace");
    assert_eq!(run("runbook")["selectAction"]["url"], "https://wiki.example/r");
    run(" [x](javascript:alert(1)) <at>x</at>");
}

#[test]
fn a_mention_of_the_route_makes_no_entity() {
    let event = json!("<at>All</at>").to_string();
    assert!(cards_of(&event, Locale::En).iter().all(|card| card.pointer("/attachments/0/content/msteams/entities").is_none()));
}

#[test]
fn the_headlines_colour_says_how_it_stands() {
    for (state, style, mark) in [("ALARM", "attention", "🔴 "), ("OK", "good", "🟢 "), ("INSUFFICIENT_DATA", "accent", "🔵 ")]
    {
        let alarm = json!({ "AlarmName": "x", "NewStateValue": state, "OldStateValue": "OK", "NewStateReason": "r" });
        let card = cards_of(&alarm.to_string(), Locale::En).remove(0);
        let headline = card.pointer("/attachments/0/content/body/0").unwrap();
        assert_eq!((headline["style"].as_str(), headline["items"][0]["inlines"][0]["text"].as_str()), (Some(style), Some(mark)));
    }
}

fn cards_of(payload: &str, locale: Locale) -> Vec<Value> {
    let teams: &ChannelKind = kind("teams").unwrap();
    let reader = Reader::new(locale, TimeZone::UTC);
    let envelopes = unwrap(payload).unwrap().envelopes;
    let rendered = envelopes.iter().map(|envelope| {
        let notification = decode(envelope);
        let message = render(
            &notification,
            &teams.profile,
            &Occasion { mention: Some(Mention::Channel), ..Occasion::new(&reader, &Accounts::default()) },
            &Library::default(),
        );
        let message = message.unwrap();
        assert_eq!(message.degraded, None);
        assert!(message.payload.len() <= 20_000, "{} bytes", message.payload.len());
        serde_json::from_str(&message.payload).unwrap()
    });
    rendered.collect()
}

/// All runs of a card.
fn runs(card: &Value) -> Vec<&Value> {
    match card {
        Value::Object(object) if object.get("type").is_some_and(|kind| kind == "TextRun") => vec![card],
        Value::Object(object) => object.values().flat_map(runs).collect(),
        Value::Array(values) => values.iter().flat_map(runs).collect(),
        _ => Vec::new(),
    }
}

/// A message for a Workflow: <https://learn.microsoft.com/en-us/connectors/teams/#request-body-schema>
fn check(message: &Value) {
    keys(message, &["type", "attachments"]);
    assert_eq!(message["type"], "message");
    let [attachment] = message["attachments"].as_array().unwrap().as_slice() else { panic!("one attachment") };
    keys(attachment, &["contentType", "contentUrl", "content"]);
    assert_eq!(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(attachment["contentUrl"], Value::Null);
    let card = &attachment["content"];
    keys(card, &["$schema", "type", "version", "msteams", "body", "actions"]);
    assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
    assert_eq!(card["msteams"], json!({ "width": "Full" }));
    card["body"].as_array().unwrap().iter().for_each(element);
    let actions = card.get("actions").map(|actions| actions.as_array().unwrap().as_slice()).unwrap_or_default();
    // Six are shown: https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
    assert!(actions.len() <= 6);
    for action in actions {
        keys(action, &["type", "title", "url"]);
        assert_eq!(action["type"], "Action.OpenUrl");
        assert!(!action["title"].as_str().unwrap().is_empty());
        web_address(&action["url"]);
    }
}

/// The elements that our cards are made of; none of them reads Markdown: <https://adaptivecards.io/explorer/>
fn element(element: &Value) {
    let one_of = |key: &str, allowed: &[&str]| {
        assert!(element.get(key).is_none_or(|value| allowed.contains(&value.as_str().unwrap())), "{key} of {element}");
    };
    one_of("spacing", &["None", "Small", "Default", "Medium", "Large", "ExtraLarge", "Padding"]);
    match element["type"].as_str().unwrap() {
        "Container" => {
            keys(element, &["type", "style", "bleed", "items"]);
            one_of("style", &["attention", "warning", "accent", "good"]);
            element["items"].as_array().unwrap().iter().for_each(self::element);
        }
        "RichTextBlock" => {
            keys(element, &["type", "inlines", "spacing", "separator"]);
            let runs = element["inlines"].as_array().unwrap();
            assert!(!runs.is_empty());
            for run in runs {
                keys(run, &["type", "text", "weight", "italic", "fontType", "size", "isSubtle", "selectAction"]);
                assert_eq!(run["type"], "TextRun");
                assert!(!run["text"].as_str().unwrap().is_empty(), "{run}");
                if let Some(action) = run.get("selectAction") {
                    keys(action, &["type", "url"]);
                    assert_eq!(action["type"], "Action.OpenUrl");
                    web_address(&action["url"]);
                }
            }
        }
        other => panic!("{other} is no element of ours"),
    }
}

fn keys(object: &Value, allowed: &[&str]) {
    for key in object.as_object().unwrap().keys() {
        assert!(allowed.contains(&key.as_str()), "{key} in {object}");
    }
}

fn web_address(url: &Value) {
    let url = url.as_str().unwrap();
    assert!(url.starts_with("https://") || url.starts_with("http://"), "{url}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
