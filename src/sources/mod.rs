//! Envelopes to notifications: one file per source, each with its detection and its decoding.
//!
//! A source gives facts, never sentences. What a field holds that is not as documented is left out; a source that knows
//! an envelope as its own never refuses it.
//!
//! The built-in ones stand in [`SOURCES`]; a configuration may declare more, which come first.
//!
//! # Adding one
//! Write `sources/NAME.rs` with a `decode` function, add a line to [`SOURCES`], put samples into `tests/fixtures/NAME/`.
//! A service whose events say what became of what is a table of rows in `sources/services/NAME.rs`.

mod aws_acm;
mod aws_budgets;
mod aws_health;
mod cert_updater;
mod certificate;
mod chatbot_custom;
mod cloudwatch_alarm;
mod console;
mod cost_anomaly;
mod declared;
mod finding;
mod generic;
mod overrides;
mod own_format;
mod read;
mod services;
mod standing;

pub use declared::{Declared, Settings};
pub use overrides::{Overridden, Overrides};

use crate::ingress::{Body, Envelope};
use crate::notification::{Field, Kind, Label, Notification, Severity, Status, key};
use crate::text::sha256_hex;

/// A kind of sender that we understand.
pub struct Source {
    pub name: &'static str,
    /// What it is, for people; the README's table says the same.
    pub about: &'static str,
    /// What in a message makes it this source's, for people; what stands between backticks is written so in it.
    pub known_by: &'static str,
    /// The notification, if the envelope is this source's; decides by itself and looks at nothing else.
    pub decode: fn(&Envelope) -> Option<Notification>,
}

/// All sources, the most particular first. The last one takes everything.
pub const SOURCES: &[Source] = &[
    Source {
        name: "own_format",
        about: "hikyaku's own format, for updaters and jobs of yours",
        known_by: "a key `hikyaku` with a version, such as 1.0",
        decode: own_format::decode,
    },
    Source {
        name: "aws_health",
        about: "AWS Health events, ACM's renewals among them",
        known_by: "a detail type that begins with `AWS Health `, or a detail with `eventArn` and `eventTypeCode`",
        decode: aws_health::decode,
    },
    Source {
        name: "aws_acm",
        about: "ACM certificate events",
        known_by: "source `aws.acm` and a detail type that begins with `ACM Certificate `",
        decode: aws_acm::decode,
    },
    Source {
        name: "aws_budgets",
        about: "AWS Budgets over SNS",
        known_by: "a text with `AWS Budget Notification`, or a subject that begins with `AWS Budgets:`",
        decode: aws_budgets::decode,
    },
    Source {
        name: "cost_anomaly",
        about: "AWS Cost Anomaly Detection",
        known_by: "source `aws.ce` and detail type `Anomaly Detected`, or `anomalyId` and `anomalyDetailsLink`",
        decode: cost_anomaly::decode,
    },
    Source {
        name: "cloudwatch_alarm",
        about: "CloudWatch alarms",
        known_by: "a detail type that begins with `CloudWatch Alarm `, `AlarmName` and `NewStateValue`, or `alarmData`",
        decode: cloudwatch_alarm::decode,
    },
    Source {
        name: "finding",
        about: "GuardDuty, Security Hub and Access Analyzer findings",
        known_by: "source `aws.guardduty`, `aws.securityhub` or `aws.access-analyzer`, and a detail type of a finding",
        decode: finding::decode,
    },
    Source {
        name: "chatbot_custom",
        about: "Chatbot's custom notifications, schema 1.0",
        known_by: "`version` 1.0, `source` `custom` and a `content`",
        decode: chatbot_custom::decode,
    },
    Source {
        name: "cert_updater",
        about: "acme-cert-updater, CertUpdater, certbot and a cron job's mail",
        known_by: "the JSON, mail, output or answer of one of them: `renewed` or `failed`, and the certificate's name",
        decode: cert_updater::decode,
    },
    Source {
        name: "code_suite",
        about: "CodePipeline, CodeBuild and CodeDeploy, by a rule or a notification rule",
        known_by: "source `aws.codepipeline`, `aws.codebuild` or `aws.codedeploy`, and a detail type of theirs",
        decode: services::code_suite::decode,
    },
    Source {
        name: "cloudformation",
        about: "CloudFormation stacks, over EventBridge or a stack's notification topic",
        known_by: "source `aws.cloudformation`, or a text of lines with `StackId=` and `ResourceStatus=`",
        decode: services::cloudformation::decode,
    },
    Source {
        name: "ecs",
        about: "ECS tasks, services and deployments",
        known_by: "source `aws.ecs` and a detail type that begins with `ECS `",
        decode: services::ecs::decode,
    },
    Source {
        name: "rds",
        about: "RDS and Aurora events, over EventBridge or an event subscription",
        known_by: "source `aws.rds` and a detail type that begins with `RDS `, or `Event Message` and `Source ID`",
        decode: services::rds::decode,
    },
    Source {
        name: "auto_scaling",
        about: "EC2 Auto Scaling launches and terminations, over EventBridge or SNS",
        known_by: "source `aws.autoscaling` and a detail type that begins with `EC2 Instance `, or `AutoScalingGroupName`",
        decode: services::auto_scaling::decode,
    },
    Source {
        name: "ses",
        about: "bounces, complaints and delays of mail that SES sent, over EventBridge or SNS",
        known_by: "source `aws.ses` and a detail type that begins with `Email `, or `notificationType` or `eventType` with a `mail`",
        decode: services::ses::decode,
    },
    Source {
        name: "backup",
        about: "AWS Backup's backups, copies and restores",
        known_by: "source `aws.backup` and a detail type `Backup Job State Change` or its like",
        decode: services::backup::decode,
    },
    Source {
        name: "step_functions",
        about: "Step Functions executions",
        known_by: "source `aws.states` and detail type `Step Functions Execution Status Change`",
        decode: services::step_functions::decode,
    },
    Source {
        name: "malware_scans",
        about: "GuardDuty's malware scans of S3 objects",
        known_by: "source `aws.guardduty` and detail type `GuardDuty Malware Protection Object Scan Result`",
        decode: services::malware_scans::decode,
    },
    Source {
        name: "trusted_advisor",
        about: "Trusted Advisor checks",
        known_by: "source `aws.trustedadvisor` and detail type `Trusted Advisor Check Item Refresh`",
        decode: services::trusted_advisor::decode,
    },
    Source {
        name: "savings_plans",
        about: "Savings Plans changing their state",
        known_by: "source `aws.savingsplans` and a detail type that begins with `Savings Plans State Chang`",
        decode: services::savings_plans::decode,
    },
    Source {
        name: "cloudtrail",
        about: "AWS API calls and console sign-ins via CloudTrail",
        known_by: "a detail type that ends with ` via CloudTrail`",
        decode: services::cloudtrail::decode,
    },
    GENERIC,
];

/// It takes everything.
const GENERIC: Source = Source {
    name: "generic",
    about: "any other EventBridge event, JSON or text",
    known_by: "nothing: it takes what no other source knows",
    decode: generic::decode,
};

/// All that can read a message: the sources that the configuration declares, then the built-in ones. What it says of severities
/// has the last word.
#[derive(Debug, Default)]
pub struct Sources {
    declared: Vec<Declared>,
    overrides: Overrides,
}

/// What a message tells, and which source read it.
#[derive(Debug)]
pub struct Decoded<'a> {
    pub by: ReadBy<'a>,
    pub notification: Notification,
    /// What became of its severity after it was read.
    pub overridden: Option<Overridden>,
}

/// The source that read a message, for people; the words are those of [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadBy<'a> {
    pub name: &'a str,
    pub about: &'static str,
    pub known_by: &'static str,
}

impl<'a> ReadBy<'a> {
    fn declared(name: &'a str) -> ReadBy<'a> {
        ReadBy { name, about: "declared in `sources`", known_by: "its `match`, before any built-in source is asked" }
    }

    fn built_in(source: &Source) -> ReadBy<'a> {
        let Source { name, about, known_by, .. } = *source;
        ReadBy { name, about, known_by }
    }
}

impl Sources {
    pub fn new(declared: Vec<Declared>, overrides: Overrides) -> Sources {
        Sources { declared, overrides }
    }

    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    /// What the envelope tells, by the first declared source whose pattern it fits, else by the built-in ones.
    pub fn decode(&self, envelope: &Envelope) -> Decoded<'_> {
        let mut decoded = self.by_declared(envelope).unwrap_or_else(|| built_in(envelope));
        decoded.overridden = self.overrides.apply(&mut decoded.notification);
        decoded
    }

    fn by_declared(&self, envelope: &Envelope) -> Option<Decoded<'_>> {
        if self.declared.is_empty() {
            return None;
        }
        let document = envelope.document();
        let declared = self.declared.iter().find(|declared| declared.matches(&document))?;
        let notification = declared.tell(envelope, document);
        Some(Decoded { by: ReadBy::declared(declared.name()), notification, overridden: None })
    }
}

/// What the envelope tells by the built-in sources. Never fails: what nobody knows is an `event` or a `text`.
pub fn decode(envelope: &Envelope) -> Notification {
    built_in(envelope).notification
}

fn built_in(envelope: &Envelope) -> Decoded<'static> {
    let decoded = |source: &Source| {
        Some(Decoded { by: ReadBy::built_in(source), notification: (source.decode)(envelope)?, overridden: None })
    };
    let found = SOURCES.iter().find_map(decoded);
    let mut found = found.unwrap_or_else(|| Decoded {
        by: ReadBy::built_in(&GENERIC),
        notification: generic::any(envelope),
        overridden: None,
    });
    // Whatever a mail tells, who sent it is worth knowing.
    found.notification.fields.extend(Field::text(Label::From, envelope.sender.as_deref()));
    found
}

/// A notification with what the envelope knows by itself: source, account, Region, time, resources.
///
/// Its keys are those of [`content_key`]; a source that knows better sets its own.
fn from_envelope(envelope: &Envelope, kind: Kind, status: Status, severity: Severity) -> Notification {
    let bare = Notification::bare(kind, (status, severity), envelope.carrier(), content_key(envelope, kind));
    let mut notification = Notification { occurred_at: envelope.time, ..bare };
    if let Body::Event(event) = &envelope.body {
        notification.source = event.source.clone().unwrap_or_else(|| envelope.carrier().to_owned());
        notification.account.clone_from(&event.account);
        notification.region.clone_from(&event.region);
        notification.occurred_at = event.time.or(envelope.time);
        notification.resources.clone_from(&event.resources);
    }
    notification
}

/// The key of a message by its content. Where the body has neither time nor id, the envelope's id counts with it: two
/// messages of the same words are two facts, a repeated delivery is one.
fn content_key(envelope: &Envelope, kind: Kind) -> String {
    let id = envelope.id.as_deref().unwrap_or_default();
    let subject = envelope.subject.as_deref().unwrap_or_default();
    match &envelope.body {
        Body::Event(event) => match &event.id {
            Some(id) => key(&[kind.as_str(), event.source.as_deref().unwrap_or_default(), id]),
            None => {
                let time = event.time.map(|time| time.to_string()).unwrap_or_default();
                let envelope_id = if time.is_empty() { id } else { "" };
                key(&[kind.as_str(), &sha256_hex(&[&event.detail_type, &time, envelope_id, &event.detail.to_string()])])
            }
        },
        Body::Invocation(invocation) => match &invocation.request_id {
            Some(id) => key(&[kind.as_str(), &invocation.function_arn, id]),
            None => key(&[kind.as_str(), &sha256_hex(&[id, &invocation.request.to_string(), &invocation.response.to_string()])]),
        },
        Body::Json(value) => key(&[kind.as_str(), &sha256_hex(&[id, subject, &value.to_string()])]),
        Body::Text(text) => key(&[kind.as_str(), &sha256_hex(&[id, subject, text])]),
    }
}

#[cfg(test)]
mod tests;
