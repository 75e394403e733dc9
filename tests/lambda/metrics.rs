//! The metrics in the function's log, held against the rules of the embedded metric format.

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

use super::{TIME, function};
use crate::support::canary::CANARY;
use crate::support::events::{plain_text, record, sns, text};
use crate::support::folder::Folder;
use crate::support::function::Function;
use crate::support::script::{answer, ok};
use crate::support::server::Server;

/// The lines of metrics since the last call, each of them valid.
fn metrics(function: &mut Function) -> Vec<Value> {
    let log = function.new_log();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<Value> = lines.filter(|line| line.get("_aws").is_some()).collect();
    lines.iter().for_each(assert_valid);
    lines
}

/// What CloudWatch would make of `lines`: the sum of the metric under the dimensions named, with their values.
fn sum(lines: &[Value], metric: &str, dimensions: &[(&str, &str)]) -> u64 {
    let mut sum = 0;
    for line in lines {
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            let counts = directive["Metrics"].as_array().unwrap().iter().any(|definition| definition["Name"] == metric);
            for set in directive["Dimensions"].as_array().unwrap().iter().filter(|_| counts) {
                let set: Vec<_> = set.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
                let values: Vec<_> = set.iter().map(|name| (*name, line[*name].as_str().unwrap())).collect();
                if values == [&[("FunctionName", "hikyaku")], dimensions].concat() {
                    sum += line[metric].as_u64().unwrap_or_else(|| line[metric].as_array().unwrap().len() as u64);
                }
            }
        }
    }
    sum
}

#[tokio::test]
async fn an_invocation_tells_cloudwatch_what_came_of_it() {
    let server = Server::start().await;
    let mut function = function(&server, &["ops", "log"]).await;
    server.on("ops", [answer(500, "").into(), ok()]);
    server.on("log", [answer(403, CANARY).into()]);
    let event = plain_text();
    assert!(function.invoke_as("again", event.to_string(), TIME).await.is_error);
    let lines = metrics(&mut function);
    assert_eq!(lines.len(), 1, "one line is enough: {lines:?}");
    for (metric, dimensions, expected) in [
        ("Delivered", &[][..], 1),
        ("Retried", &[], 1),
        ("Rejected", &[], 1),
        ("Rejected", &[("reason", "auth_error")], 1),
        ("ReceiverDead", &[], 1),
        ("Latency", &[("channel", "slack")], 1),
        ("Suppressed", &[], 0),
        ("Unrouted", &[], 0),
    ] {
        assert_eq!(sum(&lines, metric, dimensions), expected, "{metric} {dimensions:?}: {lines:?}");
    }
    assert!(function.invoke_as("again", event.to_string(), TIME).await.is_error);
    let lines = metrics(&mut function);
    assert_eq!(sum(&lines, "Suppressed", &[("reason", "duplicate")]), 1, "{lines:?}");
    assert_eq!(sum(&lines, "Rejected", &[("reason", "quarantined")]), 1, "{lines:?}");
    assert_eq!(sum(&lines, "Delivered", &[]), 0, "{lines:?}");
}

#[tokio::test]
async fn what_no_route_foresaw_is_counted() {
    let (server, folder) = (Server::start().await, Folder::new());
    let routes = "routes:\n  - match: { kind: [alarm] }\n    to: [ops]\n  - match: { title: [{ prefix: noise }] }\n    drop: true\n  - to: [ops]\n";
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], routes);
    let mut function = Function::start(folder, &config, &[]).await;
    let batch =
        sns(&[record("one", None, "naminori"), record("two", None, "kazaguruma"), record("three", Some("noise"), "zatsuon")]);
    assert!(!function.invoke(&batch).await.is_error);
    let lines = metrics(&mut function);
    assert_eq!(sum(&lines, "Unrouted", &[]), 2, "{lines:?}");
    assert_eq!(sum(&lines, "Suppressed", &[("reason", "dropped")]), 1, "{lines:?}");
    assert_eq!(sum(&lines, "Delivered", &[]), 2, "{lines:?}");
}

#[tokio::test]
async fn metrics_can_be_turned_off() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], "metrics: false\n");
    let mut function = Function::start(folder, &config, &[]).await;
    assert!(!function.invoke(&text("quiet", "shizuka")).await.is_error);
    assert_eq!(function.outcomes().len(), 1);
    assert_eq!(metrics(&mut function), [Value::Null; 0]);
}

/// Fails unless `line` is as CloudWatch wants it.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
/// and, of names and values,
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html>
fn assert_valid(line: &Value) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("urn:emf", schema()).unwrap();
    let index = compiler.compile("urn:emf", &mut schemas).unwrap();
    schemas.validate(line, index).unwrap_or_else(|problem| panic!("{problem}: {line}"));
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        // What is named stands at the root: a dimension as a short ASCII text, a metric as a number or up to 100 of them.
        for name in directive["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap()) {
            let value = line[name.as_str().unwrap()].as_str().unwrap_or_else(|| panic!("{name} is no text: {line}"));
            assert!(!value.trim().is_empty() && value.len() <= 1024 && value.is_ascii(), "{name}: {line}");
        }
        for definition in directive["Metrics"].as_array().unwrap() {
            let target = &line[definition["Name"].as_str().unwrap()];
            let is_list = |list: &Vec<Value>| (1..=100).contains(&list.len()) && list.iter().all(Value::is_number);
            assert!(target.is_number() || target.as_array().is_some_and(is_list), "{definition}: {line}");
        }
    }
}

fn schema() -> Value {
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$" });
    let metric = json!({
        "type": "object",
        "required": ["Name"],
        "properties": { "Name": name, "Unit": { "enum": ["Count", "Milliseconds"] }, "StorageResolution": { "enum": [1, 60] } },
        "additionalProperties": false,
    });
    let directive = json!({
        "type": "object",
        "required": ["Namespace", "Dimensions", "Metrics"],
        "properties": {
            "Namespace": name,
            "Dimensions": { "type": "array", "minItems": 1, "items": { "type": "array", "maxItems": 30, "items": name } },
            "Metrics": { "type": "array", "minItems": 1, "maxItems": 100, "items": metric },
        },
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "required": ["_aws"],
        "properties": {
            "_aws": {
                "type": "object",
                "required": ["Timestamp", "CloudWatchMetrics"],
                "properties": {
                    "Timestamp": { "type": "integer", "minimum": 1_700_000_000_000_i64 },
                    "CloudWatchMetrics": { "type": "array", "minItems": 1, "items": directive },
                },
                "additionalProperties": false,
            },
        },
    })
}
