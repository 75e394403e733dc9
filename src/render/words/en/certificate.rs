//! Certificates: what became of them, by when, and what to do.

use super::En;
use crate::notification::{Certificate, Kind, ManagedBy, Notification};
use crate::render::times::Times;
use crate::render::words::{Words, certificate_name, domains_to_mend, named};
use crate::text::humanise;
use crate::text::rich::code;

pub(super) fn headline(notification: &Notification, certificate: &Certificate) -> String {
    let (name, others) = certificate_name(notification);
    let more = if others > 0 { format!(" (+{others})") } else { String::new() };
    let what = match notification.kind {
        Kind::CertificateRenewed => "Certificate renewed".to_owned(),
        Kind::CertificateIssued => match certificate.action.as_deref() {
            Some("IMPORT") => "Certificate imported".to_owned(),
            Some("REIMPORT") => "Certificate imported again".to_owned(),
            _ => "Certificate issued".to_owned(),
        },
        Kind::CertificateRenewalFailed if certificate.managed_by == Some(ManagedBy::Acme) => {
            "Certificate renewal failed".to_owned()
        }
        Kind::CertificateRenewalFailed => "Certificate renewal needs you".to_owned(),
        Kind::CertificateExpired => "Certificate expired".to_owned(),
        Kind::CertificateRevoked => "Certificate revoked".to_owned(),
        Kind::CertificateCheckFailed => "Certificate could not be checked".to_owned(),
        _ => match certificate.days_left {
            Some(0) => "Certificate expires today".to_owned(),
            Some(days @ 1..) => format!("Certificate expires in {}", in_days(days)),
            Some(days) => format!("Certificate expired {} ago", in_days(days)),
            // ACM itself may be what it is about.
            None if name.is_none() => "AWS wrote about certificates".to_owned(),
            None => "Look at this certificate".to_owned(),
        },
    };
    named(&what, name.as_deref(), &more)
}

pub(super) fn summary(notification: &Notification, certificate: &Certificate, times: &Times) -> Option<String> {
    let date = certificate.expires_at.map(|time| times.date(time));
    let on = date.as_ref().map(|date| format!(" ({date})")).unwrap_or_default();
    let renewer = match certificate.managed_by {
        Some(ManagedBy::Aws) => " ACM renews it by itself, if its domains still validate.",
        Some(ManagedBy::Acme) => " Its ACME client should renew it before then.",
        Some(ManagedBy::Customer) => " Nobody renews it by itself.",
        None => "",
    };
    let then = match certificate.days_left {
        _ if certificate.in_use == Some(false) => "Nothing uses it.",
        Some(..0) => "Clients see errors now.",
        _ => "Clients will see errors after that.",
    };
    Some(match (notification.kind, certificate.days_left) {
        (Kind::CertificateRenewed | Kind::CertificateIssued, _) => format!("Valid until {}.", date?),
        (Kind::CertificateRenewalFailed, Some(days)) => format!("{} {then}", ends(days, &on)),
        (Kind::CertificateRenewalFailed, None) => "How long the present certificate still lasts is not known.".to_owned(),
        (Kind::CertificateExpiring, Some(_)) => {
            let when = date.map(|date| format!("Its last day is {date}. ")).unwrap_or_default();
            format!("{when}{then}{renewer}")
        }
        (Kind::CertificateExpiring, None) if certificate.health.is_some() => "AWS does not say how a renewal went.".to_owned(),
        (Kind::CertificateExpired, _) if certificate.in_use == Some(false) => format!("It ran out{on}; nothing uses it."),
        (Kind::CertificateExpired, _) => format!("It ran out{on}. Clients see errors now."),
        (Kind::CertificateRevoked, _) => match &certificate.reason {
            Some(reason) => format!("Its issuer withdrew it: {}. Clients that check refuse it.", humanise(reason, "")),
            None => "Its issuer withdrew it. Clients that check refuse it.".to_owned(),
        },
        _ => return None,
    })
}

/// When a certificate ends; `on` is the date, if known.
fn ends(days: i64, on: &str) -> String {
    match days {
        0 => format!("Expires today{on}."),
        1.. => format!("Expires in {}{on}.", in_days(days)),
        _ => format!("Ran out {} ago{on}.", in_days(days)),
    }
}

/// A number of days, to come or past.
fn in_days(days: i64) -> String {
    match days.unsigned_abs() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

pub(super) fn action(kind: Kind, certificate: &Certificate) -> Option<String> {
    match kind {
        Kind::CertificateRenewalFailed if certificate.managed_by == Some(ManagedBy::Acme) => {
            Some("Read the updater's log, mend the cause and run it again.".to_owned())
        }
        Kind::CertificateRenewalFailed => renewal_action(certificate),
        Kind::CertificateExpiring if certificate.managed_by == Some(ManagedBy::Customer) => {
            Some("Import a new certificate before then.".to_owned())
        }
        Kind::CertificateExpiring if certificate.days_left.is_none() => Some(LOOK.to_owned()),
        Kind::CertificateExpired if certificate.in_use != Some(false) => {
            Some("Issue or import a new one and put it in its place.".to_owned())
        }
        Kind::CertificateRevoked => Some("Issue a new one and put it in its place.".to_owned()),
        _ => None,
    }
}

const LOOK: &str = "Open it and look at its renewal status.";

/// What mends each of ACM's reasons: <https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html>
fn renewal_action(certificate: &Certificate) -> Option<String> {
    let (domains, more) = domains_to_mend(certificate);
    let of = if domains.is_empty() { String::new() } else { format!(" of {}", En.list(&domains, more)) };
    let reason = certificate.reason.as_deref().unwrap_or_default();
    Some(match reason {
        "PENDING_DOMAIN_VALIDATION" if certificate.validation_method.as_deref() == Some("EMAIL") => {
            format!("Approve the validation mail that ACM sent to the contacts{of}.")
        }
        "PENDING_DOMAIN_VALIDATION" => format!("Put ACM's validation CNAME{of} back into DNS."),
        "CAA_ERROR" => format!("Let {} issue in the CAA records{of}.", code("amazon.com")),
        "NO_AVAILABLE_CONTACTS" => format!("ACM found no contact{of} to write to: validate by DNS instead."),
        "ADDITIONAL_VERIFICATION_REQUIRED" => "AWS asks for more proof: open a case with AWS Support.".to_owned(),
        "DOMAIN_NOT_ALLOWED" => "The domain is on a list of unsafe ones: have it taken off, then open a case.".to_owned(),
        "INVALID_PUBLIC_DOMAIN" => "One of the names is no valid public domain: request a certificate without it.".to_owned(),
        "DOMAIN_VALIDATION_DENIED" => "Somebody refused the validation: ask the domain's owner, then request it anew.".to_owned(),
        "SLR_NOT_FOUND" => "Create ACM's service-linked role again.".to_owned(),
        "PCA_ACCESS_DENIED" => format!("Let ACM ({}) use the private CA again.", code("acm.amazonaws.com")),
        "PCA_INVALID_STATE" => "Set the private CA active again.".to_owned(),
        "PCA_RESOURCE_NOT_FOUND" => "The private CA is gone: issue the certificate from another one.".to_owned(),
        "OTHER" => LOOK.to_owned(),
        "" => return None,
        other => format!("Look into the cause: {}.", humanise(other, "")),
    })
}
