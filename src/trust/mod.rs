//! Whom we believe.
//!
//! What a service of AWS hands to the function was let in by IAM; `topics` can narrow that to the topics it names. A function
//! URL is open to everyone: there, only what SNS has signed is believed, only from a topic in `topics`, while it is new, and
//! once. <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>

mod certificate;
mod signature;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::aws::{Aws, TopicArn};
use crate::ingress::{Delivery, DeliveryKind, Envelope, HttpRequest, Unread};
use crate::outcome::Reason;
use crate::secret::Env;
use certificate::{CertificateUrl, Certificates};

/// What the configuration says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The topics that may send to us. None: over HTTP no topic, else any, since IAM has let it in.
    pub topics: Option<Vec<TopicArn>>,
    /// Whether signatures of version 1, which rest on SHA-1, are believed too.
    pub allow_signature_v1: bool,
}

impl Settings {
    /// The ARNs of the topics; none if any may send.
    pub fn topics(&self) -> Vec<&str> {
        self.topics.iter().flatten().map(TopicArn::as_str).collect()
    }
}

/// Who may send to us, and what came already.
pub struct Trust {
    settings: Settings,
    certificates: Certificates,
    aws: Arc<Aws>,
    /// The messages that have come to their end, until they are too old to be believed again.
    taken: Mutex<HashMap<String, Timestamp>>,
}

/// Why a request is not believed. None of it is the sender's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The body is no JSON.
    NotJson,
    /// It is not from SNS, or not from a topic of ours, or was not meant to come now.
    Untrusted(&'static str),
    /// Nobody can tell at this moment; SNS should come again.
    Unknown(&'static str),
}

impl Trust {
    pub fn new(settings: Settings, env: &Env, aws: Arc<Aws>) -> Trust {
        // As the SDK has it: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
        let endpoint = env.get("AWS_ENDPOINT_URL_SNS").or_else(|| env.get("AWS_ENDPOINT_URL"));
        Trust { settings, certificates: Certificates::new(endpoint), aws, taken: Mutex::default() }
    }

    /// Why `envelope` is to be held back, if it is.
    pub fn objection(&self, envelope: &Envelope) -> Option<Reason> {
        let is_stranger = |topic: &String| {
            self.settings.topics.as_ref().is_some_and(|topics| topics.iter().all(|known| known.as_str() != topic))
        };
        if envelope.topic.as_ref().is_some_and(is_stranger) {
            Some(Reason::Untrusted)
        } else {
            envelope.own.then_some(Reason::Dropped)
        }
    }

    /// What SNS has posted, if it was SNS. Everything that can be told without it is told before anything is fetched.
    ///
    /// # Errors
    /// If the request is not to be believed.
    pub async fn examine(&self, request: &HttpRequest, now: Timestamp) -> Result<Delivery, Refusal> {
        let refuse = |why| Err(Refusal::Untrusted(why));
        let Some(topics) = &self.settings.topics else {
            return refuse("the configuration names no `topics` that may post to it");
        };
        if request.method() != "POST" {
            return refuse("it is no POST");
        }
        if request.header("x-amz-sns-rawdelivery").is_some_and(|raw| raw != "false") {
            return refuse("raw message delivery has no signature; turn it off for this subscription");
        }
        let delivery = Delivery::read(request.body()).map_err(|unread| match unread {
            Unread::NotJson => Refusal::NotJson,
            Unread::NotSns => Refusal::Untrusted("it is nothing that SNS would post"),
        })?;
        if !topics.iter().any(|topic| topic.as_str() == delivery.topic_arn) {
            return refuse("its topic is not one of `topics`");
        }
        let agree = |name, body: &str| request.header(name).is_none_or(|header| header == body);
        if !agree("x-amz-sns-message-type", delivery.kind.as_str())
            || !agree("x-amz-sns-message-id", &delivery.message_id)
            || !agree("x-amz-sns-topic-arn", &delivery.topic_arn)
        {
            return refuse("its headers say something else than its body");
        }
        let algorithm = match delivery.signature_version.as_str() {
            "2" => signature::SHA256,
            "1" if self.settings.allow_signature_v1 => signature::SHA1,
            "1" => {
                return refuse("its signature is of version 1; set the topic's `SignatureVersion` to 2, or `allow_signature_v1`");
            }
            _ => return refuse("its signature is of a version that is not known"),
        };
        let Ok(sent) = delivery.timestamp.parse::<Timestamp>() else { return refuse("it has no time") };
        if !(-MAX_AHEAD..=MAX_AGE).contains(&now.duration_since(sent)) {
            return refuse("it is more than an hour old, or from the future");
        }
        let Some(url) = CertificateUrl::parse(&delivery.signing_cert_url) else {
            return refuse("its certificate is not at SNS");
        };
        let Some(text) = signature::text(&delivery) else { return refuse("it is nothing that SNS would post") };
        let certificate = self.certificates.get(&url, now).await?;
        if !signature::is_good(algorithm, &certificate, &text, &delivery.signature) {
            return refuse("its signature is not SNS's");
        }
        Ok(delivery)
    }

    /// Whether a message of this id has come to its end before.
    pub fn has_taken(&self, delivery: &Delivery) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&delivery.message_id)
    }

    /// Notes that `delivery` has come to its end: it is not delivered again.
    pub fn take(&self, delivery: &Delivery, now: Timestamp) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|_, since| now.duration_since(*since) <= MAX_AGE + MAX_AHEAD);
        taken.insert(delivery.message_id.clone(), now);
    }

    /// Confirms the subscription that `delivery` asks for, with its token; the address in it is not visited. Only the
    /// account may end it then, and not everyone who finds the address for that in a message.
    ///
    /// # Errors
    /// If SNS does not take it.
    pub async fn confirm(&self, delivery: &Delivery) -> Result<(), Refusal> {
        let (DeliveryKind::SubscriptionConfirmation, Some(token)) = (delivery.kind, &delivery.token) else {
            return Err(Refusal::Untrusted("it asks for no subscription"));
        };
        let topic = TopicArn::try_from(delivery.topic_arn.clone()).map_err(Refusal::Untrusted)?;
        let client = self.aws.sns(Some(topic.region())).await;
        let request = client.confirm_subscription().topic_arn(topic.as_str()).token(token).authenticate_on_unsubscribe("true");
        let answer = request.send().await;
        answer.map(drop).map_err(|error| match error.raw_response().map(|answer| answer.status().as_u16()) {
            Some(403) => Refusal::Unknown("the function may not call `sns:ConfirmSubscription`"),
            Some(400..500) => Refusal::Untrusted("SNS does not take its token"),
            _ => Refusal::Unknown("SNS does not answer"),
        })
    }
}

/// SNS goes on for an hour at most: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>
const MAX_AGE: SignedDuration = SignedDuration::from_hours(1);
/// As far as two clocks may be apart.
const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);

#[cfg(test)]
mod tests;
