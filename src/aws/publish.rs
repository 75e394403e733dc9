//! Publishing for a person or a job: nobody stands behind it to try again, so it is tried again here.

use std::fmt;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sns::error::SdkError;
use aws_sdk_sns::operation::publish::PublishError;

use super::{Aws, NO_CREDENTIALS, TIMEOUT, TopicArn};

/// Why a message may not be in its topic. It holds no word of the service's, which may hold anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotPublished(String);

impl fmt::Display for NotPublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotPublished {}

/// What SNS takes, in bytes, with the names and values of attributes, of which there are none here:
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
pub const MAX_MESSAGE: usize = 256 * 1024;

impl Aws {
    /// Publishes `message` to `topic`; SNS's id of it. Where SNS does not answer, three times within half a minute, so that a
    /// message may be there twice.
    ///
    /// # Errors
    /// If SNS does not say that it has it.
    pub async fn publish(&self, topic: &TopicArn, subject: Option<&str>, message: &str) -> Result<String, NotPublished> {
        const ATTEMPTS: u32 = 3;
        const ALL: Duration = Duration::from_secs(30);
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(TIMEOUT).operation_timeout(ALL).build();
        let config = aws_sdk_sns::config::Builder::new()
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts);
        let client = self.sns(Some(topic.region())).await;
        let request = client.publish().topic_arn(topic.as_str()).set_subject(subject.map(str::to_owned)).message(message);
        match request.customize().config_override(config).send().await {
            Ok(answer) => Ok(answer.message_id.unwrap_or_default()),
            Err(error) => Err(NotPublished(why(&error))),
        }
    }
}

/// What went wrong, and what to do.
fn why(error: &SdkError<PublishError>) -> String {
    let answer = match error {
        SdkError::ServiceError(answer) => answer,
        SdkError::ConstructionFailure(_) => return NO_CREDENTIALS.to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_other() => return NO_CREDENTIALS.to_owned(),
        SdkError::DispatchFailure(_) => return "SNS cannot be reached".to_owned(),
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => {
            return "SNS has not answered: the message may be there all the same".to_owned();
        }
        _ => return "SNS's answer cannot be read".to_owned(),
    };
    let (error, status) = (answer.err(), answer.raw().status().as_u16());
    let code = error.meta().code().filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'));
    let what = match code.unwrap_or_default() {
        "AuthorizationError" | "AccessDenied" | "AccessDeniedException" => {
            "the credentials may not publish to it (sns:Publish), or its policy forbids it"
        }
        "NotFound" | "NotFoundException" => "there is no such topic",
        code if code.starts_with("KMS") => "the topic's key cannot be used (kms:GenerateDataKey and kms:Decrypt)",
        "InvalidClientTokenId" | "SignatureDoesNotMatch" | "ExpiredToken" | "ExpiredTokenException" => {
            "the credentials are not valid, or have expired"
        }
        code if code.starts_with("Throttl") => "SNS takes no more at the moment",
        _ => "SNS does not take it",
    };
    format!("{what} ({}status {status})", code.map(|code| format!("{code}, ")).unwrap_or_default())
}
