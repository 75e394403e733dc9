//! The one place that names every stage: unwrap, decode, route, render, deliver, report.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::aws::Aws;
use crate::channels::{ChannelKind, Console, Outside};
use crate::config::Config;
use crate::deliver::{Desk, Job, Policy, Receiver, Schedule, deliver};
use crate::ingress::{Delivery, DeliveryKind, Envelope, HttpRequest};
use crate::notification::{Mention, Notification};
use crate::outcome::{Ending, Outcome, Reason, Report};
use crate::render::{Caps, Document, Locale, Message, Occasion, Reader, Unit, Unrenderable, render};
use crate::route::{Route, Step, select};
use crate::secret::Env;
use crate::secrets::Secrets;
use crate::sources::{Decoded, Sources};
use crate::trust::{Refusal, Trust};

/// A router, ready to take payloads.
pub struct App {
    receivers: HashMap<String, Arc<Receiver>>,
    routes: Vec<Route>,
    trust: Trust,
    sources: Sources,
    desk: Arc<Desk>,
}

/// What became of a request to the function's URL.
pub enum Reception {
    /// Whoever sent it is not believed, or not now.
    Refused(Refusal),
    /// A message of SNS, delivered as the report says.
    Delivered(Report),
    /// One that was delivered before.
    Repeated,
    /// A subscription was confirmed, or has ended.
    Subscription { topic: String, ended: bool },
}

/// What one notification becomes, for people and tests: nothing is sent, and nothing but the payload decides it.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The notification in English, as patterns see it.
    pub notification: Value,
    pub routes: Vec<RouteExplanation>,
    pub deliveries: Vec<DeliveryExplanation>,
    /// Which source read it: a declared one, or a built-in one.
    #[serde(skip)]
    pub read_by: String,
    /// What it came through, the outermost first.
    #[serde(skip)]
    pub carriers: Vec<&'static str>,
    /// Whether a route dropped it.
    #[serde(skip)]
    pub dropped: bool,
}

#[derive(Debug, Serialize)]
pub struct RouteExplanation {
    pub index: usize,
    pub matched: bool,
    pub reason: String,
}

#[derive(Debug, Serialize)]
pub struct DeliveryExplanation {
    pub receiver: String,
    pub channel: &'static str,
    pub template: String,
    /// In `unit`, as `limit` is.
    pub size: usize,
    pub unit: Unit,
    pub limit: usize,
    pub bytes: usize,
    /// JSON as it is, any other payload as a string.
    pub payload: Value,
    /// Why the built-in template had to serve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
    /// The payload, byte for byte.
    #[serde(skip)]
    pub sent: String,
    /// What a reader would see.
    #[serde(skip)]
    pub preview: String,
    /// Whom it calls.
    #[serde(skip)]
    pub mention: Mention,
}

impl App {
    pub fn new(config: Config, env: Env, console: Console) -> App {
        let Config { receivers, routes, sources, accounts, library, reader: _, trust } = config;
        let aws = Arc::new(Aws::default());
        let trust = Trust::new(trust, &env, Arc::clone(&aws));
        let secrets = Secrets::new(env, Arc::clone(&aws));
        let outside = Outside { aws, console, ..Outside::default() };
        let desk = Desk { accounts, library, secrets, outside, policy: Policy::default() };
        let receivers = receivers.into_iter().map(|receiver| (receiver.name.clone(), receiver)).collect();
        App { receivers, routes, sources, trust, desk: Arc::new(desk) }
    }

    pub fn receiver(&self, name: &str) -> Option<&Arc<Receiver>> {
        self.receivers.get(name)
    }

    /// What `envelopes` would become, at `now` if that is to play a part.
    pub fn explain(&self, envelopes: &[Envelope], now: Option<Timestamp>) -> Vec<Explanation> {
        envelopes.iter().map(|envelope| self.explain_one(envelope, now)).collect()
    }

    fn explain_one(&self, envelope: &Envelope, now: Option<Timestamp>) -> Explanation {
        let Decoded { source, notification } = &self.sources.decode(envelope);
        let document = self.document(notification);
        if let Some(objection) = self.trust.objection(envelope) {
            let reason = match objection {
                Reason::Untrusted => "its topic is not one of `topics`",
                _ => "it is a message of our own that came back",
            };
            let held = |index| RouteExplanation { index, matched: false, reason: reason.to_owned() };
            return Explanation {
                read_by: (*source).to_owned(),
                notification: document,
                routes: (0..self.routes.len()).map(held).collect(),
                deliveries: Vec::new(),
                carriers: envelope.carriers.clone(),
                dropped: false,
            };
        }
        let selection = select(&self.routes, notification.severity, &document);
        let deliveries = selection.choices.iter().filter_map(|choice| {
            let receiver = self.receivers.get(choice.receiver)?;
            let message = self.render(notification, receiver.kind, &receiver.reader, choice.mention, now).ok()?;
            Some(delivery(receiver, message, choice.mention))
        });
        let deliveries = deliveries.collect();
        let routes =
            selection.steps.into_iter().map(|Step { index, matched, reason }| RouteExplanation { index, matched, reason });
        Explanation {
            routes: routes.collect(),
            deliveries,
            notification: document,
            read_by: (*source).to_owned(),
            carriers: envelope.carriers.clone(),
            dropped: selection.dropped,
        }
    }

    /// What `envelope` tells.
    pub fn decode(&self, envelope: &Envelope) -> Notification {
        self.sources.decode(envelope).notification
    }

    /// The message for one reader of a channel.
    ///
    /// # Errors
    /// If there is no way to write it.
    pub fn render(
        &self,
        notification: &Notification,
        kind: &ChannelKind,
        reader: &Reader,
        mention: Option<Mention>,
        now: Option<Timestamp>,
    ) -> Result<Message, Unrenderable> {
        let occasion = Occasion { reader, accounts: &self.desk.accounts, mention, now };
        render(notification, &kind.profile, &occasion, &self.desk.library)
    }

    /// Delivers `envelopes` to whom the routes choose, or to `receivers` alone if there are any.
    pub async fn deliver(&self, envelopes: &[Envelope], receivers: &[Arc<Receiver>], schedule: Schedule) -> Report {
        let mut jobs = Vec::new();
        let mut outcomes = Vec::new();
        for envelope in envelopes {
            let notification = Arc::new(self.decode(envelope));
            if let Some(objection) = self.trust.objection(envelope) {
                outcomes.push(skipped(&notification, objection));
                continue;
            }
            for (receiver, mention) in self.chosen(&notification, receivers, &mut outcomes) {
                jobs.push(Job { notification: Arc::clone(&notification), receiver, mention });
            }
        }
        outcomes.extend(deliver(jobs, &self.desk, schedule).await);
        Report { outcomes }
    }

    /// Takes a request to the function's URL: what SNS has signed goes the way of every message.
    pub async fn receive(&self, request: &HttpRequest, schedule: Schedule) -> Reception {
        match self.trust.examine(request, schedule.now).await {
            Ok(delivery) => self.take(&delivery, schedule).await.unwrap_or_else(Reception::Refused),
            Err(refusal) => Reception::Refused(refusal),
        }
    }

    async fn take(&self, delivery: &Delivery, schedule: Schedule) -> Result<Reception, Refusal> {
        let topic = || delivery.topic_arn.clone();
        match delivery.kind {
            _ if self.trust.has_taken(delivery) => return Ok(Reception::Repeated),
            DeliveryKind::Notification => {
                let report = self.deliver(&delivery.open(), &[], schedule).await;
                // What did not arrive has to come again under the same id.
                if report.complete() {
                    self.trust.take(delivery, schedule.now);
                }
                return Ok(Reception::Delivered(report));
            }
            DeliveryKind::SubscriptionConfirmation => self.trust.confirm(delivery).await?,
            DeliveryKind::UnsubscribeConfirmation => {}
        }
        self.trust.take(delivery, schedule.now);
        Ok(Reception::Subscription { topic: topic(), ended: delivery.kind == DeliveryKind::UnsubscribeConfirmation })
    }

    /// The report of a delivery that sends nothing: what would go out is `skipped`, without a reason.
    pub fn rehearse(&self, envelopes: &[Envelope], receivers: &[Arc<Receiver>], now: Timestamp) -> Report {
        let mut outcomes = Vec::new();
        for envelope in envelopes {
            let notification = self.decode(envelope);
            if let Some(objection) = self.trust.objection(envelope) {
                outcomes.push(skipped(&notification, objection));
                continue;
            }
            for (receiver, mention) in self.chosen(&notification, receivers, &mut outcomes) {
                let rendered = self.render(&notification, receiver.kind, &receiver.reader, mention, Some(now));
                let (ending, reason, detail) = match rendered {
                    Ok(message) => (Ending::Skipped, message.degraded.as_ref().map(|_| Reason::Template), message.degraded),
                    Err(problem) => (Ending::Rejected, Some(Reason::Template), Some(problem.to_string())),
                };
                let (name, channel) = (receiver.name.clone(), receiver.kind.profile.channel);
                outcomes.push(Outcome {
                    receiver: Some(name),
                    channel: Some(channel),
                    ending,
                    reason,
                    detail,
                    ..skipped(&notification, Reason::Dropped)
                });
            }
        }
        Report { outcomes }
    }

    fn chosen(
        &self,
        notification: &Notification,
        only: &[Arc<Receiver>],
        outcomes: &mut Vec<Outcome>,
    ) -> Vec<(Arc<Receiver>, Option<Mention>)> {
        if !only.is_empty() {
            return only.iter().map(|receiver| (Arc::clone(receiver), None)).collect();
        }
        // Only patterns look at the document.
        let document =
            if self.routes.iter().any(|route| route.pattern.is_some()) { self.document(notification) } else { Value::Null };
        let selection = select(&self.routes, notification.severity, &document);
        if selection.dropped {
            outcomes.push(skipped(notification, Reason::Dropped));
        }
        let known = |name: &str| self.receivers.get(name).map(Arc::clone);
        selection.choices.iter().filter_map(|choice| Some((known(choice.receiver)?, choice.mention))).collect()
    }

    /// The notification's JSON in English and UTC, whatever the locale.
    fn document(&self, notification: &Notification) -> Value {
        let english = Reader::new(Locale::En, TimeZone::UTC);
        serde_json::to_value(Document::new(notification, &english, &self.desk.accounts, Caps::NONE)).unwrap_or_default()
    }
}

/// The time until `deadline`, less what the answer itself needs.
pub fn schedule(now: Timestamp, deadline: Timestamp) -> Schedule {
    const ANSWER_MILLIS: i64 = 1_500;
    let started = Instant::now();
    let millis = deadline.as_millisecond().saturating_sub(now.as_millisecond()).saturating_sub(ANSWER_MILLIS);
    let time = std::time::Duration::from_millis(u64::try_from(millis).unwrap_or_default());
    Schedule { now, started, until: started + time.min(MAX_INVOCATION) }
}

fn delivery(receiver: &Receiver, message: Message, mention: Option<Mention>) -> DeliveryExplanation {
    let profile = &receiver.kind.profile;
    let Message { payload, template, degraded } = message;
    DeliveryExplanation {
        receiver: receiver.name.clone(),
        channel: profile.channel,
        template: format!("{template}.hbs"),
        size: profile.unit.measure(&payload),
        unit: profile.unit,
        limit: profile.limit,
        bytes: payload.len(),
        preview: (receiver.kind.preview)(&payload),
        payload: serde_json::from_str(&payload).unwrap_or_else(|_| Value::String(payload.clone())),
        sent: payload,
        degraded,
        mention: mention.unwrap_or(Mention::None),
    }
}

fn skipped(notification: &Notification, reason: Reason) -> Outcome {
    Outcome {
        receiver: None,
        channel: None,
        kind: notification.kind.as_str(),
        dedup_key: notification.dedup_key.clone(),
        ending: Ending::Skipped,
        reason: Some(reason),
        attempts: 0,
        millis: 0,
        status: None,
        detail: None,
    }
}

/// The longest that Lambda lets a function run: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_INVOCATION: std::time::Duration = std::time::Duration::from_secs(900);
