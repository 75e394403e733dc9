//! Where a message may go: https, port 443, the hosts of the channel's kind, and what its receiver widens.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

use super::is_public;
use crate::secret::Secret;

/// What a receiver allows beyond its channel's hosts.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Rules {
    /// The hosts of the channel's kind, `.x.example` for all below `x.example`; empty if any public host will do.
    pub hosts: &'static [&'static str],
    /// Further host names, with any port.
    pub allow_hosts: Vec<String>,
    /// Networks that are no part of the public internet.
    pub allow_private: Vec<IpNet>,
    /// The certificate of a private CA, in PEM.
    pub ca_pem: Option<Secret<String>>,
    /// Plain http to this machine, for trying out.
    pub allow_insecure_loopback: bool,
}

/// An address that the rules allow.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination {
    url: Url,
    rules: Rules,
}

/// Why an address is not allowed. It names the rule, and of the address at most its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl Rules {
    pub(super) fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_ref().map(|pem| pem.reveal().as_str())
    }

    /// Whether a connection to `address` may be made, whatever name it was found by.
    pub(super) fn allows_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address)
            || self.allow_private.iter().any(|network| network.contains(&address))
            || self.allow_insecure_loopback && address.is_loopback()
    }
}

impl Destination {
    /// Checks `url` against `rules`.
    ///
    /// # Errors
    /// If it is no web address, holds user information, or leads to a scheme, host or port that the rules do not allow.
    pub fn new(url: &str, rules: &Rules) -> Result<Destination, Refused> {
        let refuse = |problem: String| Err(Refused(problem));
        let url = url.trim();
        // A parser takes line breaks out, and makes one address of two lines.
        if url.contains(|char: char| char.is_control() || char == ' ') {
            return refuse("is no URL: it holds blanks or line breaks".to_owned());
        }
        let Ok(mut url) = Url::parse(url) else { return refuse("is no URL".to_owned()) };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("must hold no user name or password".to_owned());
        }
        let Some(host) = url.host_str().map(|host| host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()) else {
            return refuse("has no host".to_owned());
        };
        if host.is_empty() || host.ends_with('.') || host.contains("..") {
            return refuse("has no host".to_owned());
        }
        let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let loopback = host == "localhost" || literal.is_some_and(|address| address.is_loopback());
        if rules.allow_insecure_loopback && loopback {
            return Ok(Destination { url, rules: rules.clone() });
        }
        if url.scheme() != "https" {
            return refuse("must begin with https://".to_owned());
        }
        let widened = rules.allow_hosts.iter().any(|allowed| allowed.trim_end_matches('.').eq_ignore_ascii_case(&host));
        if url.port_or_known_default() != Some(443) && !widened {
            return refuse("must use port 443; `allow_hosts` can allow the host with any port".to_owned());
        }
        if !widened && !rules.hosts.is_empty() && !rules.hosts.iter().any(|allowed| is_of(&host, allowed)) {
            let shown =
                rules.hosts.iter().map(|host| if host.starts_with('.') { format!("*{host}") } else { (*host).to_owned() });
            let hosts = shown.collect::<Vec<_>>().join("` or `");
            return refuse(format!("leads to `{host}`, not to `{hosts}`; `allow_hosts` can allow it"));
        }
        if literal.is_some_and(|address| !rules.allows_address(address)) {
            return refuse(format!("leads to `{host}`, no public address; `allow_private` can allow its network"));
        }
        if literal.is_none()
            && !widened
            && (loopback || !host.contains('.') || host.ends_with(".internal") || host.ends_with(".local"))
        {
            return refuse(format!("leads to `{host}`, no public host; `allow_hosts` and `allow_private` can allow it"));
        }
        if literal.is_none() && url.set_host(Some(&host)).is_err() {
            return refuse("has no host".to_owned());
        }
        Ok(Destination { url, rules: rules.clone() })
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }
}

/// Whether `host` is `allowed`, or below it where that begins with a dot.
fn is_of(host: &str, allowed: &str) -> bool {
    if allowed.starts_with('.') { host.len() > allowed.len() && host.ends_with(allowed) } else { host == allowed }
}

/// An address is a password: only its host is shown.
impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/…", self.url.host_str().unwrap_or_default())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    const SLACK: Rules = Rules {
        hosts: &["hooks.slack.com"],
        allow_hosts: Vec::new(),
        allow_private: Vec::new(),
        ca_pem: None,
        allow_insecure_loopback: false,
    };

    #[test]
    fn an_address_is_held_to_its_channels_host() {
        for (url, problem) in [
            ("https://hooks.slack.com/services/CANARY", None),
            ("https://hooks.slack.com./services/CANARY", None),
            ("https://HOOKS.slack.com:443/services/CANARY", None),
            ("https://ｈooks.slack.com/services/CANARY", None),
            (" https://hooks.slack.com/services/CANARY\n", None),
            ("http://hooks.slack.com/CANARY", Some("must begin with https://")),
            ("https://hooks.slack.com@evil.example/CANARY", Some("must hold no user name")),
            ("https://hooks.slack.com.evil.example/CANARY", Some("leads to `hooks.slack.com.evil.example`")),
            ("https://hooks.slack.com%2eevil.example/CANARY", Some("leads to `hooks.slack.com.evil.example`")),
            ("https://hooks.slack.com:8443/CANARY", Some("must use port 443")),
            ("hooks.slack.com/CANARY", Some("is no URL")),
            ("{\"url\":\"CANARY\"}", Some("is no URL")),
            ("", Some("is no URL")),
        ] {
            let refused = Destination::new(url, &SLACK).err().map(|refused| refused.to_string());
            match (&refused, problem) {
                (None, None) => {}
                (Some(refused), Some(problem)) => {
                    assert!(refused.starts_with(problem) && !refused.contains("CANARY"), "{url}: {refused}")
                }
                _ => assert_eq!(refused.as_deref(), problem, "{url}"),
            }
        }
    }

    #[test]
    fn a_leading_dot_means_all_below() {
        let below = Rules { hosts: &[".logic.azure.com", "one.example"], ..Rules::default() };
        for (url, allowed) in [
            ("https://prod-1.westus.logic.azure.com:443/workflows/x", true),
            ("https://PROD-1.westus.logic.azure.com./workflows/x", true),
            ("https://one.example/x", true),
            ("https://logic.azure.com/x", false),
            ("https://.logic.azure.com/x", false),
            ("https://evillogic.azure.com/x", false),
            ("https://x.logic.azure.com.evil.example/x", false),
            ("https://x.one.example/x", false),
        ] {
            assert_eq!(Destination::new(url, &below).is_ok(), allowed, "{url}");
        }
        let refused = Destination::new("https://evil.example/CANARY", &below).unwrap_err().to_string();
        assert!(refused.starts_with("leads to `evil.example`, not to `*.logic.azure.com` or `one.example`"), "{refused}");
    }

    #[test]
    fn any_public_host_will_do_for_a_webhook_and_no_other() {
        let any = Rules::default();
        for url in ["https://audit.example.com/in", "https://8.8.8.8/in"] {
            assert!(Destination::new(url, &any).is_ok(), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/",
            "https://[fd00:ec2::254]/",
            "https://localhost/",
            "https://x.internal/",
            "https://intranet/",
        ] {
            assert!(Destination::new(url, &any).is_err(), "{url}");
        }
    }

    #[test]
    fn a_receiver_can_widen_it() {
        let rules = Rules { allow_hosts: vec!["localhost".into()], allow_private: vec!["127.0.0.0/8".parse().unwrap()], ..SLACK };
        assert!(Destination::new("https://localhost:8443/CANARY", &rules).is_ok());
        assert!(Destination::new("http://localhost:8443/CANARY", &rules).is_err());
        assert!(rules.allows_address("127.0.0.1".parse().unwrap()) && !rules.allows_address("10.0.0.1".parse().unwrap()));
        let trying_out = Rules { allow_insecure_loopback: true, ..SLACK };
        assert!(Destination::new("http://127.0.0.1:9999/x", &trying_out).is_ok());
        assert!(Destination::new("http://10.0.0.1/x", &trying_out).is_err());
        assert_eq!(
            format!("{:?}", Destination::new("https://hooks.slack.com/CANARY", &SLACK).unwrap()),
            "https://hooks.slack.com/…"
        );
    }
}
