//! EC2 Auto Scaling groups: launches and terminations, over EventBridge and as the JSON of a notification over SNS.
//!
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html>,
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-sns-notifications.html>

use super::{At, BLANK, Known, Row, read};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, Notification, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[
    Row {
        known: Known::Event("aws.autoscaling", "EC2 Instance Launch Successful"),
        refine: |_, _| Some(State::LaunchedInstance),
        ..GROUP
    },
    Row {
        known: Known::Event("aws.autoscaling", "EC2 Instance Launch Unsuccessful"),
        refine: |_, _| Some(State::CouldNotLaunchInstance),
        ..GROUP
    },
    Row {
        known: Known::Event("aws.autoscaling", "EC2 Instance Terminate Successful"),
        refine: |_, _| Some(State::TerminatedInstance),
        ..GROUP
    },
    Row {
        known: Known::Event("aws.autoscaling", "EC2 Instance Terminate Unsuccessful"),
        refine: |_, _| Some(State::CouldNotTerminateInstance),
        ..GROUP
    },
    Row {
        known: Known::Message(|message| {
            read::text(message, "Event").is_some_and(|event| event.starts_with("autoscaling:"))
                && read::text(message, "AutoScalingGroupName").is_some()
        }),
        code: At::Value("/Event"),
        states: &[
            ("autoscaling:EC2_INSTANCE_LAUNCH", State::LaunchedInstance),
            ("autoscaling:EC2_INSTANCE_LAUNCH_ERROR", State::CouldNotLaunchInstance),
            ("autoscaling:EC2_INSTANCE_TERMINATE", State::TerminatedInstance),
            ("autoscaling:EC2_INSTANCE_TERMINATE_ERROR", State::CouldNotTerminateInstance),
            ("autoscaling:TEST_NOTIFICATION", State::SentTest),
        ],
        // An event names the instance among its resources.
        facts: &[
            (Label::Reason, At::Value("/StatusMessage"), Field::text),
            (Label::Instance, At::Value("/EC2InstanceId"), Field::code),
            (Label::AvailabilityZone, At::Value("/Details/Availability Zone"), Field::code),
        ],
        id: &[At::Value("/RequestId"), At::Value("/Event"), At::Value("/Time")],
        time: At::Value("/Time"),
        arn: At::Value("/AutoScalingGroupARN"),
        ..GROUP
    },
];

const GROUP: Row = Row {
    thing: Thing::AutoScalingGroup,
    name: &[At::Value("/AutoScalingGroupName")],
    facts: &[
        (Label::Reason, At::Value("/StatusMessage"), Field::text),
        (Label::AvailabilityZone, At::Value("/Details/Availability Zone"), Field::code),
    ],
    noise: &["AccountId", "ActivityId", "Description", "Progress", "RequestId", "Service", "StatusCode"],
    prose: At::Value("/Cause"),
    thread: &[At::Value("/AutoScalingGroupName")],
    page: (
        "https://{region}.{console}/ec2/home?region={region}#AutoScalingGroupDetails:id={};view=activity",
        &[At::Value("/AutoScalingGroupName")],
    ),
    ..BLANK
};
