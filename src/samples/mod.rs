//! Sample events, one or more of every kind, in the way they usually come: nobody can send an `aws.*` event himself.
//!
//! # Adding one
//! Write a fixture in `tests/fixtures` and add it to [`SAMPLES`], beside those of its kind.

mod set;

pub use set::Change;

use serde_json::Value;

use crate::notification::Kind;
use crate::text::nearest;

/// An event to try things out with.
pub struct Sample {
    /// What it becomes.
    pub kind: Kind,
    /// What tells it from the other samples of its kind; empty for the first.
    variant: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    content: Content,
}

enum Content {
    /// A payload as Lambda gets it.
    Payload(&'static str),
    /// The Message of an SNS event.
    Message(&'static str),
}

impl Sample {
    /// The sample called `name`.
    ///
    /// # Errors
    /// What to say if there is none.
    pub fn named(name: &str) -> Result<&'static Sample, String> {
        SAMPLES.iter().find(|sample| sample.name() == name).ok_or_else(|| {
            let names: Vec<String> = SAMPLES.iter().map(Sample::name).collect();
            let near = nearest(name, names.iter().map(String::as_str));
            let near = if near.is_empty() { "; see `hikyaku samples`" } else { &near };
            format!("there is no sample `{name}`{near}")
        })
    }

    /// Its kind, and the variant behind it: `certificate.renewal_failed.certbot`.
    pub fn name(&self) -> String {
        let dot = if self.variant.is_empty() { "" } else { "." };
        format!("{}{dot}{}", self.kind, self.variant)
    }

    /// The payload.
    pub fn event(&self) -> Value {
        let (payload, message) = match self.content {
            Content::Payload(payload) => (payload, None),
            Content::Message(message) => (SNS, Some(message)),
        };
        let mut event: Value = serde_json::from_str(payload).unwrap_or_default();
        if let (Some(message), Some(place)) = (message, event.pointer_mut("/Records/0/Sns/Message")) {
            *place = message.into();
        }
        event
    }

    /// The payload, through one of `topics` where it comes through a topic: one that is not of these would be held back.
    pub fn event_through(&self, topics: &[&str]) -> Value {
        let mut event = self.event();
        if let (Some(topic), Some(Value::String(own))) = (topics.first(), event.pointer_mut("/Records/0/Sns/TopicArn"))
            && !topics.contains(&own.as_str())
        {
            (*topic).clone_into(own);
        }
        event
    }
}

macro_rules! sample {
    ($kind:ident $variant:literal, $about:literal, $content:ident $file:literal) => {
        Sample {
            kind: Kind::$kind,
            variant: $variant,
            about: $about,
            content: Content::$content(include_str!(concat!("../../tests/fixtures/", $file))),
        }
    };
}

/// An event of SNS that a message can be put into.
const SNS: &str = include_str!("../../tests/fixtures/cert_updater/acme_failed.json");

/// All samples, those of one kind together, the most usual first.
pub const SAMPLES: &[Sample] = &[
    sample!(CertificateRenewed "", "ACM renewed, told by AWS Health", Payload "aws_health/acm_renewed.json"),
    sample!(CertificateRenewed "acm", "ACM renewed, told by ACM", Payload "aws_acm/available_renewal.json"),
    sample!(CertificateRenewed "acme", "acme-cert-updater renewed", Payload "cert_updater/acme_renewed_three_domains.json"),
    sample!(CertificateRenewed "certbot", "certbot renewed, as it prints it", Message "cert_updater/certbot_all_renewed.txt"),
    sample!(CertificateIssued "", "a certificate imported to ACM", Payload "aws_acm/available_import.json"),
    sample!(CertificateRenewalFailed "", "ACM waits for DNS, told by AWS Health",
        Payload "aws_health/acm_renewal_needs_dns_validation.json"),
    sample!(CertificateRenewalFailed "acm", "a CAA record forbids it, told by ACM",
        Payload "aws_acm/renewal_caa_error_30_days.json"),
    sample!(CertificateRenewalFailed "acme", "acme-cert-updater failed", Payload "cert_updater/acme_failed.json"),
    sample!(CertificateRenewalFailed "certbot", "certbot failed, as it prints it",
        Message "cert_updater/certbot_all_failed.txt"),
    sample!(CertificateExpiring "", "14 days left", Payload "aws_acm/expiring_in_14_days.json"),
    sample!(CertificateExpiring "soon", "3 days left", Payload "aws_acm/expiring_in_3_days.json"),
    sample!(CertificateExpiring "checker", "an expiry checker's, in our own format", Payload "own_format/certificate_expiring_by_a_checker.json"),
    sample!(CertificateExpired "", "expired and in use", Payload "aws_acm/expired_in_use.json"),
    sample!(CertificateRevoked "", "revoked by its CA", Payload "aws_acm/revoked.json"),
    sample!(CertificateCheckFailed "", "an expiry checker could not see", Payload "own_format/certificate_check_failed.json"),
    sample!(BudgetActual "", "84 % of a budget spent", Payload "aws_budgets/actual_83_7_percent.json"),
    sample!(BudgetActual "over", "102 % of a budget spent", Payload "aws_budgets/actual_over_100_percent.json"),
    sample!(BudgetForecast "", "110 % of a budget ahead", Payload "aws_budgets/forecasted.json"),
    sample!(BudgetAction "", "an action that waits for approval", Payload "aws_budgets/budget_action_pending.json"),
    sample!(CostAnomaly "", "an anomaly with two causes", Payload "cost_anomaly/sns_two_root_causes.json"),
    sample!(HealthIssue "", "an open issue of EC2", Payload "aws_health/ec2_issue_open_wrong_weekday.json"),
    sample!(HealthIssue "closed", "the same issue, over", Payload "aws_health/ec2_issue_closed.json"),
    sample!(HealthScheduledChange "", "maintenance of RDS in 3 days",
        Payload "aws_health/scheduled_change_in_3_days_action_required.json"),
    sample!(HealthScheduledChange "far", "an upgrade of OpenSearch in 3 months",
        Payload "aws_health/scheduled_change_in_3_months.json"),
    sample!(HealthAccountNotification "", "a notice of billing", Payload "aws_health/account_notification_billing.json"),
    sample!(HealthInvestigation "", "DynamoDB under investigation", Payload "aws_health/investigation.json"),
    sample!(HealthAbuse "", "a report of abuse", Payload "aws_health/abuse_report.json"),
    sample!(Alarm "", "an alarm that went off, over EventBridge", Payload "cloudwatch_alarm/eventbridge_metric_alarm.json"),
    sample!(Alarm "ok", "an alarm that is over, over SNS", Payload "cloudwatch_alarm/sns_ok.json"),
    sample!(Finding "", "GuardDuty, severity high", Payload "finding/guardduty_high.json"),
    sample!(Finding "securityhub", "Security Hub, severity critical", Payload "finding/securityhub_critical.json"),
    sample!(Finding "access_analyzer", "Access Analyzer, a bucket open to others",
        Payload "finding/access_analyzer_active.json"),
    sample!(Custom "", "Chatbot's custom notification", Payload "chatbot_custom/full_high.json"),
    sample!(Custom "resolved", "the same thread, resolved", Payload "chatbot_custom/resolved_in_same_thread.json"),
    sample!(Event "", "an event of your own application", Payload "generic/unknown_custom_event_nested.json"),
    sample!(Event "pipeline", "a pipeline that failed", Payload "code_suite/pipeline_failed.json"),
    sample!(Event "stack", "a stack that was rolled back", Payload "cloudformation/eventbridge_update_rolled_back.json"),
    sample!(Event "task", "an ECS task that ran out of memory", Payload "ecs/task_killed_out_of_memory.json"),
    sample!(Text "", "a text of several lines", Payload "generic/multi_line_text_with_subject.json"),
    sample!(Text "own", "a job's failure, in our own format", Payload "own_format/backup_failed_firing.json"),
    sample!(Text "self_test", "the stack's own self-test", Message "own_format/self_test.json"),
    sample!(Text "json", "JSON that nobody knows", Payload "generic/sns_json_object_nobody_knows.json"),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::ingress;
    use crate::sources::Sources;

    #[test]
    fn every_kind_has_a_sample_and_the_names_are_each_ones_own() {
        for kind in Kind::ALL {
            let first = SAMPLES.iter().find(|sample| sample.kind == *kind);
            assert_eq!(first.map(Sample::name).as_deref(), Some(kind.as_str()), "the first of a kind has its name");
        }
        let names: HashSet<String> = SAMPLES.iter().map(Sample::name).collect();
        assert_eq!(names.len(), SAMPLES.len());
    }

    #[test]
    fn every_sample_becomes_the_one_kind_that_it_is_named_by() {
        for sample in SAMPLES {
            let envelopes = ingress::unwrap(&sample.event().to_string()).unwrap().envelopes;
            let kinds: Vec<Kind> =
                envelopes.iter().map(|envelope| Sources::default().decode(envelope).notification.kind).collect();
            assert_eq!(kinds, [sample.kind], "{}", sample.name());
        }
    }

    #[test]
    fn a_sample_comes_through_a_topic_that_may_send() {
        let through = |sample: &Sample, topics: &[&str]| {
            let envelopes = ingress::unwrap(&sample.event_through(topics).to_string()).unwrap().envelopes;
            envelopes.first().and_then(|envelope| envelope.topic.clone())
        };
        let mut moved = 0;
        for sample in SAMPLES {
            let own = through(sample, &[]);
            let theirs = own.as_ref().map(|_| "arn:a".to_owned());
            assert_eq!(through(sample, &["arn:a", "arn:b"]), theirs, "{}", sample.name());
            if let Some(own) = &own {
                assert_eq!(through(sample, &["arn:a", own]).as_ref(), Some(own), "{}", sample.name());
                moved += 1;
            }
        }
        assert!(moved > 10, "{moved}");
    }

    #[test]
    fn a_sample_is_found_by_its_name() {
        let certbot = Sample::named("certificate.renewal_failed.certbot").ok().unwrap();
        let event = certbot.event();
        assert!(event.pointer("/Records/0/Sns/Message").unwrap().as_str().unwrap().contains("All renewals failed"), "{event}");
        let missing = |name| Sample::named(name).err().unwrap();
        assert_eq!(missing("budget.actua"), "there is no sample `budget.actua`; did you mean `budget.actual`?");
        assert_eq!(missing("weather"), "there is no sample `weather`; see `hikyaku samples`");
    }
}
