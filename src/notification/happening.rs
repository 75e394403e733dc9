//! What happened to a thing of a service whose events have no kind of their own: an `event` or a `text` with a headline
//! that `render` can write in every locale.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// What happened; the [`subject`](super::Notification::subject) names the thing, or the call.
///
/// It is written as `{}`: `data` of `event` and `text` is empty, and what is known stands in the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A thing came into a state.
    Became { thing: Thing, state: State },
    /// A thing came into a state that we do not know; `word` is the sender's for it, in words.
    Said { thing: Thing, word: String },
    /// Somebody called an AWS API.
    Called { by: Option<String>, on: Option<String>, failed: bool },
    /// Our own word that the way from the topic to a receiver is open.
    SelfTest,
}

impl Serialize for Happening {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}

/// What it happened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    AutoScalingGroup,
    Backup,
    BackupCopy,
    Build,
    BuildPhase,
    ContainerInstance,
    /// A DB cluster of RDS or Aurora.
    DbCluster,
    DbClusterSnapshot,
    DbInstance,
    /// Anything else that RDS tells of: parameter groups, proxies, …
    DbResource,
    DbSnapshot,
    Deployment,
    /// A mail that was sent, named by its recipient.
    Mail,
    Pipeline,
    PipelineAction,
    PipelineStage,
    /// Of a backup.
    Restore,
    S3Object,
    SavingsPlan,
    /// A function of AWS Lambda's.
    Function,
    /// An ECS service.
    Service,
    Stack,
    StackResource,
    /// One of Step Functions'.
    StateMachine,
    Task,
    TrustedAdvisorCheck,
    /// Somebody who signs in to the console.
    User,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    // A run of something.
    Started,
    InProgress,
    Succeeded,
    Failed,
    /// After so many attempts.
    GaveUp(u64),
    TimedOut,
    Stopping,
    Stopped,
    Canceled,
    Superseded,
    Resumed,
    Abandoned,
    // An approval.
    AwaitsApproval,
    Approved,
    Rejected,
    // A stack or its resource.
    Operated(Operation, Phase),
    Drifted,
    InSync,
    // A container task, the service around it, the instance below it.
    Starting,
    Running,
    StoppedByError,
    CouldNotStart,
    SteadyState,
    CannotStartTasks,
    CannotPlaceTasks,
    Unhealthy,
    Draining,
    // An Auto Scaling group.
    LaunchedInstance,
    CouldNotLaunchInstance,
    TerminatedInstance,
    CouldNotTerminateInstance,
    SentTest,
    // A mail.
    Sent,
    Delivered,
    Delayed,
    Bounced,
    /// After a problem that may pass.
    BouncedForNow,
    Complained,
    Refused,
    CouldNotRender,
    Opened,
    Clicked,
    // A database.
    About(Topic),
    StorageFull,
    /// It has failed, and will not come back by itself.
    OutOfService,
    // A Savings Plan.
    Active,
    Queued,
    PaymentPending,
    PaymentFailed,
    Retired,
    /// Its state will change.
    Upcoming,
    // A check.
    NoProblem,
    NeedsInvestigation,
    NeedsAction,
    // A scanned object.
    Infected,
    Clean,
    /// Its scanner may not read it.
    ScanDenied,
    /// Its scanner cannot read such a thing.
    ScanUnsupported,
    ScanFailed,
    // A user.
    SignedIn,
    CouldNotSignIn,
}

/// What is done to a stack or to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Delete,
    Import,
    RollBack,
}

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Going,
    Done,
    Failed,
}

super::kind::names! {
    /// RDS's event categories: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html>
    Topic {
        Availability = "availability",
        Backtrack = "backtrack",
        Backup = "backup",
        ConfigurationChange = "configuration change",
        Creation = "creation",
        Deletion = "deletion",
        Failover = "failover",
        Failure = "failure",
        LowStorage = "low storage",
        Maintenance = "maintenance",
        Notification = "notification",
        Patching = "security patching",
        ReadReplica = "read replica",
        Recovery = "recovery",
        Restoration = "restoration",
        Security = "security",
    }
}
