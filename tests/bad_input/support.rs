//! What the rows share: payloads, the library's stages, the program.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use hikyaku::channels::{CHANNELS, kind};
use hikyaku::ingress::unwrap;
use hikyaku::notification::{Kind, Link, LinkTo, Notification};
use hikyaku::render::{Accounts, Library, Locale, Occasion, Reader, render};
use hikyaku::sources::decode;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::limits::problems;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::default);

// --- payloads

/// A Lambda event with one SNS record.
pub(crate) fn sns(message: &str) -> Value {
    json!({ "Records": [sns_record(message)] })
}

pub(crate) fn sns_with_subject(subject: &str, message: &str) -> Value {
    let mut event = sns(message);
    event["Records"][0]["Sns"]["Subject"] = json!(subject);
    event
}

pub(crate) fn sns_record(message: &str) -> Value {
    json!({ "EventSource": "aws:sns", "EventVersion": "1.0", "Sns": { "Type": "Notification", "MessageId": "m-1",
        "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:ops", "Subject": null, "Message": message,
        "Timestamp": "2026-11-21T07:30:00.000Z", "MessageAttributes": {} } })
}

pub(crate) fn sqs_record(body: &str) -> Value {
    json!({ "eventSource": "aws:sqs", "messageId": "q-1", "body": body, "attributes": { "SentTimestamp": "1795246200000" } })
}

pub(crate) fn event(source: &str, detail_type: &str, detail: Value) -> Value {
    json!({ "version": "0", "id": "e-1", "source": source, "detail-type": detail_type, "account": "111122223333",
        "time": "2026-11-21T07:30:00Z", "region": "ap-northeast-1", "resources": [], "detail": detail })
}

pub(crate) fn health(more: Value) -> Value {
    let mut detail = json!({ "eventArn": "arn:aws:health:ap-northeast-1::event/EC2/AWS_EC2_X/1", "service": "EC2",
        "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE", "eventTypeCategory": "issue", "statusCode": "open",
        "startTime": "Sat, 21 Nov 2026 07:00:00 GMT", "communicationId": "c-1",
        "eventDescription": [{ "language": "en_US", "latestDescription": "Something is wrong." }] });
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event("aws.health", "AWS Health Event", detail)
}

pub(crate) fn acm(detail_type: &str, detail: Value) -> Value {
    let mut event = event("aws.acm", &format!("ACM Certificate {detail_type}"), detail);
    event["resources"] = json!(["arn:aws:acm:ap-northeast-1:111122223333:certificate/1-2-3"]);
    event
}

pub(crate) fn custom(content: Value) -> Value {
    json!({ "version": "1.0", "source": "custom", "content": content })
}

/// AWS Budgets' text.
pub(crate) fn budget(name: &str, budgeted: &str, amount: &str) -> String {
    format!(
        "AWS Budget Notification November 21, 2026\nAWS Account 111122223333\n\nYou requested that we alert you when the ACTUAL Cost \
         associated with your {name} budget is greater than $80.00 for the current month.\n\nBudget Name: {name}\nBudget Type: Cost\n\
         Budgeted Amount: {budgeted}\nAlert Type: ACTUAL\nAlert Threshold: > $80.00\nACTUAL Amount: {amount}\n"
    )
}

// --- the library

/// The notifications of a payload, each fit for every channel in both locales.
pub(crate) fn told(payload: &str) -> Vec<Notification> {
    let notifications: Vec<_> = unwrap(payload).unwrap().envelopes.iter().map(decode).collect();
    notifications.iter().for_each(|notification| drop(messages(notification)));
    notifications
}

/// The only notification of a payload.
pub(crate) fn only(payload: &Value) -> Notification {
    only_of(&payload.to_string())
}

pub(crate) fn only_of(payload: &str) -> Notification {
    let mut told = told(payload);
    assert_eq!(told.len(), 1, "{}", start(payload));
    told.remove(0)
}

/// Whether nobody knew it, and it was delivered with what could be read.
pub(crate) fn is_raw(notification: &Notification) -> bool {
    matches!(notification.kind, Kind::Event | Kind::Text)
}

pub(crate) struct Sent {
    pub(crate) channel: &'static str,
    pub(crate) locale: Locale,
    pub(crate) payload: String,
}

impl Sent {
    /// All text of the payload, a line each, without its JSON.
    pub(crate) fn text(&self) -> String {
        fn texts(value: &Value, out: &mut Vec<String>) {
            match value {
                Value::String(text) => out.push(text.clone()),
                Value::Array(values) => values.iter().for_each(|value| texts(value, out)),
                Value::Object(object) => object.values().for_each(|value| texts(value, out)),
                _ => {}
            }
        }
        if self.channel == "console" {
            return self.payload.clone();
        }
        let mut out = Vec::new();
        let mut payload: Value = serde_json::from_str(&self.payload).unwrap();
        if self.channel == "smtp" {
            // The HTML says the same in entities and tags; a word joiner of ours keeps the text from beginning it.
            payload.as_object_mut().unwrap().remove("Html");
        }
        texts(&payload, &mut out);
        out.join("\n").replace("<\u{2060}!", "<!")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap()
    }
}

/// The notification as every channel gets it in both locales; each keeps the channel's limits.
pub(crate) fn messages(notification: &Notification) -> Vec<Sent> {
    let mut sent = Vec::new();
    for kind in CHANNELS {
        for locale in Locale::ALL {
            let payload = message(kind.profile.channel, *locale, notification);
            sent.push(Sent { channel: kind.profile.channel, locale: *locale, payload });
        }
    }
    sent
}

pub(crate) fn message(channel: &str, locale: Locale, notification: &Notification) -> String {
    let zone = if locale == Locale::Ja { "Asia/Tokyo" } else { "UTC" };
    let reader = Reader::new(locale, TimeZone::get(zone).unwrap());
    let accounts = Accounts::default();
    let message = render(notification, &kind(channel).unwrap().profile, &Occasion::new(&reader, &accounts), &LIBRARY).unwrap();
    assert_eq!(message.degraded, None);
    let found = problems(channel, &message.payload, None);
    assert!(found.is_empty(), "{found:#?}\n{}", start(&message.payload));
    message.payload
}

/// What one channel gets in English.
pub(crate) fn sent(channel: &'static str, notification: &Notification) -> Sent {
    Sent { channel, locale: Locale::En, payload: message(channel, Locale::En, notification) }
}

/// Whether every channel shows `text`.
pub(crate) fn all_show(notification: &Notification, text: &str) {
    for sent in messages(notification) {
        assert!(sent.text().contains(text), "{} lacks {text:?}: {}", sent.channel, start(&sent.text()));
    }
}

/// Whether no channel shows `text`, in any form that its JSON could give it.
pub(crate) fn none_shows(notification: &Notification, text: &str) {
    for sent in messages(notification) {
        assert!(!sent.payload.contains(text) && !sent.text().contains(text), "{} shows {text:?}", sent.channel);
    }
}

/// A text in every place that a sender's text can get to: where, and the notification.
pub(crate) fn everywhere(text: &str) -> Vec<(&'static str, Notification)> {
    let with = |change: &dyn Fn(&mut Notification)| {
        let mut notification = only(&sns_with_subject("a subject", "a text"));
        change(&mut notification);
        notification
    };
    vec![
        ("title", only(&sns_with_subject(text, "a text"))),
        ("title of an event", only(&event("shop.orders", text, json!({ "a": "b" })))),
        ("title of a custom notification", only(&custom(json!({ "title": text, "description": "a text" })))),
        ("name of an alarm", only(&sns(&json!({ "AlarmName": text, "NewStateValue": "ALARM" }).to_string()))),
        ("name of a budget", only(&sns(&budget(text, "$100.00", "$90.00")))),
        ("name of a certificate", only(&acm("Approaching Expiration", json!({ "CommonName": text, "DaysToExpiry": 9 })))),
        ("text", only(&sns_with_subject("a subject", text))),
        ("text of AWS", only(&health(json!({ "eventDescription": [{ "language": "en_US", "latestDescription": text }] })))),
        ("text in a text", only(&sns(&json!({ "message": text }).to_string()))),
        ("field", only(&event("shop.orders", "Late", json!({ "field": text })))),
        ("label of a field", only(&event("shop.orders", "Late", json!({ text: "value" })))),
        ("list", only(&event("shop.orders", "Late", json!({ "list": [text, text] })))),
        ("resource", with(&|notification| notification.resources = vec![text.to_owned()])),
        ("account", with(&|notification| notification.account = Some(text.to_owned()))),
        ("Region", with(&|notification| notification.region = Some(text.to_owned()))),
        ("source", with(&|notification| text.clone_into(&mut notification.source))),
        ("link", with(&|notification| notification.links = vec![Link { to: LinkTo::Details, url: text.to_owned() }])),
        (
            "end of a link",
            with(&|notification| {
                notification.links = vec![Link { to: LinkTo::Details, url: format!("https://a.example/?x={text}") }];
            }),
        ),
        ("label of a link", only(&custom(json!({ "title": "t", "description": format!("see [{text}](https://a.example/)") })))),
        (
            "address of a link",
            only(&custom(json!({ "title": "t", "description": format!("see <https://a.example/{text}|here>") }))),
        ),
        ("step", only(&custom(json!({ "title": "t", "nextSteps": [text, text] })))),
    ]
}

/// Runs `check` over `text` in every place, as every channel gets it in both locales.
pub(crate) fn in_every_place(text: &str, check: impl Fn(&Sent, &str)) {
    for (place, notification) in everywhere(text) {
        for sent in messages(&notification) {
            check(&sent, place);
        }
    }
}

// --- the program

pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program on `input`, with three receivers in its environment.
pub(crate) fn hikyaku(arguments: &[&str], input: &[u8]) -> Ran {
    run(Command::new(env!("CARGO_BIN_EXE_hikyaku")).args(arguments), input)
}

pub(crate) fn run(command: &mut Command, input: &[u8]) -> Ran {
    let receivers = [
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T0/B0/CANARY"),
        ("CHIME_WEBHOOK_URL", "https://hooks.chime.aws/incomingwebhooks/a-b?token=CANARY"),
        ("WEBHOOK_URL", "https://audit.example.com/CANARY"),
    ];
    let command = command.env_clear().envs(receivers).current_dir(std::env::temp_dir());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ran = Ran { status: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
    assert!(!ran.out.contains("CANARY") && !ran.err.contains("CANARY"), "a secret came out");
    ran
}

/// What `explain --json` prints, as JSON.
pub(crate) fn explained(payload: &str) -> Value {
    let ran = hikyaku(&["explain", "--json", "-"], payload.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// The beginning of a text, for a message.
pub(crate) fn start(text: &str) -> String {
    text.chars().take(600).collect()
}
