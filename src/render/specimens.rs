//! One full and one minimal notification of every kind: what a template must be able to serve, and what it can name.
//!
//! The full one has every value that its kind can have, with characters in it that channels act on, and is longer than any
//! channel shows; the minimal one has what no notification lacks.

use jiff::Timestamp;
use serde_json::Value;

use super::accounts::{Account, Accounts};
use super::{Caps, Document, Reader};
use crate::notification::{
    Alarm, Budget, Certificate, CostAnomaly, Custom, Data, Entity, Field, FieldValue, Finding, Health, Kind, Label, Link, LinkTo,
    ManagedBy, Markup, Notification, OwnWords, Period, Prose, RootCause, Severity, Status, Term,
};

/// The notification of `kind` with all that it can have.
pub fn full(kind: Kind) -> Notification {
    let (status, severity) = standing(kind);
    Notification {
        kind,
        status,
        severity,
        source: "aws.health".to_owned(),
        account: Some(ACCOUNT.to_owned()),
        region: Some("ap-northeast-1".to_owned()),
        occurred_at: Some(THEN),
        subject: Some("*.shop.example.com <b> & \"q\" _x_".to_owned()),
        own_words: OwnWords::default(),
        description: vec![
            Prose {
                language: Some("en_US".to_owned()),
                text: format!("{HOSTILE}\n\n{}", HOSTILE.repeat(60)),
                markup: markup(kind),
            },
            Prose {
                language: Some("ja_JP".to_owned()),
                text: "証明書は更新できませんでした。\n".repeat(200),
                markup: markup(kind),
            },
        ],
        fields: fields(),
        more_fields: 3,
        resources: (0..30).map(|number| format!("{ARN}-{number}")).collect(),
        links: vec![
            Link { to: link(kind), url: "https://console.aws.amazon.com/x?a=1&b=2#/c".to_owned() },
            Link { to: LinkTo::Sender(HOSTILE.to_owned()), url: "https://example.com/details".to_owned() },
        ],
        data: full_data(kind),
        dedup_key: "aws.health|111122223333|arn:aws:health:x".to_owned(),
        thread_key: "aws.health|111122223333".to_owned(),
    }
}

/// The notification of `kind` with what it cannot be without.
pub fn minimal(kind: Kind) -> Notification {
    Notification { data: minimal_data(kind), ..Notification::bare(kind, standing(kind), "unknown", "unknown".to_owned()) }
}

/// What patterns see of the full notification: every name that one of `kind` can have.
pub fn document(kind: Kind) -> Value {
    let (notification, accounts) = (full(kind), accounts());
    serde_json::to_value(Document::new(&notification, &Reader::default(), &accounts, Caps::NONE)).unwrap_or_default()
}

/// The names of the full notification's account.
pub fn accounts() -> Accounts {
    let account = Account {
        name: Some("prod".to_owned()),
        owner: Some("sre".to_owned()),
        runbook: Some("https://wiki.example.com/prod".to_owned()),
    };
    Accounts::from_iter([(ACCOUNT.to_owned(), account)])
}

fn standing(kind: Kind) -> (Status, Severity) {
    match kind {
        Kind::CertificateRenewed => (Status::Resolved, Severity::Info),
        Kind::CertificateIssued | Kind::HealthAccountNotification | Kind::Custom | Kind::Event | Kind::Text => {
            (Status::Info, Severity::Info)
        }
        Kind::HealthScheduledChange => (Status::Firing, Severity::Notice),
        Kind::CertificateExpiring
        | Kind::CertificateCheckFailed
        | Kind::BudgetForecast
        | Kind::BudgetAction
        | Kind::CostAnomaly
        | Kind::HealthInvestigation => (Status::Firing, Severity::Warning),
        Kind::CertificateRenewalFailed
        | Kind::CertificateExpired
        | Kind::CertificateRevoked
        | Kind::BudgetActual
        | Kind::HealthIssue
        | Kind::HealthAbuse
        | Kind::Alarm
        | Kind::Finding => (Status::Firing, Severity::Critical),
    }
}

fn markup(kind: Kind) -> Markup {
    if kind == Kind::Custom { Markup::ClientMarkdown } else { Markup::None }
}

/// One of every type of value.
fn fields() -> Vec<Field> {
    vec![
        Field::new(Label::Reason, FieldValue::Text(HOSTILE.to_owned())),
        Field::new(Label::Domains, FieldValue::List((0..9).map(|number| format!("*.shop-{number}.example.com")).collect())),
        Field::new(Label::Ends, FieldValue::Time(THEN)),
        Field::new(Label::Page, FieldValue::Term(Term::Page(2, 3))),
        Field::new(Label::Metric, FieldValue::Code("AWS/EC2 `CPUUtilization`".to_owned())),
        Field::new(Label::Sender("detail.\"state\" <x>".to_owned()), FieldValue::Text("証明書".repeat(400))),
        Field::new(Label::InUse, FieldValue::Term(Term::Yes)),
    ]
}

fn link(kind: Kind) -> LinkTo {
    match kind {
        Kind::CertificateRenewed
        | Kind::CertificateIssued
        | Kind::CertificateRenewalFailed
        | Kind::CertificateExpiring
        | Kind::CertificateExpired
        | Kind::CertificateRevoked
        | Kind::CertificateCheckFailed => LinkTo::Certificate,
        Kind::BudgetActual | Kind::BudgetForecast | Kind::BudgetAction => LinkTo::Budget,
        Kind::CostAnomaly => LinkTo::CostAnomaly,
        Kind::HealthIssue
        | Kind::HealthScheduledChange
        | Kind::HealthAccountNotification
        | Kind::HealthInvestigation
        | Kind::HealthAbuse => LinkTo::HealthEvent,
        Kind::Alarm => LinkTo::Alarm,
        Kind::Finding => LinkTo::Finding,
        Kind::Custom | Kind::Event | Kind::Text => LinkTo::Details,
    }
}

fn full_data(kind: Kind) -> Data {
    let text = |text: &str| Some(text.to_owned());
    match kind {
        Kind::CertificateRenewed
        | Kind::CertificateIssued
        | Kind::CertificateRenewalFailed
        | Kind::CertificateExpiring
        | Kind::CertificateExpired
        | Kind::CertificateRevoked
        | Kind::CertificateCheckFailed => Data::Certificate(Box::new(Certificate {
            domain: text("*.shop.example.com"),
            domains: vec!["*.shop.example.com".to_owned(), "shop.example.com".to_owned()],
            unvalidated: vec!["*.shop.example.com".to_owned()],
            domain_count: Some(3),
            certificate_arn: text(ARN),
            expires_at: Some(THEN),
            days_left: Some(12),
            validity_days: Some(198),
            reason: text("PENDING_DOMAIN_VALIDATION"),
            action: text("RENEWAL"),
            managed_by: Some(ManagedBy::Aws),
            validation_method: text("DNS"),
            in_use: Some(true),
            bucket: text("certs"),
            key: text("shop/fullchain.pem"),
            cert_name: text("shop.example.com"),
            error: text(HOSTILE),
            health: Some(health("ACM", "AWS_ACM_RENEWAL_STATE_CHANGE", "scheduledChange")),
        })),
        Kind::BudgetActual | Kind::BudgetForecast | Kind::BudgetAction => Data::Budget(Budget {
            budget_name: "shop-prod-monthly".to_owned(),
            budget_type: text("Cost"),
            alert_type: text(if kind == Kind::BudgetForecast { "FORECASTED" } else { "ACTUAL" }),
            budgeted_amount: text("$18,000.00"),
            threshold: text("> $14,400.00"),
            amount: text("$15,066.12"),
            percent_of_budget: Some(83.7),
            period: Some(Period::Monthly),
            action_type: text("APPLY_IAM_POLICY"),
            action_state: text("PENDING"),
        }),
        Kind::CostAnomaly => Data::CostAnomaly(CostAnomaly {
            anomaly_id: text("a1b2c3"),
            total_impact: Some(1001.5),
            total_impact_percent: Some(340.2),
            expected_spend: Some(294.4),
            actual_spend: Some(1295.9),
            root_causes: vec![RootCause {
                service: text("Amazon EC2"),
                region: text("ap-northeast-1"),
                usage_type: text("APN1-BoxUsage"),
                account: text(ACCOUNT),
                contribution: Some(900.5),
            }],
        }),
        Kind::HealthIssue => Data::Health(Box::new(health("EC2", "AWS_EC2_OPERATIONAL_ISSUE", "issue"))),
        Kind::HealthScheduledChange => {
            Data::Health(Box::new(health("EC2", "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", "scheduledChange")))
        }
        Kind::HealthAccountNotification => {
            Data::Health(Box::new(health("BILLING", "AWS_BILLING_NOTIFICATION", "accountNotification")))
        }
        Kind::HealthInvestigation => Data::Health(Box::new(health("S3", "AWS_S3_INVESTIGATION", "investigation"))),
        Kind::HealthAbuse => Data::Health(Box::new(health("ABUSE", "AWS_ABUSE_DOS_REPORT", "issue"))),
        Kind::Alarm => Data::Alarm(Alarm {
            alarm_name: text("api <5xx> & \"more\""),
            alarm_arn: text("arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:api"),
            state: text("ALARM"),
            previous_state: text("OK"),
            reason: text("Threshold Crossed: 1 datapoint [12.0 (21/11/26 07:29:00)] was greater than the threshold (10.0)."),
            metric: text("AWS/ApiGateway 5XXError"),
        }),
        Kind::Finding => Data::Finding(Finding {
            finding_id: text("arn:aws:guardduty:ap-northeast-1:111122223333:detector/1/finding/2"),
            finding_type: text("UnauthorizedAccess:EC2/SSHBruteForce"),
            product: "GuardDuty".to_owned(),
            severity_label: text("8"),
            resource: text("i-0123456789abcdef0"),
            count: Some(4),
        }),
        Kind::Custom => Data::Custom(Custom {
            thread_id: text("deploy-42"),
            keywords: vec!["deploy".to_owned(), "shop".to_owned()],
            next_steps: vec!["Read the <https://example.com/|log>".to_owned(), "Roll *back*".to_owned()],
        }),
        Kind::Event | Kind::Text => Data::None {},
    }
}

fn health(service: &str, code: &str, category: &str) -> Health {
    let text = |text: &str| Some(text.to_owned());
    Health {
        event_arn: text("arn:aws:health:ap-northeast-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1"),
        service: text(service),
        event_type_code: text(code),
        category: text(category),
        status_code: text("open"),
        event_region: text("ap-northeast-1"),
        scope: text("ACCOUNT_SPECIFIC"),
        actionability: text("ACTION_REQUIRED"),
        starts_at: Some(THEN),
        ends_at: Some(THEN),
        entities: vec![Entity { value: "i-0123456789abcdef0".to_owned(), status: text("IMPAIRED") }],
        page: Some(2),
        total_pages: Some(3),
        backup_event: Some(false),
    }
}

fn minimal_data(kind: Kind) -> Data {
    match kind {
        Kind::CertificateRenewed
        | Kind::CertificateIssued
        | Kind::CertificateRenewalFailed
        | Kind::CertificateExpiring
        | Kind::CertificateExpired
        | Kind::CertificateRevoked
        | Kind::CertificateCheckFailed => Data::Certificate(Box::default()),
        Kind::BudgetActual | Kind::BudgetForecast | Kind::BudgetAction => {
            Data::Budget(Budget { budget_name: "budget".to_owned(), ..Budget::default() })
        }
        Kind::CostAnomaly => Data::CostAnomaly(CostAnomaly::default()),
        Kind::HealthIssue
        | Kind::HealthScheduledChange
        | Kind::HealthAccountNotification
        | Kind::HealthInvestigation
        | Kind::HealthAbuse => Data::Health(Box::default()),
        Kind::Alarm => Data::Alarm(Alarm::default()),
        Kind::Finding => Data::Finding(Finding { product: "GuardDuty".to_owned(), ..Finding::default() }),
        Kind::Custom => Data::Custom(Custom::default()),
        Kind::Event | Kind::Text => Data::None {},
    }
}

const ACCOUNT: &str = "111122223333";
const ARN: &str = "arn:aws:acm:ap-northeast-1:111122223333:certificate/0ec968ba-7c2f-4f2e-8b2e-8c1f9f3a2b11";
/// 2026-11-21T07:30:00Z
const THEN: Timestamp = Timestamp::constant(1_795_246_200, 0);
/// What channels and formats act on.
const HOSTILE: &str = "<!channel> @All *b* _i_ `c` {{x}} \"q\" \\ {json} <a href='x'>&amp;</a> 証明書。";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_one_lacks_nothing_and_a_minimal_one_can_be_shown() {
        for kind in Kind::ALL {
            let data = format!("{:?}", full(*kind).data);
            let empty = ["None,", "None }", "[]", ": \"\"", "(\"\")"].into_iter().find(|empty| data.contains(empty));
            assert!(empty.is_none(), "{kind} lacks something: {data}");
            assert_eq!((full(*kind).kind, minimal(*kind).kind), (*kind, *kind));
        }
        assert_eq!(THEN.to_string(), "2026-11-21T07:30:00Z");
    }
}
