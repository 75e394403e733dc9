//! SNS's signing certificates: where they may be, what they have to say, and those that we know.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::Refusal;
use crate::net::{Destination, Http, Rules};

/// An address of SNS's own: `https://sns.REGION.amazonaws.com/SimpleNotificationService-ID.pem`, in China with `.cn`, and not a
/// character more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CertificateUrl {
    region: String,
    /// `amazonaws.com` or `amazonaws.com.cn`
    domain: &'static str,
    path: String,
}

impl CertificateUrl {
    pub(super) fn parse(url: &str) -> Option<CertificateUrl> {
        let (host, file) = url.strip_prefix("https://sns.")?.split_once('/')?;
        let of = |domain: &'static str| Some((host.strip_suffix(domain)?.strip_suffix('.')?, domain));
        let (region, domain) = of("amazonaws.com").or_else(|| of("amazonaws.com.cn"))?;
        let id = file.strip_prefix("SimpleNotificationService-")?.strip_suffix(".pem")?;
        let is_region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let plain = !region.is_empty() && region.bytes().all(is_region) && !id.is_empty() && id.bytes().all(is_id);
        plain.then(|| CertificateUrl { region: region.to_owned(), domain, path: format!("/{file}") })
    }

    /// The names that the certificate of this address may be for: one for the world, or one of the Region's own.
    ///
    /// As AWS's own SDK has them:
    /// <https://github.com/aws/aws-sdk-java-v2/blob/master/services-custom/sns-message-manager/src/main/java/software/amazon/awssdk/messagemanager/sns/internal/SnsHostProvider.java>
    pub(super) fn names(&self) -> Vec<String> {
        let CertificateUrl { region, domain, .. } = self;
        let mut names =
            vec![format!("sns.{region}.{domain}"), format!("sns-signing.{region}.{domain}"), format!("sns-{region}.{domain}")];
        match region.split_once('-') {
            Some(("cn", _)) => {}
            Some(("us", rest)) if rest.starts_with("gov-") => names.push("sns-us-gov-west-1.amazonaws.com".to_owned()),
            _ => names.push("sns.amazonaws.com".to_owned()),
        }
        names
    }
}

/// Certificates, each fetched once.
pub(super) struct Certificates {
    http: Http,
    /// Where SNS is, if it is not where it is for everyone.
    endpoint: Option<String>,
    known: Mutex<HashMap<CertificateUrl, CertificateDer<'static>>>,
}

impl Certificates {
    pub(super) fn new(endpoint: Option<&str>) -> Certificates {
        Certificates { http: Http::default(), endpoint: endpoint.map(str::to_owned), known: Mutex::default() }
    }

    /// The certificate at `url`, if it is one of SNS's that is valid `now`.
    pub(super) async fn get(&self, url: &CertificateUrl, now: Timestamp) -> Result<CertificateDer<'static>, Refusal> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned();
        let certificate = match known {
            Some(certificate) => certificate,
            None => self.fetch(url).await?,
        };
        check(&certificate, url, now)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(url.clone(), certificate.clone());
        Ok(certificate)
    }

    async fn fetch(&self, url: &CertificateUrl) -> Result<CertificateDer<'static>, Refusal> {
        let from = self.place(url).ok_or(Refusal::Unknown("the endpoint of SNS is no address to go to"))?;
        let answer = self.http.get(&from, TIMEOUT).await;
        let answer = answer.map_err(|_| Refusal::Unknown("its certificate cannot be fetched"))?;
        match answer.status {
            200 if answer.whole => {}
            200 | 429 | 500.. => return Err(Refusal::Unknown("its certificate cannot be fetched")),
            _ => return Err(Refusal::Untrusted("its certificate is not at SNS")),
        }
        let first = CertificateDer::pem_slice_iter(answer.body.as_bytes()).next();
        first.and_then(Result::ok).ok_or(Refusal::Untrusted("its certificate is none"))
    }

    fn place(&self, url: &CertificateUrl) -> Option<Destination> {
        let CertificateUrl { region, domain, path } = url;
        // Within a VPC, SNS has a private address; its TLS certificate says whether it is SNS.
        let allow_private = ["0.0.0.0/0", "::/0"].iter().filter_map(|all| all.parse().ok()).collect();
        let rules = Rules { hosts: &[".amazonaws.com", ".amazonaws.com.cn"], allow_private, ..Rules::default() };
        match &self.endpoint {
            None => Destination::new(&format!("https://sns.{region}.{domain}{path}"), &rules).ok(),
            Some(endpoint) => {
                let host = url::Url::parse(endpoint).ok()?.host_str()?.to_owned();
                let rules = Rules { allow_hosts: vec![host], allow_insecure_loopback: true, ..rules };
                Destination::new(&format!("{}{path}", endpoint.trim_end_matches('/')), &rules).ok()
            }
        }
    }
}

/// Whether a certificate is SNS's, as far as it says so itself: SNS gives it without the one of its issuer, over TLS, from a
/// host of AWS.
fn check(certificate: &CertificateDer<'_>, url: &CertificateUrl, now: Timestamp) -> Result<(), Refusal> {
    let refuse = |why| Err(Refusal::Untrusted(why));
    let Ok(certificate) = EndEntityCert::try_from(certificate) else { return refuse("its certificate is none") };
    let names = url.names();
    let is_for = |name: &String| {
        ServerName::try_from(name.as_str()).is_ok_and(|name| certificate.verify_is_valid_for_subject_name(&name).is_ok())
    };
    if !names.iter().any(is_for) {
        return refuse("its certificate is not SNS's");
    }
    let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default()));
    // Without authorities, the issuer is what remains to be found out when all else is in order.
    match certificate.verify_for_usage(&[], &[], &[], time, KeyUsage::server_auth(), None, None) {
        Ok(_) | Err(webpki::Error::UnknownIssuer) => Ok(()),
        Err(webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. }) => {
            refuse("its certificate is not valid now")
        }
        Err(_) => refuse("its certificate is not SNS's"),
    }
}

const TIMEOUT: Duration = Duration::from_secs(5);
/// SNS has one at a time in each Region, and a new one now and then.
const MAX_KNOWN: usize = 16;
