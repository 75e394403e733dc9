//! What is the same of a certificate, whoever tells of it: how it stands, how much a coming end matters, and its thread.

use crate::notification::{Certificate, Kind, Severity, Status, key};

/// How a certificate stands after news of `kind`.
pub(super) fn standing(kind: Kind, certificate: &Certificate) -> (Status, Severity) {
    // A certificate that nothing uses can be gone without anybody noticing.
    let gone = if certificate.in_use == Some(false) { Severity::Warning } else { Severity::Critical };
    match kind {
        Kind::CertificateRenewed => (Status::Resolved, Severity::Info),
        Kind::CertificateIssued => (Status::Info, Severity::Info),
        Kind::CertificateRenewalFailed => (Status::Firing, failed_severity(certificate.days_left)),
        Kind::CertificateExpired | Kind::CertificateRevoked => (Status::Firing, gone),
        Kind::CertificateCheckFailed => (Status::Firing, Severity::Warning),
        _ => (Status::Firing, expiring_severity(certificate.days_left)),
    }
}

/// How severe a failed renewal is: it can wait while more than 14 days are known to be left.
fn failed_severity(days_left: Option<i64>) -> Severity {
    if days_left.is_some_and(|days| days > 14) { Severity::Warning } else { Severity::Critical }
}

/// How severe a coming end is.
fn expiring_severity(days_left: Option<i64>) -> Severity {
    match days_left {
        Some(..=3) => Severity::Critical,
        Some(15..) => Severity::Notice,
        _ => Severity::Warning,
    }
}

/// The thread of a certificate: by its ARN, else by its updater's name for it, else by its domain; none if nothing says
/// which one it is.
pub(super) fn thread_key(certificate: &Certificate) -> Option<String> {
    let Certificate { certificate_arn, cert_name, domain, .. } = certificate;
    let name = || cert_name.as_ref().or(domain.as_ref());
    certificate_arn.as_ref().map(|arn| key(&[arn])).or_else(|| name().map(|name| key(&["certificate", name])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_left_decide() {
        use Severity::{Critical, Notice, Warning};
        for (days, failed, expiring) in [
            (None, Critical, Warning),
            (Some(45), Warning, Notice),
            (Some(15), Warning, Notice),
            (Some(14), Critical, Warning),
            (Some(4), Critical, Warning),
            (Some(3), Critical, Critical),
            (Some(0), Critical, Critical),
            (Some(-9), Critical, Critical),
        ] {
            assert_eq!((failed_severity(days), expiring_severity(days)), (failed, expiring), "{days:?}");
        }
    }

    #[test]
    fn the_best_name_makes_the_thread() {
        for (arn, cert_name, domain, thread) in [
            (Some("arn:x"), Some("shop"), Some("shop.example.com"), Some("arn:x")),
            (None, Some("shop"), Some("shop.example.com"), Some("certificate|shop")),
            (None, None, Some("shop.example.com"), Some("certificate|shop.example.com")),
            (None, None, None, None),
        ] {
            let [certificate_arn, cert_name, domain] = [arn, cert_name, domain].map(|name| name.map(str::to_owned));
            let certificate = Certificate { certificate_arn, cert_name, domain, ..Certificate::default() };
            assert_eq!(thread_key(&certificate).as_deref(), thread);
        }
    }
}
