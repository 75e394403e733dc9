#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

use serde_json::json;

use super::*;
use crate::sources::tests::envelope;
use crate::sources::{Decoded, Overrides, Sources};

fn declared(settings: Value) -> Declared {
    let pattern = Pattern::parse(settings.get("match").unwrap()).unwrap();
    Declared::new(serde_json::from_value(settings).unwrap(), pattern)
}

fn sources(settings: Value) -> Sources {
    Sources::new(vec![declared(settings)], Overrides::default())
}

fn deploy() -> Value {
    json!({ "id": "e-1", "source": "my.deployer", "detail-type": "Deploy finished", "account": "111122223333", "region": "eu-west-1",
        "time": "2026-11-21T07:30:00Z", "resources": ["arn:e"],
        "detail": { "service": "shop", "status": "failed", "failed": true, "sha": "4f2e8b2", "url": "https://ci.example.com/1",
            "hosts": ["web-1", "web-2"], "message": "exit 1" } })
}

fn deploys(more: Value) -> Value {
    let mut settings = json!({ "name": "deploys", "match": { "source": ["my.deployer"] } });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

fn field(label: &str, value: &str) -> Field {
    Field::new(Label::Sender(label.to_owned()), FieldValue::Text(value.to_owned()))
}

/// What a source could not do.
fn problem(notification: &Notification) -> Option<String> {
    match notification.fields.first().map(|field| &field.value) {
        Some(FieldValue::Term(Term::SourceFailed { source, problem })) => Some(format!("{source}: {problem}")),
        _ => None,
    }
}

#[test]
fn everything_can_be_told() {
    let sources = sources(deploys(json!({
        "kind": "custom",
        "severity": "{{#if detail.failed}}warning{{else}}info{{/if}}",
        "title": "Deploy of {{detail.service}} {{detail.status}}",
        "summary": "Commit {{detail.sha}}{{detail.nothing}}.",
        "action": "Look at the run.",
        "description": "{{detail.message}}",
        "account": "444455556666",
        "region": "{{detail.region}}",
        "occurred_at": "2026-11-21 07:00:00",
        "fields": { "Service": "{{detail.service}}", "Ticket": "{{detail.ticket}}", "Commit": "{{detail.sha}}" },
        "links": { "Open the run": "{{detail.url}}", "Nowhere": "{{detail.sha}}", "Insecure": "{{detail.http}}" },
        "resources": ["{{#each detail.hosts}}{{this}}\n{{/each}}", "{{detail.nothing}}"],
        "dedup_key": "{{detail.sha}}|{{detail.status}}",
        "thread_key": "{{detail.service}}",
    })));
    let envelope = envelope(&deploy());
    let Decoded { by, notification: told, .. } = sources.decode(&envelope);
    assert_eq!((by.name, told.source.as_str()), ("deploys", "my.deployer"), "an event keeps its own source");
    assert_eq!((told.kind, told.status, told.severity), (Kind::Custom, Status::Firing, Severity::Warning));
    assert_eq!(told.data, Data::Custom(Custom::default()));
    let words = told.own_words;
    assert_eq!(words.title.as_deref(), Some("Deploy of shop failed"));
    assert_eq!((words.summary.as_deref(), words.action.as_deref()), (Some("Commit 4f2e8b2."), Some("Look at the run.")));
    assert_eq!(told.description, [Prose::plain("exit 1")]);
    assert_eq!((told.account.as_deref(), told.region.as_deref()), (Some("444455556666"), Some("eu-west-1")));
    assert_eq!(told.occurred_at.unwrap().to_string(), "2026-11-21T07:00:00Z");
    assert_eq!(told.fields, [field("Service", "shop"), field("Commit", "4f2e8b2")]);
    let run = Link { to: LinkTo::Sender("Open the run".to_owned()), url: "https://ci.example.com/1".to_owned() };
    assert_eq!((told.links, told.resources), (vec![run], vec!["web-1".to_owned(), "web-2".to_owned()]));
    assert_eq!((told.dedup_key.as_str(), told.thread_key.as_str()), ("deploys|4f2e8b2%7Cfailed", "deploys|thread|shop"));
}

#[test]
fn what_is_not_said_stays_as_the_built_in_source_has_it() {
    let envelope = envelope(&deploy());
    let built_in = decode(&envelope);
    let told = sources(deploys(json!({ "severity": "critical" }))).decode(&envelope).notification;
    assert_eq!(told, Notification { status: Status::Firing, severity: Severity::Critical, ..built_in });

    let health = json!({ "source": "aws.health", "detail-type": "AWS Health Event", "id": "h", "time": "2026-11-21T07:30:00Z",
        "detail": { "eventArn": "arn:aws:health:eu-west-1::event/x", "service": "EC2", "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE",
            "eventTypeCategory": "issue", "startTime": "2026-11-21T07:30:00Z" } });
    let quieter = declared(json!({ "name": "calm", "match": { "detail": { "service": ["EC2"] } }, "severity": "notice" }));
    let envelope = super::super::tests::envelope(&health);
    let told = Sources::new(vec![quieter], Overrides::default()).decode(&envelope).notification;
    assert_eq!(told, Notification { severity: Severity::Notice, ..decode(&envelope) }, "what only AWS Health reads stays read");
}

#[test]
fn the_first_that_fits_reads_it_else_the_built_in_ones() {
    let of = |name: &str, pattern: Value| declared(json!({ "name": name, "match": pattern, "title": name }));
    let declared = vec![
        of("a", json!({ "detail": { "service": ["web"] } })),
        of("b", json!({ "source": [{ "prefix": "my." }] })),
        of("c", json!({ "source": ["my.deployer"] })),
    ];
    let sources = Sources::new(declared, Overrides::default());
    let read_by = |payload: &Value| sources.decode(&envelope(payload)).by.name.to_owned();
    assert_eq!(read_by(&deploy()), "b");
    assert_eq!(read_by(&json!({ "source": "aws.health", "detail-type": "AWS Health Event", "detail": {} })), "aws_health");
    assert_eq!(read_by(&json!(["my.deployer"])), "generic");
}

#[test]
fn every_carrier_brings_what_a_pattern_sees() {
    let topic = "arn:aws:sns:eu-west-1:111122223333:cron";
    let sns = |message: &str| {
        json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "MessageId": "m", "TopicArn": topic, "Subject": "Cron",
            "Message": message, "Timestamp": "2026-11-21T07:30:00Z" } }] })
    };
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:nightly";
    let answer = json!({ "requestPayload": { "n": 1 }, "requestContext": { "requestId": "r", "condition": "Success", "functionArn": function },
        "responsePayload": { "rows": 7 } });
    for (payload, pattern, template, title, source) in [
        (sns("{\"job\":\"export\",\"n\":3}"), json!({ "job": ["export"] }), "{{job}} {{n}}", "export 3", "own"),
        (json!({ "job": "export", "n": 3 }), json!({ "n": [{ "numeric": [">", 2] }] }), "{{job}} {{n}}", "export 3", "own"),
        (
            sns("disk full"),
            json!({ "subject": ["Cron"], "topic": [{ "suffix": ":cron" }] }),
            "{{subject}}: {{text}}",
            "Cron: disk full",
            "own",
        ),
        (
            json!("disk full"),
            json!({ "text": [{ "wildcard": "*full*" }], "topic": [{ "exists": false }] }),
            "{{text}}",
            "disk full",
            "own",
        ),
        (
            sns(&deploy().to_string()),
            json!({ "detail-type": ["Deploy finished"] }),
            "{{detail-type}} {{id}} {{time}}",
            "Deploy finished e-1 2026-11-21T07:30:00Z",
            "my.deployer",
        ),
        (
            answer,
            json!({ "requestContext": { "functionArn": [function] } }),
            "{{requestPayload.n}} {{responsePayload.rows}}",
            "1 7",
            "own",
        ),
    ] {
        let told =
            sources(json!({ "name": "own", "match": pattern, "title": template })).decode(&envelope(&payload)).notification;
        assert_eq!((told.own_words.title.as_deref(), told.source.as_str()), (Some(title), source), "{payload}");
    }
}

#[test]
fn a_template_that_fails_costs_no_event() {
    let long = json!({ "source": "my.deployer", "detail-type": "x", "id": "e", "detail": { "long": "CANARY".repeat(20_000), "list": [1, 2, 3] } });
    for (settings, expected) in [
        (json!({ "title": "T", "severity": "{{detail.long}}" }), "deploys: severity is CANARYCANARY"),
        (json!({ "status": "{{#if detail.list}}broken{{/if}}" }), "deploys: status is broken, none of firing, resolved, info"),
        (json!({ "occurred_at": "{{detail.list.[0]}}" }), "deploys: occurred_at is no time: 1"),
        (json!({ "title": "{{upper detail.long}}" }), "deploys: title: no such helper: upper"),
        (json!({ "title": "{{#if detail}}" }), "deploys: title: `{{#if}}` is never closed by `{{/if}}`"),
        (
            json!({ "fields": { "All": "{{#each detail.list}}{{../detail.long}}{{/each}}" } }),
            "deploys: fields: writes more than 256 KiB",
        ),
        (json!({ "links": { "All": "{{/if}}" } }), "deploys: links: `{{/if}}` closes no block"),
        (json!({ "kind": "text", "resources": ["{{upper x}}"] }), "deploys: resources: no such helper: upper"),
    ] {
        let envelope = envelope(&long);
        let told = sources(deploys(settings.clone())).decode(&envelope).notification;
        let found = problem(&told).unwrap();
        assert!(found.starts_with(expected) && found.chars().count() < 150, "{settings}: {found}");
        let rest = Notification { fields: told.fields.iter().skip(1).cloned().collect(), ..told };
        assert_eq!(rest, decode(&envelope), "{settings}");
    }
}

#[test]
fn nothing_in_an_event_is_a_template_a_mark_or_a_credential() {
    let key = "AKIAIOSFODNN7EXAMPLE";
    let (front, back) = key.split_at(9);
    let event = json!({ "source": "my.deployer", "detail-type": "x", "id": "e", "detail": { "service": "{{detail.status}} <!channel> \u{fdd2}x",
        "front": front, "back": back, "url": "javascript:alert(1)", "http": "http://ci.example.com/", "bad": "https://ci.example.com/|x>" } });
    let told = sources(deploys(json!({
        "title": "{{detail.service}} {{detail.front}}{{detail.back}}",
        "links": { "a": "{{detail.url}}", "b": "{{detail.http}}", "c": "{{detail.bad}}", "d": "https://ci.example.com/{{detail.front}}" },
    })))
    .decode(&envelope(&event))
    .notification;
    assert_eq!(told.own_words.title.as_deref(), Some("{{detail.status}} <!channel> x AKIA…MPLE"));
    assert_eq!(told.links.iter().map(|link| link.url.as_str()).collect::<Vec<_>>(), [format!("https://ci.example.com/{front}")]);
}

#[test]
fn a_text_that_gets_a_title_keeps_its_first_line() {
    for (settings, description) in [
        (json!({ "title": "Cron" }), Some("one\ntwo")),
        (json!({ "title": "Cron", "description": "" }), None),
        (json!({ "title": "{{text}}" }), Some("two")),
        (json!({ "severity": "notice" }), Some("two")),
    ] {
        let mut whole = json!({ "name": "cron", "match": { "text": [{ "exists": true }] } });
        whole.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let told = sources(whole).decode(&envelope(&json!("one\ntwo"))).notification;
        assert_eq!(told.description.first().map(|prose| prose.text.as_str()), description, "{settings}");
        assert_eq!(told.source, "cron", "nobody else is known to have sent it");
    }
}
