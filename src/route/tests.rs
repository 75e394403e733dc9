use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::ingress::{Body, Envelope, unwrap};
use crate::notification::{Kind, Notification, Status};

fn route(pattern: Value, to: &[&str]) -> Route {
    Route { pattern: Some(Pattern::parse(&pattern).unwrap()), ..to_all(to) }
}

fn to_all(to: &[&str]) -> Route {
    Route { to: to.iter().map(|to| (*to).to_owned()).collect(), ..Route::default() }
}

fn dropping(why: Option<&str>) -> Route {
    Route { drop: Some(Discard { why: why.map(str::to_owned) }), ..Route::default() }
}

fn calls(settings: Value) -> Option<Calls> {
    Some(Calls::deserialize(settings).unwrap())
}

/// A selection for a text of this severity, of which patterns see `document`.
fn selected<'a>(routes: &'a [Route], severity: Severity, document: &Value) -> Selection<'a> {
    let notification = Notification::bare(Kind::Text, (Status::Firing, severity), "sns", "key".to_owned());
    let envelope = Envelope::bare(Body::Text("text".to_owned()));
    select(routes, &Matter::new(&notification, &envelope, || document.clone(), None))
}

fn receivers(selection: &Selection<'_>) -> Vec<String> {
    selection.choices.iter().map(|choice| choice.receiver.to_owned()).collect()
}

#[test]
fn the_first_match_wins_unless_it_goes_on() {
    let document = json!({ "kind": "certificate.expired", "severity": "critical" });
    let certificates = route(json!({ "kind": [{ "prefix": "certificate." }] }), &["ops"]);
    let rest = route(json!({ "kind": [{ "exists": true }] }), &["ops", "log"]);
    let routes = [certificates.clone(), rest.clone()];
    assert_eq!(receivers(&selected(&routes, Severity::Critical, &document)), ["ops"]);
    let going_on = Route { go_on: true, mention: calls(json!("channel")), ..certificates };
    let routes = [going_on, rest];
    let selection = selected(&routes, Severity::Critical, &document);
    assert_eq!(
        selection.choices,
        [Choice { receiver: "ops", mention: Some(Mention::Channel) }, Choice { receiver: "log", mention: None }],
        "a receiver is chosen once"
    );
}

#[test]
fn a_route_says_why_not() {
    let document = json!({ "kind": "text", "severity": "info" });
    let routes = [
        route(json!({ "kind": ["alarm"] }), &["ops"]),
        Route { min_severity: Some(Severity::Warning), ..to_all(&["ops"]) },
        dropping(None),
        to_all(&["ops"]),
    ];
    let selection = selected(&routes, Severity::Info, &document);
    let reasons: Vec<_> = selection.steps.iter().map(|step| step.reason.as_str()).collect();
    assert_eq!(reasons, ["`kind` is `text`, wanted `alarm`", "`severity` is `info`, below `warning`", "it matches everything"]);
    assert!(selection.dropped == Some(Dropped { route: "2".to_owned(), why: None }) && selection.choices.is_empty());
    let selection = selected(&routes, Severity::Critical, &document);
    assert_eq!(selection.steps.last().unwrap().reason, "`severity` is `critical`, at least `warning`");
}

/// A tree as a person writes it down.
fn tree() -> Vec<Route> {
    let sandbox = json!({ "account_name": ["sandbox"] });
    let team = Route {
        mention: calls(json!({ "critical": "channel" })),
        routes: vec![
            Route { go_on: true, ..route(json!({ "kind": ["alarm"] }), &["pager"]) },
            Route { mention: calls(json!("here")), ..route(json!({ "kind": ["alarm", "finding"] }), &["team"]) },
            Route { pattern: Some(Pattern::parse(&json!({ "kind": ["text"] })).unwrap()), ..dropping(Some("known noise")) },
        ],
        ..route(json!({ "account_owner": ["team"] }), &["default"])
    };
    let group = Route {
        routes: vec![
            route(json!({ "kind": ["custom"] }), &["log"]),
            Route { go_on: true, ..route(json!({ "kind": ["event"] }), &["log"]) },
        ],
        ..route(sandbox, &[])
    };
    vec![team, group, to_all(&["rest"])]
}

#[test]
fn a_route_offers_to_its_own_routes_first() {
    let (team, sandbox, nobody) = (json!("team"), json!("sandbox"), json!("nobody"));
    for (owner, name, kind, to, dropped) in [
        (&team, &nobody, "alarm", vec!["pager", "team"], None),
        (&team, &nobody, "finding", vec!["team"], None),
        (&team, &nobody, "text", vec![], Some("0.2: known noise")),
        (&team, &nobody, "custom", vec!["default"], None),
        (&nobody, &sandbox, "custom", vec!["log"], None),
        // The last of its routes says `continue`: what follows the route that it is in is not meant.
        (&nobody, &sandbox, "event", vec!["log"], None),
        (&nobody, &sandbox, "alarm", vec!["rest"], None),
        (&nobody, &nobody, "text", vec!["rest"], None),
    ] {
        let document = json!({ "account_owner": owner, "account_name": name, "kind": kind });
        let (routes, dropped) = (tree(), dropped.map(|dropped| format!("route {dropped}")));
        let selection = selected(&routes, Severity::Critical, &document);
        assert_eq!(receivers(&selection), to, "{document}");
        assert_eq!(selection.dropped.map(|dropped| dropped.to_string()), dropped, "{document}");
    }
}

#[test]
fn the_steps_of_a_tree_are_nested_and_tell_who_served() {
    let document = json!({ "account_owner": "nobody", "account_name": "sandbox", "kind": "alarm" });
    let (routes, json) = (tree(), |steps: &[Step]| serde_json::to_value(steps).unwrap());
    let selection = selected(&routes, Severity::Info, &document);
    assert_eq!(
        json(&selection.steps),
        json!([
            { "index": 0, "matched": false, "reason": "`account_owner` is `nobody`, wanted `team`" },
            {
                "index": 1, "matched": false, "reason": "its pattern matches, but none of its routes matches",
                "routes": [
                    { "index": 0, "matched": false, "reason": "`kind` is `alarm`, wanted `custom`" },
                    { "index": 1, "matched": false, "reason": "`kind` is `alarm`, wanted `event`" },
                ],
            },
            { "index": 2, "matched": true, "reason": "it matches everything" },
        ])
    );
    let document = json!({ "account_owner": "team", "kind": "finding" });
    let steps = selected(&routes, Severity::Info, &document).steps;
    let team = steps.first().unwrap();
    let own: Vec<_> = team.routes.iter().map(Step::serves).collect();
    assert_eq!((steps.len(), team.matched, team.serves(), own), (1, true, false, vec![false, true]));
    let document = json!({ "account_owner": "team", "kind": "custom" });
    assert!(selected(&routes, Severity::Info, &document).steps.first().unwrap().serves(), "its own `to` did");
}

#[test]
fn a_mention_is_by_severity_and_holds_for_own_routes_that_say_nothing_else() {
    let routes = tree();
    for (kind, severity, mentions) in [
        ("alarm", Severity::Critical, vec![Some(Mention::Channel), Some(Mention::Here)]),
        ("alarm", Severity::Warning, vec![Some(Mention::None), Some(Mention::Here)]),
        ("custom", Severity::Critical, vec![Some(Mention::Channel)]),
        ("custom", Severity::Info, vec![Some(Mention::None)]),
    ] {
        let document = json!({ "account_owner": "team", "kind": kind });
        let selection = selected(&routes, severity, &document);
        let called: Vec<_> = selection.choices.iter().map(|choice| choice.mention).collect();
        assert_eq!(called, mentions, "{kind} {severity}");
    }
}

#[test]
fn what_a_route_before_has_chosen_is_not_dropped() {
    let routes = [Route { go_on: true, ..to_all(&["log"]) }, dropping(Some("noise")), to_all(&["ops"])];
    let selection = selected(&routes, Severity::Info, &json!({}));
    assert_eq!((receivers(&selection), selection.dropped), (vec!["log".to_owned()], None));
    // One that its own route drops is dropped there alone, if the route around it goes on.
    let around = Route { go_on: true, routes: vec![dropping(None)], ..Route::default() };
    let routes = [around, to_all(&["ops"])];
    assert_eq!(receivers(&selected(&routes, Severity::Info, &json!({}))), ["ops"]);
}

#[test]
fn an_event_pattern_looks_at_the_message_as_it_came() {
    let event = json!({ "source": "my.app", "detail-type": "Deploy", "detail": { "state": ["failed"], "by": "ci" } });
    let sns = |message: &str| json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": message } }] }).to_string();
    let wants_failed =
        || Route { event: Some(Pattern::parse(&json!({ "detail": { "state": ["failed"] } })).unwrap()), ..to_all(&["ops"]) };
    let and_alarm = Route { pattern: Some(Pattern::parse(&json!({ "kind": ["alarm"] })).unwrap()), ..wants_failed() };
    let and_event = Route { pattern: Some(Pattern::parse(&json!({ "kind": ["event"] })).unwrap()), ..wants_failed() };
    let text = "its message is text, and `event` wants JSON";
    for (payload, route, matched, reason) in [
        (event.to_string(), wants_failed(), true, "its pattern of the event matches"),
        (sns(&event.to_string()), wants_failed(), true, "its pattern of the event matches"),
        (event.to_string(), and_event, true, "its patterns match"),
        (event.to_string(), and_alarm, false, "`kind` is `event`, wanted `alarm`"),
        (
            json!({ "detail": { "state": "ok" } }).to_string(),
            wants_failed(),
            false,
            "in the event, `detail.state` is `ok`, wanted `failed`",
        ),
        (sns("{\"detail\":{\"state\":\"failed\"}}"), wants_failed(), true, "its pattern of the event matches"),
        (sns("failed"), wants_failed(), false, text),
        (sns("[\"failed\"]"), wants_failed(), false, "in the event, the event is a list, wanted an object"),
        ("42".to_owned(), wants_failed(), false, text),
    ] {
        let envelope = unwrap(&payload).unwrap().envelopes.remove(0);
        let notification = Notification::bare(Kind::Event, (Status::Info, Severity::Info), "x", "x".to_owned());
        let routes = [route];
        let matter = Matter::new(&notification, &envelope, || json!({ "kind": "event" }), None);
        let step = select(&routes, &matter).steps.remove(0);
        assert_eq!((step.matched, step.reason.as_str()), (matched, reason), "{payload}");
    }
}

#[test]
fn the_hours_of_a_route_are_those_of_the_event_else_of_the_delivery() {
    let office = json!({ "days": "mon-fri", "from": "09:00", "until": "18:00" });
    let settings = DuringSettings::deserialize(office).unwrap();
    let during = During::new(settings, &TimeZone::get("Asia/Tokyo").unwrap()).unwrap();
    let routes = [Route { during: Some(during), min_severity: Some(Severity::Info), ..to_all(&["desk"]) }];
    let (day, night) = ("2026-11-20T07:30:00Z", "2026-11-20T17:30:00Z");
    for (occurred, now, matched, reason) in [
        (Some(day), Some(night), true, "`occurred_at` is fri 16:30 in Asia/Tokyo, within mon-fri 09:00–18:00"),
        (Some(night), Some(day), false, "`occurred_at` is sat 02:30 in Asia/Tokyo, not within mon-fri 09:00–18:00"),
        (None, Some(day), true, "the time is fri 16:30 in Asia/Tokyo, within mon-fri 09:00–18:00"),
        (None, None, false, "it has no `occurred_at`, and no time is given (`--at`)"),
    ] {
        let time = |time: Option<&str>| time.map(|time| time.parse::<Timestamp>().unwrap());
        let bare = Notification::bare(Kind::Text, (Status::Info, Severity::Info), "sns", "key".to_owned());
        let notification = Notification { occurred_at: time(occurred), ..bare };
        let envelope = Envelope::bare(Body::Text("text".to_owned()));
        let step = select(&routes, &Matter::new(&notification, &envelope, || Value::Null, time(now))).steps.remove(0);
        assert!(step.matched == matched && step.reason.ends_with(reason), "{step:?}");
    }
}

#[test]
fn only_a_route_that_is_sure_to_lead_somewhere_takes_everything() {
    let group = |routes: Vec<Route>| Route { routes, ..Route::default() };
    let never = || route(json!({ "kind": ["x"] }), &["ops"]);
    for (route, takes) in [
        (to_all(&["ops"]), true),
        (dropping(None), true),
        (Route::default(), false),
        (never(), false),
        (Route { min_severity: Some(Severity::Info), ..to_all(&["ops"]) }, false),
        (group(vec![never()]), false),
        (group(vec![never(), to_all(&["ops"])]), true),
        (Route { to: vec!["ops".to_owned()], ..group(vec![never()]) }, true),
        (group(vec![group(vec![dropping(None)])]), true),
    ] {
        assert_eq!(route.takes_everything(), takes, "{route:?}");
    }
    let (tree, names) = (tree(), ["0", "0.0", "0.1", "0.2", "1", "1.0", "1.1", "2"]);
    assert_eq!(all(&tree).iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), names);
}

#[test]
fn what_no_particular_route_took_was_the_last_resorts() {
    let alarms = route(json!({ "kind": ["alarm"] }), &["ops"]);
    let audit = Route { go_on: true, ..to_all(&["audit"]) };
    let rest = to_all(&["log"]);
    let tree = Route { routes: vec![alarms.clone()], ..rest.clone() };
    for (routes, kind, expected) in [
        (&[&rest][..], "text", false),
        (&[&audit, &rest], "text", false),
        (&[&alarms, &rest], "text", true),
        (&[&alarms, &rest], "alarm", false),
        (&[&audit, &alarms, &rest], "text", true),
        (&[&audit, &alarms, &rest], "alarm", false),
        (&[&tree], "text", true),
        (&[&tree], "alarm", false),
    ] {
        let routes: Vec<Route> = routes.iter().map(|route| (*route).clone()).collect();
        let selection = selected(&routes, Severity::Info, &json!({ "kind": kind }));
        assert_eq!(selection.is_last_resort(&routes), expected, "{routes:?} {kind}");
    }
}
