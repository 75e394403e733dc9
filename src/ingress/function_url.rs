//! A function URL's HTTP request, which may carry an SNS HTTPS delivery.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use base64::Engine;
use serde_json::{Map, Value};

use super::{Body, Envelope, Outer, open_text};

pub(super) fn is_request(value: &Value) -> bool {
    value.as_object().is_some_and(is_object)
}

pub(super) fn is_object(object: &Map<String, Value>) -> bool {
    object.get("requestContext").and_then(|context| context.get("http")).is_some_and(Value::is_object)
}

/// Takes off the HTTP request. Whether its sender may be believed is not decided here.
pub(super) fn open(object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let Ok(request) = serde_json::from_value::<LambdaFunctionUrlRequest>(Value::Object(object.clone())) else {
        return out.push(outer.seal(Body::Json(Value::Object(object))));
    };
    let body = request.body.unwrap_or_default();
    let decoded = request.is_base64_encoded.then(|| base64::engine::general_purpose::STANDARD.decode(&body).ok()).flatten();
    let body = decoded.map_or(body, |bytes| String::from_utf8_lossy(&bytes).into_owned());
    open_text(&body, outer, out);
}
