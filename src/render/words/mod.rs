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
mod tests {
    use super::*;
    use crate::notification::Alarm;

    #[test]
    fn shares_and_dollars_read_as_printed() {
        for (share, written) in [
            (83.7, "83.7 %"),
            (99.99, "99.9 %"),
            (100.0, "100 %"),
            (110.95, "110 %"),
            (5.0, "5 %"),
            (6000.0, "6000 %"),
            (-0.24, "-0.2 %"),
            (-0.04, "0 %"),
            (-120.5, "-120 %"),
        ] {
            assert_eq!(percent(share), written);
        }
        for (amount, written) in [(1001.0, "$1,001.00"), (0.02, "$0.02"), (1_234_567.891, "$1,234,567.89"), (-5.0, "-$5.00")] {
            assert_eq!(dollars(amount), written);
        }
    }

    #[test]
    fn what_to_do_names_three_domains_and_counts_the_rest() {
        let told = |domains: &[&str], unvalidated: usize| {
            let certificate = Certificate {
                domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
                unvalidated: (1..=unvalidated).map(|n| format!("w{n}.example.com")).collect(),
                reason: Some("PENDING_DOMAIN_VALIDATION".to_owned()),
                ..Certificate::default()
            };
            let bare =
                Notification::bare(Kind::CertificateRenewalFailed, (Status::Firing, Severity::Critical), "x", String::new());
            let notification = Notification { data: Data::Certificate(Box::new(certificate)), ..bare };
            [Locale::En, Locale::Ja].map(|locale| plain(&locale.words().action(&notification).unwrap_or_default()).into_owned())
        };
        for (domains, unvalidated, en, ja) in [
            (&["a.example"][..], 0, " of a.example", " a.example の"),
            (&["a.example"], 1, " of w1.example.com", " w1.example.com の"),
            (
                &["a.example"],
                8,
                " of w1.example.com, w2.example.com, w3.example.com, +5 more",
                " w1.example.com、w2.example.com、w3.example.com 他 5 件の",
            ),
        ] {
            let told = told(domains, unvalidated);
            let ja = format!("DNS に{ja} ACM 検証用 CNAME を戻してください。");
            assert_eq!(told, [format!("Put ACM's validation CNAME{en} back into DNS."), ja]);
        }
    }

    #[test]
    fn what_follows_from_an_end_depends_on_who_uses_it() {
        let errors = "Clients will see errors after that.";
        for (kind, days, in_use, then) in [
            (Kind::CertificateExpiring, 9, Some(true), errors),
            (Kind::CertificateExpiring, 9, None, errors),
            (Kind::CertificateExpiring, 9, Some(false), "Nothing uses it."),
            (Kind::CertificateExpiring, -1, None, "Clients see errors now."),
            (Kind::CertificateRenewalFailed, 9, None, errors),
            (Kind::CertificateRenewalFailed, 9, Some(false), "Nothing uses it."),
            (Kind::CertificateRenewalFailed, -1, None, "Clients see errors now."),
        ] {
            let certificate = Certificate { days_left: Some(days), in_use, ..Certificate::default() };
            let bare = Notification::bare(kind, (Status::Firing, Severity::Warning), "aws.acm", String::new());
            let notification = Notification { data: Data::Certificate(Box::new(certificate)), ..bare };
            let said = |locale: Locale| {
                locale.words().summary(&notification, &Times { zone: jiff::tz::TimeZone::UTC }).unwrap_or_default()
            };
            assert!(said(Locale::En).ends_with(then), "{kind} {days} {in_use:?}: {}", said(Locale::En));
            assert_eq!(said(Locale::Ja).ends_with("どこからも使われていません。"), in_use == Some(false));
        }
    }

    #[test]
    fn a_change_is_told_as_far_as_it_has_got() {
        let (early, now, late) = ("2026-11-21T06:00:00Z", "2026-11-21T07:30:00Z", "2026-11-28T06:00:00Z");
        let time = |text: &str| text.parse().ok();
        for (status_code, starts, ends, en, ja) in [
            ("upcoming", late, late, "EC2 change ahead", "EC2 のメンテナンス予定"),
            ("upcoming", early, late, "EC2 change ahead", "EC2 のメンテナンス予定"),
            ("open", late, late, "EC2 change ahead", "EC2 のメンテナンス予定"),
            ("open", early, late, "EC2 change under way", "EC2 のメンテナンス中"),
            ("open", early, "", "EC2 change under way", "EC2 のメンテナンス中"),
            ("closed", early, early, "EC2 change is done", "EC2 の変更は完了"),
            ("closed", early, "", "EC2 change is done", "EC2 の変更は完了"),
            ("closed", "", "", "EC2 change is done", "EC2 の変更は完了"),
            ("closed", early, late, "EC2 change is closed", "EC2 の変更はクローズ済み"),
            ("closed", late, "", "EC2 change is closed", "EC2 の変更はクローズ済み"),
        ] {
            let (service, status) =
                (Some("EC2".to_owned()), if status_code == "closed" { Status::Resolved } else { Status::Firing });
            let (starts_at, ends_at, status_code) = (time(starts), time(ends), Some(status_code.to_owned()));
            let health = Health { service, starts_at, ends_at, status_code, ..Health::default() };
            let bare = Notification::bare(Kind::HealthScheduledChange, (status, Severity::Info), "aws.health", String::new());
            let notification = Notification { data: Data::Health(Box::new(health)), occurred_at: time(now), ..bare };
            for (locale, headline) in [(Locale::En, en), (Locale::Ja, ja)] {
                assert_eq!(plain(&locale.words().headline(&notification)), headline, "{notification:?}");
            }
            let told = Locale::En.words().summary(&notification, &Times { zone: jiff::tz::TimeZone::UTC }).unwrap_or_default();
            let beginning = en.split(' ').next_back().map(|word| match word {
                "ahead" => "Starts ",
                "way" => "Since ",
                _ => "",
            });
            assert!(told.starts_with(beginning.unwrap_or_default()), "{told}");
        }
    }

    #[test]
    fn a_budget_of_no_money_says_what_it_counts() {
        let (month, usage) = ("RI Utilization", "Usage");
        for (kind, counted, amount, budgeted, threshold, en, ja) in [
            (Kind::BudgetActual, "Cost", "$5.00", "$0.00", "> $0.00", "$5.00 of $0.00", "実績が $0.00 に対して $5.00"),
            (
                Kind::BudgetActual,
                month,
                "63.5%",
                "100%",
                "< 80%",
                "RI Utilization 63.5%, below 80%",
                "RI 使用率が 63.5%（80% 未満）",
            ),
            (
                Kind::BudgetForecast,
                month,
                "63.5%",
                "100%",
                "< 80%",
                "forecast RI Utilization 63.5%, below 80%",
                "予測 RI 使用率が 63.5%（80% 未満）",
            ),
            (
                Kind::BudgetActual,
                "Savings Plans Coverage",
                "9%",
                "70%",
                "< 70%",
                "Savings Plans Coverage 9%, below 70%",
                "Savings Plans カバレッジが 9%（70% 未満）",
            ),
            (Kind::BudgetActual, usage, "93 GB", "100 GB", "> 80 GB", "Usage 93 GB of 100 GB", "使用量が 100 GB に対して 93 GB"),
            (Kind::BudgetActual, "Moons", "9", "7", "> 6", "Moons 9 of 7", "Moons が 7 に対して 9"),
        ] {
            let own = |text: &str| Some(text.to_owned());
            let budget = Budget {
                budget_name: "b".to_owned(),
                budget_type: own(counted),
                amount: own(amount),
                budgeted_amount: own(budgeted),
                threshold: own(threshold),
                ..Budget::default()
            };
            let bare = Notification::bare(kind, (Status::Firing, Severity::Warning), "aws.budgets", String::new());
            let notification = Notification { data: Data::Budget(budget), ..bare };
            assert_eq!(plain(&Locale::En.words().headline(&notification)), format!("Budget b: {en}"));
            assert_eq!(plain(&Locale::Ja.words().headline(&notification)), format!("予算 b: {ja}"));
        }
    }

    #[test]
    fn what_mends_a_renewal_depends_on_its_reason() {
        for (reason, en, ja) in [
            ("PCA_RESOURCE_NOT_FOUND", "The private CA is gone: issue", "プライベート CA がありません。"),
            (
                "NO_AVAILABLE_CONTACTS",
                "ACM found no contact of a.example to write to: validate by DNS instead.",
                "ACM がメールを",
            ),
            ("OTHER", "Open it and look at its renewal status.", "証明書を開いて更新ステータスを"),
            ("PCA_INVALID_ARGS", "Look into the cause: PCA invalid args.", "原因（PCA invalid args）"),
        ] {
            let (reason, domains) = (Some(reason.to_owned()), vec!["a.example".to_owned()]);
            let certificate = Certificate { reason, domains, ..Certificate::default() };
            let bare =
                Notification::bare(Kind::CertificateRenewalFailed, (Status::Firing, Severity::Critical), "x", String::new());
            let notification = Notification { data: Data::Certificate(Box::new(certificate)), ..bare };
            for (locale, beginning) in [(Locale::En, en), (Locale::Ja, ja)] {
                let told = locale.words().action(&notification).unwrap_or_default();
                assert!(plain(&told).starts_with(beginning), "{told}");
            }
        }
    }

    #[test]
    fn a_health_event_is_called_by_what_its_code_adds() {
        let (issue, change) = (Kind::HealthIssue, Kind::HealthScheduledChange);
        for (kind, status, service, code, en, ja) in [
            (issue, Status::Firing, "EC2", "AWS_EC2_OPERATIONAL_ISSUE", "EC2 issue", "EC2 の障害"),
            (
                Kind::HealthAccountNotification,
                Status::Info,
                "EC2",
                "AWS_EC2_OPERATIONAL_NOTIFICATION",
                "EC2 notice",
                "EC2 からのお知らせ",
            ),
            (
                change,
                Status::Firing,
                "RDS",
                "AWS_RDS_MAINTENANCE_SCHEDULED",
                "RDS change ahead: maintenance scheduled",
                "RDS のメンテナンス予定",
            ),
            (
                change,
                Status::Firing,
                "EKS",
                "AWS_EKS_PLANNED_LIFECYCLE_EVENT",
                "EKS change ahead: planned lifecycle event",
                "EKS のメンテナンス予定: 計画されたライフサイクルイベント",
            ),
            (
                issue,
                Status::Firing,
                "RISK",
                "AWS_RISK_CREDENTIALS_EXPOSED",
                "Security issue: credentials exposed",
                "セキュリティ上の問題: 認証情報の漏えい",
            ),
            (issue, Status::Resolved, "RISK", "AWS_RISK_X", "Security issue is over: x", "セキュリティ上の問題は解決済み: x"),
        ] {
            let (service, event_type_code) = (Some(service.to_owned()), Some(code.to_owned()));
            let health = Health { service, event_type_code, ..Health::default() };
            let bare = Notification::bare(kind, (status, Severity::Info), "aws.health", String::new());
            let notification = Notification { data: Data::Health(Box::new(health)), ..bare };
            for (locale, headline) in [(Locale::En, en), (Locale::Ja, ja)] {
                assert_eq!(plain(&locale.words().headline(&notification)), headline);
            }
        }
    }

    #[test]
    fn marks_in_a_senders_headline_are_read_and_not_shown() {
        let headline = |data: Data| {
            let bare = Notification::bare(Kind::Custom, (Status::Info, Severity::Info), "x", String::new());
            let subject = Some("*Orders* on `db-1` are _late_ 3 * 4".to_owned());
            plain(&Locale::En.words().headline(&Notification { data, subject, ..bare })).into_owned()
        };
        assert_eq!(headline(Data::Custom(crate::notification::Custom::default())), "Orders on db-1 are late 3 * 4");
        assert_eq!(headline(Data::None {}), "*Orders* on `db-1` are _late_ 3 * 4", "any other text means what it says");
    }

    #[test]
    fn whatever_asks_for_something_says_so_until_it_is_closed() {
        let must = "AWS needs you to act; its text says what to do.";
        let may = "Read in AWS's text whether you need to act.";
        for (kind, status, actionability, action) in [
            (Kind::HealthScheduledChange, Status::Firing, Some("ACTION_REQUIRED"), Some(must)),
            (Kind::HealthAccountNotification, Status::Info, Some("ACTION_REQUIRED"), Some(must)),
            (Kind::HealthAccountNotification, Status::Info, Some("ACTION_MAY_BE_REQUIRED"), Some(may)),
            (Kind::HealthAccountNotification, Status::Info, Some("INFORMATIONAL"), None),
            (Kind::HealthAccountNotification, Status::Info, None, None),
            (Kind::HealthAccountNotification, Status::Resolved, Some("ACTION_REQUIRED"), None),
        ] {
            let health = Health { actionability: actionability.map(str::to_owned), ..Health::default() };
            let bare = Notification::bare(kind, (status, Severity::Info), "aws.health", String::new());
            let notification = Notification { data: Data::Health(Box::new(health)), ..bare };
            assert_eq!(Locale::En.words().action(&notification).as_deref(), action, "{kind} {status} {actionability:?}");
            assert_eq!(Locale::Ja.words().action(&notification).is_some(), action.is_some());
        }
    }

    #[test]
    fn an_alarm_without_a_name_says_what_happened() {
        for (state, status, name, en, ja) in [
            ("ALARM", Status::Firing, Some("cpu"), "Alarm cpu went off", "アラーム cpu が発生しました"),
            ("ALARM", Status::Firing, None, "Alarm went off", "アラームが発生しました"),
            ("OK", Status::Resolved, None, "Alarm is OK again", "アラームが OK に戻りました"),
            ("INSUFFICIENT_DATA", Status::Info, None, "Alarm has too little data", "アラームのデータが不足しています"),
            ("SNOOZED", Status::Info, None, "Alarm changed its state", "アラームの状態が変わりました"),
        ] {
            let alarm = Alarm { alarm_name: name.map(str::to_owned), state: Some(state.to_owned()), ..Alarm::default() };
            let bare = Notification::bare(Kind::Alarm, (status, Severity::Info), "aws.cloudwatch", String::new());
            let notification = Notification { data: Data::Alarm(alarm), ..bare };
            for (locale, headline) in [(Locale::En, en), (Locale::Ja, ja)] {
                assert_eq!(plain(&locale.words().headline(&notification)), headline);
            }
        }
    }
}
