//! The way of a notice through the stack, with each switch.

use std::path::Path;

use hikyaku::config::Origin;
use hikyaku::doctor::policy::{Request, allows};
use hikyaku::ingress::unwrap;
use hikyaku::notification::{Data, Happening};
use hikyaku::samples::Sample;
use hikyaku::sources::decode;
use serde_json::{Value, json};

use crate::stack::{ACCOUNT, REGION, Stack, arn, every_stack};

#[test]
fn one_parameter_is_enough_and_none_is_too_few() {
    let slack = |value| Stack::read("infra/template.yaml", &[("SlackWebhookUrl", value)]);
    assert!(slack("https://hooks.example.com/x").refused.is_empty());
    assert!(slack("ssm:/hikyaku/slack").refused.is_empty());
    assert_eq!(slack("").refused, ["Give a SlackWebhookUrl, or a ConfigParameter or a ConfigLayer that names receivers"]);
    let layer = ("ConfigLayer", "arn:aws:lambda:ap-northeast-1:111122223333:layer:hikyaku:3");
    for given in [layer, ("ConfigParameter", "/hikyaku/config")] {
        assert!(Stack::read("infra/template.yaml", &[given]).refused.is_empty());
    }
}

/// A reference to what a switch leaves out would fail when somebody deploys with that switch.
#[test]
fn every_combination_of_switches_makes_a_stack() {
    let stacks = every_stack();
    assert!(stacks.len() > 100, "{}", stacks.len());
    for (switches, stack) in stacks {
        assert!(stack.refused.is_empty(), "{switches}");
        assert!(stack.has("Function"), "{switches}");
    }
}

#[test]
fn the_function_is_small_and_patient() {
    let stack = Stack::of(&[]);
    let function = stack.get("Function");
    assert_eq!(function["Runtime"], "provided.al2023");
    assert_eq!(function["Architectures"], json!(["arm64"]));
    assert_eq!(function["Handler"], "bootstrap");
    assert_eq!(function["MemorySize"], 128);
    assert_eq!(function["Timeout"], 60);
    assert_eq!(function["CodeUri"], "../target/lambda/hikyaku.zip", "what `make package` writes");
    assert_eq!(function["ReservedConcurrentExecutions"], "2");
    let unreserved = Stack::of(&[("ReservedConcurrency", "0")]);
    assert!(unreserved.get("Function").get("ReservedConcurrentExecutions").is_none(), "0 would stop the function");
    assert_eq!(function["LoggingConfig"]["LogGroup"], "LogGroup");
    assert_eq!(stack.get("LogGroup")["RetentionInDays"], "90");
}

#[test]
fn the_function_is_told_what_the_stack_knows() {
    let plain = Stack::of(&[]).get("Function")["Environment"]["Variables"].clone();
    let expected = json!({
        "SLACK_WEBHOOK_URL": "ssm:/hikyaku/slack",
        "FAILURE_QUEUE_URL": "https://sqs.ap-northeast-1.amazonaws.com/111122223333/FailureQueue",
    });
    assert_eq!(plain, expected);

    let layer = "arn:aws:lambda:ap-northeast-1:111122223333:layer:hikyaku:3";
    let full = Stack::of(&[("ConfigLayer", layer), ("Ledger", "true")]);
    let function = full.get("Function");
    assert_eq!(function["Layers"], json!([layer]));
    assert!(function["Environment"]["Variables"].get("HIKYAKU_CONFIG").is_none(), "it looks into the layer by itself");
    assert_eq!(function["Environment"]["Variables"]["LEDGER_TABLE"], "LedgerTable");
}

#[test]
fn a_configuration_in_a_parameter_is_named_and_may_be_read() {
    let stack = Stack::of(&[("ConfigParameter", "/hikyaku/config")]);
    let named = stack.get("Function")["Environment"]["Variables"]["HIKYAKU_CONFIG"].as_str().unwrap();
    assert_eq!(named, "ssm:/hikyaku/config");
    assert!(matches!(Origin::of(Path::new(named)), Origin::Parameter(_)));
    let role = &stack.get("Role")["Policies"][0]["PolicyDocument"];
    let may = |action, name: &str| {
        let resource = format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}");
        allows(role, &Request { principal: None, action, resource: &resource, context: &[] })
    };
    assert!(may("ssm:GetParameter", "/hikyaku/config"));
    assert!(!may("ssm:GetParameter", "/hikyaku/config2") && !may("ssm:PutParameter", "/hikyaku/config"));
}

#[test]
fn the_topic_calls_the_function() {
    let stack = Stack::of(&[]);
    let subscription = stack.get("TopicSubscription");
    assert_eq!(subscription["TopicArn"], arn("Topic"));
    assert_eq!((&subscription["Protocol"], &subscription["Endpoint"]), (&json!("lambda"), &json!(arn("Function"))));
    let permission = json!({
        "Action": "lambda:InvokeFunction", "FunctionName": "Function", "Principal": "sns.amazonaws.com", "SourceArn": arn("Topic"),
    });
    assert_eq!(stack.get("TopicPermission"), &permission);
    assert!(stack.all("AWS::Lambda::EventSourceMapping").is_empty());
}

#[test]
fn a_durable_stack_has_a_queue_before_the_function() {
    let stack = Stack::of(&[("Durable", "true")]);
    let subscription = stack.get("TopicSubscription");
    assert_eq!((&subscription["Protocol"], &subscription["Endpoint"]), (&json!("sqs"), &json!(arn("EventQueue"))));
    assert!(stack.all("AWS::Lambda::Permission").is_empty(), "nobody needs to call the function");

    let mapping = stack.get("EventQueueMapping");
    assert_eq!(mapping["EventSourceArn"], arn("EventQueue"));
    assert_eq!(mapping["FunctionName"], "Function");
    assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    let reserved: u64 = stack.get("Function")["ReservedConcurrentExecutions"].as_str().unwrap().parse().unwrap();
    let concurrency = mapping["ScalingConfig"]["MaximumConcurrency"].as_u64().unwrap();
    assert!(concurrency <= reserved, "what is throttled counts as received");

    let queue = stack.get("EventQueue");
    let timeout = stack.get("Function")["Timeout"].as_u64().unwrap();
    let visibility = queue["VisibilityTimeout"].as_u64().unwrap();
    assert!(visibility >= 6 * timeout, "{visibility}: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html");
    assert_eq!(queue["RedrivePolicy"]["deadLetterTargetArn"], arn("FailureQueue"));
    let tries = queue["RedrivePolicy"]["maxReceiveCount"].as_u64().unwrap();
    let retention = queue["MessageRetentionPeriod"].as_u64().unwrap();
    assert!(tries * visibility >= 24 * 3600, "a day's outage is outlasted");
    assert!(tries * visibility < retention, "nothing may expire before it has been given up");

    let role = &stack.get("Role")["Policies"][0]["PolicyDocument"];
    for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"] {
        let request = Request { principal: None, action, resource: &arn("EventQueue"), context: &[] };
        assert!(allows(role, &request), "{action}");
        assert!(
            !allows(&Stack::of(&[]).get("Role")["Policies"][0]["PolicyDocument"], &request),
            "{action} where there is no queue"
        );
    }
    let policy = &stack.get("EventQueuePolicy")["PolicyDocument"];
    for (service, source) in [("sns.amazonaws.com", "Topic"), ("events.amazonaws.com", "Rule")] {
        assert!(crate::failures::may_send(policy, service, "EventQueue", &arn(source)), "{service}");
        assert!(!crate::failures::may_send(policy, service, "EventQueue", &arn("Other")), "{service}");
    }
}

#[test]
fn health_and_acm_take_the_way_that_is_chosen() {
    for (durable, target, expected, called) in [
        ("false", "direct", "Function", true),
        ("false", "topic", "Topic", false),
        ("true", "direct", "EventQueue", false),
        ("true", "topic", "Topic", false),
    ] {
        let stack = Stack::of(&[("Durable", durable), ("RuleTarget", target)]);
        let rule = stack.get("Rule");
        assert_eq!(rule["Targets"].as_array().unwrap().len(), 1);
        assert_eq!(rule["Targets"][0]["Arn"], arn(expected), "{durable} {target}");
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        assert!(rule["Targets"][0].get("RoleArn").is_none(), "policies of the target's own, and no role");
        assert_eq!(stack.has("RulePermission"), called, "{durable} {target}");
    }
    let permission = json!({
        "Action": "lambda:InvokeFunction", "FunctionName": "Function", "Principal": "events.amazonaws.com", "SourceArn": arn("Rule"),
    });
    assert_eq!(Stack::of(&[]).get("RulePermission"), &permission);
}

/// The samples of the tests are what the rule must let through, and CloudTrail's call what it must not.
#[test]
fn the_rule_takes_what_health_and_acm_say() {
    let pattern = hikyaku::pattern::Pattern::parse(&Stack::of(&[]).get("Rule")["EventPattern"]).unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut seen = 0;
    for path in ["aws_health", "aws_acm"].iter().flat_map(|source| std::fs::read_dir(folder.join(source)).unwrap()) {
        let path = path.unwrap().path();
        let event: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if event.get("detail-type").is_some() {
            seen += 1;
            let call = path.ends_with("cloudtrail_delete_certificate.json");
            assert_eq!(pattern.matches(&event), !call, "{}", path.display());
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn another_region_hands_on_what_hikyaku_would_take() {
    let region = Stack::of_region();
    let rule = region.get("Rule");
    assert_eq!(rule["EventPattern"], Stack::of(&[]).get("Rule")["EventPattern"]);
    let bus = "arn:aws:events:eu-west-1:111122223333:event-bus/default";
    assert_eq!(rule["Targets"][0]["Arn"], bus);
    assert_eq!(rule["Targets"][0]["RoleArn"], arn("Role"));
    let role = &region.get("Role")["Policies"][0]["PolicyDocument"];
    assert!(allows(role, &Request { principal: None, action: "events:PutEvents", resource: bus, context: &[] }));
    let home = Stack::read("infra/region.yaml", &[("HomeRegion", crate::stack::REGION)]);
    assert_eq!(home.refused.len(), 1, "at home every event would come twice");
}

/// What the rule sends is the sample, and what hikyaku takes for its self-test.
#[test]
fn a_self_test_goes_the_whole_way() {
    assert!(!Stack::of(&[]).has("SelfTestRule"));
    let stack = Stack::of(&[("SelfTestSchedule", "rate(1 day)")]);
    let rule = stack.get("SelfTestRule");
    assert_eq!(rule["ScheduleExpression"], "rate(1 day)");
    let target = &rule["Targets"][0];
    assert_eq!((&target["Arn"], &target["DeadLetterConfig"]["Arn"]), (&json!(arn("Topic")), &json!(arn("FailureQueue"))));
    let policy = &stack.get("FailureQueuePolicy")["PolicyDocument"];
    assert!(crate::failures::may_send(policy, "events.amazonaws.com", "FailureQueue", &arn("SelfTestRule")));
    let sent: Value = serde_json::from_str(target["Input"].as_str().unwrap()).unwrap();
    let sample = Sample::named("text.self_test").unwrap().event();
    let message = sample["Records"][0]["Sns"]["Message"].as_str().unwrap();
    assert_eq!(sent, serde_json::from_str::<Value>(message).unwrap());
    let told = decode(&unwrap(&sent.to_string()).unwrap().envelopes[0]);
    assert_eq!(told.data, Data::Happening(Happening::SelfTest));
}

#[test]
fn a_budget_tells_the_topic() {
    assert!(Stack::of(&[]).all("AWS::Budgets::Budget").is_empty());
    let stack = Stack::of(&[("MonthlyBudget", "500")]);
    assert_eq!(stack.resources["Budget"]["DependsOn"], "TopicPolicy");
    let budget = stack.get("Budget");
    assert_eq!(budget["Budget"]["BudgetLimit"], json!({ "Amount": "500", "Unit": "USD" }));
    let notifications = budget["NotificationsWithSubscribers"].as_array().unwrap();
    let kinds: Vec<&Value> = notifications.iter().map(|entry| &entry["Notification"]["NotificationType"]).collect();
    assert_eq!(kinds, ["ACTUAL", "FORECASTED"]);
    for notification in notifications {
        assert_eq!(notification["Subscribers"], json!([{ "SubscriptionType": "SNS", "Address": arn("Topic") }]));
    }
}

/// The form that the ledger writes: a digest as its key, and when it may be forgotten.
#[test]
fn the_ledger_is_a_table_that_forgets() {
    assert!(Stack::of(&[]).all("AWS::DynamoDB::Table").is_empty());
    let stack = Stack::of(&[("Ledger", "true")]);
    let table = stack.get("LedgerTable");
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["KeySchema"], json!([{ "AttributeName": "id", "KeyType": "HASH" }]));
    assert_eq!(table["AttributeDefinitions"], json!([{ "AttributeName": "id", "AttributeType": "S" }]));
    assert_eq!(table["TimeToLiveSpecification"], json!({ "AttributeName": "expires_at", "Enabled": true }));
    let role = &stack.get("Role")["Policies"][0]["PolicyDocument"];
    for action in ["dynamodb:PutItem", "dynamodb:DeleteItem"] {
        assert!(allows(role, &Request { principal: None, action, resource: &arn("LedgerTable"), context: &[] }), "{action}");
    }
}
