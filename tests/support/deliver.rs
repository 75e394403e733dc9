//! Deliveries through the command line, a table at a time, or in this process, where time is of the essence.

use std::path::Path;
use std::time::Duration;

use hikyaku::app::{App, schedule};
use hikyaku::config::Origin;
use hikyaku::outcome::Outcome;
use hikyaku::secret::Env;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::canary::{self, CANARY};
use super::events::plain_text;
use super::folder::Folder;
use super::program::{Run, Said, ending, send};
use super::script::{Step, answer};
use super::server::Server;

/// A receiver, what its server does, and how it has to end: outcome and reason, number of requests.
pub(crate) struct Row {
    pub(crate) name: String,
    kind: &'static str,
    steps: Vec<Step>,
    ends: &'static str,
    requests: usize,
}

pub(crate) fn row(
    name: impl Into<String>,
    kind: &'static str,
    steps: impl Into<Vec<Step>>,
    ends: &'static str,
    requests: usize,
) -> Row {
    Row { name: name.into(), kind, steps: steps.into(), ends, requests }
}

/// Runs `hikyaku send` once for the receivers of all rows, and holds each to its row.
pub(crate) async fn deliver_all(server: &Server, rows: &[Row]) -> Said {
    let folder = Folder::new();
    let urls: Vec<String> = rows.iter().map(|row| server.url(&row.name)).collect();
    let receivers: Vec<_> = rows.iter().zip(&urls).map(|(row, url)| (row.name.as_str(), row.kind, url.as_str())).collect();
    let config = folder.config(&receivers, "");
    for row in rows {
        server.on(&row.name, row.steps.clone());
    }
    let said = send(&folder, &plain_text()).config(&config).run().await;
    assert_eq!(said.lines().len(), rows.len(), "one line for each receiver: {said:?}");
    let all_delivered = rows.iter().all(|row| row.ends == "delivered");
    assert_eq!(said.status, i32::from(!all_delivered), "{said:?}");
    for Row { name, kind, ends, requests, .. } in rows {
        let line = said.about(name);
        let found = (ending(&line), server.requests(name).len());
        assert_eq!(found, ((*ends).to_owned(), *requests), "{name}: {line}");
        assert_eq!((&line["channel"], &line["attempts"]), (&json!(kind), &json!(requests)), "{name}: {line}");
    }
    said
}

/// Delivers in this process, with `time` to do it.
pub(crate) async fn deliver(config: &Path, event: &Value, time: Duration) -> Vec<Outcome> {
    hikyaku::net::install_tls();
    let env = Env::default();
    let (config, _) = Origin::File(config.to_owned()).load(&env).unwrap();
    let app = App::new(config, env, hikyaku::channels::Console::Output);
    let envelopes = hikyaku::ingress::unwrap(&event.to_string()).unwrap().envelopes;
    // `schedule` keeps something back for the function's own answer.
    let (now, answering) = (Timestamp::now(), Duration::from_millis(1500));
    let outcomes = app.deliver(&envelopes, &[], schedule(now, now + time + answering)).await.outcomes;
    canary::assert_none("an outcome", &format!("{outcomes:?}"));
    outcomes
}

/// Outcome and reason of `receiver`.
pub(crate) fn ending_of(outcomes: &[Outcome], receiver: &str) -> String {
    let outcome = outcomes.iter().find(|outcome| outcome.receiver.as_deref() == Some(receiver)).unwrap();
    ending(&serde_json::to_value(outcome).unwrap())
}

/// A receiver of mail, to stand below the webhooks.
pub(crate) const MAIL: &str = "  mail: { email: { topic_arn: \"arn:aws:sns:ap-northeast-1:111122223333:mail\" } }\n";

/// `run` with `server` for SNS; it publishes where nothing else is said.
pub(crate) fn mail(run: Run, server: &Server) -> Run {
    let published = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    server.on("/", [answer(200, published).into()]);
    run.env("AWS_ENDPOINT_URL", server.url("/"))
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", CANARY)
        .env("AWS_REGION", "ap-northeast-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
}
