//! The typed values of each family of kinds, serialised under the names that templates, patterns and our own format use;
//! `schema/notification.schema.json` tells them to senders.
//!
//! An absent value is left out, never `null` or `""`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Happening, ManagedBy, Period};

/// The values of one notification, by family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Data {
    /// `event` and `text` carry none: what is known stands in their fields.
    None {},
    /// The same, of a service that we know: it is written as `{}`.
    Happening(Happening),
    Certificate(Box<Certificate>),
    Budget(Budget),
    CostAnomaly(CostAnomaly),
    Health(Box<Health>),
    Alarm(Alarm),
    Finding(Finding),
    Custom(Custom),
}

/// `certificate.*`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Certificate {
    /// The primary domain, if the event names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Every domain that the event names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Those of them that wait for validation, where the event lists them.
    #[serde(skip)]
    pub unvalidated: Vec<String>,
    /// How many domains the certificate has, where the event counts more than it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whole days, rounded down, negative once over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
    /// How long it is valid as a whole, where the event says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validity_days: Option<i64>,
    /// Why a renewal does not go on: ACM's `RenewalStatusReason`, or the same from its prose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// ACM's `Action`: `ISSUANCE`, `RENEWAL`, `IMPORT`, `REIMPORT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<ManagedBy>,
    /// `DNS` or `EMAIL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_use: Option<bool>,
    /// S3 bucket and key where an updater left the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// An updater's name for the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// All values of the Health event that told it. They lie among its own, and are read from there by themselves.
    #[serde(flatten, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
}

/// As many domains are named in what to do about a certificate.
pub const NAMED_DOMAINS: usize = 3;

/// `budget.*`; amounts as AWS printed them, with their sign or unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    pub budget_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_type: Option<String>,
    /// `ACTUAL` or `FORECASTED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budgeted_amount: Option<String>,
    /// With its operator: `> $80.00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Absent for a zero budget and for a budget that is not in money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_of_budget: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// What a budget action does: `APPLY_IAM_POLICY`, `APPLY_SCP_POLICY`, `RUN_SSM_DOCUMENTS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_type: Option<String>,
    /// How far it got: `PENDING`, `EXECUTION_SUCCESS`, `EXECUTION_FAILURE`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_state: Option<String>,
}

/// `cost.anomaly`; amounts in US dollars.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CostAnomaly {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomaly_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_impact: Option<f64>,
    /// Of the expected spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_impact_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_spend: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual_spend: Option<f64>,
    pub root_causes: Vec<RootCause>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RootCause {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contribution: Option<f64>,
}

/// `health.*`, and a part of `certificate.*` when AWS Health told it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type_code: Option<String>,
    /// As AWS writes it: `issue`, `scheduledChange`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// `open`, `closed` or `upcoming`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_region: Option<String>,
    /// `PUBLIC` or `ACCOUNT_SPECIFIC`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// `ACTION_REQUIRED`, `ACTION_MAY_BE_REQUIRED` or `INFORMATIONAL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actionability: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_pages: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_event: Option<bool>,
}

/// What a Health event affects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    pub value: String,
    /// `IMPAIRED`, `UNIMPAIRED`, `PENDING`, `RESOLVED` or `UNKNOWN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// `alarm`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alarm {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_arn: Option<String>,
    /// `ALARM`, `OK` or `INSUFFICIENT_DATA`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_state: Option<String>,
    /// CloudWatch's own sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `namespace name`, or a math expression's label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
}

/// `finding`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_type: Option<String>,
    /// `GuardDuty`, `Security Hub`, `Access Analyzer` or the product that found it.
    pub product: String,
    /// As the product gives it: `8`, `HIGH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// `custom`: Chatbot's custom notification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Custom {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// As written, in Chatbot's `client-markdown`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next_steps: Vec<String>,
}
