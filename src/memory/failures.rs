//! Where failures rest: an SQS queue of what no retry can help, each with the event that it came from.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::aws::{Aws, Problem};
use crate::outcome::{Outcome, Reason};

pub struct FailureQueue {
    url: String,
    aws: Arc<Aws>,
}

/// A receiver that did not get a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    pub receiver: String,
    pub dedup_key: String,
    pub reason: Reason,
}

impl Failed {
    /// None for an outcome without a receiver.
    pub fn of(outcome: &Outcome) -> Option<Failed> {
        let (receiver, dedup_key) = (outcome.receiver.clone()?, outcome.dedup_key.clone());
        Some(Failed { receiver, dedup_key, reason: outcome.reason.unwrap_or(Reason::Other) })
    }
}

/// What is put into the queue; `hikyaku replay` reads it.
#[derive(Serialize)]
struct Record<'a> {
    hikyaku_undelivered: &'static str,
    request_id: &'a str,
    failed: &'a [Failed],
    payload: &'a RawValue,
}

impl FailureQueue {
    /// The queue at `url`, as SQS gives it.
    pub fn new(url: String, aws: Arc<Aws>) -> FailureQueue {
        FailureQueue { url, aws }
    }

    /// Puts the event that was not delivered to all of `failed` into the queue; the id of the message that it is now.
    ///
    /// # Errors
    /// In words, if it is not there for sure.
    pub async fn keep(
        &self,
        request_id: &str,
        failed: &[Failed],
        payload: &RawValue,
        until: Instant,
    ) -> Result<String, &'static str> {
        let record = record(request_id, failed, payload).ok_or("it is larger than a message of SQS can be")?;
        let asked = json!({ "QueueUrl": self.url, "MessageBody": record });
        let mut wait = FIRST_WAIT;
        loop {
            let time = until.saturating_duration_since(Instant::now());
            let send = self.aws.json("sqs", "AmazonSQS.SendMessage", &asked);
            let problem = match tokio::time::timeout(time, send).await {
                Ok(Ok(sent)) => return Ok(sent.get("MessageId").and_then(Value::as_str).unwrap_or_default().to_owned()),
                Ok(Err(refused)) if is_final(&refused.problem) => return Err("SQS refuses it"),
                Ok(Err(_)) => "SQS could not take it",
                Err(_) => return Err("SQS did not answer in time"),
            };
            if Instant::now() + wait >= until {
                return Err(problem);
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }
}

/// The record's text; none if SQS would not take it.
fn record(request_id: &str, failed: &[Failed], payload: &RawValue) -> Option<String> {
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
    const MAX_BYTES: usize = 1024 * 1024;
    let record = serde_json::to_string(&Record { hikyaku_undelivered: "1.0", request_id, failed, payload }).ok()?;
    // Of the characters that SQS refuses, JSON lets two stand as they are, and those only inside of a string.
    let record = match record.contains(['\u{fffe}', '\u{ffff}']) {
        true => record.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"),
        false => record,
    };
    (record.len() <= MAX_BYTES).then_some(record)
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors>
fn is_final(problem: &Problem) -> bool {
    ["InvalidMessageContents", "InvalidAddress"].contains(&problem.code()) || problem.is_denied() || problem.is_missing()
}

const FIRST_WAIT: Duration = Duration::from_millis(100);

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn a_record_holds_the_event_as_it_came_in_characters_that_sqs_takes() {
        let event = "{\"b\": 1.10,\n \"a\": \"\u{ffff}\u{fffe}証\"}";
        let payload = RawValue::from_string(event.to_owned()).unwrap();
        let failed = [Failed { receiver: "ops".into(), dedup_key: "a|b".into(), reason: Reason::AuthError }];
        let record = record("r-1", &failed, &payload).unwrap();
        assert_eq!(
            record,
            "{\"hikyaku_undelivered\":\"1.0\",\"request_id\":\"r-1\",\"failed\":[{\"receiver\":\"ops\",\"dedup_key\":\"a|b\",\
             \"reason\":\"auth_error\"}],\"payload\":{\"b\": 1.10,\n \"a\": \"\\uffff\\ufffe証\"}}"
        );
    }

    #[test]
    fn f55_what_sqs_cannot_hold_is_no_record() {
        for (length, fits) in [(1_000_000, true), (1_048_576, false)] {
            let payload = RawValue::from_string(format!("\"{}\"", "x".repeat(length))).unwrap();
            assert_eq!(record("r", &[], &payload).is_some(), fits, "{length}");
        }
    }
}
