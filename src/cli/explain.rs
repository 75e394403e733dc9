//! `hikyaku explain` and `hikyaku render`: what an event becomes. They read no clock, no journal and no network.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Context, Done, Stop, print, print_json, read_event, say};
use crate::app::Explanation;
use crate::channels::{self, CHANNELS};
use crate::config::{Config, Origin};
use crate::render::{Locale, Reader, Times};

#[derive(Args)]
pub(super) struct RenderArguments {
    /// The channel's kind, such as slack
    #[arg(long, value_name = "KIND")]
    channel: String,
    /// en or ja
    #[arg(long)]
    locale: Option<String>,
    /// An IANA name such as Asia/Tokyo
    #[arg(long, value_name = "TZ")]
    timezone: Option<String>,
    #[command(flatten)]
    at: At,
    /// A file of JSON, or - for standard input
    event: PathBuf,
}

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    at: At,
    /// A file of JSON, or - for standard input
    event: PathBuf,
}

#[derive(Args)]
struct At {
    /// When it is delivered, such as 2026-11-21T08:00:00Z; without it, nothing is late
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let envelopes = read_event(&arguments.event)?;
    let config = match (&context.origin, context.origin.load(&context.env)) {
        (Origin::Environment, Err(_)) => {
            say("no receiver is configured, so nobody would get it; see `hikyaku check`");
            defaults()
        }
        _ => context.config()?,
    };
    let explanations = context.app(config).explain(&envelopes, arguments.at.at);
    if context.json {
        print_json(&explanations);
    } else if explanations.is_empty() {
        print("There is no notification in it.");
    } else {
        explanations.iter().for_each(explain);
    }
    let degraded =
        explanations.iter().flat_map(|explanation| &explanation.deliveries).any(|delivery| delivery.degraded.is_some());
    Ok(if degraded { Done::FallsShort } else { Done::AllHolds })
}

/// One notification for a person.
fn explain(explanation: &Explanation) {
    let of = |key: &str| explanation.notification.get(key).and_then(Value::as_str);
    print(of("title").unwrap_or_default());
    let state = format!("{}, {}", of("status").unwrap_or_default(), of("severity").unwrap_or_default());
    let lines = [
        ("kind", of("kind").map(|kind| format!("{kind} ({state})"))),
        ("source", of("source").map(str::to_owned)),
        ("read by", Some(explanation.read_by.clone())),
        ("summary", of("summary").map(str::to_owned)),
        ("account", of("account").map(|id| of("account_name").map_or_else(|| id.to_owned(), |name| format!("{name} ({id})")))),
        ("region", of("region").map(str::to_owned)),
        ("occurred", of("occurred_at").map(str::to_owned)),
        ("dedup key", of("dedup_key").map(str::to_owned)),
        ("thread key", of("thread_key").map(str::to_owned)),
    ];
    for (label, value) in lines {
        if let Some(value) = value {
            print(&format!("  {label:<11} {value}"));
        }
    }
    for route in &explanation.routes {
        let mark = if route.matched { "✓" } else { "✗" };
        print(&format!("  route {:<5} {mark} {}", route.index, route.reason));
    }
    for delivery in &explanation.deliveries {
        let unit = serde_json::to_value(delivery.unit).ok();
        let unit = unit.as_ref().and_then(Value::as_str).unwrap_or_default();
        print(&format!(
            "  {} ({}), {}: {} of {} {unit}",
            delivery.receiver, delivery.channel, delivery.template, delivery.size, delivery.limit
        ));
        if let Some(degraded) = &delivery.degraded {
            print(&format!("    ! the built-in template had to serve: {degraded}"));
        }
        delivery.preview.lines().for_each(|line| print(&format!("    │ {line}")));
    }
    print("");
}

pub(super) fn render(arguments: &RenderArguments, context: &Context) -> Result<Done, Stop> {
    let kind = channels::kind(&arguments.channel).ok_or_else(|| {
        let kinds: Vec<&str> = CHANNELS.iter().map(|kind| kind.profile.channel).collect();
        Stop::could_not_run(format!("there is no channel `{}`, but: {}", arguments.channel, kinds.join(", ")))
    })?;
    let config = match context.origin {
        Origin::File(_) => context.config()?,
        // It needs no receiver: built-in templates and defaults will do.
        Origin::Environment => defaults(),
    };
    let reader = reader(arguments, &config.reader)?;
    let app = context.app(config);
    let mut done = Done::AllHolds;
    for envelope in read_event(&arguments.event)? {
        let message = app.render(&app.decode(&envelope), kind, &reader, None, arguments.at.at);
        let message = message.map_err(|problem| Stop { status: 1, message: problem.to_string() })?;
        if let Some(degraded) = message.degraded {
            say(&format!("the built-in template had to serve: {degraded}"));
            done = Done::FallsShort;
        }
        print(&message.payload);
    }
    Ok(done)
}

fn defaults() -> Config {
    Config::default()
}

fn reader(arguments: &RenderArguments, default: &Reader) -> Result<Reader, Stop> {
    let mut reader = default.clone();
    if let Some(tag) = &arguments.locale {
        reader.locale =
            Locale::from_tag(tag).ok_or_else(|| Stop::could_not_run(format!("there is no locale `{tag}`, but: en, ja")))?;
    }
    if let Some(name) = &arguments.timezone {
        let zone =
            TimeZone::get(name).map_err(|_| Stop::could_not_run(format!("`{name}` is no IANA time zone such as Asia/Tokyo")))?;
        reader.times = Times { zone };
    }
    Ok(reader)
}
