//! Each stage by itself over all sample events, and all of them in a row.
//!
//! `stages` tells how long a round of each takes, which says little on a busy machine; `stages STAGE ROUNDS` does nothing
//! else, so that callgrind can count its instructions (`make count`).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench says so by failing, and is run for what it prints")]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use hikyaku::app::{App, schedule};
use hikyaku::channels::{CHANNELS, Console};
use hikyaku::config::{Config, Origin};
use hikyaku::ingress::{self, Envelope};
use hikyaku::notification::Notification;
use hikyaku::render::Reader;
use hikyaku::samples::SAMPLES;
use hikyaku::secret::Env;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Times one after the other, or runs the one that is named so many times.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut bench = Bench::new();
    if let [name, rounds] = arguments.as_slice() {
        let (_, stage) = STAGES.iter().find(|(stage, _)| stage == name).unwrap();
        return (0..rounds.parse().unwrap()).for_each(|round| stage(&mut bench, round));
    }
    for (name, stage) in STAGES {
        let began = Instant::now();
        (0..ROUNDS).for_each(|round| stage(&mut bench, round));
        println!("{name:<12} {:>9.1} µs a round", began.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
    }
}

type Stage = fn(&mut Bench, u32);

const STAGES: &[(&str, Stage)] = &[
    ("start", |bench, _| drop(black_box(bench.app()))),
    ("parse", |bench, _| bench.payloads.iter().for_each(|payload| drop(black_box(ingress::receive(payload.get()))))),
    ("decode", |bench, _| bench.envelopes.iter().for_each(|envelope| drop(black_box(bench.app.decode(envelope))))),
    ("route", |bench, _| drop(black_box(bench.app.jobs(&bench.envelopes, &[], Timestamp::UNIX_EPOCH, &mut Default::default())))),
    ("render", |bench, _| bench.notifications.iter().for_each(|notification| bench.render(notification))),
    ("fit", |bench, _| bench.render(&bench.large)),
    ("invocation", |bench, round| bench.invocations(round)),
];
const ROUNDS: u32 = 100;

struct Bench {
    folder: PathBuf,
    app: App,
    payloads: Vec<Box<RawValue>>,
    envelopes: Vec<Envelope>,
    notifications: Vec<Notification>,
    /// One that is to be cut down for every channel.
    large: Notification,
    reader: Reader,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new() -> Bench {
        let folder = std::env::temp_dir().join(format!("hikyaku-stages-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("hikyaku.yaml"), CONFIGURATION).unwrap();
        let app = app(&folder);
        let payloads: Vec<Box<RawValue>> =
            SAMPLES.iter().map(|sample| serde_json::value::to_raw_value(&sample.event()).unwrap()).collect();
        let envelopes: Vec<Envelope> =
            payloads.iter().flat_map(|payload| ingress::unwrap(payload.get()).unwrap().envelopes).collect();
        let notifications = envelopes.iter().map(|envelope| app.decode(envelope)).collect();
        let large = app.decode(ingress::unwrap(&large().to_string()).unwrap().envelopes.first().unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Bench { folder, app, payloads, envelopes, notifications, large, reader: Reader::default(), runtime }
    }

    fn app(&self) -> App {
        app(&self.folder)
    }

    fn render(&self, notification: &Notification) {
        for kind in CHANNELS {
            black_box(self.app.render(notification, kind, &self.reader, None, None).unwrap());
        }
    }

    /// What Lambda would have us do with each sample, but for its network: the receiver is the console.
    fn invocations(&mut self, round: u32) {
        for (index, payload) in self.payloads.iter().enumerate() {
            let now = Timestamp::now();
            let schedule = schedule(now, now + SignedDuration::from_secs(60));
            let envelopes = ingress::unwrap(payload.get()).unwrap().envelopes;
            let request = format!("{round}-{index}");
            let report = self.runtime.block_on(self.app.deliver_once(&request, payload, envelopes, schedule));
            assert!(report.complete());
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// As the function makes it at its start.
fn app(folder: &std::path::Path) -> App {
    let env = Env::from_iter([("TMPDIR".to_owned(), folder.display().to_string())]);
    let (config, _): (Config, _) = Origin::File(folder.join("hikyaku.yaml")).load(&env).unwrap();
    App::new(config, env, Console::Error)
}

const CONFIGURATION: &str = r#"
timezone: Asia/Tokyo
dedupe: none
accounts:
  "111122223333": { name: prod, owner: sre }
receivers:
  ops: { console: {} }
routes:
  - match: { kind: [{ prefix: "certificate." }], severity: [critical] }
    to: [ops]
  - match: { account_name: [{ anything-but: prod }], title: [{ wildcard: "*sandbox*" }] }
    drop: true
  - to: [ops]
"#;

/// A Health event with more resources and words than any channel takes.
fn large() -> Value {
    let entities: Vec<Value> = (0..2000)
        .map(|index| json!({ "entityValue": format!("arn:aws:rds:ap-northeast-1:111122223333:db:orders-{index}") }))
        .collect();
    json!({
        "version": "0", "id": "0f9a8b7c-1111-4222-8333-445566778899", "detail-type": "AWS Health Event", "source": "aws.health",
        "account": "111122223333", "time": "2026-11-21T07:30:00Z", "region": "ap-northeast-1", "resources": [],
        "detail": {
            "eventArn": "arn:aws:health:ap-northeast-1::event/RDS/AWS_RDS_OPERATIONAL_ISSUE/AWS_RDS_OPERATIONAL_ISSUE_1",
            "service": "RDS", "eventTypeCode": "AWS_RDS_OPERATIONAL_ISSUE", "eventTypeCategory": "issue", "statusCode": "open",
            "eventRegion": "ap-northeast-1", "lastUpdatedTime": "Sat, 21 Nov 2026 07:30:00 GMT",
            "eventDescription": [{ "language": "en_US", "latestDescription": "Connections to some instances fail. ".repeat(2000) }],
            "affectedEntities": entities
        }
    })
}
