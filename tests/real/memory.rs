//! The ledger and the failure queue against moto, which plays DynamoDB and SQS.
use crate::aws::{Moto, REGION};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use hikyaku::aws::Aws;
use hikyaku::memory::{Claim, Failed, FailureQueue, Memory, Request, Settings};
use hikyaku::outcome::{Event, Reason};
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A memory without a file, whose ledger is moto's table `ledger`.
fn memory(moto: &Moto) -> Memory {
    let ledger = serde_json::from_value(json!({ "dynamodb": { "table": "ledger" } })).unwrap();
    Memory::new(Settings { ledger: Some(ledger), ..Settings::default() }, None, aws(moto))
}

fn aws(moto: &Moto) -> Arc<Aws> {
    let credentials = aws_sdk_sns::config::Credentials::new("test", "test", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(moto.address())
        .credentials_provider(aws_sdk_sns::config::SharedCredentialsProvider::new(credentials))
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .build();
    Arc::new(Aws::new(config))
}

#[tokio::test]
async fn the_ledger_lets_one_at_a_time_deliver_and_knows_what_was() {
    let moto = Moto::start("the_ledger_lets_one_at_a_time_deliver_and_knows_what_was");
    moto.create_ledger();
    let envelopes = hikyaku::ingress::unwrap("\"mizuumi\"").unwrap().envelopes;
    let notification = hikyaku::sources::decode(&envelopes[0]);
    let request = Request { id: "r".into(), copy: 0 };
    let (one, two) = (memory(&moto), memory(&moto));
    let now = Timestamp::now();
    let until = now + Duration::from_secs(60);
    let mut told = Vec::new();
    let [ops, log, late] = ["ops", "log", "late"].map(|receiver| one.key(receiver, &notification, &request, now));
    // The first call may wait for moto to wake up.
    while one.claim(&ops, now, until, &mut told).await != Claim::Free
        || told.iter().any(|told| told.incident == Event::LedgerUnavailable)
    {
        told.clear();
    }
    assert_eq!(two.claim(&ops, now, until, &mut told).await, Claim::Busy);
    one.delivered(&ops, now, &mut told).await;
    assert_eq!(two.claim(&ops, now, until, &mut told).await, Claim::Delivered);
    // Given back, it is free; never to somebody else's harm.
    assert_eq!(one.claim(&log, now, until, &mut told).await, Claim::Free);
    two.release(&log).await;
    assert_eq!(two.claim(&log, now, until, &mut told).await, Claim::Busy);
    one.release(&log).await;
    assert_eq!(two.claim(&log, now, until, &mut told).await, Claim::Free);
    // A dead holder's lease ends, and so does what is remembered.
    assert_eq!(one.claim(&late, now, until, &mut told).await, Claim::Free);
    let after = until + Duration::from_secs(66);
    assert_eq!(two.claim(&late, after, after, &mut told).await, Claim::Free);
    let next_day = now + SignedDuration::from_hours(25);
    assert_eq!(two.claim(&ops, next_day, next_day, &mut told).await, Claim::Free);
    assert!(told.iter().all(|told| told.incident == Event::JournalUnusable), "{told:?}");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_told_of_and_stops_nothing() {
    let moto = Moto::start("a_table_that_is_not_there_is_told_of_and_stops_nothing");
    let envelopes = hikyaku::ingress::unwrap("\"mizuumi\"").unwrap().envelopes;
    let notification = hikyaku::sources::decode(&envelopes[0]);
    let memory = memory(&moto);
    let now = Timestamp::now();
    let key = memory.key("ops", &notification, &Request { id: "r".into(), copy: 0 }, now);
    let mut told = Vec::new();
    while !told.iter().any(|told: &hikyaku::outcome::Incident| told.incident == Event::LedgerMisconfigured) {
        assert_eq!(memory.claim(&key, now, now, &mut told).await, Claim::Free);
    }
    assert!(told.last().unwrap().message.contains("ResourceNotFoundException"), "{told:?}");
}

#[tokio::test]
async fn a_failure_rests_in_the_queue_as_it_came() {
    let moto = Moto::start("a_failure_rests_in_the_queue_as_it_came");
    let queue = moto.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": "failures" }));
    let url = queue["QueueUrl"].as_str().unwrap().to_owned();
    let event = "{\"b\": 1.10, \"a\": \"\u{ffff}証\\u0001\"}";
    let payload = RawValue::from_string(event.to_owned()).unwrap();
    let failed = Failed { receiver: "ops".to_owned(), dedup_key: "a|b".to_owned(), reason: Reason::AuthError };
    let until = tokio::time::Instant::now() + Duration::from_secs(30);
    FailureQueue::new(url.clone(), aws(&moto)).keep("r-1", &[failed], &payload, until).await.unwrap();
    let received = moto.json("sqs", "AmazonSQS.ReceiveMessage", &json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 }));
    let record: Value = serde_json::from_str(received["Messages"][0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(record["hikyaku_undelivered"], "1.0");
    assert_eq!(record["payload"], serde_json::from_str::<Value>(event).unwrap());
    let missing = FailureQueue::new(url.replace("failures", "nowhere"), aws(&moto));
    assert_eq!(missing.keep("r-1", &[], &payload, until).await, Err("SQS refuses it"));
}
