//! What the configuration says of a kind's severity, whoever tells it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::notification::{Notification, Severity};

/// Severities by kind, or by what kinds begin with: `budget.actual`, `budget`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Overrides(BTreeMap<String, Severity>);

/// That a notification has another severity than by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overridden {
    /// The key that says so.
    pub by: String,
    /// What it would have been.
    pub from: Severity,
}

impl Overrides {
    /// Gives `notification` the severity that the most particular key says. Good news stays so: an override makes no alarm of it.
    pub(super) fn apply(&self, notification: &mut Notification) -> Option<Overridden> {
        let is_of = |(name, _): &(&String, &Severity)| notification.kind.is_of(name);
        let (by, severity) = self.0.iter().filter(is_of).max_by_key(|(name, _)| name.len())?;
        if notification.is_good() || notification.severity == *severity {
            return None;
        }
        let from = std::mem::replace(&mut notification.severity, *severity);
        Some(Overridden { by: by.clone(), from })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::notification::{Kind, Status};

    #[test]
    fn the_most_particular_key_says_it_and_good_news_stays_good() {
        use Kind::{Alarm, BudgetActual, BudgetForecast, CertificateExpiring, CertificateIssued, CertificateRenewed};
        use Severity::{Critical, Info, Notice, Warning};
        use Status::{Firing, Resolved};
        let overrides: Overrides = serde_json::from_value(json!({
            "certificate": "critical", "budget": "notice", "budget.actual": "critical", "alarm": "info",
        }))
        .unwrap();
        for (kind, status, severity, wanted, by) in [
            (CertificateExpiring, Firing, Warning, Critical, Some("certificate")),
            (CertificateExpiring, Firing, Critical, Critical, None),
            (CertificateExpiring, Resolved, Info, Info, None),
            (CertificateRenewed, Resolved, Info, Info, None),
            (CertificateIssued, Status::Info, Info, Info, None),
            (BudgetActual, Firing, Warning, Critical, Some("budget.actual")),
            (BudgetForecast, Firing, Warning, Notice, Some("budget")),
            (Alarm, Firing, Critical, Info, Some("alarm")),
            (Kind::CostAnomaly, Firing, Warning, Warning, None),
        ] {
            let mut notification = Notification::bare(kind, (status, severity), "x", "x".to_owned());
            let overridden = overrides.apply(&mut notification);
            assert_eq!(notification.severity, wanted, "{kind} {status} {severity}");
            assert_eq!(overridden, by.map(|by| Overridden { by: by.to_owned(), from: severity }), "{kind} {status} {severity}");
        }
    }
}
