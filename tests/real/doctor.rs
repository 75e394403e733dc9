//! `hikyaku doctor --online` against moto: an account that is whole, and what is found when one thing in it is broken.
use std::path::Path;
use std::process::Command;

use hikyaku::doctor::CHECKS;
use serde_json::Value;

use crate::aws::{Moto, REGION};
use crate::support::{Sink, post, tool};

/// What `doctor.py` breaks, the level of what is found, and what it says.
const CASES: &[(&str, &str, &str)] = &[
    ("topic.subscribed", "error", "does not lead to hikyaku"),
    ("topic.publishers", "warning", "does not let in budgets.amazonaws.com"),
    ("topic.key", "error", "do kms:GenerateDataKey"),
    ("topic.key.off", "error", "is off"),
    ("topic.key.aws", "error", "is encrypted with alias/aws/sns"),
    ("topic.accounts", "warning", "lets budgets.amazonaws.com publish for any account"),
    ("topic.filter", "error", "wants attributes"),
    ("topic.failures", "error", "the policy of failures does not let sns.amazonaws.com in"),
    ("topic.failures.none", "warning", "no dead-letter queue"),
    ("rule.events", "error", "hikyaku is disabled"),
    ("rule.failures", "error", "does not let events.amazonaws.com in"),
    ("function.runtime", "warning", "runs on provided.al2"),
    ("function.timeout", "warning", "has 3 s"),
    ("function.concurrency", "error", "is stopped"),
    ("function.callers", "error", "does not let events.amazonaws.com call it"),
    ("function.failures", "warning", "no destination on failure"),
    ("function.log", "warning", "kept for 3 days"),
    ("queue.source", "warning", "six times"),
    ("queue.retention", "warning", "4 days of 14"),
    ("queue.key", "error", "is encrypted with alias/aws/sqs"),
    ("queue.waiting", "warning", "1 notice lies in it"),
    ("secret.readable", "error", "ssm:/hikyaku/slack is not there"),
    ("receiver.address", "error", "is no URL"),
    ("receiver.reachable", "error", "nobody has confirmed"),
    ("ledger.table", "error", "another key than `id`"),
];

/// Those that `tests/doctor` breaks, since no account has a part in them, or moto has none.
const ELSEWHERE: &[&str] = &[
    "template.rules",
    "configuration.sound",
    "configuration.kept",
    "configuration.critical",
    "configuration.metrics",
    "configuration.topics",
    "configuration.role",
    "alarms",
    "clock",
];

#[test]
fn what_is_broken_in_an_account_is_found() {
    let (sink, moto) = (Sink::start(), Moto::start("what_is_broken_in_an_account_is_found"));
    let mut missed = Vec::new();
    for whole in ["", "durable"] {
        let (status, findings) = examine(&moto, &sink, whole);
        let short: Vec<&Value> = findings.iter().filter(|finding| finding["level"] != "ok").collect();
        if status != 0 || !short.is_empty() {
            missed.push(format!("whole, {whole}: {status} {short:#?}"));
        }
        for check in CHECKS.iter().filter(|check| !ELSEWHERE.contains(&check.name)) {
            let is_there = findings.iter().any(|finding| finding["check"] == check.name);
            let of_queue = check.name == "queue.source";
            if !is_there && of_queue == (whole == "durable") {
                missed.push(format!("whole, {whole}: nothing of {}", check.name));
            }
        }
    }
    for (broken, level, says) in CASES {
        let (status, findings) = examine(&moto, &sink, broken);
        let check = CHECKS.iter().find(|check| broken.starts_with(check.name)).unwrap().name;
        let is_it = |finding: &&Value| finding["check"] == check && finding["says"].as_str().unwrap().contains(says);
        let found = findings.iter().find(is_it);
        let is_told =
            found.is_some_and(|found| found["level"] == *level && found["lost"].is_string() && found["mend"].is_string());
        if !is_told || status != 1 {
            let of_it: Vec<&Value> = findings.iter().filter(|finding| finding["check"] == check).collect();
            missed.push(format!("{broken}: {status} {of_it:#?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    for check in CHECKS.iter().filter(|check| !ELSEWHERE.contains(&check.name)) {
        assert!(CASES.iter().any(|(broken, ..)| broken.starts_with(check.name)), "nothing breaks {}", check.name);
    }
    assert!(sink.take().iter().all(|request| request.path == "/"), "an address was used");
}

/// The exit status and the findings in an account that is whole but for `broken`.
fn examine(moto: &Moto, sink: &Sink, broken: &str) -> (i32, Vec<Value>) {
    let (status, _) = post(moto.port(), "/moto-api/reset", &[], "");
    assert_eq!(status, 200);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/doctor.py");
    let hook = sink.url("/services/T0/B0/kQ7vX2pL9w");
    let built = Command::new(tool("python/bin/python")).arg(script).args([&moto.address(), &hook, broken]).output().unwrap();
    assert!(built.status.success(), "{broken}: {}", String::from_utf8_lossy(&built.stderr));
    let config = format!(
        "receivers:\n  ops: {{ slack: {{ url: \"ssm:/hikyaku/slack\", allow_insecure_loopback: true }} }}\n  \
        mail: {{ email: {{ topic_arn: \"arn:aws:sns:{REGION}:123456789012:mail\" }} }}\nroutes: [{{ to: [ops, mail] }}]\n\
        ledger: {{ dynamodb: {{ table: ledger }} }}\n"
    );
    let file = moto.write("hikyaku.yaml", &config);
    // By its name, or by its ARN.
    let arn = format!("arn:aws:lambda:{REGION}:123456789012:function:hikyaku");
    let function = if broken == "durable" { &arn } else { "hikyaku" };
    let output = Command::new(env!("CARGO_BIN_EXE_hikyaku"))
        // The configuration leads to this machine, which is no loss.
        .args(["doctor", "--json", "--online", "--function", function, "--ignore", "configuration.sound", "--config"])
        .arg(file)
        .env_clear()
        .envs(moto.env())
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains("kQ7vX2pL9w"), "{said}");
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{broken}: {said}"));
    (output.status.code().unwrap(), findings["findings"].as_array().unwrap().clone())
}
