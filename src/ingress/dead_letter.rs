//! Dead letters: what could not be delivered, as whoever gave up wrote it to the failure queue. `replay` reads them, and the
//! events in them set out again.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Envelope, Outer, destination, eventbridge, has_records, open as open_value, sns};

/// A record of a failure queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub keeper: Keeper,
    /// The request id of the invocation that failed, which its retries had too.
    pub request_id: Option<String>,
    /// Who is known not to have it; empty if the record does not say.
    pub failed: Vec<Failed>,
    /// What the function said when it failed.
    pub error: Option<String>,
    /// The event as the function got it, or would have: JSON as it was written.
    pub payload: String,
}

/// Who wrote a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// This project's function: `{"hikyaku_undelivered":"1.0",…}`.
    Hikyaku,
    /// Lambda, to an on-failure destination.
    Destination,
    /// Lambda, to the older kind of dead-letter queue: the event, with the error in message attributes.
    DeadLetters,
    /// SNS, for a subscription that it could not serve.
    Sns,
    /// EventBridge, for a rule's target that it could not reach.
    EventBridge,
}

/// A receiver that did not get one of the event's notifications.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Failed {
    pub receiver: String,
    /// Of the notification.
    pub dedup_key: String,
    pub reason: String,
}

/// Why a text is no record of a failure; it holds nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRecord(String);

impl fmt::Display for NoRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoRecord {}

impl Keeper {
    pub fn as_str(self) -> &'static str {
        match self {
            Keeper::Hikyaku => "hikyaku",
            Keeper::Destination => "lambda",
            Keeper::DeadLetters => "lambda_dlq",
            Keeper::Sns => "sns",
            Keeper::EventBridge => "eventbridge",
        }
    }
}

impl DeadLetter {
    /// Reads the body of a message of a failure queue; `attributes` are the message's own.
    ///
    /// # Errors
    /// If it is not what one of the [`Keeper`]s writes.
    pub fn read(body: &str, attributes: &BTreeMap<String, String>) -> Result<DeadLetter, NoRecord> {
        let whole = |keeper, request_id: Option<&String>, payload: &str| DeadLetter {
            keeper,
            request_id: request_id.cloned(),
            failed: Vec::new(),
            error: attributes.get("ErrorMessage").cloned(),
            payload: payload.to_owned(),
        };
        // Lambda's and EventBridge's attributes say whose record it is, whatever the event looks like:
        // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq,
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        if attributes.contains_key("RequestID") && attributes.contains_key("ErrorCode") {
            return Ok(whole(Keeper::DeadLetters, attributes.get("RequestID"), &json_or_quoted(body)));
        }
        if attributes.contains_key("RULE_ARN") || attributes.contains_key("TARGET_ARN") {
            return Ok(whole(Keeper::EventBridge, None, &json_or_quoted(body)));
        }
        let keys: BTreeMap<String, &RawValue> = serde_json::from_str(body).map_err(|error| match error.is_data() {
            true => NoRecord("no JSON object".to_owned()),
            false => NoRecord(format!("not JSON: line {}, column {}", error.line(), error.column())),
        })?;
        if keys.contains_key("hikyaku_undelivered") {
            return own(body);
        }
        if keys.contains_key("requestContext") && keys.contains_key("requestPayload") {
            return of_lambda(body);
        }
        // Nothing but top-level keys decides; the values may nest deeper than a value of ours may.
        let shallow = |(key, value): (&String, &&RawValue)| Some((key.clone(), shallow(value)?));
        let object: Map<String, Value> = keys.iter().filter_map(shallow).collect();
        match () {
            () if sns::is_message(&object) => Ok(whole(Keeper::Sns, None, body)),
            () if eventbridge::is_event(&object) => Ok(whole(Keeper::EventBridge, None, body)),
            () if has_records(&object) => Ok(whole(Keeper::DeadLetters, None, body)),
            () => Err(NoRecord("no record of a failure that Lambda, SNS, EventBridge or hikyaku writes".to_owned())),
        }
    }
}

/// A record of our own, as a carrier: what it carries sets out as it once did.
pub(super) fn is_record(object: &Map<String, Value>) -> bool {
    object.get("hikyaku_undelivered").is_some_and(Value::is_string) && object.contains_key("payload")
}

pub(super) fn open(mut object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let payload = object.remove("payload").unwrap_or_default();
    // The queue's own id and time belong to the failure, not to the event.
    let Outer { record, carriers, .. } = outer.through("failure queue");
    let fresh = Outer { record, carriers, depth: outer.deeper().depth, ..Outer::default() };
    open_value(payload, &fresh, out);
}

fn own(body: &str) -> Result<DeadLetter, NoRecord> {
    #[derive(Deserialize)]
    struct Record<'a> {
        hikyaku_undelivered: String,
        request_id: Option<String>,
        failed: Vec<Failed>,
        #[serde(borrow)]
        payload: &'a RawValue,
    }
    let record: Record<'_> = serde_json::from_str(body).map_err(|error| faulty("hikyaku's record", &error))?;
    if record.hikyaku_undelivered.split('.').next() != Some("1") {
        return Err(NoRecord("hikyaku's record of a version that this program does not know".to_owned()));
    }
    if record.failed.is_empty() || record.failed.iter().any(|failed| failed.receiver.is_empty()) {
        return Err(NoRecord("hikyaku's record names nobody in `failed`".to_owned()));
    }
    Ok(DeadLetter {
        keeper: Keeper::Hikyaku,
        request_id: record.request_id,
        failed: record.failed,
        error: None,
        payload: record.payload.get().to_owned(),
    })
}

fn of_lambda(body: &str) -> Result<DeadLetter, NoRecord> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Record<'a> {
        request_context: Context,
        #[serde(borrow)]
        request_payload: &'a RawValue,
        #[serde(borrow)]
        response_payload: Option<&'a RawValue>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Context {
        request_id: Option<String>,
        condition: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Response {
        error_message: String,
    }
    let record: Record<'_> = serde_json::from_str(body).map_err(|error| faulty("Lambda's record", &error))?;
    if record.request_context.condition == destination::SUCCESS {
        return Err(NoRecord("Lambda's record of a success: there is nothing to replay".to_owned()));
    }
    let response = record.response_payload.and_then(|response| serde_json::from_str::<Response>(response.get()).ok());
    Ok(DeadLetter {
        keeper: Keeper::Destination,
        request_id: record.request_context.request_id,
        failed: Vec::new(),
        error: response.map(|response| response.error_message),
        payload: record.request_payload.get().to_owned(),
    })
}

/// What is wrong with a record, by its place alone: the reader's own words may repeat a value.
fn faulty(of: &str, error: &serde_json::Error) -> NoRecord {
    NoRecord(format!("{of} is not as it should be at line {}, column {}", error.line(), error.column()))
}

/// The event in a dead letter; an input transformer's text is none, and becomes a string.
fn json_or_quoted(body: &str) -> String {
    match serde_json::from_str::<&RawValue>(body) {
        Ok(_) => body.to_owned(),
        Err(_) => Value::String(body.to_owned()).to_string(),
    }
}

/// A value as far as its type tells whose record it is in.
fn shallow(value: &RawValue) -> Option<Value> {
    match value.get().as_bytes().first()? {
        b'{' => Some(Value::Object(Map::new())),
        b'[' => Some(Value::Array(Vec::new())),
        b'"' => Some(Value::String(String::new())),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value, attributes: &[(&str, &str)]) -> Result<DeadLetter, String> {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        DeadLetter::read(&body.to_string(), &attributes).map_err(|error| error.to_string())
    }

    fn failed() -> Value {
        json!([{ "receiver": "ops", "dedup_key": "k", "reason": "auth_error" }])
    }

    #[test]
    fn each_keepers_record_is_known_and_its_event_found() {
        let sns_event = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": "late" } }] });
        let envelope = json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "arn:t", "Message": "late" });
        let event = json!({ "source": "aws.acm", "detail-type": "ACM Certificate Expired", "detail": {} });
        let lambda = json!({ "version": "1.0", "requestContext": { "requestId": "r", "condition": "RetriesExhausted" },
            "requestPayload": event, "responsePayload": { "errorMessage": "not delivered" } });
        let aged = json!({ "requestContext": { "requestId": "r", "condition": "EventAgeExceeded" }, "requestPayload": "late" });
        let own = json!({ "hikyaku_undelivered": "1.0", "request_id": "r", "failed": failed(), "payload": sns_event });
        for (body, attributes, keeper, request_id, error, payload) in [
            (&own, vec![], Keeper::Hikyaku, Some("r"), None, &sns_event),
            (&lambda, vec![], Keeper::Destination, Some("r"), Some("not delivered"), &event),
            (&aged, vec![], Keeper::Destination, Some("r"), None, &json!("late")),
            (
                &sns_event,
                vec![("RequestID", "r"), ("ErrorCode", "200"), ("ErrorMessage", "failed")],
                Keeper::DeadLetters,
                Some("r"),
                Some("failed"),
                &sns_event,
            ),
            (&json!({}), vec![("RequestID", "r"), ("ErrorCode", "200")], Keeper::DeadLetters, Some("r"), None, &json!({})),
            (&sns_event, vec![], Keeper::DeadLetters, None, None, &sns_event),
            (&envelope, vec![], Keeper::Sns, None, None, &envelope),
            (&event, vec![("RULE_ARN", "arn:r"), ("ERROR_CODE", "THROTTLING")], Keeper::EventBridge, None, None, &event),
            (&event, vec![], Keeper::EventBridge, None, None, &event),
            (&json!({ "a": 1 }), vec![("TARGET_ARN", "arn:t")], Keeper::EventBridge, None, None, &json!({ "a": 1 })),
        ] {
            let found = read(body, &attributes).unwrap();
            assert_eq!((found.keeper, found.request_id.as_deref()), (keeper, request_id), "{body}");
            assert_eq!((found.error.as_deref(), found.payload), (error, payload.to_string()), "{body}");
        }
        let transformed = BTreeMap::from([("RULE_ARN".to_owned(), "arn:r".to_owned())]);
        let text = DeadLetter::read("\"one\"\n\"two\"", &transformed).unwrap();
        assert_eq!(text.payload, r#""\"one\"\n\"two\"""#);
    }

    #[test]
    fn what_is_no_record_is_refused_by_its_place_and_not_repeated() {
        let secret = "CANARY";
        for (body, problem) in [
            (json!([secret]), "no JSON object"),
            (json!(secret), "no JSON object"),
            (json!({ "a": secret }), "no record of a failure"),
            (json!({ "hikyaku_undelivered": "2.0", "failed": failed(), "payload": {} }), "version"),
            (json!({ "hikyaku_undelivered": 1, "failed": failed(), "payload": {} }), "is not as it should be at line 1"),
            (json!({ "hikyaku_undelivered": "1.0", "failed": failed() }), "is not as it should be"),
            (json!({ "hikyaku_undelivered": "1.0", "failed": secret, "payload": {} }), "is not as it should be"),
            (json!({ "hikyaku_undelivered": "1.0", "failed": [], "payload": {} }), "names nobody"),
            (
                json!({ "hikyaku_undelivered": "1.0", "failed": [{ "receiver": 5, "dedup_key": secret }], "payload": {} }),
                "is not as it should be",
            ),
            (json!({ "requestContext": { "condition": "Success" }, "requestPayload": {} }), "a success"),
            (json!({ "requestContext": secret, "requestPayload": {} }), "is not as it should be"),
        ] {
            let found = read(&body, &[]).unwrap_err();
            assert!(found.contains(problem) && !found.contains(secret), "{body}: {found}");
        }
        let half = DeadLetter::read("{\"a\": CANARY", &BTreeMap::new()).unwrap_err().to_string();
        assert_eq!(half, "not JSON: line 1, column 7");
    }

    #[test]
    fn an_event_as_deep_as_eventbridge_allows_comes_through() {
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        let body = format!(r#"{{"hikyaku_undelivered":"1.0","failed":{},"payload":{deep}}}"#, failed());
        assert_eq!(DeadLetter::read(&body, &BTreeMap::new()).unwrap().payload, deep);
        let body = format!(r#"{{"source":"x","detail-type":"y","detail":{deep}}}"#);
        assert_eq!(DeadLetter::read(&body, &BTreeMap::new()).unwrap().payload, body);
    }
}
