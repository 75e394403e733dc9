//! `hikyaku notify`: what goes to SNS, what goes straight to the receivers, and how it ends.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use std::collections::HashMap;

use serde_json::{Value, json};

use support::deliver::mail;
use support::folder::Folder;
use support::program::{Run, hikyaku};
use support::script::{Step, answer};
use support::server::{Request, Server};

const TOPIC: &str = "arn:aws:sns:ap-northeast-1:111122223333:notices";

/// `hikyaku notify` with these arguments, at a host called `web-1`, with `server` for SNS.
fn notify<'a>(folder: &Folder, server: &Server, arguments: impl IntoIterator<Item = &'a str>) -> Run {
    mail(hikyaku(folder, ["notify"]), server).env("HIKYAKU_TOPIC_ARN", TOPIC).args(arguments)
}

/// What was published.
fn published(request: &Request) -> HashMap<String, String> {
    url::form_urlencoded::parse(request.body().as_bytes()).into_owned().collect()
}

/// What was published in our own format, without its time.
fn own(request: &Request) -> Value {
    let mut message: Value = serde_json::from_str(&published(request)["Message"]).unwrap();
    let time = message.as_object_mut().unwrap().remove("occurred_at").unwrap();
    assert!(time.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{time}");
    message
}

#[tokio::test]
async fn a_text_is_published_as_it_stands_and_nothing_is_said() {
    let (server, folder) = (Server::start().await, Folder::new());
    let log = folder.write("log.txt", "one\n証明書\n");
    let log = log.to_str().unwrap();
    let words = "The following renewals succeeded:\n  /etc/letsencrypt/live/a.example.com/fullchain.pem (success)\n";
    for (arguments, input, message) in [
        (vec!["--message", "the export is done"], "", "the export is done"),
        (vec!["-m", "the export is done", "--topic", TOPIC], "", "the export is done"),
        (vec![log], "", "one\n証明書"),
        (vec![], words, words.trim_end()),
        (
            vec!["-"],
            r#"{"version":"1.0","source":"custom","content":{"description":"x"}}"#,
            r#"{"version":"1.0","source":"custom","content":{"description":"x"}}"#,
        ),
    ] {
        let said = notify(&folder, &server, arguments).input(input).run().await;
        assert_eq!((said.status, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""), "{said:?}");
        let requests = server.take();
        let sent = published(&requests[0]);
        assert_eq!((requests.len(), sent["Action"].as_str(), sent["TopicArn"].as_str()), (1, "Publish", TOPIC));
        assert_eq!((sent["Message"].as_str(), sent.get("Subject")), (message, None));
        assert!(!requests[0].body().contains("hikyaku-hop"), "what is marked as ours would end at the router");
    }
    let said = notify(&folder, &server, ["--json", "-m", "x", "--subject", "nightly\nexport"]).run().await;
    assert_eq!((said.status, said.json()), (0, json!({ "topic": TOPIC, "message_id": "m" })));
    assert_eq!(published(&server.take()[0])["Subject"], "nightly export");
}

#[tokio::test]
async fn more_than_a_text_goes_out_in_our_own_format() {
    let (server, folder) = (Server::start().await, Folder::new());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let host = host.trim();
    for (line, input, message) in [
        (
            "--title Backup_failed --severity critical",
            "",
            json!({ "kind": "text", "source": host, "severity": "critical", "title": "Backup failed", "data": { "Host": host } }),
        ),
        (
            "--title Backup_failed -",
            "rsync: no route\n",
            json!({ "kind": "text", "source": host, "title": "Backup failed", "description": "rsync: no route", "data": { "Host": host } }),
        ),
        (
            "--kind certificate.expiring --source checks --data domain=a.example.com --data days_left=9 --data domains=a --data domains=b \
             --field Host=web-1 --field Port=443 --link Open_it=https://a.example.com/?a=b --link https://b.example.com \
             --resource arn:a --account 111122223333 --region eu-west-1 --status firing --summary S --action A --thread-key t",
            "",
            json!({
                "kind": "certificate.expiring", "source": "checks", "status": "firing", "summary": "S", "action": "A",
                "account": "111122223333", "region": "eu-west-1", "thread_key": "t",
                "fields": [{ "label": "Host", "value": "web-1" }, { "label": "Port", "value": "443" }],
                "links": [{ "label": "Open it", "url": "https://a.example.com/?a=b" }, { "url": "https://b.example.com" }],
                "resources": ["arn:a"], "data": { "domain": "a.example.com", "days_left": "9", "domains": ["a", "b"] },
            }),
        ),
    ] {
        let arguments: Vec<String> =
            line.split_whitespace().map(|word| word.replace('_', " ").replace("days left", "days_left")).collect();
        let said = notify(&folder, &server, arguments.iter().map(String::as_str)).input(input).run().await;
        assert_eq!((said.status, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""), "{said:?}");
        let mut sent = own(&server.take()[0]);
        assert_eq!(sent.as_object_mut().unwrap().remove("hikyaku"), Some(json!("1.0")));
        assert_eq!(sent, message);
        // The router reads all of it.
        let event = folder.write(
            "event.json",
            json!({ "hikyaku": "1.0" })
                .as_object()
                .unwrap()
                .iter()
                .chain(sent.as_object().unwrap())
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect::<Value>()
                .to_string(),
        );
        let explained = hikyaku(&folder, ["explain", "--json"]).arg(event).run().await.json();
        let fields = &explained[0]["notification"]["fields"];
        assert!(!fields.to_string().contains("Problem"), "{explained}");
    }
}

#[tokio::test]
async fn what_certbots_hooks_are_told_is_told() {
    let (server, folder) = (Server::start().await, Folder::new());
    let hook = |variables: &[(&str, &str)]| {
        variables.iter().fold(notify(&folder, &server, ["--certbot"]), |run, (name, value)| run.env(name, value))
    };
    let deploy = [("RENEWED_DOMAINS", "a.example.com b.example.com"), ("RENEWED_LINEAGE", "/etc/letsencrypt/live/shop")];
    for (variables, kind, domains, name) in [
        (&deploy[..], "certificate.renewed", json!(["a.example.com", "b.example.com"]), json!("shop")),
        (
            &[("RENEWED_DOMAINS", "a.example.com"), ("FAILED_DOMAINS", "b.example.com")][..],
            "certificate.renewal_failed",
            json!(["b.example.com"]),
            Value::Null,
        ),
    ] {
        let said = hook(variables).run().await;
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{said:?}");
        let sent = own(&server.take()[0]);
        assert_eq!((&sent["kind"], &sent["source"]), (&json!(kind), &json!("certbot")));
        assert_eq!((&sent["data"]["domains"], &sent["data"]["cert_name"]), (&domains, &name));
    }
    let said = hook(&[("RENEWED_DOMAINS", ""), ("FAILED_DOMAINS", "")]).run().await;
    assert_eq!((said.status, said.stderr.as_str(), server.count()), (0, "", 0), "there was nothing to renew");
    let said = hook(&[]).run().await;
    assert!(said.status == 2 && said.stderr.contains("RENEWED_DOMAINS"), "{said:?}");
}

#[tokio::test]
async fn it_ends_as_cron_needs_it() {
    let (server, folder) = (Server::start().await, Folder::new());
    let error = |status, code: &str| {
        answer(
            status,
            &format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error></ErrorResponse>",
                support::canary::CANARY
            ),
        )
        .into()
    };
    let published = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    for (steps, status, requests, says) in [
        (
            vec![error(403, "AuthorizationError")],
            1,
            1,
            "may not publish to it (sns:Publish), or its policy forbids it (AuthorizationError, status 403)",
        ),
        (vec![error(404, "NotFound")], 1, 1, "there is no such topic"),
        (vec![error(400, "KMSAccessDenied")], 1, 1, "key cannot be used"),
        (vec![error(403, "ExpiredToken")], 1, 1, "have expired"),
        (vec![error(400, "InvalidParameter")], 1, 1, "SNS does not take it (InvalidParameter, status 400)"),
        (vec![error(503, "ServiceUnavailable")], 1, 3, "status 503"),
        (vec![error(500, "InternalError"), answer(200, published).into()], 0, 2, ""),
    ] {
        let run = notify(&folder, &server, ["-m", "x"]);
        server.on("/", steps);
        let said = run.run().await;
        assert_eq!((said.status, server.take().len(), said.stdout.as_str()), (status, requests, ""), "{says}: {said:?}");
        assert!(said.stderr.contains(says) && said.stderr.lines().count() == usize::from(status == 1), "{says}: {said:?}");
    }
    // Nobody there, and nobody to say who asks.
    let said = notify(&folder, &server, ["-m", "x"]).env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").run().await;
    assert!(said.status == 1 && said.stderr.contains("SNS cannot be reached"), "{said:?}");
    let said = hikyaku(&folder, ["notify", "-m", "x", "--topic", TOPIC]).env("AWS_EC2_METADATA_DISABLED", "true").run().await;
    assert!(said.status == 1 && said.stderr.contains("there are no AWS credentials here"), "{said:?}");
}

#[tokio::test]
async fn a_profiles_process_gives_the_credentials() {
    let (server, folder) = (Server::start().await, Folder::new());
    let given = r#"{"Version":1,"AccessKeyId":"AKIDPROCESS","SecretAccessKey":"x"}"#;
    let given = folder.write("credentials.json", given);
    let config = folder.write("config", format!("[profile ops]\ncredential_process = cat {}\n", given.display()));
    server.on("/", [answer(200, "<PublishResponse><PublishResult/></PublishResponse>").into()]);
    let said = hikyaku(&folder, ["notify", "-m", "x", "--topic", TOPIC])
        .env("AWS_ENDPOINT_URL", server.url("/"))
        .env("AWS_REGION", "ap-northeast-1")
        .env("AWS_CONFIG_FILE", config.display().to_string())
        .env("AWS_PROFILE", "ops")
        .env("PATH", "/usr/bin:/bin")
        .run()
        .await;
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{said:?}");
    assert!(server.only("/").header("authorization").contains("Credential=AKIDPROCESS/"), "{said:?}");
}

/// As in a container whose machine's own service answers the machine alone.
#[tokio::test]
async fn credentials_that_do_not_come_are_not_waited_for() {
    let (machine, folder) = (Server::start().await, Folder::new());
    machine.on("latest/api/token", [Step::Hang]);
    for arguments in [&["notify", "-m", "x", "--topic", TOPIC][..], &["check", "ssm:/hikyaku/config"]] {
        let said = hikyaku(&folder, arguments.iter().copied())
            .env("AWS_REGION", "ap-northeast-1")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", machine.url(""))
            .run()
            .await;
        assert!(said.status != 0 && said.stderr.contains("there are no AWS credentials here"), "{said:?}");
        assert_eq!(machine.take().len(), 1, "{arguments:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_2_and_nothing_is_published() {
    let (server, folder) = (Server::start().await, Folder::new());
    for (arguments, says) in [
        (vec!["-m", ""], "--message says nothing"),
        (vec!["-m", "x", "-"], "cannot be used with"),
        (vec!["none.txt"], "none.txt: No such file"),
        (vec!["--kind", "certificate.expird"], "a similar value exists: 'certificate.expired'"),
        (vec!["--severity", "high"], "info, notice, warning, critical"),
        (vec!["--status", "open"], "firing, resolved, info"),
        (vec!["--field", "Host"], "must be NAME=VALUE"),
        (vec!["--link", "http://a.example.com"], "begins with https://"),
        (vec!["--occurred-at", "noon"], "--occurred-at"),
        (vec!["--certbot", "--kind", "text"], "cannot be used with"),
        (vec!["-m", "x", "--topic", "notices"], "is no topic such as arn:"),
        (vec!["-m", "x", "--topic", "arn:aws:sns:eu-west-1:111122223333:a.fifo"], "is a FIFO topic"),
    ] {
        let said = notify(&folder, &server, arguments.clone()).run().await;
        assert_eq!((said.status, said.stdout.as_str(), server.count()), (2, "", 0), "{arguments:?}: {said:?}");
        assert!(said.stderr.contains(says), "{arguments:?}: {said:?}");
    }
    for (variable, says) in [("", "--topic ARN or HIKYAKU_TOPIC_ARN"), ("notices", "HIKYAKU_TOPIC_ARN is no topic")] {
        let said = notify(&folder, &server, ["-m", "x"]).env("HIKYAKU_TOPIC_ARN", variable).run().await;
        assert!(said.status == 2 && said.stderr.contains(says), "{said:?}");
    }
    let said = notify(&folder, &server, []).input("\n \n").run().await;
    assert_eq!((said.status, said.stderr.as_str(), server.count()), (0, "", 0), "a job that says nothing has nothing to tell");
}

#[tokio::test]
async fn f61_what_is_too_long_loses_its_middle_or_is_refused() {
    const MAX: usize = 256 * 1024;
    let (server, folder) = (Server::start().await, Folder::new());
    let long = format!("begins\n{}\nends", "証\"\\\n".repeat(60_000));
    for (line, is_own) in [("-", false), ("--title T -", true)] {
        let said = notify(&folder, &server, line.split(' ')).input(&long).run().await;
        assert_eq!((said.status, said.stdout.as_str()), (0, ""), "{said:?}");
        assert!(said.stderr.contains("bytes were left out in the middle of the text"), "{said:?}");
        let request = server.take().remove(0);
        let message = published(&request)["Message"].clone();
        assert!((MAX * 9 / 10..=MAX).contains(&message.len()), "{}", message.len());
        let text = if is_own { own(&request)["description"].as_str().unwrap().to_owned() } else { message };
        assert!(text.starts_with("begins\n") && text.ends_with("\nends") && text.contains(" bytes left out …]"), "{line}");
    }
    let exact = "x".repeat(MAX);
    let said = notify(&folder, &server, ["-"]).input(&exact).run().await;
    assert_eq!((said.status, said.stderr.as_str(), published(&server.take()[0])["Message"].len()), (0, "", MAX));
    let json = json!({ "a": exact }).to_string();
    let title = folder.write("title", "x");
    for (run, input) in [
        (notify(&folder, &server, ["-"]), json.as_str()),
        (
            notify(&folder, &server, ["--title"])
                .arg("t".repeat(100_000))
                .arg("--summary")
                .arg("s".repeat(100_000))
                .arg("--action")
                .arg("a".repeat(100_000))
                .arg(&title),
            "",
        ),
    ] {
        let said = run.input(input).run().await;
        assert_eq!((said.status, server.count()), (1, 0), "{said:?}");
        assert!(said.stderr.contains("SNS takes 262144 bytes"), "{said:?}");
    }
}

#[tokio::test]
async fn a_text_that_is_no_utf_8_costs_no_more_than_its_bad_bytes() {
    let (server, folder) = (Server::start().await, Folder::new());
    let said = notify(&folder, &server, []).input(b"caf\xe9 au lait").run().await;
    assert_eq!((said.status, published(&server.take()[0])["Message"].as_str()), (0, "caf\u{fffd} au lait"), "{said:?}");
}

#[tokio::test]
async fn it_goes_straight_to_the_receivers_if_told_so() {
    let (server, folder) = (Server::start().await, Folder::new());
    let urls = ["ops", "log"].map(|name| server.url(name));
    let rows = [("ops", "webhook", urls[0].as_str()), ("log", "webhook", urls[1].as_str())];
    let more =
        format!("topics: [\"{TOPIC}\"]\nroutes:\n  - {{ match: {{ topic: [\"{TOPIC}\"] }}, to: [ops] }}\n  - {{ to: [log] }}\n");
    let config = folder.config(&rows, &more);
    let direct = |arguments: &[&str]| hikyaku(&folder, ["notify", "--direct"]).args(arguments.iter().copied()).config(&config);
    for (arguments, receiver) in
        [(vec!["-m", "done", "--subject", "Export"], "log"), (vec!["-m", "done", "--subject", "Export", "--topic", TOPIC], "ops")]
    {
        let said = direct(&arguments).run().await;
        assert_eq!((said.status, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""), "{said:?}");
        let requests = server.take();
        assert_eq!((requests.len(), requests[0].receiver()), (1, receiver));
        let told = requests[0].json();
        assert!(told.to_string().contains("Export") && told.to_string().contains("done"), "{told}");
    }
    let said = direct(&["--json", "--title", "T"]).run().await;
    assert_eq!((said.status, said.lines().len(), &said.lines()[0]["outcome"]), (0, 1, &json!("delivered")), "{said:?}");
    server.take();

    let said = direct(&["-m", "x", "--topic", "arn:aws:sns:eu-west-1:111122223333:other"]).run().await;
    assert!(said.status == 1 && said.stderr.contains("not one of the configuration's `topics`"), "{said:?}");
    server.on("log", [answer(404, "").into()]);
    let said = direct(&["-m", "x"]).run().await;
    assert!(said.status == 1 && said.stdout.is_empty() && said.stderr.contains("log (webhook): text rejected"), "{said:?}");
    let said = hikyaku(&Folder::new(), ["notify", "--direct", "-m", "x"]).run().await;
    assert!(said.status == 1 && said.stderr.contains("SLACK_WEBHOOK_URL"), "{said:?}");
}

#[tokio::test]
async fn a_dry_run_shows_what_explain_understands() {
    let (server, folder) = (Server::start().await, Folder::new());
    let certbot = "Failed to renew certificate a.example.com\nAll renewals failed:\n  /etc/letsencrypt/live/a.example.com/fullchain.pem (failure)\n1 renew failure(s), 0 parse failure(s)";
    for (arguments, topic, kind) in [
        (vec!["-m", certbot], TOPIC, "certificate.renewal_failed"),
        (vec!["-m", certbot], "", "certificate.renewal_failed"),
        (vec!["--kind", "certificate.expired", "--data", "domain=a.example.com"], "", "certificate.expired"),
        (vec!["--title", "T"], TOPIC, "text"),
    ] {
        let said = notify(&folder, &server, arguments).arg("--dry-run").env("HIKYAKU_TOPIC_ARN", topic).run().await;
        assert_eq!((said.status, server.count(), said.stderr.as_str()), (0, 0, ""), "{said:?}");
        let explained = hikyaku(&folder, ["explain", "--json", "-"]).input(&said.stdout).run().await.json();
        let told = &explained[0]["notification"];
        assert_eq!((&told["kind"], told["topic"].as_str().unwrap_or_default()), (&json!(kind), topic), "{explained}");
    }
}
