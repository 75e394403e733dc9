//! The data of each family of kinds, and what follows from it, by the rules of the sources that tell of it elsewhere.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::{
    aws_budgets, aws_health, cert_updater, certificate, cloudwatch_alarm, console, cost_anomaly, finding, generic, read,
};
use super::lenient::Reader;
use crate::notification::{
    Alarm, Budget, Certificate, CostAnomaly, Custom, Data, Entity, Field, Finding, Health, Kind, Label, Link, LinkTo,
    Notification, RootCause, Severity, Status, key,
};
use crate::text::names;

/// Reads `value` as the data of the notification's kind and sets what follows from it: fields, links and thread. How it
/// stands by that is the answer.
pub(super) fn fill(notification: &mut Notification, value: Option<&Value>, reader: &mut Reader) -> (Status, Severity) {
    match notification.kind {
        Kind::CertificateRenewed
        | Kind::CertificateIssued
        | Kind::CertificateRenewalFailed
        | Kind::CertificateExpiring
        | Kind::CertificateExpired
        | Kind::CertificateRevoked
        | Kind::CertificateCheckFailed => fill_certificate(notification, value, reader),
        Kind::BudgetActual | Kind::BudgetForecast | Kind::BudgetAction => fill_budget(notification, value, reader),
        Kind::CostAnomaly => fill_cost_anomaly(notification, value, reader),
        Kind::HealthIssue
        | Kind::HealthScheduledChange
        | Kind::HealthAccountNotification
        | Kind::HealthInvestigation
        | Kind::HealthAbuse => fill_health(notification, value, reader),
        Kind::Alarm => fill_alarm(notification, value, reader),
        Kind::Finding => fill_finding(notification, value, reader),
        Kind::Custom => fill_custom(notification, value, reader),
        Kind::Event | Kind::Text => {
            // It has no names of its own: what is there is shown as it comes.
            if let Some(value) = value {
                generic::fill_values(notification, value);
            }
            (Status::Info, Severity::Info)
        }
    }
}

fn fill_certificate(notification: &mut Notification, value: Option<&Value>, reader: &mut Reader) -> (Status, Severity) {
    let mut certificate: Certificate = values(value, reader);
    let health: Health = values(value, &mut Reader::default());
    reader.only("data", value, &[names::<Certificate>(), names::<Health>()].concat());
    reader.only_in("data.entities", value.and_then(|value| value.get("entities")), names::<Entity>());
    certificate.health = (health != Health::default()).then_some(health);
    certificate.domain = certificate.domain.or_else(|| certificate.domains.first().cloned());
    let counted = certificate.expires_at.zip(notification.occurred_at).map(|(end, now)| read::days_between(now, end));
    certificate.days_left = certificate.days_left.or(counted);
    notification.thread_key = certificate::thread_key(&certificate).unwrap_or(std::mem::take(&mut notification.thread_key));
    notification.fields = cert_updater::fields(&certificate);
    let page = certificate.certificate_arn.as_deref().and_then(console::certificate);
    notification.links = page.map(|url| Link { to: LinkTo::Certificate, url }).into_iter().collect();
    let standing = certificate::standing(notification.kind, &certificate);
    notification.data = Data::Certificate(Box::new(certificate));
    standing
}

fn fill_budget(notification: &mut Notification, value: Option<&Value>, reader: &mut Reader) -> (Status, Severity) {
    let mut budget: Budget = named(value, reader);
    match budget.budget_name.is_empty() {
        true => budget.budget_name = stand_in("data.budget_name", notification, reader),
        false => {
            let account = notification.account.as_deref().unwrap_or_default();
            notification.thread_key = aws_budgets::thread_key(account, &budget.budget_name);
            notification.links = vec![aws_budgets::link(&budget.budget_name)];
        }
    }
    notification.fields = aws_budgets::fields(&budget);
    let standing = aws_budgets::standing(notification.kind, &budget);
    notification.data = Data::Budget(budget);
    standing
}

fn fill_cost_anomaly(notification: &mut Notification, value: Option<&Value>, reader: &mut Reader) -> (Status, Severity) {
    let anomaly: CostAnomaly = named(value, reader);
    reader.only_in("data.root_causes", value.and_then(|value| value.get("root_causes")), names::<RootCause>());
    if let Some(id) = &anomaly.anomaly_id {
        notification.thread_key = cost_anomaly::thread_key(id);
    }
    notification.subject = anomaly.root_causes.iter().find_map(|cause| cause.service.clone());
    notification.fields = cost_anomaly::root_causes_field(&anomaly.root_causes).into_iter().collect();
    notification.data = Data::CostAnomaly(anomaly);
    (Status::Firing, Severity::Warning)
}

fn fill_health(notification: &mut Notification, value: Option<&Value>, reader: &mut Reader) -> (Status, Severity) {
    let health: Health = named(value, reader);
    reader.only_in("data.entities", value.and_then(|value| value.get("entities")), names::<Entity>());
    if let Some(arn) = &health.event_arn {
        notification.thread_key = aws_health::thread_key(notification.account.as_deref().unwrap_or_default(), arn);
    }
    notification.fields = aws_health::fields(&health, notification.occurred_at);
    notification.links = aws_health::link(&health, false).into_iter().collect();
    let standing = aws_health::standing(notification.kind, &health, notification.occurred_at);
    notification.data = Data::Health(Box::new(health));
    standing
}

fn fill_alarm(notification: &mut Notification, value: Option<&Value>, reader: &mut Reader) -> (Status, Severity) {
    let alarm: Alarm = named(value, reader);
    let (arn, name) = (alarm.alarm_arn.as_deref(), alarm.alarm_name.as_deref());
    let place = |place: &Option<String>| place.clone().unwrap_or_default();
    let (account, region) = (place(&notification.account), place(&notification.region));
    if let Some(thread) = cloudwatch_alarm::thread(arn, name, &account, &region) {
        notification.thread_key = key(&thread);
    }
    notification.links = arn.zip(name).and_then(|(arn, name)| cloudwatch_alarm::link(arn, name)).into_iter().collect();
    let reason = Field::text(Label::Reason, alarm.reason.as_deref());
    notification.fields = reason.into_iter().chain(Field::code(Label::Metric, alarm.metric.as_deref())).collect();
    let standing = match &alarm.state {
        Some(state) => cloudwatch_alarm::standing(Some(state)),
        // Who tells of an alarm and not how it stands means that it went off.
        None => (Status::Firing, Severity::Critical),
    };
    notification.data = Data::Alarm(alarm);
    standing
}

fn fill_finding(notification: &mut Notification, value: Option<&Value>, reader: &mut Reader) -> (Status, Severity) {
    let mut found: Finding = named(value, reader);
    if found.product.is_empty() {
        found.product = stand_in("data.product", notification, reader);
    }
    if let Some(id) = &found.finding_id {
        notification.thread_key = finding::thread_key(notification.account.as_deref().unwrap_or_default(), id);
        notification.links = finding::link(&found.product, id, notification.region.as_deref()).into_iter().collect();
    }
    let severity = finding::severity(found.severity_label.as_deref());
    notification.data = Data::Finding(found);
    (Status::Firing, severity)
}

fn fill_custom(notification: &mut Notification, value: Option<&Value>, reader: &mut Reader) -> (Status, Severity) {
    let custom: Custom = named(value, reader);
    if let Some(thread) = &custom.thread_id {
        notification.thread_key = key(&["custom", "thread", thread]);
    }
    notification.data = Data::Custom(custom);
    (Status::Info, Severity::Info)
}

/// The values of a kind that has names for all of them.
fn named<T: DeserializeOwned + Default>(value: Option<&Value>, reader: &mut Reader) -> T {
    let read = values(value, reader);
    reader.only("data", value, names::<T>());
    read
}

/// The values that a type has names for.
fn values<T: DeserializeOwned + Default>(value: Option<&Value>, reader: &mut Reader) -> T {
    value.map(|value| reader.read("data", value.clone())).unwrap_or_default()
}

/// What stands in for a value at `name` that must be there and is not.
fn stand_in(name: &str, notification: &Notification, reader: &mut Reader) -> String {
    reader.note(name, None);
    notification.own_words.title.clone().unwrap_or_else(|| notification.source.clone())
}
