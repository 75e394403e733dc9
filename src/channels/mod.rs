//! Channels: one file each, with its config, its limits, its payload and its reading of the answer.
//!
//! A channel sends once and classifies what came back; `deliver` decides what follows.
//!
//! # Adding one
//! Write `channels/NAME.rs` with a `KIND` and its settings, add both to [`CHANNELS`], write `templates/NAME/default.hbs`.

mod chime;
mod console;
mod email;
mod endpoint;
mod slack;
mod smtp;
mod teams;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::aws::Aws;
use crate::net::Http;
use crate::outcome::Verdict;
use crate::render::Profile;
use crate::secret::{Keys, SecretRef};

/// A kind of channel.
#[derive(Clone, Copy)]
pub struct ChannelKind {
    pub profile: Profile,
    /// The channel that a receiver's settings describe.
    pub configure: fn(Value) -> Result<Box<dyn Channel>, Fault>,
    /// The environment variable that alone makes a receiver of it, and the setting that it fills.
    pub env: Option<(&'static str, &'static str)>,
    /// How fast it takes messages, where its service says so.
    pub rate: Option<Rate>,
    /// What a reader would see of a payload, as plain text.
    pub preview: fn(&str) -> String,
}

/// A token bucket: so many messages at once, and so many a second in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "RateSettings")]
#[schemars(with = "RateSettings")]
pub struct Rate {
    pub per_second: f64,
    pub burst: u32,
}

/// How fast messages go out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `per_second`")]
struct RateSettings {
    /// Messages a second in the long run.
    #[schemars(range(min = 0.001, max = 1_000_000.0), example = 0.5)]
    per_second: f64,
    /// Messages that may go out at once.
    #[serde(default = "one")]
    #[schemars(range(min = 1), example = 5)]
    burst: u32,
}

fn one() -> u32 {
    1
}

impl TryFrom<RateSettings> for Rate {
    type Error = &'static str;

    fn try_from(settings: RateSettings) -> Result<Rate, Self::Error> {
        let RateSettings { per_second, burst } = settings;
        if !(0.001..=1_000_000.0).contains(&per_second) {
            return Err("`per_second` must be from 0.001 to 1000000");
        }
        if burst == 0 {
            return Err("`burst` must be 1 at least");
        }
        Ok(Rate { per_second, burst })
    }
}

/// The channels, and what each lets a receiver set. The latter stands apart from the kinds, which the function has too: what
/// only a schema needs stays out of it.
macro_rules! channels {
    ($($name:ident: $settings:ty,)+) => {
        /// All channels.
        pub const CHANNELS: &[ChannelKind] = &[$($name::KIND,)+];

        /// What a receiver can set of each channel, by its name.
        pub fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
            vec![$(($name::KIND.profile.channel, generator.subschema_for::<$settings>()),)+]
        }
    };
}

channels! {
    slack: endpoint::Endpoint,
    teams: endpoint::Endpoint,
    email: email::Email,
    smtp: smtp::Settings,
    webhook: webhook::Webhook,
    console: console::Settings,
    chime: endpoint::Endpoint,
}

/// The kind called `name`.
pub fn kind(name: &str) -> Option<&'static ChannelKind> {
    CHANNELS.iter().find(|kind| kind.profile.channel == name)
}

/// A configured channel.
pub trait Channel: Send + Sync {
    /// The secrets that it needs to send.
    fn references(&self) -> Vec<&SecretRef>;

    /// What it takes of the role that it sends under, beside reading its secrets: an action, and on what.
    fn permission(&self) -> Option<(&'static str, &str)> {
        None
    }

    /// What is allowed but unwise about its settings.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether what its secrets hold is an address that it can send to.
    ///
    /// # Errors
    /// What is wrong with it, without it.
    fn address(&self, _keys: &Keys) -> Result<(), String> {
        Ok(())
    }

    /// Goes as far as a message would and sends none; there is nowhere to go to where it stays on this machine.
    fn reach<'a>(&'a self, _keys: &'a Keys, _outside: &'a Outside, _timeout: Duration) -> BoxFuture<'a, Reach> {
        Box::pin(async { Reach::Reached("it is on this machine") })
    }

    /// Sends once, within `parcel.timeout`, and classifies the answer.
    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, outside: &'a Outside) -> BoxFuture<'a, Attempt>;
}

/// How far one came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// What answered.
    Reached(&'static str),
    /// What is in the way.
    Away(String),
    /// The permission that looking takes.
    Denied(&'static str),
}

/// One payload on its way.
pub struct Parcel<'a> {
    pub payload: &'a str,
    /// The same for every attempt to tell this receiver this fact.
    pub idempotency_key: &'a str,
    pub keys: &'a Keys,
    pub now: Timestamp,
    pub timeout: Duration,
}

/// The ways out.
#[derive(Default)]
pub struct Outside {
    pub http: Http,
    pub aws: Arc<Aws>,
    pub console: Console,
}

/// Where the console is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Console {
    #[default]
    Output,
    /// Standard error, where standard output is for something else.
    Error,
}

/// How one attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub verdict: Verdict,
    /// The status of the answer, HTTP's or SMTP's, if there was one.
    pub status: Option<u16>,
    /// What a person should know beyond that, for the log. It holds no address and nothing of the answer.
    pub detail: Option<String>,
}

impl Attempt {
    pub fn answered(verdict: Verdict, status: u16) -> Attempt {
        Attempt { verdict, status: Some(status), detail: None }
    }

    pub fn without_answer(verdict: Verdict) -> Attempt {
        Attempt { verdict, status: None, detail: None }
    }

    pub fn because(self, detail: impl Into<String>) -> Attempt {
        Attempt { detail: Some(detail.into()), ..self }
    }
}

/// A setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer below the channel's own settings: `/url`; empty for the settings as a whole.
    pub pointer: String,
    pub problem: String,
}

impl Fault {
    pub fn new(pointer: &str, problem: impl Into<String>) -> Fault {
        Fault { pointer: pointer.to_owned(), problem: problem.into() }
    }
}

/// Settings as their type.
///
/// # Errors
/// The first fault in them.
pub fn settings<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        Fault { pointer, problem: without_value(&error.into_inner().to_string()) }
    })
}

/// A fault's text without the value that is at fault: it may be a secret in the wrong place.
fn without_value(problem: &str) -> String {
    match problem.rsplit_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid ") => {
            let found = found.split(['"', '`']).next().unwrap_or_default().trim_end();
            format!("{found}, expected {expected}")
        }
        _ => crate::text::mask::mask(problem).into_owned(),
    }
}

/// What a template wrote, if that is a JSON object.
fn json_object(written: &str) -> Option<Value> {
    serde_json::from_str(written).ok().filter(Value::is_object)
}

/// The text of a value, without the blanks of its template. `to_string` would write it piece by piece through a formatter.
fn as_text(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
