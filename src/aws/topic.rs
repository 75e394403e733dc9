//! Topics by their names, what a message's Subject may be, and what marks a message of our own.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::text::cut;

/// The ARN of an SNS topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$"))]
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
        let made_of = |part: &str, fits: fn(&u8) -> bool| !part.is_empty() && part.bytes().all(|byte| fits(&byte));
        let is_small = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        match parts.as_slice() {
            // It would be compared letter by letter, and nothing be let in.
            _ if text.contains(['*', '?']) => Err("stands for many topics; each is named by its whole ARN, without wildcards"),
            ["arn", partition, "sns", region, account, name]
                if partition.starts_with("aws")
                    && made_of(region, is_small)
                    && made_of(account, u8::is_ascii_digit)
                    && account.len() == 12
                    && made_of(name.strip_suffix(".fifo").unwrap_or(name), |byte| {
                        byte.is_ascii_alphanumeric() || b"_-".contains(byte)
                    })
                    && name.len() <= MAX_NAME_BYTES =>
            {
                Ok(TopicArn(text))
            }
            _ => Err("is no topic such as arn:aws:sns:ap-northeast-1:111122223333:alerts"),
        }
    }
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html#API_CreateTopic_RequestParameters>
const MAX_NAME_BYTES: usize = 256;

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says so by failing")]

    use super::TopicArn;

    #[test]
    fn a_topic_is_one_topic() {
        let parsed = |arn: &str| TopicArn::try_from(arn.to_owned()).map(drop);
        for arn in [
            "arn:aws:sns:ap-northeast-1:111122223333:alerts",
            "arn:aws-us-gov:sns:us-gov-west-1:111122223333:Stack-Topic_1A2B",
            "arn:aws-cn:sns:cn-north-1:111122223333:orders.fifo",
            &format!("arn:aws:sns:eu-west-1:111122223333:{}", "a".repeat(256)),
        ] {
            assert_eq!(parsed(arn), Ok(()), "{arn}");
        }
        for arn in [
            "arn:aws:sns:*:111122223333:*",
            "arn:aws:sns:eu-west-1:*:alerts",
            "arn:aws:sns:eu-west-1:111122223333:notices*",
            "arn:aws:sns:eu-west-1:111122223333:notice?",
        ] {
            assert!(parsed(arn).unwrap_err().contains("wildcards"), "{arn}");
        }
        for arn in [
            "arn:aws:sns:eu-west-1:prod-account:alerts",
            "arn:aws:sns:EU-WEST-1:111122223333:alerts",
            "arn:aws:sns:eu-west-1:111122223333:alerts:2b1f0c9a-0000-4000-8000-000000000000",
            "arn:aws:sns:eu-west-1:111122223333:my alerts",
            "arn:aws:sns:eu-west-1:111122223333:alerts.v2",
            "arn:aws:sns:eu-west-1:111122223333:.fifo",
            &format!("arn:aws:sns:eu-west-1:111122223333:{}", "a".repeat(257)),
        ] {
            assert!(parsed(arn).unwrap_err().contains("is no topic such as"), "{arn}");
        }
    }
}
