//! The template of `infra`, whole and with one thing broken; a template of a user's own; configurations.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hikyaku::doctor::CHECKS;
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::program::{Said, hikyaku};

const CONFIG: &str = "receivers:\n  ops: { slack: { url: \"ssm:/hikyaku/slack\" } }\n  log: { console: {} }\nroutes:\n  \
    - match: { kind: [{ prefix: \"certificate.\" }] }\n    to: [ops]\n  - to: [ops, log]\n";

/// The webhook of the configuration, which the template lets the function read.
const HOOK: &str = "SlackWebhookUrl=ssm:/hikyaku/slack";

/// What is broken, and what is then said of it.
struct Case {
    check: &'static str,
    /// Whether the template has a queue before the function.
    durable: bool,
    /// Texts of the template and what they are replaced by.
    template: &'static [(&'static str, &'static str)],
    /// The same for the configuration.
    config: &'static [(&'static str, &'static str)],
    level: &'static str,
    says: &'static str,
}

const fn template(
    check: &'static str,
    template: &'static [(&'static str, &'static str)],
    level: &'static str,
    says: &'static str,
) -> Case {
    Case { check, durable: false, template, config: &[], level, says }
}

const fn durable(
    check: &'static str,
    template: &'static [(&'static str, &'static str)],
    level: &'static str,
    says: &'static str,
) -> Case {
    Case { check, durable: true, template, config: &[], level, says }
}

const fn config(
    check: &'static str,
    config: &'static [(&'static str, &'static str)],
    level: &'static str,
    says: &'static str,
) -> Case {
    Case { check, durable: false, template: &[], config, level, says }
}

const CASES: &[Case] = &[
    template(
        "template.rules",
        &[("[!Equals [!Ref SlackWebhookUrl, \"\"],", "[!Equals [!Ref SlackWebhookUrl, \"ssm:/hikyaku/slack\"],")],
        "error",
        "Give a SlackWebhookUrl",
    ),
    template("topic.key", &[("EnableKeyRotation: true", "Enabled: false")], "error", "is off, or is to be deleted"),
    config("configuration.sound", &[("slack:", "slak:")], "error", "receivers.ops"),
    config("configuration.sound", &[("routes:", "timezone: Asia/Tokio\nroutes:")], "error", "line 4: timezone: "),
    config("configuration.sound", &[("ssm:/hikyaku/slack", "https://hooks.slack.com/services/T0/B0/x")], "warning", "password"),
    config("configuration.sound", &[("[ops, log]", "[ops]")], "warning", "log"),
    config("configuration.critical", &[("    to: [ops]", "    drop: true")], "warning", "route 0 drops certificate."),
    config("configuration.critical", &[("    to: [ops]", "    to: [log]")], "warning", "to the console alone"),
    Case {
        check: "configuration.metrics",
        durable: false,
        template: &[(
            "SelfTestSchedule:\n    Type: String\n    Default: \"\"",
            "SelfTestSchedule:\n    Type: String\n    Default: rate(1 day)",
        )],
        config: &[("routes:", "metrics: false\nroutes:")],
        level: "warning",
        says: "an alarm on Delivered rings where there are none",
    },
    template("configuration.kept", &[("FAILURE_QUEUE_URL: !Ref FailureQueue", "X: y")], "warning", "is not set"),
    template(
        "topic.subscribed",
        &[("Endpoint: !If [IsDurable, !GetAtt EventQueue.Arn, !GetAtt Function.Arn]", "Endpoint: !Ref AWS::StackId")],
        "error",
        "does not lead to Function",
    ),
    template(
        "topic.publishers",
        &[("budgets.amazonaws.com }\n            Action: sns:Publish", "billing.example.com }\n            Action: sns:Publish")],
        "warning",
        "does not let in budgets",
    ),
    template(
        "topic.publishers",
        &[(
            "Action: sns:Publish\n            Resource: !Ref Topic\n\n  # Of our own",
            "Action: sns:Publish\n            Resource: !Ref Topic\n            Condition: { StringEquals: { \"aws:SourceAccount\": !Ref AWS::AccountId } }\n\n  # Of our own",
        )],
        "error",
        "events.amazonaws.com under a condition, and it sets none",
    ),
    template(
        "topic.publishers",
        &[(
            "budgets::${AWS::AccountId}:*\" }\n          - Sid: Alarms\n            Effect: Allow\n            Principal: { Service: cloudwatch.amazonaws.com }\n            Action: sns",
            "s3::${AWS::AccountId}:*\" }\n          - Sid: Alarms\n            Effect: Allow\n            Principal: { Service: cloudwatch.amazonaws.com }\n            Action: sns",
        )],
        "error",
        "names budgets.amazonaws.com, under a condition that it does not meet",
    ),
    template("topic.key", &[("KmsMasterKeyId: !Ref Key", "KmsMasterKeyId: alias/aws/sns")], "error", "a key that AWS keeps"),
    template(
        "topic.key",
        &[(
            "Principal: { Service: events.amazonaws.com }\n            Action: [kms:Decrypt, kms:GenerateDataKey*]",
            "Principal: { Service: events.amazonaws.com }\n            Action: [kms:Decrypt]",
        )],
        "error",
        "does not let events.amazonaws.com do kms:GenerateDataKey",
    ),
    template(
        "topic.key",
        &[(
            "Principal: { Service: costalerts.amazonaws.com }\n            Action: [kms:Decrypt",
            "Principal: { Service: x.example.com }\n            Action: [kms:Decrypt",
        )],
        "error",
        "costalerts.amazonaws.com do kms:GenerateDataKey and kms:Decrypt",
    ),
    template(
        "topic.key",
        &[("KmsMasterKeyId: !Ref Key", "KmsMasterKeyId: arn:aws:kms:eu-west-1:111122223333:key/elsewhere")],
        "unknown",
        "the template does not hold it",
    ),
    template(
        "topic.accounts",
        &[(
            "            Condition:\n              StringEquals: { \"aws:SourceAccount\": !Ref AWS::AccountId }\n          # Without a condition: EventBridge",
            "          # Without a condition: EventBridge",
        )],
        "warning",
        "lets costalerts.amazonaws.com publish for any account",
    ),
    template(
        "topic.filter",
        &[("Protocol: !If [IsDurable, sqs, lambda]", "Protocol: lambda\n      FilterPolicy: { team: [ops] }")],
        "error",
        "wants attributes",
    ),
    template(
        "topic.filter",
        &[(
            "Protocol: !If [IsDurable, sqs, lambda]",
            "Protocol: lambda\n      FilterPolicyScope: MessageBody\n      FilterPolicy: { source: [aws.health] }",
        )],
        "warning",
        "looks at the body",
    ),
    template(
        "topic.failures",
        &[(
            "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt FailureQueue.Arn\n\n  TopicPermission",
            "\n  TopicPermission",
        )],
        "warning",
        "no dead-letter queue",
    ),
    template(
        "topic.failures",
        &[(
            "Sid: UndeliveredByTopic\n            Effect: Allow\n            Principal: { Service: sns.amazonaws.com }",
            "Sid: UndeliveredByTopic\n            Effect: Allow\n            Principal: { Service: s3.amazonaws.com }",
        )],
        "error",
        "the policy of FailureQueue does not let sns.amazonaws.com in",
    ),
    template("rule.events", &[("- prefix: \"AWS Health \"", "- prefix: \"AWS Wealth \"")], "warning", "no rule brings them here"),
    template(
        "rule.events",
        &[("Description: AWS Health, and certificates of AWS Certificate Manager", "State: DISABLED")],
        "error",
        "Rule is disabled",
    ),
    template(
        "rule.failures",
        &[("          DeadLetterConfig:\n            Arn: !GetAtt FailureQueue.Arn", "")],
        "warning",
        "its target Function has no dead-letter queue",
    ),
    template(
        "rule.failures",
        &[(
            "Sid: UndeliveredByRule\n            Effect: Allow\n            Principal: { Service: events.amazonaws.com }",
            "Sid: UndeliveredByRule\n            Effect: Allow\n            Principal: { Service: s3.amazonaws.com }",
        )],
        "error",
        "does not let events.amazonaws.com in",
    ),
    template("function.runtime", &[("Runtime: provided.al2023", "Runtime: provided.al2")], "warning", "which AWS has deprecated"),
    template("function.runtime", &[("Runtime: provided.al2023", "Runtime: python3.13")], "error", "a program of its own"),
    template("function.timeout", &[("Timeout: 60\n", "Timeout: 10\n")], "warning", "3 tries of a receiver that hangs take 25 s"),
    template(
        "function.concurrency",
        &[("!If [Reserves, !Ref ReservedConcurrency, !Ref AWS::NoValue]", "0")],
        "error",
        "is stopped",
    ),
    template(
        "function.callers",
        &[(
            "Principal: sns.amazonaws.com\n      SourceArn: !Ref Topic",
            "Principal: sns.amazonaws.com\n      SourceArn: !Ref AlarmTopic",
        )],
        "error",
        "does not let sns.amazonaws.com call it for Topic",
    ),
    template(
        "function.callers",
        &[("Principal: events.amazonaws.com\n      SourceArn", "Principal: scheduler.amazonaws.com\n      SourceArn")],
        "error",
        "does not let events.amazonaws.com call it for Rule",
    ),
    template(
        "function.failures",
        &[("        OnFailure:\n          Destination: !GetAtt FailureQueue.Arn", "        OnSuccess: {}")],
        "warning",
        "no destination on failure",
    ),
    template(
        "function.failures",
        &[("          Destination: !GetAtt FailureQueue.Arn", "          Destination: !Ref Topic")],
        "warning",
        "hands its failures to the topic Topic",
    ),
    template(
        "function.failures",
        &[(
            "Sid: KeepFailures\n                Effect: Allow\n                Action: sqs:SendMessage",
            "Sid: KeepFailures\n                Effect: Allow\n                Action: sqs:GetQueueUrl",
        )],
        "error",
        "its role may not write to FailureQueue",
    ),
    template(
        "function.failures",
        &[("MaximumRetryAttempts: 2", "MaximumRetryAttempts: 0")],
        "warning",
        "gives an event up after 21600 s or 0 retries",
    ),
    template("function.log", &[("RetentionInDays: !Ref LogRetentionDays", "RetentionInDays: 7")], "warning", "kept for 7 days"),
    durable(
        "queue.source",
        &[("FunctionResponseTypes: [ReportBatchItemFailures]", "Enabled: true")],
        "warning",
        "a whole batch comes again",
    ),
    durable(
        "queue.source",
        &[("FunctionResponseTypes:", "Enabled: false\n      FunctionResponseTypes:")],
        "error",
        "no longer takes from it",
    ),
    durable("queue.source", &[("VisibilityTimeout: 360", "VisibilityTimeout: 60")], "warning", "360 s are six times"),
    durable("queue.source", &[("        maxReceiveCount: 240", "        maxReceiveCount: 1000")], "error", "too old before"),
    durable(
        "queue.source",
        &[
            ("      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt FailureQueue.Arn\n        # A day", "      # A day"),
            ("        maxReceiveCount: 240\n", ""),
        ],
        "warning",
        "has no dead-letter queue",
    ),
    durable(
        "queue.source",
        &[("Sid: FromTopic\n            Effect: Allow", "Sid: FromTopic\n            Effect: Deny")],
        "error",
        "does not let sns.amazonaws.com in",
    ),
    template(
        "queue.retention",
        &[("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600")],
        "warning",
        "4 days of 14",
    ),
    template(
        "queue.key",
        &[("SqsManagedSseEnabled: true\n      # 14 days", "KmsMasterKeyId: alias/aws/sqs\n      # 14 days")],
        "error",
        "a key that AWS keeps",
    ),
    template(
        "queue.key",
        &[("SqsManagedSseEnabled: true\n      # 14 days", "KmsMasterKeyId: !Ref Key\n      # 14 days")],
        "error",
        "keeps out sns.amazonaws.com",
    ),
    template(
        "topic.failures",
        &[(
            "deadLetterTargetArn: !GetAtt FailureQueue.Arn\n\n  TopicPermission",
            "deadLetterTargetArn: arn:aws:sqs:eu-west-1:111122223333:elsewhere\n\n  TopicPermission",
        )],
        "unknown",
        "elsewhere: the template does not hold it",
    ),
    template(
        "alarms",
        &[("MetricName: DestinationDeliveryFailures", "MetricName: Other")],
        "warning",
        "no alarm on DestinationDeliveryFailures",
    ),
    template(
        "alarms",
        &[(
            "MetricName: Errors\n      Dimensions: [{ Name: FunctionName, Value: !Ref Function }]\n      Statistic: Sum\n      # All three tries of one event, or one try of three: a single retry that helped is nobody's business.\n      Period: 900\n      EvaluationPeriods: 1\n      Threshold: 3\n      ComparisonOperator: GreaterThanOrEqualToThreshold\n      TreatMissingData: notBreaching\n      AlarmActions: [!Ref AlarmTopic]",
            "MetricName: Errors",
        )],
        "warning",
        "tells nobody",
    ),
    Case {
        check: "configuration.topics",
        durable: false,
        template: &[(
            "TopicArn: !Ref Topic\n      Protocol",
            "TopicArn: arn:aws:sns:ap-northeast-1:111122223333:mine\n      Protocol",
        )],
        config: &[("routes:", "topics: [\"arn:aws:sns:ap-northeast-1:111122223333:other\"]\nroutes:")],
        level: "error",
        says: "is none of `topics`",
    },
    config(
        "configuration.topics",
        &[("routes:", "topics: [\"arn:aws:sns:ap-northeast-1:111122223333:other\"]\nroutes:")],
        "error",
        "is none of `topics`",
    ),
    Case {
        check: "configuration.topics",
        durable: false,
        template: &[("TopicArn: !Ref Topic\n      Protocol", "TopicArn: !ImportValue shared\n      Protocol")],
        config: &[("routes:", "topics: [\"arn:aws:sns:ap-northeast-1:111122223333:other\"]\nroutes:")],
        level: "unknown",
        says: "does not say which it is",
    },
    config(
        "configuration.role",
        &[("ssm:/hikyaku/slack", "ssm:/other")],
        "error",
        "may not do ssm:GetParameter on arn:aws:ssm:REGION:ACCOUNT:parameter/other",
    ),
    config(
        "configuration.role",
        &[("ssm:/hikyaku/slack", "secretsmanager:prod/hikyaku#slack")],
        "error",
        "secret:prod/hikyaku-??????",
    ),
    config(
        "configuration.role",
        &[("  log:", "  mail: { email: { topic_arn: \"arn:aws:sns:eu-west-1:111122223333:mail\" } }\n  log:")],
        "error",
        "may not do sns:Publish on arn:aws:sns:eu-west-1:111122223333:mail",
    ),
    config(
        "configuration.role",
        &[("routes:", "ledger: { dynamodb: { table: told } }\nroutes:")],
        "error",
        "may not do dynamodb:PutItem",
    ),
    config(
        "configuration.role",
        &[("routes:", "failure_queue: https://sqs.eu-west-1.amazonaws.com/111122223333/failures\nroutes:")],
        "error",
        "may not do sqs:SendMessage",
    ),
    template(
        "configuration.role",
        &[("Role: !GetAtt Role.Arn", "Role: !ImportValue role")],
        "unknown",
        "its role is not seen; it needs sqs:SendMessage, ssm:GetParameter",
    ),
];

/// Those that a template and a configuration leave nothing to look at for.
const OF_AN_ACCOUNT: &[&str] =
    &["queue.waiting", "secret.readable", "receiver.address", "receiver.reachable", "ledger.table", "clock"];

#[tokio::test]
async fn what_is_broken_is_found_and_nothing_else() {
    let mut missed = Vec::new();
    for case in CASES {
        let said = examine(&Folder::new(), case.durable, case.template, case.config).await;
        let findings = of(&said, case.check);
        let found = findings.iter().find(|finding| finding["says"].as_str().unwrap().contains(case.says));
        let told = |finding: &Value, word| finding.get(word).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let is_whole = |finding: &&Value| case.level == "unknown" || told(finding, "lost") && told(finding, "mend");
        let as_expected = found.filter(is_whole).is_some_and(|finding| finding["level"] == case.level);
        if !as_expected || said.status != i32::from(case.level != "unknown") {
            missed.push(format!("{}, {}: {findings:#?} {}", case.check, case.says, said.stderr));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[tokio::test]
async fn every_check_has_both_ways() {
    let mut seen = BTreeSet::new();
    for durable in [false, true] {
        let said = examine(&Folder::new(), durable, &[], &[]).await;
        assert_eq!(said.status, 0, "{said:?}");
        for finding in said.json()["findings"].as_array().unwrap() {
            assert_eq!(finding["level"], "ok", "{finding}");
            assert!(!finding["says"].as_str().unwrap().is_empty() && finding.get("lost").is_none(), "{finding}");
            seen.insert(finding["check"].as_str().unwrap().to_owned());
        }
    }
    for check in CHECKS.iter().filter(|check| !OF_AN_ACCOUNT.contains(&check.name)) {
        assert!(seen.contains(check.name), "{} says nothing of what is whole", check.name);
        assert!(CASES.iter().any(|case| case.check == check.name), "{} is broken by no test", check.name);
    }
    for case in CASES {
        assert!(CHECKS.iter().any(|check| check.name == case.check), "there is no check {}", case.check);
    }
}

/// Written by somebody else: JSON, plain Lambda, policies in other forms, names and ARNs as they come.
const OWN: &str = r#"{
  "Parameters": { "Inbox": { "Type": "String" } },
  "Resources": {
    "Router": { "Type": "AWS::Lambda::Function", "Properties": {
      "FunctionName": "router", "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 60, "Role": "arn:aws:iam::111122223333:role/router",
      "DeadLetterConfig": { "TargetArn": { "Fn::GetAtt": ["Dead", "Arn"] } },
      "Environment": { "Variables": { "SLACK_WEBHOOK_URL": "ssm:/hook", "FAILURE_QUEUE_URL": { "Ref": "Dead" } } } } },
    "Other": { "Type": "AWS::Lambda::Function", "Properties": { "Runtime": "python3.13", "Handler": "x.y" } },
    "Dead": { "Type": "AWS::SQS::Queue", "Properties": { "MessageRetentionPeriod": "1209600" } },
    "DeadPolicy": { "Type": "AWS::SQS::QueuePolicy", "Properties": { "Queues": [{ "Ref": "Dead" }], "PolicyDocument": { "Statement": {
      "Effect": "Allow", "Principal": "*", "Action": "SQS:SendMessage", "Resource": "*",
      "Condition": { "ArnLike": { "aws:SourceArn": "arn:aws:*" } } } } } },
    "Sub": { "Type": "AWS::SNS::Subscription", "Properties": { "TopicArn": { "Ref": "Inbox" }, "Protocol": "lambda",
      "Endpoint": { "Fn::GetAtt": "Router.Arn" }, "RedrivePolicy": "{\"deadLetterTargetArn\": \"DEAD\"}" } },
    "Notices": { "Type": "AWS::SNS::Topic", "Properties": { "Subscription": [{ "Protocol": "lambda", "Endpoint": { "Fn::GetAtt": ["Router", "Arn"] } }] } },
    "May": { "Type": "AWS::Lambda::Permission", "Properties": { "Action": "lambda:InvokeFunction", "FunctionName": "router", "Principal": "sns.amazonaws.com" } }
  }
}"#;

#[tokio::test]
async fn a_template_of_a_users_own_is_read_too() {
    let folder = Folder::new();
    let file = folder.write("own.json", OWN.replace("\"Fn::GetAtt\": \"Router.Arn\"", "\"Fn::GetAtt\": [\"Router\", \"Arn\"]"));
    let said = hikyaku(&folder, ["doctor", "--json", "--template", file.to_str().unwrap()]).run().await;
    let level = |check: &str, about: &str| {
        let findings = of(&said, check);
        let found = findings.iter().find(|finding| finding["about"] == about);
        found.unwrap_or_else(|| panic!("{check} of {about}: {findings:#?}"))["level"].clone()
    };
    for (check, about, expected) in [
        ("topic.subscribed", "Notices", "ok"),
        ("topic.publishers", "Notices", "warning"),
        ("topic.key", "Notices", "ok"),
        ("topic.failures", "Notices", "warning"),
        ("rule.events", "events of AWS Health", "warning"),
        ("function.runtime", "Router", "ok"),
        ("function.callers", "Router", "ok"),
        ("function.failures", "Router", "ok"),
        ("function.log", "Router", "ok"),
        ("queue.retention", "Dead", "ok"),
        ("configuration.sound", "environment", "ok"),
        ("configuration.kept", "failure_queue", "ok"),
        ("topic.publishers", "${Inbox}", "unknown"),
    ] {
        assert_eq!(level(check, about), expected, "{check} of {about}");
    }
    // SNS's own policy lets CloudWatch of the same account in, and nobody else.
    let missing: Vec<Value> = of(&said, "topic.publishers").iter().map(|finding| finding["says"].clone()).collect();
    assert!(!missing.iter().any(|says| says.as_str().unwrap().contains("cloudwatch")), "{missing:?}");
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_2() {
    let folder = Folder::new();
    let two = "Parameters: { Stage: { Type: String } }\nResources:\n  A: { Type: AWS::Lambda::Function, Properties: { Runtime: provided.al2023 } }\n  \
        B: { Type: AWS::Lambda::Function, Properties: { Runtime: provided.al2023 } }\n";
    folder.write("two.yaml", two);
    folder.write("none.yaml", "Resources: {}\n");
    folder.write("broken.yaml", "Resources: [\n");
    for (line, says) in [
        ("doctor", "nothing to look at"),
        ("doctor --template missing.yaml", "missing.yaml: No such file"),
        ("doctor --template broken.yaml", "broken.yaml: "),
        ("doctor --template none.yaml", "no function"),
        ("doctor --template two.yaml", "--function A or B"),
        ("doctor --template two.yaml --function C", "there is no function C"),
        ("doctor --ignore topic.kez", "did you mean `topic.key`?"),
        ("doctor --parameter A=b", "--template"),
        ("doctor --template two.yaml --function A --parameter Stag=x", "there is no parameter Stag; did you mean `Stage`?"),
        ("doctor --online --topic arn:aws:sns:eu-west-1:111122223333:t", "--function"),
        ("doctor --online --template two.yaml", "cannot be used with"),
    ] {
        let said = hikyaku(&folder, line.split(' ')).run().await;
        assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{line}: {said:?}");
        assert!(said.stderr.contains(says), "{line}: {said:?}");
    }
    let said = hikyaku(&folder, ["doctor", "--json", "--template", "two.yaml", "--function", "B"]).run().await;
    assert_eq!(said.status, 1, "{said:?}");
    assert_eq!(of(&said, "function.runtime")[0]["about"], "B");
}

#[tokio::test]
async fn a_person_reads_what_is_lost_and_how_to_mend_it() {
    let folder = Folder::new();
    let (file, config) = files(&folder, &[("KmsMasterKeyId: !Ref Key", "KmsMasterKeyId: alias/aws/sns")], &[]);
    let run = || hikyaku(&folder, ["doctor", "--parameter", HOOK, "--template"]).arg(&file).config(&config);
    let said = run().run().await;
    assert_eq!(said.status, 1, "{said:?}");
    for part in [
        "\ntopic\n  ✓ Topic: leads to Function\n",
        "\n  ✗ error: Topic: is encrypted with alias/aws/sns, a key that AWS keeps and no\n",
        "\n      lost: in silence: everything of budgets.amazonaws.com,\n",
        "\n      mend: KmsMasterKeyId: !Ref Key, an AWS::KMS::Key of your own",
        "\n26 hold, 1 error, 0 warnings\n",
    ] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    let too_wide: Vec<&str> =
        said.stdout.lines().filter(|line| line.chars().count() > 80 && !line.starts_with("      mend: ")).collect();
    assert!(too_wide.is_empty(), "{too_wide:#?}");
    let said = run().arg("--ignore").arg("topic.key").run().await;
    assert_eq!(said.status, 0, "{said:?}");
}

/// Runs it on the template of `infra` and on a configuration, both changed.
async fn examine(folder: &Folder, durable: bool, template: &[(&str, &str)], config: &[(&str, &str)]) -> Said {
    let (template, config) = files(folder, template, config);
    let durable = format!("Durable={durable}");
    hikyaku(folder, ["doctor", "--json", "--parameter", HOOK, "--parameter", &durable, "--template"])
        .arg(template)
        .config(&config)
        .run()
        .await
}

fn files(folder: &Folder, template: &[(&str, &str)], config: &[(&str, &str)]) -> (PathBuf, PathBuf) {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/template.yaml")).unwrap();
    (folder.write("template.yaml", changed(&text, template)), folder.write("hikyaku.yaml", changed(CONFIG, config)))
}

fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "there is no {from}");
        text.replacen(from, to, 1)
    })
}

fn of(said: &Said, check: &str) -> Vec<Value> {
    let all = said.json()["findings"].as_array().unwrap().clone();
    all.into_iter().filter(|finding| finding["check"] == check).collect()
}

/// By what each resource is called once it is there.
#[tokio::test]
async fn what_the_template_makes_is_known_by_the_name_that_it_will_have() {
    let name = ("      KmsMasterKeyId: !Ref Key", "      TopicName: notices\n      KmsMasterKeyId: !Ref Key");
    for (template, topic, level) in [
        (&[][..], "hikyaku-Topic-1X2Y3Z", "ok"),
        (&[], "hikyaku-AlarmTopic-1X2Y3Z", "error"),
        (&[name], "notices", "ok"),
        (&[name], "hikyaku-Topic-1X2Y3Z", "error"),
    ] {
        let topics = format!("topics: [\"arn:aws:sns:ap-northeast-1:111122223333:{topic}\"]\nroutes:");
        let said = examine(&Folder::new(), false, template, &[("routes:", &topics)]).await;
        assert_eq!(of(&said, "configuration.topics")[0]["level"], level, "{topic}: {said:?}");
    }
    let queue = "failure_queue: https://sqs.eu-west-1.amazonaws.com/111122223333/hikyaku-FailureQueue-1X2Y3Z\nroutes:";
    let ledger = "ledger: { dynamodb: { table: hikyaku-LedgerTable-1X2Y3Z } }\nroutes:";
    for (setting, parameter) in [(queue, "Ledger=false"), (ledger, "Ledger=true")] {
        let folder = Folder::new();
        let (template, config) = files(&folder, &[], &[("routes:", setting)]);
        let run = hikyaku(&folder, ["doctor", "--json", "--parameter", HOOK, "--parameter", parameter, "--template"]);
        let said = run.arg(template).config(&config).run().await;
        assert_eq!(of(&said, "configuration.role")[0]["level"], "ok", "{setting}: {said:?}");
    }
}

#[tokio::test]
async fn what_the_role_lacks_is_a_parameter_of_the_template() {
    let mail = "  mail: { email: { topic_arn: \"arn:aws:sns:eu-west-1:111122223333:mail\" } }\n  log:";
    let ledger = "ledger: { dynamodb: { table: told } }\nroutes:";
    for (from, to, mend) in [
        ("ssm:/hikyaku/slack", "ssm:/other", "SecretArns=arn:aws:ssm:REGION:ACCOUNT:parameter/other, or in its role: { Effect"),
        ("  log:", mail, "EmailTopicArns=arn:aws:sns:eu-west-1:111122223333:mail, or"),
        ("routes:", ledger, "Ledger=true, with no `ledger` in the configuration, or"),
    ] {
        let said = examine(&Folder::new(), false, &[], &[(from, to)]).await;
        let found = of(&said, "configuration.role");
        assert!(found[0]["mend"].as_str().unwrap().starts_with(mend), "{found:#?}");
    }
}

/// Its statements may be as narrow as what is sent allows.
#[tokio::test]
async fn a_queues_key_has_to_let_in_those_that_write_to_it() {
    let own = "\n  QueueKey:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy:\n        Statement: [STATEMENTS]\n\n  # For the roles of cert";
    let statement = |service: &str, condition: &str| {
        format!(
            "{{ Effect: Allow, Principal: {{ Service: {service} }}, Action: kms:*, Resource: \"*\", Condition: {{ ArnLike: {{ {condition} }} }} }}"
        )
    };
    let sns = statement("sns.amazonaws.com", "\"aws:SourceArn\": !Ref Topic");
    let rule = statement("events.amazonaws.com", "\"kms:EncryptionContext:aws:sqs:arn\": !GetAtt FailureQueue.Arn");
    let other = statement("events.amazonaws.com", "\"kms:EncryptionContext:aws:sqs:arn\": !GetAtt LogGroup.Arn");
    let by_rule = "          DeadLetterConfig:\n            Arn: !GetAtt FailureQueue.Arn";
    for (statements, without_rule, level) in [
        (format!("{sns}, {rule}"), false, "ok"),
        (sns.clone(), false, "error"),
        (sns.clone(), true, "ok"),
        (format!("{sns}, {other}"), false, "error"),
    ] {
        let own = own.replace("STATEMENTS", &statements);
        let mut changes = vec![
            ("\n  # For the roles of cert", own.as_str()),
            ("SqsManagedSseEnabled: true\n      # 14 days", "KmsMasterKeyId: !Ref QueueKey\n      # 14 days"),
        ];
        changes.extend(without_rule.then_some((by_rule, "")));
        let said = examine(&Folder::new(), false, &changes, &[]).await;
        let found = of(&said, "queue.key");
        assert_eq!(found[0]["level"], level, "{statements} {found:#?}");
    }
}

/// What its own policies lack, another may give.
#[tokio::test]
async fn a_role_with_policies_of_their_own_is_not_judged_by_half() {
    let lacking = (
        "Sid: KeepFailures\n                Effect: Allow\n                Action: sqs:SendMessage",
        "Sid: KeepFailures\n                Effect: Allow\n                Action: sqs:GetQueueUrl",
    );
    let statement = "PolicyDocument: { Statement: [{ Effect: Allow, Action: sqs:SendMessage, Resource: \"*\" }] }";
    for policy in [
        "Type: AWS::IAM::ManagedPolicy\n    Properties: { Roles: [!Ref Role], ",
        "Type: AWS::IAM::RolePolicy\n    Properties: { RoleName: !Ref Role, PolicyName: more, ",
        "Type: AWS::IAM::Policy\n    Properties: { Roles: [!Ref Role], PolicyName: more, ",
    ] {
        let more = format!("\n  More:\n    {policy}{statement} }}\n\n  # For the roles of cert");
        let said = examine(&Folder::new(), false, &[lacking, ("\n  # For the roles of cert", &more)], &[]).await;
        assert_eq!(of(&said, "function.failures")[0]["level"], "ok", "{policy}: {said:?}");
        assert_eq!(of(&said, "configuration.role")[0]["level"], "unknown", "{policy}: {said:?}");
    }
}

#[tokio::test]
async fn an_alarm_counts_if_it_is_on_what_is_ours() {
    const OF_FUNCTION: &str = "MetricName: Errors\n      Dimensions: [{ Name: FunctionName, Value: !Ref Function }]";
    const OF_QUEUE: &str = "      Namespace: AWS/SQS\n      MetricName: ApproximateNumberOfMessagesVisible\n      Dimensions: [{ Name: QueueName, Value: !GetAtt FailureQueue.QueueName }]\n      Statistic: Maximum\n      Period: 300\n";
    let function = |value: &str| OF_FUNCTION.replace("!Ref Function", value);
    let stat = "      Metrics:\n        - Id: all\n          MetricStat:\n            Stat: Maximum\n            Period: 300\n            Metric: { Namespace: AWS/SQS, MetricName: ApproximateNumberOfMessagesVisible, Dimensions: [{ Name: QueueName, Value: VALUE }] }\n";
    for (about, from, to, level) in [
        ("the function failing", OF_FUNCTION, function("other"), "warning"),
        ("the function failing", OF_FUNCTION, function("!ImportValue name"), "ok"),
        ("the function failing", OF_FUNCTION, "MetricName: Errors".to_owned(), "ok"),
        (
            "the function failing",
            "Namespace: AWS/Lambda\n      MetricName: Errors",
            "Namespace: Ours\n      MetricName: Errors".to_owned(),
            "warning",
        ),
        ("the function failing", OF_FUNCTION, format!("ActionsEnabled: false\n      {OF_FUNCTION}"), "warning"),
        // With a queue before the function there is an alarm on that one, too.
        ("the failure queue", OF_QUEUE, stat.replace("VALUE", "!GetAtt EventQueue.QueueName"), "warning"),
        ("the failure queue", OF_QUEUE, stat.replace("VALUE", "!GetAtt FailureQueue.QueueName"), "ok"),
    ] {
        let said = examine(&Folder::new(), true, &[(from, &to)], &[]).await;
        let found = of(&said, "alarms");
        let found = found.iter().find(|finding| finding["about"] == about).unwrap();
        assert_eq!(found["level"], level, "{to}: {found}");
    }
}

#[tokio::test]
async fn what_sam_has_for_all_functions_is_of_ours_too() {
    let globals = "Globals: { Function: { Runtime: provided.al2023, Timeout: 60, Handler: bootstrap, Environment: { Variables: { FAILURE_QUEUE_URL: !Ref Dead } } } }\n";
    let resources = "Resources:\n  Dead: { Type: AWS::SQS::Queue }\n  Router:\n    Type: AWS::Serverless::Function\n    Properties: { PROPERTIES Environment: { Variables: { SLACK_WEBHOOK_URL: 'ssm:/hook' } } }\n";
    for (globals, properties, runtime, timeout, kept) in [
        (globals, "", "runs on provided.al2023", "has 60 s for an event", "ok"),
        (globals, "Timeout: 90,", "runs on provided.al2023", "has 90 s for an event", "ok"),
        (globals, "Runtime: python3.13, Timeout: !Ref AWS::NoValue,", "runs on python3.13", "has 3 s", "ok"),
        ("", "", "names no runtime", "has 3 s", "warning"),
        ("", "PackageType: Image,", "runs from an image", "has 3 s", "warning"),
        ("", "ImageUri: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/router:1,", "runs from an image", "has 3 s", "warning"),
    ] {
        let folder = Folder::new();
        let file = folder.write("sam.yaml", format!("{globals}{}", resources.replace("PROPERTIES", properties)));
        let said = hikyaku(&folder, ["doctor", "--json", "--template", file.to_str().unwrap()]).run().await;
        let says = |check: &str| of(&said, check)[0]["says"].as_str().unwrap().to_owned();
        assert!(says("function.runtime").starts_with(runtime), "{globals}{properties}: {said:?}");
        assert!(says("function.timeout").starts_with(timeout), "{globals}{properties}: {said:?}");
        assert_eq!(of(&said, "configuration.kept")[0]["level"], kept, "{globals}{properties}: {said:?}");
    }
}
