//! Expectations as a person writes and runs them: `init`, `samples`, `explain`, `test`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use std::path::Path;

use hikyaku::text::columns::width;
use serde_json::{Value, json};

use support::explanation::is_japanese;
use support::folder::Folder;
use support::program::{Run, Said, hikyaku};

fn in_folder<'a>(folder: &'a Folder, line: &'a str) -> Run {
    hikyaku(folder, line.split_whitespace()).env("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T/B/x")
}

async fn ran(folder: &Folder, line: &str) -> Said {
    in_folder(folder, line).run().await
}

/// Two receivers of one channel and one of another; a route each.
fn with_config(expectations: &str) -> Folder {
    let folder = Folder::new();
    folder.write(
        "hikyaku.yaml",
        "receivers:\n  ops: { slack: { url: \"env:SLACK_WEBHOOK_URL\" } }\n  dev: { slack: { url: \"env:SLACK_WEBHOOK_URL\" }, \
        locale: ja }\n  log: { console: {} }\nroutes:\n  - { match: { kind: [{ prefix: \"certificate.\" }] }, to: [ops, dev], \
        mention: here }\n  - { match: { kind: [alarm] }, drop: true }\n  - { to: [log] }\n",
    );
    folder.write("hikyaku.test.yaml", expectations);
    folder
}

#[tokio::test]
async fn a_newcomers_way_from_nothing_to_a_tested_configuration() {
    let folder = Folder::new();
    let said = ran(&folder, "init").await;
    assert_eq!((said.status, said.stdout.as_str()), (0, "hikyaku.yaml\nhikyaku.test.yaml\nhikyaku.schema.json\n"), "{said:?}");
    let said = ran(&folder, "check --strict").await;
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{said:?}");
    let written = std::fs::read_to_string(folder.path().join("hikyaku.schema.json")).unwrap();
    assert_eq!(ran(&folder, "schema").await.stdout, written, "what editors are told to look at");
    let starter = std::fs::read_to_string(folder.path().join("hikyaku.yaml")).unwrap();
    assert!(starter.starts_with("# yaml-language-server: $schema=./hikyaku.schema.json\n"), "{starter}");
    let sample = ran(&folder, "samples certificate.renewal_failed").await;
    let said = in_folder(&folder, "explain -").input(&sample.stdout).run().await;
    assert!(said.status == 0 && said.stdout.contains("route 1     ✓ its pattern matches → to ops"), "{said:?}");
    let said = ran(&folder, "test").await;
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.stdout.ends_with("\n\n4 expectations, all hold\nroutes: 4 of 4 touched\n"), "{said:?}");

    // What one then does: another route, and another word in a template.
    let config = std::fs::read_to_string(folder.path().join("hikyaku.yaml")).unwrap();
    let config = config.replace("- min_severity: notice ", "- min_severity: critical ");
    folder.write("hikyaku.yaml", config.replace("# templates_dir: ", "templates_dir: "));
    folder.write("templates/slack/certificate.hbs", "{ \"text\": \"{{#if mention}}<!{{mention}}> {{/if}}{{mark}} {{title}}\" }");
    folder.write("templates/slack/budget.hbs", "{ \"text\": \"{{title}}\" }");
    let said = ran(&folder, "test").await;
    assert_eq!(said.status, 1, "{said:?}");
    for line in [
        "✗ a budget that will be passed calls nobody\n  hikyaku.test.yaml:12\n  ! to: expected ops, came log\n",
        "  route 2     ✗ `severity` is `warning`, below `critical`\n  route 3     ✓ it matches everything → to log\n",
        "  log (console), console/default.hbs: ",
        "    │ 🟠 Budget shop-prod-monthly: forecast 110 % of $18,000.00\n",
        "4 expectations, 1 failed\nroutes: 3 of 4 touched\n  not touched: route 2, to ops\n",
        "templates: 1 of 2 touched\n  not touched: slack/budget.hbs\n",
    ] {
        assert!(said.stdout.contains(line), "missing {line:?}: {}", said.stdout);
    }
}

#[tokio::test]
async fn nobody_is_called_but_by_a_message_that_says_so() {
    let folder = with_config(
        "expectations:\n  - { name: a renewal, sample: certificate.renewal_failed, mention: here, messages: { ops: { mention: here }, log: { \
         mention: none } } }\n",
    );
    let config = std::fs::read_to_string(folder.path().join("hikyaku.yaml")).unwrap();
    folder.write("hikyaku.yaml", config.replace("to: [ops, dev]", "to: [ops, dev, log]"));
    let sample = ran(&folder, "samples certificate.renewal_failed").await.stdout;
    let said = in_folder(&folder, "explain -").input(&sample).run().await;
    assert!(said.stdout.contains("of 12000 characters, calls here"), "{said:?}");
    assert!(said.stdout.contains("of 65536 bytes\n"), "{said:?}");
    assert_eq!(ran(&folder, "test").await.status, 0);
    // Nor is anybody by an own template that leaves it out.
    folder.write("templates/slack/certificate.hbs", "{ \"text\": \"{{title}}\" }");
    let config = std::fs::read_to_string(folder.path().join("hikyaku.yaml")).unwrap();
    folder.write("hikyaku.yaml", format!("{config}templates_dir: templates\n"));
    let said = in_folder(&folder, "explain -").input(&sample).run().await;
    assert!(said.stdout.contains("slack/certificate.hbs") && !said.stdout.contains("calls here"), "{said:?}");
    let said = ran(&folder, "test").await;
    assert!(said.status == 1 && said.stdout.contains("! mention: expected here, came none\n"), "{said:?}");
    // And a route whose messages cannot call is warned of.
    let said = ran(&folder, "check").await;
    assert!(!said.stdout.contains("calls nobody"), "{said:?}");
    folder.write("templates/slack/default.hbs", "{ \"text\": \"{{title}}\" }");
    let said = ran(&folder, "check").await;
    let warning = "routes[0].mention: calls nobody: no template of `console` or `slack` writes `{{mention}}`";
    assert!(said.status == 0 && said.stdout.contains(warning), "{said:?}");
}

#[tokio::test]
async fn with_topics_samples_come_through_one_of_them_and_strangers_are_told() {
    let folder = with_config(
        "expectations:\n  - { name: a sample, sample: text, to: [log] }\n  - { name: a stranger, sample: text, to: [log], set: { \
         Records.0.Sns.TopicArn: \"arn:aws:sns:eu-west-1:111122223333:other\" } }\n",
    );
    let config = std::fs::read_to_string(folder.path().join("hikyaku.yaml")).unwrap();
    folder.write("hikyaku.yaml", format!("{config}topics: [\"arn:aws:sns:eu-west-1:111122223333:mine\"]\n"));
    let said = ran(&folder, "test").await;
    let stranger = "✗ a stranger\n  hikyaku.test.yaml:3\n  ! to: expected log, came nobody\n  goes to     nobody: its topic is not one of \
                    `topics`\n";
    assert!(said.status == 1 && said.stdout.contains(stranger), "{said:?}");
    assert!(said.stdout.contains("✓ a sample\n"), "{said:?}");
    let sample = ran(&folder, "samples text").await.stdout;
    let said = in_folder(&folder, "explain -").input(&sample).run().await;
    assert!(said.stdout.contains("→ to log"), "{said:?}");
    let said = ran(&folder, "dev --once").await;
    assert!(said.status == 0 && !said.stdout.contains("untrusted"), "{said:?}");
}

#[tokio::test]
async fn init_writes_over_nothing_unless_it_is_told_to() {
    let folder = Folder::new();
    let mine = folder.write("hikyaku.test.yaml", "mine");
    let said = ran(&folder, "init").await;
    assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{said:?}");
    assert!(said.stderr.contains("hikyaku.test.yaml is there already; --force writes over it"), "{said:?}");
    assert!(!folder.path().join("hikyaku.yaml").exists(), "nothing is written by half");
    let said = ran(&folder, "init --force --json").await;
    assert_eq!(
        (said.status, said.json()),
        (0, json!({ "written": ["hikyaku.yaml", "hikyaku.test.yaml", "hikyaku.schema.json"] }))
    );
    assert!(std::fs::read_to_string(mine).unwrap().contains("expectations:"));
    let said = ran(&folder, "--config other.yaml init").await;
    assert_eq!((said.status, said.stdout.as_str()), (0, "other.yaml\nother.test.yaml\nother.schema.json\n"), "{said:?}");
    let said = in_folder(&folder, "init").env("HIKYAKU_CONFIG", "named.yaml").run().await;
    assert_eq!((said.status, said.stdout.as_str()), (0, "named.yaml\nnamed.test.yaml\nnamed.schema.json\n"), "{said:?}");
    assert_eq!(ran(&folder, "--config none/other.yaml init").await.status, 2);
}

#[tokio::test]
async fn samples_are_listed_printed_and_changed() {
    let folder = Folder::new();
    let said = ran(&folder, "samples").await;
    let names: Vec<&str> = said.stdout.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(said.status == 0 && names.len() > 20 && said.stdout.lines().all(|line| width(line) <= 80), "{said:?}");
    let listed = ran(&folder, "samples --json").await.json();
    let listed: Vec<&Value> = listed.as_array().unwrap().iter().collect();
    assert_eq!(listed.iter().map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(), names);
    for one in listed {
        let said = ran(&folder, &format!("samples {}", one["name"].as_str().unwrap())).await;
        let said = in_folder(&folder, "explain --json -").input(&said.stdout).run().await;
        assert_eq!(said.json()[0]["notification"]["kind"], one["kind"], "{one}");
    }
    let said = ran(&folder, "samples health.issue --set detail.statusCode=closed --set detail.service=RDS").await.json();
    assert_eq!((&said["detail"]["statusCode"], &said["detail"]["service"]), (&json!("closed"), &json!("RDS")));
    for (line, says) in [
        ("samples helth.issue", "there is no sample `helth.issue`; did you mean `health.issue`?"),
        ("samples alarm --set detail", "must be PATH=VALUE"),
        ("samples alarm --set detial.state=1", "`detial.state` leads nowhere: the event has no `detial`; did you mean `detail`?"),
        ("samples --set a=b", "<NAME>"),
    ] {
        let said = ran(&folder, line).await;
        assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{line}: {said:?}");
        assert!(said.stderr.contains(says), "{line}: {said:?}");
    }
}

#[tokio::test]
async fn expectations_are_held_against_events_of_ones_own() {
    let folder = with_config(
        r##"
expectations:
  - name: an own file, as it is five hours later
    event: events/mine.json
    at: 2026-11-21T12:30:00Z
    to: [ops, dev]
    mention: here
    kind: certificate.expiring
    status: firing
    severity: critical
    messages:
      ops: { contains: ["Certificate expires in 2 days", "delivered 5 h later"], not_contains: ["証明書"] }
      dev: { contains: ["証明書"] }
      slack: { max_size: 12000 }
    set: { detail.DaysToExpiry: "2" }
  - { name: an alarm, sample: alarm, dropped: true, to: [] }
  - { name: a text, sample: text, to: [log], mention: none, not_to: [ops] }
"##,
    );
    let event = json!({
        "version": "0", "id": "1", "detail-type": "ACM Certificate Approaching Expiration", "source": "aws.acm",
        "account": "111122223333", "time": "2026-11-21T07:30:00Z", "region": "ap-northeast-1",
        "resources": ["arn:aws:acm:ap-northeast-1:111122223333:certificate/11111111-2222-4333-8444-555555555555"],
        "detail": { "DaysToExpiry": 14, "CommonName": "shop.example.jp" }
    });
    folder.write("events/mine.json", format!("\u{feff}{event}"));
    let said = ran(&folder, "test").await;
    assert_eq!(said.status, 0, "{said:?}");
    let json = ran(&folder, "test --json").await.json();
    assert_eq!(
        json["expectations"][1],
        json!({ "name": "an alarm", "file": "hikyaku.test.yaml", "line": 16, "holds": true, "failures": [] })
    );
    assert_eq!(
        json["coverage"],
        json!({
            "routes": [
                { "name": "route 0, to ops, dev", "times": 1 }, { "name": "route 1, drop", "times": 1 }, { "name": "route 2, to log", "times": 1 }
            ],
            "templates": [],
        })
    );
    // From anywhere else, the file that is named alone, its events beside it.
    let elsewhere = Folder::new();
    let run = |line: &str| {
        hikyaku(&elsewhere, line.split_whitespace()).env("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T/B/x")
    };
    let (config, file) = (folder.path().join("hikyaku.yaml"), folder.path().join("hikyaku.test.yaml"));
    assert_eq!(run("test").config(&config).run().await.status, 0);
    assert_eq!(run("test").arg(&file).config(&config).run().await.status, 0);
}

#[tokio::test]
async fn what_is_wrong_with_expectations_is_told_with_its_place() {
    let folder = with_config(
        r##"expectations:
  - name: nothing expected
    sample: alarm
  - name: unknown names
    sample: alrm
    to: [opps]
    not_to: [ops, lgo]
    kind: alram
    severity: hot
    messages: { slak: { contains: [x] }, ops: { contain: [x], max_size: big } }
  - sample: alarm
    to: [ops]
  - name: both
    sample: alarm
    event: none.json
    to: [ops]
  - name: no file
    event: none.json
    to: [ops]
    at: noon
  - name: a path that leads nowhere
    sample: alarm
    set: { detial.x: 1, account: "444455556666", "a..b": 1 }
    to: [ops]
  - just text
  - name: no JSON
    event: text.json
    to: [ops]
    surprise: true
expectation: []
"##,
    );
    folder.write("text.json", "no JSON");
    let said = ran(&folder, "test").await;
    assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{said:?}");
    let problems = [
        "2:5: error: expectations[0]: expects nothing: say `to`,",
        "5:5: error: expectations[1].sample: there is no sample `alrm`; did you mean `alarm`?",
        "6:10: error: expectations[1].to[0]: there is no receiver `opps`; did you mean `ops`?",
        "7:19: error: expectations[1].not_to[1]: there is no receiver `lgo`; did you mean `log`?",
        "8:5: error: expectations[1].kind: there is no kind `alram`; did you mean `alarm`?",
        "9:5: error: expectations[1].severity: `hot` is none of `info`, `notice`, `warning`, `critical`",
        "10:17: error: expectations[1].messages.slak: there is no receiver `slak` and none of such a channel; did you mean `slack`?",
        "10:49: error: expectations[1].messages.ops.contain: is no setting; did you mean `contains`?",
        "10:63: error: expectations[1].messages.ops.max_size: must be a whole number from 0 on, not a text",
        "11:5: error: expectations[2]: needs `name`",
        "13:5: error: expectations[3]: must have either a `sample` or an `event`",
        "18:5: error: expectations[4].event: none.json: No such file",
        "20:5: error: expectations[4].at: ",
        "23:12: error: expectations[5].set.detial.x: `detial.x` leads nowhere: the event has no `detial`; did you mean `detail`?",
        "23:50: error: expectations[5].set.a..b: `a..b` is no path such as detail.statusCode",
        "25:5: error: expectations[6]: must be a mapping",
        "27:5: error: expectations[7].event: text.json: not JSON: line 1, column 2",
        "29:5: error: expectations[7].surprise: is no setting",
        "30:1: error: expectation: is no setting; did you mean `expectations`?",
    ];
    let lines: Vec<&str> = said.stderr.lines().collect();
    for (index, expected) in problems.iter().enumerate() {
        let line = lines.get(index).copied().unwrap_or_default();
        assert!(line.starts_with(&format!("hikyaku.test.yaml:{expected}")), "{expected}: {line}: {}", said.stderr);
    }
    assert_eq!(lines.last(), Some(&"hikyaku: 19 problems in the expectations"), "{said:?}");
    folder.write("hikyaku.test.yaml", "expectations: [{ name: a, sample: alarm, kind: alram }]\n");
    let said = ran(&folder, "test").await;
    assert!(said.stderr.ends_with("`alarm`?\nhikyaku: 1 problem in the expectations\n"), "a fault is told once: {said:?}");
    for (text, problem) in [
        ("", "hikyaku.test.yaml: error: the file is empty; it needs `expectations`"),
        ("expectations: []\n", "hikyaku.test.yaml:1:1: error: expectations: must be a list with at least one expectation"),
        ("expectations: { a: b }\n", "hikyaku.test.yaml:1:1: error: expectations: must be a list with"),
        ("expectations:\n\t- a\n", "hikyaku.test.yaml:2:"),
    ] {
        folder.write("hikyaku.test.yaml", text);
        let said = ran(&folder, "test").await;
        assert!(said.status == 2 && said.stderr.starts_with(problem), "{problem}: {said:?}");
    }
}

#[tokio::test]
async fn without_expectations_or_a_configuration_nothing_is_tested() {
    let folder = with_config("");
    std::fs::remove_file(folder.path().join("hikyaku.test.yaml")).unwrap();
    let said = ran(&folder, "test").await;
    assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{said:?}");
    assert!(said.stderr.contains("there is no *.test.yaml in ") && said.stderr.contains("`hikyaku init` writes one"), "{said:?}");
    let said = ran(&folder, "test none.test.yaml").await;
    assert!(said.status == 2 && said.stderr.contains("none.test.yaml: No such file"), "{said:?}");
    folder.write("hikyaku.yaml", "receivers: {}\n");
    folder.write("a.test.yaml", "expectations: [{ name: a, sample: alarm, to: [] }]\n");
    assert_eq!(ran(&folder, "test").await.status, 1, "a configuration that is broken falls short, as in every command");
}

#[tokio::test]
async fn a_junit_report_is_well_formed_whatever_is_in_it() {
    let folder = with_config(
        r##"
expectations:
  - { name: "<a> & \"b\"\n\u0007 証明書", sample: alarm, dropped: true }
  - { name: fails, sample: text, to: [ops], messages: { log: { contains: ["]]> <b> & \"c\""] } } }
"##,
    );
    folder.write("more.test.yaml", "expectations: [{ name: more, sample: alarm, dropped: true }]\n");
    let said = ran(&folder, "test --junit report.xml").await;
    assert_eq!(said.status, 1, "{said:?}");
    let report = std::fs::read_to_string(folder.path().join("report.xml")).unwrap();
    let xml = roxmltree::Document::parse(&report).unwrap_or_else(|error| panic!("{error}: {report}"));
    let all = |name: &str| xml.descendants().filter(|node| node.has_tag_name(name)).collect::<Vec<_>>();
    let number = |name: &str, key: &str| all(name).iter().map(|node| node.attribute(key).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!((number("testsuites", "tests"), number("testsuites", "failures")), (vec!["3".to_owned()], vec!["1".to_owned()]));
    assert_eq!(number("testsuite", "name"), ["hikyaku.test.yaml", "more.test.yaml"]);
    assert_eq!(
        (number("testsuite", "tests"), number("testsuite", "failures")),
        (["2", "1"].map(str::to_owned).into(), ["1", "0"].map(str::to_owned).into())
    );
    assert_eq!(number("testcase", "name"), ["<a> & \"b\"\n\u{fffd} 証明書", "fails", "more"]);
    let failures = all("failure");
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].attribute("message"), Some("to: expected ops, came log"));
    let text = failures[0].text().unwrap();
    assert!(text.contains("messages.log.contains: expected `]]> <b> & \"c\"`, came not in the message"), "{text}");
    assert!(text.contains("log (console):\n") && text.contains("Nightly backup"), "{text}");
    let said = ran(&folder, "test --junit none/report.xml").await;
    assert!(said.status == 2 && said.stderr.contains("none/report.xml: No such file"), "{said:?}");
}

#[tokio::test]
async fn explain_tells_the_way_of_an_event_in_eighty_columns() {
    let folder = with_config("");
    let sample = ran(&folder, "samples certificate.renewal_failed").await.stdout;
    let explain = |line: &str| in_folder(&folder, &format!("explain {line} -")).input(&sample);
    let said = explain("").run().await;
    assert_eq!(said.status, 0);
    let places: Vec<_> = [
        "Certificate renewal needs you: *.shop.example.com (+2)\n",
        "  came by     EventBridge\n  holds       an EventBridge event of `aws.health`, `AWS Health Event`\n",
        "  read by     aws_health: AWS Health events, ACM's renewals among them\n  known by    a detail type ",
        "  kind        certificate.renewal_failed (firing, critical)\n",
        "  source      aws.health\n",
        "  dedup key   health|",
        "  thread key  arn:aws:acm:",
        "  route 0     ✓ its pattern matches → to ops, dev\n",
        "  sent        to each receiver once in 24 hours, under this dedup key\n  remembered  by each sandbox for itself",
        "  ops (slack), slack/default.hbs: ",
        " of 12000 characters, calls here\n    at most 5 at once and 1 a second\n    │ ",
        "  dev (slack), slack/default.hbs: ",
    ]
    .iter()
    .map(|part| said.stdout.find(part))
    .collect();
    assert!(places.is_sorted() && places[0] == Some(0), "{places:?}: {said:?}");
    assert!(is_japanese(&said.stdout) && !said.stdout.contains('\u{1b}'), "{said:?}");
    for line in said.stdout.lines().filter(|line| width(line) > 80) {
        let is_key = line.starts_with("  dedup key ") || line.starts_with("  thread key ");
        let is_word = !line.trim_start_matches([' ', '│']).contains(' ');
        assert!(is_key || is_word, "only a key, and a word that is wider by itself, is whole: {line}");
    }
    // What would be sent stands behind each message, byte for byte.
    let payloads = explain("--payload").run().await;
    let json = explain("--json").run().await.json();
    for delivery in json[0]["deliveries"].as_array().unwrap() {
        let payload = delivery["payload"].to_string();
        assert_eq!(payload.len() as u64, delivery["bytes"].as_u64().unwrap());
        assert!(payloads.stdout.lines().any(|line| line == payload), "{payload}: {payloads:?}");
        assert!(!said.stdout.contains(&payload));
    }
    // Also where it looks like JSON, and is none to the channel.
    folder.write("own/console/default.hbs", "[1,  2]\n");
    folder.write("own.yaml", "receivers: { log: { console: {} } }\ntemplates_dir: own\n");
    let said = in_folder(&folder, "explain --payload --config own.yaml -").input(&sample).run().await;
    assert!(said.status == 0 && said.stdout.contains("│ [1,  2]\n[1,  2]\n"), "{said:?}");
    let alarm = ran(&folder, "samples alarm").await.stdout;
    let said = in_folder(&folder, "explain -").input(alarm).run().await;
    assert!(
        said.stdout.contains("  route 1     ✓ its pattern matches → drop\n  goes to     nobody: dropped by route 1\n"),
        "{said:?}"
    );
}

#[tokio::test]
async fn explain_names_every_carrier_that_an_event_came_through() {
    let folder = with_config("");
    let carriers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/carriers");
    for (file, came_by) in [
        ("sns_lambda_record", "SNS › EventBridge"),
        ("sns_https_body", "SNS"),
        ("eventbridge_direct", "EventBridge"),
        ("input_path_detail_only", "direct"),
        ("input_transformer_string", "direct"),
        ("sqs_raw", "SQS › EventBridge"),
        ("sqs_wrapped_sns", "SQS › SNS › EventBridge"),
        ("function_url_sns_https", "function URL › SNS"),
        ("destination_record_of_our_sns_event", "Lambda destination › SNS › EventBridge"),
        ("put_events_look_alike", "PutEvents entries"),
        ("ses_received_certbot_failure", "SNS › mail to SES"),
    ] {
        let said = hikyaku(&folder, ["explain"]).arg(carriers.join(format!("{file}.json"))).run().await;
        assert!(said.stdout.contains(&format!("  came by     {came_by}\n")), "{file}: {said:?}");
    }
}
