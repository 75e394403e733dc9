//! CloudWatch alarms: what an alarm action publishes to SNS, what EventBridge sends, what a Lambda action is called with.
//!
//! - SNS: `AlarmName`, `NewStateValue`, …; `Region` is a display name ("Asia Pacific (Seoul)"), old messages lack
//!   `AlarmArn`. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
//! - EventBridge: `detail.alarmName`, `detail.state.value`, …; an alarm over several time series sends an event for each
//!   of them too. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html>
//! - Lambda action: that detail under `alarmData`, beside `alarmArn`; there are samples with blanks in ARN and times.
//!   <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html>

use jiff::Timestamp;
use serde_json::Value;

use super::{console, from_envelope, read};
use crate::ingress::{Body, Envelope, Event};
use crate::notification::{
    Alarm, Data, Field, FieldValue, Kind, Label, Link, LinkTo, Notification, Prose, Severity, Status, key,
};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let change = match &envelope.body {
        Body::Event(event) => from_event(event)?,
        Body::Json(value) => from_sns(value).or_else(|| from_action(value)).or_else(|| from_bare_detail(value))?,
        Body::Invocation(_) | Body::Text(_) => return None,
    };
    let (status, severity) = standing(change.state.as_deref());
    let mut notification = from_envelope(envelope, Kind::Alarm, status, severity);
    change.fill(&mut notification);
    Some(notification)
}

/// ALARM, OK, INSUFFICIENT_DATA, or a state that came later.
pub(super) fn standing(state: Option<&str>) -> (Status, Severity) {
    match state {
        Some(state) if state.eq_ignore_ascii_case("ALARM") => (Status::Firing, Severity::Critical),
        Some(state) if state.eq_ignore_ascii_case("OK") => (Status::Resolved, Severity::Info),
        _ => (Status::Info, Severity::Notice),
    }
}

/// The parts of an alarm's thread key; none if nobody knows which alarm it is: then it is a fact and a thread of its own.
pub(super) fn thread<'a>(arn: Option<&'a str>, name: Option<&'a str>, account: &'a str, region: &'a str) -> Option<Vec<&'a str>> {
    match (arn, name) {
        (Some(arn), _) => Some(vec![arn]),
        (None, name) => Some(vec!["alarm", account, region, name?]),
    }
}

/// The alarm's page in the console.
pub(super) fn link(arn: &str, name: &str) -> Option<Link> {
    console::alarm(arn, name).map(|url| Link { to: LinkTo::Alarm, url })
}

/// An alarm's change of state, whatever the form it came in.
#[derive(Debug, Default)]
struct Change {
    name: Option<String>,
    arn: Option<String>,
    account: Option<String>,
    region: Option<String>,
    /// SNS's display name of the Region: good for a key, and for nothing else.
    region_name: Option<String>,
    state: Option<String>,
    previous_state: Option<String>,
    reason: Option<String>,
    /// When, as written.
    time: Option<String>,
    /// The owner's words.
    description: Option<String>,
    metric: Metric,
    /// A composite alarm's condition.
    rule: Option<String>,
    contributor: Contributor,
}

fn from_event(event: &Event) -> Option<Change> {
    const DETAIL_TYPES: &[&str] = &["CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change"];
    let is_ours = matches!(event.source.as_deref(), None | Some("aws.cloudwatch"));
    if !is_ours || !DETAIL_TYPES.contains(&event.detail_type.as_str()) {
        return None;
    }
    let arn = event.resources.iter().find(|arn| arn.contains(":alarm:")).map(|arn| clean_arn(arn));
    Some(Change { arn, ..from_detail(&event.detail) })
}

fn from_sns(message: &Value) -> Option<Change> {
    let name = read::string(message, "AlarmName")?;
    let state = read::string(message, "NewStateValue")?;
    Some(Change {
        name: Some(name),
        arn: read::text(message, "AlarmArn").map(clean_arn),
        account: read::account(message, "AWSAccountId"),
        region_name: read::string(message, "Region"),
        state: Some(state),
        previous_state: read::string(message, "OldStateValue"),
        reason: read::string(message, "NewStateReason"),
        time: read::string(message, "StateChangeTime"),
        description: read::string(message, "AlarmDescription"),
        metric: message.get("Trigger").map(Metric::of).unwrap_or_default(),
        rule: read::string(message, "AlarmRule"),
        contributor: Contributor {
            id: read::string(message, "AlarmContributorId"),
            attributes: message.get("AlarmContributorAttributes").map(pairs).unwrap_or_default(),
        },
        ..Change::default()
    })
}

fn from_action(call: &Value) -> Option<Change> {
    let data = call.get("alarmData").filter(|data| data.is_object())?;
    let arn = read::text(call, "alarmArn").map(clean_arn);
    if arn.is_none() && read::text(call, "source") != Some("aws.cloudwatch") {
        return None;
    }
    let change = from_detail(data);
    Some(Change {
        arn,
        account: read::account(call, "accountId"),
        region: read::string(call, "region"),
        time: change.time.or_else(|| read::string(call, "time")),
        ..change
    })
}

/// An event's detail alone, as a rule with `InputPath` hands it over.
fn from_bare_detail(detail: &Value) -> Option<Change> {
    let has_state = detail.get("state").is_some_and(|state| read::text(state, "value").is_some());
    (has_state && read::text(detail, "alarmName").is_some()).then(|| from_detail(detail))
}

fn from_detail(detail: &Value) -> Change {
    let state = detail.get("state").unwrap_or(&Value::Null);
    let configuration = detail.get("configuration").unwrap_or(&Value::Null);
    let contributor = detail.get("alarmContributor").unwrap_or(&Value::Null);
    Change {
        name: read::string(detail, "alarmName"),
        state: read::string(state, "value"),
        previous_state: detail.get("previousState").and_then(|state| read::string(state, "value")),
        reason: read::string(state, "reason"),
        time: read::string(state, "timestamp"),
        description: read::string(configuration, "description"),
        metric: Metric::of(configuration),
        rule: read::string(configuration, "alarmRule"),
        contributor: Contributor {
            id: read::string(contributor, "id"),
            attributes: contributor.get("attributes").map(pairs).unwrap_or_default(),
        },
        ..Change::default()
    }
}

impl Change {
    fn fill(self, notification: &mut Notification) {
        let arn = self.arn.as_deref().unwrap_or_default();
        let name = self.name.clone().or_else(|| arn.splitn(7, ':').nth(6).map(str::to_owned));
        let (arn_region, arn_account) = read::arn_place(arn);
        let known_region = notification.region.take();
        let known_account = notification.account.take();
        notification.source = "aws.cloudwatch".to_owned();
        notification.region = arn_region.or_else(|| self.region.clone()).or(known_region);
        notification.account = self.account.clone().or(arn_account).or(known_account);
        let time = self.time.as_deref().and_then(time);
        notification.occurred_at = time.or(notification.occurred_at);
        self.set_keys(notification, name.as_deref(), time);
        notification.fields = self.fields();
        notification.description.extend(self.description.map(Prose::plain));
        if let Some(arn) = &self.arn {
            notification.resources = vec![arn.clone()];
            notification.links.extend(name.as_deref().and_then(|name| link(arn, name)));
        }
        notification.subject.clone_from(&name);
        notification.data = Data::Alarm(Alarm {
            alarm_name: name,
            alarm_arn: self.arn,
            state: self.state,
            previous_state: self.previous_state,
            reason: self.reason,
            metric: self.metric.name,
        });
    }

    /// One thread per alarm; in it one fact per state and time, and per time series where the alarm watches several.
    fn set_keys(&self, notification: &mut Notification, name: Option<&str>, time: Option<Timestamp>) {
        let account = notification.account.as_deref().unwrap_or_default();
        let region = self.region_name.as_deref().or(notification.region.as_deref()).unwrap_or_default();
        let Some(thread) = thread(self.arn.as_deref(), name, account, region) else { return };
        let written = time.map(|time| time.to_string()).or_else(|| self.time.clone());
        let thread_key = key(&thread);
        if let Some(written) = written {
            let mut fact = thread;
            fact.extend([self.state.as_deref().unwrap_or_default(), &written]);
            fact.extend(self.contributor.id.as_deref());
            notification.dedup_key = key(&fact);
        }
        notification.thread_key = thread_key;
    }

    fn fields(&self) -> Vec<Field> {
        /// What is watched has a name by then; a third dimension only says it again, more exactly.
        const MAX_DIMENSIONS: usize = 2;
        let reason = Field::text(Label::Reason, self.reason.as_deref().map(shortened).as_deref());
        let metric = Field::code(Label::Metric, self.metric.name.as_deref());
        let rule = Field::code(Label::AlarmRule, self.rule.as_deref());
        let which = if self.contributor.attributes.is_empty() { &self.metric.dimensions } else { &self.contributor.attributes };
        let which = which.iter().take(MAX_DIMENSIONS);
        let which = which.map(|(name, value)| Field::new(Label::Sender(name.clone()), FieldValue::Code(value.clone())));
        [reason, metric, rule].into_iter().flatten().chain(which).collect()
    }
}

/// One of the time series that an alarm watches.
#[derive(Debug, Default)]
struct Contributor {
    id: Option<String>,
    attributes: Vec<(String, String)>,
}

/// What an alarm watches.
#[derive(Debug, Default)]
struct Metric {
    /// `namespace name`, or a math expression's label.
    name: Option<String>,
    /// The dimensions of all that goes into it.
    dimensions: Vec<(String, String)>,
}

impl Metric {
    /// From SNS's `Trigger` (a lone metric lies in it open) or from EventBridge's `configuration`.
    fn of(trigger: &Value) -> Metric {
        let entries = either(trigger, "Metrics", "metrics").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let stats = entries.iter().filter_map(stat);
        let mut dimensions: Vec<(String, String)> =
            stats.chain([trigger]).filter_map(|stat| either(stat, "Dimensions", "dimensions")).flat_map(pairs).collect();
        dimensions.dedup();
        // An anomaly detection alarm shows its metric and the band around it: the metric is what it is about.
        let shown = || entries.iter().filter(|entry| either(entry, "ReturnData", "returnData") != Some(&Value::Bool(false)));
        let name = metric_name(trigger)
            .or_else(|| shown().filter_map(stat).find_map(metric_name))
            .or_else(|| shown().find_map(expression_name));
        Metric { name, dimensions }
    }
}

fn stat(entry: &Value) -> Option<&Value> {
    either(either(entry, "MetricStat", "metricStat")?, "Metric", "metric")
}

fn metric_name(metric: &Value) -> Option<String> {
    let name = read::text(metric, "MetricName").or_else(|| read::text(metric, "name"))?;
    let namespace = read::text(metric, "Namespace").or_else(|| read::text(metric, "namespace"));
    Some(namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace} {name}")))
}

fn expression_name(entry: &Value) -> Option<String> {
    ["Label", "label", "Expression", "expression"].iter().find_map(|key| read::string(entry, key))
}

fn either<'a>(value: &'a Value, pascal: &str, camel: &str) -> Option<&'a Value> {
    value.get(pascal).or_else(|| value.get(camel))
}

/// Names and values, from `[{"name": …, "value": …}]` or from `{name: value}`.
fn pairs(value: &Value) -> Vec<(String, String)> {
    let of_entry = |entry: &Value| {
        let text = |lower, upper| read::string(entry, lower).or_else(|| read::string(entry, upper));
        Some((text("name", "Name")?, text("value", "Value")?))
    };
    match value {
        Value::Array(entries) => entries.iter().filter_map(of_entry).collect(),
        Value::Object(object) => object.keys().filter_map(|name| Some((name.clone(), read::string(value, name)?))).collect(),
        _ => Vec::new(),
    }
}

/// An ARN without blanks around its parts; those inside the alarm's name are its own.
fn clean_arn(arn: &str) -> String {
    arn.splitn(7, ':').map(str::trim).collect::<Vec<_>>().join(":")
}

/// A moment, with or without blanks after its colons.
fn time(text: &str) -> Option<Timestamp> {
    read::timestamp(text).or_else(|| read::timestamp(&text.replace(": ", ":")))
}

/// CloudWatch's sentence without what the message says elsewhere: how many datapoints it takes, and the place in front of an
/// alarm's name.
fn shortened(reason: &str) -> String {
    let reason = match reason.rsplit_once(" (minimum ") {
        Some((told, rest)) if rest.trim_end_matches('.').ends_with("transition)") => format!("{told}."),
        _ => reason.to_owned(),
    };
    let words = reason.split(' ').map(|word| match word.strip_prefix("arn:").and_then(|arn| arn.split_once(":alarm:")) {
        Some((_, name)) => name,
        None => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
