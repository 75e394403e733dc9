//! References to secrets resolved: from the environment, a file, SSM Parameter Store or Secrets Manager.
//!
//! What a store gave is used for five minutes by the wall clock, which each invocation reads anew: a function that was frozen
//! for hours asks again. A store is asked for one secret by one at a time and, if it fails, once in an invocation. While it does
//! not answer, what it gave before goes on to serve: an old address is better than none, and if it is no longer good, its
//! channel says so.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::aws::{Aws, Unread};
use crate::secret::{Env, Secret, SecretRef};

/// Resolves references and remembers what stores gave.
pub struct Secrets {
    env: Env,
    aws: Arc<Aws>,
    held: Mutex<HashMap<Place, Arc<tokio::sync::Mutex<Held>>>>,
}

/// A secret that cannot be had. It names the reference, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretError {
    pub reference: String,
    pub problem: Cow<'static, str>,
    /// Whether it may be there at another time: a store that does not answer, a permission that is missing.
    pub transient: bool,
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.reference, self.problem)
    }
}

impl std::error::Error for SecretError {}

impl Secrets {
    pub fn new(env: Env, aws: Arc<Aws>) -> Secrets {
        Secrets { env, aws, held: Mutex::default() }
    }

    /// The value that `reference` leads to, without blanks around it. `now` is when the invocation began.
    ///
    /// # Errors
    /// If it leads nowhere, to nothing or to too much, or the store that keeps it does not answer.
    pub async fn resolve(&self, reference: &SecretRef, now: Timestamp) -> Result<Secret<String>, SecretError> {
        self.read(reference, now, Asking::IfOld).await
    }

    /// As [`resolve`](Self::resolve), but what is held does not count: somebody no longer takes it. A store is asked once in an
    /// invocation, for whoever needs it, and has to answer.
    ///
    /// # Errors
    /// As those of `resolve`.
    pub async fn refresh(&self, reference: &SecretRef, now: Timestamp) -> Result<Secret<String>, SecretError> {
        self.read(reference, now, Asking::Anyway).await
    }

    async fn read(&self, reference: &SecretRef, now: Timestamp, asking: Asking) -> Result<Secret<String>, SecretError> {
        let value = match reference {
            SecretRef::Literal(value) => Ok(value.clone()),
            SecretRef::Env(name) => {
                self.env.get(name).map(|value| Secret::new(value.to_owned())).ok_or(Problem::gone("is not set"))
            }
            SecretRef::File(path) => file(path),
            SecretRef::Ssm(name) => self.stored(Place::Ssm(name.clone()), now, asking).await,
            SecretRef::SecretsManager { id, key } => {
                let whole = self.stored(Place::SecretsManager(id.clone()), now, asking).await;
                match key {
                    None => whole,
                    Some(key) => whole.and_then(|whole| {
                        json_value(whole.reveal(), key).ok_or(Problem::gone("is no JSON object with such a key"))
                    }),
                }
            }
        };
        value.and_then(usable).map_err(|Problem { text, class }| SecretError {
            reference: reference.to_string(),
            problem: text,
            transient: class != Class::Gone,
        })
    }

    /// What the store has at `place`, or what it gave when it was last asked.
    async fn stored(&self, place: Place, now: Timestamp, asking: Asking) -> Result<Secret<String>, Problem> {
        let held = Arc::clone(self.held.lock().unwrap_or_else(PoisonError::into_inner).entry(place.clone()).or_default());
        // Who else needs it waits here, and finds the answer.
        let mut held = held.lock().await;
        let ask = match asking {
            Asking::IfOld => !held.is_fresh(now) && held.failed.as_ref().is_none_or(|(_, at)| *at != now),
            Asking::Anyway => held.refreshed != Some(now),
        };
        if ask {
            let answer = self.fetch(&place).await;
            if asking == Asking::Anyway {
                held.refreshed = Some(now);
            }
            match answer {
                Ok(value) => *held = Held { value: Some((value, now)), failed: None, ..*held },
                Err(problem) => {
                    held.value.take_if(|_| problem.class != Class::Down);
                    held.failed = Some((problem, now));
                }
            }
        }
        match (&held.value, held.failed.clone()) {
            (Some(_), Some((problem, at))) if at == now && asking == Asking::Anyway => Err(problem),
            (Some((value, _)), _) => Ok(value.clone()),
            (None, failed) => Err(failed.map_or(Problem::gone("has no value"), |(problem, _)| problem)),
        }
    }

    async fn fetch(&self, place: &Place) -> Result<Secret<String>, Problem> {
        let read = match place {
            Place::Ssm(name) => self.aws.parameter(name).await.map(|parameter| parameter.value),
            Place::SecretsManager(id) => self.aws.secret(id).await,
        };
        read.map_err(|unread| {
            let class = match unread {
                Unread::Missing | Unread::Unusable(_) => Class::Gone,
                Unread::Denied => Class::Denied,
                Unread::Down(_) => Class::Down,
            };
            Problem { text: unread.to_string().into(), class }
        })
    }
}

/// Where a store keeps it. Several references may lead into one secret.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    Ssm(String),
    SecretsManager(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    IfOld,
    Anyway,
}

/// What a store gave, and how it failed since.
#[derive(Default)]
struct Held {
    value: Option<(Secret<String>, Timestamp)>,
    failed: Option<(Problem, Timestamp)>,
    /// The invocation that last asked whatever was held.
    refreshed: Option<Timestamp>,
}

impl Held {
    /// A clock that went back makes it old, too.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = self.value.as_ref().map(|(_, since)| now.duration_since(*since));
        age.is_some_and(|age| (SignedDuration::ZERO..TIME_TO_LIVE).contains(&age))
    }
}

#[derive(Clone)]
struct Problem {
    text: Cow<'static, str>,
    class: Class,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// There is nothing, or nothing that could be used.
    Gone,
    /// The permission is missing; somebody may be about to give it.
    Denied,
    /// The store cannot be reached, or has a bad time.
    Down,
}

impl Problem {
    fn gone(text: &'static str) -> Problem {
        Problem { text: text.into(), class: Class::Gone }
    }
}

fn file(path: &Path) -> Result<Secret<String>, Problem> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|_| Problem::gone("cannot be read"))?;
    String::from_utf8(bytes).map(Secret::new).map_err(|_| Problem::gone("holds no text"))
}

fn json_value(text: &str, key: &str) -> Option<Secret<String>> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.get(key)?.as_str().map(|value| Secret::new(value.to_owned()))
}

/// The value without the blanks that an editor leaves around it.
fn usable(value: Secret<String>) -> Result<Secret<String>, Problem> {
    match value.reveal().trim() {
        "" => Err(Problem::gone("is empty")),
        text if text.len() > MAX_BYTES => Err(Problem::gone("holds more than 64 KiB")),
        text if text.contains('\0') => Err(Problem::gone("holds no text")),
        text if text.len() == value.reveal().len() => Ok(value),
        text => Ok(Secret::new(text.to_owned())),
    }
}

/// The longest that the Parameters and Secrets Lambda extension keeps a value:
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html>
const TIME_TO_LIVE: SignedDuration = SignedDuration::from_secs(300);

/// The most that Secrets Manager keeps: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
const MAX_BYTES: usize = 65_536;

#[cfg(test)]
mod tests;
