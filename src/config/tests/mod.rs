#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

mod routes;

use super::*;
use crate::channels::Rate;
use crate::deliver::{Ambiguity, Terms};
use crate::memory::{Dedupe, Ladder, LedgerSettings};
use crate::notification::{Mention, Severity};
use crate::sources::Declared;

fn load(yaml: &str) -> Result<(Config, Vec<Problem>), Vec<String>> {
    let path = std::env::temp_dir().join(format!("hikyaku-{}-{}.yaml", std::process::id(), crate::text::sha256_hex(&[yaml])));
    std::fs::write(&path, yaml).unwrap();
    let env = Env::from_iter([("HOOK".to_owned(), "https://hooks.slack.com/services/CANARY".to_owned())]);
    let loaded = Origin::File(path.clone()).load(&env);
    std::fs::remove_file(path).unwrap();
    loaded.map_err(|broken| match broken {
        Broken::Problems(problems) => problems.iter().map(Problem::to_string).collect(),
        Broken::Unreadable(problem) => panic!("{problem}"),
    })
}

#[test]
fn the_contracts_example_is_read() {
    let (config, problems) = load(
        r##"
timezone: Asia/Tokyo
locale: ja
accounts:
  "111122223333": { name: prod, owner: sre, runbook: "https://wiki.example.com/prod" }
receivers:
  ops:     { slack:   { url: "secretsmanager:prod/hikyaku#slack" } }
  legacy:  { chime:   { url: "env:CHIME_WEBHOOK_URL" }, locale: en }
  finance: { email:   { topic_arn: "arn:aws:sns:ap-northeast-1:111122223333:finance" } }
  audit:   { webhook: { url: "https://audit.example.com/in", signing_secret: "ssm:/hikyaku/audit" } }
routes:
  - match: { kind: [{ prefix: "certificate." }], severity: [critical] }
    to: [ops, legacy]
    mention: channel
  - match: { kind: [{ prefix: "budget." }] }
    to: [finance]
  - to: [ops]
"##,
    )
    .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let names: Vec<_> = config.receivers.iter().map(|receiver| (receiver.name.as_str(), receiver.kind.profile.channel)).collect();
    assert_eq!(names, [("ops", "slack"), ("legacy", "chime"), ("finance", "email"), ("audit", "webhook")]);
    assert_eq!(
        config.receivers.iter().map(|receiver| receiver.reader.locale.tag()).collect::<Vec<_>>(),
        ["ja", "en", "ja", "ja"]
    );
    assert_eq!(config.routes.len(), 3);
    assert_eq!(config.accounts.get("111122223333").and_then(|account| account.owner.as_deref()), Some("sre"));
    let warnings: Vec<_> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(warnings.len(), 3, "{warnings:#?}");
    assert!(warnings[0].starts_with("8:14: warning: receivers.legacy.chime: Amazon Chime ended on 2026-02-20"), "{warnings:#?}");
    assert!(warnings[1].contains("env:CHIME_WEBHOOK_URL is not set here"), "{warnings:#?}");
    assert!(warnings[2].contains("a webhook's address is a password"), "{warnings:#?}");
}

#[test]
fn all_problems_are_told_in_one_go_with_their_places() {
    let problems = load(
        r#"
timezone: Asia/Tokio
local: ja
accounts:
  "1111": { name: prod, team: x }
receivers:
  ops: { slack: { ulr: "env:HOOK", url: "http://hooks.slack.com/services/CANARY", allow_private: [x] } }
  two: { slack: { url: "env:HOOK" }, chime: { url: "env:HOOK" } }
  none: { locale: en }
  teams: { teamz: {} }
routes:
  - match: { severity: critical }
    to: [opps]
  - match: { kind: [{ prefiks: x }] }
    to: [ops]
    continue: maybe
"#,
    )
    .map(|_| ())
    .unwrap_err();
    let channels: Vec<String> = crate::channels::CHANNELS.iter().map(|kind| format!("`{}`", kind.profile.channel)).collect();
    let one_channel = format!("must name one channel: {}", channels.join(", "));
    let expected = [
        "2:1: error: timezone: `Asia/Tokio` is no IANA time zone such as Asia/Tokyo; did you mean `Asia/Tokyo`?",
        "3:1: error: local: is no setting; did you mean `locale`?",
        "5:25: error: accounts.1111.team: is no setting",
        "7:19: error: receivers.ops.slack.ulr: is no setting; did you mean `url`?",
        "7:99: error: receivers.ops.slack.allow_private[0]: `x` is no network such as 10.0.0.0/8",
        "7:36: error: receivers.ops.slack.url: must begin with https://",
        "8:3: error: receivers.two: names two channels, `slack` and `chime`",
        &format!("9:3: error: receivers.none: {one_channel}"),
        "10:12: error: receivers.teams.teamz: is no setting",
        "12:5: error: routes[0].match: severity: must be a list",
        "13:10: error: routes[0].to[0]: there is no receiver `opps`; did you mean `ops`?",
        "14:5: error: routes[1].match: kind[0].prefiks: ",
        "16:5: error: routes[1].continue: must be `true` or `false`, not a text",
    ];
    for expected in expected {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "missing {expected:?} in {problems:#?}");
    }
    assert!(!problems.concat().contains("CANARY"), "{problems:#?}");
}

#[test]
fn what_is_no_configuration_says_so() {
    for (yaml, expected) in [
        ("", "error: the file is empty"),
        ("# nothing\n\n", "error: the file is empty"),
        ("receivers: {}", "1:1: error: receivers: there must be at least one receiver"),
        ("- a", "1:1: error: must be a mapping"),
        ("receivers:\n\tops: {}", "2:2: error: is no YAML: tabs disallowed"),
        ("receivers: { a: { console: }, a: { console: } }", "1:31: error: is no YAML"),
        ("receivers: { a: { console: } }\nroutes: []", "2:1: error: routes: must be a list with at least one route"),
        ("receivers: { a: { console: } }\nroutes: [{ to: [a] }, { to: [a] }]", "2:23: error: routes[1]: is never reached"),
        (
            "receivers: { a: { console: } }\nroutes: [{ match: { kind: [x] }, to: [a] }]",
            "2:10: error: routes[0]: the last route must match everything",
        ),
        ("receivers: { a: { console: } }\nroutes: [{}]", "2:10: error: routes[0]: must name receivers in `to`"),
        ("receivers: { a: { slack: { url: \"https://hooks.slack.com/services/CANARY\", x: [ } }", "error: is no YAML"),
    ] {
        let problems = load(yaml).map(|_| ()).unwrap_err();
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{yaml}: missing {expected:?} in {problems:#?}");
        assert!(!problems.concat().contains("CANARY"), "{problems:#?}");
    }
}

#[test]
fn the_environment_alone_is_a_configuration() {
    let env = Env::from_iter([
        ("SLACK_WEBHOOK_URL".to_owned(), "https://hooks.slack.com/services/CANARY".to_owned()),
        ("EMAIL_TOPIC_ARN".to_owned(), "arn:aws:sns:us-east-1:111122223333:mail".to_owned()),
        ("WEBHOOK_URL".to_owned(), " ".to_owned()),
    ]);
    let (config, problems) = Origin::Environment.load(&env).unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(problems, []);
    assert_eq!(config.routes[0].to, ["slack", "email"]);
    let references = |config: &Config| -> Vec<String> {
        config.receivers.iter().flat_map(|receiver| receiver.channel.references()).map(ToString::to_string).collect()
    };
    assert_eq!(references(&config), ["env:SLACK_WEBHOOK_URL"]);

    let kept = Env::from_iter([("SLACK_WEBHOOK_URL".to_owned(), " ssm:/hikyaku/slack\n".to_owned())]);
    let (config, _) = Origin::Environment.load(&kept).unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(references(&config), ["ssm:/hikyaku/slack"], "where a stack keeps it");

    let nothing = Origin::Environment.load(&Env::default()).map(|_| ()).unwrap_err().to_string();
    assert!(nothing.contains("set SLACK_WEBHOOK_URL"), "{nothing}");
}

#[test]
fn what_becomes_of_a_failure_is_configured() {
    let (config, problems) = load(
        r#"
receivers:
  ops:   { slack: { url: "env:HOOK" }, fallback: spare, ambiguous: keep }
  spare: { slack: { url: "env:HOOK" }, rate: { per_second: 0.5, burst: 2 } }
  log:   { console: }
  other: { slack: { url: "env:HOOK", allow_hosts: [chat.example.com] } }
  local: { slack: { url: "env:HOOK", allow_insecure_loopback: true } }
dedupe: none
expiry_ladder: { life_fractions: [0.33, 0.1] }
ledger: { dynamodb: { table: hikyaku, on_error: fail } }
failure_queue: https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures
"#,
    )
    .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let told: Vec<&str> = problems.iter().map(|problem| problem.setting.as_str()).collect();
    assert_eq!(told, ["receivers.local.slack"], "it is for trying out");
    let terms: Vec<_> = config.receivers.iter().map(|receiver| receiver.terms.clone()).collect();
    let slack = Rate { per_second: 1.0, burst: 5 };
    assert_eq!(terms[0], Terms { fallback: Some("spare".into()), rate: Some(slack), ambiguous: Ambiguity::Keep });
    assert_eq!(terms[1], Terms { rate: Some(Rate { per_second: 0.5, burst: 2 }), ..Terms::default() });
    assert!(terms[2..].len() == 3 && terms[2..].iter().all(|terms| *terms == Terms::default()), "{terms:?}");
    assert_eq!((config.memory.dedupe, config.memory.ladder), (Dedupe::None, Ladder::LifeFractions(vec![0.33, 0.1])));
    assert!(config.memory.ledger.is_some());
    assert_eq!(config.failure_queue.as_deref(), Some("https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures"));

    let usual = load("receivers: { ops: { slack: { url: \"env:HOOK\" } } }").unwrap_or_else(|problems| panic!("{problems:#?}")).0;
    assert_eq!((usual.memory.dedupe, usual.memory.ladder), (Dedupe::Fact, Ladder::Days(vec![30, 14, 7, 3, 2, 1])));
    assert!(usual.memory.ledger.is_none() && usual.failure_queue.is_none());

    // What a stack knows need not stand in a file, and what stands there counts.
    let queue = "https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures";
    let stack = Env::from_iter([
        ("WEBHOOK_URL".to_owned(), "https://audit.example.com/in".to_owned()),
        ("LEDGER_TABLE".to_owned(), "hikyaku".to_owned()),
        ("FAILURE_QUEUE_URL".to_owned(), queue.to_owned()),
    ]);
    let told = Origin::Environment.load(&stack).unwrap_or_else(|broken| panic!("{broken}")).0;
    assert_eq!((told.memory.ledger, told.failure_queue.as_deref()), (Some(LedgerSettings::of("hikyaku")), Some(queue)));
}

#[test]
fn what_cannot_be_done_with_a_failure_is_told() {
    let problems = load(
        r#"
receivers:
  ops:    { console: , fallback: spair }
  spare:  { console: , fallback: spare }
  one:    { console: , fallback: two }
  two:    { console: , fallback: three }
  three:  { console: , fallback: two }
  fast:   { console: , rate: { per_second: 0 } }
  faster: { console: , rate: { per_second: 1, burst: 0 }, ambiguous: keep }
  "a b":  { console: , ambiguous: drop }
dedupe: facts
expiry_ladder: { days: [] }
ledger: { dynamodb: { on_error: ignore } }
failure_queue: "https://sqs.ap-northeast-1.amazonaws.com/failures"
"#,
    )
    .map(|_| ())
    .unwrap_err();
    let expected = [
        "3:24: error: receivers.ops.fallback: there is no receiver `spair`; did you mean `spare`?",
        "4:24: error: receivers.spare.fallback: leads back to itself: spare → spare",
        "6:24: error: receivers.two.fallback: leads back to itself: two → three → two",
        "7:24: error: receivers.three.fallback: leads back to itself: three → two → three",
        "8:24: error: receivers.fast.rate: `per_second` must be from 0.001 to 1000000",
        "9:24: error: receivers.faster.rate: `burst` must be 1 at least",
        "10:3: error: receivers.a b: a receiver's name is made of letters, digits, `-`, `_` and `.`",
        "10:24: error: receivers.a b.ambiguous: `drop` is none of `retry`, `keep`",
        "11:1: error: dedupe: `facts` is none of `fact`, `none`; did you mean `fact`?",
        "12:1: error: expiry_ladder: must be whole days from 1 on, such as [30, 14, 7, 3, 2, 1]",
        "13:23: error: ledger.dynamodb.on_error: `ignore` is none of `deliver`, `fail`",
        "14:1: error: failure_queue: is no queue's URL such as https://",
    ];
    for expected in expected {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "missing {expected:?} in {problems:#?}");
    }
    let without = load("receivers: { ops: { slack: { url: \"env:HOOK\" }, ambiguous: keep } }").map(|_| ()).unwrap_err();
    assert!(without[0].contains("ops.ambiguous: needs a `failure_queue`"), "{without:#?}");
}

#[test]
fn declared_sources_are_read_in_their_order() {
    let (config, problems) = load(
        r##"
receivers: { here: { console: } }
sources:
  - name: deploys
    match: { source: [my.deployer], detail-type: [{ prefix: "Deploy" }] }
    kind: event
    severity: "{{#if detail.failed}}warning{{else}}info{{/if}}"
    status: firing
    title: "Deploy of {{detail.service}} {{detail.status}}"
    fields: { Service: "{{detail.service}}", "a/b": "{{detail.sha}}" }
    links: { Open: "{{detail.url}}", Docs: "https://docs.example.com/{{detail.service}}" }
    resources: ["{{detail.arn}}"]
  - name: cron
    match: { text: [{ wildcard: "*error*" }] }
    severity: warning
"##,
    )
    .unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(problems, []);
    let names: Vec<_> = config.sources.declared().iter().map(Declared::name).collect();
    assert_eq!(names, ["deploys", "cron"]);
}

#[test]
fn what_is_wrong_with_a_declared_source_is_told_with_its_place() {
    let problems = load(
        r##"receivers: { here: { console: } }
sources:
  - match: { source: [a] }
  - name: a
  - name: a
    match: { source: a }
  - name: "two words"
    match: { source: [{ prefiks: x }] }
    titel: x
    kind: alarm
    severity: hot
    status: "{{x}}"
    title: [x]
    fields: { Service: 3 }
    links: { Open: "http://ci.example.com/{{x}}", Other: "{{x}}" }
    resources: "{{x}}"
  - name: b
    match: { source: [b] }
    kind: event
    links: { "a/b": "ftp://ci.example.com/" }
  - name: b
    match: { source: [b] }
    kind: certificate.expiring
  - just text
"##,
    )
    .map(|_| ())
    .unwrap_err();
    for expected in [
        "3:5: error: sources[0]: needs `name`",
        "4:5: error: sources[1]: needs `match`",
        "6:5: error: sources[2].match: source: must be a list",
        "8:5: error: sources[3].match: source[0].prefiks: ",
        "9:5: error: sources[3].titel: is no setting; did you mean `title`?",
        "10:5: error: sources[3].kind: `alarm` has data of its own: one of event, text, custom has none",
        "11:5: error: sources[3].severity: must be one of critical, warning, notice, info, or a template that writes one",
        "13:5: error: sources[3].title: must be a text, not a list",
        "14:5: error: sources[3].fields: `Service` must be a text",
        "7:5: error: sources[3].name: must be at most 64 letters",
        "15:14: error: sources[3].links.Open: must begin with https://",
        "16:5: error: sources[3].resources: must be a list, not a text",
        "21:5: error: sources[5].name: there is a source `b` before this one",
        "20:14: error: sources[4].links.a/b: must begin with https://",
        "23:5: error: sources[5].kind: `certificate.expiring` has data of its own",
        "24:5: error: sources[6]: must be a mapping",
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "missing {expected:?} in {problems:#?}");
    }
    for (yaml, expected) in [
        ("sources: { name: a }", "2:1: error: sources: must be a list"),
        (
            "sources: [{ name: a b, match: { a: [b] } }]",
            "2:13: error: sources[0].name: must be at most 64 letters, digits, `.`, `-`, `_` and `/`",
        ),
        (
            "sources: [{ name: a, match: { a: [b] } }, { name: a, match: { a: [b] } }]",
            "2:45: error: sources[1].name: there is a source `a` before this one",
        ),
    ] {
        let problems = load(&format!("receivers: {{ here: {{ console: }} }}\n{yaml}\n")).map(|_| ()).unwrap_err();
        assert_eq!(problems, [expected], "{yaml}");
    }
}

#[test]
fn a_check_compiles_the_templates_of_declared_sources_and_a_start_does_not() {
    let yaml = r##"receivers: { here: { console: } }
sources:
  - name: a
    match: { source: [a] }
    title: "{{upper x}}"
    summary: |
      {{#if x}}
      {{/each}}
    fields: { Good: "{{x}}", "a/b": "{{{x}}}" }
    resources: ["{{x}}", "{{#each x}}"]
"##;
    assert_eq!(load(yaml).map(|(_, problems)| problems).unwrap_or_else(|problems| panic!("{problems:#?}")), []);
    let path = std::env::temp_dir().join(format!("hikyaku-sources-{}.yaml", std::process::id()));
    std::fs::write(&path, yaml).unwrap();
    let (_, problems) = Origin::File(path.clone()).check(&Env::default()).unwrap_or_else(|broken| panic!("{broken}"));
    std::fs::remove_file(path).unwrap();
    let problems: Vec<_> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(
        problems,
        [
            "5:5: warning: sources[0].title: no such helper: `upper`",
            "6:5: error: sources[0].summary: line 2: `{{/each}}` closes `{{#if}}` of line 1",
            "9:30: error: sources[0].fields.a/b: writes a value unescaped; use {{x}}, {{plain x}}, {{url x}}, {{code x}} or {{json x}}",
            "10:26: error: sources[0].resources[1]: `{{#each}}` is never closed by `{{/each}}`",
        ]
    );
}

#[test]
fn a_layer_is_looked_into_last_and_its_templates_serve_where_no_others_are_named() {
    let folder = std::env::temp_dir().join(format!("hikyaku-layer-{}", std::process::id()));
    let (here, layer) = (folder.join("here"), folder.join("layer"));
    std::fs::create_dir_all(&here).unwrap();
    std::fs::create_dir_all(layer.join("templates/slack")).unwrap();
    let yaml = "receivers: { ops: { console: {} } }\n";
    let named =
        |file: &Path| Origin::find(None, &Env::default(), &[here.clone(), layer.clone()]) == Origin::File(file.to_owned());
    std::fs::write(layer.join("hikyaku.yaml"), yaml).unwrap();
    assert!(named(&layer.join("hikyaku.yaml")));
    std::fs::write(here.join("hikyaku.yaml"), yaml).unwrap();
    assert!(named(&here.join("hikyaku.yaml")));

    std::fs::write(layer.join("templates/slack/alarm.hbs"), "{{#if}}").unwrap();
    let wrong = |yaml: &str| {
        let mut loader = Loader::parse(yaml, "receivers", &here).unwrap_or_else(|broken| panic!("{broken}"));
        loader.layer.clone_from(&layer);
        let profiles: Vec<&Profile> = CHANNELS.iter().map(|kind| &kind.profile).collect();
        loader.library().check(&profiles).len()
    };
    assert!(wrong(yaml) > 0, "the layer's template is found");
    assert_eq!(wrong(&format!("templates_dir: .\n{yaml}")), 0, "another folder is named");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_parameter_is_named_read_and_counted_back_from() {
    for (name, parameter) in [
        ("ssm:/hikyaku/config", Some("ssm:/hikyaku/config")),
        ("ssm:/hikyaku/config:7", Some("ssm:/hikyaku/config:7")),
        ("hikyaku.yaml", None),
        ("./ssm:hikyaku.yaml", None),
    ] {
        match Origin::of(Path::new(name)) {
            Origin::Parameter(stored) => assert_eq!(Some(stored.to_string().as_str()), parameter),
            other => assert_eq!((other, parameter), (Origin::File(PathBuf::from(name)), None)),
        }
    }
    let env = Env::from_iter([("HIKYAKU_CONFIG".to_owned(), "ssm:/hikyaku/config".to_owned())]);
    let found = Origin::find(None, &env, &[]);
    assert_eq!(found.to_string(), "ssm:/hikyaku/config");
    assert_eq!(found.load(&env).map(|_| ()).unwrap_err().to_string(), "ssm:/hikyaku/config has not been read");
    let explicit = Origin::find(Some(Path::new("mine.yaml")), &env, &[]);
    assert_eq!(explicit, Origin::File(PathBuf::from("mine.yaml")));
}
