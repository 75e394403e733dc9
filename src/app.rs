//! The one place that names every stage: unwrap, decode, route, render, deliver, report.

mod explanation;

pub use explanation::{Background, DeliveryExplanation, Explanation};

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::aws::Aws;
use crate::channels::{ChannelKind, Console, Outside};
use crate::config::Config;
use crate::deliver::{Desk, Job, Receiver, Schedule, deliver, tell_of_refusals, tell_of_unfit};
use crate::ingress::{Delivery, DeliveryKind, Envelope, HttpRequest};
use crate::memory::{Failed, FailureQueue, Memory, Request, journal_of};
use crate::notification::{Mention, Notification};
use crate::outcome::{Ending, Event, Incident, Outcome, Reason, Report};
use crate::render::{Caps, Document, Locale, Message, Occasion, Reader, Unfit, Unrenderable, render};
use crate::route::{Matter, Route, select};
use crate::secret::Env;
use crate::secrets::Secrets;
use crate::sources::Sources;
use crate::trust::{Refusal, Trust};

/// A router, ready to take payloads.
pub struct App {
    routes: Vec<Route>,
    trust: Trust,
    sources: Sources,
    desk: Arc<Desk>,
    failures: Option<FailureQueue>,
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

impl App {
    pub fn new(config: Config, env: Env, console: Console) -> App {
        App::with_aws(config, env, console, Arc::default())
    }

    /// One with clients that somebody has already.
    pub fn with_aws(config: Config, env: Env, console: Console, aws: Arc<Aws>) -> App {
        let folder = env.get("TMPDIR").filter(|folder| !folder.is_empty()).map_or(PathBuf::from("/tmp"), PathBuf::from);
        // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
        let sandbox = ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API"];
        let journal = folder.join(journal_of(&sandbox.map(|name| env.get(name).unwrap_or_default())));
        App::with_journal(Some(journal), config, env, console, aws)
    }

    /// One that leaves nothing on this machine: beside a ledger, its memory ends with the process.
    pub fn without_journal(config: Config, env: Env, console: Console, aws: Arc<Aws>) -> App {
        App::with_journal(None, config, env, console, aws)
    }

    fn with_journal(journal: Option<PathBuf>, config: Config, env: Env, console: Console, aws: Arc<Aws>) -> App {
        let Config { receivers, routes, sources, accounts, library, reader: _, trust, memory, failure_queue, metrics: _ } =
            config;
        let trust = Trust::new(trust, &env, Arc::clone(&aws));
        let memory = Memory::new(memory, journal, Arc::clone(&aws));
        let failures = failure_queue.map(|url| FailureQueue::new(url, Arc::clone(&aws)));
        let secrets = Secrets::new(env, Arc::clone(&aws));
        let outside = Outside { aws, console, ..Outside::default() };
        let desk = Desk::new(accounts, library, secrets, outside, memory, receivers);
        App { routes, sources, trust, desk: Arc::new(desk), failures }
    }

    pub fn receiver(&self, name: &str) -> Option<&Arc<Receiver>> {
        self.desk.receiver(name)
    }

    /// What `envelope` tells.
    pub fn decode(&self, envelope: &Envelope) -> Notification {
        self.sources.decode(envelope).notification
    }

    /// A notification's headline in English.
    pub fn title(&self, notification: &Notification) -> String {
        self.document(notification, None).get("title").and_then(Value::as_str).unwrap_or_default().to_owned()
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
        let occasion = Occasion { mention, now, ..Occasion::new(reader, &self.desk.accounts) };
        render(notification, &kind.profile, &occasion, &self.desk.library)
    }

    /// Delivers `envelopes` to whom the routes choose, or to `receivers` alone if there are any. Nothing is remembered.
    pub async fn deliver(&self, envelopes: &[Envelope], receivers: &[Arc<Receiver>], schedule: Schedule) -> Report {
        let mut report = Report::default();
        let jobs = self.jobs(envelopes, receivers, schedule.now, &mut report);
        report.append(deliver(jobs, &self.desk, schedule).await);
        report
    }

    /// Delivers `envelopes` to whom the routes choose, but for what is remembered as delivered, and keeps in the failure
    /// queue what was rejected: `payload`, which came with the id `request`, whole.
    pub async fn deliver_once(&self, request: &str, payload: &RawValue, envelopes: Vec<Envelope>, schedule: Schedule) -> Report {
        let mut report = Report::default();
        let envelopes: Vec<Envelope> = envelopes.into_iter().map(|envelope| envelope.brought_by(request)).collect();
        let jobs = self.jobs(&envelopes, &[], schedule.now, &mut report);
        let keeping = if self.failures.is_some() { KEEPING } else { Duration::ZERO };
        let reserve = keeping + self.desk.memory.reserve();
        report.append(self.deliver_missing(request, jobs, schedule.less(reserve)).await);
        tell_of_refusals(&self.desk, schedule.less(reserve), &mut report.incidents).await;
        self.keep(request, payload, &mut report, schedule).await;
        report
    }

    /// Tells a receiver that another version of the configuration than the newest is in use; false if nobody could be told.
    pub async fn tell_of_unfit(&self, unfit: &Unfit, schedule: Schedule, incidents: &mut Vec<Incident>) -> bool {
        tell_of_unfit(unfit, &self.desk, schedule, incidents).await
    }

    /// Does `jobs`, which came with the id `request`, but for what is remembered as delivered.
    pub async fn deliver_missing(&self, request: &str, mut jobs: Vec<Job>, schedule: Schedule) -> Report {
        let request: Arc<str> = request.into();
        let mut copies: HashMap<(Arc<str>, String, String), usize> = HashMap::new();
        for job in &mut jobs {
            // A queue gives a record again under its own id, in a request of another.
            let id = job.record.as_ref().unwrap_or(&request);
            let (receiver, fact) = (job.receiver.name.clone(), job.notification.dedup_key.clone());
            let copies = copies.entry((Arc::clone(id), receiver, fact)).or_default();
            job.request = Some(Request { id: Arc::clone(id), copy: *copies });
            *copies += 1;
        }
        deliver(jobs, &self.desk, schedule).await
    }

    /// Puts what was rejected into the failure queue, if there is one.
    async fn keep(&self, request: &str, payload: &RawValue, report: &mut Report, schedule: Schedule) {
        let Some(queue) = &self.failures else { return };
        let Report { outcomes, incidents, .. } = report;
        let failed = outcomes.iter().filter(|outcome| outcome.ending == Ending::Rejected && !outcome.settled);
        let failed: Vec<Failed> = failed.filter_map(Failed::of).collect();
        if failed.is_empty() {
            return;
        }
        if let Err(problem) = queue.keep(request, &failed, payload, schedule.until).await {
            return incidents.push(Incident::new(Event::NotKept, None, format!("not in the failure queue: {problem}")));
        }
        // One that another stands in for is not in the record: if that one is still to come, so is it.
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.ending == Ending::Rejected && !outcome.settled) {
            if let Some(receiver) = &outcome.receiver {
                let request = outcome.record.as_deref().unwrap_or(request);
                self.desk.memory.kept(request, receiver, &outcome.dedup_key, schedule.time(), incidents);
                outcome.settled = true;
            }
        }
        incidents.push(Incident::new(Event::Kept, None, format!("{} undelivered in the failure queue", failed.len())));
    }

    /// A job for each notification and receiver that the routes choose, or for each of `receivers` if there are any; the report
    /// has what nobody is to get.
    pub fn jobs(&self, envelopes: &[Envelope], receivers: &[Arc<Receiver>], now: Timestamp, report: &mut Report) -> Vec<Job> {
        let mut jobs = Vec::new();
        for envelope in envelopes {
            let notification = Arc::new(self.decode(envelope));
            let before = report.outcomes.len();
            match self.trust.objection(envelope) {
                Some(objection) => report.outcomes.push(skipped(&notification, objection)),
                None => {
                    let chosen =
                        if receivers.is_empty() { self.chosen(&notification, envelope, now, report) } else { all_of(receivers) };
                    jobs.extend(chosen.into_iter().map(|(receiver, mention)| {
                        let mut job = Job::new(Arc::clone(&notification), receiver, mention);
                        job.record.clone_from(&envelope.record);
                        job
                    }));
                }
            }
            // What nobody is to get came in a record too.
            report.outcomes.iter_mut().skip(before).for_each(|outcome| outcome.record.clone_from(&envelope.record));
        }
        jobs
    }

    /// Takes a request to the function's URL: what SNS has signed goes the way of every message.
    pub async fn receive(&self, request: &HttpRequest, schedule: Schedule) -> Reception {
        match self.trust.examine(request, schedule.now).await {
            Ok(delivery) => self.take(&delivery, schedule).await.unwrap_or_else(Reception::Refused),
            Err(refusal) => Reception::Refused(refusal),
        }
    }

    async fn take(&self, delivery: &Delivery, schedule: Schedule) -> Result<Reception, Refusal> {
        match delivery.kind {
            _ if self.trust.has_taken(delivery) => return Ok(Reception::Repeated),
            DeliveryKind::Notification => {
                let payload = delivery.payload().ok_or(Refusal::NotJson)?;
                let report = self.deliver_once(&delivery.message_id, &payload, delivery.open(), schedule).await;
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
        Ok(Reception::Subscription {
            topic: delivery.topic_arn.clone(),
            ended: delivery.kind == DeliveryKind::UnsubscribeConfirmation,
        })
    }

    /// The report of a delivery that sends nothing: what would go out is `skipped`, without a reason.
    pub fn rehearse(&self, envelopes: &[Envelope], receivers: &[Arc<Receiver>], now: Timestamp) -> Report {
        let mut report = Report::default();
        let jobs = self.jobs(envelopes, receivers, now, &mut report);
        report.outcomes.extend(jobs.iter().map(|job| self.rehearse_one(job, now)));
        report
    }

    /// The outcome of a job that is only rehearsed.
    pub fn rehearse_one(&self, job: &Job, now: Timestamp) -> Outcome {
        let Job { notification, receiver, mention, .. } = job;
        let mut outcome = job.outcome();
        match self.render(notification, receiver.kind, &receiver.reader, *mention, Some(now)) {
            Ok(message) => {
                outcome.end(Ending::Skipped, message.degraded.as_ref().map(|_| Reason::Template));
                outcome.detail = message.degraded;
            }
            Err(problem) => {
                outcome.end(Ending::Rejected, Reason::Template);
                outcome.detail = Some(problem.to_string());
            }
        }
        outcome
    }

    /// Whom the routes choose, and whom each message calls.
    fn chosen(&self, notification: &Notification, envelope: &Envelope, now: Timestamp, report: &mut Report) -> Vec<Chosen> {
        let matter = Matter::new(notification, envelope, || self.document(notification, envelope.topic.as_deref()), Some(now));
        let selection = select(&self.routes, &matter);
        if let Some(dropped) = &selection.dropped {
            let mut outcome = skipped(notification, Reason::Dropped);
            outcome.dropped_by = Some(dropped.to_string());
            report.outcomes.push(outcome);
        } else if selection.is_last_resort(&self.routes) {
            report.unrouted += 1;
        }
        if selection.choices.is_empty() && selection.dropped.is_none() {
            let mut outcome = open(notification);
            outcome.end(Ending::Rejected, Reason::Other);
            report.outcomes.push(outcome);
            report.incidents.push(Incident::new(Event::Unrouted, None, "no route chose a receiver"));
        }
        let known = |name: &str| self.receiver(name).map(Arc::clone);
        selection.choices.iter().filter_map(|choice| Some((known(choice.receiver)?, choice.mention))).collect()
    }

    /// The notification's JSON in English and UTC, whatever the locale, and the SNS topic that it came through.
    fn document(&self, notification: &Notification, topic: Option<&str>) -> Value {
        let english = Reader::new(Locale::En, TimeZone::UTC);
        let document = Document::new(notification, &english, &self.desk.accounts, Caps::NONE);
        let mut document = serde_json::to_value(document).unwrap_or_default();
        if let (Value::Object(object), Some(topic)) = (&mut document, topic.filter(|topic| !topic.is_empty())) {
            object.insert("topic".to_owned(), topic.into());
        }
        document
    }
}

/// A receiver, and whom its message calls.
type Chosen = (Arc<Receiver>, Option<Mention>);

/// `receivers`, whatever the routes say.
fn all_of(receivers: &[Arc<Receiver>]) -> Vec<Chosen> {
    receivers.iter().map(|receiver| (Arc::clone(receiver), None)).collect()
}

/// The time until `deadline`, less what the answer itself needs.
pub fn schedule(now: Timestamp, deadline: Timestamp) -> Schedule {
    const ANSWER_MILLIS: i64 = 1_500;
    let started = Instant::now();
    let millis = deadline.as_millisecond().saturating_sub(now.as_millisecond()).saturating_sub(ANSWER_MILLIS);
    let time = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
    Schedule { now, started, until: started + time.min(MAX_INVOCATION) }
}

fn open(notification: &Notification) -> Outcome {
    Outcome::open(notification.kind.as_str(), &notification.dedup_key)
}

fn skipped(notification: &Notification, reason: Reason) -> Outcome {
    let mut outcome = open(notification);
    outcome.end(Ending::Skipped, reason);
    outcome
}

/// What it takes to put failures into their queue.
const KEEPING: Duration = Duration::from_secs(2);
/// The longest that Lambda lets a function run: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_INVOCATION: Duration = Duration::from_secs(900);
