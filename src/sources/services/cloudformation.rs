//! CloudFormation: stacks, their resources and their drift over EventBridge, and the text that a stack's notification topic
//! gets, lines of `Key='value'`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/events-detail-reference.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-listing-event-history.html>

use serde_json::{Map, Value};

use super::{At, BLANK, Known, Row, Told, read};
use crate::ingress::{Body, Envelope};
use crate::notification::{Field, Label, Notification, Operation, Phase, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    let Body::Text(text) = &envelope.body else { return super::decode(envelope, ROWS) };
    let message = message(text)?;
    super::read_by(envelope, &Told { value: &message, event: None }, TEXT_ROWS)
}

const ROWS: &[Row] = &[
    Row {
        known: Known::Event("aws.cloudformation", "CloudFormation Stack Status Change"),
        thing: Thing::Stack,
        name: &[At::Part("/stack-id", 1)],
        ..OVER_EVENTBRIDGE
    },
    Row {
        known: Known::Event("aws.cloudformation", "CloudFormation Resource Status Change"),
        thing: Thing::StackResource,
        name: &[At::Part("/stack-id", 1), At::Value("/logical-resource-id")],
        ..OVER_EVENTBRIDGE
    },
    Row {
        known: Known::Event("aws.cloudformation", "CloudFormation Drift Detection"),
        thing: Thing::Stack,
        name: &[At::Part("/stack-id", 1)],
        code: At::Value("/status-details/stack-drift-status"),
        states: &[("DRIFTED", State::Drifted), ("IN_SYNC", State::InSync)],
        refine: |_, state| state,
        facts: &[
            (Label::DriftedResources, At::Value("/drift-detection-details/drifted-stack-resource-count"), Field::text),
            (Label::State, At::Value("/status-details/detection-status"), Field::code),
        ],
        noise: &["stack-drift-detection-id"],
        ..OVER_EVENTBRIDGE
    },
];

/// For the text, once it has been read.
const TEXT_ROWS: &[Row] = &[
    Row {
        known: Known::Message(|message| message.get("PhysicalResourceId") == message.get("StackId")),
        thing: Thing::Stack,
        name: &[At::Value("/StackName")],
        facts: &[(Label::Reason, At::Value("/ResourceStatusReason"), Field::text)],
        noise: &["Resource", "PrincipalId", "ClientRequestToken", "Namespace"],
        ..OVER_SNS
    },
    Row {
        known: Known::Message(|_| true),
        thing: Thing::StackResource,
        name: &[At::Value("/StackName"), At::Value("/LogicalResourceId")],
        ..OVER_SNS
    },
];

const OVER_EVENTBRIDGE: Row = Row {
    code: At::Value("/status-details/status"),
    refine: |told, _| operated(&told.text(At::Value("/status-details/status"))?),
    facts: &[
        (Label::Reason, At::Value("/status-details/status-reason"), Field::text),
        (Label::State, At::Value("/status-details/status"), Field::code),
        (Label::ResourceType, At::Value("/resource-type"), Field::code),
        (Label::PhysicalId, At::Value("/physical-resource-id"), Field::code),
    ],
    noise: &["resource-properties", "client-request-token"],
    thread: &[At::Value("/stack-id")],
    page: (PAGE, &[At::Value("/stack-id")]),
    ..BLANK
};

const OVER_SNS: Row = Row {
    code: At::Value("/ResourceStatus"),
    refine: |told, _| operated(&told.text(At::Value("/ResourceStatus"))?),
    facts: &[
        (Label::Reason, At::Value("/ResourceStatusReason"), Field::text),
        (Label::ResourceType, At::Value("/ResourceType"), Field::code),
        (Label::PhysicalId, At::Value("/PhysicalResourceId"), Field::code),
    ],
    thread: &[At::Value("/StackId")],
    id: &[At::Value("/StackId"), At::Value("/EventId")],
    time: At::Value("/Timestamp"),
    arn: At::Value("/StackId"),
    page: (PAGE, &[At::Value("/StackId")]),
    noise: &["ResourceProperties", "PrincipalId", "ClientRequestToken", "Namespace"],
    ..BLANK
};

const PAGE: &str = "https://{region}.{console}/cloudformation/home?region={region}#/stacks/stackinfo?stackId={}";

/// A status as what was done, and how far it got: `UPDATE_ROLLBACK_IN_PROGRESS` is an operation and a phase.
fn operated(status: &str) -> Option<State> {
    // What is left to do after the last resource is in place changes nothing any more.
    let status = status.strip_suffix("_CLEANUP_IN_PROGRESS").unwrap_or(status);
    let phases = [("_IN_PROGRESS", Phase::Going), ("_COMPLETE", Phase::Done), ("_FAILED", Phase::Failed)];
    let (operation, phase) = phases.iter().find_map(|(suffix, phase)| Some((status.strip_suffix(suffix)?, *phase)))?;
    let operation = match operation {
        "CREATE" => Operation::Create,
        "UPDATE" => Operation::Update,
        "DELETE" => Operation::Delete,
        "IMPORT" => Operation::Import,
        _ if operation.ends_with("ROLLBACK") => Operation::RollBack,
        _ => return None,
    };
    Some(State::Operated(operation, phase))
}

/// CloudFormation's own order.
const AFTER_THE_PROPERTIES: &[&str] =
    &["ResourceStatus", "ResourceStatusReason", "ResourceType", "StackName", "ClientRequestToken"];

/// The text of a stack notification by its keys; a value may go over several lines.
fn message(text: &str) -> Option<Value> {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        let is_key = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphabetic());
        match (line.split_once("='").filter(|(key, _)| is_key(key)), pairs.last_mut()) {
            (Some((key, value)), _) => pairs.push((key, value.to_owned())),
            (None, Some((_, value))) => value.extend(["\n", line]),
            (None, None) => {}
        }
    }
    let mut message = Map::new();
    for (key, value) in pairs {
        let value = value.trim_end();
        let value = value.strip_suffix('\'').unwrap_or(value);
        // The template's own text, in the midst of it, may look like a key: what comes before it counts as first said, what
        // comes behind it as last said.
        let counts = AFTER_THE_PROPERTIES.contains(&key) || !message.contains_key(key);
        if counts && !matches!(value, "" | "null") {
            message.insert(key.to_owned(), Value::String(value.to_owned()));
        }
    }
    let message = Value::Object(message);
    let is_ours = read::text(&message, "StackId").is_some() && read::text(&message, "ResourceStatus").is_some();
    is_ours.then_some(message)
}
