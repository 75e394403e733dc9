//! What was expected against what came.

use serde_json::Value;

use super::{Expected, Failure, Whose, Wording};
use crate::app::{DeliveryExplanation, Explanation};
use crate::notification::Mention;

/// All that came otherwise. An event of several notifications holds if each of them does.
pub(super) fn failures(expected: &Expected, explanations: &[Explanation]) -> Vec<Failure> {
    if explanations.is_empty() {
        return vec![failure("event", "a notification", "none in it")];
    }
    let mut failures = Vec::new();
    for (index, explanation) in explanations.iter().enumerate() {
        let of = |failure: Failure| match explanations.len() {
            1 => failure,
            _ => Failure { what: format!("notification {}: {}", index + 1, failure.what), ..failure },
        };
        failures.extend(of_one(expected, explanation).into_iter().map(of));
    }
    failures
}

fn of_one(expected: &Expected, explanation: &Explanation) -> Vec<Failure> {
    let mut failures = Vec::new();
    let deliveries = &explanation.deliveries;
    let receivers: Vec<&str> = deliveries.iter().map(|delivery| delivery.receiver.as_str()).collect();
    if let Some(to) = &expected.to {
        let same = to.iter().all(|name| receivers.contains(&name.as_str()))
            && receivers.iter().all(|name| to.iter().any(|to| to == name));
        if !same {
            failures.push(failure("to", &listed(to), &listed(&receivers)));
        }
    }
    for name in expected.not_to.iter().filter(|name| receivers.contains(&name.as_str())) {
        failures.push(failure("not_to", &format!("nothing to {name}"), "a message to it"));
    }
    let of = |key: &str| explanation.notification.get(key).and_then(Value::as_str).unwrap_or_default();
    for (key, wanted) in [
        ("kind", expected.kind.map(|kind| kind.as_str())),
        ("status", expected.status.map(|status| status.as_str())),
        ("severity", expected.severity.map(|severity| severity.as_str())),
    ] {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != of(key)) {
            failures.push(failure(key, wanted, of(key)));
        }
    }
    let loudest = deliveries.iter().map(|delivery| delivery.mention).min_by_key(|mention| quietness(*mention));
    let loudest = loudest.unwrap_or(Mention::None);
    if let Some(wanted) = expected.mention.filter(|wanted| *wanted != loudest) {
        failures.push(failure("mention", wanted.as_str(), loudest.as_str()));
    }
    if let Some(wanted) = expected.dropped.filter(|wanted| *wanted != explanation.dropped.is_some()) {
        let word = |dropped: bool| if dropped { "dropped" } else { "not dropped" };
        failures.push(failure("dropped", word(wanted), word(explanation.dropped.is_some())));
    }
    for delivery in deliveries {
        if let Some(why) = &delivery.degraded {
            failures.push(failure(&format!("messages.{}", delivery.receiver), "a message by its own template", why));
        }
    }
    for (whose, wording) in &expected.messages {
        let (name, theirs): (_, Vec<_>) = match whose {
            Whose::Receiver(name) => (name, deliveries.iter().filter(|delivery| delivery.receiver == *name).collect()),
            Whose::Channel(name) => (name, deliveries.iter().filter(|delivery| delivery.channel == name).collect()),
        };
        if theirs.is_empty() {
            failures.push(failure(&format!("messages.{name}"), "a message", "none"));
        }
        failures.extend(theirs.into_iter().flat_map(|delivery| of_message(wording, delivery)));
    }
    failures
}

fn of_message(wording: &Wording, delivery: &DeliveryExplanation) -> Vec<Failure> {
    let mut failures = Vec::new();
    let key = |key: &str| format!("messages.{}.{key}", delivery.receiver);
    let says = |text: &str| delivery.preview.contains(text) || holds(&delivery.payload, text);
    for text in wording.contains.iter().filter(|text| !says(text)) {
        failures.push(failure(&key("contains"), &format!("`{text}`"), "not in the message"));
    }
    for text in wording.not_contains.iter().filter(|text| says(text)) {
        failures.push(failure(&key("not_contains"), &format!("no `{text}`"), "in the message"));
    }
    if let Some(max) = wording.max_size.filter(|max| delivery.size > *max) {
        failures.push(failure(&key("max_size"), &format!("at most {max} {}", delivery.unit), &delivery.size.to_string()));
    }
    if let Some(wanted) = wording.mention.filter(|wanted| *wanted != delivery.mention) {
        failures.push(failure(&key("mention"), wanted.as_str(), delivery.mention.as_str()));
    }
    failures
}

/// Whether a text in `payload` holds `text`.
fn holds(payload: &Value, text: &str) -> bool {
    match payload {
        Value::String(value) => value.contains(text),
        Value::Array(values) => values.iter().any(|value| holds(value, text)),
        Value::Object(object) => object.values().any(|value| holds(value, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn quietness(mention: Mention) -> u8 {
    match mention {
        Mention::Channel => 0,
        Mention::Here => 1,
        Mention::None => 2,
    }
}

fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

fn failure(what: &str, expected: &str, came: &str) -> Failure {
    Failure { what: what.to_owned(), expected: expected.to_owned(), came: came.to_owned() }
}

#[cfg(test)]
mod tests;
