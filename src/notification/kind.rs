//! The closed sets: kind, status, severity, labels and terms.

/// Declares an enum whose values have one fixed name each, `ALL` of them, and a way back from the name.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant,)+];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(super) use names;

names! {
    /// What kind of thing happened. The name's dotted prefix is its family, and where its template is looked up.
    Kind {
        CertificateRenewed = "certificate.renewed",
        CertificateIssued = "certificate.issued",
        CertificateRenewalFailed = "certificate.renewal_failed",
        CertificateExpiring = "certificate.expiring",
        CertificateExpired = "certificate.expired",
        CertificateRevoked = "certificate.revoked",
        CertificateCheckFailed = "certificate.check_failed",
        BudgetActual = "budget.actual",
        BudgetForecast = "budget.forecast",
        BudgetAction = "budget.action",
        CostAnomaly = "cost.anomaly",
        HealthIssue = "health.issue",
        HealthScheduledChange = "health.scheduled_change",
        HealthAccountNotification = "health.account_notification",
        HealthInvestigation = "health.investigation",
        HealthAbuse = "health.abuse",
        Alarm = "alarm",
        Finding = "finding",
        Custom = "custom",
        Event = "event",
        Text = "text",
    }
}

impl Kind {
    /// Whether `name` is its own, or that of a family that it belongs to: `certificate` for `certificate.renewed`.
    pub fn is_of(self, name: &str) -> bool {
        self.as_str().strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The names of all kinds, and of their families.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let families = Kind::ALL.iter().filter_map(|kind| Some(kind.as_str().split_once('.')?.0));
        Kind::ALL.iter().map(|kind| kind.as_str()).chain(families)
    }
}

names! {
    /// Whether it stands open, is over, or was never a problem.
    Status {
        Firing = "firing",
        Resolved = "resolved",
        Info = "info",
    }
}

names! {
    /// How much it matters, the least first.
    Severity {
        Info = "info",
        Notice = "notice",
        Warning = "warning",
        Critical = "critical",
    }
}

names! {
    /// Whom a message calls, in channels that can.
    Mention {
        /// Everybody in the channel.
        Channel = "channel",
        /// Who is there.
        Here = "here",
        None = "none",
    }
}

/// What a field tells; the words are in `render::words`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    Domains,
    Reason,
    Object,
    Error,
    BudgetAction,
    State,
    Ends,
    /// The same of what is over.
    Ended,
    Metric,
    RootCauses,
    /// The days that an anomaly lasts, the first and the last.
    Days,
    Page,
    InUse,
    /// Who can get at a resource.
    Principal,
    /// What is allowed to be done to it: `s3:GetObject`.
    Action,
    /// A composite alarm's condition.
    AlarmRule,
    /// Several findings in one event.
    Findings,
    FindingType,
    /// What is wrong with the message itself.
    Problem,
    /// What the sender calls such an event: its detail-type, or the code of what happened.
    Event,
    /// Who sent a mail.
    From,
    /// The Subject of a mail that was sent.
    MailSubject,
    Recipients,
    /// One run of a pipeline, a build, a deployment.
    Execution,
    /// Who or what began it.
    StartedBy,
    /// Of a pipeline.
    Stage,
    /// The code that somebody works on: a branch, a commit.
    Revision,
    Cluster,
    TaskDefinition,
    ExitCode,
    ResourceType,
    AvailabilityZone,
    /// The service whose API was called.
    Service,
    /// The IP address that a call came from.
    SourceAddress,
    /// The state to come.
    NextState,
    /// An EC2 instance.
    Instance,
    /// What a month costs less.
    Savings,
    /// The day of a change to come.
    ChangesOn,
    /// RDS's number of an event: `RDS-EVENT-0049`.
    EventId,
    /// A stack resource's own name.
    PhysicalId,
    /// What a scan found.
    Threats,
    /// How many of a stack's resources drifted.
    DriftedResources,
    /// Whether a second factor was used.
    Mfa,
    /// The sender's own label: a key of an event that nobody knows.
    Sender(String),
}

/// A value that is a word of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    Yes,
    No,
    /// Page n of m.
    Page(u32, u32),
    /// Of a custom notification: neither text that its schema asks for is there.
    NeitherTitleNorDescription,
    /// Of a message in our own format: these of its values are missing or not as documented.
    NotAsDocumented(Vec<String>),
    /// A source of the user's own did not read it.
    SourceFailed {
        source: String,
        problem: String,
    },
}

names! {
    /// What a budget's amount is counted over.
    Period {
        Daily = "daily",
        Monthly = "monthly",
        Quarterly = "quarterly",
        Annually = "annually",
    }
}

names! {
    /// Who renews a certificate.
    ManagedBy {
        /// AWS Certificate Manager.
        Aws = "aws",
        /// An ACME client: certbot, acme-cert-updater, ACM's own ACME endpoint.
        Acme = "acme",
        /// A person, who imports a new one.
        Customer = "customer",
    }
}
