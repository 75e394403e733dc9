//! What only going out can tell: the clock, the secrets, the receivers, the ledger's table.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::fmt::rfc2822;
use serde_json::json;

use super::{Notes, Visit};
use crate::channels::Reach;
use crate::deliver::Receiver;
use crate::doctor::{Unseen, at};
use crate::secret::{Keys, SecretRef};

/// Whether this machine's clock is AWS's, as far as signatures need it.
pub(super) fn clock<'a>(visit: &'a Visit<'_>, notes: &'a mut Notes) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        let parsed = visit
            .date
            .as_deref()
            .and_then(|date| rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(date).ok());
        let Some(there) = parsed else { return };
        let ahead = visit.now.as_second() - there.as_second();
        if ahead.unsigned_abs() < MAX_SKEW_SECS {
            return notes.ok("this machine", "its clock is that of AWS");
        }
        let way = if ahead > 0 { "ahead of" } else { "behind" };
        let says = format!("its clock is {} minutes {way} AWS's", ahead.unsigned_abs() / 60);
        let lost = "every call from here: AWS refuses a signature of another time";
        notes.error("this machine", says, lost, "sudo timedatectl set-ntp true");
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>: within five minutes.
const MAX_SKEW_SECS: u64 = 300;

/// Whether the secrets of every receiver can be read.
pub(super) fn secrets<'a>(visit: &'a Visit<'_>, notes: &'a mut Notes) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        for receiver in visit.receivers() {
            let before = notes.count();
            for reference in receiver.channel.references() {
                let Err(error) = visit.secrets.resolve(reference, visit.now).await else { continue };
                let (permission, mend) = store(reference);
                match error.transient {
                    true => {
                        let is_denied = error.problem.starts_with("may not");
                        let problem = if is_denied { "AccessDenied".to_owned() } else { error.problem.into_owned() };
                        notes.unseen(&receiver.name, &Unseen { permission, of: error.reference, problem });
                    }
                    false => {
                        let lost = format!("every message to {}", receiver.name);
                        notes.error(&receiver.name, error.to_string(), lost, mend);
                    }
                }
            }
            if notes.count() == before && !receiver.channel.references().is_empty() {
                notes.ok(&receiver.name, "its secrets can be read");
            }
        }
    })
}

/// The permission that reading a reference takes, and how it gets a value.
fn store(reference: &SecretRef) -> (&'static str, String) {
    match reference {
        SecretRef::Ssm(name) => {
            ("ssm:GetParameter", format!("aws ssm put-parameter --name {name} --type SecureString --overwrite --value …"))
        }
        SecretRef::SecretsManager { id, .. } => {
            ("secretsmanager:GetSecretValue", format!("aws secretsmanager put-secret-value --secret-id {id} --secret-string …"))
        }
        SecretRef::Env(name) => ("", format!("{name}=… in the function's environment")),
        _ => ("", "a file that holds it".to_owned()),
    }
}

/// Whether each receiver's address is one of its channel's kind.
pub(super) fn addresses<'a>(visit: &'a Visit<'_>, notes: &'a mut Notes) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        for receiver in visit.receivers().filter(|receiver| !receiver.channel.references().is_empty()) {
            let Some(keys) = keys(receiver, visit).await else { continue };
            let channel = receiver.kind.profile.channel;
            match receiver.channel.address(&keys) {
                Ok(()) => notes.ok(&receiver.name, format!("its address is one for {channel}")),
                Err(problem) => {
                    let mend = receiver.channel.references().first().map(|reference| store(reference).1).unwrap_or_default();
                    notes.error(&receiver.name, problem, format!("every message to {}", receiver.name), mend);
                }
            }
        }
    })
}

/// Whether each receiver's host answers.
pub(super) fn reachable<'a>(visit: &'a Visit<'_>, notes: &'a mut Notes) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        for receiver in visit.receivers() {
            let Some(keys) = keys(receiver, visit).await else { continue };
            if receiver.channel.address(&keys).is_err() {
                continue;
            }
            match receiver.channel.reach(&keys, &visit.outside, PATIENCE).await {
                Reach::Reached(says) => notes.ok(&receiver.name, says),
                Reach::Denied(permission) => {
                    let problem = "AccessDenied".to_owned();
                    notes.unseen(&receiver.name, &Unseen { permission, of: receiver.name.clone(), problem });
                }
                Reach::Away(problem) => {
                    let mend = "its address, DNS, or the network between; --send tries it out";
                    notes.error(&receiver.name, problem, format!("every message to {}, from here", receiver.name), mend);
                }
            }
        }
    })
}

const PATIENCE: Duration = Duration::from_secs(8);

/// What a receiver needs to send; none if something of it cannot be had, which another check tells.
async fn keys(receiver: &Receiver, visit: &Visit<'_>) -> Option<Keys> {
    let mut keys = Keys::default();
    for reference in receiver.channel.references() {
        keys.insert(reference.clone(), visit.secrets.resolve(reference, visit.now).await.ok()?);
    }
    Some(keys)
}

/// Whether the ledger's table is there, with the key that the ledger writes.
pub(super) fn ledger<'a>(visit: &'a Visit<'_>, notes: &'a mut Notes) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        let Some(ledger) = visit.config.and_then(|config| config.memory.ledger.as_ref()) else { return };
        let table = ledger.table();
        let asked = json!({ "TableName": table });
        let described = visit.aws.json("dynamodb", "DynamoDB_20120810.DescribeTable", &asked).await;
        let lost = match ledger.holds_back() {
            true => "everything: nothing goes out while the table cannot be asked",
            false => "nothing, but what was told is told again",
        };
        let create = format!(
            "aws dynamodb create-table --table-name {table} --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH"
        );
        match described {
            Ok(answer) => {
                let schema = json!([{ "AttributeName": "id", "KeyType": "HASH" }]);
                match *at(&answer, "/Table/KeySchema") == schema {
                    true => notes.ok(table, "remembers what was delivered"),
                    false => notes.error(table, "has another key than `id`", lost, create),
                }
            }
            Err(refused) if refused.problem.is_missing() => notes.error(table, "there is no such table", lost, create),
            Err(refused) => {
                notes.unseen(
                    table,
                    &Unseen { permission: "dynamodb:DescribeTable", of: table.to_owned(), problem: refused.problem.to_string() },
                );
            }
        }
    })
}
