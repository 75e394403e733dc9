//! The function's URL: SNS posts to it, and so may anyone.

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlResponse;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::log::Log;
use super::{Failed, Function};
use crate::app::{Reception, schedule};
use crate::ingress::HttpRequest;
use crate::outcome::Undelivered;
use crate::trust::Refusal;

/// Answers in HTTP: 200 if every receiver has its message, 503 if SNS should come again, 403 to whoever is not believed, 400 to
/// what is no JSON.
pub(super) async fn answer(
    function: &Function,
    request: &HttpRequest,
    now: Timestamp,
    deadline: Timestamp,
    log: &mut Log,
) -> Result<Value, Failed> {
    let patience = now.saturating_add(SNS_PATIENCE).unwrap_or(deadline);
    let (status, body) = match function.app.receive(request, schedule(now, deadline.min(patience))).await {
        Reception::Delivered(report) => {
            function.tell(&report, log);
            match report.complete() {
                true => (200, "delivered"),
                false => {
                    log.add(&json!({ "level": "error", "message": Undelivered::of(&report).to_string() }));
                    (503, "not delivered")
                }
            }
        }
        Reception::Repeated => {
            log.add(&json!({ "level": "info", "message": "a message of SNS came once more, and was delivered before" }));
            (200, "delivered before")
        }
        Reception::Subscription { topic, ended } => {
            let what = if ended { "the subscription has ended" } else { "the subscription is confirmed" };
            log.add(&json!({ "level": "info", "message": what, "topic": topic }));
            (200, what)
        }
        Reception::Refused(refusal) => {
            let (status, body, why) = match refusal {
                Refusal::NotJson => (400, "not JSON", "it is no JSON"),
                Refusal::Untrusted(why) => (403, "refused", why),
                Refusal::Unknown(why) => (503, "try again", why),
            };
            log.add(&json!({ "level": "warn", "message": format!("a request to the function's URL is refused: {why}") }));
            (status, body)
        }
    };
    let mut answer = LambdaFunctionUrlResponse::default();
    (answer.status_code, answer.body) = (status, Some(format!("{body}\n")));
    serde_json::to_value(answer).map_err(|_| Failed("cannot answer".to_owned()))
}

/// SNS waits no longer: <https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html>
const SNS_PATIENCE: SignedDuration = SignedDuration::from_secs(15);
