//! Part B: injection through text. A row holds in every channel and in every place that a sender's text gets to.

use hikyaku::channels::{CHANNELS, kind};
use hikyaku::notification::{Data, Kind, Link, LinkTo};
use hikyaku::render::{Accounts, Library, Locale, Message, Occasion, Reader, render};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::support::*;

/// The texts of a Slack payload that Slack reads markup in.
fn mrkdwn(sent: &Sent) -> Vec<String> {
    fn walk(value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| walk(value, out)),
            Value::Object(object) => match (object.get("type").and_then(Value::as_str), object.get("text")) {
                (Some("mrkdwn"), Some(Value::String(text))) => out.push(text.clone()),
                _ => object.values().for_each(|value| walk(value, out)),
            },
            _ => {}
        }
    }
    let payload = sent.json();
    let mut out = vec![payload["text"].as_str().unwrap().to_owned()];
    walk(&payload, &mut out);
    out
}

/// In Slack's marked-up text, no `<` but of a link of ours; elsewhere the text as it is.
fn is_only_text(text: &str) {
    in_every_place(text, |sent, place| {
        if sent.channel == "slack" {
            for text in mrkdwn(sent) {
                let links = text.split('<').skip(1).all(|rest| rest.starts_with("https://") && rest.contains('>'));
                assert!(links, "{place}: {text}");
            }
        }
    });
    let told = only(&sns_with_subject("a subject", text));
    for sent in messages(&told).iter().filter(|sent| sent.channel != "slack" && sent.channel != "chime") {
        assert!(sent.text().contains(text), "{} shows it as it is: {}", sent.channel, sent.text());
    }
}

#[test]
fn b44_slack_mentions_of_everybody() {
    is_only_text("<!channel> <!here> <!everyone> <!subteam^S1>");
    let told = only(&sns_with_subject("<!channel>", "x"));
    assert!(mrkdwn(&sent("slack", &told)).iter().all(|text| !text.contains("<!")));
    assert!(mrkdwn(&sent("slack", &told))[0].contains("&lt;!channel&gt;"));
}

#[test]
fn b45_slack_mentions_of_users_and_channels() {
    is_only_text("<@U123> <#C123>");
    assert!(mrkdwn(&sent("slack", &only(&sns_with_subject("<@U123>", "x"))))[0].contains("&lt;@U123&gt;"));
}

#[test]
fn b46_what_is_escaped_already() {
    is_only_text("&lt;!channel&gt;");
    assert!(mrkdwn(&sent("slack", &only(&sns_with_subject("&lt;!channel&gt;", "x"))))[0].contains("&amp;lt;!channel&amp;gt;"));
}

#[test]
fn b47_a_link_that_looks_like_another() {
    let spoof = "<https://evil.example|https://console.aws.amazon.com>";
    is_only_text(spoof);
    in_every_place(spoof, |sent, place| {
        if sent.channel == "slack" {
            mrkdwn(sent).iter().for_each(|text| assert!(!text.contains("<https://evil.example"), "{place}: {text}"));
        }
    });
    // Not even where links are allowed.
    for description in [spoof, "[https://console.aws.amazon.com](https://evil.example)"] {
        let told = only(&custom(json!({ "title": "t", "description": description })));
        assert!(mrkdwn(&sent("slack", &told)).iter().all(|text| !text.contains("<https://evil")), "{description}");
    }
}

#[test]
fn b48_markdown_links() {
    // Teams has rows of its own; no such channel: Discord, Google Chat. Chime reads Markdown behind `/md ` alone.
    let link = "[click](https://evil.example)";
    is_only_text(link);
    for (place, notification) in everywhere(link) {
        let content = sent("chime", &notification).text();
        assert!(!content.starts_with("/md"), "{place}: {content}");
    }
}

#[test]
fn b49_slack_markup_in_untrusted_text() {
    let marks = "*bold* _x_ ~y~ `code` ```fence```";
    for (place, notification) in everywhere(marks) {
        // The one sender whose markup is kept, by contract.
        if notification.kind == Kind::Custom {
            continue;
        }
        for text in mrkdwn(&sent("slack", &notification)) {
            for (index, outside) in text.split('`').step_by(2).enumerate() {
                let outside =
                    outside.split('<').map(|part| part.split_once('>').map_or(part, |(_, rest)| rest)).collect::<String>();
                for word in ["bold", "_x_", "~y~", "fence"] {
                    assert!(!outside.contains(word), "{place}, {index}: {text}");
                }
            }
        }
    }
    let told = only(&sns_with_subject(marks, "x"));
    assert!(mrkdwn(&sent("slack", &told))[0].contains("`*bold*` `_x_` `~y~`"));
}

#[test]
fn b50_fences_that_close_ours() {
    for text in ["```", "a``` *b*", "`x` `", "```\n<!channel>\n```"] {
        for (place, notification) in everywhere(text) {
            for line in mrkdwn(&sent("slack", &notification)).iter().flat_map(|text| text.lines()) {
                assert!(line.matches('`').count() % 2 == 0 && !line.contains("``"), "{place}: {line}");
            }
        }
    }
}

#[test]
fn b51_chime_mentions() {
    for text in ["@All", "@all hands", "@Present", "@alias@corp.example", "x @All. y", "@\u{200b}All"] {
        in_every_place(text, |sent, place| {
            if sent.channel == "chime" {
                let content = sent.json()["Content"].as_str().unwrap().to_owned();
                let mentions = content.split('@').skip(1).any(|rest| !rest.starts_with('\u{2060}'));
                assert!(!mentions, "{place}: {content}");
            }
        });
    }
}

#[test]
fn b52_chime_commands() {
    for (place, notification) in everywhere("/md # x") {
        let content = sent("chime", &notification).text();
        assert!(content.starts_with(['🔵', '🟢', '🟠', '🔴']), "{place}: {content}");
    }
}

#[test]
fn b53_discord_mentions() {
    // No such channel: Discord. In all others they are text.
    is_only_text("@everyone @here <@1> <@&1>");
}

#[test]
fn b54_google_chat_mentions() {
    // No such channel: Google Chat. In all others they are text.
    is_only_text("<users/all>");
}

#[test]
fn b55_teams_mentions() {
    // Only an entity beside the card mentions, and no template of ours has one; `limits` looks for it.
    is_only_text("<at>x</at>");
    for kind in CHANNELS.iter().filter(|kind| kind.profile.channel == "teams") {
        let payload = message(kind.profile.channel, Locale::En, &only(&sns_with_subject("<at>x</at>", "<at>x</at>")));
        assert!(!payload.contains("entities"), "{payload}");
    }
}

#[test]
fn b56_html_and_other_schemes() {
    for text in [
        "<script>x</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "data:text/html,<b>x</b>",
        "\"><a href=\"https://evil.example\">",
        "vbscript:x",
        "JaVaScRiPt:x",
    ] {
        is_only_text(text);
        let mut told = only(&sns("a text"));
        told.links = vec![Link { to: LinkTo::Details, url: text.to_owned() }];
        none_of_the_links(&told, text);
        let told = only(&custom(json!({ "title": "t", "description": format!("[x]({text}) <{text}|y>") })));
        assert!(mrkdwn(&sent("slack", &told)).iter().all(|text| !text.contains('<')), "{text}");
    }
}

/// Whether `url` became no link in any channel, and no part of the text.
fn none_of_the_links(told: &hikyaku::notification::Notification, url: &str) {
    for sent in messages(told) {
        assert!(!sent.text().contains(url), "{}: {}", sent.channel, sent.text());
    }
}

#[test]
fn b57_header_injection() {
    let text = "x\r\nBcc: evil@example.com\r\n\r\nbody";
    for (place, notification) in everywhere(text) {
        let mail = sent("email", &notification).json();
        let subject = mail["Subject"].as_str().unwrap();
        assert!(!subject.contains(['\r', '\n']), "{place}: {subject}");
        assert_eq!(mail.as_object().unwrap().keys().collect::<Vec<_>>(), ["Subject", "Message"], "{place}");
    }
    let mail = sent("email", &only(&sns_with_subject(text, "x"))).json();
    assert_eq!(mail["Subject"], "[Info] x Bcc: evil@example.com body");
}

#[test]
fn b58_subjects_of_any_form() {
    let long = |length: usize| "S".repeat(length);
    for (subject, begins) in [
        ("a\nb", "[Info] a b"),
        ("a\tb", "[Info] a b"),
        ("a\u{1b}[31mb", "[Info] a[31mb"),
        ("fire 🔥👨‍👩‍👧", "[Info] fire 🔥👨‍👩‍👧"),
        (&long(92), &format!("[Info] {}", long(92))),
        (&long(93), "[Info] SSSS"),
        (&long(100), "[Info] SSSS"),
        (&long(101), "[Info] SSSS"),
        (&long(5000), "[Info] SSSS"),
        (&"証".repeat(150), "[Info] 証証"),
        ("", "[Info] a text"),
        ("   ", "[Info] a text"),
        ("\u{200b}", "[Info] Message from SNS"),
    ] {
        let mail = sent("email", &only(&sns_with_subject(subject, "a text"))).json();
        let written = mail["Subject"].as_str().unwrap();
        assert!(written.starts_with(begins), "{written}");
        assert!(written.chars().count() <= 99 && !written.contains(char::is_control), "{written}");
    }
}

#[test]
fn b59_control_characters() {
    let text = "a\u{1b}[31mred\u{7}\u{8}\u{2028}b\u{2029}c\u{85}d\u{7f}\u{9b}e";
    in_every_place(text, |sent, place| {
        let hidden = |char: char| char.is_control() && char != '\n' || ['\u{2028}', '\u{2029}'].contains(&char);
        assert!(!sent.text().contains(hidden), "{place}, {}: {:?}", sent.channel, sent.text());
    });
    // One outcome is one line of the log.
    let payload = sns_with_subject(text, text).to_string();
    let ran = hikyaku(&["send", "--dry-run", "--json", "-"], payload.as_bytes());
    assert_eq!(ran.out.lines().count(), 3, "{}", ran.out);
    assert!(!ran.out.contains(|char: char| char.is_control() && char != '\n'));
}

#[test]
fn b60_log_forging() {
    let text = "\"}\n{\"level\":\"ERROR\",\"outcome\":\"delivered\"";
    let mut event = event(text, text, json!({ text: text }));
    event["id"] = json!(text);
    for payload in [event, sns_with_subject(text, text), acm("Approaching Expiration", json!({ "CommonName": text }))] {
        for arguments in [["send", "--dry-run", "--json", "-"].as_slice(), &["render", "--channel", "slack", "-"]] {
            let ran = hikyaku(arguments, payload.to_string().as_bytes());
            assert_eq!(ran.status, 0, "{}", ran.err);
            for line in ran.out.lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                assert!(line.get("level").is_none(), "{line}");
            }
        }
    }
}

#[test]
fn b61_bidi_zero_width_and_homoglyphs() {
    let text = "\u{202e}gnp.exe \u{2066}x\u{2069} a\u{200b}b\u{200d}c\u{feff} d\u{fe0f}\u{fe0f}\u{e0101}\u{e0041}";
    in_every_place(text, |sent, place| {
        let own = sent.text().replace("@\u{2060}", "@");
        let hidden = own.chars().any(
            |char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'),
        );
        assert!(!hidden, "{place}, {}: {own:?}", sent.channel);
    });
    // A name that looks like another is shown as it is looked up.
    let told = only(&acm("Approaching Expiration", json!({ "CommonName": "console.аws.example.com", "DaysToExpiry": 3 })));
    all_show(&told, "console.xn--ws-6kc.example.com");
    let mut told = only(&sns("a text"));
    told.links = vec![Link { to: LinkTo::Details, url: "https://аpple.example/".to_owned() }];
    for sent in messages(&told).iter().filter(|sent| sent.channel != "webhook") {
        assert!(sent.text().contains("https://xn--pple-43d.example/"), "{}: {}", sent.channel, sent.text());
    }
}

#[test]
fn b62_templates_in_data() {
    let text = "{{secret}} {{#each}} {{{x}}} {{> partial}} ${env:PATH} %s %{} {{/if}} {{!-- x --}}";
    for (place, notification) in everywhere(text) {
        messages(&notification).iter().for_each(|sent| assert!(!sent.payload.is_empty(), "{place}"));
    }
    for told in [only(&sns_with_subject(text, "x")), only(&sns_with_subject("x", text))] {
        for sent in messages(&told).iter().filter(|sent| sent.channel != "slack") {
            assert!(sent.text().contains(text), "{}: {}", sent.channel, sent.text());
        }
        assert!(sent("slack", &told).text().contains("{{secret}} {{#each}} {{{x}}}"));
    }
}

#[test]
fn b63_quotes_in_data() {
    let text = "say \"no\" \\ \\\" \\u0022 \n \t / end\\";
    for (place, notification) in everywhere(text) {
        for sent in messages(&notification).iter().filter(|sent| sent.channel != "console") {
            assert!(sent.json().is_object(), "{place}");
        }
    }
    let text = "say \"no\" \\ \\\" \\u0022";
    all_show(&only(&sns_with_subject("x", text)), text);
    all_show(&only(&sns_with_subject(text, "x")), text);
}

/// What a user's template makes of a notification.
fn with_template(channel: &str, template: &str, payload: &Value) -> Message {
    static FOLDERS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = FOLDERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("hikyaku-bad-input-{}-{number}", std::process::id()));
    std::fs::create_dir_all(folder.join(channel)).unwrap();
    std::fs::write(folder.join(channel).join("default.hbs"), template).unwrap();
    let library = Library::open(&folder).0;
    std::fs::remove_dir_all(&folder).unwrap();
    let reader = Reader::new(Locale::En, TimeZone::UTC);
    let profile = &kind(channel).unwrap().profile;
    let message = render(&only(payload), profile, &Occasion::new(&reader, &Accounts::default()), &library).unwrap();
    let found = crate::limits::problems(channel, &message.payload, None);
    assert!(message.degraded.is_none() || found.is_empty(), "{found:?}");
    message
}

#[test]
fn b64_a_webhook_template_that_makes_no_json() {
    let payload = sns_with_subject("a \"subject\"", "a text");
    for template in ["{ \"title\": {{title}} }", "[1, 2]", "not JSON", "{ \"a\": 1,, }", "{{#if title}}{"] {
        let message = with_template("webhook", template, &payload);
        assert!(message.degraded.is_some_and(|problem| problem.starts_with("webhook/default: ")), "{template}");
        assert_eq!(serde_json::from_str::<Value>(&message.payload).unwrap()["type"], "text");
    }
    let message = with_template("webhook", "{ \"title\": \"{{title}}\" }", &payload);
    assert_eq!((message.degraded, message.payload.as_str()), (None, r#"{"title":"a \"subject\""}"#));
}

#[test]
fn b65_formulas() {
    // There is no attachment, so there is no spreadsheet: a formula is text.
    is_only_text("=HYPERLINK(\"https://evil.example\")");
}

#[test]
fn b66_keys_with_a_meaning_elsewhere() {
    let keys = ["__proto__", "constructor", "@root", "@index", "this", "..", "a.b", "c d", "e[0]", "", "toString", "length"];
    let detail: serde_json::Map<String, Value> =
        keys.iter().map(|key| ((*key).to_owned(), json!(format!("value of {key}")))).collect();
    let told = only(&event("shop.orders", "Late", Value::Object(detail.clone())));
    let text = sent("webhook", &told).text();
    keys.iter().for_each(|key| assert!(text.contains(&format!("value of {key}")), "{key:?}: {text}"));
    only(&json!({ "__proto__": { "source": "aws.health" }, "constructor": detail }));
    // A template reaches what it is shown, and nothing else.
    for path in [
        "__proto__",
        "constructor",
        "this.constructor",
        "notification.__proto__",
        "../../secret",
        "@root.env",
        "@env",
        "lookup this \"env\"",
    ] {
        let message =
            with_template("webhook", &format!("{{ \"x\": \"{{{{{path}}}}}\" }}"), &event("shop.orders", "Late", json!({})));
        let harmless = message.degraded.is_some() || message.payload == r#"{"x":""}"#;
        assert!(harmless, "{path}: {}", message.payload);
    }
}

#[test]
fn b67_credentials_in_events() {
    for text in [
        "AKIAIOSFODNN7CANARY1",
        "password=CANARY",
        "Password: CANARY",
        "{\"password\": \"CANARY\"}",
        "xoxb-123456789012-CANARY",
        "https://hooks.slack.com/services/T0/B0/CANARY",
        "https://hooks.chime.aws/incomingwebhooks/x?token=CANARY",
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=CANARY&X-Amz-Security-Token=CANARY",
        "https://user:CANARY@host.example/",
        "https://discord.com/api/webhooks/1/CANARY",
        "https://prod-1.japaneast.logic.azure.com:443/workflows/x?sig=CANARY",
    ] {
        // One place after the other, as it comes in: links set by hand further on never held an event's text.
        for (place, notification) in everywhere(text) {
            let own = ["resource", "account", "Region", "source", "link", "end of a link"];
            if !own.contains(&place) {
                messages(&notification)
                    .iter()
                    .for_each(|sent| assert!(!sent.payload.contains("CANARY"), "{place}: {}", sent.payload));
            }
        }
        for payload in [sns_with_subject(text, text), event(text, text, json!({ text: text, "list": [text], "password": text }))]
        {
            for arguments in [["explain", "--json", "-"].as_slice(), &["send", "--dry-run", "--json", "-"]] {
                // `hikyaku` looks for the word in all that comes out.
                assert_eq!(hikyaku(arguments, payload.to_string().as_bytes()).status, 0);
            }
        }
    }
    let told = only(&event("shop.orders", "Late", json!({ "user": "jane", "password": "CANARY", "secretAccessKey": "CANARY" })));
    none_shows(&told, "CANARY");
    all_show(&told, "jane");
}

#[test]
fn b68_links_to_where_nobody_should_go() {
    for (url, link) in [
        ("file:///etc/passwd", None),
        ("ftp://host.example/x", None),
        ("https://user:pw@host.example/x", Some("https://host.example/x")),
        ("https://user@host.example/x", Some("https://host.example/x")),
        ("https://host.example@evil.example/", Some("https://evil.example/")),
        ("https:\\\\evil.example\\x", Some("https://evil.example/x")),
    ] {
        let mut told = only(&sns("a text"));
        told.links = vec![Link { to: LinkTo::Details, url: url.to_owned() }];
        for sent in messages(&told).iter().filter(|sent| sent.channel != "webhook") {
            let text = sent.text();
            assert!(!text.contains("pw@") && !text.contains("user@") && !text.contains("file:"), "{}: {text}", sent.channel);
            assert!(link.is_none_or(|link| text.contains(link)), "{}: {text}", sent.channel);
        }
    }
    for description in
        ["see <http://169.254.169.254/latest|here>", "see [here](http://169.254.169.254/)", "see <file:///etc/passwd|here>"]
    {
        let told = only(&custom(json!({ "title": "t", "description": description })));
        let slack = sent("slack", &told);
        assert!(mrkdwn(&slack).iter().all(|text| !text.contains('<')), "{description}");
        assert_eq!((&slack.json()["unfurl_links"], &slack.json()["unfurl_media"]), (&json!(false), &json!(false)));
        all_show(&told, "here");
    }
    // An anomaly's own link leads to the console or nowhere.
    let anomaly = |url: &str| json!({ "anomalyId": "a-1", "anomalyDetailsLink": url, "impact": { "totalImpact": 5 } });
    assert!(only(&sns(&anomaly("https://console.aws.amazon.com.evil.example/").to_string())).links.is_empty());
    let told = only(&sns(&anomaly("https://console.aws.amazon.com/cost-management/home#/anomaly").to_string()));
    assert!(matches!(told.data, Data::CostAnomaly(_)) && told.links.len() == 1);
}
