//! What a report comes to in numbers, as lines of CloudWatch's embedded metric format: CloudWatch Logs reads them from the
//! log, and nobody has to be called.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
//!
//! A name stands once in a line, so that one line holds one value of each dimension. An invocation has one line, and further
//! ones only where it has met a second channel or a second reason. Every value of a dimension is out of a closed set.

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Ending, Event, Outcome, Reason, Report};

/// What is counted. A metric that would be 0 is left out, since CloudWatch charges by the metric and hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Messages that a receiver has taken.
    Delivered,
    /// Attempts beyond the first of each message.
    Retried,
    /// Messages that were refused for good, by `reason`; a fallback may have taken them.
    Rejected,
    /// Messages put off on purpose, and kept.
    Deferred,
    /// Messages that were not to go out, by `reason`: `duplicate`, `ladder`, `dropped`, `untrusted`.
    Suppressed,
    /// Notifications that no route matched but those that match everything, though there are others.
    Unrouted,
    /// Receivers that began to refuse us: nothing is sent to them for an hour.
    ReceiverDead,
    /// Versions of the configuration that were not taken, since there is something wrong with them.
    ConfigurationRefused,
    /// Milliseconds in an invocation until a receiver had its message, by `channel`.
    Latency,
}

/// What a metric is broken down by, beside the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Channel,
    Reason,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    function: &'a str,
    at: Timestamp,
    channel: Option<&'static str>,
    reason: Option<Reason>,
    counts: Vec<(Metric, u64)>,
    /// Milliseconds.
    latencies: Vec<u64>,
}

/// The namespace of all metrics.
pub const NAMESPACE: &str = "hikyaku";
/// The dimension that every metric has: the function's name, since an account may have several. AWS's own metrics of functions
/// call it so.
pub const FUNCTION: &str = "FunctionName";

impl Metric {
    pub const ALL: [Metric; 9] = [
        Metric::Delivered,
        Metric::Retried,
        Metric::Rejected,
        Metric::Deferred,
        Metric::Suppressed,
        Metric::Unrouted,
        Metric::ReceiverDead,
        Metric::ConfigurationRefused,
        Metric::Latency,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Metric::Delivered => "Delivered",
            Metric::Retried => "Retried",
            Metric::Rejected => "Rejected",
            Metric::Deferred => "Deferred",
            Metric::Suppressed => "Suppressed",
            Metric::Unrouted => "Unrouted",
            Metric::ReceiverDead => "ReceiverDead",
            Metric::ConfigurationRefused => "ConfigurationRefused",
            Metric::Latency => "Latency",
        }
    }

    pub fn unit(self) -> &'static str {
        if self == Metric::Latency { "Milliseconds" } else { "Count" }
    }

    /// What it is broken down by.
    pub fn by(self) -> Option<Dimension> {
        match self {
            Metric::Rejected | Metric::Suppressed => Some(Dimension::Reason),
            Metric::Latency => Some(Dimension::Channel),
            _ => None,
        }
    }

    /// The sets of dimensions that CloudWatch keeps it under. An alarm cannot add up, so that a count has its sum as well.
    pub fn dimensions(self) -> &'static [&'static [&'static str]] {
        Metric::sets(self.by())
    }

    fn sets(by: Option<Dimension>) -> &'static [&'static [&'static str]] {
        match by {
            None => &[&[FUNCTION]],
            Some(Dimension::Reason) => &[&[FUNCTION], &[FUNCTION, REASON]],
            Some(Dimension::Channel) => &[&[FUNCTION, CHANNEL]],
        }
    }
}

impl Report {
    /// Its metrics, for the function of that name.
    pub fn metrics<'a>(&self, function: &'a str, at: Timestamp) -> Vec<Line<'a>> {
        let mut lines = Lines { function, at, lines: Vec::new() };
        for outcome in &self.outcomes {
            lines.add_outcome(outcome);
        }
        for incident in &self.incidents {
            match incident.incident {
                Event::Quarantined => lines.add(Metric::ReceiverDead, None, 1),
                Event::ConfigurationRefused => lines.add(Metric::ConfigurationRefused, None, 1),
                _ => {}
            }
        }
        lines.add(Metric::Unrouted, None, self.unrouted);
        lines.lines
    }
}

/// The lines so far.
struct Lines<'a> {
    function: &'a str,
    at: Timestamp,
    lines: Vec<Line<'a>>,
}

impl Lines<'_> {
    fn add_outcome(&mut self, outcome: &Outcome) {
        self.add(Metric::Retried, None, u64::from(outcome.attempts.saturating_sub(1)));
        match outcome.ending {
            Ending::Delivered => {
                self.add(Metric::Delivered, None, 1);
                if outcome.channel.is_some() {
                    self.with(outcome.channel, None, |line| line.latencies.push(outcome.millis));
                }
            }
            Ending::Rejected => self.add(Metric::Rejected, Some(outcome.reason.unwrap_or(Reason::Other)), 1),
            Ending::Skipped => self.add(Metric::Suppressed, Some(outcome.reason.unwrap_or(Reason::Other)), 1),
            Ending::Deferred => self.add(Metric::Deferred, None, 1),
            // It comes again, and Lambda counts the error that brings it.
            Ending::Retry => {}
        }
    }

    fn add(&mut self, metric: Metric, reason: Option<Reason>, count: u64) {
        if count == 0 {
            return;
        }
        self.with(None, reason, |line| match line.counts.iter_mut().find(|(other, _)| *other == metric) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => line.counts.push((metric, count)),
        });
    }

    /// Has `add` its way with the first line that has room for a value under these dimensions.
    fn with(&mut self, channel: Option<&'static str>, reason: Option<Reason>, add: impl FnOnce(&mut Line<'_>)) {
        let has_room = |line: &&mut Line<'_>| {
            let of_channel = line.channel.is_none() || line.channel == channel && line.latencies.len() < MAX_VALUES;
            (channel.is_none() || of_channel) && (reason.is_none() || line.reason.is_none() || line.reason == reason)
        };
        if let Some(line) = self.lines.iter_mut().find(has_room) {
            (line.channel, line.reason) = (line.channel.or(channel), line.reason.or(reason));
            return add(line);
        }
        let Lines { function, at, .. } = *self;
        let mut line = Line { function, at, channel, reason, counts: Vec::new(), latencies: Vec::new() };
        add(&mut line);
        self.lines.push(line);
    }
}

impl Line<'_> {
    fn metrics(&self) -> impl Iterator<Item = Metric> {
        let latency = Some(Metric::Latency).filter(|_| !self.latencies.is_empty());
        self.counts.iter().map(|(metric, _)| *metric).chain(latency)
    }

    /// Each kind of break-down with its metrics.
    fn directives(&self) -> Vec<Directive> {
        let of = |by| {
            let metrics: Vec<Definition> = self.metrics().filter(|metric| metric.by() == by).map(Definition::of).collect();
            Directive { namespace: NAMESPACE, dimensions: Metric::sets(by), metrics }
        };
        let all = [None, Some(Dimension::Reason), Some(Dimension::Channel)].into_iter().map(of);
        all.filter(|directive| !directive.metrics.is_empty()).collect()
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut root = serializer.serialize_map(None)?;
        let metadata = Metadata { timestamp: self.at.as_millisecond(), metrics: self.directives() };
        root.serialize_entry("_aws", &metadata)?;
        root.serialize_entry(FUNCTION, self.function)?;
        if let Some(channel) = self.channel {
            root.serialize_entry(CHANNEL, channel)?;
        }
        if let Some(reason) = self.reason {
            root.serialize_entry(REASON, &reason)?;
        }
        for (metric, count) in &self.counts {
            root.serialize_entry(metric.name(), count)?;
        }
        if !self.latencies.is_empty() {
            root.serialize_entry(Metric::Latency.name(), &self.latencies)?;
        }
        root.end()
    }
}

#[derive(Serialize)]
struct Metadata {
    /// Milliseconds since 1970.
    #[serde(rename = "Timestamp")]
    timestamp: i64,
    #[serde(rename = "CloudWatchMetrics")]
    metrics: Vec<Directive>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: &'static [&'static [&'static str]],
    metrics: Vec<Definition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

impl Definition {
    fn of(metric: Metric) -> Definition {
        Definition { name: metric.name(), unit: metric.unit() }
    }
}

const CHANNEL: &str = "channel";
const REASON: &str = "reason";
/// The most values that a metric has in one line, by the format.
const MAX_VALUES: usize = 100;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says so by failing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::outcome::Incident;

    fn outcome(channel: &'static str, ending: Ending, reason: impl Into<Option<Reason>>, attempts: u32) -> Outcome {
        let mut outcome = Outcome::open("budget.forecast", "budget|1");
        outcome.end(ending, reason);
        Outcome { channel: Some(channel), attempts, millis: 112, ..outcome }
    }

    fn lines(report: &Report) -> Vec<Value> {
        let lines = report.metrics("notices", Timestamp::constant(1_795_246_200, 0));
        lines.iter().map(|line| serde_json::to_value(line).unwrap()).collect()
    }

    /// What the line counts, without its directives.
    fn counted(mut line: Value) -> Value {
        line.as_object_mut().unwrap().remove("_aws");
        line
    }

    #[test]
    fn a_first_try_success_is_one_short_line() {
        let report = Report { outcomes: vec![outcome("slack", Ending::Delivered, None, 1)], ..Report::default() };
        let [line] = &lines(&report)[..] else { unreachable!("there is one") };
        let expected = json!({
            "_aws": {
                "Timestamp": 1_795_246_200_000_i64,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "hikyaku",
                        "Dimensions": [["FunctionName"]],
                        "Metrics": [{ "Name": "Delivered", "Unit": "Count" }],
                    },
                    {
                        "Namespace": "hikyaku",
                        "Dimensions": [["FunctionName", "channel"]],
                        "Metrics": [{ "Name": "Latency", "Unit": "Milliseconds" }],
                    },
                ],
            },
            "FunctionName": "notices",
            "channel": "slack",
            "Delivered": 1,
            "Latency": [112],
        });
        assert_eq!(line, &expected);
    }

    #[test]
    fn what_is_not_there_is_not_counted() {
        let retry = Report { outcomes: vec![outcome("slack", Ending::Retry, Reason::Timeout, 1)], ..Report::default() };
        for report in [Report::default(), retry] {
            assert_eq!(lines(&report), [Value::Null; 0]);
        }
    }

    #[test]
    fn a_line_holds_one_channel_and_one_reason() {
        let refuses = Incident::new(Event::Quarantined, Some("ops"), "");
        let report = Report {
            outcomes: vec![
                outcome("slack", Ending::Rejected, Reason::AuthError, 1),
                outcome("email", Ending::Delivered, None, 3),
                outcome("slack", Ending::Delivered, Reason::Template, 2),
                outcome("email", Ending::Delivered, None, 1),
                outcome("slack", Ending::Rejected, Reason::Quarantined, 0),
                outcome("slack", Ending::Rejected, Reason::Quarantined, 0),
                outcome("slack", Ending::Skipped, Reason::Dropped, 0),
                outcome("slack", Ending::Deferred, Reason::Duplicate, 0),
                outcome("slack", Ending::Retry, Reason::ServerError, 3),
            ],
            incidents: vec![refuses, Incident::new(Event::NoticeSent, Some("ops"), "")],
            unrouted: 1,
        };
        let expected = [
            json!({ "FunctionName": "notices", "channel": "email", "reason": "auth_error", "Rejected": 1, "Retried": 5,
                "Delivered": 3, "Deferred": 1, "ReceiverDead": 1, "Unrouted": 1, "Latency": [112, 112] }),
            json!({ "FunctionName": "notices", "channel": "slack", "reason": "quarantined", "Rejected": 2, "Latency": [112] }),
            json!({ "FunctionName": "notices", "reason": "dropped", "Suppressed": 1 }),
        ];
        assert_eq!(lines(&report).into_iter().map(counted).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_line_holds_a_hundred_latencies() {
        let outcomes = (0..201).map(|_| outcome("slack", Ending::Delivered, None, 1)).collect();
        let lines = lines(&Report { outcomes, ..Report::default() });
        let counts: Vec<usize> = lines.iter().map(|line| line["Latency"].as_array().unwrap().len()).collect();
        assert_eq!((counts, &lines[0]["Delivered"]), (vec![100, 100, 1], &json!(201)));
    }
}
