//! A function URL's HTTP request, which may carry an SNS HTTPS delivery; an API Gateway's or a load balancer's is as good, and
//! anybody's as much.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>,
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#receive-event-from-load-balancer>

use base64::Engine;
use serde_json::{Map, Value};

use super::{Envelope, Outer, open_text, take_string};

/// A request to the function's URL, as it came.
pub struct HttpRequest {
    method: String,
    /// Their names in lower case.
    headers: Vec<(String, String)>,
    body: String,
}

impl HttpRequest {
    pub(super) fn new(mut object: Map<String, Value>) -> HttpRequest {
        let method = object.get("requestContext").and_then(|context| context.get("http")?.get("method"));
        let method = method.or_else(|| object.get("httpMethod")).and_then(Value::as_str).unwrap_or_default().to_owned();
        let headers = match object.remove("headers") {
            Some(Value::Object(headers)) => headers,
            _ => Map::new(),
        };
        let headers = headers.into_iter().filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?.to_owned())));
        HttpRequest { method, headers: headers.collect(), body: body(object) }
    }

    pub fn method(&self) -> &str {
        &self.method
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn body(&self) -> &str {
        &self.body
    }
}

pub(super) fn is_object(object: &Map<String, Value>) -> bool {
    object.get("requestContext").is_some_and(|context| {
        context.get("http").is_some_and(Value::is_object) || context.is_object() && object.contains_key("httpMethod")
    })
}

/// Takes off the HTTP request. Whether its sender may be believed is not decided here.
pub(super) fn open(object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    open_text(&body(object), &outer.through("function URL"), out);
}

fn body(mut object: Map<String, Value>) -> String {
    let encoded = object.get("isBase64Encoded").and_then(Value::as_bool) == Some(true);
    let body = take_string(&mut object, "body").unwrap_or_default();
    let decoded = encoded.then(|| base64::engine::general_purpose::STANDARD.decode(&body).ok()).flatten();
    decoded.map_or(body, |bytes| String::from_utf8_lossy(&bytes).into_owned())
}
