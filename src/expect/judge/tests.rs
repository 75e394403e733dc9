#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

use serde_json::json;

use super::*;
use crate::app::Background;
use crate::deliver::Terms;
use crate::expect::Coverage;
use crate::expect::coverage::Touched;
use crate::notification::{Kind, Severity, Status};
use crate::render::Unit;
use crate::route::Step;

/// A failed renewal for everybody in `ops`, and for `log`.
fn explanation() -> Explanation {
    let delivery = |receiver: &str, channel, mention| DeliveryExplanation {
        receiver: receiver.to_owned(),
        channel,
        template: format!("{channel}/default.hbs"),
        size: 120,
        unit: Unit::Characters,
        limit: 12_000,
        bytes: 130,
        payload: json!({ "text": "renewal of shop.example.com", "blocks": [{ "url": "https://wiki.example.com/prod" }] }),
        degraded: None,
        sent: String::new(),
        preview: "*Renewal* needs you: `shop.example.com`\nsecond line".to_owned(),
        mention,
        terms: Terms::default(),
    };
    let route = |index, matched| Step { index, matched, reason: String::new(), routes: Vec::new() };
    Explanation {
        notification: json!({ "kind": "certificate.renewal_failed", "status": "firing", "severity": "critical" }),
        overridden: None,
        routes: vec![route(0, false), route(1, true)],
        deliveries: vec![delivery("ops", "slack", Mention::Channel), delivery("log", "console", Mention::None)],
        background: Background::default(),
        dropped: None,
    }
}

fn told(expected: &Expected, explanations: &[Explanation]) -> Vec<String> {
    let told = |Failure { what, expected, came }: &Failure| format!("{what}: {expected} / {came}");
    failures(expected, explanations).iter().map(told).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_came_otherwise_is_told_and_what_is_not_said_may_be_as_it_likes() {
    let none = Expected::default();
    let of = |whose: Whose, wording: Wording| Expected { messages: vec![(whose, wording)], ..Expected::default() };
    let ops = |wording| of(Whose::Receiver("ops".to_owned()), wording);
    let contains = |texts: &[&str]| Wording { contains: names(texts), ..Wording::default() };
    let without = |texts: &[&str]| Wording { not_contains: names(texts), ..Wording::default() };
    let at_most = |size| Wording { max_size: Some(size), ..Wording::default() };
    let calls = |mention| Wording { mention: Some(mention), ..Wording::default() };
    for (expected, failures) in [
        (none.clone(), vec![]),
        (Expected { to: Some(names(&["log", "ops"])), ..none.clone() }, vec![]),
        (Expected { to: Some(names(&["ops"])), ..none.clone() }, vec!["to: ops / ops, log"]),
        (Expected { to: Some(names(&["ops", "log", "audit"])), ..none.clone() }, vec!["to: ops, log, audit / ops, log"]),
        (Expected { to: Some(vec![]), ..none.clone() }, vec!["to: nobody / ops, log"]),
        (Expected { not_to: names(&["audit"]), ..none.clone() }, vec![]),
        (Expected { not_to: names(&["audit", "log"]), ..none.clone() }, vec!["not_to: nothing to log / a message to it"]),
        (Expected { kind: Some(Kind::CertificateRenewalFailed), ..none.clone() }, vec![]),
        (
            Expected { kind: Some(Kind::Alarm), status: Some(Status::Info), severity: Some(Severity::Notice), ..none.clone() },
            vec!["kind: alarm / certificate.renewal_failed", "status: info / firing", "severity: notice / critical"],
        ),
        (Expected { mention: Some(Mention::Channel), ..none.clone() }, vec![]),
        (Expected { mention: Some(Mention::None), ..none.clone() }, vec!["mention: none / channel"]),
        (Expected { dropped: Some(false), ..none.clone() }, vec![]),
        (Expected { dropped: Some(true), ..none.clone() }, vec!["dropped: dropped / not dropped"]),
        (ops(contains(&["needs you", "second", "renewal of", "https://wiki."])), vec![]),
        (ops(contains(&["needs me"])), vec!["messages.ops.contains: `needs me` / not in the message"]),
        (ops(without(&["needs me"])), vec![]),
        (
            ops(without(&["second", "wiki"])),
            vec![
                "messages.ops.not_contains: no `second` / in the message",
                "messages.ops.not_contains: no `wiki` / in the message",
            ],
        ),
        (ops(at_most(120)), vec![]),
        (ops(at_most(119)), vec!["messages.ops.max_size: at most 119 characters / 120"]),
        (ops(calls(Mention::Channel)), vec![]),
        (ops(calls(Mention::Here)), vec!["messages.ops.mention: here / channel"]),
        (of(Whose::Channel("console".to_owned()), at_most(1)), vec!["messages.log.max_size: at most 1 characters / 120"]),
        (of(Whose::Channel("email".to_owned()), at_most(1)), vec!["messages.email: a message / none"]),
        (of(Whose::Receiver("audit".to_owned()), at_most(1)), vec!["messages.audit: a message / none"]),
    ] {
        assert_eq!(told(&expected, &[explanation()]), failures, "{expected:?}");
    }
}

#[test]
fn each_notification_of_an_event_has_to_hold() {
    let kind = Expected { kind: Some(Kind::CertificateRenewalFailed), ..Expected::default() };
    let mut other = explanation();
    other.notification = json!({ "kind": "text" });
    assert_eq!(told(&kind, &[explanation(), other]), ["notification 2: kind: certificate.renewal_failed / text"]);
    assert_eq!(told(&kind, &[]), ["event: a notification / none in it"]);
}

#[test]
fn an_own_template_that_fails_is_a_failure_whatever_was_expected() {
    let mut degraded = explanation();
    degraded.deliveries.iter_mut().for_each(|delivery| delivery.degraded = Some("slack/default: oh".to_owned()));
    let dropped = Expected { dropped: Some(false), ..Expected::default() };
    assert_eq!(
        told(&dropped, &[degraded]),
        [
            "messages.ops: a message by its own template / slack/default: oh",
            "messages.log: a message by its own template / slack/default: oh"
        ]
    );
}

#[test]
fn coverage_counts_routes_that_served_and_templates_that_made_a_message() {
    let untouched = |name: &str| Touched { name: name.to_owned(), times: 0 };
    let names = ["route 0, to a", "route 1, to ops, log", "route 1.0, drop", "route 1.1, to b", "route 10, to c"];
    let mut coverage = Coverage {
        routes: names.map(untouched).to_vec(),
        templates: vec![untouched("console/default.hbs"), untouched("slack/default.hbs"), untouched("slack/alarm.hbs")],
    };
    let mut degraded = explanation();
    degraded.deliveries.iter_mut().take(1).for_each(|delivery| delivery.degraded = Some("oh".to_owned()));
    // Where a route's own route served, the route itself did not.
    let mut nested = explanation();
    let own = |index, matched| Step { index, matched, reason: String::new(), routes: Vec::new() };
    nested.routes.iter_mut().for_each(|step| step.routes = vec![own(0, false), own(1, step.matched)]);
    coverage.note(&[explanation(), degraded, nested]);
    let times = |all: &[Touched]| all.iter().map(|touched| touched.times).collect::<Vec<_>>();
    assert_eq!((times(&coverage.routes), times(&coverage.templates)), (vec![0, 2, 0, 1, 0], vec![3, 2, 0]));
}
