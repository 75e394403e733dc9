//! Who watches the watchman: alarms that do not pass through it.

use std::collections::BTreeSet;

use hikyaku::outcome::metrics::{self, Metric as Own};
use serde_json::{Value, json};

use crate::stack::{Stack, arn};

/// A metric under one dimension.
pub(crate) struct Metric<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) dimension: (&'a str, &'a str),
}

impl Metric<'_> {
    pub(crate) fn of_function(name: &str) -> Metric<'_> {
        Metric { namespace: "AWS/Lambda", name, dimension: ("FunctionName", "Function") }
    }

    /// One that the function writes itself.
    fn own(metric: Own) -> Metric<'static> {
        Metric { namespace: metrics::NAMESPACE, name: metric.name(), dimension: (metrics::FUNCTION, "Function") }
    }

    fn of_queue<'a>(name: &'a str, queue: &'a str) -> Metric<'a> {
        Metric { namespace: "AWS/SQS", name, dimension: ("QueueName", queue) }
    }
}

/// What an alarm is on: one metric, or those that an expression is made of.
fn metrics(alarm: &Value) -> Vec<&Value> {
    match alarm["Metrics"].as_array() {
        Some(several) => several.iter().map(|one| &one["MetricStat"]["Metric"]).filter(|metric| metric.is_object()).collect(),
        None => vec![alarm],
    }
}

/// The alarm on a metric, if there is one.
pub(crate) fn alarm_on<'a>(stack: &'a Stack, metric: &Metric<'_>) -> Option<&'a Value> {
    let (name, value) = metric.dimension;
    let alarms = stack.all("AWS::CloudWatch::Alarm");
    let mut alarms = alarms.into_iter().map(|(_, alarm)| alarm);
    alarms.find(|alarm| {
        metrics(alarm).iter().any(|one| {
            one["Namespace"] == metric.namespace
                && one["MetricName"] == metric.name
                && one["Dimensions"] == json!([{ "Name": name, "Value": value }])
        })
    })
}

#[test]
fn what_goes_wrong_has_its_alarm() {
    let stack = Stack::of(&[("Durable", "true"), ("AlarmOnUnrouted", "true"), ("ConfigParameter", "/hikyaku/config")]);
    for metric in [
        Metric::own(Own::ConfigurationRefused),
        Metric::own(Own::Rejected),
        Metric::own(Own::ReceiverDead),
        Metric::own(Own::Unrouted),
        Metric::of_function("Errors"),
        Metric::of_function("Throttles"),
        Metric::of_function("AsyncEventsDropped"),
        Metric::of_function("Invocations"),
        Metric::of_queue("ApproximateNumberOfMessagesVisible", "FailureQueue"),
        Metric::of_queue("ApproximateNumberOfMessagesVisible", "EventQueue"),
        Metric::of_queue("ApproximateNumberOfMessagesNotVisible", "EventQueue"),
    ] {
        assert!(alarm_on(&stack, &metric).is_some(), "no alarm on {}", metric.name);
    }
    assert!(alarm_on(&Stack::of_region(), &Metric::of_queue("ApproximateNumberOfMessagesVisible", "FailureQueue")).is_some());
}

/// The last route is the usual one for many.
#[test]
fn what_no_route_foresaw_rings_if_somebody_wants_it_to() {
    assert!(alarm_on(&Stack::of(&[]), &Metric::own(Own::Unrouted)).is_none());
}

#[test]
fn alarms_are_on_metrics_that_are_written() {
    let stack = Stack::of(&[("Durable", "true"), ("AlarmOnUnrouted", "true"), ("ConfigParameter", "/hikyaku/config")]);
    let mut own = 0;
    for (name, alarm) in stack.all("AWS::CloudWatch::Alarm") {
        for metric in metrics(alarm) {
            let namespace = metric["Namespace"].as_str().unwrap();
            if !namespace.starts_with("AWS/") {
                let dimensions: Vec<&str> = metric["Dimensions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|dimension| dimension["Name"].as_str().unwrap())
                    .collect();
                assert_written(name, namespace, metric["MetricName"].as_str().unwrap(), &dimensions);
                own += 1;
            }
        }
    }
    assert_eq!(own, 4);
}

/// Fails unless the function writes the metric of that name, under just these dimensions.
fn assert_written(place: &str, namespace: &str, name: &str, dimensions: &[&str]) {
    assert_eq!(namespace, metrics::NAMESPACE, "{place}");
    let metric = Own::ALL.iter().find(|metric| metric.name() == name);
    let metric = metric.unwrap_or_else(|| panic!("{place}: nobody writes {name}"));
    assert!(metric.dimensions().contains(&dimensions), "{place}: {name} by {dimensions:?}, written {:?}", metric.dimensions());
}

/// All three tries of one event ring; the first of them does not.
#[test]
fn errors_ring_when_retries_do_not_help() {
    let stack = Stack::of(&[]);
    let alarm = alarm_on(&stack, &Metric::of_function("Errors")).unwrap();
    let retries = stack.get("EventInvokeConfig")["MaximumRetryAttempts"].as_u64().unwrap();
    assert_eq!(alarm["Threshold"], json!(1 + retries));
    assert_eq!(alarm["ComparisonOperator"], "GreaterThanOrEqualToThreshold");
    // A minute, then two: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    let timeout = stack.get("Function")["Timeout"].as_u64().unwrap();
    assert!(alarm["Period"].as_u64().unwrap() >= 3 * timeout + 180, "the tries of one event fall into one period");
}

/// A message that comes again every six minutes is in the queue, or taken from it; its age would not be told from the third time on.
#[test]
fn a_notice_that_waits_for_an_hour_rings_however_often_it_was_tried() {
    let stack = Stack::of(&[("Durable", "true")]);
    let alarm = stack.get("DelayAlarm");
    let ids: Vec<&str> = alarm["Metrics"].as_array().unwrap().iter().map(|one| one["Id"].as_str().unwrap()).collect();
    assert_eq!((ids, &alarm["Metrics"][0]["Expression"]), (vec!["waiting", "visible", "taken"], &json!("visible + taken")));
    let mut seconds = Vec::new();
    for metric in &alarm["Metrics"].as_array().unwrap()[1..] {
        assert_eq!((&metric["ReturnData"], &metric["MetricStat"]["Stat"]), (&json!(false), &json!("Maximum")));
        seconds.push(metric["MetricStat"]["Period"].as_u64().unwrap() * alarm["EvaluationPeriods"].as_u64().unwrap());
    }
    assert_eq!(seconds, [3600, 3600]);
    assert_eq!((&alarm["Threshold"], &alarm["ComparisonOperator"]), (&json!(1), &json!("GreaterThanOrEqualToThreshold")));
    assert!(alarm.get("DatapointsToAlarm").is_none(), "in all of them");
}

#[test]
fn silence_is_an_alarm_too() {
    for days in ["1", "7"] {
        let stack = Stack::of(&[("SilenceDays", days)]);
        let alarm = alarm_on(&stack, &Metric::of_function("Invocations")).unwrap();
        assert_eq!((&alarm["Period"], &alarm["EvaluationPeriods"]), (&json!(86_400), &json!(days)));
        assert_eq!((&alarm["ComparisonOperator"], &alarm["Threshold"]), (&json!("LessThanThreshold"), &json!(1)));
        assert_eq!(alarm["TreatMissingData"], "breaching", "nobody called: there is no metric");
    }
    let stack = Stack::of(&[("SilenceDays", "0")]);
    assert!(alarm_on(&stack, &Metric::of_function("Invocations")).is_none());
}

/// A self-test reaches a receiver every day, so that a day on which none has had anything is one on which none could.
#[test]
fn with_a_self_test_silence_is_what_no_receiver_has_had() {
    let stack = Stack::of(&[("SelfTestSchedule", "rate(1 day)"), ("SilenceDays", "2")]);
    let alarm = alarm_on(&stack, &Metric::own(Own::Delivered)).unwrap();
    assert_eq!((&alarm["Period"], &alarm["EvaluationPeriods"]), (&json!(86_400), &json!("2")));
    assert_eq!((&alarm["Threshold"], &alarm["TreatMissingData"]), (&json!(1), &json!("breaching")));
    assert!(alarm_on(&stack, &Metric::of_function("Invocations")).is_none(), "one alarm says it");
}

#[test]
fn alarms_do_not_pass_through_what_they_watch() {
    for stack in [Stack::of(&[("Durable", "true"), ("AlarmEmail", "ops@example.com")]), Stack::of_region()] {
        let alarms = stack.all("AWS::CloudWatch::Alarm");
        assert!(alarms.len() >= 2);
        for (name, alarm) in alarms {
            assert_eq!(alarm["AlarmActions"], json!([arn("AlarmTopic")]), "{name}");
            assert_eq!(alarm["OKActions"], json!([arn("AlarmTopic")]), "{name}");
            assert!(alarm["AlarmDescription"].as_str().is_some_and(|text| text.len() > 40), "{name} says what to do");
        }
        assert!(stack.get("AlarmTopic").as_object().is_none_or(|topic| !topic.contains_key("KmsMasterKeyId")), "no shared key");
        for (name, subscription) in stack.all("AWS::SNS::Subscription") {
            if subscription["TopicArn"] == arn("AlarmTopic") {
                assert_eq!(name, "AlarmMail");
                assert_eq!((&subscription["Protocol"], &subscription["Endpoint"]), (&json!("email"), &json!("ops@example.com")));
            }
        }
        assert!(stack.has("AlarmMail"));
    }
    assert!(!Stack::of(&[]).has("AlarmMail"));
}

#[test]
fn the_dashboard_shows_metrics_of_this_stack() {
    let stack = Stack::of(&[]);
    let body: Value = serde_json::from_str(stack.get("Dashboard")["DashboardBody"].as_str().unwrap()).unwrap();
    let (mut places, mut shown) = (Vec::new(), BTreeSet::new());
    for widget in body["widgets"].as_array().unwrap() {
        places.push((widget["x"].as_u64().unwrap(), widget["y"].as_u64().unwrap()));
        for metric in widget["properties"]["metrics"].as_array().unwrap() {
            if let Some(expression) = metric[0]["expression"].as_str() {
                assert_shows(expression);
                assert!(metric[0]["label"].is_string(), "{metric}");
                continue;
            }
            let part = |index: usize| metric[index].as_str().unwrap();
            if !part(0).starts_with("AWS/") {
                assert_written("the dashboard", part(0), part(1), &[part(2)]);
                shown.insert(part(1).to_owned());
            }
            assert!(stack.has(part(3)), "{metric}");
            assert!(metric[4]["label"].is_string(), "{metric}");
        }
    }
    let counts = Own::ALL.iter().filter(|metric| **metric != Own::Latency).map(|metric| metric.name().to_owned());
    assert_eq!(shown, counts.collect());
    assert!(places.len() >= 4);
    let all = places.len();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), all, "one widget lies over another");
}

/// Fails unless `expression` searches for metrics that the function of this stack writes:
/// `SEARCH('{namespace,dimension,dimension} FunctionName="…" MetricName="…"', 'Sum')`.
fn assert_shows(expression: &str) {
    let schema = expression.strip_prefix("SEARCH('{").and_then(|rest| rest.split('}').next()).unwrap();
    let (namespace, dimensions) = schema.split_once(',').unwrap();
    let value = |name: &str| expression.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap();
    assert_written(expression, namespace, value("MetricName"), &dimensions.split(',').collect::<Vec<_>>());
    assert_eq!(value(metrics::FUNCTION), "Function");
}
