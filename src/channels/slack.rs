//! Slack's incoming webhooks, and what speaks their format (Mattermost).
//!
//! <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::endpoint::Endpoint;
use super::{Attempt, Channel, ChannelKind, Fault, Outside, Parcel, Rate, Reach, as_text, json_object, settings};
use crate::net::Answer;
use crate::outcome::{Reason, Verdict};
use crate::render::{Caps, Payload, Profile, Unit};
use crate::secret::{Keys, SecretRef};
use crate::template::{Escaping, TextForm};

pub(super) const KIND: ChannelKind = ChannelKind {
    profile: Profile {
        channel: "slack",
        written: "the JSON of a message, as from the [Block Kit Builder](https://app.slack.com/block-kit-builder)",
        escaping: Escaping { text: TextForm::Mrkdwn, json: true },
        caps: Caps::DEFAULT,
        unit: Unit::Characters,
        // Slack refuses messages from about 13,200 characters on: https://github.com/slackapi/bolt-js/issues/2509
        limit: 12_000,
        payload,
    },
    configure,
    env: Some(("SLACK_WEBHOOK_URL", "url")),
    // A message a second, and short bursts: https://docs.slack.dev/apis/web-api/rate-limits/
    rate: Some(Rate { per_second: 1.0, burst: 5 }),
    preview,
};

struct Slack(Endpoint);

fn configure(value: Value) -> Result<Box<dyn Channel>, Fault> {
    let endpoint: Endpoint = settings(value)?;
    endpoint.check(HOSTS)?;
    Ok(Box::new(Slack(endpoint)))
}

impl Channel for Slack {
    fn references(&self) -> Vec<&SecretRef> {
        self.0.references()
    }

    fn warnings(&self) -> Vec<String> {
        self.0.warnings()
    }

    fn address(&self, keys: &Keys) -> Result<(), String> {
        self.0.address(HOSTS, keys)
    }

    fn reach<'a>(&'a self, keys: &'a Keys, outside: &'a Outside, timeout: Duration) -> BoxFuture<'a, Reach> {
        Box::pin(self.0.reach(HOSTS, keys, outside, timeout))
    }

    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, outside: &'a Outside) -> BoxFuture<'a, Attempt> {
        Box::pin(self.0.post(HOSTS, parcel, &[], outside, read))
    }
}

/// Only the body `ok` with status 200 means that it is there; `invalid_blocks` and its like come with 200 too, and what
/// speaks as Slack's API does says so in JSON.
fn read(answer: &Answer) -> Verdict {
    match (answer.status, answer.body.trim()) {
        (200, "ok") => Verdict::Delivered,
        (200, _) if !answer.whole => Verdict::Ambiguous,
        (200, body) => match serde_json::from_str::<Value>(body) {
            Ok(Value::Object(told)) => match (told.get("ok"), told.get("error").and_then(Value::as_str)) {
                (Some(Value::Bool(true)), _) => Verdict::Delivered,
                (_, error) => by_error(error.unwrap_or_default()),
            },
            _ => by_error(body),
        },
        _ => Verdict::Rejected { reason: Reason::ClientError },
    }
}

/// What an error's name means: <https://docs.slack.dev/reference/methods/chat.postMessage#errors>
fn by_error(name: &str) -> Verdict {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    match name {
        // "Some aspect of the operation may have succeeded."
        "internal_error" | "fatal_error" => Verdict::Ambiguous,
        "rate_limited" | "ratelimited" => Verdict::Retry { reason: Reason::RateLimited, after: None },
        "service_unavailable" | "request_timeout" => Verdict::Retry { reason: Reason::ServerError, after: None },
        "invalid_auth"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "not_in_channel"
        | "channel_not_found"
        | "is_archived"
        | "no_service"
        | "no_team"
        | "invalid_token"
        | "action_prohibited"
        | "channel_is_archived" => Verdict::Rejected { reason: Reason::AuthError },
        name if name.ends_with("_too_long") => Verdict::TooMuch,
        _ if is_name => Verdict::Malformed,
        _ => Verdict::Rejected { reason: Reason::ClientError },
    }
}

fn payload(written: &str) -> Option<Payload> {
    let value = json_object(written)?;
    Some(Payload { text: as_text(&value), parts_fit: parts_fit(&value) })
}

/// Whether every text and list keeps its own limit, in characters.
///
/// <https://docs.slack.dev/reference/block-kit/blocks/section-block>,
/// <https://docs.slack.dev/reference/block-kit/blocks/header-block>,
/// <https://docs.slack.dev/reference/block-kit/blocks/context-block>
fn parts_fit(payload: &Value) -> bool {
    const MAX_BLOCKS: usize = 50;
    let mut blocks =
        list(payload, "blocks").iter().chain(list(payload, "attachments").iter().flat_map(|one| list(one, "blocks")));
    blocks.clone().count() <= MAX_BLOCKS && blocks.all(block_fits)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn block_fits(block: &Value) -> bool {
    let text_fits = |value: &Value, max: usize| {
        let length = value.get("text").and_then(Value::as_str).map_or(0, |text| text.chars().count());
        (1..=max).contains(&length)
    };
    let all_fit = |key: &str, count: usize, max: usize| {
        let values = list(block, key);
        values.len() <= count && values.iter().all(|value| value.get("text").is_none() || text_fits(value, max))
    };
    match block.get("type").and_then(Value::as_str) {
        Some("header") => block.get("text").is_some_and(|text| text_fits(text, 150)),
        Some("section") => block.get("text").is_none_or(|text| text_fits(text, 3000)) && all_fit("fields", 10, 2000),
        Some("context") => all_fit("elements", 10, 2000),
        Some("actions") => all_fit("elements", 25, 75),
        _ => true,
    }
}

/// The texts of all blocks, a line each.
fn preview(payload: &str) -> String {
    fn texts(value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Object(object) => match object.get("text") {
                Some(Value::String(text)) => out.push(text.clone()),
                _ => object
                    .iter()
                    .filter(|(key, _)| !["type", "color"].contains(&key.as_str()))
                    .for_each(|(_, value)| texts(value, out)),
            },
            Value::Array(values) => values.iter().for_each(|value| texts(value, out)),
            _ => {}
        }
    }
    let mut lines = Vec::new();
    if let Ok(Value::Object(mut payload)) = serde_json::from_str(payload) {
        let text = payload.shift_remove("text");
        // Beside blocks it is for notifications alone.
        let has_blocks = payload.get("blocks").and_then(Value::as_array).is_some_and(|blocks| !blocks.is_empty());
        lines.extend(text.as_ref().and_then(Value::as_str).filter(|_| !has_blocks).map(str::to_owned));
        texts(&Value::Object(payload), &mut lines);
    }
    lines.join("\n").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Slack's own, and that of GovSlack: <https://docs.slack.dev/govslack/>
const HOSTS: &[&str] = &["hooks.slack.com", "hooks.slack-gov.com"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_what_its_reader_sees() {
        for (payload, seen) in [
            (r#"{"text":"a &lt;b&gt;"}"#, "a <b>"),
            (r#"{"text":"a","blocks":[]}"#, "a"),
            (r#"{"text":"a","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"b"}}]}"#, "b"),
            (r#"{"text":"a","attachments":[{"color":"x","blocks":[{"text":{"text":"c"}}]}]}"#, "a\nc"),
        ] {
            assert_eq!(preview(payload), seen, "{payload}");
        }
    }
}
