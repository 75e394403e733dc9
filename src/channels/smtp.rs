//! Mail over SMTP, as HTML with plain text beside it, over TLS: <https://www.rfc-editor.org/rfc/rfc5321>.
//!
//! # Template
//! One file holds all of a mail: `Subject: …`, an empty line, the text part with `{{plain x}}`, and from the line
//! `<!doctype html>` on the HTML part with `{{x}}`.
//!
//! # One mail, one outcome
//! All recipients stand in one mail. If the server refuses one of them, none gets it: part of a delivery could not be told.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use schemars::JsonSchema;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::endpoint::{ca_pem, ca_reference};
use super::{Attempt, Channel, ChannelKind, Fault, Outside, Parcel, Reach, settings};
use crate::outcome::{Reason, Verdict};
use crate::render::{Caps, Payload, Profile, Unit};
use crate::secret::{Keys, SecretRef};
use crate::template::{Escaping, TextForm};

pub(super) const KIND: ChannelKind = ChannelKind {
    profile: Profile {
        channel: "smtp",
        written: "`Subject: …`, an empty line, the text, then the HTML from `<!doctype html>` on",
        escaping: Escaping { text: TextForm::Html, json: false },
        caps: Caps { description: 8000, resources: 20, ..Caps::DEFAULT },
        unit: Unit::Bytes,
        // Our own: Gmail cuts HTML from 102 KB on (https://www.spamresource.com/2022/01/what-is-gmail-clipping-and-what-to-do.html).
        limit: 100_000,
        payload,
    },
    configure,
    env: None,
    rate: None,
    preview: |payload| {
        let mail = serde_json::from_str::<Mail>(payload).unwrap_or_default();
        format!("Subject: {}\n\n{}", mail.subject, mail.text)
    },
};

/// A mail server, who writes and who reads. All recipients stand in one mail; if one is refused, nobody gets it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `host`, `from` and `to`")]
pub(super) struct Settings {
    /// The server's name.
    #[schemars(example = &"email-smtp.ap-northeast-1.amazonaws.com")]
    host: Host,
    /// The server's port: 587, or 465 with implicit TLS (<https://www.rfc-editor.org/rfc/rfc8314#section-3.3>).
    #[schemars(example = 587)]
    port: Option<u16>,
    /// How the connection is made safe.
    #[serde(default)]
    tls: Tls,
    /// The name to log in with; goes with `password`.
    #[schemars(example = &"ssm:/hikyaku/smtp/username")]
    username: Option<SecretRef>,
    /// The password to log in with; goes with `username`.
    #[schemars(example = &"ssm:/hikyaku/smtp/password")]
    password: Option<SecretRef>,
    /// Who writes: an address, with or without a name.
    #[schemars(example = &"AWS <aws@example.com>")]
    from: Address,
    /// Who reads.
    #[serde(deserialize_with = "somebody")]
    #[schemars(length(min = 1), example = ["sre@example.com"])]
    to: Vec<Address>,
    /// A private CA in PEM: a path, or `env:NAME` holding the PEM or its path.
    #[schemars(example = &"/etc/ssl/internal-ca.pem")]
    ca_file: Option<SecretRef>,
    /// Lets `tls` be `none` towards 127.0.0.1 or localhost, for trying out.
    #[serde(default)]
    allow_insecure_loopback: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("default" = "starttls"))]
enum Tls {
    /// Begins in plain text and changes over; a server that does not offer that gets nothing.
    #[default]
    Starttls,
    /// TLS from the first byte on.
    Implicit,
    /// No TLS: to this machine only, with `allow_insecure_loopback`.
    None,
}

/// A name or an address, without the brackets that an IPv6 address may stand in.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
struct Host(String);

impl TryFrom<String> for Host {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Host, &'static str> {
        let host = text.trim_matches(['[', ']']);
        let is_name = !host.is_empty() && !host.contains(|char: char| char.is_whitespace() || "/@:".contains(char));
        match is_name || host.parse::<Ipv6Addr>().is_ok() {
            true => Ok(Host(host.to_owned())),
            false => Err("is no host name such as email-smtp.ap-northeast-1.amazonaws.com; the port stands in `port`"),
        }
    }
}

impl Host {
    fn is_loopback(&self) -> bool {
        self.0 == "localhost" || self.0.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

fn somebody<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
    let all = Vec::<Address>::deserialize(deserializer)?;
    if all.is_empty() { Err(D::Error::custom("names nobody")) } else { Ok(all) }
}

/// A mail address with or without a name.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
struct Address(Mailbox);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Address, String> {
        let mailbox = text.parse::<Mailbox>().ok().filter(|_| !text.contains(char::is_control));
        match mailbox {
            Some(mailbox) if mailbox.email.to_string().is_ascii() => Ok(Address(mailbox)),
            Some(_) => Err(format!("`{text}` must be in ASCII, its domain as `xn--…`; a name before it need not")),
            None => Err(format!("`{}` is no mail address such as AWS <aws@example.com>", text.escape_debug())),
        }
    }
}

struct Smtp {
    settings: Settings,
    port: u16,
}

/// What is sent.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mail {
    subject: String,
    text: String,
    html: String,
}

fn configure(value: Value) -> Result<Box<dyn Channel>, Fault> {
    let settings: Settings = settings(value)?;
    if settings.username.is_some() != settings.password.is_some() {
        let pointer = if settings.username.is_some() { "/username" } else { "/password" };
        return Err(Fault::new(pointer, "needs both `username` and `password`"));
    }
    if settings.tls == Tls::None && !(settings.allow_insecure_loopback && settings.host.is_loopback()) {
        return Err(Fault::new("/tls", "can be `none` to this machine only, with `allow_insecure_loopback: true`"));
    }
    let port = settings.port.unwrap_or(if settings.tls == Tls::Implicit { 465 } else { 587 });
    Ok(Box::new(Smtp { port, settings }))
}

impl Channel for Smtp {
    fn references(&self) -> Vec<&SecretRef> {
        let Settings { username, password, ca_file, .. } = &self.settings;
        username.iter().chain(password).chain(ca_reference(ca_file.as_ref())).collect()
    }

    fn warnings(&self) -> Vec<String> {
        let literal = matches!(self.settings.password, Some(SecretRef::Literal(_)));
        let literal = literal.then(|| "keep the password as `env:`, `ssm:` or `secretsmanager:`".to_owned());
        let insecure = self.settings.allow_insecure_loopback.then(|| "`allow_insecure_loopback` is for trying out".to_owned());
        literal.into_iter().chain(insecure).collect()
    }

    fn reach<'a>(&'a self, keys: &'a Keys, _: &'a Outside, timeout: Duration) -> BoxFuture<'a, Reach> {
        Box::pin(async move {
            match tokio::time::timeout(timeout, self.connect(keys)).await {
                Ok(Ok(mut connection)) => {
                    let _ = tokio::time::timeout(FAREWELL, connection.quit()).await;
                    Reach::Reached("the mail server answers over TLS")
                }
                Ok(Err(Failed::Told(error))) => Reach::Away(crate::net::why(&error).unwrap_or("no connection").to_owned()),
                Ok(Err(Failed::Refused(Reason::Secret))) => Reach::Away("the CA file holds no certificate in PEM".to_owned()),
                Ok(Err(Failed::Refused(_))) => Reach::Away("the mail server offers no STARTTLS".to_owned()),
                Err(_) => Reach::Away("no answer in time".to_owned()),
            }
        })
    }

    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, _: &'a Outside) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let Some(mail) = self.written(parcel) else { return Attempt::without_answer(Verdict::Malformed) };
            let mut stage = Stage::default();
            match tokio::time::timeout(parcel.timeout, self.exchange(parcel, &mail, &mut stage)).await {
                Ok(Ok(())) => Attempt::answered(Verdict::Delivered, 250),
                Ok(Err(Failed::Told(error))) => read(&error, stage),
                Ok(Err(Failed::Refused(reason))) => Attempt::without_answer(Verdict::Rejected { reason }),
                Err(_) => match stage {
                    Stage::Before => Attempt::without_answer(Verdict::Retry { reason: Reason::Timeout, after: None }),
                    Stage::HandedOver => Attempt::without_answer(Verdict::Ambiguous),
                    Stage::Taken => Attempt::answered(Verdict::Delivered, 250),
                },
            }
        })
    }
}

/// How far it went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Before,
    /// From the first byte of the mail on, the server may have it.
    HandedOver,
    /// It answered for it, whatever becomes of the farewell.
    Taken,
}

enum Failed {
    /// By the server or on the way to it.
    Told(Error),
    /// By us.
    Refused(Reason),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Told(error)
    }
}

impl Smtp {
    /// The mail as it goes over the line. Every attempt to tell a fact has the same Message-ID, by which a mail program
    /// knows a repetition; `Auto-Submitted` keeps holiday notices from answering (<https://www.rfc-editor.org/rfc/rfc3834>).
    fn written(&self, parcel: &Parcel<'_>) -> Option<Vec<u8>> {
        let mail: Mail = serde_json::from_str(parcel.payload).ok()?;
        let Settings { from, to, .. } = &self.settings;
        let id = format!("<{}@{}>", crate::text::sha256_hex(&[parcel.idempotency_key]), from.0.email.domain());
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let mut builder = lettre::Message::builder().from(from.0.clone()).date(parcel.now.into()).message_id(Some(id));
        for to in to {
            builder = builder.to(to.0.clone());
        }
        let body = MultiPart::alternative_plain_html(mail.text, mail.html);
        let message = builder.subject(mail.subject).raw_header(automatic).multipart(body).ok()?;
        Some(message.formatted())
    }

    async fn exchange(&self, parcel: &Parcel<'_>, mail: &[u8], stage: &mut Stage) -> Result<(), Failed> {
        let Settings { from, to, username, password, .. } = &self.settings;
        let credentials = match (username, password) {
            (Some(username), Some(password)) => match (parcel.keys.get(username), parcel.keys.get(password)) {
                (Some(username), Some(password)) => Some(Credentials::new(username.to_owned(), password.to_owned())),
                _ => return Err(Failed::Refused(Reason::Secret)),
            },
            _ => None,
        };
        let mut connection = self.connect(parcel.keys).await?;
        if let Some(credentials) = credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, &credentials).await.map_err(|error| match error.is_client() {
                // It offers no mechanism of ours.
                true => Failed::Refused(Reason::AuthError),
                false => Failed::Told(error),
            })?;
        }
        connection.command(MailFrom::new(Some(from.0.email.clone()), Vec::new())).await?;
        for to in to {
            connection.command(Rcpt::new(to.0.email.clone(), Vec::new())).await?;
        }
        connection.command(Data).await?;
        *stage = Stage::HandedOver;
        connection.message(mail).await?;
        *stage = Stage::Taken;
        let _ = tokio::time::timeout(FAREWELL, connection.quit()).await;
        Ok(())
    }

    /// A connection that is encrypted, unless it is to stay on this machine.
    async fn connect(&self, keys: &Keys) -> Result<AsyncSmtpConnection, Failed> {
        let Settings { host, tls, from, .. } = &self.settings;
        let server = (host.0.as_str(), self.port);
        let name = ClientId::Domain(from.0.email.domain().to_owned());
        let connect = |tls| AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT_TIMEOUT), &name, tls, None);
        match tls {
            Tls::None => Ok(connect(None).await?),
            Tls::Implicit => Ok(connect(Some(self.trust(keys)?)).await?),
            Tls::Starttls => {
                let trust = self.trust(keys)?;
                let mut connection = connect(None).await?;
                // A server without it, or somebody between who took it out of the answer.
                if !connection.can_starttls() {
                    return Err(Failed::Refused(Reason::ClientError));
                }
                connection.starttls(trust, &name).await?;
                Ok(connection)
            }
        }
    }

    /// Mozilla's authorities, and the private one if there is one.
    fn trust(&self, keys: &Keys) -> Result<TlsParameters, Failed> {
        let bad = |()| Failed::Refused(Reason::Secret);
        let mut trust = TlsParameters::builder(self.settings.host.0.clone());
        if let Some(pem) = ca_pem(self.settings.ca_file.as_ref(), keys).map_err(bad)? {
            let certificates =
                pem.reveal().contains("-----BEGIN CERTIFICATE-----").then_some(pem.reveal()).ok_or(()).map_err(bad)?;
            let certificates = Certificate::from_pem(certificates.as_bytes()).map_err(|_| bad(()))?;
            trust = trust.add_root_certificate(certificates);
        }
        trust.build().map_err(|_| bad(()))
    }
}

/// <https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3>, <https://www.rfc-editor.org/rfc/rfc4954#section-6>,
/// <https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html>
fn read(error: &Error, stage: Stage) -> Attempt {
    let Some(status) = error.status().map(u16::from) else {
        let verdict = match stage {
            Stage::Before => Verdict::Retry { reason: Reason::Network, after: None },
            Stage::HandedOver | Stage::Taken => Verdict::Ambiguous,
        };
        return Attempt { detail: crate::net::why(error).map(str::to_owned), ..Attempt::without_answer(verdict) };
    };
    let verdict = match status {
        ..500 => Verdict::Retry { reason: Reason::ServerError, after: None },
        530 | 534 | 535 | 538 => Verdict::Rejected { reason: Reason::AuthError },
        552 => Verdict::TooMuch,
        _ => Verdict::Rejected { reason: Reason::ClientError },
    };
    Attempt::answered(verdict, status)
}

/// The parts of what a template wrote. No value can write the line that parts them: `{{plain x}}` breaks it.
fn payload(written: &str) -> Option<Payload> {
    let written = written.replace("\r\n", "\n");
    let (head, rest) = written.split_once("\n\n")?;
    let (text, html) = rest.split_once(&format!("\n{HTML}"))?;
    let subject = head.trim().strip_prefix("Subject:")?;
    let subject = subject.split(|char: char| char.is_whitespace() || char.is_control()).filter(|word| !word.is_empty());
    let mail = Mail {
        subject: subject.collect::<Vec<_>>().join(" "),
        text: text.trim().to_owned(),
        html: format!("{HTML}{}\n", html.trim_end()),
    };
    if mail.text.is_empty() {
        return None;
    }
    serde_json::to_string(&mail).ok().map(Payload::from)
}

const HTML: &str = "<!doctype html>";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const FAREWELL: Duration = Duration::from_millis(100);

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mail_is_a_subject_a_text_and_html() {
        let written = "Subject: a\tb \u{1b} c\n\ntext\n\nmore\n\n<!doctype html>\n<p>x</p>\n\n";
        let mail: Mail = serde_json::from_str(&payload(written).unwrap().text).unwrap();
        let wanted = Mail { subject: "a b c".into(), text: "text\n\nmore".into(), html: "<!doctype html>\n<p>x</p>\n".into() };
        assert_eq!(mail, wanted);
        assert_eq!(payload(&written.replace('\n', "\r\n")), payload(written));
        for written in
            ["no subject\n\ntext\n<!doctype html>", "Subject: one\n\ntext", "Subject: one\n\n \n<!doctype html>\n<p>x</p>"]
        {
            assert_eq!(payload(written), None, "{written}");
        }
    }

    #[test]
    fn settings_are_checked_before_anything_is_sent() {
        let good = json!({ "host": "smtp.example.com", "from": "AWS 通知 <aws@example.com>", "to": ["ops@example.com"] });
        let configured = |change: Value| {
            let mut settings = good.clone();
            settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            configure(settings).map(drop).map_err(|fault| fault.pointer)
        };
        for change in [
            json!({}),
            json!({ "port": 2525, "username": "env:U", "password": "ssm:/p", "ca_file": "/etc/ca.pem" }),
            json!({ "tls": "implicit" }),
            json!({ "host": "127.0.0.1", "tls": "none", "allow_insecure_loopback": true }),
            json!({ "host": "2001:db8::25" }),
            json!({ "host": "[::1]", "tls": "none", "allow_insecure_loopback": true }),
        ] {
            assert_eq!(configured(change.clone()), Ok(()), "{change}");
        }
        for (change, pointer) in [
            (json!({ "host": "" }), "/host"),
            (json!({ "host": "smtp://x" }), "/host"),
            (json!({ "host": "smtp.example.com:587" }), "/host"),
            (json!({ "to": [] }), "/to"),
            (json!({ "to": ["ops@example.com", "nobody"] }), "/to/1"),
            (json!({ "to": ["ops@example.com\r\nBcc: evil@example.com"] }), "/to/0"),
            (json!({ "from": "x\r\nBcc: evil@example.com <aws@example.com>" }), "/from"),
            (json!({ "from": "aws@例え.jp" }), "/from"),
            (json!({ "username": "u" }), "/username"),
            (json!({ "password": "p" }), "/password"),
            (json!({ "tls": "none" }), "/tls"),
            (json!({ "tls": "none", "allow_insecure_loopback": true }), "/tls"),
            (json!({ "tls": "opportunistic" }), "/tls"),
            (json!({ "user": "x" }), "/user"),
        ] {
            assert_eq!(configured(change.clone()), Err(pointer.to_owned()), "{change}");
        }
    }

    #[test]
    fn a_password_as_such_earns_a_warning() {
        let settings = json!({ "host": "smtp.example.com", "from": "a@example.com", "to": ["b@example.com"],
            "username": "u", "password": "CANARY" });
        let channel = configure(settings).ok().unwrap();
        let warnings = channel.warnings();
        assert!(matches!(warnings.as_slice(), [warning] if !warning.contains("CANARY")), "{warnings:?}");
    }
}
