//! Lambda destinations: the record of an asynchronous invocation that succeeded or failed.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>

use serde_json::{Map, Value};

use super::{Body, Envelope, Outer, carrier, open as open_value, take_string};

/// What a function was asked and what it answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    pub request_id: Option<String>,
    pub function_arn: String,
    /// Whether the function succeeded.
    pub succeeded: bool,
    /// Why the record was written: `Success`, `RetriesExhausted`, `EventAgeExceeded`.
    pub condition: String,
    /// How many times the function was tried, about.
    pub attempts: Option<u64>,
    pub request: Value,
    /// A string or an object; `errorMessage` and `errorType` in it if it failed.
    pub response: Value,
}

impl Invocation {
    /// The record, with what of it is kept.
    pub(super) fn document(&self) -> Value {
        let context = [
            ("requestId", self.request_id.clone().into()),
            ("functionArn", self.function_arn.clone().into()),
            ("condition", self.condition.clone().into()),
            ("approximateInvokeCount", self.attempts.into()),
        ];
        super::object([
            ("requestContext", super::object(context)),
            ("requestPayload", self.request.clone()),
            ("responsePayload", self.response.clone()),
        ])
    }
}

pub(super) fn is_record(object: &Map<String, Value>) -> bool {
    object.contains_key("requestPayload") && condition(object).is_some()
}

/// Takes off the record of a delivery of our own that failed; any other record is a message about that function.
pub(super) fn open(mut object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let outer = &outer.through("Lambda destination");
    let succeeded = condition(&object) == Some(SUCCESS)
        && object.get("responseContext").and_then(|context| context.get("functionError")).is_none_or(Value::is_null);
    let request = object.remove("requestPayload").unwrap_or_default();
    if carrier(&request).is_some() {
        return open_value(request, &outer.deeper(), out);
    }
    let time = take_string(&mut object, "timestamp").and_then(|time| time.parse().ok()).or(outer.time);
    let response = object.remove("responsePayload").unwrap_or_default();
    let mut context = match object.remove("requestContext") {
        Some(Value::Object(context)) => context,
        _ => Map::new(),
    };
    let invocation = Invocation {
        request_id: take_string(&mut context, "requestId"),
        function_arn: take_string(&mut context, "functionArn").unwrap_or_default(),
        succeeded,
        condition: take_string(&mut context, "condition").unwrap_or_default(),
        attempts: context.get("approximateInvokeCount").and_then(Value::as_u64),
        request,
        response,
    };
    out.push(Outer { time, ..outer.clone() }.seal(Body::Invocation(invocation)));
}

fn condition(object: &Map<String, Value>) -> Option<&str> {
    object.get("requestContext")?.get("condition")?.as_str()
}

/// The condition of an invocation that went well.
pub(super) const SUCCESS: &str = "Success";
