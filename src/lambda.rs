//! The Lambda function: an event in, an answer that is `Ok` only when every receiver has its message.

mod http;

use std::fmt;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::app::{App, schedule};
use crate::channels::Console;
use crate::config::{Config, Origin, Problem};
use crate::ingress::{self, Arrival};
use crate::outcome::{Outcome, Report};
use crate::secret::Env;
use crate::text::mask::mask;

/// Runs the function until Lambda ends it.
///
/// A broken configuration is told once in the log; each event then fails, so that its queue keeps it.
///
/// It fails if the Runtime API cannot be reached.
pub async fn run(origin: Origin, env: Env) -> ExitCode {
    let app = match origin.load(&env) {
        Ok((config, problems)) => Ok(start(config, &problems, env)),
        Err(broken) => {
            log(
                &json!({ "level": "error", "message": "the configuration is broken", "origin": origin.to_string(), "problems": broken.to_string() }),
            );
            Err(Failed("the configuration is broken; the log says where".to_owned()))
        }
    };
    let app = &app;
    // The payload is taken raw: the router, not the runtime, decides what becomes of a bad one.
    let ended = lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let app = Arc::clone(app.as_ref().map_err(Clone::clone)?);
        // A panic ends its task, and what it says stays there.
        tokio::spawn(answer(app, event)).await.unwrap_or_else(|_| Err(Failed("the router failed on this event".to_owned())))
    }));
    if ended.await.is_ok() {
        return ExitCode::SUCCESS;
    }
    // What an error holds, and what it was caused by, stays here.
    log(&json!({ "level": "error", "message": "the Runtime API cannot be reached" }));
    ExitCode::FAILURE
}

fn start(config: Config, problems: &[Problem], env: Env) -> Arc<App> {
    for problem in problems {
        log(&json!({ "level": "warn", "message": problem.to_string() }));
    }
    Arc::new(App::new(config, env, Console::Output))
}

async fn answer(app: Arc<App>, event: LambdaEvent<Box<RawValue>>) -> Result<Value, Failed> {
    let deadline =
        Timestamp::from_millisecond(i64::try_from(event.context.deadline).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX);
    let payload = match ingress::receive(event.payload.get()).map_err(|error| Failed(error.to_string()))? {
        Arrival::Invoked(payload) => payload,
        Arrival::Http(request) => return http::answer(&app, &request, Timestamp::now(), deadline).await,
    };
    let report = app.deliver(&payload.envelopes, &[], schedule(Timestamp::now(), deadline)).await;
    log_report(&report);
    if report.complete() { Ok(json!({ "outcomes": report.outcomes.len() })) } else { Err(Failed(undelivered(&report))) }
}

fn log_report(report: &Report) {
    for outcome in &report.outcomes {
        log(outcome);
        if let Some(detail) = &outcome.detail {
            log(&json!({ "level": "warn", "receiver": outcome.receiver, "message": mask(detail) }));
        }
    }
}

/// Who did not get what, in one line.
fn undelivered(report: &Report) -> String {
    let one = |outcome: &Outcome| {
        let reason = outcome.reason.and_then(|reason| serde_json::to_value(reason).ok());
        let reason = reason.as_ref().and_then(Value::as_str).unwrap_or("other");
        format!("{} to {} ({reason})", outcome.kind, outcome.receiver.as_deref().unwrap_or("nobody"))
    };
    let all: Vec<String> = report.undelivered().map(one).collect();
    format!("not delivered: {}", all.join(", "))
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

/// One line of JSON to standard output, Lambda's log. A log that cannot be written stops no delivery.
fn log(line: &impl serde::Serialize) {
    if let Ok(line) = serde_json::to_string(line) {
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}
