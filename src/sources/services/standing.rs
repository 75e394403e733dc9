//! What wakes whom: how each state stands, and how much it matters.
//!
//! What a machine tried and could not do is a warning. Nothing here is critical but a database that has failed or is full,
//! whose users are shut out until a person acts, and malware, which GuardDuty's own finding of it is too.

use crate::notification::{Happening, Operation, Phase, Severity, State, Status, Topic};

/// `level` is the sender's own word, which counts for a state that we do not know.
pub(super) fn standing(happening: &Happening, level: Option<&str>) -> (Status, Severity) {
    match happening {
        Happening::Became { state, .. } => of_state(*state),
        Happening::Called { failed: true, .. } => (Status::Info, Severity::Notice),
        Happening::Called { failed: false, .. } | Happening::SelfTest => (Status::Info, Severity::Info),
        Happening::Said { word, .. } => {
            let words = [word.to_lowercase(), level.unwrap_or_default().to_lowercase()];
            let says = |of: &[&str]| words.iter().any(|word| of.iter().any(|grave| word.contains(grave)));
            if says(&["fail", "error"]) {
                (Status::Firing, Severity::Warning)
            } else if says(&["warn", "impaired", "unhealthy"]) {
                (Status::Firing, Severity::Notice)
            } else {
                (Status::Info, Severity::Info)
            }
        }
    }
}

fn of_state(state: State) -> (Status, Severity) {
    use State::*;
    match state {
        StorageFull | OutOfService | Infected => (Status::Firing, Severity::Critical),
        Failed | GaveUp(_) | TimedOut | Rejected | StoppedByError | CouldNotStart | CannotStartTasks | CannotPlaceTasks
        | Unhealthy => (Status::Firing, Severity::Warning),
        ScanDenied | ScanFailed | CouldNotLaunchInstance | CouldNotTerminateInstance => (Status::Firing, Severity::Warning),
        Bounced | Complained | Refused | CouldNotRender => (Status::Firing, Severity::Warning),
        PaymentFailed | NeedsAction | About(Topic::Failure | Topic::LowStorage) => (Status::Firing, Severity::Warning),
        // Whatever was to be done was not.
        Operated(Operation::RollBack, Phase::Done) | Operated(_, Phase::Failed) => (Status::Firing, Severity::Warning),
        Operated(Operation::RollBack, Phase::Going) => (Status::Firing, Severity::Notice),
        AwaitsApproval | Drifted | ScanUnsupported | BouncedForNow | Delayed | NeedsInvestigation => {
            (Status::Firing, Severity::Notice)
        }
        Succeeded
        | Approved
        | InSync
        | SteadyState
        | Delivered
        | NoProblem
        | Clean
        | Operated(Operation::Create, Phase::Done) => (Status::Resolved, Severity::Info),
        Operated(Operation::Update | Operation::Import, Phase::Done) | About(Topic::Recovery) => {
            (Status::Resolved, Severity::Info)
        }
        Stopped | Canceled | Abandoned | Retired | Upcoming | CouldNotSignIn => (Status::Info, Severity::Notice),
        About(Topic::Availability | Topic::Failover | Topic::Deletion | Topic::ReadReplica | Topic::Security) => {
            (Status::Info, Severity::Notice)
        }
        Started | InProgress | Stopping | Superseded | Resumed | Starting | Running | Draining | Operated(..) | About(_) => {
            (Status::Info, Severity::Info)
        }
        LaunchedInstance | TerminatedInstance | SentTest | Sent | Opened | Clicked => (Status::Info, Severity::Info),
        Active | Queued | PaymentPending | SignedIn => (Status::Info, Severity::Info),
    }
}
