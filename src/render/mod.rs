//! Notifications to messages: words by locale, a template by channel and kind, and everything made to fit.
//!
//! Fit never edits rendered text: it shrinks what the template sees and renders again, until the channel's measure holds.

mod accounts;
mod caps;
mod check;
mod document;
mod library;
mod markdown;
mod reader;
mod refusal;
pub mod specimens;
mod times;
mod unfit;
mod view;
mod vocabulary;
mod words;

pub use accounts::{Account, Accounts};
pub use caps::Caps;
pub use document::Document;
use library::Found;
pub use library::{Library, LibraryError};
pub use reader::{Occasion, Reader};
pub use refusal::refusal;
pub use times::Times;
pub use unfit::{Unfit, unfit};
pub use view::View;
pub use vocabulary::vocabulary;
pub use words::Locale;

use serde::Serialize;

use crate::notification::Notification;
use crate::template::Escaping;

/// What a channel asks of a message.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// The channel's kind, and the folder of its templates.
    pub channel: &'static str,
    /// What its templates write, for the reference.
    pub written: &'static str,
    pub escaping: Escaping,
    /// How much is shown before anything has to be shortened.
    pub caps: Caps,
    pub unit: Unit,
    /// The greatest size of a payload, in `unit`.
    pub limit: usize,
    /// Makes the payload of what a template wrote; none if that is not what the channel takes.
    pub payload: fn(&str) -> Option<Payload>,
}

/// What a channel makes of what a template wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    pub text: String,
    /// Whether its parts keep the channel's limits for parts.
    pub parts_fit: bool,
}

impl From<String> for Payload {
    /// One whose parts have no limits of their own.
    fn from(text: String) -> Payload {
        Payload { text, parts_fit: true }
    }
}

/// What a channel counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Characters,
    Bytes,
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Unit::Characters => "characters",
            Unit::Bytes => "bytes",
        })
    }
}

impl Unit {
    pub fn measure(self, payload: &str) -> usize {
        match self {
            Unit::Characters => payload.chars().count(),
            Unit::Bytes => payload.len(),
        }
    }
}

impl Profile {
    fn fits(&self, payload: &Payload) -> bool {
        payload.parts_fit && self.unit.measure(&payload.text) <= self.limit
    }
}

/// A message, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The payload's text as the channel takes it.
    pub payload: String,
    /// The template it was made with: `slack/certificate`.
    pub template: String,
    /// What was wrong with the user's template, if the built-in one had to serve.
    pub degraded: Option<String>,
}

/// The message cannot be made: not even the built-in template at its shortest yields one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrenderable(pub String);

impl std::fmt::Display for Unrenderable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unrenderable {}

/// Writes `notification` for a channel of `profile` and an occasion. The user's template comes first; if it fails, the
/// built-in one serves and [`Message::degraded`] says why.
///
/// # Errors
/// If the built-in template fails too.
pub fn render(
    notification: &Notification,
    profile: &Profile,
    occasion: &Occasion,
    library: &Library,
) -> Result<Message, Unrenderable> {
    let mut degraded = None;
    for found in library.candidates(profile.channel, notification.kind) {
        match fitted(notification, profile, occasion, library, &found) {
            Ok(payload) => return Ok(Message { payload, template: found.name, degraded }),
            Err(problem) => drop(degraded.get_or_insert(format!("{}: {problem}", found.name))),
        }
    }
    Err(Unrenderable(degraded.unwrap_or_else(|| format!("{}: there is no template", profile.channel))))
}

/// Writes it in the channel's plainest form, in at most `limit` of its units, for a receiver that took no other.
///
/// # Errors
/// If it cannot be that short.
pub fn render_plainly(
    notification: &Notification,
    profile: &Profile,
    occasion: &Occasion,
    library: &Library,
    limit: usize,
) -> Result<Message, Unrenderable> {
    let found = library.plain(profile.channel);
    let profile = Profile { limit: limit.min(profile.limit), ..*profile };
    match fitted(notification, &profile, occasion, library, &found) {
        Ok(payload) => {
            let degraded = Some("the receiver refused the full form; it got the plain one".to_owned());
            Ok(Message { payload, template: found.name, degraded })
        }
        Err(problem) => Err(Unrenderable(format!("{}: {problem}", found.name))),
    }
}

/// The payload that one template makes, with as much in it as fits.
fn fitted(
    notification: &Notification,
    profile: &Profile,
    occasion: &Occasion,
    library: &Library,
    found: &Found,
) -> Result<String, String> {
    let compiled = library.compiled(found, profile.escaping).map_err(|error| error.to_string())?;
    let mut caps = profile.caps;
    loop {
        let view = View::new(notification, occasion, caps);
        let view = if compiled.names_document { view.with_document(notification, occasion, caps) } else { view };
        match compiled.template.render(&view) {
            Ok(written) => match (profile.payload)(&written) {
                Some(payload) if profile.fits(&payload) => return Ok(payload.text),
                Some(_) => {}
                None => return Err("its output is not what the channel takes".to_owned()),
            },
            // More than can be held does not fit either.
            Err(error) if error.too_long => {}
            Err(error) => return Err(error.to_string()),
        }
        caps = caps.shrunk().ok_or("does not fit at its shortest")?;
    }
}

#[cfg(test)]
mod tests;
