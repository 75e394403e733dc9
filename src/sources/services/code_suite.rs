//! CodePipeline, CodeBuild and CodeDeploy over EventBridge, or over SNS by a notification rule.
//!
//! <https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html>,
//! <https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html>,
//! <https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html>

use super::{At, BLANK, Fact, Known, RESOURCE, Row, Told};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, LinkTo, Notification, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[
    Row {
        known: Known::Event("aws.codepipeline", "CodePipeline Pipeline Execution"),
        thing: Thing::Pipeline,
        name: &[At::Value("/pipeline")],
        ..PIPELINE
    },
    Row {
        known: Known::Event("aws.codepipeline", "CodePipeline Stage Execution"),
        thing: Thing::PipelineStage,
        name: &[At::Value("/pipeline"), At::Value("/stage")],
        ..PIPELINE
    },
    Row {
        known: Known::Event("aws.codepipeline", "CodePipeline Action Execution"),
        thing: Thing::PipelineAction,
        name: &[At::Value("/pipeline"), At::Value("/stage"), At::Value("/action")],
        refine: approval,
        ..PIPELINE
    },
    Row {
        known: Known::Event("aws.codebuild", "CodeBuild Build State"),
        thing: Thing::Build,
        name: &[At::Value("/project-name")],
        code: At::Value("/build-status"),
        ..BUILD
    },
    Row {
        known: Known::Event("aws.codebuild", "CodeBuild Build Phase"),
        thing: Thing::BuildPhase,
        name: &[At::Value("/project-name"), At::Value("/completed-phase")],
        code: At::Value("/completed-phase-status"),
        // The last phase is the end of a build, and has no status of its own.
        refine: |told, state| match told.text(At::Value("/completed-phase")).as_deref() {
            Some("COMPLETED") => state.or(Some(State::Succeeded)),
            _ => state,
        },
        ..BUILD
    },
    Row {
        known: Known::Event("aws.codedeploy", "CodeDeploy Deployment"),
        thing: Thing::Deployment,
        name: &[At::Value("/application"), At::Value("/deploymentGroup")],
        code: At::Value("/state"),
        states: RUN_STATES,
        facts: &[(Label::Execution, At::Value("/deploymentId"), Field::code)],
        thread: &[At::Value("/application"), At::Value("/deploymentGroup")],
        noise: &["region"],
        page: ("https://{region}.{console}/codesuite/codedeploy/deployments/{}?region={region}", &[At::Value("/deploymentId")]),
        ..BLANK
    },
];

const PIPELINE: Row = Row {
    code: At::Value("/state"),
    states: RUN_STATES,
    facts: &[
        (Label::Reason, At::First(REASONS), Field::text),
        (Label::Error, At::Value("/execution-result/error-code"), Field::code),
        (Label::Action, At::Value("/additionalAttributes/failedActions/*/action"), Field::code),
        (Label::Stage, At::Value("/additionalAttributes/failedStage"), Field::code),
        (Label::Execution, At::Value("/execution-id"), Field::code),
        (Label::StartedBy, At::Tail("/execution-trigger/trigger-detail"), Field::code),
    ],
    thread: &[At::Value("/pipeline")],
    page: ("https://{region}.{console}/codesuite/codepipeline/pipelines/{}/view?region={region}", &[At::Value("/pipeline")]),
    link: (LinkTo::Details, At::Value("/execution-result/external-execution-url")),
    noise: &["pipeline-execution-attempt", "region", "type.", "additionalAttributes.failedActionCount", "execution-result."],
    ..BLANK
};

/// Of an action that failed, and of what failed in a pipeline as a notification rule tells it.
const REASONS: &[&str] =
    &["/execution-result/external-execution-summary", "/additionalAttributes/failedActions/*/additionalInformation"];

const BUILD: Row = Row {
    states: RUN_STATES,
    facts: BUILD_FACTS,
    thread: &[At::Value("/project-name")],
    page: (
        "https://{region}.{console}/codesuite/codebuild/{}/projects/{}/build/{}/log?region={region}",
        &[At::Account, At::Value("/project-name"), At::Part(RESOURCE, 1)],
    ),
    link: (LinkTo::Logs, At::Value("/additional-information/logs/deep-link")),
    noise: &["additional-information.", "current-phase", "completed-phase"],
    ..BLANK
};

const BUILD_FACTS: &[Fact] = &[
    (Label::Reason, At::Value("/additional-information/phases/*/phase-context/0"), Field::text),
    (Label::Execution, At::Value("/additional-information/build-number"), Field::code),
    (Label::Revision, At::Value("/additional-information/source-version"), Field::code),
    (Label::StartedBy, At::Value("/additional-information/initiator"), Field::code),
];

const RUN_STATES: &[(&str, State)] = &[
    ("STARTED", State::Started),
    ("START", State::Started),
    ("CREATED", State::Started),
    ("READY", State::InProgress),
    ("IN_PROGRESS", State::InProgress),
    ("SUCCEEDED", State::Succeeded),
    ("SUCCESS", State::Succeeded),
    ("FAILED", State::Failed),
    ("FAILURE", State::Failed),
    ("FAULT", State::Failed),
    ("CLIENT_ERROR", State::Failed),
    ("TIMED_OUT", State::TimedOut),
    ("RESUMED", State::Resumed),
    ("CANCELED", State::Canceled),
    ("STOPPING", State::Stopping),
    ("STOPPED", State::Stopped),
    ("STOP", State::Stopped),
    ("SUPERSEDED", State::Superseded),
    ("ABANDONED", State::Abandoned),
];

/// A manual approval is an action like any other, but what its states mean is not.
fn approval(told: &Told, state: Option<State>) -> Option<State> {
    if told.text(At::Value("/type/category")).as_deref() != Some("Approval") {
        return state;
    }
    Some(match state? {
        State::Started => State::AwaitsApproval,
        State::Succeeded => State::Approved,
        State::Failed => State::Rejected,
        other => other,
    })
}
