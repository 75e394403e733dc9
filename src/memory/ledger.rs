//! What all sandboxes remember together: one item of a DynamoDB table for each delivery.
//!
//! | attribute | |
//! | --- | --- |
//! | `id` (S, the partition key) | the delivery's digest |
//! | `state` (S) | `begun` or `delivered` |
//! | `holder` (S) | who has begun it |
//! | `lease_until` (N) | milliseconds since 1970; after that the holder is taken for dead |
//! | `expires_at` (N) | seconds since 1970: the table's TTL attribute |
//!
//! TTL deletes up to days late, so every condition compares `expires_at` itself
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html>).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Claim, Key};
use crate::aws::{Aws, Problem, Refused};
use crate::outcome::{Event, Incident};

/// `ledger: { dynamodb: { table: NAME } }`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `dynamodb`")]
pub struct LedgerSettings {
    /// A DynamoDB table with the partition key `id` (a string) and the TTL attribute `expires_at`.
    dynamodb: Table,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `table`")]
struct Table {
    /// The table's name.
    #[schemars(example = &"hikyaku-ledger")]
    table: String,
    /// What to do while the table cannot be asked.
    #[serde(default)]
    on_error: OnError,
}

impl LedgerSettings {
    /// A ledger in the DynamoDB table of that name.
    pub fn of(table: &str) -> LedgerSettings {
        LedgerSettings { dynamodb: Table { table: table.to_owned(), on_error: OnError::default() } }
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.dynamodb.table
    }

    /// Whether nothing goes out while the table cannot be asked.
    pub fn holds_back(&self) -> bool {
        self.dynamodb.on_error == OnError::Fail
    }
}

/// What to do when the table cannot be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("default" = "deliver"))]
enum OnError {
    /// Messages go out without it: rather twice than never.
    #[default]
    Deliver,
    /// Messages are held back: rather later than twice.
    Fail,
}

pub(super) struct Ledger {
    aws: Arc<Aws>,
    table: Table,
    /// Whether it was tried to reach the table.
    reached: AtomicBool,
    /// This process.
    holder: String,
}

/// Why the table did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// It did not answer, or could not.
    Unreachable,
    Throttled,
    /// Missing, closed to us, of another form.
    Misconfigured(Problem),
}

impl Ledger {
    /// The name of its table.
    pub(super) fn table(&self) -> &str {
        &self.table.table
    }

    pub(super) fn new(settings: LedgerSettings, aws: Arc<Aws>) -> Ledger {
        let holder = format!("{:016x}", fastrand::u64(..));
        Ledger { aws, table: settings.dynamodb, reached: AtomicBool::default(), holder }
    }

    pub(super) async fn claim(&self, key: &Key, now: Timestamp, until: Timestamp, incidents: &mut Vec<Incident>) -> Claim {
        let lease = until.saturating_add(MARGIN).unwrap_or(Timestamp::MAX);
        let put = json!({
            "TableName": self.table.table,
            "Item": self.item(key, "begun", Some(lease)),
            "ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now \
                 OR (#state = :begun AND (lease_until <= :now_millis OR holder = :holder))",
            "ExpressionAttributeNames": { "#state": "state" },
            "ExpressionAttributeValues": {
                ":begun": text("begun"),
                ":holder": text(&self.holder),
                ":now": number(now.as_second()),
                ":now_millis": number(now.as_millisecond()),
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        let Err(refused) = self.ask("PutItem", &put, CLAIM_TRIES).await else { return Claim::Free };
        taken(&refused).unwrap_or_else(|| {
            let (then, claim) = match self.table.on_error {
                OnError::Deliver => ("delivered without it", Claim::Free),
                OnError::Fail => ("not delivered (`on_error: fail`)", Claim::Unknown),
            };
            incidents.push(failure(&refused).incident(then));
            claim
        })
    }

    pub(super) async fn delivered(&self, key: &Key, incidents: &mut Vec<Incident>) {
        let put = json!({ "TableName": self.table.table, "Item": self.item(key, "delivered", None) });
        if let Err(refused) = self.ask("PutItem", &put, MARK_TRIES).await {
            let message = format!("delivered, and the ledger does not know: {}", failure(&refused).words());
            incidents.push(Incident::new(Event::UnrecordedDelivery, None, message));
        }
    }

    /// Lets others try. If that fails, they wait for the end of the lease.
    pub(super) async fn release(&self, key: &Key) {
        let delete = json!({
            "TableName": self.table.table,
            "Key": { "id": text(&key.digest) },
            "ConditionExpression": "#state = :begun AND holder = :holder",
            "ExpressionAttributeNames": { "#state": "state" },
            "ExpressionAttributeValues": { ":begun": text("begun"), ":holder": text(&self.holder) },
        });
        let _ = self.ask("DeleteItem", &delete, 1).await;
    }

    /// Asks up to `tries` times, and some more where the table only asks for patience.
    ///
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html>
    async fn ask(&self, action: &str, asked: &Value, tries: u32) -> Result<(), Refused> {
        let target = format!("DynamoDB_20120810.{action}");
        let (mut failures, mut throttled) = (0, 0);
        loop {
            let timeout = if self.reached.load(Ordering::Relaxed) { TIMEOUT } else { FIRST_TIMEOUT };
            let answer = tokio::time::timeout(timeout, self.aws.json("dynamodb", &target, asked)).await;
            self.reached.store(true, Ordering::Relaxed);
            let Err(refused) = answer.unwrap_or_else(|_| Err(Problem::LATE.into())) else { return Ok(()) };
            match failure(&refused) {
                Failure::Throttled if throttled < THROTTLED_TRIES => {
                    tokio::time::sleep(FIRST_WAIT.saturating_mul(1 << throttled).mul_f64(0.5 + fastrand::f64() / 2.0)).await;
                    throttled += 1;
                }
                Failure::Unreachable if failures + 1 < tries => failures += 1,
                _ => return Err(refused),
            }
        }
    }

    fn item(&self, key: &Key, state: &str, lease: Option<Timestamp>) -> Value {
        let mut item = json!({
            "id": text(&key.digest),
            "state": text(state),
            "holder": text(&self.holder),
            "expires_at": number(key.expires_at.as_second()),
        });
        if let (Some(lease), Some(item)) = (lease, item.as_object_mut()) {
            item.insert("lease_until".to_owned(), number(lease.as_millisecond()));
        }
        item
    }
}

/// What the item says that keeps us from claiming; none if that is not what is wrong.
fn taken(refused: &Refused) -> Option<Claim> {
    let state = refused.told.pointer("/Item/state/S").and_then(Value::as_str);
    let taken = if state == Some("delivered") { Claim::Delivered } else { Claim::Busy };
    (refused.problem.code() == "ConditionalCheckFailedException").then_some(taken)
}

fn failure(refused: &Refused) -> Failure {
    match &refused.problem {
        Problem::Said { code, .. } if THROTTLES.contains(&code.as_str()) => Failure::Throttled,
        Problem::Failed(_) | Problem::Said { status: 500.., .. } => Failure::Unreachable,
        problem => Failure::Misconfigured(problem.clone()),
    }
}

impl Failure {
    fn words(&self) -> String {
        match self {
            Failure::Unreachable => "it does not answer".to_owned(),
            Failure::Throttled => "it is throttled".to_owned(),
            Failure::Misconfigured(problem) => format!("DynamoDB says {problem}"),
        }
    }

    fn incident(&self, then: &str) -> Incident {
        let event = match self {
            Failure::Unreachable | Failure::Throttled => Event::LedgerUnavailable,
            Failure::Misconfigured(_) => Event::LedgerMisconfigured,
        };
        Incident::new(event, None, format!("the ledger could not be asked, {}: {then}", self.words()))
    }
}

fn text(text: &str) -> Value {
    json!({ "S": text })
}

fn number(number: i64) -> Value {
    json!({ "N": number.to_string() })
}

/// What marking a delivery can take.
pub(super) const RESERVE: Duration = Duration::from_secs(2);
/// After the deadline the holder has 5 s to be dead; the clocks of two sandboxes may be 60 s apart.
const MARGIN: SignedDuration = SignedDuration::from_secs(5 + 60);
/// Of one try. Each has a connection of its own, whose handshake takes up the last one's.
const TIMEOUT: Duration = Duration::from_millis(300);
/// Of the first one of a process, whose handshake has nothing to take up; that takes the least function a while.
const FIRST_TIMEOUT: Duration = Duration::from_secs(1);
const CLAIM_TRIES: u32 = 2;
const MARK_TRIES: u32 = 3;
const THROTTLED_TRIES: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
const THROTTLES: &[&str] = &["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];
