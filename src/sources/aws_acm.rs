//! ACM's own events: <https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html>.
//!
//! Best effort, a certificate's ARN in `resources`, its name in `CommonName` (any text) or `FirstSubjectAlternativeName`.

use serde_json::Value;

use super::certificate::{standing, thread_key};
use super::{console, from_envelope, read};
use crate::ingress::{Body, Envelope, Event};
use crate::notification::{Certificate, Data, Field, FieldValue, Kind, Label, Link, LinkTo, ManagedBy, Notification, Term, key};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let Body::Event(event) = &envelope.body else { return None };
    if event.source.as_deref() != Some("aws.acm") {
        return None;
    }
    let told = event.detail_type.strip_prefix("ACM Certificate ")?;
    let certificate = certificate(event, told);
    let kind = kind(told, &certificate)?;
    let (status, severity) = standing(kind, &certificate);
    let mut notification = from_envelope(envelope, kind, status, severity);
    let arn = certificate.certificate_arn.clone();
    notification.dedup_key = dedup_key(event, told, &certificate);
    notification.thread_key = thread_key(&certificate).unwrap_or(notification.thread_key);
    // A name that is no domain is still what the owner knows it by.
    notification.subject = read::string(&event.detail, "CommonName").filter(|name| !read::is_domain(name));
    notification.fields = fields(&certificate, kind);
    notification.links.extend(arn.as_deref().and_then(console::certificate).map(|url| Link { to: LinkTo::Certificate, url }));
    notification.data = Data::Certificate(Box::new(certificate));
    Some(notification)
}

fn certificate(event: &Event, told: &str) -> Certificate {
    let detail = &event.detail;
    let named = |key| read::text(detail, key).and_then(read::domain);
    let (common, alternative) = (named("CommonName"), named("FirstSubjectAlternativeName"));
    let mut domains: Vec<String> = common.iter().chain(&alternative).cloned().collect();
    domains.dedup();
    let expires_at = read::time(detail, "CertificateExpirationDate");
    let counted = expires_at.zip(event.time).map(|(end, now)| read::days_between(now, end));
    Certificate {
        domain: common.or(alternative),
        domains,
        certificate_arn: event.resources.iter().find(|arn| arn.contains(":certificate/")).or(event.resources.first()).cloned(),
        expires_at,
        days_left: read::integer(detail, "DaysToExpiry").or(counted),
        validity_days: read::integer(detail, "ValidityInDays"),
        reason: reason(detail, told),
        action: read::string(detail, "Action").map(|action| action.trim_matches(['“', '”', '"']).to_owned()),
        managed_by: managed_by(detail),
        validation_method: read::string(detail, "DomainValidationMethod"),
        in_use: in_use(detail),
        ..Certificate::default()
    }
}

/// Whether anything uses it. `InUse` tells of AWS's own services: of one that was exported, ACM does not know who has it.
fn in_use(detail: &Value) -> Option<bool> {
    let is_exported = read::boolean(detail, "Exported") == Some(true);
    read::boolean(detail, "InUse").filter(|in_use| *in_use || !is_exported)
}

fn reason(detail: &Value, told: &str) -> Option<String> {
    let key = if told.starts_with("Revoked") { "RevocationReason" } else { "RenewalStatusReason" };
    read::string(detail, key)
}

fn managed_by(detail: &Value) -> Option<ManagedBy> {
    match read::text(detail, "CertificateKeyPairOrigin") {
        Some("AWS_MANAGED") => Some(ManagedBy::Aws),
        Some("ACME") => Some(ManagedBy::Acme),
        Some("CUSTOMER_PROVIDED") => Some(ManagedBy::Customer),
        _ if read::text(detail, "CertificateType") == Some("IMPORTED") => Some(ManagedBy::Customer),
        _ => None,
    }
}

/// What an event of that detail-type means; none for one that nobody has told us of.
fn kind(told: &str, certificate: &Certificate) -> Option<Kind> {
    Some(match told {
        "Approaching Expiration" => Kind::CertificateExpiring,
        "Renewal Action Required" => Kind::CertificateRenewalFailed,
        "Available" if certificate.action.as_deref() == Some("RENEWAL") => Kind::CertificateRenewed,
        "Available" => Kind::CertificateIssued,
        "Rotated" => Kind::CertificateRenewed,
        "Expired" => Kind::CertificateExpired,
        told if told.starts_with("Revoked") => Kind::CertificateRevoked,
        _ => return None,
    })
}

/// The same certificate, the same news: a repeated event of the same day count is one fact, the next day's another.
fn dedup_key(event: &Event, told: &str, certificate: &Certificate) -> String {
    let arn = certificate.certificate_arn.as_deref().unwrap_or_default();
    let days = certificate.days_left.map(|days| days.to_string()).unwrap_or_default();
    let end = certificate.expires_at.map(|end| end.to_string()).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (news, more) = match told {
        "Approaching Expiration" => (days, String::new()),
        "Renewal Action Required" => (text(&certificate.reason), days),
        "Available" => (text(&certificate.action), end),
        _ => (end, String::new()),
    };
    if arn.is_empty() || news.is_empty() && more.is_empty() {
        let time = event.time.map(|time| time.to_string()).unwrap_or_default();
        return key(&["acm", arn, told, &time, event.id.as_deref().unwrap_or_default(), &event.detail.to_string()]);
    }
    key(&["acm", arn, told, &news, &more])
}

fn fields(certificate: &Certificate, kind: Kind) -> Vec<Field> {
    let mut fields = Vec::new();
    if certificate.domains.len() > 1 {
        fields.push(Field::new(Label::Domains, FieldValue::List(certificate.domains.clone())));
    }
    // Of an expired one, the summary says it, and of one whose end is known, that nothing uses it.
    let open = !matches!(kind, Kind::CertificateRenewed | Kind::CertificateIssued | Kind::CertificateExpired);
    if let Some(in_use) = certificate.in_use.filter(|in_use| open && (*in_use || certificate.days_left.is_none())) {
        fields.push(Field::new(Label::InUse, FieldValue::Term(if in_use { Term::Yes } else { Term::No })));
    }
    if kind == Kind::CertificateRevoked {
        fields.extend(Field::code(Label::Reason, certificate.reason.as_deref()));
    }
    fields
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sources::tests::envelope;

    fn told(detail_type: &str, detail: Value) -> Notification {
        let event = json!({ "source": "aws.acm", "detail-type": detail_type, "id": "e", "account": "111122223333",
            "time": "2026-11-21T07:30:00Z", "region": "ap-northeast-1", "detail": detail,
            "resources": ["arn:aws:acm:ap-northeast-1:111122223333:certificate/1-2-3"] });
        decode(&envelope(&event)).unwrap()
    }

    #[test]
    fn every_detail_type_has_its_kind_and_severity() {
        for (detail_type, detail, kind, status, severity) in [
            ("Approaching Expiration", json!({ "DaysToExpiry": 15 }), "certificate.expiring", "firing", "notice"),
            ("Approaching Expiration", json!({ "DaysToExpiry": "14" }), "certificate.expiring", "firing", "warning"),
            ("Approaching Expiration", json!({ "DaysToExpiry": 3 }), "certificate.expiring", "firing", "critical"),
            ("Approaching Expiration", json!({ "DaysToExpiry": -2 }), "certificate.expiring", "firing", "critical"),
            ("Approaching Expiration", json!({ "DaysToExpiry": null }), "certificate.expiring", "firing", "warning"),
            ("Renewal Action Required", json!({ "DaysToExpiry": 15 }), "certificate.renewal_failed", "firing", "warning"),
            ("Renewal Action Required", json!({ "DaysToExpiry": 14 }), "certificate.renewal_failed", "firing", "critical"),
            ("Renewal Action Required", json!({}), "certificate.renewal_failed", "firing", "critical"),
            ("Available", json!({ "Action": "RENEWAL" }), "certificate.renewed", "resolved", "info"),
            ("Available", json!({ "Action": "ISSUANCE" }), "certificate.issued", "info", "info"),
            ("Available", json!({}), "certificate.issued", "info", "info"),
            ("Rotated", json!(null), "certificate.renewed", "resolved", "info"),
            ("Expired", json!({ "InUse": true }), "certificate.expired", "firing", "critical"),
            ("Expired", json!({ "InUse": false }), "certificate.expired", "firing", "warning"),
            ("Expired", json!({ "InUse": false, "Exported": true }), "certificate.expired", "firing", "critical"),
            ("Expired", json!({ "InUse": false, "Exported": false }), "certificate.expired", "firing", "warning"),
            ("Revoked", json!({ "InUse": false, "Exportable": true }), "certificate.revoked", "firing", "warning"),
            ("Revoked", json!({}), "certificate.revoked", "firing", "critical"),
            ("Revoked By CA", json!("odd"), "certificate.revoked", "firing", "critical"),
        ] {
            let told = told(&format!("ACM Certificate {detail_type}"), detail.clone());
            let got = (told.kind.as_str(), told.status.as_str(), told.severity.as_str());
            assert_eq!(got, (kind, status, severity), "{detail_type} {detail}");
            assert_eq!(told.thread_key, "arn:aws:acm:ap-northeast-1:111122223333:certificate/1-2-3");
        }
    }

    #[test]
    fn a_day_less_is_another_fact_and_a_repeat_is_not() {
        let key = |days: i64| told("ACM Certificate Approaching Expiration", json!({ "DaysToExpiry": days })).dedup_key;
        assert_eq!(key(30), key(30));
        assert_ne!(key(30), key(29));
    }

    #[test]
    fn a_name_that_is_no_domain_is_a_subject() {
        let told = told("ACM Certificate Approaching Expiration", json!({ "CommonName": "Shop backend", "DaysToExpiry": 9 }));
        assert_eq!(told.subject.as_deref(), Some("Shop backend"));
        let Data::Certificate(certificate) = told.data else { panic!("no certificate") };
        assert_eq!((certificate.domain, certificate.days_left), (None, Some(9)));
    }
}
