//! `hikyaku dev`: the router on this machine, with an inbox in every receiver's place. No AWS account, nothing sent.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::get;
use clap::Args;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::{Context, Done, Stop, print, say};
use crate::app::{App, schedule};
use crate::channels::{Attempt, CHANNELS, Channel, ChannelKind, Outside, Parcel};
use crate::config::{Config, Origin};
use crate::deliver::{Receiver, Terms};
use crate::ingress;
use crate::outcome::Verdict;
use crate::render::{Locale, Reader};
use crate::route::Route;
use crate::samples::Sample;
use crate::secret::SecretRef;

#[derive(Args)]
pub(super) struct Arguments {
    /// Where to listen on 127.0.0.1; 0 takes any free port
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// en or ja, where no configuration says so
    #[arg(long, default_value = "en")]
    locale: String,
    /// Play the samples and end
    #[arg(long)]
    once: bool,
}

/// The samples that are played, one for each family, in the way they usually come.
const PLAYED: &[&str] =
    &["health.issue", "certificate.renewal_failed", "budget.forecast", "certificate.renewal_failed.acme", "custom"];

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let inbox = Inbox::default();
    let config = match context.origin {
        Origin::File(_) | Origin::Parameter(_) => context.config()?,
        Origin::Environment => every_channel(&arguments.locale)?,
    };
    let trust = config.trust.clone();
    let app = Arc::new(context.app(with_inboxes(config, &inbox)));
    let router = Dev { app, inbox };
    for name in PLAYED {
        let sample = Sample::named(name).map_err(Stop::could_not_run)?;
        print(&format!("━━ {name}: {} ━━", sample.about));
        router.play(&sample.event_through(&trust.topics()).to_string()).await.map_err(Stop::could_not_run)?;
    }
    if arguments.once {
        return Ok(Done::AllHolds);
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let listening = tokio::net::TcpListener::bind(address).await;
    let listener = listening.map_err(|error| Stop::could_not_run(format!("{address}: {error}; try --port 0")))?;
    let address = listener.local_addr().map_err(|error| Stop::could_not_run(error.to_string()))?;
    say(&format!("Listening on http://{address}/ — try: curl --data-binary @event.json http://{address}/"));
    let service = Router::new()
        .route("/", get(show).post(take))
        // What Lambda takes at most: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        .layer(DefaultBodyLimit::max(6 * 1024 * 1024))
        .with_state(router);
    axum::serve(listener, service).await.map_err(|error| Stop::could_not_run(error.to_string()))?;
    Ok(Done::AllHolds)
}

/// One receiver for each channel that there is a point in trying.
fn every_channel(locale: &str) -> Result<Config, Stop> {
    let locale =
        Locale::from_tag(locale).ok_or_else(|| Stop::could_not_run(format!("there is no locale `{locale}`, but: en, ja")))?;
    let zone =
        jiff::tz::TimeZone::get(if locale == Locale::Ja { "Asia/Tokyo" } else { "UTC" }).unwrap_or(jiff::tz::TimeZone::UTC);
    let reader = Reader::new(locale, zone);
    let of = |kind: &'static ChannelKind| {
        let channel = Box::new(InboxChannel { kind, receiver: String::new(), inbox: Inbox::default() });
        Arc::new(Receiver {
            name: kind.profile.channel.to_owned(),
            kind,
            channel,
            reader: reader.clone(),
            terms: Terms::default(),
        })
    };
    let kinds = CHANNELS.iter().filter(|kind| !["chime", "console"].contains(&kind.profile.channel));
    let receivers: Vec<_> = kinds.map(of).collect();
    let all = receivers.iter().map(|receiver| receiver.name.clone()).collect();
    let routes = vec![Route { to: all, ..Route::default() }];
    Ok(Config { receivers, routes, ..Config::default() })
}

/// The same configuration, with an inbox behind every receiver's name.
fn with_inboxes(config: Config, inbox: &Inbox) -> Config {
    let replaced = |receiver: Arc<Receiver>| {
        let Receiver { name, kind, reader, .. } = receiver.as_ref();
        let channel = InboxChannel { kind, receiver: name.clone(), inbox: inbox.clone() };
        Arc::new(Receiver {
            name: name.clone(),
            kind,
            channel: Box::new(channel),
            reader: reader.clone(),
            terms: Terms::default(),
        })
    };
    Config { receivers: config.receivers.into_iter().map(replaced).collect(), ..config }
}

/// The router and what it delivered.
#[derive(Clone)]
struct Dev {
    app: Arc<App>,
    inbox: Inbox,
}

impl Dev {
    /// Takes an event the way the function does, and prints what every channel would show.
    async fn play(&self, event: &str) -> Result<String, String> {
        const TIME: SignedDuration = SignedDuration::from_secs(10);
        let payload = ingress::unwrap(event).map_err(|error| error.to_string())?;
        let now = Timestamp::now();
        let until = now.saturating_add(TIME).unwrap_or(Timestamp::MAX);
        let report = self.app.deliver(&payload.envelopes, &[], schedule(now, until)).await;
        for shown in self.inbox.take_new() {
            print(&shown);
        }
        let lines = report.outcomes.iter().filter_map(|outcome| serde_json::to_string(outcome).ok());
        Ok(lines.map(|line| line + "\n").collect())
    }
}

async fn take(State(dev): State<Dev>, event: String) -> (StatusCode, String) {
    match dev.play(&event).await {
        Ok(report) => (StatusCode::OK, report),
        Err(problem) => (StatusCode::BAD_REQUEST, format!("{problem}\n")),
    }
}

async fn show(State(dev): State<Dev>) -> String {
    dev.inbox.all()
}

/// The last messages, as their readers would see them.
#[derive(Clone, Default)]
struct Inbox(Arc<Mutex<Messages>>);

#[derive(Default)]
struct Messages {
    shown: VecDeque<String>,
    new: Vec<String>,
}

impl Inbox {
    fn put(&self, message: String) {
        const KEPT: usize = 200;
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        messages.new.push(message.clone());
        messages.shown.push_back(message);
        if messages.shown.len() > KEPT {
            messages.shown.pop_front();
        }
    }

    fn take_new(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).new)
    }

    fn all(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).shown.iter().cloned().collect()
    }
}

struct InboxChannel {
    kind: &'static ChannelKind,
    receiver: String,
    inbox: Inbox,
}

impl Channel for InboxChannel {
    fn references(&self) -> Vec<&SecretRef> {
        Vec::new()
    }

    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, _: &'a Outside) -> BoxFuture<'a, Attempt> {
        let preview = (self.kind.preview)(parcel.payload);
        let lines: String = preview.lines().map(|line| format!("│ {line}\n")).collect();
        self.inbox.put(format!("┌ {} ({})\n{lines}└\n", self.receiver, self.kind.profile.channel));
        Box::pin(std::future::ready(Attempt::without_answer(Verdict::Delivered)))
    }
}
