//! Mail against a scripted server on loopback: what it hears, and what becomes of each of its answers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hikyaku::channels::{Attempt, Outside, Parcel, kind};
use hikyaku::ingress::unwrap;
use hikyaku::outcome::{Reason, Verdict};
use hikyaku::render::{Accounts, Library, Locale, Occasion, Reader, render};
use hikyaku::secret::Keys;
use hikyaku::sources::decode;
use jiff::tz::TimeZone;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

#[tokio::test]
async fn a_mail_arrives_whole_in_both_its_parts() {
    let server = Server::start(&[&[]], None).await;
    let payload = rendered(&japanese(), Locale::Ja);
    let attempt = send(&server.plain(json!({ "to": ["ops@example.com", "当番 <oncall@example.com>"] })), &payload, "key").await;
    assert_eq!(attempt, Attempt::answered(Verdict::Delivered, 250));
    let heard = server.heard(0);
    assert_eq!(
        heard.commands,
        [
            "EHLO example.com",
            "MAIL FROM:<aws@example.com>",
            "RCPT TO:<ops@example.com>",
            "RCPT TO:<oncall@example.com>",
            "DATA",
            "QUIT"
        ]
    );
    assert!(heard.data.is_ascii());
    assert_eq!(heard.decoded("Subject"), json(&payload)["Subject"].as_str().unwrap());
    assert!(heard.decoded("Subject").contains("証明書"), "{}", heard.decoded("Subject"));
    assert!(heard.decoded("From").contains("通知"), "{}", heard.decoded("From"));
    assert_eq!(heard.header("Date"), "Sat, 21 Nov 2026 07:30:00 +0000");
    assert_eq!(heard.header("Auto-Submitted"), "auto-generated");
    let parts = heard.parts();
    let kinds: Vec<&str> = parts.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["text/plain; charset=utf-8", "text/html; charset=utf-8"]);
    assert_eq!(parts[0].1.trim_end(), json(&payload)["Text"].as_str().unwrap());
    assert_eq!(parts[1].1.trim_end(), json(&payload)["Html"].as_str().unwrap().trim_end());
}

#[tokio::test]
async fn f59_each_answer_of_a_mail_server_has_its_verdict() {
    let retry = |reason| Verdict::Retry { reason, after: None };
    let rejected = |reason| Verdict::Rejected { reason };
    let with_password = json!({ "username": "user", "password": "CANARY" });
    for (script, settings, verdict, status) in [
        (("greeting", "421 busy"), json!({}), retry(Reason::ServerError), Some(421)),
        (("MAIL", "451 local error"), json!({}), retry(Reason::ServerError), Some(451)),
        (("RCPT", "450 greylisted"), json!({}), retry(Reason::ServerError), Some(450)),
        (("RCPT", "550 no such user"), json!({}), rejected(Reason::ClientError), Some(550)),
        (("DATA", "554 no"), json!({}), rejected(Reason::ClientError), Some(554)),
        (("MAIL", "530 5.7.0 authentication required"), json!({}), rejected(Reason::AuthError), Some(530)),
        (("AUTH", "535 bad credentials"), with_password.clone(), rejected(Reason::AuthError), Some(535)),
        (("AUTH", "454 throttled"), with_password.clone(), retry(Reason::ServerError), Some(454)),
        (("EHLO", "250 test"), with_password.clone(), rejected(Reason::AuthError), None),
        (("MAIL", "552 too big"), json!({}), Verdict::TooMuch, Some(552)),
        ((".", "552 too big"), json!({}), Verdict::TooMuch, Some(552)),
        ((".", "554 rejected"), json!({}), rejected(Reason::ClientError), Some(554)),
        ((".", "452 no space"), json!({}), retry(Reason::ServerError), Some(452)),
        (("EHLO", CLOSE), json!({}), retry(Reason::Network), None),
        (("MAIL", CLOSE), json!({}), retry(Reason::Network), None),
        (("DATA", CLOSE), json!({}), retry(Reason::Network), None),
        ((".", CLOSE), json!({}), Verdict::Ambiguous, None),
        (("MAIL", HANG), json!({}), retry(Reason::Timeout), None),
        ((".", HANG), json!({}), Verdict::Ambiguous, None),
        (("QUIT", HANG), json!({}), Verdict::Delivered, Some(250)),
        (("QUIT", CLOSE), json!({}), Verdict::Delivered, Some(250)),
    ] {
        let server = Server::start(&[&[script]], None).await;
        let attempt = send(&server.plain(settings), &rendered(&japanese(), Locale::En), "key").await;
        assert_eq!(attempt, Attempt { status, ..Attempt::without_answer(verdict) }, "{script:?}");
    }
    let nobody = json!({ "host": "127.0.0.1", "port": 1, "tls": "none", "allow_insecure_loopback": true,
        "from": "aws@example.com", "to": ["ops@example.com"] });
    let attempt = send(&nobody, &rendered(&japanese(), Locale::En), "key").await;
    assert_eq!(attempt.verdict, retry(Reason::Network));
}

#[tokio::test]
async fn f59_a_refused_recipient_means_that_nobody_gets_it() {
    let server = Server::start(&[&[("RCPT TO:<gone", "550 no such user")]], None).await;
    let settings = server.plain(json!({ "to": ["ops@example.com", "gone@example.com"] }));
    let attempt = send(&settings, &rendered(&japanese(), Locale::En), "key").await;
    assert_eq!(attempt.verdict, Verdict::Rejected { reason: Reason::ClientError });
    let heard = server.heard(0);
    assert!(heard.data.is_empty() && !heard.commands.contains(&"DATA".to_owned()), "{:?}", heard.commands);
}

#[tokio::test]
async fn a_second_attempt_has_the_same_message_id_and_another_fact_another() {
    let server = Server::start(&[&[(".", "421 later")], &[], &[]], None).await;
    let settings = server.plain(json!({}));
    let payload = rendered(&japanese(), Locale::En);
    assert_eq!(send(&settings, &payload, "a").await.verdict, Verdict::Retry { reason: Reason::ServerError, after: None });
    assert_eq!(send(&settings, &payload, "a").await.verdict, Verdict::Delivered);
    assert_eq!(send(&settings, &payload, "b").await.verdict, Verdict::Delivered);
    let ids: Vec<String> = (0..3).map(|index| server.heard(index).header("Message-ID").to_owned()).collect();
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
    let id = ids[0].strip_prefix('<').and_then(|id| id.strip_suffix("@example.com>")).unwrap();
    assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
}

#[tokio::test]
async fn f59_without_starttls_nothing_goes_out() {
    let server = Server::start(&[&[("EHLO", "250-test\r\n250 AUTH PLAIN")]], None).await;
    let settings = server.settings(json!({ "tls": "starttls", "username": "user", "password": "CANARY" }));
    let attempt = send(&settings, &rendered(&japanese(), Locale::En), "key").await;
    assert_eq!(attempt.verdict, Verdict::Rejected { reason: Reason::ClientError });
    assert_eq!(server.heard(0).commands, ["EHLO example.com"]);
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_authorities_and_the_private_one() {
    hikyaku::net::install_tls();
    let identity = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = identity.cert.pem();
    let acceptor = acceptor(&identity);
    for tls in ["starttls", "implicit"] {
        let secured = json!({ "host": "localhost", "tls": tls, "username": "user", "password": "CANARY" });
        let server = Server::start(&[&[], &[], &[]], Some((acceptor.clone(), tls == "implicit"))).await;
        let mut trusting = server.settings(secured.clone());
        trusting["ca_file"] = json!(pem);
        let attempt = send(&trusting, &rendered(&japanese(), Locale::En), "key").await;
        assert_eq!(attempt.verdict, Verdict::Delivered, "{tls}");
        let heard = server.heard(0);
        let credentials = heard.commands.iter().position(|command| command.starts_with("AUTH PLAIN")).unwrap();
        let secured_at = heard.commands.iter().position(|command| command == "STARTTLS").unwrap_or_default();
        assert!(tls == "implicit" || secured_at < credentials, "{:?}", heard.commands);

        let attempt = send(&server.settings(secured.clone()), &rendered(&japanese(), Locale::En), "key").await;
        assert_eq!(attempt.verdict, Verdict::Retry { reason: Reason::Network, after: None }, "{tls}: an unknown authority");
        assert!(attempt.detail.unwrap().contains("from no authority that is trusted"), "{tls}");
        assert!(server.heard(1).commands.iter().all(|command| !command.starts_with("AUTH")));

        let mut broken = server.settings(secured);
        broken["ca_file"] = json!("-----BEGIN NOTHING-----");
        let attempt = send(&broken, &rendered(&japanese(), Locale::En), "key").await;
        assert_eq!(attempt.verdict, Verdict::Rejected { reason: Reason::Secret });
    }
}

#[tokio::test]
async fn text_adds_no_header_no_recipient_and_no_markup() {
    let evil = "x\r\nBcc: evil@example.com\r\n\r\n<!doctype html>\n<script>alert(1)</script>\n.\nMAIL FROM:<evil@example.com>\n\
                \"><a href=\"https://evil.example\">y</a> <img src=x onerror=alert(1)> javascript:alert(1) [a](data:text/html,x)";
    let alarm = json!({ "AlarmName": evil, "AlarmDescription": evil, "NewStateReason": evil, "NewStateValue": "ALARM" });
    let custom = json!({ "version": "1.0", "source": "custom", "content": { "title": evil, "description": evil, "nextSteps": [evil, evil] } });
    for event in [alarm, custom, json!(evil), json!({ "Subject": evil, "body": evil })] {
        let server = Server::start(&[&[]], None).await;
        let payload = rendered(&event, Locale::En);
        assert_eq!(send(&server.plain(json!({})), &payload, "key").await.verdict, Verdict::Delivered);
        let heard = server.heard(0);
        assert_eq!(
            heard.commands,
            ["EHLO example.com", "MAIL FROM:<aws@example.com>", "RCPT TO:<ops@example.com>", "DATA", "QUIT"]
        );
        let headers = heard.headers();
        let names: Vec<&str> = headers.iter().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let own = ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
        assert_eq!(sorted, own, "{names:?}");
        let parts = heard.parts();
        let [(_, text), (_, html)] = parts.as_slice() else { panic!("two parts") };
        assert!(text.contains("Bcc: evil@example.com") || text.contains("MAIL FROM"), "{text}");
        assert_eq!(html.matches("<!doctype html>").count(), 1);
        for tag in tags(html) {
            let name = tag.split([' ', '>']).next().unwrap();
            let known = [
                "!doctype", "html", "head", "meta", "title", "body", "table", "tr", "td", "h1", "p", "br", "strong", "em",
                "code", "a",
            ];
            assert!(known.contains(&name.trim_start_matches('/')), "<{tag}");
            assert!(!tag.contains("onerror") && !tag.contains("javascript:") && !tag.contains("data:"), "<{tag}");
            assert!(!tag.contains("href=") || tag.contains("href=\"https://"), "<{tag}");
            assert!(!tag.contains("src=") && !tag.contains("url("), "nothing is fetched: <{tag}");
        }
        assert!(!html.contains("<a href=\"https://evil.example"), "{html}");
    }
}

#[tokio::test]
async fn credentials_that_are_not_there_are_a_matter_of_the_secret() {
    let server = Server::start(&[&[]], None).await;
    let settings = server.plain(json!({ "username": "env:NOBODY", "password": "env:NOTHING" }));
    let attempt = send(&settings, &rendered(&japanese(), Locale::En), "key").await;
    assert_eq!(attempt, Attempt::without_answer(Verdict::Rejected { reason: Reason::Secret }));
}

/// A certificate whose renewal failed.
fn japanese() -> Value {
    json!({ "version": "0", "id": "1", "source": "aws.acm", "detail-type": "ACM Certificate Renewal Action Required",
        "account": "111122223333", "region": "ap-northeast-1", "time": "2026-11-21T07:30:00Z",
        "resources": ["arn:aws:acm:ap-northeast-1:111122223333:certificate/0ec968ba-1111-2222-3333-444455556666"],
        "detail": { "CommonName": "*.shop.example.com", "DaysToExpiry": 12, "RenewalStatusReason": "CAA_ERROR" } })
}

fn rendered(event: &Value, locale: Locale) -> String {
    let reader = Reader::new(locale, TimeZone::UTC);
    let envelopes = unwrap(&event.to_string()).unwrap().envelopes;
    let notification = decode(envelopes.first().unwrap());
    let profile = &kind("smtp").unwrap().profile;
    let message = render(&notification, profile, &Occasion::new(&reader, &Accounts::default()), &Library::default()).unwrap();
    assert_eq!(message.degraded, None);
    message.payload
}

async fn send(settings: &Value, payload: &str, idempotency_key: &str) -> Attempt {
    let channel = (kind("smtp").unwrap().configure)(settings.clone()).unwrap_or_else(|fault| panic!("{fault:?}"));
    let now = "2026-11-21T07:30:00Z".parse().unwrap();
    let parcel = Parcel { payload, idempotency_key, keys: &Keys::default(), now, timeout: Duration::from_millis(1500) };
    channel.send(&parcel, &Outside::default()).await
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The inside of every tag.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

/// Instead of an answer.
const CLOSE: &str = "close";
const HANG: &str = "hang";

/// What a command that begins so is answered; all else is answered as a good server does.
type Script = [(&'static str, &'static str)];

struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// One connection.
#[derive(Debug, Clone, Default)]
struct Heard {
    commands: Vec<String>,
    /// The mail, with its dots unstuffed.
    data: String,
}

impl Server {
    /// Serves one connection by each script. With TLS at once, or after STARTTLS.
    async fn start(scripts: &[&Script], tls: Option<(TlsAcceptor, bool)>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(vec![Heard::default(); scripts.len()]));
        let scripts: Vec<Vec<(&'static str, &'static str)>> = scripts.iter().map(|script| script.to_vec()).collect();
        let server = Server { port, heard: Arc::clone(&heard) };
        tokio::spawn(async move {
            for (index, script) in scripts.into_iter().enumerate() {
                let (stream, _) = listener.accept().await.unwrap();
                let note = Note(Arc::clone(&heard), index);
                // A connection that breaks off is part of the play.
                let _ = serve(Box::new(stream), &script, tls.clone(), &note).await;
            }
        });
        server
    }

    fn heard(&self, index: usize) -> Heard {
        self.heard.lock().unwrap()[index].clone()
    }

    fn settings(&self, more: Value) -> Value {
        let mut settings =
            json!({ "host": "127.0.0.1", "port": self.port, "from": "AWS 通知 <aws@example.com>", "to": ["ops@example.com"] });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    }

    fn plain(&self, more: Value) -> Value {
        let mut settings = self.settings(more);
        settings["tls"] = json!("none");
        settings["allow_insecure_loopback"] = json!(true);
        settings
    }
}

/// Where one connection is written down.
struct Note(Arc<Mutex<Vec<Heard>>>, usize);

impl Note {
    fn command(&self, command: &str) {
        self.0.lock().unwrap()[self.1].commands.push(command.to_owned());
    }

    fn data(&self, data: String) {
        self.0.lock().unwrap()[self.1].data = data;
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

async fn serve(
    mut stream: Box<dyn Stream>,
    script: &Script,
    tls: Option<(TlsAcceptor, bool)>,
    note: &Note,
) -> std::io::Result<()> {
    let answer = |command: &str, usual: &'static str| {
        script.iter().find(|(begin, _)| command.starts_with(begin)).map_or(usual, |(_, answer)| *answer)
    };
    let mut secured = false;
    if let Some((acceptor, true)) = &tls {
        stream = Box::new(acceptor.accept(stream).await?);
        secured = true;
    }
    let mut reply = answer("greeting", "220 test");
    loop {
        match reply {
            CLOSE => return Ok(()),
            HANG => std::future::pending::<()>().await,
            _ => stream.write_all(format!("{reply}\r\n").as_bytes()).await?,
        }
        if reply.starts_with("354") {
            let data = read_data(&mut stream).await?;
            note.data(data);
            reply = answer(".", "250 kept");
            continue;
        }
        let command = read_line(&mut stream).await?;
        note.command(&command);
        reply = match command.split([' ', '\r']).next().unwrap() {
            "EHLO" if tls.is_some() && !secured => answer("EHLO", "250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"),
            "EHLO" => answer("EHLO", "250-test\r\n250 AUTH PLAIN LOGIN"),
            "STARTTLS" => {
                stream.write_all(b"220 go\r\n").await?;
                let (acceptor, _) = tls.as_ref().unwrap();
                stream = Box::new(acceptor.accept(stream).await?);
                secured = true;
                let command = read_line(&mut stream).await?;
                note.command(&command);
                answer("EHLO", "250-test\r\n250 AUTH PLAIN LOGIN")
            }
            "AUTH" => answer("AUTH", "235 welcome"),
            "DATA" => answer("DATA", "354 go on"),
            "QUIT" => answer("QUIT", "221 bye"),
            _ => answer(&command, "250 ok"),
        };
    }
}

async fn read_line(stream: &mut Box<dyn Stream>) -> std::io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8(line).unwrap().trim_end_matches("\r\n").to_owned())
}

async fn read_data(stream: &mut Box<dyn Stream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        match read_line(stream).await?.as_str() {
            "." => return Ok(data),
            line => data.push_str(&format!("{}\n", line.strip_prefix('.').unwrap_or(line))),
        }
    }
}

fn acceptor(identity: &CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(identity.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![identity.cert.der().clone()], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

impl Heard {
    /// The headers, unfolded.
    fn headers(&self) -> Vec<String> {
        let head = self.data.split("\n\n").next().unwrap();
        head.replace("\n ", " ").replace("\n\t", " ").lines().map(str::to_owned).collect()
    }

    fn header(&self, name: &str) -> String {
        let found = self.headers().into_iter().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap_or_else(|| panic!("{name} in {:?}", self.headers()))
    }

    /// A header's words, decoded: <https://www.rfc-editor.org/rfc/rfc2047>.
    fn decoded(&self, name: &str) -> String {
        let mut out = String::new();
        let mut encoded = false;
        for word in self.header(name).split(' ').filter(|word| !word.is_empty()) {
            let inner = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
            let continues = encoded && inner.is_some();
            if !out.is_empty() && !continues {
                out.push(' ');
            }
            encoded = inner.is_some();
            match inner {
                Some(inner) => out.push_str(&String::from_utf8(BASE64.decode(inner).unwrap()).unwrap()),
                None => out.push_str(word),
            }
        }
        out
    }

    /// Each part's Content-Type and its text, decoded.
    fn parts(&self) -> Vec<(String, String)> {
        let content_type = self.header("Content-Type");
        let boundary = content_type.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
        let boundary = format!("--{boundary}");
        let between = self.data.split(&boundary).skip(1).filter(|part| !part.starts_with("--"));
        let parts = between.map(|part| {
            let part = Heard { data: part.trim_start_matches('\n').to_owned(), ..Heard::default() };
            let body = part.data.split_once("\n\n").unwrap().1;
            let text = match part.header("Content-Transfer-Encoding").as_str() {
                "base64" => String::from_utf8(BASE64.decode(body.replace('\n', "")).unwrap()).unwrap(),
                "quoted-printable" => quoted_printable(body),
                _ => body.to_owned(),
            };
            (part.header("Content-Type"), text.replace("\r\n", "\n"))
        });
        parts.collect()
    }
}

fn quoted_printable(body: &str) -> String {
    let body = body.replace("=\n", "");
    let mut out = Vec::new();
    let mut bytes = body.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'=' => {
                let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
                out.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap()
}
