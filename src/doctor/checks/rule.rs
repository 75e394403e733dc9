//! The rules of EventBridge that bring AWS Health and ACM, and the alarms.

use serde_json::{Value, json};

use super::{Notes, Wiring};
use crate::doctor::wiring::{Hand, Metric, short};
use crate::pattern::Pattern;
use crate::samples::Sample;

/// Whether the rules of the template, which are others, let it be deployed with its parameters.
pub(super) fn parameters(wiring: &Wiring, notes: &mut Notes) {
    if wiring.hand == Hand::Account {
        return;
    }
    for rule in &wiring.refused {
        notes.error(
            "Rules",
            rule,
            "everything: CloudFormation does not deploy it",
            "--parameter NAME=VALUE, as it is deployed with",
        );
    }
    if wiring.refused.is_empty() {
        notes.ok("Rules", "let it be deployed with these parameters");
    }
}

/// Whether some rule brings what AWS Health and ACM tell.
pub(super) fn events(wiring: &Wiring, notes: &mut Notes) {
    let rules = match &wiring.rules {
        Ok(rules) => rules,
        Err(unseen) => return notes.unseen(&wiring.function.name, unseen),
    };
    for (sample, what) in WANTED {
        let Ok(event) = Sample::named(sample).map(Sample::event) else { continue };
        let brings: Vec<_> = rules
            .iter()
            .filter(|rule| {
                rule.pattern.as_ref().and_then(|pattern| Pattern::parse(pattern).ok()).is_some_and(|one| one.matches(&event))
            })
            .collect();
        let mend = |rule: &str| {
            wiring.mend(
                "EventPattern: { source: [aws.health, aws.acm], detail-type: [{ prefix: \"AWS Health \" }, { prefix: \"ACM Certificate \" }] }",
                format!("aws events put-rule --name {rule} --state ENABLED --event-pattern '{{\"source\":[\"aws.health\",\"aws.acm\"]}}'"),
            )
        };
        match brings.as_slice() {
            [] => notes.warning(what, "no rule brings them here", format!("all {what}"), mend("hikyaku")),
            some => match some.iter().find(|rule| rule.enabled) {
                Some(rule) => notes.ok(what, format!("{} brings them", rule.name)),
                None => {
                    let names: Vec<&str> = some.iter().map(|rule| rule.name.as_str()).collect();
                    let name = names.first().copied().unwrap_or_default();
                    let mend = wiring.mend("State: ENABLED", format!("aws events enable-rule --name {name}"));
                    notes.error(what, format!("{} is disabled", names.join(", ")), format!("all {what}"), mend);
                }
            },
        }
    }
}

/// A sample of each thing that only a rule brings.
const WANTED: [(&str, &str); 2] = [("health.issue", "events of AWS Health"), ("certificate.renewal_failed.acm", "events of ACM")];

/// Whether what EventBridge cannot hand over is kept: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>.
pub(super) fn failures(wiring: &Wiring, notes: &mut Notes) {
    let lost = "what EventBridge cannot hand over: the target deleted, or closed to it";
    for rule in wiring.rules.iter().flatten() {
        for target in &rule.targets {
            match &target.dead_letters {
                Some(queue) => super::queue::takes(wiring, notes, &rule.name, queue, "events.amazonaws.com", &rule.arn, lost),
                None => {
                    let mend = wiring.mend(
                        "DeadLetterConfig: { Arn: !GetAtt FailureQueue.Arn } in its target",
                        format!("aws events put-targets --rule {} --targets {}", rule.name, kept(&target.whole)),
                    );
                    notes.warning(&rule.name, format!("its target {} has no dead-letter queue", short(&target.arn)), lost, mend);
                }
            }
        }
    }
}

/// The target with a dead-letter queue, as an argument in a shell. Its id is what says that it is no second one.
fn kept(target: &Value) -> String {
    let mut target = target.clone();
    if let Some(target) = target.as_object_mut() {
        target.insert("DeadLetterConfig".to_owned(), json!({ "Arn": "QUEUE-ARN" }));
    }
    format!("'{}'", json!([target]).to_string().replace('\'', "'\\''"))
}

/// Whether somebody hears when hikyaku itself is in trouble.
pub(super) fn alarms(wiring: &Wiring, notes: &mut Notes) {
    let Some(alarms) = &wiring.alarms else { return };
    let function = [wiring.function.name.as_str()];
    let queues: Vec<&str> = wiring.failure_queues().into_iter().map(|queue| short(&queue.arn)).collect();
    for (namespace, metric, what, lost) in WATCHED {
        let (dimension, ours) = match *namespace {
            "AWS/SQS" => ("QueueName", queues.as_slice()),
            _ => ("FunctionName", function.as_slice()),
        };
        let is_ours = |one: &Metric| match one.dimensions.get(dimension) {
            // Of a queue that the template does not hold, or of whatever it leaves open.
            Some(value) => ours.is_empty() || value.contains("${") || ours.contains(&value.as_str()),
            // Lambda counts all functions together too.
            None => one.dimensions.is_empty(),
        };
        let is_on = |one: &Metric| one.namespace == *namespace && one.name == *metric && is_ours(one);
        let alarm: Vec<_> = alarms.iter().filter(|alarm| alarm.metrics.iter().any(is_on)).collect();
        let mend = format!("an AWS::CloudWatch::Alarm on {metric} with AlarmActions, as in hikyaku's template");
        if alarm.is_empty() {
            notes.warning(what, format!("no alarm on {metric}"), *lost, mend);
        } else if alarm.iter().all(|alarm| alarm.actions.is_empty() || !alarm.enabled) {
            notes.warning(what, format!("the alarm on {metric} tells nobody"), *lost, mend);
        } else {
            notes.ok(what, format!("an alarm on {metric} tells somebody"));
        }
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
const WATCHED: &[(&str, &str, &str, &str)] = &[
    ("AWS/Lambda", "Errors", "the function failing", "time: nobody hears that messages are not delivered"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "the failure queue", "what lies in it for 14 days and nobody looks at"),
    ("AWS/Lambda", "DestinationDeliveryFailures", "failures not kept", "what the failure queue did not take, unheard"),
];
