//! Trusted Advisor's checks over EventBridge.
//!
//! <https://docs.aws.amazon.com/awssupport/latest/user/cloudwatch-events-ta.html>

use super::{At, BLANK, Known, Row};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, Notification, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[Row {
    known: Known::Event("aws.trustedadvisor", "Trusted Advisor Check Item Refresh"),
    thing: Thing::TrustedAdvisorCheck,
    name: &[At::Value("/check-name")],
    code: At::Value("/status"),
    states: &[("OK", State::NoProblem), ("WARN", State::NeedsInvestigation), ("ERROR", State::NeedsAction)],
    facts: &[
        (Label::Reason, At::Value("/check-item-detail/Reason"), Field::text),
        (Label::Savings, At::Value("/check-item-detail/Estimated Monthly Savings"), Field::text),
    ],
    arn: At::Value("/resource_id"),
    rest: "/check-item-detail",
    // A colour that says what the status says, and a column for each of the last two weeks.
    noise: &["Status", "Day "],
    thread: &[At::Value("/check-name"), At::Value("/resource_id")],
    page: ("https://{region}.{console}/trustedadvisor/home", &[]),
    ..BLANK
}];
