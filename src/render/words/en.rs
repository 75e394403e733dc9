//! English.

mod certificate;
mod happening;

use std::borrow::Cow;

use super::{
    Change, Share, Words, certificate, change, dollars, grouped, health_topic, measured, named, own_headline, percent,
    service_name, share, span, wanted,
};
use crate::notification::{Budget, Data, Health, Kind, Label, LinkTo, Notification, Period, Severity, Status, Term};
use crate::render::times::Times;
use crate::render::unfit::Unfit;
use crate::text::humanise;
use crate::text::rich::{code, strong};

pub(super) struct En;

impl Words for En {
    fn headline(&self, notification: &Notification) -> String {
        match &notification.data {
            Data::Certificate(certificate) => certificate::headline(notification, certificate),
            Data::Budget(budget) => budget_headline(notification.kind, budget),
            Data::CostAnomaly(anomaly) => {
                let more = anomaly.total_impact.map(|impact| format!(" +{}", dollars(impact))).unwrap_or_default();
                named("Cost anomaly", notification.subject.as_deref(), &more)
            }
            Data::Health(health) => health_headline(notification, health),
            Data::Alarm(alarm) => {
                let state = match notification.status {
                    Status::Firing => "went off",
                    Status::Resolved => "is OK again",
                    Status::Info if alarm.state.as_deref() == Some("INSUFFICIENT_DATA") => "has too little data",
                    Status::Info => "changed its state",
                };
                match &alarm.alarm_name {
                    Some(name) => format!("{} {} {}", strong("Alarm"), code(name), strong(state)),
                    None => strong(&format!("Alarm {state}")),
                }
            }
            Data::Finding(finding) => {
                let over = if notification.status == Status::Resolved { " resolved" } else { "" };
                let what = format!("{} finding{over}", finding.product);
                strong(&notification.subject.as_ref().map_or(what.clone(), |title| format!("{what}: {title}")))
            }
            Data::Happening(happened) => happening::headline(happened, notification.subject.as_deref()),
            Data::Custom(_) | Data::None {} => own_headline(self, notification),
        }
    }

    fn summary(&self, notification: &Notification, times: &Times) -> Option<String> {
        match &notification.data {
            Data::Certificate(certificate) => certificate::summary(notification, certificate, times),
            Data::Budget(budget) => budget_summary(notification.kind, budget),
            Data::CostAnomaly(anomaly) => {
                let (actual, expected) = anomaly.actual_spend.zip(anomaly.expected_spend)?;
                let more = anomaly.total_impact_percent.map(|share| format!(", {} more", percent(share))).unwrap_or_default();
                Some(format!("{} spent where {} was expected{more}.", dollars(actual), dollars(expected)))
            }
            Data::Health(health) => health_summary(notification, health, times),
            Data::Finding(finding) => {
                finding.count.filter(|count| *count > 1).map(|count| format!("Seen {} times.", grouped(count)))
            }
            Data::Happening(happened) => happening::summary(happened),
            Data::Alarm(_) | Data::Custom(_) | Data::None {} => None,
        }
    }

    fn action(&self, notification: &Notification) -> Option<String> {
        match &notification.data {
            Data::Certificate(certificate) => certificate::action(notification.kind, certificate),
            // A notification to the account fires nothing and can ask for something all the same.
            Data::Health(health) if notification.status != Status::Resolved => match health.actionability.as_deref() {
                Some("ACTION_REQUIRED") => Some("AWS needs you to act; its text says what to do.".to_owned()),
                Some("ACTION_MAY_BE_REQUIRED") => Some("Read in AWS's text whether you need to act.".to_owned()),
                _ => None,
            },
            Data::Budget(budget) if budget.action_state.as_deref() == Some("PENDING") => {
                Some("Approve the action or reject it in the budget.".to_owned())
            }
            _ => None,
        }
    }

    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "Critical",
            Severity::Warning => "Warning",
            Severity::Notice => "Notice",
            Severity::Info => "Info",
        }
    }

    fn label<'a>(&self, label: &'a Label) -> Cow<'a, str> {
        Cow::Borrowed(match label {
            Label::Domains => "Domains",
            Label::Reason => "Reason",
            Label::Object => "Stored at",
            Label::Error => "Error",
            Label::BudgetAction => "Action",
            Label::State => "State",
            Label::Ends => "Ends",
            Label::Ended => "Ended",
            Label::Metric => "Metric",
            Label::RootCauses => "Causes",
            Label::Days => "Days",
            Label::Page => "Page",
            Label::InUse => "In use",
            Label::Principal => "Who",
            Label::Action => "May do",
            Label::AlarmRule => "Alarm rule",
            Label::Findings => "Findings",
            Label::FindingType => "Type",
            Label::Problem => "Problem",
            Label::Event => "Event",
            Label::From => "From",
            Label::MailSubject => "Subject",
            Label::Recipients => "To",
            Label::Execution => "Execution",
            Label::StartedBy => "Started by",
            Label::Stage => "Stage",
            Label::Revision => "Revision",
            Label::Cluster => "Cluster",
            Label::TaskDefinition => "Task definition",
            Label::ExitCode => "Exit code",
            Label::ResourceType => "Type",
            Label::AvailabilityZone => "Availability Zone",
            Label::Service => "Service",
            Label::SourceAddress => "From address",
            Label::NextState => "Next state",
            Label::Instance => "Instance",
            Label::Savings => "Saves a month",
            Label::ChangesOn => "Changes on",
            Label::EventId => "Event ID",
            Label::PhysicalId => "Physical ID",
            Label::Threats => "Threats",
            Label::DriftedResources => "Drifted resources",
            Label::Mfa => "MFA used",
            Label::Sender(label) => label,
        })
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Yes => "yes".to_owned(),
            Term::No => "no".to_owned(),
            Term::Page(page, total) => format!("{page} of {total}"),
            Term::NeitherTitleNorDescription => "neither content.title nor content.description is a text".to_owned(),
            Term::NotAsDocumented(names) => format!("missing or not as documented: {}", names.join(", ")),
            Term::SourceFailed { source, problem } => format!("the source {source} did not read this: {problem}"),
        }
    }

    fn link<'a>(&self, to: &'a LinkTo) -> &'a str {
        match to {
            LinkTo::Certificate => "Open the certificate",
            LinkTo::HealthEvent => "Open the event",
            LinkTo::Budget => "Open the budget",
            LinkTo::Alarm => "Open the alarm",
            LinkTo::CostAnomaly => "Open the anomaly",
            LinkTo::Finding => "Open the finding",
            LinkTo::Remediation => "How to mend it",
            LinkTo::Console => "Open in the console",
            LinkTo::Logs => "Open the logs",
            LinkTo::Details => "Open",
            LinkTo::Sender(label) => label,
        }
    }

    fn runbook(&self) -> &'static str {
        "Runbook"
    }

    fn affected(&self) -> &'static str {
        "Affected"
    }

    fn account(&self, id: &str, name: Option<&str>) -> String {
        match name {
            Some(name) => format!("{name} ({id})"),
            None => id.to_owned(),
        }
    }

    fn list(&self, items: &[String], more: usize) -> String {
        let items = items.join(", ");
        match (more, items.is_empty()) {
            (0, _) => items,
            (more, true) => format!("{more} in all"),
            (more, false) => format!("{items}, +{more} more"),
        }
    }

    fn separator(&self) -> &'static str {
        " · "
    }

    fn colon(&self) -> &'static str {
        ":"
    }

    fn todo(&self) -> &'static str {
        "Do:"
    }

    fn says(&self, notification: &Notification) -> Option<&'static str> {
        match notification.kind {
            Kind::CertificateRenewed
            | Kind::CertificateIssued
            | Kind::CertificateRenewalFailed
            | Kind::CertificateExpiring
            | Kind::CertificateExpired
            | Kind::CertificateRevoked
            | Kind::CertificateCheckFailed => {
                let by_aws = certificate(notification).is_some_and(|certificate| certificate.health.is_some());
                Some(if by_aws { "AWS says:" } else { "In its own words:" })
            }
            Kind::HealthIssue
            | Kind::HealthScheduledChange
            | Kind::HealthAccountNotification
            | Kind::HealthInvestigation
            | Kind::HealthAbuse => Some("AWS says:"),
            _ => None,
        }
    }

    fn late(&self, minutes: i64) -> String {
        let (count, unit) = span(minutes);
        let unit = ["min", "h", "days"].get(unit).copied().unwrap_or_default();
        format!(", delivered {count} {unit} later")
    }

    fn shortened(&self, chars: usize, facts: usize, has_links: bool, sender: &str) -> String {
        let counted = |count: usize, word: &str| {
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{} {word}{plural}", grouped(count as u64)))
        };
        let parts: Vec<String> = [counted(facts, "field"), counted(chars, "character")].into_iter().flatten().collect();
        let rest = if has_links { "behind the link".to_owned() } else { format!("with its sender, {sender}") };
        format!("shortened by {}; the whole is {rest}", parts.join(" and "))
    }

    fn from(&self, source: &str) -> String {
        if source == "unknown" { "Sender unknown".to_owned() } else { format!("From {source}") }
    }

    fn meant_for(&self, receiver: &str) -> String {
        format!("meant for {receiver}")
    }

    fn refusal(&self, receiver: &str, channel: &str, status: Option<u16>, since: &str) -> [String; 3] {
        let status = status.map(|status| format!(" with status {status}")).unwrap_or_default();
        [
            format!("Notifications do not reach {receiver}"),
            format!("Its {channel} channel has refused them{status} since {since}. Nothing more is sent to it for an hour."),
            format!("Mend its address or its permission, then send what is kept with {}.", code("hikyaku replay")),
        ]
    }

    fn unfit(&self, unfit: &Unfit) -> [String; 3] {
        let Unfit { place, version, in_use, problem } = unfit;
        [
            format!("Configuration version {version} is not in use"),
            format!("There is something wrong with it, so that version {in_use} goes on: {}", code(problem)),
            format!("Mend it until {} finds nothing, and store it anew.", code(&format!("hikyaku check {place}"))),
        ]
    }

    fn untitled(&self, notification: &Notification) -> String {
        match notification.source.as_str() {
            "sns" => "Message from SNS".to_owned(),
            "unknown" => "Message without a title".to_owned(),
            source => format!("Message from {source}"),
        }
    }
}

fn budget_headline(kind: Kind, budget: &Budget) -> String {
    let rest = match (kind, share(budget)) {
        (Kind::BudgetActual | Kind::BudgetForecast, Share::Amount(amount, budgeted)) if measured(budget).is_some() => {
            let forecast = if kind == Kind::BudgetForecast { "forecast " } else { "" };
            let of = wanted(budget).map_or_else(|| format!(" of {budgeted}"), |least| format!(", below {least}"));
            format!("{forecast}{} {amount}{of}", measured(budget).unwrap_or_default())
        }
        (Kind::BudgetAction, _) => match budget.action_state.as_deref() {
            Some("PENDING") => "an action waits for approval".to_owned(),
            Some("EXECUTION_SUCCESS") => "an action ran".to_owned(),
            Some(state) if state.ends_with("FAILURE") => "an action failed".to_owned(),
            Some(state) => format!("action {}", humanise(state, "")),
            None => "an action was set off".to_owned(),
        },
        (Kind::BudgetForecast, Share::Percent(share, budgeted)) => format!("forecast {share} of {budgeted}"),
        (Kind::BudgetForecast, Share::Amount(amount, budgeted)) => format!("forecast {amount} of {budgeted}"),
        (Kind::BudgetForecast, Share::Unknown) => "the forecast passed a threshold".to_owned(),
        (_, Share::Percent(share, budgeted)) => format!("{share} of {budgeted} spent"),
        (_, Share::Amount(amount, budgeted)) => format!("{amount} of {budgeted}"),
        (_, Share::Unknown) => "a threshold was passed".to_owned(),
    };
    format!("{} {}: {}", strong("Budget"), code(&budget.budget_name), strong(&rest))
}

fn budget_summary(kind: Kind, budget: &Budget) -> Option<String> {
    let amount = budget.amount.as_deref()?;
    let alert = budget.threshold.as_ref().map(|threshold| format!("; the alert stands at {threshold}")).unwrap_or_default();
    let when = match (kind, budget.period) {
        (Kind::BudgetForecast, Some(Period::Daily)) => "expected by the end of the day",
        (Kind::BudgetForecast, Some(Period::Monthly)) => "expected by the end of the month",
        (Kind::BudgetForecast, Some(Period::Quarterly)) => "expected by the end of the quarter",
        (Kind::BudgetForecast, Some(Period::Annually)) => "expected by the end of the year",
        (Kind::BudgetForecast, None) => "expected",
        (_, Some(Period::Daily)) => "in a day",
        (_, Some(Period::Monthly)) => "so far this month",
        (_, Some(Period::Quarterly)) => "so far this quarter",
        (_, Some(Period::Annually)) => "so far this year",
        (_, None) => "so far",
    };
    Some(format!("{amount} {when}{alert}."))
}

fn health_headline(notification: &Notification, health: &Health) -> String {
    let service = service_name(health);
    let what = match (notification.kind, notification.status) {
        (Kind::HealthIssue, Status::Resolved) => format!("{service} issue is over"),
        (Kind::HealthIssue, _) => format!("{service} issue"),
        (Kind::HealthScheduledChange, _) => match change(notification, health) {
            Change::Ahead => format!("{service} change ahead"),
            Change::UnderWay => format!("{service} change under way"),
            Change::Done => format!("{service} change is done"),
            Change::Closed => format!("{service} change is closed"),
        },
        (Kind::HealthInvestigation, Status::Resolved) => format!("{service} investigation is over"),
        (Kind::HealthInvestigation, _) => format!("{service} under investigation"),
        (Kind::HealthAbuse, Status::Resolved) => "Abuse report closed".to_owned(),
        (Kind::HealthAbuse, _) => "Abuse reported".to_owned(),
        _ => format!("{service} notice"),
    };
    strong(&match health_topic(health) {
        Some(topic) => format!("{what}: {topic}"),
        None => what,
    })
}

fn health_summary(notification: &Notification, health: &Health, times: &Times) -> Option<String> {
    let starts = health.starts_at.map(|time| times.local(time));
    let public = notification.resources.is_empty() && health.scope.as_deref() == Some("PUBLIC");
    let affected = public.then(|| "A public event; whether it touches you is for you to see.".to_owned());
    let when = match (notification.kind, notification.status) {
        (_, Status::Resolved) | (Kind::HealthAccountNotification, _) => None,
        (Kind::HealthScheduledChange, _) if matches!(change(notification, health), Change::Ahead) => {
            starts.map(|starts| format!("Starts {starts}."))
        }
        _ => starts.map(|starts| format!("Since {starts}.")),
    };
    let sentences: Vec<String> = when.into_iter().chain(affected).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
