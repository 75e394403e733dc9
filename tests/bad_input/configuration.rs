//! Part D: configuration, secrets, templates. What `hikyaku check` says of it, with its place.

use crate::rig::canary::CANARY;
use crate::rig::events::{plain_text, record, sns};
use crate::rig::folder::Folder;
use crate::rig::program::{Said, ending, hikyaku, send};
use crate::rig::server::Server;

async fn check(folder: &Folder, yaml: &str) -> Said {
    let file = folder.write("hikyaku.yaml", yaml);
    hikyaku(folder, ["check".as_ref(), file.as_path()]).run().await
}

/// Holds that each row is refused for what it says (none: accepted), at a line and a column.
async fn check_all<T: AsRef<str>>(rows: &[(T, Option<&str>)]) {
    let folder = Folder::new();
    for (yaml, says) in rows {
        let (yaml, said) = (yaml.as_ref(), check(&folder, yaml.as_ref()).await);
        let Some(says) = says else {
            assert_eq!(said.status, 0, "{yaml}: {said:?}");
            continue;
        };
        assert_eq!(said.status, 1, "{yaml}: {said:?}");
        let told =
            said.stdout.lines().find(|line| line.contains(says)).unwrap_or_else(|| panic!("{yaml}: no {says:?} in {said:?}"));
        let place = told.split_once("hikyaku.yaml:").unwrap().1.trim_start();
        assert!(place.starts_with(|char: char| char.is_ascii_digit()) || place.starts_with("error: the file is empty"), "{told}");
    }
}

fn receiver(kind: &str, url: &str) -> String {
    format!("receivers: {{ ops: {{ {kind}: {{ url: \"{url}\" }} }} }}\n")
}

#[tokio::test]
async fn b76_plain_http() {
    let hosts = [
        ("slack", "hooks.slack.com/services"),
        ("teams", "x.westus.logic.azure.com/workflows"),
        ("chime", "hooks.chime.aws/incomingwebhooks"),
        ("webhook", "audit.example.com"),
    ];
    for (kind, host) in hosts {
        let plain = receiver(kind, &format!("http://{host}/{CANARY}"));
        let widened =
            plain.replace("\" }", "\", allow_hosts: [hooks.slack.com, audit.example.com], allow_private: [10.0.0.0/8] }");
        let elsewhere = plain.replace("\" }", "\", allow_insecure_loopback: true }");
        let loopback = elsewhere.replace(&format!("http://{host}"), "http://127.0.0.1:8080");
        let says = Some("receivers.ops.");
        check_all(&[(plain, Some("must begin with https://")), (widened, says), (elsewhere, says), (loopback, None)]).await;
    }
}

#[tokio::test]
async fn b77_hosts_that_look_like_the_right_one() {
    let refused = Some("receivers.ops.slack.url: ");
    let rows: Vec<_> = [
        ("https://hooks.slack.com/services/", None),
        ("https://hooks.slack.com./services/", None),
        ("https://ｈｏｏｋｓ.slack.com/services/", None),
        ("https://HOOKS.SLACK.COM/services/", None),
        ("https://hooks.slack.com:443/services/", None),
        ("https://hooks。slack.com/services/", None),
        ("https://hooks.slack.com@evil.example/", refused),
        ("https://hooks.slack.com:x@evil.example/", refused),
        ("https://evil.example@hooks.slack.com/", refused),
        ("https://hooks.slack.com.evil.example/", refused),
        ("https://hooks.slack.com%2eevil.example/", refused),
        ("https://evil.example/hooks.slack.com/", refused),
        ("https://evil.example?hooks.slack.com/", refused),
        ("https://evil.example#hooks.slack.com/", refused),
        ("https://evil.example\\\\.hooks.slack.com/", refused),
        ("https://evilhooks.slack.com/", refused),
        ("https://hooks-slack.com/", refused),
        ("https://hοoks.slack.com/", refused),
        ("https://hooks.slack.com:8443/", refused),
        ("https://hooks.slack.com:80/", refused),
        ("https://hooks.slack.com../", refused),
        ("ftp://hooks.slack.com/", refused),
        ("https:hooks.slack.com/", None),
    ]
    .into_iter()
    .map(|(url, says)| (receiver("slack", &format!("{url}{CANARY}")), says))
    .collect();
    check_all(&rows).await;
}

#[tokio::test]
async fn b78_a_webhook_to_where_the_public_is_not() {
    let refused = Some("receivers.ops.webhook.url: leads to");
    let hosts = [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:10.0.0.1]",
        "[::ffff:a00:1]",
        "10.0.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a00:1::]",
        "localhost",
        "LOCALHOST.",
        "x.internal",
        "x.local",
        "metadata",
        "１２７.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
    ];
    let rows: Vec<_> = hosts.iter().map(|host| (receiver("webhook", &format!("https://{host}/{CANARY}")), refused)).collect();
    check_all(&rows).await;
    let allowed = |host: &str, network: &str| {
        receiver("webhook", &format!("https://{host}/{CANARY}"))
            .replace("\" }", &format!("\", allow_private: [\"{network}\"] }}"))
    };
    check_all(&[
        (allowed("10.1.2.3", "10.0.0.0/8"), None),
        (allowed("[fd00::1]", "fd00::/8"), None),
        (allowed("[::ffff:10.1.2.3]", "10.0.0.0/8"), None),
        (allowed("10.1.2.3", "192.168.0.0/16"), refused),
        (allowed("10.1.2.3", "10.1.2.3"), Some("is no network such as")),
        (receiver("webhook", &format!("https://8.8.8.8/{CANARY}")), None),
    ])
    .await;
}

/// A name can lead anywhere at the time of connecting, whatever it did before.
#[tokio::test]
async fn b78_a_name_that_leads_to_where_the_public_is_not() {
    let (server, folder) = (Server::start().await, Folder::new());
    let port = server.url("/").trim_end_matches('/').rsplit_once(':').unwrap().1.to_owned();
    let named = |name: &str, more: &str| {
        format!("  {name}: {{ webhook: {{ url: \"https://localhost:{port}/{CANARY}\", allow_hosts: [localhost]{more} }} }}\n")
    };
    let receivers = named("public", "") + &named("other", ", allow_private: [10.0.0.0/8]");
    let config = folder.write("hikyaku.yaml", format!("receivers:\n{receivers}"));
    let said = send(&folder, &plain_text()).config(&config).run().await;
    for name in ["public", "other"] {
        assert_eq!(ending(&said.about(name)), "retry network", "{said:?}");
        assert!(said.stderr.contains(&format!("{name}: the host has no public address, and `allow_private`")), "{said:?}");
    }
    assert_eq!(server.all().len(), 0);
}

#[tokio::test]
async fn b79_a_retired_teams_connector() {
    let says = Some("leads to an Office 365 connector, which Microsoft has retired; in Teams, create a Workflow");
    let rows =
        ["contoso.webhook.office.com/webhookb2", "outlook.office.com/webhook", "CONTOSO.webhook.office.com.:443/webhookb2"]
            .map(|place| (receiver("teams", &format!("https://{place}/{CANARY}")), says));
    check_all(&rows).await;
}

#[tokio::test]
async fn b80_an_address_that_is_not_chimes() {
    let place = "https://hooks.chime.aws/incomingwebhooks";
    let rows: Vec<_> = [
        (format!("{place}/1b2c-3d?token={CANARY}"), None),
        (format!("{place}/1b2c-3d?token=a_{CANARY}%3D"), None),
        (format!("{place}/1b2c-3d"), Some("is no address of a Chime webhook")),
        (format!("{place}/?token={CANARY}"), Some("is no address of a Chime webhook")),
        (format!("{place}/1b2c-3d?token="), Some("is no address of a Chime webhook")),
        (format!("{place}/1b2c-3d?key={CANARY}"), Some("is no address of a Chime webhook")),
        (format!("{place}/1b2c-3d/x?token={CANARY}"), Some("is no address of a Chime webhook")),
        (format!("https://hooks.chime.aws/?token={CANARY}"), Some("is no address of a Chime webhook")),
        (format!("https://chime.aws/incomingwebhooks/1?token={CANARY}"), Some("leads to `chime.aws`")),
    ]
    .into_iter()
    .map(|(url, says)| (receiver("chime", &url), says))
    .collect();
    check_all(&rows).await;
    let said = check(&Folder::new(), &rows[0].0).await;
    assert!(said.stdout.contains("warning: receivers.ops.chime: Amazon Chime ended on 2026-02-20"), "{said:?}");
}

#[tokio::test]
async fn b82_a_secret_that_stands_where_everybody_can_read_it() {
    let folder = Folder::new();
    let slack = format!("https://hooks.slack.com/services/{CANARY}");
    for (receiver, says) in [
        (format!("slack: {{ url: \"{slack}\" }}"), "warning: receivers.ops.slack: a webhook's address is a password; keep it"),
        (
            format!("webhook: {{ url: \"env:HOOK\", signing_secret: \"{CANARY}\" }}"),
            "warning: receivers.ops.webhook: keep the signing secret",
        ),
        (
            format!(
                "smtp: {{ host: smtp.example.com, from: a@example.com, to: [b@example.com], username: u, password: {CANARY} }}"
            ),
            "warning: receivers.ops.smtp: keep the password",
        ),
    ] {
        let file = folder.write("hikyaku.yaml", format!("receivers: {{ ops: {{ {receiver} }} }}\n"));
        for (strict, status) in [(None, 0), (Some("--strict"), 1)] {
            let said = hikyaku(&folder, ["check"].into_iter().chain(strict)).arg(&file).env("HOOK", &slack).run().await;
            assert_eq!(said.status, status, "{said:?}");
            assert!(said.stdout.contains(says), "{said:?}");
        }
    }
    // In a place that is for something else it is masked all the same.
    check_all(&[
        (format!("receivers: {{ ops: {{ slack: {{ url: \"env:HOOK\", \"{slack}\": 1 }} }} }}\n"), Some("is no setting")),
        (format!("timezone: \"{slack}\"\nreceivers: {{ ops: {{ console: {{}} }} }}\n"), Some("is no IANA time zone")),
        (format!("receivers: {{ ops: {{ console: {{}} }} }}\nroutes: [{{ to: [\"{slack}\"] }}]\n"), Some("there is no receiver")),
        (format!("receivers: {{ ops: {{ console: {{}} }} }}\ntopics: [\"{slack}\"]\n"), Some("is no topic such as")),
    ])
    .await;
}

#[tokio::test]
async fn b83_a_file_that_does_not_hold_together() {
    let console = "receivers: { ops: { console: {} } }\n";
    let bomb: String = (1..12).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))).collect();
    check_all(&[
        (format!("{console}reciever: 1\n"), Some("reciever: is no setting")),
        (format!("{console}timezone: 9\n"), Some("timezone: must be a text, not a number")),
        ("receivers: { a: { console: {} }, a: { console: {} } }\n".to_owned(), Some("is no YAML: ")),
        (format!("{console}routes: [{{ to: [nobody] }}]\n"), Some("there is no receiver `nobody`")),
        (format!("{console}routes: [{{ to: [ops] }}, {{ to: [ops] }}]\n"), Some("routes[1]: is never reached")),
        ("receivers: {}\n".to_owned(), Some("there must be at least one receiver")),
        (String::new(), Some("the file is empty")),
        (format!("a0: &a0 [x, x, x]\n{bomb}{console}"), Some("error: ")),
        ("receivers:\n\tops: { console: {} }\n".to_owned(), Some("is no YAML: ")),
        (format!("{console}topics: arn:aws:sns:us-east-1:111122223333:t\n"), Some("topics: must be a list, not a text")),
        (format!("{console}topics: []\n"), Some("topics: names no topic")),
        (format!("{console}topics: [\"arn:aws:sns:us-east-1:111122223333:t\", \"t\"]\n"), Some("topics[1]: is no topic such as")),
        (format!("{console}topics: [\"arn:aws:sqs:us-east-1:111122223333:q\"]\n"), Some("topics[0]: is no topic such as")),
        (format!("{console}allow_signature_v1: maybe\n"), Some("allow_signature_v1: must be `true` or `false`, not a text")),
        (format!("{console}topics: [\"arn:aws-cn:sns:cn-north-1:111122223333:t.fifo\"]\nallow_signature_v1: true\n"), None),
    ])
    .await;
}

#[tokio::test]
async fn b84_patterns_that_would_never_end_elsewhere() {
    let route = |pattern: &str| {
        format!("receivers: {{ ops: {{ console: {{}} }} }}\nroutes: [{{ match: {pattern}, to: [ops] }}, {{ to: [ops] }}]\n")
    };
    check_all(&[
        (route("{ title: [{ regex: \"(a+)+$\" }] }"), Some("routes[0].match: title[0].regex: ")),
        (route("{ title: [{ wildcard: \"(a+)+$\" }] }"), None),
        (route("{ title: [{ wildcard: \"a**b\" }] }"), Some("routes[0].match: title[0].wildcard: ")),
    ])
    .await;
    // One star after the other against a text that nearly matches: a matcher that goes back would take for ever.
    let (server, folder) = (Server::start().await, Folder::new());
    let wildcard = "*a".repeat(50) + "*b";
    let routes =
        format!("routes:\n  - {{ match: {{ title: [{{ wildcard: \"{wildcard}\" }}] }}, drop: true }}\n  - {{ to: [ops] }}\n");
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], &routes);
    let said = send(&folder, &sns(&[record("m", Some(&"a".repeat(5000)), "x")])).config(&config).run().await;
    assert_eq!(said.lines().iter().map(ending).collect::<Vec<_>>(), ["delivered"]);
}

/// What `check` says of one template.
async fn template(name: &str, source: &[u8]) -> Said {
    let folder = Folder::new();
    folder.write(&format!("templates/{name}"), source);
    check(&folder, "receivers: { ops: { console: {} } }\ntemplates_dir: templates\n").await
}

#[tokio::test]
async fn b85_templates_that_would_not_end_or_not_escape() {
    let huge = vec![b'x'; 10 << 20];
    let deep = "{{#if title}}".repeat(20_000);
    for (source, says) in [
        ("{{> b}}".as_bytes(), "console/default.hbs:1:1: error: partials are not supported"),
        (b"\n{{> default}}", "console/default.hbs:2:1: error: partials are not supported"),
        (b"{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}", "partials are not supported"),
        (&huge, "console/default.hbs: error: is over 64 KiB"),
        (deep.as_bytes(), "console/default.hbs: error: is over 64 KiB"),
        (&deep.as_bytes()[..13 * 4000], "nests deeper than 32 blocks"),
        (b"a\n{{#if title}}b", "console/default.hbs:2:1: error: `{{#if}}` is never closed"),
        (b"{{nohelper title}}", "nohelper"),
        (b"a\n  {{{title}}}", "console/default.hbs:2:3: error: writes a value unescaped"),
        (b"{{& title}}", "writes a value unescaped"),
    ] {
        let said = template("console/default.hbs", source).await;
        assert_eq!(said.status, 1, "{says}: {said:?}");
        assert!(said.stdout.contains(says), "{says}: {said:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn b86_template_files_that_are_not_what_they_seem() {
    for (source, says) in [
        (&b"\xef\xbb\xbf{{title}}\r\n{{summary}}\r\n"[..], None),
        (b"{{title}}\r\n", None),
        (b"{{title}}\xff", Some("console/default.hbs:1:10: error: is no UTF-8")),
    ] {
        let said = template("console/default.hbs", source).await;
        assert_eq!(said.status, i32::from(says.is_some()), "{said:?}");
        assert!(says.is_none_or(|says| said.stdout.contains(says)), "{said:?}");
    }
    let folder = Folder::new();
    let outside = folder.write("secret.hbs", CANARY);
    folder.write("templates/slack/text.hbs.md", "");
    std::fs::create_dir_all(folder.path().join("templates/console")).unwrap();
    std::os::unix::fs::symlink(outside, folder.path().join("templates/console/default.hbs")).unwrap();
    let said = check(&folder, "receivers: { ops: { console: {} } }\ntemplates_dir: templates\n").await;
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.stdout.contains("console/default.hbs: error: leads out of the templates' folder"), "{said:?}");
}

#[tokio::test]
async fn b87_numbers_out_of_their_range() {
    let with = |more: &str| format!("receivers: {{ ops: {{ console: }} }}\n{more}\n");
    let rate = |rate: &str| format!("receivers: {{ ops: {{ console: , rate: {rate} }} }}\n");
    check_all(&[
        (rate("{ per_second: 0 }"), Some("`per_second` must be from 0.001 to 1000000")),
        (rate("{ per_second: -1 }"), Some("`per_second` must be from")),
        (rate("{ per_second: 1.0e+300 }"), Some("`per_second` must be from")),
        (rate("{ per_second: .nan }"), Some("non-finite float")),
        (rate("{ per_second: 1, burst: 0 }"), Some("`burst` must be 1 at least")),
        (rate("{ per_second: 1, burst: 99999999999 }"), Some("ops.rate")),
        (rate("{ per_second: 0.5, burst: 3 }"), None),
        (with("expiry_ladder: { days: [30, 0] }"), Some("must be whole days from 1 on")),
        (with("expiry_ladder: { days: [-3] }"), Some("must be whole days from 1 on")),
        (with("expiry_ladder: { life_fractions: [1.5] }"), Some("must be shares of a life above 0 and up to 1")),
        (with("expiry_ladder: { life_fractions: [0.3, 0.1] }"), None),
    ])
    .await;
}

#[tokio::test]
async fn b88_headers_are_ours_alone() {
    check_all(&[
        (
            receiver("webhook", "env:HOOK").replace("\" }", "\", headers: { \"Content-Type\": \"x\\r\\nX: y\" } }"),
            Some("is no setting"),
        ),
        (
            receiver("webhook", "env:HOOK").replace("\" }", "\", headers: { Authorization: \"{{title}}\" } }"),
            Some("is no setting"),
        ),
    ])
    .await;
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "webhook", &server.url("ops"))], "");
    let evil = "x\r\nHost: evil.example\r\nX-Evil: y\r\n\r\nGET / HTTP/1.1";
    for event in [sns(&[record(evil, Some(evil), evil)]), record(evil, None, evil)["Sns"].clone()] {
        assert_eq!(send(&folder, &event).config(&config).run().await.status, 0);
    }
    let requests = server.requests("ops");
    assert_eq!((requests.len(), server.all().len()), (2, 2));
    for request in &requests {
        let mut names: Vec<_> = request.message.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let own = [
            "accept",
            "content-length",
            "content-type",
            "host",
            "idempotency-key",
            "user-agent",
            "webhook-id",
            "webhook-timestamp",
        ];
        assert_eq!(names, own, "{request:?}");
        assert!(request.header("host").starts_with("127.0.0.1:"), "{request:?}");
    }
}

#[tokio::test]
async fn b89_a_pattern_over_what_is_not_there() {
    let (server, folder) = (Server::start().await, Folder::new());
    let routes = "routes:\n  - { match: { no_such_field: [x] }, drop: true }\n  - { match: { data: { no: { such: [{ numeric: [\">\", 1] }] } } }, drop: true }\n  - { to: [ops] }\n";
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], routes);
    let said = send(&folder, &plain_text()).config(&config).run().await;
    assert_eq!(said.lines().iter().map(ending).collect::<Vec<_>>(), ["delivered"]);
}
