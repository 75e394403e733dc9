//! What happened to the things of services that have no kind of their own.

use crate::notification::{Happening, Operation, Phase, State, Thing};
use crate::text::rich::{code, strong};

/// "Pipeline `orders` failed", "API call `DeleteBucket` on `orders-logs` by `alice`".
pub(super) fn headline(happening: &Happening, name: Option<&str>) -> String {
    match happening {
        Happening::Became { thing, state } => sentence(*thing, name, &became(*state)),
        Happening::Said { thing, word } => sentence(*thing, name, &format!(": {word}")),
        Happening::Called { by, on, failed } => {
            let on = on.as_ref().map(|on| format!(" {} {}", strong("on"), code(on))).unwrap_or_default();
            let by = by.as_ref().map(|by| format!(" {} {}", strong("by"), code(by))).unwrap_or_default();
            let failed = if *failed { format!(" {}", strong("failed")) } else { String::new() };
            let name = name.map(|name| format!(" {}", code(name))).unwrap_or_default();
            format!("{}{name}{on}{by}{failed}", strong("API call"))
        }
        Happening::SelfTest => strong("Self-test passed: notices arrive here"),
    }
}

pub(super) fn summary(happening: &Happening) -> Option<String> {
    matches!(happening, Happening::SelfTest)
        .then(|| "Nothing is wrong; this only checks the way here. If it stops coming, an alarm says so.".to_owned())
}

/// `what` begins with its blank or its colon.
fn sentence(thing: Thing, name: Option<&str>, what: &str) -> String {
    match (thing, name) {
        (Thing::Mail, Some(name)) => format!("{} {}{}", strong("Mail to"), code(name), strong(what)),
        (thing, Some(name)) => format!("{} {}{}", strong(noun(thing)), code(name), strong(what)),
        (thing, None) => strong(&format!("{}{what}", noun(thing))),
    }
}

fn noun(thing: Thing) -> &'static str {
    match thing {
        Thing::AutoScalingGroup => "Auto Scaling group",
        Thing::Backup => "Backup",
        Thing::BackupCopy => "Backup copy",
        Thing::Build => "Build",
        Thing::BuildPhase => "Build phase",
        Thing::ContainerInstance => "Container instance",
        Thing::DbCluster => "DB cluster",
        Thing::DbClusterSnapshot => "DB cluster snapshot",
        Thing::DbInstance => "DB instance",
        Thing::DbResource => "RDS resource",
        Thing::DbSnapshot => "DB snapshot",
        Thing::Deployment => "Deployment",
        Thing::Function => "Function",
        Thing::Mail => "Mail",
        Thing::Pipeline => "Pipeline",
        Thing::PipelineAction => "Pipeline action",
        Thing::PipelineStage => "Pipeline stage",
        Thing::Restore => "Restore",
        Thing::S3Object => "S3 object",
        Thing::SavingsPlan => "Savings Plan",
        Thing::Service => "Service",
        Thing::Stack => "Stack",
        Thing::StackResource => "Stack resource",
        Thing::StateMachine => "State machine",
        Thing::Task => "Task",
        Thing::TrustedAdvisorCheck => "Trusted Advisor check",
        Thing::User => "User",
    }
}

fn became(state: State) -> String {
    let verb = match state {
        State::Operated(operation, phase) => return operated(operation, phase),
        State::About(topic) => return format!(": {topic}"),
        State::GaveUp(attempts) => return format!(" failed after {attempts} attempts"),
        State::Started => "started",
        State::InProgress => "is in progress",
        State::Succeeded => "succeeded",
        State::Failed => "failed",
        State::TimedOut => "timed out",
        State::Stopping => "is stopping",
        State::Stopped => "stopped",
        State::Canceled => "was cancelled",
        State::Superseded => "gave way to a newer run",
        State::Resumed => "was resumed",
        State::Abandoned => "was abandoned",
        State::AwaitsApproval => "waits for approval",
        State::Approved => "was approved",
        State::Rejected => "was rejected",
        State::Drifted => "differs from its template",
        State::InSync => "is as its template says",
        State::Starting => "is starting",
        State::Running => "is running",
        State::StoppedByError => "stopped with an error",
        State::CouldNotStart => "could not start",
        State::SteadyState => "is in a steady state",
        State::CannotStartTasks => "cannot keep its tasks running",
        State::CannotPlaceTasks => "finds no room for a task",
        State::Unhealthy => "has an unhealthy task",
        State::Draining => "is draining",
        State::LaunchedInstance => "launched an instance",
        State::CouldNotLaunchInstance => "could not launch an instance",
        State::TerminatedInstance => "terminated an instance",
        State::CouldNotTerminateInstance => "could not terminate an instance",
        State::SentTest => "sent a test notification",
        State::Sent => "was sent",
        State::Delivered => "was delivered",
        State::Delayed => "is delayed",
        State::Bounced => "bounced",
        State::BouncedForNow => "bounced for now",
        State::Complained => "was reported as spam",
        State::Refused => "was not sent: SES refused it",
        State::CouldNotRender => "was not sent: its template failed",
        State::Opened => "was opened",
        State::Clicked => "was clicked",
        State::StorageFull => "has no storage left",
        State::OutOfService => "is out of service",
        State::Active => "is active",
        State::Queued => "is queued",
        State::PaymentPending => "waits for its payment",
        State::PaymentFailed => "could not be paid",
        State::Retired => "has ended",
        State::Upcoming => "will change its state",
        State::NoProblem => "finds no problem",
        State::NeedsInvestigation => "recommends an investigation",
        State::NeedsAction => "recommends action",
        State::Infected => "holds malware",
        State::Clean => "is clean",
        State::ScanDenied => "was not scanned: GuardDuty may not read it",
        State::ScanUnsupported => "was not scanned: GuardDuty cannot scan such an object",
        State::ScanFailed => "was not scanned: the scan failed",
        State::SignedIn => "signed in to the console",
        State::CouldNotSignIn => "could not sign in to the console",
    };
    format!(" {verb}")
}

fn operated(operation: Operation, phase: Phase) -> String {
    let done = match operation {
        Operation::Create => "created",
        Operation::Update => "updated",
        Operation::Delete => "deleted",
        Operation::Import => "imported",
        Operation::RollBack => "rolled back",
    };
    match phase {
        Phase::Going => format!(" is being {done}"),
        Phase::Done => format!(" was {done}"),
        Phase::Failed => format!(" could not be {done}"),
    }
}
