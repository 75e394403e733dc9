#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

use serde_json::json;

use super::*;
use crate::notification::Data;
use crate::sources::tests::envelope;

fn read(message: Value) -> Notification {
    decode(&envelope(&message)).unwrap()
}

fn with(kind: &str, more: Value) -> Notification {
    let mut message = json!({ "hikyaku": "1.0", "kind": kind });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    read(message)
}

/// What it says is wrong with it.
fn left_out(notification: &Notification) -> Vec<String> {
    let problem = notification.fields.iter().find(|field| field.label == Label::Problem).map(|field| &field.value);
    match problem {
        Some(FieldValue::Term(Term::NotAsDocumented(names))) => names.clone(),
        None => Vec::new(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_stands_as_the_sources_have_it() {
    for (kind, data, status, severity) in [
        ("certificate.renewed", json!({}), "resolved", "info"),
        ("certificate.issued", json!({}), "info", "info"),
        ("certificate.renewal_failed", json!({}), "firing", "critical"),
        ("certificate.renewal_failed", json!({ "days_left": 15 }), "firing", "warning"),
        ("certificate.expiring", json!({ "days_left": 15 }), "firing", "notice"),
        ("certificate.expiring", json!({ "days_left": "14" }), "firing", "warning"),
        ("certificate.expiring", json!({ "days_left": 3 }), "firing", "critical"),
        ("certificate.expiring", json!({}), "firing", "warning"),
        ("certificate.expired", json!({ "in_use": false }), "firing", "warning"),
        ("certificate.revoked", json!({}), "firing", "critical"),
        ("certificate.check_failed", json!({}), "firing", "warning"),
        ("budget.actual", json!({ "budget_name": "b", "percent_of_budget": 100 }), "firing", "critical"),
        ("budget.actual", json!({ "budget_name": "b", "percent_of_budget": 99.9 }), "firing", "warning"),
        ("budget.forecast", json!({ "budget_name": "b", "percent_of_budget": 120 }), "firing", "warning"),
        ("budget.action", json!({ "budget_name": "b" }), "firing", "warning"),
        ("cost.anomaly", json!({}), "firing", "warning"),
        ("health.issue", json!({}), "firing", "critical"),
        ("health.issue", json!({ "scope": "PUBLIC" }), "firing", "warning"),
        ("health.issue", json!({ "status_code": "closed" }), "resolved", "info"),
        ("health.scheduled_change", json!({ "starts_at": "2026-11-25T00:00:00Z" }), "firing", "warning"),
        ("health.scheduled_change", json!({ "starts_at": "2026-12-25T00:00:00Z" }), "firing", "notice"),
        ("health.account_notification", json!({}), "info", "info"),
        ("health.investigation", json!({}), "firing", "warning"),
        ("health.abuse", json!({}), "firing", "critical"),
        ("alarm", json!({}), "firing", "critical"),
        ("alarm", json!({ "state": "OK" }), "resolved", "info"),
        ("alarm", json!({ "state": "INSUFFICIENT_DATA" }), "info", "notice"),
        ("finding", json!({ "product": "GuardDuty", "severity_label": "7.5" }), "firing", "critical"),
        ("finding", json!({ "product": "Security Hub", "severity_label": "LOW" }), "firing", "notice"),
        ("finding", json!({ "product": "Access Analyzer" }), "firing", "warning"),
        ("custom", json!({}), "info", "info"),
        ("event", json!({}), "info", "info"),
        ("text", json!({}), "info", "info"),
    ] {
        let told = with(kind, json!({ "data": data, "occurred_at": "2026-11-21T07:30:00Z" }));
        let got = (told.kind.as_str(), told.status.as_str(), told.severity.as_str());
        assert_eq!((got, left_out(&told)), ((kind, status, severity), vec![]), "{data}");
    }
    assert!(Kind::ALL.iter().all(|kind| with(kind.as_str(), json!({})).kind == *kind));
}

#[test]
fn what_is_given_wins() {
    let told = with(
        "certificate.expiring",
        json!({
            "status": "info", "severity": "notice", "source": "hikyaku.expiry", "title": "Look here", "summary": "Soon.",
            "action": "Renew it.", "description": "By hand.", "account": "111122223333", "region": "eu-west-1",
            "occurred_at": "2026-11-21T16:30:00+09:00", "resources": ["arn:a"],
            "fields": [{ "label": "Host", "value": "web-1" }, { "label": "Port", "value": 443 }],
            "links": [{ "label": "Open the check", "url": "https://checks.example.com/1" }, { "url": "https://example.com/" }],
            "dedup_key": "a|b", "thread_key": "a",
            "data": { "domain": "shop.example.com", "expires_at": "2026-12-03T07:30:00Z", "error": "not shown" },
        }),
    );
    assert_eq!((told.status, told.severity, told.source.as_str()), (Status::Info, Severity::Notice, "hikyaku.expiry"));
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(told.own_words, OwnWords { title: own("Look here"), summary: own("Soon."), action: own("Renew it.") });
    assert_eq!(told.description, [Prose::plain("By hand.")]);
    assert_eq!((told.account.as_deref(), told.region.as_deref()), (Some("111122223333"), Some("eu-west-1")));
    assert_eq!(told.occurred_at.unwrap().to_string(), "2026-11-21T07:30:00Z");
    let field = |label: &str, value: &str| Field::new(Label::Sender(label.to_owned()), FieldValue::Text(value.to_owned()));
    assert_eq!(told.fields, [field("Host", "web-1"), field("Port", "443")]);
    let link = |to, url: &str| Link { to, url: url.to_owned() };
    let check = LinkTo::Sender("Open the check".to_owned());
    assert_eq!(told.links, [link(check, "https://checks.example.com/1"), link(LinkTo::Details, "https://example.com/")]);
    assert_eq!((told.dedup_key.as_str(), told.thread_key.as_str()), ("a|b", "a"));
    assert_eq!(told.resources, ["arn:a"]);
    let Data::Certificate(certificate) = told.data else { panic!("no certificate") };
    assert_eq!((certificate.days_left, certificate.domain.as_deref()), (Some(12), Some("shop.example.com")));
}

#[test]
fn what_is_not_given_follows_from_the_data() {
    let arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1-2";
    for (kind, data, thread, label, link) in [
        (
            "certificate.renewal_failed",
            json!({ "domains": ["a.example.com", "b.example.com"], "error": "no DNS", "certificate_arn": arn }),
            arn,
            Some(Label::Error),
            Some(LinkTo::Certificate),
        ),
        ("certificate.expired", json!({ "cert_name": "shop" }), "certificate|shop", None, None),
        (
            "budget.action",
            json!({ "budget_name": "prod", "action_type": "APPLY_IAM_POLICY" }),
            "budget|111122223333|prod",
            Some(Label::BudgetAction),
            Some(LinkTo::Budget),
        ),
        (
            "cost.anomaly",
            json!({ "anomaly_id": "a1", "root_causes": [{ "service": "Amazon EC2", "account": 11122223333_u64 }] }),
            "cost_anomaly|a1",
            Some(Label::RootCauses),
            None,
        ),
        (
            "health.issue",
            json!({ "event_arn": "arn:aws:health:eu-west-1::event/x" }),
            "health|111122223333|arn:aws:health:eu-west-1::event/x",
            None,
            Some(LinkTo::HealthEvent),
        ),
        (
            "alarm",
            json!({ "alarm_name": "cpu", "reason": "too high" }),
            "alarm|111122223333|eu-west-1|cpu",
            Some(Label::Reason),
            None,
        ),
        (
            "finding",
            json!({ "product": "GuardDuty", "finding_id": "f-1" }),
            "finding|111122223333|f-1",
            None,
            Some(LinkTo::Finding),
        ),
        ("custom", json!({ "thread_id": "t" }), "custom|thread|t", None, None),
        ("text", json!({ "rows": 3 }), "", Some(Label::Sender("rows".to_owned())), None),
    ] {
        let told = with(kind, json!({ "account": 111122223333_u64, "region": "eu-west-1", "data": data }));
        let thread = if thread.is_empty() { told.dedup_key.as_str() } else { thread };
        assert_eq!(told.thread_key, thread, "{kind}");
        assert_eq!(told.fields.first().map(|field| field.label.clone()), label, "{kind}");
        assert_eq!(told.links.first().map(|link| link.to.clone()), link, "{kind}");
        let given = with(kind, json!({ "data": data, "fields": [], "links": [] }));
        assert_eq!((given.fields, given.links), (vec![], vec![]), "{kind}: none are none");
    }
    let Data::CostAnomaly(anomaly) =
        with("cost.anomaly", json!({ "data": { "root_causes": [{ "account": 11122223333_u64 }] } })).data
    else {
        panic!("no anomaly")
    };
    assert_eq!(anomaly.root_causes.first().unwrap().account.as_deref(), Some("011122223333"));
}

#[test]
fn what_is_wrong_is_left_out_and_named_and_the_rest_told() {
    for (more, names) in [
        (json!({ "severity": "hot" }), &["severity (hot)"][..]),
        (json!({ "severity": "CRITICAL", "status": "Firing" }), &[]),
        (json!({ "title": { "en": "x" } }), &["title"]),
        (json!({ "title": 7, "summary": " ", "action": null }), &[]),
        (json!({ "occurred_at": "soon" }), &["occurred_at (soon)"]),
        (json!({ "occurred_at": "2026-11-21 07:30:00" }), &[]),
        (json!({ "resources": "arn:a" }), &[]),
        (json!({ "resources": ["arn:a", {}, null, ""] }), &["resources[1]"]),
        (json!({ "fields": { "Host": "x" } }), &["fields[0]"]),
        (json!({ "fields": [{ "label": "a", "value": true }, { "label": "b" }, "c"] }), &["fields[1]", "fields[2] (c)"]),
        (
            json!({ "links": [{ "url": "http://a.example" }, { "url": "javascript:x" }, {}] }),
            &["links[2]", "links (http://a.example)", "links (javascript:x)"],
        ),
        (json!({ "data": [1] }), &["data"]),
        (json!({ "data": "x" }), &["data (x)"]),
        (
            json!({ "data": { "days_left": "soon", "in_use": "yes", "domain": 5, "expires_at": 1_795_246_200, "managed_by": "me" } }),
            &["data.expires_at (1795246200)", "data.days_left (soon)", "data.managed_by (me)", "data.in_use (yes)"],
        ),
        (json!({ "data": { "days_left": "12", "in_use": "True", "expires_at": "2026-12-03", "domains": "a.example.com" } }), &[]),
        (json!({ "data": { "days_left": -0.5, "page": 1.5 } }), &[]),
        (json!({ "account_name": "prod", "account_owner": "sre", "topic": "arn:t", "shortened": true }), &[]),
        (json!({ "titel": "x", "runbook": 1, "none": null, "blank": " " }), &["titel (title?)", "runbook"]),
        (json!({ "data": { "domian": "a.example.com", "x": 1 } }), &["data.domian (domain?)", "data.x"]),
        (json!({ "fields": [{ "label": "a", "value": 1 }, { "label": "b", "value": 2, "Short": true }] }), &["fields[1].Short"]),
        (json!({ "links": [{ "url": "https://a.example", "lable": "x" }] }), &["links[0].lable (label?)"]),
        (json!({ "data": { "entities": [{ "value": "i-1", "stat": "OK" }] } }), &["data.entities[0].stat (status?)"]),
    ] {
        let told = with("certificate.expiring", more.clone());
        let mut found = left_out(&told);
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        found.sort();
        names.sort();
        assert_eq!((told.kind, found), (Kind::CertificateExpiring, names), "{more}");
        assert!(matches!(told.data, Data::Certificate(_)), "{more}");
    }
    let many: Vec<_> = (0..200).map(|n| json!({ "label": n, "value": [] })).collect();
    let told = with("text", json!({ "title": "kept", "fields": many }));
    assert_eq!(left_out(&told).len(), 7, "the first six and that there are more");
    assert_eq!((told.kind, told.own_words.title.as_deref()), (Kind::Text, Some("kept")));
}

#[test]
fn a_later_version_may_know_more_names() {
    let message = |version: &str| json!({ "hikyaku": version, "kind": "alarm", "runbook": "x", "data": { "score": 1 } });
    assert_eq!(left_out(&read(message("1.0"))), ["runbook", "data.score"]);
    assert_eq!(left_out(&read(message("1.1"))), Vec::<String>::new());
    assert_eq!(left_out(&read(message("2.0"))), ["hikyaku (2.0)"]);
    for (kind, data) in [("text", json!({ "rows": 3 })), ("cost.anomaly", json!({ "root_causes": [{ "service": "EC2" }] }))] {
        assert_eq!(left_out(&with(kind, json!({ "data": data }))), Vec::<String>::new(), "{kind}");
    }
    let many: serde_json::Map<String, Value> = (0..200).map(|n| (format!("name{n}"), json!(n))).collect();
    assert_eq!(left_out(&with("text", Value::Object(many))).len(), 7, "the first six and that there are more");
}

#[test]
fn what_it_must_say_and_does_not_is_named() {
    for (message, kind, names) in [
        (json!({ "hikyaku": "1.0" }), Kind::Text, &["kind"][..]),
        (json!({ "hikyaku": "1.0", "kind": "certificate.expird" }), Kind::Text, &["kind (certificate.expird)"]),
        (json!({ "hikyaku": "2.0", "kind": "alarm" }), Kind::Alarm, &["hikyaku (2.0)"]),
        (json!({ "hikyaku": 1.7, "kind": "Alarm" }), Kind::Alarm, &[]),
        (json!({ "hikyaku": 1, "kind": "budget.actual" }), Kind::BudgetActual, &["data.budget_name"]),
        (json!({ "hikyaku": "1.0", "kind": "finding" }), Kind::Finding, &["data.product"]),
    ] {
        let told = read(message.clone());
        assert_eq!((told.kind, left_out(&told)), (kind, names.iter().map(|name| (*name).to_owned()).collect()), "{message}");
    }
    let Data::Budget(budget) = with("budget.actual", json!({ "title": "Shop" })).data else { panic!("no budget") };
    assert_eq!(budget.budget_name, "Shop");
}

#[test]
fn what_is_unclear_is_not_taken_for_harmless() {
    use Severity::{Critical, Info, Warning};
    for (message, severity) in [
        (json!({ "hikyaku": "1.0", "kind": "certificate.expird" }), Warning),
        (json!({ "hikyaku": "1.0", "kind": "certificate.expird", "severity": "info" }), Info),
        (json!({ "hikyaku": "1.0", "kind": "text", "severity": "p1" }), Warning),
        (json!({ "hikyaku": "1.0", "kind": "certificate.expired", "severity": "p1" }), Critical),
        (json!({ "hikyaku": "1.0", "kind": "text", "severity": null }), Info),
        (json!({ "hikyaku": "1.0", "kind": "text", "sevrity": "critical" }), Warning),
        (json!({ "hikyaku": "1.0", "kind": "certificate.renewed", "Severity": "critical" }), Warning),
        (json!({ "hikyaku": "1.0", "knd": "alarm" }), Warning),
        (json!({ "hikyaku": "1.0", "kind": "certificate.renewed", "titel": "x" }), Info),
        (json!({ "hikyaku": "1.0" }), Info),
    ] {
        assert_eq!(read(message.clone()).severity, severity, "{message}");
    }
}

#[test]
fn what_is_no_message_of_ours_is_left_to_others() {
    for message in [
        json!({ "hikyaku": "is quick", "kind": "text" }),
        json!({ "hikyaku": "1.x", "kind": "text" }),
        json!({ "hikyaku": null, "kind": "text" }),
        json!({ "kind": "text", "title": "x" }),
        json!(["hikyaku", "1.0"]),
        json!("hikyaku 1.0"),
    ] {
        assert_eq!(decode(&envelope(&message)), None, "{message}");
    }
}

#[test]
fn every_carrier_brings_it() {
    let message =
        json!({ "hikyaku": "1.0", "kind": "certificate.expired", "source": "my.checker", "data": { "domain": "a.example.com" } });
    let text = message.to_string();
    let sns = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "MessageId": "m", "TopicArn": "arn:t", "Message": text,
        "Timestamp": "2026-11-21T07:30:00Z" } }] });
    let sqs = json!({ "Records": [{ "eventSource": "aws:sqs", "messageId": "q", "body": text }] });
    let event = json!({ "source": "shop.certs", "detail-type": "Expired", "id": "e", "account": "111122223333", "region": "eu-west-1",
        "time": "2026-11-21T07:30:00Z", "resources": ["arn:r"], "detail": message });
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:checker";
    let answer = json!({ "requestPayload": {}, "requestContext": { "requestId": "r", "condition": "Success", "functionArn": function },
        "responsePayload": message });
    for (payload, source, account) in [
        (message.clone(), "my.checker", None),
        (json!(text), "my.checker", None),
        (sns, "my.checker", None),
        (sqs, "my.checker", None),
        (event, "shop.certs", Some("111122223333")),
        (answer, "my.checker", Some("111122223333")),
    ] {
        let told = decode(&envelope(&payload)).unwrap();
        assert_eq!((told.kind, told.source.as_str()), (Kind::CertificateExpired, source), "{payload}");
        assert_eq!((told.account.as_deref(), left_out(&told)), (account, vec![]), "{payload}");
    }
    let nobody = with("text", json!({}));
    assert_eq!(nobody.source, "unknown", "who does not say who it is is called by what brought it");
}

#[test]
fn a_fact_that_says_when_it_was_is_one_whatever_brings_it() {
    let key = |id: &str, message: Value| {
        let sns = json!({ "Type": "Notification", "MessageId": id, "TopicArn": "arn:t", "Message": message.to_string() });
        decode(&envelope(&sns)).unwrap().dedup_key
    };
    let timed = |time: &str| json!({ "hikyaku": "1.0", "kind": "text", "title": "x", "occurred_at": time });
    assert_eq!(key("m-1", timed("2026-11-21T07:30:00Z")), key("m-2", timed("2026-11-21T07:30:00Z")));
    assert_ne!(key("m-1", timed("2026-11-21T07:30:00Z")), key("m-1", timed("2026-11-21T07:31:00Z")));
    let bare = json!({ "hikyaku": "1.0", "kind": "text", "title": "x" });
    assert_eq!(key("m-1", bare.clone()), key("m-1", bare.clone()));
    assert_ne!(key("m-1", bare.clone()), key("m-2", bare));
}

#[test]
fn what_nothing_names_is_called_by_its_first_words() {
    for (more, subject, description) in [
        (json!({ "title": "T", "description": "one\ntwo" }), None, Some("one\ntwo")),
        (json!({ "summary": "S", "description": "one\ntwo" }), Some("S"), Some("one\ntwo")),
        (json!({ "description": "one\ntwo" }), Some("one"), Some("two")),
        (json!({ "data": { "message": "one", "n": 1 } }), Some("one"), None),
        (json!({}), None, None),
    ] {
        let told = with("text", more.clone());
        let prose = told.description.first().map(|prose| prose.text.as_str());
        assert_eq!((told.subject.as_deref(), prose), (subject, description), "{more}");
    }
}
