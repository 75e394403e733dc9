//! Status and severity where a sender or a declaration gives the one and not the other.

use crate::notification::{Severity, Status};

/// What is given, and where it is not, what follows from the other, else the default of its kind.
pub(super) fn combined(status: Option<Status>, severity: Option<Severity>, default: (Status, Severity)) -> (Status, Severity) {
    match (status, severity, default) {
        (Some(status), Some(severity), _) => (status, severity),
        (Some(Status::Resolved), None, _) => (Status::Resolved, Severity::Info),
        (Some(Status::Firing), None, (_, Severity::Info)) => (Status::Firing, Severity::Warning),
        (Some(status), None, (_, severity)) => (status, severity),
        // What was no problem becomes one by its severity.
        (None, Some(severity), (Status::Info, _)) if severity >= Severity::Warning => (Status::Firing, severity),
        (None, Some(severity), (status, _)) => (status, severity),
        (None, None, default) => default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_follows_from_the_other() {
        use Severity::{Critical, Notice, Warning};
        use Status::{Firing, Resolved};
        let (plain, open) = ((Status::Info, Severity::Info), (Firing, Critical));
        for (status, severity, default, both) in [
            (None, None, plain, plain),
            (None, None, open, open),
            (Some(Firing), None, plain, (Firing, Warning)),
            (Some(Firing), None, (Firing, Notice), (Firing, Notice)),
            (Some(Resolved), None, open, (Resolved, Severity::Info)),
            (Some(Status::Info), None, open, (Status::Info, Critical)),
            (None, Some(Warning), plain, (Firing, Warning)),
            (None, Some(Notice), plain, (Status::Info, Notice)),
            (None, Some(Notice), open, (Firing, Notice)),
            (None, Some(Critical), (Resolved, Severity::Info), (Resolved, Critical)),
            (Some(Resolved), Some(Critical), open, (Resolved, Critical)),
        ] {
            assert_eq!(combined(status, severity, default), both, "{status:?} {severity:?} {default:?}");
        }
    }
}
