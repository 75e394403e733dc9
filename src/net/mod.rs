//! The way out: the only place that knows `reqwest`. No redirects, no proxies, no cookies, nothing unpacked, no pooled
//! connection that a frozen function could find dead, and errors that hold no address.
//!
//! [`Http`] goes where the rules of a receiver allow and reads no more than a bounded answer; [`Service`] is what the AWS clients
//! go by.

mod destination;
mod failure;
mod service;

pub use destination::{Destination, Refused, Rules};
pub use failure::{Failure, why};
pub use service::Service;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use failure::Unreachable;

/// HTTP clients, each built when it is first needed.
#[derive(Default)]
pub struct Http {
    clients: Mutex<HashMap<Rules, reqwest::Client>>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The `Retry-After` header, as received.
    pub retry_after: Option<String>,
    /// At most 16 KiB; it may hold anything, our own address included: classify by it, never print it.
    pub body: String,
    /// Whether the body came to its end, or to as much as is read.
    pub whole: bool,
}

impl Http {
    /// Posts `body` as JSON with `headers`, and reads the answer, all within `timeout`.
    ///
    /// # Errors
    /// If there is no whole answer; see [`Failure`].
    pub async fn post(
        &self,
        to: &Destination,
        headers: &[(&'static str, String)],
        body: &str,
        timeout: Duration,
    ) -> Result<Answer, Failure> {
        let client = self.client(to.rules())?;
        let mut request = client.post(to.url().clone()).header("content-type", "application/json").body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        Http::answer(request.timeout(timeout)).await
    }

    /// Gets what is at `from`, all within `timeout`.
    ///
    /// # Errors
    /// If there is no answer; see [`Failure`].
    pub async fn get(&self, from: &Destination, timeout: Duration) -> Result<Answer, Failure> {
        Http::answer(self.client(from.rules())?.get(from.url().clone()).timeout(timeout)).await
    }

    /// Whether the host of `to` answers at all, over the connection that a message would take; its address stays with us.
    ///
    /// # Errors
    /// If there is no answer; see [`Failure`].
    pub async fn reach(&self, to: &Destination, timeout: Duration) -> Result<(), Failure> {
        let mut host = to.url().clone();
        host.set_path("/");
        host.set_query(None);
        host.set_fragment(None);
        let request = self.client(to.rules())?.head(host).timeout(timeout);
        request.send().await.map(drop).map_err(|error| Failure::of(&error))
    }

    async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
        let mut response = request.send().await.map_err(|error| Failure::of(&error))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (mut body, mut whole) = (Vec::new(), true);
        while body.len() < MAX_ANSWER_BYTES {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        body.truncate(MAX_ANSWER_BYTES);
        Ok(Answer { status, retry_after, body: String::from_utf8_lossy(&body).into_owned(), whole })
    }

    fn client(&self, rules: &Rules) -> Result<reqwest::Client, Failure> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(rules) {
            return Ok(client.clone());
        }
        let client = build(rules).ok_or(Failure::BadTrust)?;
        clients.insert(rules.clone(), client.clone());
        Ok(client)
    }
}

/// Makes ring the process's TLS provider, so that no library asks for another. Call it once, first thing.
pub fn install_tls() {
    // A second call finds the first one's provider in place, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn build(rules: &Rules) -> Option<reqwest::Client> {
    client(rules.ca_pem())?.dns_resolver(Arc::new(Allowed(rules.clone()))).build().ok()
}

/// A client that trusts the public authorities, and the one whose certificate is `ca_pem`; none if that is no certificate.
fn client(ca_pem: Option<&str>) -> Option<reqwest::ClientBuilder> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = ca_pem {
        let certificates = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>().ok()?;
        if certificates.is_empty() {
            return None;
        }
        roots.add_parsable_certificates(certificates);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        // A connection that was kept over a freeze of the function is dead more often than not.
        .pool_max_idle_per_host(0)
        // No request is open for long enough to need them, and each is a call of the system for every connection.
        .tcp_keepalive(None)
        .tcp_keepalive_interval(None)
        .tcp_keepalive_retries(None)
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("hikyaku/", env!("CARGO_PKG_VERSION")));
    Some(client)
}

/// Resolves names to the addresses that the rules allow, at the time of connecting: a name that changes its address in
/// between gains nothing.
struct Allowed(Rules);

impl Resolve for Allowed {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Unreachable("the host has no address"))?;
            let allowed: Vec<SocketAddr> = found.filter(|address| rules.allows_address(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Unreachable("the host has no public address, and `allow_private` allows none of those it has").into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is of the public internet.
///
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            let special = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19));
            !special
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public(IpAddr::V4(mapped)),
            // Only 2000::/3 is global unicast; 6to4, NAT64 and the documentation's prefixes embed or mean others.
            None => {
                let [first, second, ..] = address.segments();
                first & 0xe000 == 0x2000 && first != 0x2002 && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
            }
        },
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_ANSWER_BYTES: usize = 16 * 1024;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("2606:4700::1111", true),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
