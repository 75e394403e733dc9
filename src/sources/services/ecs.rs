//! ECS tasks, services, deployments and container instances over EventBridge.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html>

use super::{At, BLANK, Known, RESOURCE, Row, Told};
use crate::ingress::Envelope;
use crate::notification::{Field, Label, Notification, State, Thing};

pub(in crate::sources) fn decode(envelope: &Envelope) -> Option<Notification> {
    super::decode(envelope, ROWS)
}

const ROWS: &[Row] = &[
    Row {
        known: Known::Event("aws.ecs", "ECS Task State Change"),
        thing: Thing::Task,
        // `service:orders`, or `family:nightly-export` of a task that no service started.
        name: &[At::Tail("/group")],
        code: At::Value("/lastStatus"),
        states: &[
            ("PROVISIONING", State::Starting),
            ("PENDING", State::Starting),
            ("ACTIVATING", State::Starting),
            ("RUNNING", State::Running),
            ("DEACTIVATING", State::Stopping),
            ("STOPPING", State::Stopping),
            ("DEPROVISIONING", State::Stopping),
            ("STOPPED", State::Stopped),
        ],
        refine: how_it_stopped,
        facts: &[
            (Label::Reason, At::Value("/stoppedReason"), Field::text),
            (Label::Error, At::Value("/containers/*/reason"), Field::text),
            (Label::ExitCode, At::Value("/containers/*/exitCode"), Field::code),
            (Label::TaskDefinition, At::Part("/taskDefinitionArn", 1), Field::code),
        ],
        noise: &[
            "attachments",
            "attributes",
            "connectivity",
            "containers",
            "cpu",
            "desiredStatus",
            "memory",
            "overrides",
            "stopCode",
        ],
        thread: &[At::Tail("/clusterArn"), At::Value("/group")],
        page: (
            "https://{region}.{console}/ecs/v2/clusters/{}/tasks/{}?region={region}",
            &[At::Tail("/clusterArn"), At::Tail("/taskArn")],
        ),
        ..BLANK
    },
    Row {
        known: Known::Event("aws.ecs", "ECS Service Action"),
        thing: Thing::Service,
        states: &[
            ("SERVICE_STEADY_STATE", State::SteadyState),
            ("TASKSET_STEADY_STATE", State::SteadyState),
            ("CAPACITY_PROVIDER_STEADY_STATE", State::SteadyState),
            ("SERVICE_TASK_START_IMPAIRED", State::CannotStartTasks),
            ("SERVICE_TASK_PLACEMENT_FAILURE", State::CannotPlaceTasks),
            ("SERVICE_DISCOVERY_INSTANCE_UNHEALTHY", State::Unhealthy),
            ("VPC_LATTICE_TARGET_UNHEALTHY", State::Unhealthy),
        ],
        ..SERVICE
    },
    Row {
        known: Known::Event("aws.ecs", "ECS Deployment State Change"),
        thing: Thing::Deployment,
        states: &[
            ("SERVICE_DEPLOYMENT_IN_PROGRESS", State::InProgress),
            ("SERVICE_DEPLOYMENT_COMPLETED", State::Succeeded),
            ("SERVICE_DEPLOYMENT_FAILED", State::Failed),
        ],
        ..SERVICE
    },
    Row {
        known: Known::Event("aws.ecs", "ECS Container Instance State Change"),
        thing: Thing::ContainerInstance,
        name: &[At::Value("/ec2InstanceId")],
        code: At::Value("/status"),
        states: &[("ACTIVE", State::Active), ("DRAINING", State::Draining), ("REGISTERING", State::Starting)],
        facts: &[(Label::Cluster, At::Tail("/clusterArn"), Field::code)],
        noise: &["attributes", "registeredResources", "remainingResources", "versionInfo"],
        thread: &[At::Value("/containerInstanceArn")],
        page: (
            "https://{region}.{console}/ecs/v2/clusters/{}/infrastructure/container-instances/{}?region={region}",
            &[At::Tail("/clusterArn"), At::Tail("/containerInstanceArn")],
        ),
        ..BLANK
    },
];

/// The event's resource is the service: `arn:…:service/CLUSTER/NAME`.
const SERVICE: Row = Row {
    name: &[At::Tail(RESOURCE)],
    code: At::Value("/eventName"),
    level: At::Value("/eventType"),
    facts: &[
        (Label::Reason, At::Value("/reason"), Field::text),
        (Label::Cluster, At::Part(RESOURCE, 1), Field::code),
        (Label::Execution, At::Value("/deploymentId"), Field::code),
    ],
    thread: &[At::Value(RESOURCE)],
    page: (
        "https://{region}.{console}/ecs/v2/clusters/{}/services/{}/deployments?region={region}",
        &[At::Part(RESOURCE, 1), At::Part(RESOURCE, 2)],
    ),
    ..BLANK
};

/// A task that ended by itself with zero is done; one that somebody or the scheduler stopped is stopped, however it took it.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>
fn how_it_stopped(told: &Told, state: Option<State>) -> Option<State> {
    let Some(State::Stopped) = state else { return state };
    Some(match told.text(At::Value("/stopCode")).as_deref() {
        Some("TaskFailedToStart") => State::CouldNotStart,
        Some("UserInitiated" | "ServiceSchedulerInitiated" | "SpotInterruption" | "TerminationNotice") => State::Stopped,
        _ => {
            let codes = told.texts(At::Value("/containers/*/exitCode"));
            let went_well = !codes.is_empty() && codes.iter().all(|code| code == "0");
            if went_well { State::Succeeded } else { State::StoppedByError }
        }
    })
}
