//! Topics by their names, what a message's Subject may be, and what marks a message of our own.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::text::cut;

/// The ARN of an SNS topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^arn:aws[^:]*:sns:[^:]+:[^:]{12}:.+$"))]
pub struct TopicArn(String);

impl TopicArn {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }
}

impl TryFrom<String> for TopicArn {
    type Error = &'static str;

    fn try_from(text: String) -> Result<TopicArn, &'static str> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["arn", partition, "sns", region, account, name]
                if partition.starts_with("aws") && !region.is_empty() && account.len() == 12 && !name.is_empty() =>
            {
                Ok(TopicArn(text))
            }
            _ => Err("is no topic such as arn:aws:sns:ap-northeast-1:111122223333:alerts"),
        }
    }
}

/// SNS takes a Subject below 100 characters without line breaks and control characters; a longer one is cut.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_RequestParameters>
pub fn subject_line(subject: &str) -> Option<String> {
    const MAX_CHARS: usize = 99;
    let subject = subject.split(|char: char| char.is_whitespace() || char.is_control()).filter(|word| !word.is_empty());
    let subject = subject.collect::<Vec<_>>().join(" ");
    let subject = cut(&subject, MAX_CHARS).unwrap_or(subject);
    (!subject.is_empty()).then_some(subject)
}

/// The message attribute of everything that we publish: should it come back to us, it ends here. Lambda itself would let a
/// message go round some 16 times (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>).
pub const OWN_MARK: &str = "hikyaku-hop";
