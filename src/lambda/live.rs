//! The router as its configuration is now. A file's stays as it is; one in Parameter Store is looked for anew.
//!
//! # Design
//! ```text
//! start ─► read ─► good: in use
//!            ├───► bad: the newest good one of a few versions before it, and a receiver is told
//!            └───► not to be had: every event fails, and asks again
//! event ─► asked five minutes ago? ─► read, for a second at most ─► another version ─► good: in use from this event on
//!                                                                                └───► bad: what was in use stays
//! ```
//! Whatever is wrong, there is never another configuration than the one that was named.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::Mutex;

use super::log::Log;
use super::{Failed, Function};
use crate::aws::{Aws, Problem, Unread};
use crate::config::{Broken, Origin, Stored};
use crate::deliver::Schedule;
use crate::outcome::{Event, Incident, Report};
use crate::render::Unfit;
use crate::secret::Env;
use crate::text::mask::mask;

/// The function as its configuration is now.
pub(super) struct Live {
    origin: Origin,
    env: Env,
    aws: Arc<Aws>,
    /// How old a version may be before Parameter Store is asked again.
    max_age: SignedDuration,
    state: Mutex<State>,
}

struct State {
    function: Result<Arc<Function>, Failed>,
    /// The version that is in use, where there are versions.
    in_use: Option<i64>,
    /// The newest version that we know of.
    newest: Option<i64>,
    /// When Parameter Store was last asked.
    asked: Timestamp,
    /// What is wrong with the newest version, until somebody is told.
    unfit: Option<Unfit>,
    /// What happened since the last event.
    incidents: Vec<Incident>,
}

impl Live {
    pub(super) async fn start(origin: Origin, env: Env, log: &mut Log) -> Live {
        let aws = Arc::<Aws>::default();
        let function = Err(Failed("the configuration could not be read in time".to_owned()));
        let (asked, incidents) = (Timestamp::now(), Vec::new());
        let mut state = State { function, in_use: None, newest: None, asked, unfit: None, incidents };
        match &origin {
            Origin::Parameter(stored) => {
                let begun = begin(&mut state, stored, &env, &aws, log);
                let _ = tokio::time::timeout(PATIENCE_AT_START, begun).await;
            }
            known => state.function = load(known, &env, &aws, log).map_err(|broken| refuse(known, &broken, log)),
        }
        let (variable, usual) = MAX_AGE;
        let max_age = env.get(variable).and_then(|secs| secs.trim().parse::<u32>().ok()).map_or(usual, i64::from);
        Live { origin, env, aws, max_age: SignedDuration::from_secs(max_age), state: Mutex::new(state) }
    }

    /// The function for an event that came at `now` and has to be done by `deadline`.
    pub(super) async fn function(&self, now: Timestamp, deadline: Timestamp, log: &mut Log) -> Result<Arc<Function>, Failed> {
        let mut state = self.state.lock().await;
        if let Origin::Parameter(stored) = &self.origin {
            let left = Duration::try_from(deadline.duration_since(now)).unwrap_or_default();
            if state.function.is_err() {
                state.asked = now;
                let begun = begin(&mut state, stored, &self.env, &self.aws, log);
                let _ = tokio::time::timeout(PATIENCE_AT_START.min(left / 2), begun).await;
            } else if !(SignedDuration::ZERO..self.max_age).contains(&now.duration_since(state.asked)) {
                // Also if there is no answer: who waits for one at every event is held up at every event.
                state.asked = now;
                let read = tokio::time::timeout(PATIENCE.min(left / 4), self.read(stored)).await;
                self.renew(&mut state, read.unwrap_or(Err(Unread::Down(Problem::LATE))), log);
            }
        }
        state.function.clone()
    }

    /// Asks Parameter Store, and once more: a connection that was frozen with us may be dead.
    async fn read(&self, stored: &Stored) -> Result<Stored, Unread> {
        match stored.read(&self.aws).await {
            Err(Unread::Down(_)) => stored.read(&self.aws).await,
            answered => answered,
        }
    }

    /// Puts another version than the newest that we know of into use, if it holds together.
    fn renew(&self, state: &mut State, read: Result<Stored, Unread>, log: &mut Log) {
        let in_use = state.in_use.unwrap_or_default();
        let read = match read {
            Ok(read) => read,
            Err(problem) => {
                let message = format!("{} {problem}; version {in_use} goes on", self.origin);
                return state.incidents.push(Incident::new(Event::ConfigurationUnavailable, None, message));
            }
        };
        let newest = read.version();
        if newest == state.newest {
            return;
        }
        state.newest = newest;
        match load(&Origin::Parameter(read.clone()), &self.env, &self.aws, log) {
            Ok(function) => state.take(&read, function),
            Err(broken) => state.refuse(&read, &broken, in_use),
        }
    }

    /// Tells in the log, and to a receiver, what became of the configuration, if anything.
    pub(super) async fn tell(&self, schedule: Schedule, log: &mut Log) {
        let mut state = self.state.lock().await;
        let Ok(function) = &state.function else { return };
        let function = Arc::clone(function);
        let mut report = Report { incidents: std::mem::take(&mut state.incidents), ..Report::default() };
        if let Some(unfit) = state.unfit.take() {
            drop(state);
            if !function.app.tell_of_unfit(&unfit, schedule, &mut report.incidents).await {
                self.state.lock().await.unfit.get_or_insert(unfit);
            }
        }
        function.tell(&report, log);
    }
}

impl State {
    fn take(&mut self, read: &Stored, function: Arc<Function>) {
        (self.function, self.in_use, self.unfit) = (Ok(function), read.version(), None);
        let message = format!("{read} is in use in version {}", read.version().unwrap_or_default());
        self.incidents.push(Incident::new(Event::ConfigurationTaken, None, message));
    }

    fn refuse(&mut self, read: &Stored, broken: &Broken, in_use: i64) {
        let (place, version) = (read.to_string(), read.version().unwrap_or_default());
        let message = format!("{place} is not in use in version {version}, but in version {in_use}: {broken}");
        self.incidents.push(Incident::new(Event::ConfigurationRefused, None, mask(&message)));
        self.unfit = Some(Unfit { place, version, in_use, problem: mask(&broken.worst()).into_owned() });
    }
}

/// Takes the newest version that holds together, of the newest and a few before it.
async fn begin(state: &mut State, stored: &Stored, env: &Env, aws: &Arc<Aws>, log: &mut Log) {
    let unread = |problem: Unread, log: &mut Log| {
        let message = format!("there is no configuration: {stored} {problem}");
        log.add(&json!({ "level": "error", "message": message }));
        Err(Failed(message))
    };
    let newest = match stored.read(aws).await {
        Ok(read) => read,
        Err(problem) => return state.function = unread(problem, log),
    };
    let is_known = state.newest == newest.version();
    let broken = match load(&Origin::Parameter(newest.clone()), env, aws, log) {
        Ok(function) => {
            state.newest = newest.version();
            return state.take(&newest, function);
        }
        // It is told of once, and so are those before it.
        Err(_) if is_known => return state.function = Err(Failed(BROKEN.to_owned())),
        Err(broken) => broken,
    };
    for version in newest.earlier().take(EARLIER) {
        let earlier = match stored.read_version(version, aws).await {
            Ok(earlier) => earlier,
            Err(Unread::Missing) => continue,
            Err(problem) => return state.function = unread(problem, log),
        };
        if let Ok(function) = load(&Origin::Parameter(earlier.clone()), env, aws, log) {
            state.newest = newest.version();
            state.take(&earlier, function);
            return state.refuse(&newest, &broken, version);
        }
    }
    state.newest = newest.version();
    state.function = Err(refuse(&Origin::Parameter(newest), &broken, log));
}

fn load(origin: &Origin, env: &Env, aws: &Arc<Aws>, log: &mut Log) -> Result<Arc<Function>, Broken> {
    let (config, problems) = origin.load(env)?;
    for problem in problems {
        log.add(&json!({ "level": "warn", "message": problem.to_string() }));
    }
    Ok(Arc::new(Function::new(config, env.clone(), Arc::clone(aws))))
}

fn refuse(origin: &Origin, broken: &Broken, log: &mut Log) -> Failed {
    let (origin, problems) = (origin.to_string(), broken.to_string());
    log.add(
        &json!({ "level": "error", "message": "the configuration is broken", "origin": origin, "problems": mask(&problems) }),
    );
    Failed(BROKEN.to_owned())
}

const BROKEN: &str = "the configuration is broken; the log says where";
/// How many seconds old a version may be before Parameter Store is asked again; as a secret, five minutes.
const MAX_AGE: (&str, i64) = ("HIKYAKU_CONFIG_MAX_AGE_SECS", 300);
/// How long an event is held up for that.
const PATIENCE: Duration = Duration::from_secs(1);
/// As long as an attempt takes at most; Lambda gives a start ten seconds
/// (<https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>).
const PATIENCE_AT_START: Duration = Duration::from_secs(8);
/// How many versions before a broken one are tried.
const EARLIER: usize = 5;
