//! Sources that a configuration declares, and messages in our own format, through the real programs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use serde_json::{Value, json};

use support::canary::leaky;
use support::events::{record, sns};
use support::folder::Folder;
use support::function::Function;
use support::program::{Run, hikyaku, send};
use support::server::Server;

/// Deploys are warnings if they failed, and a text with `error` in it is one from cron.
const SOURCES: &str = r##"sources:
  - name: deploys
    match: { source: [my.deployer], detail-type: [{ prefix: "Deploy" }] }
    severity: "{{#if detail.failed}}warning{{else}}{{detail.severity}}{{/if}}"
    title: "Deploy of {{detail.service}}"
    fields: { Commit: "{{detail.sha}}" }
    links: { "Open <!channel>": "{{detail.url}}" }
  - name: cron
    match: { subject: [Cron], text: [{ wildcard: "*error*" }] }
    severity: critical
    title: "Cron: {{subject}}"
routes:
  - match: { source: [cron], severity: [critical] }
    to: [log]
  - to: [ops]
"##;

fn config(folder: &Folder, server: &Server) -> std::path::PathBuf {
    folder.config(&[("ops", "slack", &server.url("ops")), ("log", "webhook", &server.url("log"))], SOURCES)
}

fn deploy(detail: Value) -> Value {
    json!({ "id": "e-1", "source": "my.deployer", "detail-type": "Deploy finished", "account": "111122223333", "region": "eu-west-1",
        "time": "2026-11-21T07:30:00Z", "resources": [], "detail": detail })
}

fn explain(folder: &Folder, event: &Value) -> Run {
    let event = folder.write("event.json", event.to_string());
    hikyaku(folder, ["explain".as_ref(), event.as_path()])
}

#[tokio::test]
async fn a_declared_source_is_told_routed_and_delivered() {
    let (server, folder) = (Server::start().await, Folder::new());
    config(&folder, &server);
    let said = hikyaku(&folder, ["check"]).run().await;
    assert_eq!(said.status, 0, "{said:?}");

    let event = deploy(json!({ "service": "shop", "failed": true, "sha": "4f2e8b2", "url": "https://ci.example.com/1" }));
    let said = explain(&folder, &event).run().await;
    assert!(said.stdout.contains("read by     deploys"), "{said:?}");
    let told = &explain(&folder, &event).arg("--json").run().await.json()[0]["notification"];
    assert_eq!((told["title"].as_str(), told["severity"].as_str()), (Some("Deploy of shop"), Some("warning")));
    assert_eq!(told["fields"], json!([{ "label": "Commit", "value": "4f2e8b2" }]));

    let said = send(&folder, &event).run().await;
    assert_eq!((said.status, said.about("ops")["kind"].as_str()), (0, Some("event")), "{said:?}");
    let body = server.only("ops").body().to_owned();
    assert!(
        body.contains("Deploy of shop") && body.contains("https://ci.example.com/1") && !body.contains("<!channel>"),
        "{body}"
    );

    let text = leaky("an error in the night");
    let said = send(&folder, &sns(&[record("m-1", Some("Cron"), &text)])).run().await;
    assert_eq!((said.status, said.about("log")["kind"].as_str()), (0, Some("text")), "{said:?}");
    let message = server.only("log").json()["data"].clone();
    assert_eq!(message["title"], "Cron: Cron");
    assert!(message["description"].as_str().unwrap().contains("an error in the night"), "{message}");
    // Without the word it is nobody's, and goes the way of all texts.
    let said = explain(&folder, &sns(&[record("m-2", Some("Cron"), "all is well")])).run().await;
    assert!(said.stdout.contains("read by     generic"), "{said:?}");
}

#[tokio::test]
async fn what_a_sender_writes_calls_nobody_and_breaks_nothing() {
    let (server, folder) = (Server::start().await, Folder::new());
    let every = folder.write(
        "every.yaml",
        format!(
            "receivers:\n  ops: {{ slack: {{ url: \"{}\", allow_insecure_loopback: true }} }}\n  \
             call: {{ chime: {{ url: \"{}\", allow_insecure_loopback: true }} }}\n  \
             team: {{ teams: {{ url: \"{}\", allow_insecure_loopback: true }} }}\n{}",
            server.url("ops"),
            server.url("call"),
            server.url("team"),
            SOURCES.split("routes:").next().unwrap(),
        ),
    );
    let hostile = "<!channel> <!here> @All @everyone [x](https://evil.example) </at> {{title}} \"}],";
    let event =
        deploy(json!({ "service": hostile, "failed": true, "sha": hostile, "url": format!("https://evil.example/{hostile}") }));
    let own = json!({ "hikyaku": "1.0", "kind": "text", "title": hostile, "summary": hostile, "action": hostile, "source": hostile,
        "fields": [{ "label": hostile, "value": hostile }], "links": [{ "label": hostile, "url": "https://example.com/" }],
        "dedup_key": hostile, "data": { hostile: hostile } });
    for event in [event, own] {
        let event = folder.write("event.json", event.to_string());
        let said = hikyaku(&folder, ["explain", "--json"]).arg(&event).config(&every).run().await;
        let deliveries = said.json()[0]["deliveries"].clone();
        assert_eq!((said.status, deliveries.as_array().unwrap().len()), (0, 3), "{said:?}");
        for delivery in deliveries.as_array().unwrap() {
            assert_eq!(delivery["degraded"], Value::Null, "{delivery}");
            let payload = delivery["payload"].to_string();
            match delivery["channel"].as_str() {
                Some("slack") => assert!(!payload.contains("<!") && !payload.contains("|<"), "{payload}"),
                Some("chime") => assert!(!payload.contains("@All") && !payload.contains("@everyone"), "{payload}"),
                // All of it stands in runs, which read no markup.
                _ => assert!(!payload.contains("\"TextBlock\"") && !payload.contains("\"Fact"), "{payload}"),
            }
        }
    }
}

#[tokio::test]
async fn a_template_that_fails_is_told_and_costs_nothing() {
    let (server, folder) = (Server::start().await, Folder::new());
    config(&folder, &server);
    let event = deploy(json!({ "service": "shop", "severity": "hot" }));
    let said = send(&folder, &event).run().await;
    assert_eq!(said.status, 0, "{said:?}");
    let body = server.only("ops").body().to_owned();
    assert!(body.contains("the source deploys did not read this: severity is hot, none of critical"), "{body}");
    assert!(body.contains("Deploy finished") && body.contains("shop"), "as it is read without a declaration: {body}");

    folder.write(
        "broken.yaml",
        format!(
            "receivers: {{ here: {{ console: }} }}\n{}",
            SOURCES.replace("{{/if}}", "{{/iff}}").replace("[log]", "[here]").replace("[ops]", "[here]")
        ),
    );
    let check = |arguments: &[&str]| hikyaku(&folder, ["check", "broken.yaml"].iter().chain(arguments));
    let said = check(&[]).run().await;
    assert_eq!(said.status, 1, "{said:?}");
    assert!(
        said.stdout.starts_with("broken.yaml:5:5: error: sources[0].severity: `{{/iff}}` closes `{{#if}}` of line 1\n"),
        "{said:?}"
    );
    let problem = &check(&["--json"]).run().await.json()["problems"][0];
    assert_eq!((&problem["setting"], &problem["line"]), (&json!("sources[0].severity"), &json!(5)));
}

#[tokio::test]
async fn the_function_reads_them_too() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = config(&folder, &server);
    let mut function = Function::start(folder, &config, &[]).await;
    let answer = function.invoke(&deploy(json!({ "service": "shop", "failed": true }))).await;
    assert!(!answer.is_error && server.only("ops").body().contains("Deploy of shop"), "{answer:?}");
    let own =
        json!({ "hikyaku": "1.0", "kind": "certificate.expired", "source": "cron", "data": { "domain": "shop.example.jp" } });
    let answer = function.invoke(&sns(&[record("own-1", None, &own.to_string())])).await;
    assert!(!answer.is_error, "{answer:?}");
    assert_eq!(server.only("log").json()["data"]["title"], "Certificate expired: shop.example.jp");
}
