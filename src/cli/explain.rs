//! `hikyaku explain` and `hikyaku render`: what an event becomes. They read no clock, no journal and no network.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::page::{LABEL, Page, Style};
use super::{Context, Done, Stop, print, print_json, read_event, say};
use crate::app::{Background, DeliveryExplanation, Explanation};
use crate::channels::{self, CHANNELS, Rate};
use crate::config::{Config, Origin};
use crate::deliver::{Ambiguity, Terms};
use crate::notification::Mention;
use crate::render::{Locale, Reader, Times};
use crate::route::{self, Route, Step};
use crate::sources::Overridden;
use crate::text::columns::pad;

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
    /// Print what would be sent as well, byte for byte
    #[arg(long)]
    payload: bool,
    #[command(flatten)]
    at: At,
    /// A file of JSON, or - for standard input
    event: PathBuf,
}

#[derive(Args)]
struct At {
    /// When it is delivered, such as 2026-11-21T08:00:00Z; without it, nothing is late and `during` goes by the event alone
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
    let (routes, page) = (config.routes.clone(), Page::of(&context.env));
    let explanations = context.app(config).explain(&envelopes, arguments.at.at);
    if context.json {
        print_json(&explanations);
    } else if explanations.is_empty() {
        print("There is no notification in it.");
    } else {
        for explanation in &explanations {
            tell(explanation, &routes, arguments.payload, &page);
            print("");
        }
    }
    let degraded =
        explanations.iter().flat_map(|explanation| &explanation.deliveries).any(|delivery| delivery.degraded.is_some());
    Ok(if degraded { Done::FallsShort } else { Done::AllHolds })
}

/// One notification for a person: its way from the carrier to what its readers see.
pub(super) fn tell(explanation: &Explanation, routes: &[Route], payload: bool, page: &Page) {
    let of = |key: &str| explanation.notification.get(key).and_then(Value::as_str);
    page.write(of("title").unwrap_or_default(), Style::Bold);
    let state = format!("{}, {}", of("status").unwrap_or_default(), of("severity").unwrap_or_default());
    let Background { carriers, holds, read_by, about, known_by, rule, remembered_by, .. } = &explanation.background;
    let carriers = if carriers.is_empty() { "direct".to_owned() } else { carriers.join(" › ") };
    let rows = [
        ("came by", Some(carriers)),
        ("topic", of("topic").map(str::to_owned)),
        ("holds", Some(holds.clone())),
        ("read by", Some(format!("{read_by}: {about}"))),
        ("known by", Some((*known_by).to_owned())),
        ("kind", of("kind").map(|kind| format!("{kind} ({state})"))),
        ("severity", explanation.overridden.as_ref().map(|overridden| told(overridden, of("severity").unwrap_or_default()))),
        ("source", of("source").map(str::to_owned)),
        ("summary", of("summary").map(str::to_owned)),
        ("account", of("account").map(|id| of("account_name").map_or_else(|| id.to_owned(), |name| format!("{name} ({id})")))),
        ("region", of("region").map(str::to_owned)),
        ("occurred", of("occurred_at").map(str::to_owned)),
    ];
    for (label, value) in rows {
        if let Some(value) = value {
            page.row(label, &value);
        }
    }
    page.key("dedup key", of("dedup_key").unwrap_or_default());
    page.key("thread key", of("thread_key").unwrap_or_default());
    tell_routes(explanation, routes, page);
    if !explanation.deliveries.is_empty() {
        page.row("sent", rule);
        page.row("remembered", &format!("by {remembered_by}"));
    }
    for delivery in &explanation.deliveries {
        tell_head(delivery, page);
        if let Some(terms) = terms(&delivery.terms) {
            page.item("    ", Style::Plain, &terms);
        }
        tell_preview(delivery, page);
        if payload {
            print(&delivery.sent);
        }
    }
}

/// What an override did.
fn told(Overridden { by, from }: &Overridden, severity: &str) -> String {
    format!("{severity}, as `overrides` says of `{by}`; by itself {from}")
}

/// What is particular about how a receiver is served.
fn terms(terms: &Terms) -> Option<String> {
    let Terms { fallback, rate, ambiguous } = terms;
    let rate = rate.map(|Rate { per_second, burst }| format!("at most {burst} at once and {per_second} a second"));
    let fallback = fallback.as_ref().map(|receiver| format!("what it rejects goes to {receiver}"));
    let kept = (*ambiguous == Ambiguity::Keep).then(|| "what may have arrived goes to the failure queue".to_owned());
    let all: Vec<String> = [rate, fallback, kept].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Each route that was looked at, its own routes below it, and what came of it.
pub(super) fn tell_routes(explanation: &Explanation, routes: &[Route], page: &Page) {
    if let Some(reason) = explanation.background.held {
        return page.row("goes to", &format!("nobody: {reason}"));
    }
    tell_steps(&explanation.routes, routes, "", "", page);
    if explanation.deliveries.is_empty() {
        let why = match &explanation.dropped {
            Some(dropped) => format!("nobody: dropped by route {}", dropped.route),
            None => "nobody: no route chose a receiver".to_owned(),
        };
        page.row("goes to", &why);
    }
}

fn tell_steps(steps: &[Step], routes: &[Route], above: &str, indent: &str, page: &Page) {
    for step in steps {
        let (mark, style) = if step.matched { ("✓", Style::Good) } else { ("✗", Style::Dim) };
        let (path, route) = (route::path(above, step.index), routes.get(step.index));
        let leads_to = route.filter(|_| step.serves()).map(|route| format!(" → {}", route.leads_to()));
        let label = format!("  {} {indent}", pad(&format!("route {path}"), LABEL));
        page.item(&format!("{label}{mark} "), style, &format!("{}{}", step.reason, leads_to.unwrap_or_default()));
        let own = route.map(|route| route.routes.as_slice()).unwrap_or_default();
        tell_steps(&step.routes, own, &path, &format!("{indent}  "), page);
    }
}

/// What a receiver gets, as its reader sees it.
pub(super) fn tell_message(delivery: &DeliveryExplanation, page: &Page) {
    tell_head(delivery, page);
    tell_preview(delivery, page);
}

fn tell_head(delivery: &DeliveryExplanation, page: &Page) {
    let DeliveryExplanation { receiver, channel, template, size, unit, limit, .. } = delivery;
    let mention = if delivery.mention == Mention::None { String::new() } else { format!(", calls {}", delivery.mention) };
    page.item("  ", Style::Plain, &format!("{receiver} ({channel}), {template}: {size} of {limit} {unit}{mention}"));
}

fn tell_preview(delivery: &DeliveryExplanation, page: &Page) {
    if let Some(degraded) = &delivery.degraded {
        page.item("    ! ", Style::Warning, &format!("the built-in template had to serve: {degraded}"));
    }
    delivery.preview.lines().for_each(|line| page.quote("    │ ", line));
}

pub(super) fn render(arguments: &RenderArguments, context: &Context) -> Result<Done, Stop> {
    let kind = channels::kind(&arguments.channel).ok_or_else(|| {
        let kinds: Vec<&str> = CHANNELS.iter().map(|kind| kind.profile.channel).collect();
        Stop::could_not_run(format!("there is no channel `{}`, but: {}", arguments.channel, kinds.join(", ")))
    })?;
    let config = match context.origin {
        Origin::File(_) | Origin::Parameter(_) => context.config()?,
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
