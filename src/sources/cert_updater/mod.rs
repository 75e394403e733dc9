//! Certificate updaters: shogo82148/acme-cert-updater over SNS, cohalz/CertUpdater through Lambda destinations, certbot's
//! printed output, and a cron job's mail.
//!
//! <https://github.com/shogo82148/acme-cert-updater>, <https://github.com/cohalz/CertUpdater>,
//! <https://eff-certbot.readthedocs.io/en/stable/using.html#renewing-certificates>. None of them says when the present
//! certificate ends.

use jiff::Timestamp;
use serde_json::Value;

use super::{certificate, from_envelope, read};
use crate::ingress::{Body, Envelope, Invocation};
use crate::notification::{
    Certificate, Data, Field, FieldValue, Kind, Label, ManagedBy, Notification, Prose, Severity, Status, key,
};
use crate::text::first_line;

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    match &envelope.body {
        Body::Json(value) => {
            acme_message(envelope, value).or_else(|| acme_pointer(envelope, value)).or_else(|| deploy_hook(envelope, value))
        }
        Body::Invocation(invocation) => certupdater(envelope, invocation),
        Body::Text(text) => acme_mail(envelope, text).or_else(|| certbot(envelope, text)).or_else(|| cron_mail(envelope, text)),
        Body::Event(_) => None,
    }
}

/// acme-cert-updater's message: `type` is `renewed` or `failed`; a failure has neither a time nor a cause.
fn acme_message(envelope: &Envelope, value: &Value) -> Option<Notification> {
    let renewed = match read::text(value, "type")? {
        "renewed" => true,
        "failed" => false,
        _ => return None,
    };
    let domains = read::strings(value, "domains");
    let cert_name = read::string(value, "cert_name");
    let domain = read::string(value, "domain").or_else(|| domains.first().cloned());
    if cert_name.is_none() && (domain.is_none() || read::text(value, "bucket").is_none()) {
        return None;
    }
    let certificate = Certificate {
        domain,
        domains,
        cert_name,
        bucket: read::string(value, "bucket"),
        key: read::string(value, "key"),
        ..Certificate::default()
    };
    Some(acme(envelope, renewed, certificate, read::time(value, "timestamp")))
}

/// What acme-cert-updater tells, as JSON or as a mail.
fn acme(envelope: &Envelope, renewed: bool, certificate: Certificate, time: Option<Timestamp>) -> Notification {
    let name = certificate.cert_name.clone().or_else(|| certificate.domain.clone());
    let mut notification = notification(envelope, "acme-cert-updater", renewed, certificate);
    notification.occurred_at = time.or(envelope.time);
    let (what, when) = match renewed {
        true => ("renewed", time.map(|time| time.to_string())),
        // It repeats until it is mended, up to twice a day: it counts once a day.
        false => ("failed", envelope.time.or(time).map(|time| time.strftime("%Y-%m-%d").to_string())),
    };
    if let Some((name, when)) = name.zip(when) {
        notification.dedup_key = key(&["acme-cert-updater", &name, what, &when]);
    }
    notification
}

/// The object that acme-cert-updater keeps in S3, handed over by mistake: it holds account keys, of which nothing is told.
fn acme_pointer(envelope: &Envelope, value: &Value) -> Option<Notification> {
    let name = read::string(value, "cert_name").or_else(|| read::string(value, "domain"))?;
    if !value.get("config")?.is_object() || !value.get("cert")?.is_object() {
        return None;
    }
    let mut notification = from_envelope(envelope, Kind::Text, Status::Info, Severity::Info);
    notification.occurred_at = read::time(value, "timestamp").or(envelope.time);
    notification.subject = Some(name);
    Some(notification)
}

/// acme-cert-updater's text for mail.
fn acme_mail(envelope: &Envelope, text: &str) -> Option<Notification> {
    if !first_line(text)?.starts_with("Notification from acme-cert-updater") {
        return None;
    }
    let renewed = !text.contains("renewal is failed");
    let value = |key: &str| text.lines().find_map(|line| line.trim().trim_start_matches("- ").strip_prefix(key)).map(str::trim);
    let domains: Vec<String> = value("domains:").unwrap_or_default().split(',').map(str::trim).map(str::to_owned).collect();
    let error = text.split_once("Exception:").and_then(|(_, trace)| trace.lines().map(str::trim).rfind(|line| !line.is_empty()));
    let certificate = Certificate {
        domain: domains.first().filter(|domain| !domain.is_empty()).cloned(),
        domains: domains.into_iter().filter(|domain| !domain.is_empty()).collect(),
        cert_name: value("cert_name:").map(str::to_owned),
        bucket: value("bucket:").map(str::to_owned),
        key: value("object key:").map(str::to_owned),
        error: error.map(str::to_owned),
        ..Certificate::default()
    };
    Some(acme(envelope, renewed, certificate, None))
}

/// CertUpdater's invocation: its answer is a text, or the exception that it ended with.
fn certupdater(envelope: &Envelope, invocation: &Invocation) -> Option<Notification> {
    let domains = read::strings(&invocation.request, "domains");
    let bucket = read::string(&invocation.request, "bucket");
    let answer = invocation.response.as_str().or_else(|| read::text(&invocation.response, "errorMessage"));
    let known = !domains.is_empty() && invocation.request.get("is_production").is_some()
        || answer.is_some_and(|answer| answer.starts_with("Finished uploading to S3") || answer.starts_with("[failed]"));
    if !known {
        return None;
    }
    let renewed = invocation.succeeded;
    let error = answer.filter(|_| !renewed).map(|answer| answer.trim_start_matches("[failed]").trim().to_owned());
    let certificate = Certificate { domain: domains.first().cloned(), domains, bucket, error, ..Certificate::default() };
    let mut notification = notification(envelope, "certupdater", renewed, certificate);
    (notification.region, notification.account) = read::arn_place(&invocation.function_arn);
    Some(notification)
}

/// certbot's output: a line per certificate, `/etc/letsencrypt/live/NAME/fullchain.pem (success)`.
fn certbot(envelope: &Envelope, text: &str) -> Option<Notification> {
    // A dry run renews nothing; certbot calls it the one or, until 2020, the other.
    if ["simulated renewal", "** DRY RUN"].iter().any(|words| text.contains(words)) {
        return None;
    }
    let ended = |how: &str| -> Vec<String> {
        let path = |line: &str| line.trim().strip_suffix(how).map(str::trim).and_then(lineage);
        text.lines().filter_map(path).collect()
    };
    let (failed, renewed) = (ended("(failure)"), ended("(success)"));
    let counted =
        text.lines().any(|line| line.contains(" renew failure(s)") && !line.trim().starts_with("0 renew failure(s), 0 parse"));
    let some_failed = !failed.is_empty() || counted;
    if !some_failed && renewed.is_empty() {
        return None;
    }
    let names = if some_failed { failed } else { renewed };
    let mut notification = notification(envelope, "certbot", !some_failed, of_names(names));
    if some_failed {
        notification
            .description
            .push(Prose::plain(text.lines().filter(|line| !is_rule(line)).collect::<Vec<_>>().join("\n").trim()));
    }
    Some(notification)
}

/// The environment that certbot gives to a deploy hook or a post hook, as JSON.
fn deploy_hook(envelope: &Envelope, value: &Value) -> Option<Notification> {
    let list = |key| read::text(value, key).map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let failed = list("FAILED_DOMAINS").filter(|failed| !failed.is_empty());
    let renewed = failed.is_none();
    let domains = failed.or_else(|| list("RENEWED_DOMAINS"))?;
    let lineage = read::text(value, "RENEWED_LINEAGE").filter(|_| renewed);
    let name = lineage.and_then(|path| path.rsplit('/').find(|name| !name.is_empty()));
    let certificate =
        Certificate { domain: domains.first().cloned(), domains, cert_name: name.map(str::to_owned), ..Certificate::default() };
    Some(notification(envelope, "certbot", renewed, certificate))
}

/// The mail of a host that renews by cron and writes on failure: `Update SSL Cert in HOST`, `Update SSL Cert failed`.
fn cron_mail(envelope: &Envelope, text: &str) -> Option<Notification> {
    let headed = text.lines().find_map(|line| line.trim().strip_prefix("Subject:")).map(str::trim);
    let subject = envelope.subject.as_deref().or(headed)?;
    let host = subject.strip_prefix("Update SSL Cert in ").map(str::trim).filter(|host| !host.is_empty())?;
    if !text.lines().any(|line| line.trim().starts_with("Update SSL Cert failed")) {
        return None;
    }
    let certificate = Certificate { cert_name: Some(host.to_owned()), ..Certificate::default() };
    let mut notification = notification(envelope, envelope.carrier(), false, certificate);
    notification.description.push(Prose::plain(text.trim()));
    Some(notification)
}

/// What all updaters tell: it went well, or it did not, and nobody knows how many days are left.
fn notification(envelope: &Envelope, source: &str, renewed: bool, mut certificate: Certificate) -> Notification {
    let kind = if renewed { Kind::CertificateRenewed } else { Kind::CertificateRenewalFailed };
    certificate.managed_by = Some(ManagedBy::Acme);
    let (status, severity) = certificate::standing(kind, &certificate);
    let mut notification = from_envelope(envelope, kind, status, severity);
    notification.source = source.to_owned();
    notification.thread_key = certificate::thread_key(&certificate).unwrap_or(notification.thread_key);
    notification.fields = fields(&certificate);
    notification.data = Data::Certificate(Box::new(certificate));
    notification
}

/// What an updater or a checker tells of a certificate beside its name and its end.
pub(super) fn fields(certificate: &Certificate) -> Vec<Field> {
    let domains = (certificate.domains.len() > 1).then(|| FieldValue::List(certificate.domains.clone()));
    let object = certificate.bucket.as_ref().map(|bucket| match &certificate.key {
        Some(key) => format!("s3://{bucket}/{key}"),
        None => format!("s3://{bucket}"),
    });
    let error = Field::text(Label::Error, certificate.error.as_deref());
    let domains = domains.map(|domains| Field::new(Label::Domains, domains));
    [error, domains, Field::code(Label::Object, object.as_deref())].into_iter().flatten().collect()
}

/// Certificates known by their certbot names alone.
fn of_names(names: Vec<String>) -> Certificate {
    let domain = names.first().and_then(|name| read::domain(domain_of(name)));
    let cert_name = names.first().cloned();
    let domains = if names.len() > 1 { names } else { Vec::new() };
    Certificate { domain, cert_name, domains, ..Certificate::default() }
}

/// The domain in a certbot name: a second certificate of a domain is called `DOMAIN-0001`.
fn domain_of(name: &str) -> &str {
    let is_number = |number: &str| number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    name.rsplit_once('-').filter(|(_, number)| is_number(number)).map_or(name, |(domain, _)| domain)
}

/// The name in `/etc/letsencrypt/live/NAME/fullchain.pem`.
fn lineage(path: &str) -> Option<String> {
    let (rest, _) = path.split_once("/fullchain.pem")?;
    rest.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// A ruler of dashes.
fn is_rule(line: &str) -> bool {
    line.contains('-') && line.chars().all(|char| matches!(char, '-' | ' '))
}

#[cfg(test)]
mod tests;
