//! What a payload would become: every decision on its way, and every message. Nothing is sent, and no clock, journal or
//! network is asked.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::App;
use crate::deliver::{Receiver, Terms};
use crate::ingress::Envelope;
use crate::notification::Mention;
use crate::outcome::Reason;
use crate::render::{Message, Unit};
use crate::route::{Dropped, Matter, Step, select};
use crate::sources::{Decoded, Overridden};

/// What one notification becomes, for people and tests: nothing is sent, and nothing but the payload decides it.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The notification in English, as patterns see it.
    pub notification: Value,
    /// If the configuration says another severity than it has by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Overridden>,
    pub routes: Vec<Step>,
    pub deliveries: Vec<DeliveryExplanation>,
    /// The route that dropped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Dropped>,
    #[serde(skip)]
    pub background: Background,
}

/// Where a notification comes from, and what is to become of it whoever gets it: for people.
#[derive(Debug, Default)]
pub struct Background {
    /// What it came through, the outermost first.
    pub carriers: Vec<&'static str>,
    /// What was inside.
    pub holds: String,
    /// Which source read it: a declared one, or a built-in one.
    pub read_by: String,
    /// What that source is.
    pub about: &'static str,
    /// What in a message makes it that source's own.
    pub known_by: &'static str,
    /// Why nobody is to get it, whatever the routes say.
    pub held: Option<&'static str>,
    /// When a receiver gets it, by the rules of dedupe and ladder.
    pub rule: String,
    /// Who remembers that one did.
    pub remembered_by: String,
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
    /// How its receiver is served.
    #[serde(skip)]
    pub terms: Terms,
}

impl App {
    /// What `envelopes` would become, at `now` if that is to play a part.
    pub fn explain(&self, envelopes: &[Envelope], now: Option<Timestamp>) -> Vec<Explanation> {
        envelopes.iter().map(|envelope| self.explain_one(envelope, now)).collect()
    }

    fn explain_one(&self, envelope: &Envelope, now: Option<Timestamp>) -> Explanation {
        let Decoded { by, notification, overridden } = &self.sources.decode(envelope);
        let mut explanation = Explanation {
            notification: self.document(notification, envelope.topic.as_deref()),
            overridden: overridden.clone(),
            routes: Vec::new(),
            deliveries: Vec::new(),
            dropped: None,
            background: Background {
                carriers: envelope.carriers.clone(),
                holds: envelope.told(),
                read_by: by.name.to_owned(),
                about: by.about,
                known_by: by.known_by,
                held: None,
                rule: self.desk.memory.rule(notification),
                remembered_by: self.desk.memory.rememberer(),
            },
        };
        if let Some(objection) = self.trust.objection(envelope) {
            let reason = match objection {
                Reason::Untrusted => "its topic is not one of `topics`",
                _ => "it is a message of our own that came back",
            };
            let held = |index| Step { index, matched: false, reason: reason.to_owned(), routes: Vec::new() };
            explanation.routes = (0..self.routes.len()).map(held).collect();
            explanation.background.held = Some(reason);
            return explanation;
        }
        let selection = select(&self.routes, &Matter::new(notification, envelope, || explanation.notification.clone(), now));
        let deliveries = selection.choices.iter().filter_map(|choice| {
            let receiver = self.receiver(choice.receiver)?;
            let render = |mention| self.render(notification, receiver.kind, &receiver.reader, mention, now).ok();
            let message = render(choice.mention)?;
            // A template that does not write it calls nobody.
            let calls = |_: &Mention| render(None).is_none_or(|quiet| quiet.payload != message.payload);
            let mention = choice.mention.filter(calls).unwrap_or(Mention::None);
            Some(delivery(receiver, message, mention))
        });
        explanation.deliveries = deliveries.collect();
        explanation.routes = selection.steps;
        explanation.dropped = selection.dropped;
        explanation
    }
}

fn delivery(receiver: &Receiver, message: Message, mention: Mention) -> DeliveryExplanation {
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
        mention,
        terms: receiver.terms.clone(),
    }
}
