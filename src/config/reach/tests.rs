#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

use std::path::Path;

use super::*;
use crate::config::{Origin, Problem};
use crate::ingress;
use crate::pattern::Pattern;
use crate::render::{Account, Caps, Document, Reader as ForReader};
use crate::secret::Env;
use crate::sources::decode;

/// What `check` tells of `routes`, behind two accounts and some receivers that are all used.
fn told(routes: &str) -> Vec<String> {
    let yaml = format!(
        "accounts: {{ \"111122223333\": {{ name: prod, owner: sre }}, \"444455556666\": {{ name: sandbox }} }}\nreceivers: {{ ops: \
         {{ console: }}, log: {{ console: , fallback: spare }}, spare: {{ console: }} }}\nroutes:\n{routes}  - {{ to: [ops, log] }}\n"
    );
    let name = format!("hikyaku-reach-{}-{}.yaml", std::process::id(), crate::text::sha256_hex(&[&yaml]));
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, yaml).unwrap();
    let checked = Origin::File(path.clone()).check(&Env::default());
    std::fs::remove_file(path).unwrap();
    let problems = checked.map(|(_, problems)| problems).unwrap_or_else(|broken| panic!("{broken}"));
    problems.iter().map(Problem::to_string).collect()
}

/// One route with this pattern.
fn of_pattern(pattern: &str) -> Vec<String> {
    told(&format!("  - {{ match: {pattern}, to: [ops] }}\n"))
}

#[test]
fn what_no_notification_has_is_told_where_it_stands() {
    for (pattern, expected) in [
        ("{ kind: [alrm] }", "4:23: warning: routes[0].match.kind[0]: no `kind` fits `alrm`; did you mean `alarm`?"),
        ("{ kind: [alarm, alrm] }", "4:30: warning: routes[0].match.kind[1]: no `kind` fits `alrm`; did you mean `alarm`?"),
        ("{ kind: [certificate] }", "no `kind` fits `certificate`; all of them are { prefix: \"certificate.\" }"),
        ("{ kind: [{ prefix: certificates. }] }", "no `kind` fits prefix `certificates.`; did you mean `certificate.`?"),
        ("{ kind: [{ wildcard: \"*.renewd\" }] }", "no `kind` fits wildcard `*.renewd`"),
        (
            "{ kind: [{ anything-but: [text, txt] }] }",
            "no `kind` fits `txt`, so that this excludes nothing; did you mean `text`?",
        ),
        ("{ severity: [critcal] }", "no `severity` fits `critcal`; did you mean `critical`?"),
        ("{ status: [open] }", "no `status` fits `open`"),
        ("{ account_name: [sandbx] }", "no `account_name` fits `sandbx`; did you mean `sandbox`?"),
        ("{ account: [111122223333] }", "no `account` fits `111122223333`, which is text, and stands in quotes"),
        ("{ data: { days_left: [\"12\"] } }", "no `data.days_left` fits `\"12\"`, which is a number"),
        ("{ data: { in_use: [{ prefix: tr }] } }", "no `data.in_use` fits prefix `tr`, which is true or false"),
        ("{ titel: [x, y] }", "4:16: warning: routes[0].match.titel: no notification has `titel`; did you mean `title`?"),
        ("{ titel: [{ exists: false }] }", "no notification has `titel`; did you mean `title`?"),
        ("{ detail: { state: [x] } }", "no notification has `detail`; what the event itself holds, `event` matches"),
        ("{ data: { dayz_left: [1] } }", "no notification has `data.dayz_left`; did you mean `days_left`?"),
        ("{ title: { text: [x] } }", "no notification has `title.text`"),
        (
            "{ $or: [{ kind: [alarm] }, { kind: [alrm] }] }",
            "routes[0].match.$or[1].kind[0]: no `kind` fits `alrm`; did you mean `alarm`?",
        ),
    ] {
        let told = of_pattern(pattern);
        assert!(told.len() == 1 && told.iter().all(|told| told.ends_with(expected)), "{pattern}: {told:#?}");
    }
}

#[test]
fn what_can_match_is_told_nothing() {
    for pattern in [
        "{ kind: [{ prefix: \"certificate.\" }], data: { days_left: [{ numeric: [\"<\", 3] }] } }",
        "{ kind: [{ anything-but: { prefix: health. } }] }",
        "{ account: [\"111122223333\"], account_owner: [sre], region: [{ prefix: ap- }], source: [my.app] }",
        "{ account_name: [{ exists: false }], topic: [{ suffix: \":ops\" }] }",
        "{ fields: { label: [Reason], value: [{ wildcard: \"*full*\" }] }, links: { url: [{ exists: true }] } }",
        "{ data: { root_causes: { service: [Amazon EC2] }, total_impact: [{ numeric: [\">\", 100] }] } }",
        "{ data: { keywords: [deploy] }, title: [{ equals-ignore-case: deployed }], summary: [{ exists: true }] }",
        "{ $or: [{ severity: [critical] }, { status: [resolved] }] }",
    ] {
        assert_eq!(of_pattern(pattern), Vec::<String>::new(), "{pattern}");
    }
    assert_eq!(
        told("  - { during: { days: mon }, to: [log] }\n  - { event: { detail: { x: [y] } }, to: [log] }\n"),
        Vec::<String>::new()
    );
}

#[test]
fn what_can_never_match_or_is_never_reached_is_told() {
    let never = "is never reached: what it matches, ";
    for (routes, expected) in [
        (
            "  - { match: { kind: [alarm], data: { budget_name: [x] } }, to: [ops] }\n",
            vec!["4:5: warning: routes[0]: can never match: no notification has all that it wants at once".to_owned()],
        ),
        (
            "  - { match: { severity: [info, notice] }, min_severity: warning, to: [ops] }\n",
            vec!["4:5: warning: routes[0]: can never match: what its pattern wants is below its `min_severity`".to_owned()],
        ),
        (
            "  - match: { kind: [{ prefix: budget. }] }\n    routes: [{ match: { kind: [alarm] }, to: [ops] }]\n",
            vec![
                "5:14: warning: routes[0].routes[0]: can never match: the route around it takes nothing of what it wants"
                    .to_owned(),
            ],
        ),
        (
            "  - match: { severity: [info] }\n    routes: [{ min_severity: notice, to: [ops] }]\n",
            vec![
                "5:14: warning: routes[0].routes[0]: can never match: what the route around it takes is below its `min_severity`"
                    .to_owned(),
            ],
        ),
        (
            "  - { match: { kind: [{ prefix: certificate. }] }, to: [ops] }\n  - { match: { kind: [certificate.expired], status: [firing] }, to: [log] }\n",
            vec![format!("5:5: warning: routes[1]: {never}route 0 takes")],
        ),
        (
            "  - { min_severity: warning, to: [ops] }\n  - { match: { severity: [info, notice] }, to: [log] }\n  - { match: { kind: [alarm] }, to: [log] }\n",
            vec![format!("6:5: warning: routes[2]: {never}the routes before it take")],
        ),
        (
            "  - { match: { account_name: [sandbox] }, to: [ops] }\n  - { match: { kind: [alarm], account_name: [sandbox] }, to: [log] }\n",
            vec![format!("5:5: warning: routes[1]: {never}route 0 takes")],
        ),
        (
            "  - routes:\n    - { event: { source: [a] }, to: [ops] }\n    - { event: { source: [a] }, min_severity: notice, to: [log] }\n",
            vec![format!("6:7: warning: routes[0].routes[1]: {never}route 0.0 takes")],
        ),
        (
            "  - { match: { kind: [alarm] }, to: [log], routes: [{ min_severity: notice, to: [ops] }, { to: [log] }] }\n",
            vec!["4:33: warning: routes[0].to: is of no use: its own routes take everything".to_owned()],
        ),
        // None of these takes all of it.
        ("  - { match: { kind: [alarm] }, to: [ops], continue: true }\n  - { match: { kind: [alarm] }, to: [log] }\n", vec![]),
        (
            "  - { match: { kind: [alarm] }, during: { days: mon }, to: [ops] }\n  - { match: { kind: [alarm] }, to: [log] }\n",
            vec![],
        ),
        (
            "  - { match: { kind: [alarm] }, min_severity: warning, to: [ops] }\n  - { match: { kind: [alarm] }, to: [log] }\n",
            vec![],
        ),
        (
            "  - { match: { kind: [alarm] }, event: { source: [a] }, to: [ops] }\n  - { match: { kind: [alarm] }, to: [log] }\n",
            vec![],
        ),
        (
            "  - { match: { kind: [alarm] }, routes: [{ min_severity: critical, to: [ops] }] }\n  - { match: { kind: [alarm] }, to: [log] }\n",
            vec![],
        ),
        (
            "  - { match: { account_name: [sandbox] }, to: [ops] }\n  - { match: { account_name: [sandbox, prod] }, to: [log] }\n",
            vec![],
        ),
        ("  - { match: { title: [x] }, to: [ops] }\n  - { match: { kind: [alarm] }, to: [log] }\n", vec![]),
    ] {
        assert_eq!(told(routes), expected, "{routes}");
    }
}

#[test]
fn a_receiver_that_gets_nothing_is_told() {
    let yaml =
        "receivers: { a: { console: , fallback: b }, b: { console: }, c: { console: } }\nroutes: [{ routes: [{ to: [a] }] }]\n";
    let path = std::env::temp_dir().join(format!("hikyaku-reach-{}.yaml", std::process::id()));
    std::fs::write(&path, yaml).unwrap();
    let checked = Origin::File(path.clone()).check(&Env::default()).map(|(_, problems)| problems);
    std::fs::remove_file(path).unwrap();
    let told: Vec<String> = checked.unwrap_or_default().iter().map(Problem::to_string).collect();
    assert_eq!(told, ["1:62: warning: receivers.c: gets nothing: no route and no `fallback` names it"]);
}

#[test]
fn a_mention_that_calls_nobody_is_told() {
    let hook = "\"https://hooks.slack.com/services/T0/B0/x\"";
    let receivers = format!("receivers: {{ chat: {{ slack: {{ url: {hook} }} }}, a: {{ console: }}, b: {{ console: }} }}\n");
    for (routes, expected) in [
        ("[{ to: [a, chat, b], mention: here }]", None),
        ("[{ to: [a, chat, b], mention: none }]", None),
        ("[{ routes: [{ to: [chat] }], mention: here, to: [a, b] }]", None),
        ("[{ to: [a, b], mention: { critical: none } }, { to: [chat] }]", None),
        ("[{ to: [a, b], mention: { critical: here }, continue: true }, { to: [chat] }]", Some("routes[0].mention")),
        ("[{ to: [a, b], mention: here, routes: [{ to: [chat], mention: here }] }]", Some("routes[0].mention")),
        ("[{ to: [chat], mention: here, routes: [{ to: [a, b], mention: here }] }]", Some("routes[0].routes[0].mention")),
    ] {
        let problems = crate::config::problems(&format!("{receivers}routes: {routes}\n"), &Env::default());
        let told = problems.iter().find(|problem| problem.setting.ends_with("mention"));
        assert_eq!(told.map(|problem| problem.setting.as_str()), expected, "{routes}: {problems:?}");
        if let Some(problem) = told {
            assert_eq!(problem.text, "calls nobody: no template of `console` writes `{{mention}}`");
        }
    }
}

/// Every name and every value of what the samples become lies within the worlds: nothing is warned of that can be.
#[test]
fn the_worlds_hold_every_sample() {
    let account = Account { name: Some("prod".to_owned()), owner: Some("sre".to_owned()), runbook: None };
    let accounts = Accounts::from_iter([("111122223333".to_owned(), account)]);
    let worlds = worlds(&accounts);
    let mut seen = 0;
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let Ok(payload) = ingress::unwrap(&text) else { continue };
        for envelope in payload.envelopes {
            let notification = decode(&envelope);
            let document = Document::new(&notification, &ForReader::default(), &accounts, Caps::NONE);
            let pattern = pattern_of(&serde_json::to_value(document).unwrap()).unwrap();
            let compiled = Pattern::parse(&pattern).unwrap();
            let reach = worlds.iter().map(|world| compiled.reach(&world.known)).max();
            assert_eq!(reach, Some(Reach::Maybe), "{}: {pattern}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

/// The pattern of exactly this document; none for what holds no plain value.
fn pattern_of(document: &Value) -> Option<Value> {
    match document {
        Value::Object(fields) => {
            let fields = fields.iter().filter_map(|(name, value)| Some((name.clone(), pattern_of(value)?)));
            let fields: serde_json::Map<String, Value> = fields.collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        Value::Array(items) => match items.first()? {
            Value::Object(_) => pattern_of(items.first()?),
            _ => Some(Value::Array(items.clone())),
        },
        plain => Some(json!([plain])),
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
