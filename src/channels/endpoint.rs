//! What all webhooks share: an address with its rules, the POST, and the reading of a status.

use std::time::Duration;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Attempt, Fault, Outside, Parcel, Reach};
use crate::net::{Answer, Destination, Failure, Rules};
use crate::outcome::{Reason, Verdict};
use crate::secret::{Keys, Secret, SecretRef};

/// A webhook's address, and what widens where it may lead.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `url`")]
pub(super) struct Endpoint {
    /// The webhook's address: https, on port 443, at the hosts of its channel. Who has it may post, so keep it as a reference.
    #[schemars(example = &"ssm:/hikyaku/webhook")]
    pub(super) url: SecretRef,
    /// Further host names that `url` may lead to, with any port.
    #[serde(default)]
    #[schemars(example = ["chat.example.com"])]
    allow_hosts: Vec<String>,
    /// Networks that are no part of the public internet and may be reached all the same.
    #[serde(default)]
    #[schemars(example = ["10.0.0.0/8"])]
    allow_private: Vec<Network>,
    /// A private CA in PEM: a path, or `env:NAME` holding the PEM or its path.
    #[serde(default)]
    #[schemars(example = &"/etc/ssl/internal-ca.pem")]
    ca_file: Option<SecretRef>,
    /// Plain http to 127.0.0.1 or localhost, for trying out.
    #[serde(default)]
    allow_insecure_loopback: bool,
}

/// A CIDR as its text.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
struct Network(IpNet);

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Network, String> {
        text.parse().map(Network).map_err(|_| format!("`{text}` is no network such as 10.0.0.0/8"))
    }
}

impl Endpoint {
    /// Checks what can be known before the secret is.
    pub(super) fn check(&self, hosts: &'static [&'static str]) -> Result<(), Fault> {
        match &self.url {
            SecretRef::Literal(url) => Destination::new(url.reveal(), &self.rules(hosts, None))
                .map(drop)
                .map_err(|refused| Fault::new("/url", refused.to_string())),
            _ => Ok(()),
        }
    }

    pub(super) fn references(&self) -> Vec<&SecretRef> {
        std::iter::once(&self.url).chain(ca_reference(self.ca_file.as_ref())).collect()
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let literal = matches!(self.url, SecretRef::Literal(_)) && !self.allow_insecure_loopback;
        let literal =
            literal.then(|| "a webhook's address is a password; keep it as `env:`, `ssm:` or `secretsmanager:`".to_owned());
        let insecure = self.allow_insecure_loopback.then(|| "`allow_insecure_loopback` is for trying out".to_owned());
        literal.into_iter().chain(insecure).collect()
    }

    /// Posts the parcel, and has `read` classify an answer of 2xx; any other status is read here.
    pub(super) async fn post(
        &self,
        hosts: &'static [&'static str],
        parcel: &Parcel<'_>,
        headers: &[(&'static str, String)],
        outside: &Outside,
        read: fn(&Answer) -> Verdict,
    ) -> Attempt {
        let destination = match self.destination(hosts, parcel.keys) {
            Ok(destination) => destination,
            Err(problem) => {
                return Attempt::without_answer(Verdict::Rejected { reason: Reason::Secret }).because(problem);
            }
        };
        match outside.http.post(&destination, headers, parcel.payload, parcel.timeout).await {
            Ok(answer) => {
                let verdict = if (200..300).contains(&answer.status) { read(&answer) } else { by_status(&answer, parcel.now) };
                Attempt::answered(verdict, answer.status)
            }
            Err(failure) => {
                let verdict = match failure {
                    Failure::NotSent(_) => Verdict::Retry { reason: Reason::Network, after: None },
                    Failure::TimedOut | Failure::NoAnswer => Verdict::Ambiguous,
                    Failure::BadTrust => Verdict::Rejected { reason: Reason::Secret },
                };
                Attempt::without_answer(verdict).because(failure.to_string())
            }
        }
    }

    /// Whether the secret is an address that may be gone to.
    pub(super) fn address(&self, hosts: &'static [&'static str], keys: &Keys) -> Result<(), String> {
        self.destination(hosts, keys).map(drop)
    }

    /// Goes to the host, and sends nothing.
    pub(super) async fn reach(&self, hosts: &'static [&'static str], keys: &Keys, outside: &Outside, timeout: Duration) -> Reach {
        let destination = match self.destination(hosts, keys) {
            Ok(destination) => destination,
            Err(problem) => return Reach::Away(problem),
        };
        match outside.http.reach(&destination, timeout).await {
            Ok(()) => Reach::Reached("its host answers"),
            Err(failure) => Reach::Away(failure.to_string()),
        }
    }

    /// Where the secret leads, or what is wrong with it, by its reference.
    fn destination(&self, hosts: &'static [&'static str], keys: &Keys) -> Result<Destination, String> {
        let url = keys.get(&self.url).ok_or_else(|| format!("{} is not there", self.url))?;
        let ca = ca_pem(self.ca_file.as_ref(), keys).map_err(|()| "the CA file cannot be read".to_owned())?;
        Destination::new(url, &self.rules(hosts, ca)).map_err(|refused| match &self.url {
            SecretRef::SecretsManager { key: None, .. } if url.starts_with('{') => {
                format!("{} holds JSON: name the key of the address, as in `secretsmanager:ID#KEY`", self.url)
            }
            reference => format!("the address in {reference} {refused}"),
        })
    }

    fn rules(&self, hosts: &'static [&'static str], ca_pem: Option<Secret<String>>) -> Rules {
        Rules {
            hosts,
            allow_hosts: self.allow_hosts.clone(),
            allow_private: self.allow_private.iter().map(|network| network.0).collect(),
            ca_pem,
            allow_insecure_loopback: self.allow_insecure_loopback,
        }
    }
}

/// What of `ca_file` has to be resolved before it can be read: anything but a path.
pub(super) fn ca_reference(ca_file: Option<&SecretRef>) -> Option<&SecretRef> {
    ca_file.filter(|reference| !matches!(reference, SecretRef::Literal(_)))
}

/// The private CA that `ca_file` leads to, in PEM; none if there is no `ca_file`.
///
/// # Errors
/// If it leads nowhere.
pub(super) fn ca_pem(ca_file: Option<&SecretRef>, keys: &Keys) -> Result<Option<Secret<String>>, ()> {
    let Some(reference) = ca_file else { return Ok(None) };
    let value = keys.get(reference).ok_or(())?;
    if value.contains("-----BEGIN") {
        return Ok(Some(Secret::new(value.to_owned())));
    }
    std::fs::read_to_string(value).map(|pem| Some(Secret::new(pem))).map_err(drop)
}

/// What a status other than 2xx means for a webhook.
pub(super) fn by_status(answer: &Answer, now: Timestamp) -> Verdict {
    match answer.status {
        429 => Verdict::Retry { reason: Reason::RateLimited, after: retry_after(answer, now) },
        408 | 425 => Verdict::Retry { reason: Reason::Timeout, after: None },
        500.. => Verdict::Retry { reason: Reason::ServerError, after: retry_after(answer, now) },
        413 => Verdict::TooMuch,
        400 | 422 => Verdict::Malformed,
        401 | 403 | 404 | 410 => Verdict::Rejected { reason: Reason::AuthError },
        // A redirect is never followed: it would turn into a GET, and a page that answers 200 into a false success.
        _ => Verdict::Rejected { reason: Reason::ClientError },
    }
}

/// How long to wait: the header's seconds or date, else Slack's `retry_after` in the body.
fn retry_after(answer: &Answer, now: Timestamp) -> Option<Duration> {
    let seconds = |text: &str| text.trim().parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    let date = |text: &str| {
        let at = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()?;
        Some((at.as_second() - now.as_second()).max(0) as f64)
    };
    let header = answer.retry_after.as_deref().and_then(|text| seconds(text).or_else(|| date(text)));
    let body = || serde_json::from_str::<serde_json::Value>(&answer.body).ok()?.get("retry_after")?.as_f64();
    let wait = header.or_else(body).filter(|seconds| *seconds >= 0.0)?;
    Duration::try_from_secs_f64(wait).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn f06_an_answer_says_how_long_to_wait() {
        let now = "2026-11-21T07:30:00Z".parse().unwrap();
        for (header, body, wait) in [
            (Some("2"), "", Some(2.0)),
            (Some("0.5"), "", Some(0.5)),
            (Some("Sat, 21 Nov 2026 07:30:09 GMT"), "", Some(9.0)),
            (Some("Sat, 21 Nov 2026 07:00:00 GMT"), "", Some(0.0)),
            (None, r#"{"retry_after":3,"ok":false}"#, Some(3.0)),
            (Some("-1"), "", None),
            (Some("abc"), "not json", None),
            (Some("1e300"), "", None),
            (None, "", None),
        ] {
            let answer = Answer { status: 429, retry_after: header.map(str::to_owned), body: body.to_owned(), whole: true };
            assert_eq!(retry_after(&answer, now), wait.map(Duration::from_secs_f64), "{header:?} {body}");
        }
    }
}
