//! Amazon Chime's webhooks. The service ended on 2026-02-20
//! (<https://docs.aws.amazon.com/chime/latest/APIReference/Welcome.html>); the channel stays for who moves away from it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::{Attempt, Channel, ChannelKind, Fault, Outside, Parcel, Rate, Reach, settings};
use crate::net::Answer;
use crate::outcome::{Reason, Verdict};
use crate::render::{Caps, Profile, Unit};
use crate::secret::{Keys, SecretRef};
use crate::template::{Escaping, TextForm};

pub(super) const KIND: ChannelKind = ChannelKind {
    profile: Profile {
        channel: "chime",
        written: "text",
        escaping: Escaping { text: TextForm::Chime, json: false },
        caps: Caps { description: 900, ..Caps::DEFAULT },
        unit: Unit::Bytes,
        // What Chime took was never written down; 4,096 is the least that anybody reports.
        limit: 4096,
        payload: |text| Some(json!({ "Content": text.trim_end() }).to_string().into()),
    },
    configure,
    env: Some(("CHIME_WEBHOOK_URL", "url")),
    // https://docs.aws.amazon.com/chime/latest/ag/webhooks.html
    rate: Some(Rate { per_second: 1.0, burst: 1 }),
    preview: |payload| {
        let content =
            serde_json::from_str::<Value>(payload).ok().and_then(|value| Some(value.get("Content")?.as_str()?.to_owned()));
        content.unwrap_or_default()
    },
};

struct Chime(Endpoint);

fn configure(value: Value) -> Result<Box<dyn Channel>, Fault> {
    let endpoint: Endpoint = settings(value)?;
    endpoint.check(HOSTS)?;
    match &endpoint.url {
        SecretRef::Literal(url) if is_chimes(url.reveal()) == Some(false) => {
            Err(Fault::new("/url", "is no address of a Chime webhook, which has an id and a token"))
        }
        _ => Ok(Box::new(Chime(endpoint))),
    }
}

/// Whether an address on Chime's own host is one of a webhook; none if it is on another, which the receiver allows.
///
/// <https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateChimeWebhookConfiguration.html>
fn is_chimes(url: &str) -> Option<bool> {
    let (host, rest) = url.trim().strip_prefix("https://")?.split_once('/')?;
    if host.trim_end_matches(":443").trim_end_matches('.') != "hooks.chime.aws" {
        return None;
    }
    let parts = rest.strip_prefix("incomingwebhooks/").and_then(|rest| rest.split_once("?token="));
    let is_plain =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_%=".contains(&byte));
    Some(parts.is_some_and(|(id, token)| is_plain(id) && is_plain(token)))
}

impl Channel for Chime {
    fn references(&self) -> Vec<&SecretRef> {
        self.0.references()
    }

    fn warnings(&self) -> Vec<String> {
        std::iter::once(ENDED.to_owned()).chain(self.0.warnings()).collect()
    }

    fn address(&self, keys: &Keys) -> Result<(), String> {
        self.0.address(HOSTS, keys)
    }

    fn reach<'a>(&'a self, keys: &'a Keys, outside: &'a Outside, timeout: Duration) -> BoxFuture<'a, Reach> {
        Box::pin(self.0.reach(HOSTS, keys, outside, timeout))
    }

    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, outside: &'a Outside) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let attempt = self.0.post(HOSTS, parcel, &[], outside, read).await;
            match attempt.verdict {
                // A host that is no more will not come back.
                Verdict::Retry { reason: Reason::Network, .. } => {
                    Attempt { verdict: Verdict::Rejected { reason: Reason::Network }, ..attempt }.because(ENDED)
                }
                Verdict::Rejected { reason: Reason::AuthError } => attempt.because(ENDED),
                _ => attempt,
            }
        })
    }
}

fn read(_: &Answer) -> Verdict {
    Verdict::Delivered
}

const ENDED: &str = "Amazon Chime ended on 2026-02-20: nothing sent to it arrives; move this receiver to Slack or mail";

const HOSTS: &[&str] = &["hooks.chime.aws"];
