//! The Lambda function: an event in, an answer that is `Ok` only when every receiver has its message.

mod http;
mod live;
mod log;

use std::collections::HashSet;
use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::app::{App, schedule};
use crate::aws::Aws;
use crate::channels::Console;
use crate::config::{Config, Origin};
use crate::ingress::{self, Arrival};
use crate::outcome::{Report, Undelivered};
use crate::secret::Env;
use crate::text::mask::mask;
use live::Live;
use log::Log;

/// Runs the function until Lambda ends it.
///
/// A broken configuration is told once in the log; each event then fails, so that its queue keeps it.
///
/// It fails if the Runtime API cannot be reached.
pub async fn run(origin: Origin, env: Env) -> ExitCode {
    let mut log = Log::default();
    let live = Arc::new(Live::start(origin, env, &mut log).await);
    log.write().await;
    // The payload is taken raw: the router, not the runtime, decides what becomes of a bad one.
    let service = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        // A panic ends its task, and what it says stays there. In a box, since a task is moved as a whole more than once.
        let answered = tokio::spawn(Box::pin(answer(Arc::clone(&live), event)));
        async { answered.await.unwrap_or_else(|_| Err(Failed("the router failed on this event".to_owned()))) }
    });
    // A task of its own is woken in memory; tokio's outermost future, by a call of the system.
    let ended = tokio::spawn(lambda_runtime::run(service)).await;
    if ended.is_ok_and(|ended| ended.is_ok()) {
        return ExitCode::SUCCESS;
    }
    // What an error holds, and what it was caused by, stays here.
    let mut log = Log::default();
    log.add(&json!({ "level": "error", "message": "the Runtime API cannot be reached" }));
    log.write().await;
    ExitCode::FAILURE
}

/// A router, and how it is told of.
struct Function {
    app: App,
    /// The name that its metrics go under; none if there are to be none.
    name: Option<String>,
}

async fn answer(live: Arc<Live>, event: LambdaEvent<Box<RawValue>>) -> Result<Value, Failed> {
    let mut log = Log::default();
    let (now, deadline) = (Timestamp::now(), deadline(&event));
    let answer = match live.function(now, deadline, &mut log).await {
        Ok(function) => route(&function, event, deadline, &mut log).await,
        Err(failed) => Err(failed),
    };
    live.tell(schedule(Timestamp::now(), deadline), &mut log).await;
    log.write().await;
    answer
}

fn deadline(event: &LambdaEvent<Box<RawValue>>) -> Timestamp {
    Timestamp::from_millisecond(i64::try_from(event.context.deadline).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX)
}

async fn route(
    function: &Function,
    event: LambdaEvent<Box<RawValue>>,
    deadline: Timestamp,
    log: &mut Log,
) -> Result<Value, Failed> {
    let payload = match ingress::receive(event.payload.get()).map_err(|error| Failed(error.to_string()))? {
        Arrival::Invoked(payload) => payload,
        Arrival::Http(request) => return http::answer(function, &request, Timestamp::now(), deadline, log).await,
    };
    let schedule = schedule(Timestamp::now(), deadline);
    let records: HashSet<Arc<str>> = payload.envelopes.iter().filter_map(|envelope| envelope.record.clone()).collect();
    let report = function.app.deliver_once(&event.context.request_id, &event.payload, payload.envelopes, schedule).await;
    function.tell(&report, log);
    verdict(records.len(), &report)
}

impl Function {
    fn new(config: Config, env: Env, aws: Arc<Aws>) -> Function {
        // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
        let name = env.get("AWS_LAMBDA_FUNCTION_NAME").filter(|_| config.metrics).map(str::to_owned);
        Function { app: App::with_aws(config, env, Console::Output, aws), name }
    }

    fn tell(&self, report: &Report, log: &mut Log) {
        for outcome in &report.outcomes {
            log.add(outcome);
            if let Some(detail) = &outcome.detail {
                log.add(&json!({ "level": "warn", "receiver": outcome.receiver, "message": mask(detail) }));
            }
        }
        for incident in &report.incidents {
            log.add(incident);
        }
        if let Some(name) = &self.name {
            report.metrics(name, Timestamp::now()).iter().for_each(|line| log.add(line));
        }
    }
}

/// The answer to Lambda for what came in so many records. Of a batch of SQS it names the records that are to come again; any other event comes again whole.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting>
fn verdict(records: usize, report: &Report) -> Result<Value, Failed> {
    match report.undelivered_records() {
        Some(failed) if failed.is_empty() && records == 0 => Ok(json!({ "outcomes": report.outcomes.len() })),
        // Where all of them failed, an error says the same, and is heard even by a trigger without `ReportBatchItemFailures`.
        Some(failed) if failed.len() < records => {
            let failures: Vec<Value> = failed.iter().map(|record| json!({ "itemIdentifier": &**record })).collect();
            Ok(json!({ "batchItemFailures": failures }))
        }
        _ => Err(Failed(Undelivered::of(report).to_string())),
    }
}

/// The answer of a failed invocation; it holds nothing of an event and no secret.
#[derive(Clone)]
struct Failed(String);

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Diagnostic {
        Diagnostic { error_type: "NotDelivered".to_owned(), error_message: mask(&failed.0).into_owned() }
    }
}
