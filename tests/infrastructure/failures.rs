//! What cannot be delivered comes to rest in the failure queue, whoever could not.

use serde_json::{Value, json};

use crate::alarms::{Metric, alarm_on};
use crate::stack::{Stack, arn, every_stack};
use hikyaku::doctor::policy::{Request, allows, list, statements};

/// Throttled until it is too old, or tried too often.
#[test]
fn f52_what_waits_too_long_is_kept_and_somebody_is_told() {
    for (switches, stack) in every_stack() {
        let config = stack.get("EventInvokeConfig");
        assert_eq!((&config["FunctionName"], &config["Qualifier"]), (&json!("Function"), &json!("$LATEST")), "{switches}");
        // https://docs.aws.amazon.com/lambda/latest/api/API_FunctionEventInvokeConfig.html
        assert_eq!(config["MaximumEventAgeInSeconds"], 21_600, "{switches}");
        assert_eq!(config["MaximumRetryAttempts"], 2, "{switches}");
        assert_eq!(config["DestinationConfig"]["OnFailure"]["Destination"], arn("FailureQueue"), "{switches}");
        assert!(role_may_keep(stack), "{switches}");
        assert!(alarm_on(stack, &Metric::of_function("AsyncEventsDropped")).is_some(), "{switches}");
    }
}

/// The function deleted, or its permission, while the topic has its subscription.
#[test]
fn f53_a_function_that_is_gone_leaves_its_notices_in_the_queue() {
    for (switches, stack) in every_stack() {
        let subscription = stack.get("TopicSubscription");
        assert_eq!(subscription["RedrivePolicy"], json!({ "deadLetterTargetArn": arn("FailureQueue") }), "{switches}");
        assert_eq!(stack.get("Rule")["Targets"][0]["DeadLetterConfig"], json!({ "Arn": arn("FailureQueue") }), "{switches}");
        let policy = &stack.get("FailureQueuePolicy")["PolicyDocument"];
        for (service, source) in [("sns.amazonaws.com", "Topic"), ("events.amazonaws.com", "Rule")] {
            assert!(may_send(policy, service, "FailureQueue", &arn(source)), "{service}, {switches}");
            assert!(!may_send(policy, service, "FailureQueue", &arn("AlarmTopic")), "{service}, {switches}");
        }
    }
    let region = Stack::of_region();
    assert_eq!(region.get("Rule")["Targets"][0]["DeadLetterConfig"], json!({ "Arn": arn("FailureQueue") }));
    assert!(may_send(&region.get("FailureQueuePolicy")["PolicyDocument"], "events.amazonaws.com", "FailureQueue", &arn("Rule")));
}

/// The failure queue itself out of reach. There is no key that could be, and each sender's failure to write rings.
#[test]
fn f54_a_failure_that_is_not_kept_rings() {
    for (switches, stack) in every_stack() {
        for metric in [
            Metric::of_function("DeadLetterErrors"),
            Metric::of_function("DestinationDeliveryFailures"),
            Metric { namespace: "AWS/SNS", name: "NumberOfNotificationsFailedToRedriveToDlq", dimension: ("TopicName", "Topic") },
            Metric { namespace: "AWS/Events", name: "InvocationsFailedToBeSentToDlq", dimension: ("RuleName", "Rule") },
        ] {
            let alarm = alarm_on(stack, &metric).unwrap_or_else(|| panic!("no alarm on {}, {switches}", metric.name));
            assert_eq!(alarm["Threshold"], 1, "{}", metric.name);
        }
        for (name, queue) in stack.all("AWS::SQS::Queue") {
            assert_eq!(queue["SqsManagedSseEnabled"], true, "{name}");
            assert!(queue.get("KmsMasterKeyId").is_none(), "{name}: sns, events and lambda would need the key");
        }
    }
}

/// A record too large for its place: SNS takes 256 KB and Lambda drops the rest, SQS takes 1 MiB.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_OnFailure.html>
#[test]
fn f55_failures_go_to_a_queue_never_to_a_topic() {
    let stack = Stack::of(&[]);
    let target = &stack.get("EventInvokeConfig")["DestinationConfig"]["OnFailure"]["Destination"];
    let queues: Vec<String> = stack.all("AWS::SQS::Queue").iter().map(|(name, _)| arn(name)).collect();
    assert!(queues.iter().any(|queue| target == queue.as_str()), "{target}");
}

#[test]
fn failures_are_kept_for_as_long_as_sqs_can() {
    for stack in [Stack::of(&[]), Stack::of_region()] {
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
        assert_eq!(stack.get("FailureQueue")["MessageRetentionPeriod"], 1_209_600);
        assert_eq!(stack.resources["FailureQueue"]["DeletionPolicy"], "RetainExceptOnCreate");
        assert_eq!(stack.resources["FailureQueue"]["UpdateReplacePolicy"], "Retain");
    }
}

#[test]
fn every_sender_of_a_queue_is_named_by_its_arn() {
    let mut seen = 0;
    for (switches, stack) in every_stack().iter().chain([&("region".to_owned(), Stack::of_region())]) {
        for (name, policy) in stack.all("AWS::SQS::QueuePolicy") {
            for statement in statements(&policy["PolicyDocument"]) {
                seen += 1;
                let sources = list(&statement["Condition"]["ArnEquals"]["aws:SourceArn"]);
                assert!(!sources.is_empty(), "{name} lets in whoever asks, {switches}");
                for source in sources {
                    let is_ours = stack.resources.keys().any(|resource| arn(resource) == source);
                    assert!(is_ours, "{name}: {source}, {switches}");
                }
            }
        }
    }
    assert!(seen > 0);
}

/// For Lambda's destination, and for what the function itself puts there.
fn role_may_keep(stack: &Stack) -> bool {
    let role = &stack.get("Role")["Policies"][0]["PolicyDocument"];
    allows(role, &Request { principal: None, action: "sqs:SendMessage", resource: &arn("FailureQueue"), context: &[] })
}

/// Whether `service` may send to `queue` on behalf of `source`.
pub(crate) fn may_send(policy: &Value, service: &str, queue: &str, source: &str) -> bool {
    let request = Request {
        principal: Some(("Service", service)),
        action: "sqs:SendMessage",
        resource: &arn(queue),
        context: &[("aws:SourceArn", source)],
    };
    allows(policy, &request)
}
