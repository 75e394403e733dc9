//! `hikyaku send`

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Context, Done, Stop, print, read_event, say};
use crate::app::{App, schedule};
use crate::deliver::Receiver;
use crate::ingress::Envelope;
use crate::outcome::{Ending, Outcome, Report};

#[derive(Args)]
pub(super) struct Arguments {
    /// Show what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Send to this receiver, whatever the routes say; may be given several times
    #[arg(long, value_name = "NAME")]
    receiver: Vec<String>,
    /// A file of JSON, or - for standard input
    event: PathBuf,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let envelopes = read_event(&arguments.event)?;
    let app = context.app(context.config()?);
    let receivers = receivers(&app, &arguments.receiver)?;
    let now = Timestamp::now();
    let report = match arguments.dry_run {
        true => app.rehearse(&envelopes, &receivers, now),
        false => deliver_now(&app, &envelopes, &receivers, now).await,
    };
    for outcome in &report.outcomes {
        match context.json {
            true => print(&serde_json::to_string(outcome).unwrap_or_default()),
            false => print(&line(outcome, arguments.dry_run)),
        }
        tell_detail(outcome);
    }
    if report.outcomes.is_empty() {
        say("there is no notification in it");
    }
    Ok(if report.complete() { Done::AllHolds } else { Done::FallsShort })
}

/// Delivers in the time that a function with the usual limit would have.
pub(super) async fn deliver_now(app: &App, envelopes: &[Envelope], receivers: &[Arc<Receiver>], now: Timestamp) -> Report {
    const TIME: SignedDuration = SignedDuration::from_secs(60);
    app.deliver(envelopes, receivers, schedule(now, now.saturating_add(TIME).unwrap_or(Timestamp::MAX))).await
}

/// Tells what did not arrive, on standard error; with `--json` the whole report on standard output.
pub(super) fn tell_undelivered(report: &Report, context: &Context) {
    if context.json {
        report.outcomes.iter().for_each(|outcome| print(&serde_json::to_string(outcome).unwrap_or_default()));
    }
    for outcome in report.undelivered() {
        say(&line(outcome, false));
        tell_detail(outcome);
    }
}

fn tell_detail(outcome: &Outcome) {
    if let Some(detail) = &outcome.detail {
        say(&format!("{}: {detail}", outcome.receiver.as_deref().unwrap_or("nobody")));
    }
}

fn receivers(app: &App, names: &[String]) -> Result<Vec<Arc<Receiver>>, Stop> {
    let known = |name: &String| {
        app.receiver(name).map(Arc::clone).ok_or_else(|| Stop::could_not_run(format!("there is no receiver `{name}`")))
    };
    names.iter().map(known).collect()
}

/// An outcome for a person.
fn line(outcome: &Outcome, dry_run: bool) -> String {
    let receiver = outcome.receiver.as_deref().unwrap_or("nobody");
    let channel = outcome.channel.map(|channel| format!(" ({channel})")).unwrap_or_default();
    format!("{receiver}{channel}: {} {}", outcome.kind, words(outcome, dry_run))
}

/// How it ended.
pub(super) fn words(outcome: &Outcome, dry_run: bool) -> String {
    let word = |value: Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    let ending = match (outcome.ending, dry_run) {
        (Ending::Skipped, true) if outcome.reason.is_none() => "would be sent".to_owned(),
        (ending, _) => word(serde_json::to_value(ending).ok()),
    };
    let reason = outcome.reason.map(|reason| format!(", {reason}")).unwrap_or_default();
    let status = outcome.status.map(|status| format!(", status {status}")).unwrap_or_default();
    let tries = if outcome.attempts > 1 { format!(", {} attempts", outcome.attempts) } else { String::new() };
    let by = outcome.dropped_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    format!("{ending}{reason}{by}{status}{tries}")
}
