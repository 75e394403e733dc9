//! AWS Backup's jobs over EventBridge: backups, copies of them, and restores.
//!
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html>

use super::{At, BLANK, Known, Row};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, Notification, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[
    Row { known: Known::Event("aws.backup", "Backup Job State Change"), thing: Thing::Backup, ..JOB },
    Row { known: Known::Event("aws.backup", "Copy Job State Change"), thing: Thing::BackupCopy, ..JOB },
    Row {
        known: Known::Event("aws.backup", "Restore Job State Change"),
        thing: Thing::Restore,
        // What it makes, once that is there.
        name: &[At::Tail("/createdResourceArn")],
        thread: &[At::Value("/restoreJobId")],
        arn: At::Value("/createdResourceArn"),
        ..JOB
    },
];

/// Some events say `state`, others `status`, as Backup's own API does.
const JOB: Row = Row {
    name: &[At::Tail("/resourceArn")],
    code: At::First(&["/state", "/status"]),
    states: &[
        ("CREATED", State::Queued),
        ("PENDING", State::Queued),
        ("RUNNING", State::InProgress),
        ("ABORTING", State::Stopping),
        ("ABORTED", State::Stopped),
        ("COMPLETED", State::Succeeded),
        ("FAILED", State::Failed),
        ("PARTIAL", State::Failed),
        // It did not begin within its window.
        ("EXPIRED", State::CouldNotStart),
    ],
    facts: &[(Label::Reason, At::Value("/statusMessage"), Field::text)],
    thread: &[At::Value("/resourceArn")],
    arn: At::Value("/resourceArn"),
    noise: &["iamRole", "bytesTransferred", "backupSizeInBytes", "percentDone", "creationDate", "startBy", "completionDate"],
    ..BLANK
};
