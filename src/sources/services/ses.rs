//! What became of mail that SES sent: feedback notifications over SNS (`notificationType`), and event publishing over SNS or
//! EventBridge (`eventType`), which have the same form. Mail that SES received is a carrier, and belongs to `ingress`.
//!
//! <https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html>,
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ses.html>

use serde_json::Value;

use super::{At, BLANK, Fact, Known, Row, read};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, Notification, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[
    // "Email Bounced", "Email Delivery Delayed", …
    Row { known: Known::Event("aws.ses", "Email "), code: At::Value("/eventType"), id: &[], ..MAIL },
    Row { known: Known::Message(|message| is_mail(message, "notificationType")), code: At::Value("/notificationType"), ..MAIL },
    Row { known: Known::Message(|message| is_mail(message, "eventType")), code: At::Value("/eventType"), ..MAIL },
];

const MAIL: Row = Row {
    thing: Thing::Mail,
    name: &[At::First(RECIPIENTS)],
    states: &[
        ("Bounce", State::Bounced),
        ("Complaint", State::Complained),
        ("Delivery", State::Delivered),
        ("DeliveryDelay", State::Delayed),
        ("Send", State::Sent),
        ("Reject", State::Refused),
        ("Rendering Failure", State::CouldNotRender),
        ("Open", State::Opened),
        ("Click", State::Clicked),
    ],
    refine: |told, state| match told.text(At::Value("/bounce/bounceType")).as_deref() {
        Some("Transient") if state == Some(State::Bounced) => Some(State::BouncedForNow),
        _ => state,
    },
    facts: FACTS,
    thread: &[At::Value("/mail/messageId")],
    id: &[At::Value("/mail/messageId"), At::First(KINDS), At::First(MOMENTS), At::First(RECIPIENTS)],
    time: At::First(MOMENTS),
    place: At::Value("/mail/sourceArn"),
    noise: &["bounce.", "complaint.", "delivery", "mail.", "send"],
    ..BLANK
};

const FACTS: &[Fact] = &[
    (
        Label::Reason,
        At::First(&[
            "/bounce/bouncedRecipients/*/diagnosticCode",
            "/bounce/bounceSubType",
            "/complaint/complaintFeedbackType",
            "/deliveryDelay/delayedRecipients/*/diagnosticCode",
            "/deliveryDelay/delayType",
            "/reject/reason",
            "/failure/errorMessage",
        ]),
        Field::text,
    ),
    (Label::MailSubject, At::Value("/mail/commonHeaders/subject"), Field::text),
    (Label::From, At::First(&["/mail/commonHeaders/from/0", "/mail/source"]), Field::text),
    (Label::Recipients, At::First(RECIPIENTS), Field::code),
];

/// Those that it is about, else those that it was sent to.
const RECIPIENTS: &[&str] = &[
    "/bounce/bouncedRecipients/*/emailAddress",
    "/complaint/complainedRecipients/*/emailAddress",
    "/deliveryDelay/delayedRecipients/*/emailAddress",
    "/delivery/recipients/*",
    "/mail/destination/*",
];

const KINDS: &[&str] = &["/notificationType", "/eventType"];

const MOMENTS: &[&str] = &[
    "/bounce/timestamp",
    "/complaint/timestamp",
    "/delivery/timestamp",
    "/deliveryDelay/timestamp",
    "/open/timestamp",
    "/click/timestamp",
    "/mail/timestamp",
];

fn is_mail(message: &Value, key: &str) -> bool {
    read::text(message, key).is_some() && message.get("mail").is_some_and(Value::is_object)
}
