//! A function URL's HTTP request, which may carry an SNS HTTPS delivery.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>

use base64::Engine;
use serde_json::{Map, Value};

use super::{Envelope, Outer, open_text, take_string};

pub(super) fn is_request(value: &Value) -> bool {
    value.as_object().is_some_and(is_object)
}

pub(super) fn is_object(object: &Map<String, Value>) -> bool {
    object.get("requestContext").and_then(|context| context.get("http")).is_some_and(Value::is_object)
}

/// Takes off the HTTP request. Whether its sender may be believed is not decided here.
pub(super) fn open(mut object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let encoded = object.get("isBase64Encoded").and_then(Value::as_bool) == Some(true);
    let body = take_string(&mut object, "body").unwrap_or_default();
    let decoded = encoded.then(|| base64::engine::general_purpose::STANDARD.decode(&body).ok()).flatten();
    let body = decoded.map_or(body, |bytes| String::from_utf8_lossy(&bytes).into_owned());
    open_text(&body, outer, out);
}
