//! Mail through an SNS topic: whoever confirmed a subscription of it gets the message.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use aws_sdk_sns::error::{ConnectorError, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Attempt, Channel, ChannelKind, Fault, Outside, Parcel, Reach, settings};
use crate::aws::{MAX_MESSAGE, OWN_MARK, TopicArn, subject_line};
use crate::net::Failure;
use crate::outcome::{Reason, Verdict};
use crate::render::{Caps, Payload, Profile, Unit};
use crate::secret::{Keys, SecretRef};
use crate::template::{Escaping, TextForm};

pub(super) const KIND: ChannelKind = ChannelKind {
    profile: Profile {
        channel: "email",
        written: "`Subject: …`, an empty line, the text",
        escaping: Escaping { text: TextForm::Plain, json: false },
        caps: Caps { description: 8000, resources: 20, ..Caps::DEFAULT },
        unit: Unit::Bytes,
        // An SNS message with its attributes, of which there is one of ours.
        limit: MAX_MESSAGE - OWN_MARK.len() - "Number1".len(),
        payload,
    },
    configure,
    env: Some(("EMAIL_TOPIC_ARN", "topic_arn")),
    rate: None,
    preview: |payload| {
        let mail = serde_json::from_str::<Mail>(payload).unwrap_or_default();
        mail.subject.map(|subject| format!("Subject: {subject}\n\n")).unwrap_or_default() + &mail.message
    },
};

/// The topic to publish to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `topic_arn`")]
pub(super) struct Email {
    /// The SNS topic; whoever has confirmed a mail subscription of it gets the message.
    #[schemars(example = &"arn:aws:sns:ap-northeast-1:111122223333:finance")]
    topic_arn: TopicArn,
}

/// What is published.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mail {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    message: String,
}

fn configure(value: Value) -> Result<Box<dyn Channel>, Fault> {
    Ok(Box::new(settings::<Email>(value)?))
}

impl Channel for Email {
    fn references(&self) -> Vec<&SecretRef> {
        Vec::new()
    }

    fn permission(&self) -> Option<(&'static str, &str)> {
        Some(("sns:Publish", self.topic_arn.as_str()))
    }

    fn reach<'a>(&'a self, _: &'a Keys, outside: &'a Outside, _: Duration) -> BoxFuture<'a, Reach> {
        Box::pin(async move {
            let subscriptions = match outside.aws.subscriptions(self.topic_arn.as_str()).await {
                Ok(subscriptions) => subscriptions,
                Err(refused) if refused.problem.is_denied() => return Reach::Denied("sns:ListSubscriptionsByTopic"),
                Err(refused) if refused.problem.is_missing() => return Reach::Away("there is no such topic".to_owned()),
                Err(refused) => return Reach::Away(format!("SNS: {}", refused.problem)),
            };
            // One that waits for its confirmation has no ARN yet.
            let is_confirmed =
                |one: &Value| one.pointer("/SubscriptionArn").and_then(Value::as_str).is_some_and(|arn| arn.starts_with("arn:"));
            match subscriptions.iter().any(is_confirmed) {
                true => Reach::Reached("its topic has subscribers"),
                false => Reach::Away("nobody has confirmed a subscription to its topic".to_owned()),
            }
        })
    }

    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, outside: &'a Outside) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let Ok(mail) = serde_json::from_str::<Mail>(parcel.payload) else {
                return Attempt::without_answer(Verdict::Malformed);
            };
            let client = outside.aws.sns(Some(self.topic_arn.region())).await;
            let request = client.publish().topic_arn(self.topic_arn.as_str()).set_subject(mail.subject).message(mail.message);
            let mark = MessageAttributeValue::builder().data_type("Number").string_value("1").build().ok();
            let request = request.set_message_attributes(mark.map(|mark| HashMap::from([(OWN_MARK.to_owned(), mark)])));
            match tokio::time::timeout(parcel.timeout, request.send()).await {
                Ok(Ok(_)) => Attempt::answered(Verdict::Delivered, 200),
                Ok(Err(error)) => {
                    let status = error.raw_response().map(|answer| answer.status().as_u16());
                    Attempt { status, ..Attempt::without_answer(read(&error)) }
                }
                Err(_) => Attempt::without_answer(Verdict::Ambiguous),
            }
        })
    }
}

fn read(error: &SdkError<PublishError>) -> Verdict {
    let retry = |reason| Verdict::Retry { reason, after: None };
    match error {
        SdkError::ServiceError(answer) => {
            let error = answer.err();
            let denied = error.is_authorization_error_exception()
                || error.is_not_found_exception()
                || error.is_endpoint_disabled_exception()
                || error.is_kms_access_denied_exception()
                || error.is_kms_disabled_exception()
                || error.is_kms_not_found_exception()
                || error.is_kms_invalid_state_exception();
            match answer.raw().status().as_u16() {
                _ if denied => Verdict::Rejected { reason: Reason::AuthError },
                _ if error.is_invalid_parameter_exception() || error.is_invalid_parameter_value_exception() => Verdict::Malformed,
                _ if error.is_kms_throttling_exception() || is_throttled(error) => retry(Reason::RateLimited),
                401 | 403 | 404 => Verdict::Rejected { reason: Reason::AuthError },
                400..=499 => Verdict::Rejected { reason: Reason::ClientError },
                _ => retry(Reason::ServerError),
            }
        }
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Verdict::Ambiguous,
        // No credentials, no Region: another invocation may have them.
        SdkError::ConstructionFailure(_) => retry(Reason::Secret),
        SdkError::DispatchFailure(failure) if failure.is_other() => retry(Reason::Secret),
        SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(may_have_gone_out) => Verdict::Ambiguous,
        _ => retry(Reason::Network),
    }
}

fn may_have_gone_out(error: &ConnectorError) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(Failure::NoAnswer | Failure::TimedOut))
}

fn is_throttled(error: &PublishError) -> bool {
    error.meta().code().is_some_and(|code| code.starts_with("Throttl"))
}

/// A template writes a mail as one would: `Subject: …`, an empty line, the text.
fn payload(written: &str) -> Option<Payload> {
    let (head, text) = written.split_once("\n\n").or_else(|| written.split_once("\r\n\r\n"))?;
    let subject = head.trim().strip_prefix("Subject:")?;
    let mail = Mail { subject: subject_line(subject), message: text.trim().to_owned() };
    if mail.message.is_empty() {
        return None;
    }
    serde_json::to_string(&mail).ok().map(Payload::from)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn f61_a_mail_is_a_subject_of_at_most_99_characters_and_a_text() {
        let mail = |written: &str| payload(written).map(|payload| serde_json::from_str::<Mail>(&payload.text).unwrap());
        for (written, subject, message) in [
            ("Subject: one\n\ntext\nmore\n", Some("one"), "text\nmore"),
            ("Subject: a\tb \u{1b} c\n\ntext", Some("a b c"), "text"),
            ("Subject:   \n\ntext", None, "text"),
        ] {
            assert_eq!(mail(written), Some(Mail { subject: subject.map(str::to_owned), message: message.to_owned() }));
        }
        for written in ["no subject\n\ntext", "Subject: one", "Subject: one\n\n  "] {
            assert_eq!(mail(written), None, "{written}");
        }
        for length in [98, 99, 100, 5000] {
            let subject = mail(&format!("Subject: {}\n\ntext", "証".repeat(length))).unwrap().subject.unwrap();
            assert_eq!(subject.chars().count(), length.min(99));
        }
    }

    #[test]
    fn a_topic_is_an_arn() {
        let configured = |arn: &str| configure(serde_json::json!({ "topic_arn": arn })).map(drop).map_err(|fault| fault.pointer);
        assert_eq!(configured("arn:aws:sns:ap-northeast-1:111122223333:alerts"), Ok(()));
        for arn in ["", "alerts", "arn:aws:sqs:ap-northeast-1:111122223333:alerts", "arn:aws:sns::111122223333:alerts"] {
            assert_eq!(configured(arn), Err("/topic_arn".to_owned()), "{arn}");
        }
    }
}
