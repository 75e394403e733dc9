//! What SNS posts to a subscriber over HTTPS.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html>

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Envelope, Outer, open_text, sns, take_in};

/// A posted message. Whoever posted it may have made it up; `trust` knows.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Delivery {
    #[serde(rename = "Type")]
    pub kind: DeliveryKind,
    pub message_id: String,
    pub topic_arn: String,
    pub subject: Option<String>,
    pub message: String,
    pub timestamp: String,
    pub signature_version: String,
    /// In base64.
    pub signature: String,
    #[serde(rename = "SigningCertURL")]
    pub signing_cert_url: String,
    /// Of a confirmation. It is never visited.
    #[serde(rename = "SubscribeURL")]
    pub subscribe_url: Option<String>,
    /// Of a confirmation; who has it can confirm.
    pub token: Option<String>,
    message_attributes: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum DeliveryKind {
    Notification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

/// Why a text is no delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    NotJson,
    /// JSON, but nothing that SNS would post; also what says anything of it twice.
    NotSns,
}

impl DeliveryKind {
    /// Its name in the body and in the header `x-amz-sns-message-type`.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryKind::Notification => "Notification",
            DeliveryKind::SubscriptionConfirmation => "SubscriptionConfirmation",
            DeliveryKind::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }
}

impl Delivery {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(body: &str) -> Result<Delivery, Unread> {
        serde_json::from_str::<IgnoredAny>(body).map_err(|_| Unread::NotJson)?;
        serde_json::from_str(body).map_err(|_| Unread::NotSns)
    }

    /// The same as a payload that can be kept and given again: of nothing but what its signature covers, and without a token.
    pub fn payload(&self) -> Option<Box<RawValue>> {
        let Delivery { message_id, topic_arn, subject, message, timestamp, .. } = self;
        let mut payload = json!({ "Type": self.kind.as_str(), "MessageId": message_id, "TopicArn": topic_arn, "Message": message,
            "Timestamp": timestamp });
        if let (Some(subject), Some(payload)) = (subject, payload.as_object_mut()) {
            payload.insert("Subject".to_owned(), subject.as_str().into());
        }
        serde_json::value::to_raw_value(&payload).ok()
    }

    /// The envelopes in it, of nothing but what its signature covers, and our own mark.
    pub fn open(&self) -> Vec<Envelope> {
        let outer = Outer {
            id: Some(self.message_id.clone()),
            topic: Some(self.topic_arn.clone()),
            subject: self.subject.clone().filter(|subject| !subject.trim().is_empty()),
            time: self.timestamp.parse().ok(),
            own: sns::is_own(self.message_attributes.as_ref()),
            carriers: vec!["function URL", "SNS"],
            ..Outer::default()
        };
        let mut envelopes = Vec::new();
        open_text(&self.message, &outer, &mut envelopes);
        envelopes.iter_mut().for_each(take_in);
        envelopes
    }
}
