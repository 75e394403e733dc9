//! The queues: those that keep what failed, and the one before the function.

use std::collections::BTreeSet;

use super::{Notes, Wiring};
use crate::doctor::policy::{Request, allows};
use crate::doctor::publishers::USE_OF_A_KEY;
use crate::doctor::wiring::{Queue, QueueState, Unseen, short};

/// Notes whether `queue` takes what `service` sends to it on behalf of `source`.
pub(super) fn takes(wiring: &Wiring, notes: &mut Notes, about: &str, queue: &str, service: &str, source: &str, lost: &str) {
    let state = match wiring.queues.get(queue).map(|queue| &queue.state) {
        None => return notes.unseen(about, &Unseen::elsewhere(queue)),
        Some(Err(unseen)) => return notes.unseen(about, unseen),
        Some(Ok(state)) => state,
    };
    if lets_in(state, queue, service, source, &wiring.account) {
        return notes.ok(about, format!("{} keeps what cannot be handed over", short(queue)));
    }
    let statement = wiring.statement(service, &["sqs:SendMessage"], queue, Some(("ArnEquals", "aws:SourceArn", source)));
    let mend = wiring.mend(format!("in its AWS::SQS::QueuePolicy: {statement}"), mend_policy(wiring, queue, &statement));
    notes.error(about, format!("the policy of {} does not let {service} in", short(queue)), lost, mend);
}

pub(super) fn lets_in(state: &QueueState, queue: &str, service: &str, source: &str, account: &str) -> bool {
    let context = [
        ("aws:SourceArn", source),
        ("aws:SourceAccount", account),
        ("aws:SecureTransport", "true"),
        ("aws:PrincipalIsAWSService", "true"),
    ];
    let request =
        Request { principal: Some(("Service", service)), action: "sqs:SendMessage", resource: queue, context: &context };
    allows(&state.policy, &request)
}

fn mend_policy(wiring: &Wiring, queue: &str, statement: &str) -> String {
    let url = wiring.queues.get(queue).map_or("URL", |queue| &queue.url);
    format!("aws sqs set-queue-attributes --queue-url {url} --attributes file://policy.json, with {statement}")
}

/// Whether failures are kept for as long as SQS can.
pub(super) fn retention(wiring: &Wiring, notes: &mut Notes) {
    for (queue, state) in seen(wiring.failure_queues(), notes) {
        let (name, days) = (short(&queue.arn), state.retention / DAY);
        if state.retention < LONGEST_RETENTION {
            let mend = wiring.mend(
                "MessageRetentionPeriod: 1209600",
                format!("aws sqs set-queue-attributes --queue-url {} --attributes MessageRetentionPeriod=1209600", queue.url),
            );
            let lost = "what nobody brings home in that time; a message counts from the day that it was first queued";
            notes.warning(name, format!("keeps what failed for {days} days of 14"), lost, mend);
        } else {
            notes.ok(name, format!("keeps what failed for {days} days"));
        }
    }
}

const DAY: u64 = 86_400;
/// 14 days: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
const LONGEST_RETENTION: u64 = 14 * DAY;

/// Whether the services that write to a queue may use its key.
pub(super) fn key(wiring: &Wiring, notes: &mut Notes) {
    let ours = wiring.queues.values().filter(|queue| wiring.is_source(&queue.arn));
    let ours: Vec<&Queue> = wiring.failure_queues().into_iter().chain(ours).collect();
    for (queue, state) in seen(ours, notes) {
        let name = short(&queue.arn);
        let key = match &state.key {
            None => {
                notes.ok(name, "has no key that could keep a sender out");
                continue;
            }
            Some(Err(unseen)) => {
                notes.unseen(name, unseen);
                continue;
            }
            Some(Ok(key)) => key,
        };
        let mend = wiring.mend(
            "SqsManagedSseEnabled: true instead of KmsMasterKeyId",
            format!(
                "aws sqs set-queue-attributes --queue-url {} --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true",
                queue.url
            ),
        );
        let senders = senders(wiring, &queue.arn);
        if senders.is_empty() {
            notes.ok(name, format!("no service writes to it, whom its key {} could keep out", short(&key.id)));
            continue;
        }
        let services = |of: &[(&'static str, String)]| {
            let all: BTreeSet<&str> = of.iter().map(|(service, _)| *service).collect();
            all.into_iter().collect::<Vec<_>>().join(" and ")
        };
        let lost = format!("in silence: what {} puts into it", services(&senders));
        if key.is_managed {
            notes.error(name, format!("is encrypted with {}, a key that AWS keeps and no service may use", key.id), lost, mend);
            continue;
        }
        let policy = match &key.policy {
            Ok(policy) => policy,
            Err(unseen) => {
                notes.unseen(name, unseen);
                continue;
            }
        };
        let is_refused = |(service, source): &(&str, String)| {
            let context = [
                ("aws:SourceAccount", wiring.account.as_str()),
                ("aws:SourceArn", source),
                ("aws:PrincipalIsAWSService", "true"),
                // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
                ("kms:EncryptionContext:aws:sqs:arn", &queue.arn),
            ];
            USE_OF_A_KEY.iter().any(|action| !super::topic::may_use(service, &context, action, policy))
        };
        let refused: Vec<(&str, String)> = senders.iter().filter(|sender| is_refused(sender)).cloned().collect();
        match refused.is_empty() {
            true => notes.ok(name, format!("its key {} lets in {}", short(&key.id), services(&senders))),
            false => notes.error(name, format!("its key {} keeps out {}", short(&key.id), services(&refused)), lost, mend),
        }
    }
}

/// Whether the queue before the function brings everything again until it is done, and then gives it up to another.
pub(super) fn source(wiring: &Wiring, notes: &mut Notes) {
    let sources = match &wiring.function.sources {
        Ok(sources) => sources,
        Err(unseen) => return notes.unseen(&wiring.function.name, unseen),
    };
    for source in sources {
        let name = short(&source.queue);
        let Some(queue) = wiring.queues.get(&source.queue) else { continue };
        let Some((queue, state)) = seen(vec![queue], notes).pop() else { continue };
        let set = |attribute: &str| format!("aws sqs set-queue-attributes --queue-url {} --attributes {attribute}", queue.url);
        let before = notes.count();
        if !source.enabled {
            let mend = wiring.mend(
                "Enabled: true in its AWS::Lambda::EventSourceMapping",
                "aws lambda update-event-source-mapping --uuid UUID --enabled",
            );
            notes.error(name, "the function no longer takes from it", "everything, once it is too old", mend);
        }
        if !source.reports_items {
            let mend = wiring.mend(
                "FunctionResponseTypes: [ReportBatchItemFailures]",
                "aws lambda update-event-source-mapping --uuid UUID --function-response-types ReportBatchItemFailures",
            );
            notes.warning(
                name,
                "a whole batch comes again when one of it fails",
                "nothing; what was delivered may arrive twice",
                mend,
            );
        }
        let least = wiring.function.timeout * 6;
        if state.visibility < least {
            let says =
                format!("shows a message again after {} s; {least} s are six times the function's timeout", state.visibility);
            let mend = wiring.mend(format!("VisibilityTimeout: {least}"), set(&format!("VisibilityTimeout={least}")));
            notes.warning(name, says, "tries: a message that waits counts as received", mend);
        }
        match &state.dead_letters {
            None => {
                let mend = wiring.mend(
                    "RedrivePolicy: { deadLetterTargetArn: !GetAtt FailureQueue.Arn, maxReceiveCount: 240 }",
                    set("file://redrive.json"),
                );
                notes.warning(name, "has no dead-letter queue", format!("what fails for {} days", state.retention / DAY), mend);
            }
            Some((_, tries)) if tries * state.visibility >= state.retention => {
                let mend = wiring.mend("a smaller maxReceiveCount", set("file://redrive.json"));
                let says = format!("gives up after {tries} tries, and its messages are too old before");
                notes.error(name, says, "what fails for long: it never reaches the dead-letter queue", mend);
            }
            Some(_) => {}
        }
        for (sender, from) in senders(wiring, &source.queue) {
            if !lets_in(state, &source.queue, sender, &from, &wiring.account) {
                let condition = Some(("ArnEquals", "aws:SourceArn", from.as_str()));
                let statement = wiring.statement(sender, &["sqs:SendMessage"], &source.queue, condition);
                let mend = wiring
                    .mend(format!("in its AWS::SQS::QueuePolicy: {statement}"), mend_policy(wiring, &source.queue, &statement));
                notes.error(
                    name,
                    format!("its policy does not let {sender} in"),
                    format!("all that {} sends", short(&from)),
                    mend,
                );
            }
        }
        if notes.count() == before {
            notes.ok(name, "brings everything again until it is done, or gives it up to a dead-letter queue");
        }
    }
}

/// Which services write to a queue, and for what: what they send there, or cannot hand over elsewhere.
fn senders(wiring: &Wiring, queue: &str) -> Vec<(&'static str, String)> {
    let is_it = |end: &str, dead_letters: &Option<String>| end == queue || dead_letters.as_deref() == Some(queue);
    let topics = wiring.topics.iter();
    let topics = topics.filter(|topic| topic.subscriptions.iter().flatten().any(|one| is_it(&one.endpoint, &one.dead_letters)));
    let rules = wiring.rules.iter().flatten();
    let rules = rules.filter(|rule| rule.targets.iter().any(|target| is_it(&target.arn, &target.dead_letters)));
    let topics = topics.map(|topic| ("sns.amazonaws.com", topic.arn.clone()));
    topics.chain(rules.map(|rule| ("events.amazonaws.com", rule.arn.clone()))).collect()
}

/// Whether something lies in a failure queue.
pub(super) fn waiting(wiring: &Wiring, notes: &mut Notes) {
    for (queue, state) in seen(wiring.failure_queues(), notes) {
        let name = short(&queue.arn);
        match state.waiting {
            None => {}
            Some(0) => notes.ok(name, "is empty"),
            Some(waiting) => {
                let says = match waiting {
                    1 => "1 notice lies in it, and nobody has it".to_owned(),
                    more => format!("{more} notices lie in it, and nobody has them"),
                };
                let lost = format!("what lies there for {} days", state.retention / DAY);
                notes.warning(name, says, lost, format!("hikyaku replay --queue {}; with --send it delivers them", queue.url));
            }
        }
    }
}

/// Those that can be seen; the others are noted.
fn seen<'a>(queues: Vec<&'a Queue>, notes: &mut Notes) -> Vec<(&'a Queue, &'a QueueState)> {
    let mut seen: Vec<(&Queue, &QueueState)> = Vec::new();
    for queue in queues {
        match &queue.state {
            Ok(state) => seen.push((queue, state)),
            Err(unseen) => notes.unseen(short(&queue.arn), unseen),
        }
    }
    seen
}
