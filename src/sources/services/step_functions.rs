//! Executions of Step Functions' state machines over EventBridge.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>

use super::{At, BLANK, Known, Row};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, Notification, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[Row {
    known: Known::Event("aws.states", "Step Functions Execution Status Change"),
    thing: Thing::StateMachine,
    name: &[At::Tail("/stateMachineArn")],
    code: At::Value("/status"),
    states: &[
        ("RUNNING", State::Started),
        ("SUCCEEDED", State::Succeeded),
        ("FAILED", State::Failed),
        ("TIMED_OUT", State::TimedOut),
        ("ABORTED", State::Stopped),
        ("PENDING_REDRIVE", State::InProgress),
    ],
    facts: &[
        (Label::Error, At::Value("/error"), Field::code),
        (Label::Reason, At::Value("/cause"), Field::text),
        (Label::Execution, At::Value("/name"), Field::code),
    ],
    thread: &[At::Value("/stateMachineArn")],
    page: ("https://{region}.{console}/states/home?region={region}#/v2/executions/details/{}", &[At::Value("/executionArn")]),
    // What it was given and what it gave may hold anything.
    noise: &["input", "output", "startDate", "stopDate", "redrive", "stateMachine", "billing"],
    ..BLANK
}];
