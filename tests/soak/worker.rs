//! One account: two sandboxes, four receivers that fail at random, a failure queue, and Lambda's and SQS's own rules.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::figures::Figures;
use super::judge::{Judge, MARK};
use super::support::events::{record, sns, sqs};
use super::support::folder::Folder;
use super::support::function::{Ended, Function, Signal, on_failure_record};
use super::support::program::hikyaku;
use super::support::queue::Queue;
use super::support::script::{Step, answer, ok};
use super::support::server::{Idle, Server};
use super::support::table::Table;
use super::support::until;

/// The receivers by their names and kinds.
pub(crate) const RECEIVERS: [(&str, &str); 4] = [("ops", "slack"), ("audit", "webhook"), ("room", "chime"), ("office", "teams")];

/// What remembers deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Journal,
    Ledger,
}

/// Of an invocation.
const TIME: Duration = Duration::from_secs(4);
/// How often an event or a record is given, unless it goes well before.
const ATTEMPTS: usize = 3;
/// Of so many events, after one the function is frozen.
const FREEZE_EVERY: usize = 40;

pub(crate) struct Worker {
    mode: Mode,
    rng: Rng,
    server: Server,
    queue: Queue,
    table: Table,
    sandboxes: [Function; 2],
    /// Meets no fault but freezes.
    calm: Function,
    /// The receiver that is down, by its index; their number if none is.
    down: Arc<AtomicUsize>,
    /// A configuration and what belongs to it, for the command line.
    folder: Folder,
    config: PathBuf,
    judge: Judge,
    figures: Figures,
}

impl Worker {
    pub(crate) async fn start(mode: Mode, seed: u64) -> Worker {
        let (server, queue, table) = (Server::start().await, Queue::start().await, Table::start().await);
        let mut rng = Rng::with_seed(seed);
        let down = Arc::new(AtomicUsize::new(RECEIVERS.len()));
        for (index, (name, _)) in RECEIVERS.into_iter().enumerate() {
            let (mut rng, down) = (rng.fork(), Arc::clone(&down));
            server.play(name, move || if down.load(Ordering::Relaxed) == index { failing() } else { draw(&mut rng) });
        }
        let configure = |folder: &Folder, prefix: &str| {
            let receivers = RECEIVERS.map(|(name, kind)| {
                let url = server.url(&format!("{prefix}{name}"));
                format!(
                    "  {name}: {{ {kind}: {{ url: \"{url}\", allow_insecure_loopback: true }}, rate: {{ per_second: 1000000, burst: 1000000 }} }}\n"
                )
            });
            let ledger = if mode == Mode::Ledger { "ledger: { dynamodb: { table: hikyaku } }\n" } else { "" };
            let config = format!("receivers:\n{}failure_queue: \"{}\"\n{ledger}", receivers.concat(), queue.url());
            folder.write("hikyaku.yaml", config)
        };
        let env = [&queue.env()[..], &table.env()[..]].concat();
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let start = async |prefix: &str| {
            let folder = Folder::new();
            let config = configure(&folder, prefix);
            Function::start(folder, &config, &env).await
        };
        let sandboxes = [start("").await, start("").await];
        let calm = start("calm-").await;
        let folder = Folder::new();
        let config = configure(&folder, "");
        let (judge, figures) = (Judge::default(), Figures::default());
        Worker { mode, rng, server, queue, table, sandboxes, calm, down, folder, config, judge, figures }
    }

    /// Gives the event with this number, until it has gone well or rests in the failure queue.
    pub(crate) async fn give(&mut self, number: usize) {
        self.figures.events += 1;
        if number.is_multiple_of(FREEZE_EVERY) {
            self.freeze(number).await;
        }
        let is_outage = self.rng.u32(..500) == 0;
        self.down.store(if is_outage { self.rng.usize(..RECEIVERS.len()) } else { RECEIVERS.len() }, Ordering::Relaxed);
        let marks: Vec<String> = (0..self.rng.usize(1..=4)).map(|part| format!("{MARK}{number:06}-{part}")).collect();
        match self.rng.u32(..10) {
            0..6 => self.give_event(number, &marks[..1], &over_sns(&marks[..1])).await,
            6 => self.give_event(number, &marks, &over_sns(&marks)).await,
            7 => self.give_event(number, &marks[..1], &certificate(&marks[0])).await,
            _ => self.give_batch(number, marks).await,
        }
        self.down.store(RECEIVERS.len(), Ordering::Relaxed);
    }

    /// An asynchronous event: Lambda keeps its id, and writes a record when it has given up.
    async fn give_event(&mut self, number: usize, marks: &[String], event: &Value) {
        let id = format!("request-{number}");
        self.judge.expect(&event.to_string(), marks);
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let ended = self.attempt(&id, event, marks).await;
            if ended.is_ok() {
                return self.check(&id, marks);
            }
            last = Some(ended);
        }
        self.queue.put(on_failure_record(&id, event, &last.unwrap()).to_string());
    }

    /// A batch: SQS gives those records again that come back, each time in another request, and lays them aside at last.
    async fn give_batch(&mut self, number: usize, mut marks: Vec<String>) {
        let batch =
            |marks: &[String]| json!({ "Records": marks.iter().map(|mark| sqs(mark, &wrapped(mark))).collect::<Vec<_>>() });
        self.judge.expect(&batch(&marks).to_string(), &marks);
        for attempt in 0..ATTEMPTS {
            let id = format!("request-{number}-{attempt}");
            let ended = self.attempt(&id, &batch(&marks), &marks).await;
            let Ended::Answered(answer) = ended else { continue };
            if answer.is_error {
                continue;
            }
            let back: Vec<&str> = answer.body["batchItemFailures"]
                .as_array()
                .unwrap()
                .iter()
                .map(|failure| failure["itemIdentifier"].as_str().unwrap())
                .collect();
            let (left, done): (Vec<_>, Vec<_>) = marks.into_iter().partition(|mark| back.contains(&mark.as_str()));
            self.check(&id, &done);
            marks = left;
            if marks.is_empty() {
                return;
            }
        }
        marks.iter().for_each(|mark| self.queue.put(wrapped(mark)));
    }

    /// One invocation, in one sandbox or at once in both, that may be ended at any moment.
    async fn attempt(&mut self, id: &str, event: &Value, marks: &[String]) -> Ended {
        let payload = event.to_string();
        let twice = self.rng.u32(..50) == 0;
        let kills = self.figures.kills;
        let ended = if twice {
            let [one, other] = &mut self.sandboxes;
            let (first, second) = tokio::join!(one.attempt(id, payload.clone(), TIME), other.attempt(id, payload, TIME));
            self.count(&first, 0, marks);
            self.count(&second, 1, marks);
            if first.is_ok() { second } else { first }
        } else {
            let sandbox = usize::from(self.rng.u32(..12) == 0);
            let ended = self.attempt_in(sandbox, id, payload).await;
            self.count(&ended, sandbox, marks);
            ended
        };
        // Lambda waits a minute and more before it comes again; whoever has died holds nothing by then.
        self.table.let_leases_pass();
        let killed = self.figures.kills > kills;
        if killed {
            self.server.settle().await;
        }
        self.judge.take(&self.server.take(), killed, &mut self.figures);
        ended
    }

    async fn attempt_in(&mut self, sandbox: usize, id: &str, payload: String) -> Ended {
        let soon = Duration::from_micros(self.rng.u64(..40_000));
        let requests = self.rng.usize(1..=RECEIVERS.len());
        let (function, server) = (&mut self.sandboxes[sandbox], &self.server);
        match self.rng.u32(..100) {
            0..4 => function.attempt_unless(id, payload, TIME, Signal::Kill, tokio::time::sleep(soon)).await,
            4..6 => {
                let asked = until("requests", || (server.count() >= requests).then_some(()));
                function.attempt_unless(id, payload, TIME, Signal::Kill, asked).await
            }
            6 => function.attempt_unless(id, payload, TIME, Signal::Term, tokio::time::sleep(soon)).await,
            7 => function.attempt_unless(id, payload, TIME, Signal::Abrt, tokio::time::sleep(soon)).await,
            _ => function.attempt(id, payload, TIME).await,
        }
    }

    fn count(&mut self, ended: &Ended, sandbox: usize, marks: &[String]) {
        self.figures.invocations += 1;
        self.figures.kills += usize::from(!matches!(ended, Ended::Answered(_)));
        let log = self.sandboxes[sandbox].new_log();
        self.judge.invoked(marks, sandbox, &log);
        if let Ended::Answered(answer) = ended {
            let left = TIME.saturating_sub(answer.took);
            self.figures.least_left = Some(self.figures.least_left.map_or(left, |least| least.min(left)));
        }
    }

    /// Holds that a success is one, as soon as it is claimed.
    fn check(&mut self, id: &str, marks: &[String]) {
        self.judge.read(&self.queue.bodies());
        let missing = self.judge.missing(marks).into_iter().map(|missing| format!("{id}: {missing}"));
        self.figures.false_successes.extend(missing);
    }

    /// Freezes the calm function, and does something to whatever connections it may have kept.
    async fn freeze(&mut self, number: usize) {
        self.figures.freezes += 1;
        self.calm.freeze();
        self.server.end_idle([Idle::Closed, Idle::Reset, Idle::Forgotten][self.rng.usize(..3)]);
        self.calm.thaw();
        let before = self.server.count();
        let answer = self.calm.invoke(&over_sns(&[format!("calm-{number}")])).await;
        let asked_once = self.server.count() - before == RECEIVERS.len();
        self.figures.failed_thaws += usize::from(answer.is_error || !asked_once);
    }

    /// What it comes to, once a replay has brought all dead letters home.
    pub(crate) async fn end(mut self) -> Figures {
        self.judge.take(&self.server.take(), false, &mut self.figures);
        self.judge.read(&self.queue.bodies());
        self.judge.judge(self.mode, &mut self.figures);
        self.figures.peak_memory = self.sandboxes.iter().chain([&self.calm]).map(Function::peak_memory).max().unwrap();
        RECEIVERS.iter().for_each(|(name, _)| self.server.on(name, [ok()]));
        let run = hikyaku(&self.folder, ["replay", "--send", "--rate", "100", "--json"]).config(&self.config);
        let said = self.table.known_to(self.queue.known_to(run)).run().await;
        self.judge.take(&self.server.take(), false, &mut self.figures);
        self.figures.replayed = self.figures.dead_letters - self.queue.bodies().len();
        self.figures.not_replayed = self.judge.not_arrived();
        self.figures.not_replayed.extend(self.queue.bodies());
        assert!(said.status == 0 || !self.figures.not_replayed.is_empty(), "{said:?}");
        self.figures
    }
}

/// What a receiver does with one request.
fn draw(rng: &mut Rng) -> Step {
    match rng.u32(..1000) {
        0..50 => failing(),
        50..65 => answer(500, "").into(),
        65..80 => answer(429, "").with("retry-after", "0").into(),
        80..92 => Step::Reset,
        92..104 => Step::CloseUnanswered,
        104..112 => Step::CloseUnread,
        112..116 => answer(400, "invalid_payload").into(),
        116 => answer(403, "").into(),
        117 => Step::Hang,
        _ => ok(),
    }
}

fn failing() -> Step {
    answer(503, "").into()
}

fn over_sns(marks: &[String]) -> Value {
    sns(&marks.iter().map(|mark| record(mark, None, &text(mark))).collect::<Vec<_>>())
}

/// As SQS holds it that a topic has fed.
fn wrapped(mark: &str) -> String {
    record(mark, None, &text(mark))["Sns"].to_string()
}

fn text(mark: &str) -> String {
    format!("{mark} ga tsuita")
}

fn certificate(mark: &str) -> Value {
    json!({
        "version": "0",
        "id": mark,
        "detail-type": "ACM Certificate Expired",
        "source": "aws.acm",
        "account": "111122223333",
        "time": "2026-11-21T06:51:20Z",
        "region": "ap-northeast-1",
        "resources": [format!("arn:aws:acm:ap-northeast-1:111122223333:certificate/{mark}")],
        "detail": { "CommonName": format!("{mark}.example.jp"), "InUse": true }
    })
}
