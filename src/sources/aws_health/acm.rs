//! ACM's renewals inside AWS Health: English prose turned into typed values.
//!
//! One event type code stands for a renewal that went well, one that waits for somebody and one that came too late;
//! `actionability` and the wording tell them apart
//! (<https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html>).

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use super::super::certificate::{standing, thread_key};
use super::super::{console, read};
use super::{link, page};
use crate::notification::{
    Certificate, Data, Field, FieldValue, Health, Kind, Label, Link, LinkTo, ManagedBy, NAMED_DOMAINS, Notification, Prose,
};

/// Whether it is ACM's: by its service, or by prose that names a certificate.
pub(super) fn is_about_certificates(health: &Health, description: &[Prose]) -> bool {
    let prose = english(description);
    health.service.as_deref() == Some("ACM") || prose.contains("AWS Certificate Manager") && prose.contains(ARN_LABEL)
}

pub(super) fn fill(notification: &mut Notification, health: Health, organization: bool) {
    let prose = english(&notification.description).to_owned();
    let mut certificate = read_prose(&prose, &notification.resources);
    certificate.days_left = certificate.expires_at.zip(notification.occurred_at).map(|(end, now)| read::days_between(now, end));
    certificate.managed_by = Some(ManagedBy::Aws);
    let outcome = outcome(&prose, &health, &certificate);
    if outcome == Outcome::Failed && certificate.reason.is_none() {
        certificate.reason = reason(&prose, &health);
    }
    notification.kind = match outcome {
        Outcome::Renewed => Kind::CertificateRenewed,
        Outcome::Expired => Kind::CertificateExpired,
        Outcome::Failed => Kind::CertificateRenewalFailed,
        Outcome::NotSaid => Kind::CertificateExpiring,
    };
    (notification.status, notification.severity) = standing(notification.kind, &certificate);
    notification.fields = fields(&certificate, &health);
    let page = certificate.certificate_arn.as_deref().and_then(console::certificate);
    let page = page.map(|url| Link { to: LinkTo::Certificate, url });
    notification.links.extend(page.or_else(|| link(&health, organization)));
    if let Some(thread) = thread_key(&certificate) {
        notification.thread_key = thread;
    }
    certificate.health = Some(health);
    notification.data = Data::Certificate(Box::new(certificate));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Renewed,
    Failed,
    Expired,
    /// Neither way: somebody should look.
    NotSaid,
}

fn outcome(prose: &str, health: &Health, certificate: &Certificate) -> Outcome {
    let prose = prose.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| prose.contains(word));
    let renewed = says(&["has completed the renewal", "has been renewed", "was renewed successfully"]);
    // A date counts for more than words, which may stand in an announcement that is about no certificate of the account.
    let is_announced = health.actionability.as_deref() == Some("INFORMATIONAL");
    let is_over = certificate.days_left.map_or_else(|| !is_announced && says_expired(&prose), |days| days < 0);
    let code = health.event_type_code.as_deref().unwrap_or_default();
    if !renewed && is_over {
        Outcome::Expired
    } else if health.actionability.as_deref() == Some("ACTION_REQUIRED")
        || code.contains("FAILURE")
        || !renewed && says(&["unable to renew", "must take action", "require validation", "could not be renewed"])
    {
        Outcome::Failed
    } else if renewed {
        Outcome::Renewed
    } else {
        Outcome::NotSaid
    }
}

/// Whether a sentence of the prose, in small letters, says that the end has come. What is to be done once a certificate has
/// expired, or with those that have, says nothing of this one.
fn says_expired(prose: &str) -> bool {
    const SAID: &[&str] = &["has expired", "have expired", "expired on "];
    const OPEN: &[&str] = &["if", "once", "when", "whenever", "until", "unless", "after", "before", "any", "whether"];
    let says = |sentence: &str| {
        let Some(at) = SAID.iter().filter_map(|said| sentence.find(said)).min() else { return false };
        let before: Vec<&str> = sentence.get(..at).unwrap_or_default().split_whitespace().collect();
        let is_those = matches!(before.last(), Some(&("that" | "which")));
        !is_those && !before.iter().any(|word| OPEN.contains(word))
    };
    // A domain has points too.
    prose.lines().flat_map(|line| line.split(". ")).any(says)
}

/// Everything that ACM's prose says in a fixed form.
fn read_prose(prose: &str, resources: &[String]) -> Certificate {
    const BLANK: [char; 3] = [' ', '\n', '\t'];
    let named = |before| read::between(prose, before, &BLANK).map(|name| name.trim_end_matches([',', '.']).to_owned());
    let domain = named("primary domain ").and_then(|name| read::domain(&name));
    let unvalidated = validation_list(prose);
    let mut domains = unvalidated.clone();
    if let Some(domain) = &domain
        && !domains.contains(domain)
    {
        domains.insert(0, domain.clone());
    }
    let count = prose.split_once("a total of ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    let arn = named(ARN_LABEL).filter(|arn| arn.starts_with("arn:"));
    let arn = arn.or_else(|| resources.iter().find(|resource| is_certificate(resource)).cloned());
    Certificate {
        domain: domain.or_else(|| domains.first().cloned()),
        domain_count: count,
        certificate_arn: arn,
        expires_at: expiry(prose),
        reason: read::between(prose, "Reason: ", &BLANK).filter(|reason| is_code(reason)).map(str::to_owned),
        validation_method: validation_method(prose).map(str::to_owned),
        domains,
        unvalidated,
        ..Certificate::default()
    }
}

/// Why it failed, where no `Reason:` says so.
fn reason(prose: &str, health: &Health) -> Option<String> {
    let is_caa = health.event_type_code.as_deref().is_some_and(|code| code.contains("CAA"));
    // The word alone says nothing: the address to complain to begins with it.
    let is_pending = || validation_method(prose).is_some() || prose.to_ascii_lowercase().contains("require validation");
    let reason = if is_caa { Some("CAA_ERROR") } else { is_pending().then_some(PENDING) };
    reason.map(str::to_owned)
}

/// How the domains are validated: the method that is named first; what comes after may be advice to change it.
fn validation_method(prose: &str) -> Option<&'static str> {
    const METHODS: &[(&str, &str)] = &[("dns validation", "DNS"), ("email validation", "EMAIL")];
    let prose = prose.to_ascii_lowercase();
    let named = METHODS.iter().filter_map(|(words, method)| Some((prose.find(words)?, *method)));
    named.min().map(|(_, method)| method)
}

/// The domains in the lines after "… require validation:".
fn validation_list(prose: &str) -> Vec<String> {
    let Some((_, list)) = prose.split_once("require validation:") else { return Vec::new() };
    let lines = list.lines().map(str::trim).skip_while(|line| line.is_empty());
    lines.map_while(|line| read::domain(line.trim_start_matches(['-', ' ']))).collect()
}

/// When the certificate ends: the new one where there is one, else the present one.
fn expiry(prose: &str) -> Option<Timestamp> {
    let date = |before| {
        let found = prose.split_once(before)?.1.trim_start();
        let parsed = |format| BrokenDownTime::parse_prefix(format, found).ok().map(|(parsed, _)| parsed);
        let time = parsed("%b %d, %Y at %H:%M:%S").and_then(|parsed| parsed.to_datetime().ok());
        // Where only the day is told, it is the last one.
        let last = || Some(parsed("%b %d, %Y")?.to_date().ok()?.at(23, 59, 59, 0));
        Some(time.or_else(last)?.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    date("certificate expires on ").or_else(|| date("expires on ")).or_else(|| date("expired on "))
}

fn fields(certificate: &Certificate, health: &Health) -> Vec<Field> {
    let mut fields = Vec::new();
    let rest = certificate.unvalidated.iter().skip(NAMED_DOMAINS);
    let domains: Vec<String> = match certificate.reason.as_deref() {
        // What to do names the first of those that wait for validation.
        Some(PENDING) => rest.cloned().collect(),
        _ if certificate.domains.len() > 1 => certificate.domains.clone(),
        _ => Vec::new(),
    };
    if !domains.is_empty() {
        fields.push(Field::new(Label::Domains, FieldValue::List(domains)));
    }
    fields.extend(page(health));
    fields
}

/// The English text, which is the one whose wording is known, else the first.
fn english(description: &[Prose]) -> &str {
    let english = description.iter().find(|prose| prose.language.as_deref().is_some_and(|tag| tag.starts_with("en")));
    english.or(description.first()).map(|prose| prose.text.as_str()).unwrap_or_default()
}

fn is_certificate(arn: &str) -> bool {
    arn.starts_with("arn:") && arn.contains(":acm:") && arn.contains(":certificate/")
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

const PENDING: &str = "PENDING_DOMAIN_VALIDATION";
const ARN_LABEL: &str = "Certificate identifier: ";
