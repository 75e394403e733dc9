//! Part C: sizes and characters.

use hikyaku::channels::kind;
use hikyaku::notification::{Field, FieldValue, Label, Notification};
use hikyaku::render::{Accounts, Library, Locale, Occasion, Profile, Reader, render};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use unicode_segmentation::UnicodeSegmentation;

use crate::support::*;

/// Every figure in the table of limits that a text of ours can come up against.
const FIGURES: &[usize] = &[75, 99, 100, 150, 255, 1024, 2000, 3000, 4096, 12_000, 20_000, 28_000, 40_000, 262_144];

/// A notification with `text` wherever there is a place for it.
fn full_of(text: &str) -> Notification {
    let mut told = only(&event("shop.orders", "Late", json!({ "message": "x" })));
    told.subject = Some(text.to_owned());
    told.description[0].text = text.to_owned();
    let field = |n: usize| Field::new(Label::Sender(format!("{n} {text}")), FieldValue::Text(text.to_owned()));
    told.fields = (0..20).map(field).collect();
    told.fields.insert(0, Field::new(Label::Domains, FieldValue::List(vec![text.to_owned(); 20])));
    told.resources = vec![text.to_owned(); 20];
    (told.account, told.region) = (Some(text.to_owned()), Some(text.to_owned()));
    told
}

#[test]
fn b69_at_every_limit_and_over_it() {
    for figure in FIGURES {
        for length in [*figure, figure + 1, figure * 10] {
            let text = "x".repeat(length.min(600_000));
            let mut all = vec![only(&sns_with_subject("a subject", &text)), only(&sns_with_subject(&text, "a text"))];
            // This one holds its text 62 times, and Lambda takes 1 MB.
            if length <= 4097 {
                all.push(full_of(&text));
            }
            for told in all {
                for sent in messages(&told).iter().filter(|sent| sent.channel != "webhook" && sent.locale == Locale::En) {
                    let whole = sent.text().contains(&text);
                    let marked = sent.text().contains('…') && sent.text().contains("shortened by");
                    assert!(whole || marked, "{}, {length}: {}", sent.channel, start(&sent.payload));
                }
            }
        }
    }
    // Exactly what a part takes is not cut.
    let told = only(&sns_with_subject("a subject", &"x".repeat(1500)));
    assert!(!sent("slack", &told).text().contains("shortened"));
    let told = only(&sns_with_subject("a subject", &"x".repeat(1501)));
    assert!(sent("slack", &told).text().contains("shortened by 2 characters"));
}

#[test]
fn b70_cuts_at_graphemes() {
    // A flag, a family, an accent, a surrogate pair in UTF-16, three bytes, and five after escaping.
    for unit in ["🇯🇵", "👨‍👩‍👧‍👦", "e\u{301}", "😀", "あ", "&"] {
        let text = unit.repeat(3000);
        let full = full_of(&unit.repeat(300));
        for told in [only(&sns_with_subject("a subject", &text)), only(&sns_with_subject(&text, "a text")), full] {
            for sent in messages(&told).iter().filter(|sent| sent.channel != "webhook") {
                let plain = sent.text().replace("&amp;", "&").replace('\u{200b}', "");
                for run in plain.split(|char: char| char == '…' || char.is_whitespace()).filter(|run| run.contains(unit)) {
                    let inside = run.trim_matches(|char: char| !unit.contains(char));
                    assert!(inside.graphemes(true).all(|grapheme| grapheme == unit), "{}: {unit} was cut", sent.channel);
                }
            }
        }
    }
    // `&` is five characters where it counts.
    let told = full_of(&"&".repeat(3000));
    assert!(message("slack", Locale::En, &told).chars().count() <= 12_000);
}

#[test]
fn b71_cuts_inside_of_markup() {
    let reader = Reader::new(Locale::En, TimeZone::UTC);
    let body = "*strong & <b>* `code & code` <https://a.example/?x=1&y=2|a label & more> ".repeat(60);
    let told = only(&custom(json!({ "title": "*t* & `c`", "description": body, "nextSteps": [body, body] })));
    // Whatever the limit: entities, code and links are whole, or there is no message.
    let slack = &kind("slack").unwrap().profile;
    for limit in (700..12_000).step_by(171) {
        let tight = Profile { limit, ..*slack };
        let message = render(&told, &tight, &Occasion::new(&reader, &Accounts::default()), &Library::default()).unwrap();
        assert_eq!(crate::limits::problems("slack", &message.payload, None), Vec::<String>::new(), "{limit}");
    }
}

#[test]
fn b72_counts_in_the_channels_unit() {
    for (unit, bytes) in [("\u{3042}", 9000), ("\u{1f600}", 12_000)] {
        let text = unit.repeat(3000);
        assert_eq!(text.len(), bytes);
        let told = only(&sns_with_subject("a subject", &text));
        // Slack counts characters, Chime bytes, and mail has room for all.
        assert!(message("slack", Locale::En, &told).chars().count() <= 12_000);
        assert!(message("chime", Locale::En, &told).len() <= 4096);
        assert!(message("email", Locale::En, &told).contains(&text));
        for (channel, measured) in [("slack", "characters"), ("chime", "bytes"), ("email", "bytes"), ("webhook", "bytes")] {
            let unit = serde_json::to_value(kind(channel).unwrap().profile.unit).unwrap();
            assert_eq!(unit, measured, "{channel}");
        }
    }
    let deliveries = explained(&sns(&"\u{1f600}".repeat(3000)).to_string())[0]["deliveries"].clone();
    for delivery in deliveries.as_array().unwrap() {
        let payload = delivery["payload"].to_string();
        let size = if delivery["unit"] == "bytes" { payload.len() } else { payload.chars().count() };
        assert_eq!(delivery["size"], size, "{}", delivery["channel"]);
        assert_eq!(delivery["bytes"], payload.len());
    }
}

#[test]
fn b73_words_lines_and_fields_without_end() {
    let word = "x".repeat(50_000);
    let lines = format!("begin{}end", "\n".repeat(10_000));
    let empty: Map<String, Value> = (0..10_000).map(|n| (format!("k{n}"), json!(""))).collect();
    let payloads = [sns(&word), sns_with_subject(&word, &word), sns(&lines), sns_with_subject("s", &lines)];
    for payload in payloads.into_iter().chain([event("shop.orders", "Late", Value::Object(empty))]) {
        let slack = sent("slack", &only(&payload)).json();
        let blocks = slack["blocks"].as_array().unwrap().len() + slack["attachments"][0]["blocks"].as_array().unwrap().len();
        assert!(blocks <= 50, "{blocks}");
    }
}

#[test]
fn b74_nothing_that_can_be_seen() {
    for blank in ["\u{200b}", "\u{3164}", " \u{202e} ", "\u{0}", "\u{feff}\u{2060}", "\u{e0041}"] {
        for (payload, title) in [
            (sns_with_subject(blank, blank), ["Message from SNS", "SNS からのメッセージ"]),
            (sns(blank), ["Message from SNS", "SNS からのメッセージ"]),
            (json!(blank), ["Message without a title", "件名のないメッセージ"]),
            (event("shop.orders", blank, json!({ "a": blank })), ["Message from shop.orders", "shop.orders からのメッセージ"]),
            (
                custom(json!({ "title": blank, "description": blank })),
                ["Message from chatbot.custom", "chatbot.custom からのメッセージ"],
            ),
        ] {
            let told = only(&payload);
            for sent in messages(&told) {
                let title = if sent.locale == Locale::En { title[0] } else { title[1] };
                assert!(sent.text().contains(title), "{}, {blank:?}: {}", sent.channel, sent.text());
            }
        }
    }
    in_every_place("\u{200b}", |sent, place| assert!(!sent.text().trim().is_empty(), "{place}"));
}

#[test]
fn b75_more_fields_and_blocks_than_there_is_room_for() {
    let wide: Map<String, Value> = (0..400).map(|n| (format!("field {n}"), json!(format!("value {n}")))).collect();
    let told = only(&event("shop.orders", "Late", Value::Object(wide)));
    let text = sent("slack", &told).text();
    assert!(text.contains("value 5") && !text.contains("value 6") && text.contains("shortened by 394 fields"), "{text}");
    let mut told = only(&event("shop.orders", "Late", json!({})));
    told.resources = (0..400).map(|n| format!("order {n}")).collect();
    assert!(sent("slack", &told).text().contains("+397 more"));
    // A template that writes more blocks than Slack takes makes room for ours.
    let folder = std::env::temp_dir().join(format!("hikyaku-blocks-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("slack")).unwrap();
    let divider = r#"{ "type": "divider" }"#;
    let template = |count: usize| format!(r#"{{ "text": "{{{{title}}}}", "blocks": [{}] }}"#, vec![divider; count].join(","));
    for (count, fits) in [(50, true), (51, false), (60, false)] {
        std::fs::write(folder.join("slack/default.hbs"), template(count)).unwrap();
        let library = Library::open(&folder).0;
        let reader = Reader::new(Locale::En, TimeZone::UTC);
        let message =
            render(&told, &kind("slack").unwrap().profile, &Occasion::new(&reader, &Accounts::default()), &library).unwrap();
        assert_eq!(message.degraded.is_none(), fits, "{count} blocks");
        assert!(fits || crate::limits::problems("slack", &message.payload, None).is_empty());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
