//! The words of each locale: headline, sentence, what to do, labels. A locale is one file; a match over every label and
//! kind cannot miss a word.
//!
//! Text returned here may carry inline marks ([`crate::text::rich`]); names and other text of the sender stand in it as
//! they are.

mod en;
mod ja;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::accounts::Accounts;
use super::markdown;
use super::times::Times;
use super::unfit::Unfit;
use crate::notification::{
    Budget, Certificate, Data, Health, Kind, Label, LinkTo, NAMED_DOMAINS, Notification, RootCause, Severity, Status, Term,
};
use crate::text::rich::{code, plain, strong};
use crate::text::{ascii_host, humanise};

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    En,
    Ja,
}

impl Locale {
    pub const ALL: &[Locale] = &[Locale::En, Locale::Ja];

    /// The language tag: `en`, `ja`.
    pub fn tag(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::Ja => "ja",
        }
    }

    pub fn from_tag(tag: &str) -> Option<Locale> {
        Locale::ALL.iter().copied().find(|locale| locale.tag() == tag)
    }

    pub(super) fn words(self) -> &'static dyn Words {
        match self {
            Locale::En => &en::En,
            Locale::Ja => &ja::Ja,
        }
    }
}

/// Everything that a locale says.
pub(super) trait Words {
    /// What happened, to what.
    fn headline(&self, notification: &Notification) -> String;
    /// By when, how much, and what follows from it.
    fn summary(&self, notification: &Notification, times: &Times) -> Option<String>;
    /// What to do, where there is something.
    fn action(&self, notification: &Notification) -> Option<String>;
    fn severity(&self, severity: Severity) -> &'static str;
    fn label<'a>(&self, label: &'a Label) -> Cow<'a, str>;
    fn term(&self, term: &Term) -> String;
    fn link<'a>(&self, to: &'a LinkTo) -> &'a str;
    fn runbook(&self) -> &'static str;
    /// The label of what is affected.
    fn affected(&self) -> &'static str;
    /// An account by its name, its number behind.
    fn account(&self, id: &str, name: Option<&str>) -> String;
    /// `items`, and how many more there are.
    fn list(&self, items: &[String], more: usize) -> String;
    /// Between facts on one line.
    fn separator(&self) -> &'static str;
    /// After a label that is followed by its value.
    fn colon(&self) -> &'static str;
    /// Before what to do.
    fn todo(&self) -> &'static str;
    /// Before the sender's own text, where it needs to be told from ours.
    fn says(&self, notification: &Notification) -> Option<&'static str>;
    /// After a moment: that the message goes out so many minutes later.
    fn late(&self, minutes: i64) -> String;
    /// That the message was shortened, by so many characters and facts, and where the whole is: behind the link, if it has
    /// one, else with its sender.
    fn shortened(&self, chars: usize, facts: usize, has_links: bool, sender: &str) -> String;
    /// Where a message comes from that has neither account, Region nor time.
    fn from(&self, source: &str) -> String;
    /// That the message was to go to another receiver, which did not take it.
    fn meant_for(&self, receiver: &str) -> String;
    /// That a receiver refuses us since `since`, with this status of its answer: a headline, a text, and what to do.
    fn refusal(&self, receiver: &str, channel: &str, status: Option<u16>, since: &str) -> [String; 3];
    /// That a version of the configuration is not in use: headline, what is wrong, what to do.
    fn unfit(&self, unfit: &Unfit) -> [String; 3];
    /// A message that has no name at all.
    fn untitled(&self, notification: &Notification) -> String;
}

/// `what`, then the name of what it happened to.
fn named(what: &str, name: Option<&str>, more: &str) -> String {
    match name {
        Some(name) => format!("{} {}{more}", strong(&format!("{what}:")), code(name)),
        None => strong(what),
    }
}

/// The sender's own headline.
fn own_headline(words: &dyn Words, notification: &Notification) -> String {
    match &notification.subject {
        // A headline is strong as a whole; marks inside it would be shown as they are.
        Some(subject) if matches!(notification.data, Data::Custom(_)) => strong(&plain(&markdown::rich(subject, false))),
        Some(subject) => strong(subject),
        None => strong(&words.untitled(notification)),
    }
}

fn certificate(notification: &Notification) -> Option<&Certificate> {
    match &notification.data {
        Data::Certificate(certificate) => Some(certificate),
        _ => None,
    }
}

/// What a certificate is known by, and how many more domains it has.
fn certificate_name(notification: &Notification) -> (Option<String>, usize) {
    let Some(certificate) = certificate(notification) else { return (None, 0) };
    let tail = |arn: &String| {
        let id = arn.rsplit('/').next().unwrap_or_default();
        let tail: Vec<char> = id.chars().rev().take(8).collect();
        format!("…{}", tail.into_iter().rev().collect::<String>())
    };
    let names = [&certificate.domain, &notification.subject, &certificate.cert_name];
    let name = names.into_iter().flatten().next().map(|name| ascii_host(name).into_owned());
    let name = name.or_else(|| certificate.certificate_arn.as_ref().map(tail));
    let count = certificate.domain_count.map_or(0, |count| count as usize).max(certificate.domains.len());
    (name, count.saturating_sub(1))
}

/// The domains that something is to be done about, and how many more there are.
fn domains_to_mend(certificate: &Certificate) -> (Vec<String>, usize) {
    let domains = if certificate.unvalidated.is_empty() { &certificate.domains } else { &certificate.unvalidated };
    let named: Vec<String> = domains.iter().take(NAMED_DOMAINS).map(|domain| code(domain)).collect();
    (named, domains.len().saturating_sub(NAMED_DOMAINS))
}

/// The command that shows the DNS records which ACM waits for, where a renewal waits for them and its sender does not say
/// himself what to do.
pub(super) fn records_command(notification: &Notification) -> Option<String> {
    let is_ours = notification.kind == Kind::CertificateRenewalFailed && notification.own_words.action.is_none();
    let certificate = certificate(notification).filter(|_| is_ours)?;
    let is_dns = certificate.reason.as_deref() == Some("PENDING_DOMAIN_VALIDATION")
        && certificate.validation_method.as_deref() != Some("EMAIL");
    // It is to be pasted into a shell: only what an ARN is made of, https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
    let is_safe =
        |arn: &&str| arn.len() <= 200 && arn.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte));
    let arn = certificate.certificate_arn.as_deref().filter(|_| is_dns).filter(is_safe)?;
    let region = arn.split(':').nth(3).unwrap_or_default();
    let query = "Certificate.DomainValidationOptions[].ResourceRecord";
    Some(format!("aws acm describe-certificate --region {region} --certificate-arn {arn} --query '{query}'"))
}

/// A span of minutes in the greatest unit that it fills: how many of it, and whether minutes, hours or days.
fn span(minutes: i64) -> (i64, usize) {
    match minutes {
        ..120 => (minutes, 0),
        120..2880 => (minutes / 60, 1),
        _ => (minutes / 1440, 2),
    }
}

/// A share of a budget as `83.7 %`, rounded towards zero so that 99.99 is not yet 100.
fn percent(percent: f64) -> String {
    let tenths = (percent.abs() * 10.0).floor() as u64;
    let (sign, whole, tenth) = (if percent < 0.0 && tenths > 0 { "-" } else { "" }, tenths / 10, tenths % 10);
    if tenth == 0 || whole >= 100 { format!("{sign}{whole} %") } else { format!("{sign}{whole}.{tenth} %") }
}

/// US dollars with thousands separated, as AWS prints them.
fn dollars(amount: f64) -> String {
    let cents = (amount.abs() * 100.0).round() as u64;
    format!("{}${}.{:02}", if amount < 0.0 { "-" } else { "" }, grouped(cents / 100), cents % 100)
}

/// What an anomaly comes from: `prod (111122223333) · service · Region · usage type +$9.00`, of these what is known.
pub(super) fn root_cause(cause: &RootCause, words: &dyn Words, accounts: &Accounts) -> String {
    let account = cause.account.as_deref().map(|id| words.account(id, accounts.get(id).and_then(|known| known.name.as_deref())));
    let parts = [&account, &cause.service, &cause.region, &cause.usage_type];
    let more = cause
        .contribution
        .map(|amount| format!(" {}{}", if amount < 0.0 { "" } else { "+" }, dollars(amount)))
        .unwrap_or_default();
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(words.separator()) + &more
}

/// A whole number with thousands separated.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How far a scheduled change has got, by the moment that its event tells of.
enum Change {
    Ahead,
    UnderWay,
    Done,
    /// Before its end: called off, or done early.
    Closed,
}

fn change(notification: &Notification, health: &Health) -> Change {
    let is_past = |time: Option<Timestamp>| time.zip(notification.occurred_at).map(|(time, now)| time <= now);
    if notification.status == Status::Resolved {
        let is_over = is_past(health.ends_at.or(health.starts_at)).unwrap_or(true);
        return if is_over { Change::Done } else { Change::Closed };
    }
    let is_upcoming = health.status_code.as_deref() == Some("upcoming");
    if !is_upcoming && is_past(health.starts_at) == Some(true) { Change::UnderWay } else { Change::Ahead }
}

/// A Health event's code in words, without its service's name and what the kind says already: "instance retirement
/// scheduled".
fn health_topic(health: &Health) -> Option<String> {
    let service = health.service.as_deref().unwrap_or_default();
    let topic = humanise(health.event_type_code.as_deref()?, &service.to_uppercase());
    let topic = topic.strip_suffix(" issue").unwrap_or(&topic);
    let said = ["", "issue", "notification", "investigation", "report", "operational", "operational notification"];
    (!said.contains(&topic)).then(|| topic.to_owned())
}

/// A Health event's service as people write it; AWS Health has most in capitals.
fn service_name(health: &Health) -> &str {
    const NAMES: &[(&str, &str)] = &[
        ("APIGATEWAY", "API Gateway"),
        ("AUTOSCALING", "Auto Scaling"),
        ("BILLING", "Billing"),
        ("CLOUDFORMATION", "CloudFormation"),
        ("CLOUDFRONT", "CloudFront"),
        ("CLOUDSHELL", "CloudShell"),
        ("CLOUDWATCH", "CloudWatch"),
        ("CODEBUILD", "CodeBuild"),
        ("COGNITO", "Cognito"),
        ("DIRECTCONNECT", "Direct Connect"),
        ("DYNAMODB", "DynamoDB"),
        ("ELASTICACHE", "ElastiCache"),
        ("ELASTICLOADBALANCING", "Elastic Load Balancing"),
        ("EVENTS", "EventBridge"),
        ("FARGATE", "Fargate"),
        ("GLUE", "Glue"),
        ("KINESIS", "Kinesis"),
        ("LAMBDA", "Lambda"),
        ("NATGATEWAY", "NAT gateway"),
        ("OPENSEARCH", "OpenSearch"),
        ("REDSHIFT", "Redshift"),
        ("RISK", "Security"),
        ("ROUTE53", "Route 53"),
        ("SAGEMAKER", "SageMaker"),
        ("SECURITY", "Security"),
        ("TRANSITGATEWAY", "Transit Gateway"),
    ];
    let service = health.service.as_deref().unwrap_or("AWS");
    NAMES.iter().find(|(code, _)| *code == service).map_or(service, |(_, name)| *name)
}

/// How much of a plain budget alert is a share of money, else the amounts as printed.
enum Share<'a> {
    Percent(String, &'a str),
    Amount(&'a str, &'a str),
    Unknown,
}

fn share(budget: &Budget) -> Share<'_> {
    match (budget.percent_of_budget, &budget.amount, &budget.budgeted_amount) {
        (Some(share), _, Some(budgeted)) => Share::Percent(percent(share), budgeted),
        (None, Some(amount), Some(budgeted)) => Share::Amount(amount, budgeted),
        _ => Share::Unknown,
    }
}

/// What a budget counts, if it is anything but money: `RI Utilization`, `Usage`.
fn measured(budget: &Budget) -> Option<&str> {
    budget.budget_type.as_deref().filter(|counted| !counted.eq_ignore_ascii_case("cost"))
}

/// The least that is wanted of what a budget counts, where the alert is that it is not reached.
fn wanted(budget: &Budget) -> Option<&str> {
    budget.threshold.as_deref()?.strip_prefix('<').map(|least| least.trim_start_matches('=').trim())
}

#[cfg(test)]
mod tests;
