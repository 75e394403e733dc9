//! The function: whether it runs, who may call it, and what becomes of what it cannot deliver.

use super::{Notes, Wiring};
use crate::deliver::Policy;
use crate::doctor::policy::{Request, allows};
use crate::doctor::wiring::{LONGEST_AGE, MOST_RETRIES, short};

/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>
pub(super) fn runtime(wiring: &Wiring, notes: &mut Notes) {
    let function = &wiring.function;
    let name = &function.name;
    let mend = wiring.mend(
        "Runtime: provided.al2023",
        format!("aws lambda update-function-configuration --function-name {name} --runtime provided.al2023"),
    );
    match function.runtime.as_deref() {
        _ if function.is_image => notes.ok(name, "runs from an image, which brings its own runtime"),
        None => notes.error(name, "names no runtime", "everything: the function does not start", mend),
        Some("provided.al2023") => notes.ok(name, "runs on provided.al2023"),
        Some(old) if old.starts_with("provided") => {
            let lost = "everything, once AWS no longer lets the function be changed or run";
            notes.warning(name, format!("runs on {old}, which AWS has deprecated"), lost, mend);
        }
        Some(other) => {
            let says = format!("runs on {other}, where hikyaku is a program of its own");
            notes.error(name, says, "everything: the function does not start", mend);
        }
    }
}

/// Whether there is time for the tries that hikyaku makes of one message.
pub(super) fn timeout(wiring: &Wiring, notes: &mut Notes) {
    let function = &wiring.function;
    let policy = Policy::default();
    // One that fails twice by not answering, and a second for the answer to Lambda.
    let least = u64::from(policy.max_attempts) * policy.attempt_timeout.as_secs() + 1;
    if function.timeout >= least {
        return notes.ok(&function.name, format!("has {} s for an event", function.timeout));
    }
    let says =
        format!("has {} s for an event; {} tries of a receiver that hangs take {least} s", function.timeout, policy.max_attempts);
    let mend = wiring
        .mend("Timeout: 60", format!("aws lambda update-function-configuration --function-name {} --timeout 60", function.name));
    notes.warning(&function.name, says, "tries: a slow receiver gets fewer before Lambda gives the event up", mend);
}

/// Whether it may run at all: a reservation of none stops a function.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>
pub(super) fn concurrency(wiring: &Wiring, notes: &mut Notes) {
    let name = &wiring.function.name;
    match &wiring.function.reserved {
        Err(unseen) => notes.unseen(name, unseen),
        Ok(Some(0)) => {
            let mend = wiring.mend(
                "take ReservedConcurrentExecutions: 0 out",
                format!("aws lambda delete-function-concurrency --function-name {name}"),
            );
            notes.error(name, "is stopped: it has reserved a concurrency of 0", "everything, after six hours", mend);
        }
        Ok(Some(reserved)) => notes.ok(name, format!("has {reserved} of the account's concurrency for itself")),
        Ok(None) => notes.ok(name, "shares the account's concurrency"),
    }
}

/// Whether SNS and EventBridge may call it, where they do.
pub(super) fn callers(wiring: &Wiring, notes: &mut Notes) {
    let function = &wiring.function;
    let name = &function.name;
    let policy = match &function.policy {
        Ok(policy) => policy,
        Err(unseen) => return notes.unseen(name, unseen),
    };
    // Who calls an alias is let in by that one's policy, which is another.
    let calls = |endpoint: &str| endpoint == function.arn;
    let topics = wiring.topics.iter().filter(|topic| topic.subscriptions.iter().flatten().any(|one| calls(&one.endpoint)));
    let rules = wiring.rules.iter().flatten().filter(|rule| rule.targets.iter().any(|target| calls(&target.arn)));
    let topics = topics.map(|topic| ("sns.amazonaws.com", topic.arn.as_str()));
    let callers: Vec<(&str, &str)> = topics.chain(rules.map(|rule| ("events.amazonaws.com", rule.arn.as_str()))).collect();
    for (service, source) in &callers {
        let context = [("aws:SourceArn", *source), ("aws:SourceAccount", wiring.account.as_str())];
        let request = Request {
            principal: Some(("Service", service)),
            action: "lambda:InvokeFunction",
            resource: &function.arn,
            context: &context,
        };
        if !allows(policy, &request) {
            let from = wiring.named(source);
            let mend = wiring.mend(
                format!("Permission: {{ Type: AWS::Lambda::Permission, Properties: {{ Action: lambda:InvokeFunction, FunctionName: !Ref {name}, Principal: {service}, SourceArn: {from} }} }}"),
                format!("aws lambda add-permission --function-name {name} --statement-id hikyaku-{} --action lambda:InvokeFunction --principal {service} --source-arn {source}", short(source)),
            );
            let says = format!("does not let {service} call it for {}", short(source));
            notes.error(name, says, format!("everything that comes by {}", short(source)), mend);
        }
    }
    if notes.count() == 0 {
        let says = if callers.is_empty() { "is called by nobody but its queue" } else { "lets in those that call it" };
        notes.ok(name, says);
    }
}

/// Whether Lambda keeps what the function could not handle, and tries as long as it can.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
pub(super) fn failures(wiring: &Wiring, notes: &mut Notes) {
    let function = &wiring.function;
    let name = &function.name;
    let failures = match &function.failures {
        Ok(failures) => failures,
        Err(unseen) => return notes.unseen(name, unseen),
    };
    let is_called = wiring.topics.iter().any(|topic| topic.subscriptions.iter().flatten().any(|one| one.protocol == "lambda"))
        || wiring.rules.iter().flatten().any(|rule| rule.targets.iter().any(|target| target.arn == function.arn));
    if !is_called {
        return notes.ok(name, "takes from a queue, which keeps what it could not handle");
    }
    let destination = wiring.mend(
        "OnFailure: { Destination: !GetAtt FailureQueue.Arn } in an AWS::Lambda::EventInvokeConfig",
        // It sets the rest to Lambda's defaults, which are the most.
        format!("aws lambda put-function-event-invoke-config --function-name {name} --destination-config '{{\"OnFailure\":{{\"Destination\":\"QUEUE-ARN\"}}}}'"),
    );
    match failures.target.as_deref() {
        None => {
            let lost = "what is still undelivered after three tries within minutes";
            notes.warning(name, "has no destination on failure", lost, destination);
        }
        Some(topic) if topic.contains(":sns:") || wiring.topics.iter().any(|one| one.arn == topic) => {
            let says = format!("hands its failures to the topic {}", short(topic));
            notes.warning(name, says, "the event itself, where it is larger than 256 KB", destination);
        }
        Some(queue) => match &function.role {
            Some(policies) if !policies.iter().any(|policy| may_send(policy, queue)) => {
                let says = format!("its role may not write to {}", short(queue));
                let mend =
                    format!("in its role: {{ Effect: Allow, Action: sqs:SendMessage, Resource: {} }}", wiring.named(queue));
                notes.error(name, says, "what is still undelivered after three tries", mend);
            }
            _ => notes.ok(name, format!("{} keeps what it could not deliver", short(queue))),
        },
    }
    if failures.max_age < LONGEST_AGE || failures.retries < MOST_RETRIES {
        let says = format!("gives an event up after {} s or {} retries, of 21600 and 2", failures.max_age, failures.retries);
        let mend = wiring.mend(
            "MaximumEventAgeInSeconds: 21600, MaximumRetryAttempts: 2",
            // There is one to update, or these were the defaults; `put` would take its destination away.
            format!("aws lambda update-function-event-invoke-config --function-name {name} --maximum-event-age-in-seconds 21600 --maximum-retry-attempts 2"),
        );
        notes.warning(name, says, "tries: a receiver that is down for minutes is not waited for", mend);
    }
}

fn may_send(policy: &serde_json::Value, queue: &str) -> bool {
    allows(policy, &Request { principal: None, action: "sqs:SendMessage", resource: queue, context: &[] })
}

/// Whether the log, which says why a message failed, is there for as long as the message is.
pub(super) fn log(wiring: &Wiring, notes: &mut Notes) {
    let name = &wiring.function.name;
    match &wiring.function.log_days {
        Err(unseen) => notes.unseen(name, unseen),
        Ok(None) => notes.ok(name, "its log is kept for ever"),
        Ok(Some(days)) if *days >= LEAST_LOG_DAYS => notes.ok(name, format!("its log is kept for {days} days")),
        Ok(Some(days)) => {
            let mend = wiring.mend(
                "RetentionInDays: 30",
                format!("aws logs put-retention-policy --log-group-name {} --retention-in-days 30", wiring.function.log),
            );
            let lost = "why a notice failed: the failure queue keeps it for 14 days";
            notes.warning(name, format!("its log is kept for {days} days"), lost, mend);
        }
    }
}

/// As long as a queue keeps a message.
const LEAST_LOG_DAYS: u64 = 14;
