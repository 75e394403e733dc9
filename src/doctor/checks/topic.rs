//! The topics: who may publish, with which key, and whether what is published reaches the function.

use serde_json::{Value, json};

use super::{Notes, Wiring};
use crate::doctor::policy::{Request, allows, list, statements};
use crate::doctor::publishers::{PUBLISHERS, Publisher, USE_OF_A_KEY};
use crate::doctor::wiring::{Hand, Key, Subscription, Topic, short};
use crate::doctor::{Level, at};
use crate::pattern::Pattern;

/// Whether a topic leads to the function.
pub(super) fn subscribed(wiring: &Wiring, notes: &mut Notes) {
    let function = &wiring.function.name;
    if let Some(unseen) = &wiring.unlisted {
        notes.unseen(function, unseen);
    } else if wiring.topics.is_empty() {
        let mend = (wiring.hand == Hand::Account).then(|| "--topic ARN names one".to_owned());
        notes.note(Level::Unknown, function, "no topic was found that leads to it".to_owned(), None, mend);
    }
    for topic in &wiring.topics {
        let name = short(&topic.arn);
        let subscriptions = match &topic.subscriptions {
            Ok(subscriptions) => subscriptions,
            Err(unseen) => {
                notes.unseen(name, unseen);
                continue;
            }
        };
        let (endpoint, protocol) = match wiring.function.sources.iter().flatten().next() {
            Some(source) => (source.queue.as_str(), "sqs"),
            None => (wiring.function.arn.as_str(), "lambda"),
        };
        let arn = &topic.arn;
        let mend = wiring.mend(
            format!("Subscription: {{ Type: AWS::SNS::Subscription, Properties: {{ TopicArn: !Ref {name}, Protocol: {protocol}, Endpoint: !GetAtt {}.Arn }} }}", short(endpoint)),
            format!("aws sns subscribe --topic-arn {arn} --protocol {protocol} --notification-endpoint {endpoint}"),
        );
        if subscriptions.is_empty() {
            notes.error(name, format!("it does not lead to {function}"), "everything that is published to it", mend);
        } else if !subscriptions.iter().any(|one| one.confirmed) {
            notes.error(name, "its subscription is not confirmed", "everything that is published to it", mend);
        } else {
            notes.ok(name, format!("leads to {}", short(endpoint)));
        }
    }
}

/// Whether the topic's policy lets in everybody whom the README names.
pub(super) fn publishers(wiring: &Wiring, notes: &mut Notes) {
    for topic in &wiring.topics {
        let name = short(&topic.arn);
        let policy = match &topic.policy {
            Ok(policy) => policy,
            Err(unseen) => {
                notes.unseen(name, unseen);
                continue;
            }
        };
        let before = notes.count();
        for publisher in PUBLISHERS.iter().filter(|publisher| !may_publish(publisher, topic, wiring)) {
            let service = publisher.service;
            let named = statements(policy).iter().any(|statement| list(at(statement, "/Principal/Service")).contains(&service));
            let says = match (named, publisher.names_itself) {
                (false, _) => format!("its policy does not let in {service}"),
                (true, true) => format!("its policy names {service}, under a condition that it does not meet"),
                (true, false) => format!("its policy names {service} under a condition, and it sets none"),
            };
            let statement = publisher.statement(&["sns:Publish"], &topic.arn, wiring);
            let mend = wiring.mend(
                format!("in its AWS::SNS::TopicPolicy: {statement}"),
                format!("aws sns set-topic-attributes --topic-arn {} --attribute-name Policy --attribute-value file://policy.json, with {statement}", topic.arn),
            );
            match named {
                true => notes.error(name, says, publisher.brings, mend),
                false => notes.warning(name, says, publisher.brings, mend),
            }
        }
        if notes.count() == before {
            notes.ok(name, "its policy lets in every publisher");
        }
    }
}

fn may_publish(publisher: &Publisher, topic: &Topic, wiring: &Wiring) -> bool {
    let context = publisher.context(&wiring.account, &wiring.region);
    let context: Vec<(&str, &str)> = context.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let principal = Some(("Service", publisher.service));
    let request = Request { principal, action: "sns:Publish", resource: &topic.arn, context: &context };
    topic.policy.as_ref().is_ok_and(|policy| allows(policy, &request))
}

/// Whether whoever may publish may use the key, too. If not, SNS drops what he says, and nobody hears of it.
pub(super) fn key(wiring: &Wiring, notes: &mut Notes) {
    for topic in &wiring.topics {
        let name = short(&topic.arn);
        let key = match &topic.key {
            Ok(Some(key)) => key,
            Ok(None) => {
                notes.ok(name, "is not encrypted with a key that could keep somebody out");
                continue;
            }
            Err(unseen) => {
                notes.unseen(name, unseen);
                continue;
            }
        };
        let let_in: Vec<&Publisher> = PUBLISHERS.iter().filter(|publisher| may_publish(publisher, topic, wiring)).collect();
        if key.is_managed {
            let services: Vec<&str> = let_in.iter().map(|publisher| publisher.service).collect();
            let mend = wiring.mend(
                "KmsMasterKeyId: !Ref Key, an AWS::KMS::Key of your own, as in hikyaku's template",
                format!("aws sns set-topic-attributes --topic-arn {} --attribute-name KmsMasterKeyId --attribute-value KEY-OF-YOUR-OWN", topic.arn),
            );
            let says = format!("is encrypted with {}, a key that AWS keeps and no service may use", key.id);
            notes.error(name, says, format!("in silence: everything of {}", some(&services)), mend);
            continue;
        }
        if !key.is_enabled {
            let mend = wiring.mend("Enabled: true", format!("aws kms enable-key --key-id {}", key.id));
            let says = format!("its key {} is off, or is to be deleted", short(&key.id));
            notes.error(name, says, "everything that is published to it", mend);
            continue;
        }
        let policy = match &key.policy {
            Ok(policy) => policy,
            Err(unseen) => {
                notes.unseen(name, unseen);
                continue;
            }
        };
        let before = notes.count();
        for publisher in let_in {
            let context = publisher.context(&wiring.account, &wiring.region);
            let mut context: Vec<(&str, &str)> = context.iter().map(|(key, value)| (*key, value.as_str())).collect();
            // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
            context.push(("kms:EncryptionContext:aws:sns:topicArn", &topic.arn));
            let may = |action: &&str| may_use(publisher.service, &context, action, policy);
            let refused: Vec<&str> = USE_OF_A_KEY.into_iter().filter(|action| !may(action)).collect();
            if !refused.is_empty() {
                let statement = publisher.statement(&["kms:Decrypt", "kms:GenerateDataKey*"], "*", wiring);
                notes.error(
                    name,
                    format!("its key {} does not let {} do {}", short(&key.id), publisher.service, refused.join(" and ")),
                    format!("in silence: {}", publisher.brings),
                    mend_key(wiring, key, &statement),
                );
            }
        }
        if notes.count() == before {
            notes.ok(name, format!("its key {} lets in whoever may publish", short(&key.id)));
        }
    }
}

/// How a key's policy gets another statement.
pub(super) fn mend_key(wiring: &Wiring, key: &Key, statement: &str) -> String {
    wiring.mend(
        format!("in the KeyPolicy of {}: {statement}", short(&key.id)),
        format!("aws kms put-key-policy --key-id {} --policy-name default --policy file://policy.json, with {statement}", key.id),
    )
}

/// Whether a service with this context may do `action` with a key.
pub(super) fn may_use(service: &str, context: &[(&str, &str)], action: &str, policy: &Value) -> bool {
    // In a key's policy `*` is that key.
    allows(policy, &Request { principal: Some(("Service", service)), action, resource: "*", context })
}

/// Whether a service could publish for another account: through a statement that asks for nothing that tells accounts apart.
pub(super) fn accounts(wiring: &Wiring, notes: &mut Notes) {
    for topic in &wiring.topics {
        let name = short(&topic.arn);
        let Ok(policy) = &topic.policy else { continue };
        let before = notes.count();
        for publisher in PUBLISHERS.iter().filter(|publisher| publisher.names_itself) {
            let open = statements(policy).iter().filter(|statement| !tells_accounts_apart(at(statement, "/Condition")));
            let open = Topic { policy: Ok(json!({ "Statement": open.collect::<Vec<_>>() })), ..topic.clone() };
            if may_publish(publisher, &open, wiring) {
                let statement = publisher.statement(&["sns:Publish"], &topic.arn, wiring);
                notes.warning(
                    name,
                    format!("its policy lets {} publish for any account", publisher.service),
                    "trust in what arrives: another account could write it",
                    wiring.mend(format!("in its AWS::SNS::TopicPolicy: {statement}"), format!("in its policy: {statement}")),
                );
            }
        }
        if notes.count() == before {
            notes.ok(name, "publishers act for this account alone, as far as they say for whom");
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
fn tells_accounts_apart(condition: &Value) -> bool {
    const KEYS: [&str; 6] =
        ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:PrincipalOrgID"];
    let keys = condition.as_object().into_iter().flatten().flat_map(|(_, keys)| keys.as_object().into_iter().flatten());
    keys.map(|(key, _)| key).any(|key| KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)))
}

/// Whether a filter policy holds back what ought to arrive.
pub(super) fn filter(wiring: &Wiring, notes: &mut Notes) {
    for (topic, subscription) in subscriptions(wiring) {
        let name = short(&topic.arn);
        let mend = wiring.mend(
            "take FilterPolicy out, and let hikyaku's routes choose",
            format!("aws sns set-subscription-attributes --subscription-arn ARN --attribute-name FilterPolicy --attribute-value '{{}}', with its ARN of: aws sns list-subscriptions-by-topic --topic-arn {}", topic.arn),
        );
        match &subscription.filter {
            None => notes.ok(name, "hands on everything"),
            Some((_, true)) => {
                let lost = "what is no JSON, such as a budget's alert, and all else that the policy does not match";
                notes.warning(name, "a filter policy looks at the body", lost, mend);
            }
            Some((policy, false)) => match Pattern::parse(policy) {
                // Services of AWS set no attributes.
                Ok(pattern) if pattern.matches(&json!({})) => {
                    notes.ok(name, "a filter policy hands on what has no attributes, such as all that AWS publishes");
                }
                _ => {
                    let says = "a filter policy wants attributes, and services of AWS set none";
                    notes.error(name, says, "everything that AWS publishes to it", mend);
                }
            },
        }
    }
}

/// Whether what SNS cannot hand over is kept: <https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html>.
pub(super) fn failures(wiring: &Wiring, notes: &mut Notes) {
    for (topic, subscription) in subscriptions(wiring) {
        let name = short(&topic.arn);
        let lost = "what SNS cannot hand over: the function deleted, or closed to SNS";
        match &subscription.dead_letters {
            None => {
                let mend = wiring.mend(
                    "RedrivePolicy: { deadLetterTargetArn: !GetAtt FailureQueue.Arn } in the subscription",
                    "aws sns set-subscription-attributes --subscription-arn ARN --attribute-name RedrivePolicy --attribute-value '{\"deadLetterTargetArn\":\"QUEUE-ARN\"}'",
                );
                notes.warning(name, "its subscription has no dead-letter queue", lost, mend);
            }
            Some(queue) => super::queue::takes(wiring, notes, name, queue, "sns.amazonaws.com", &topic.arn, lost),
        }
    }
}

fn subscriptions(wiring: &Wiring) -> impl Iterator<Item = (&Topic, &Subscription)> {
    wiring.topics.iter().flat_map(|topic| topic.subscriptions.iter().flatten().map(move |one| (topic, one)))
}

/// Some of them in a sentence.
fn some(services: &[&str]) -> String {
    if services.is_empty() { "services that publish".to_owned() } else { services.join(", ") }
}
