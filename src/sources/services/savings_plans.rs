//! Savings Plans over EventBridge: a change of state, and the alert of one to come. Alerts on coverage and utilization are
//! budgets, and come as such.
//!
//! <https://docs.aws.amazon.com/savingsplans/latest/userguide/automating-savingsplans-with-eventbridge.html>

use super::{At, BLANK, Known, RESOURCE, Row};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, Notification, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[
    Row {
        // "Savings Plans State Change Alert"; AWS's own sample misspells it.
        known: Known::Event("aws.savingsplans", "Savings Plans State Changange Alert"),
        ..ALERT
    },
    Row { known: Known::Event("aws.savingsplans", "Savings Plans State Change Alert"), ..ALERT },
    Row {
        known: Known::Event("aws.savingsplans", "Savings Plans State Change"),
        code: At::Value("/currentState"),
        states: &[
            ("active", State::Active),
            ("queued", State::Queued),
            ("payment-pending", State::PaymentPending),
            ("payment-failed", State::PaymentFailed),
            ("retired", State::Retired),
        ],
        facts: &[(Label::Reason, At::Value("/message"), Field::text)],
        level: At::Value("/severity"),
        ..PLAN
    },
];

const ALERT: Row = Row {
    refine: |_, _| Some(State::Upcoming),
    facts: &[
        (Label::State, At::Value("/currentState"), Field::code),
        (Label::NextState, At::Value("/nextState"), Field::code),
        (Label::ChangesOn, At::Value("/nextStateChangeDate"), Field::text),
    ],
    ..PLAN
};

const PLAN: Row = Row {
    thing: Thing::SavingsPlan,
    name: &[At::Tail(RESOURCE)],
    thread: &[At::Value(RESOURCE)],
    noise: &["message"],
    page: ("https://us-east-1.{console}/costmanagement/home#/savings-plans/inventory", &[]),
    ..BLANK
};
