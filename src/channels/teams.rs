//! Microsoft Teams: a Workflow that posts what its webhook receives, which is one Adaptive Card.
//!
//! <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>

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
        channel: "teams",
        written: "the JSON of a Workflow message with an Adaptive Card",
        escaping: Escaping { text: TextForm::AdaptiveCard, json: true },
        caps: Caps::DEFAULT,
        unit: Unit::Bytes,
        // About 28 KB by the book (https://learn.microsoft.com/en-us/connectors/teams/#known-issues-and-limitations-with-actions),
        // from 21,000 bytes on by measurement (https://www.rubydoc.info/gems/msteams_hermes/MsTeamsHermes/Message).
        limit: 20_000,
        payload,
    },
    configure,
    env: None,
    // https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors
    rate: Some(Rate { per_second: 4.0, burst: 4 }),
    preview,
};

struct Teams(Endpoint);

fn configure(value: Value) -> Result<Box<dyn Channel>, Fault> {
    let endpoint: Endpoint = settings(value)?;
    if matches!(&endpoint.url, SecretRef::Literal(url) if is_retired(url.reveal())) {
        return Err(Fault::new("/url", RETIRED));
    }
    endpoint.check(HOSTS)?;
    Ok(Box::new(Teams(endpoint)))
}

impl Channel for Teams {
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

/// A Workflow answers 202 and posts afterwards; 200 if it was built to answer. A connector, which `allow_hosts` may still
/// lead to, tells of its failures in the text of a 200: `… returned HTTP error 429 with ContextId …`.
///
/// <https://www.rubydoc.info/gems/msteams_hermes/MsTeamsHermes/Message>
fn read(answer: &Answer) -> Verdict {
    let Some((_, told)) = answer.body.split_once("returned HTTP error ") else { return Verdict::Delivered };
    let digits: String = told.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse() {
        Ok(413) => Verdict::TooMuch,
        Ok(429) => Verdict::Retry { reason: Reason::RateLimited, after: None },
        Ok(500..=599) => Verdict::Retry { reason: Reason::ServerError, after: None },
        Ok(0_u16..) | Err(_) => Verdict::Rejected { reason: Reason::ClientError },
    }
}

/// A message of one card. A Workflow answers 202 to anything, so what is no card must not go out.
fn payload(written: &str) -> Option<Payload> {
    let value = json_object(written)?;
    let is = |pointer: &str, text: &str| value.pointer(pointer).and_then(Value::as_str) == Some(text);
    let card = is("/type", "message")
        && is("/attachments/0/contentType", "application/vnd.microsoft.card.adaptive")
        && is("/attachments/0/content/type", "AdaptiveCard");
    card.then(|| as_text(&value).into())
}

/// The texts of all blocks and buttons, a line each.
fn preview(payload: &str) -> String {
    fn lines(value: &Value, out: &mut Vec<String>) {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        match value {
            Value::Array(values) => values.iter().for_each(|value| lines(value, out)),
            Value::Object(object) => match text("type") {
                "RichTextBlock" => {
                    let inlines = value.get("inlines").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                    out.push(inlines.iter().filter_map(|run| run.get("text")?.as_str()).collect());
                }
                "TextBlock" => out.push(text("text").to_owned()),
                "Action.OpenUrl" => out.push(format!("[{}] {}", text("title"), text("url"))),
                _ => object.values().for_each(|value| lines(value, out)),
            },
            _ => {}
        }
    }
    let mut out = Vec::new();
    lines(&serde_json::from_str(payload).unwrap_or_default(), &mut out);
    out.join("\n")
}

/// Whether `url` is an Office 365 connector's, which Teams has retired.
///
/// <https://devblogs.microsoft.com/microsoft365dev/retirement-of-office-365-connectors-within-microsoft-teams/>
fn is_retired(url: &str) -> bool {
    let rest = url.trim().split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    host.ends_with(".webhook.office.com") || ["outlook.office.com", "outlook.office365.com"].contains(&host)
}

const RETIRED: &str = "leads to an Office 365 connector, which Microsoft has retired; in Teams, create a Workflow \
                       \"Post to a channel when a webhook request is received\" and take its URL";

/// Where a Workflow's trigger is: the worldwide service, with the hosts from before November 2025, then GCC, GCC High, DoD.
///
/// <https://learn.microsoft.com/en-us/power-automate/ip-address-configuration#allow-users-on-your-network-to-use-when-an-http-request-is-received-trigger>
const HOSTS: &[&str] = &[
    ".api.powerplatform.com",
    ".logic.azure.com",
    ".api.gov.powerplatform.microsoft.us",
    ".api.high.powerplatform.microsoft.us",
    ".api.appsplatform.us",
    ".logic.azure.us",
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_a_workflows_and_a_retired_one_names_the_way_out() {
        let configured = |url: &str| configure(json!({ "url": url })).map(drop).map_err(|fault| fault.problem);
        for url in [
            "https://default5c07.61.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/x/triggers/manual/paths/invoke?sig=CANARY",
            "https://prod-186.westus.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke?sig=CANARY",
            "https://x.environment.api.gov.powerplatform.microsoft.us/powerautomate/x",
            "env:TEAMS",
        ] {
            assert_eq!(configured(url), Ok(()), "{url}");
        }
        for url in [
            "https://contoso.webhook.office.com/webhookb2/CANARY",
            "https://CONTOSO.webhook.office.com.:443/webhookb2/CANARY",
            "https://outlook.office.com/webhook/CANARY",
            "https://outlook.office365.com/webhook/CANARY",
        ] {
            assert_eq!(configured(url), Err(RETIRED.to_owned()), "{url}");
        }
        for url in [
            "https://hooks.slack.com/services/CANARY",
            "https://api.powerplatform.com.evil.example/",
            "http://x.logic.azure.com/",
        ] {
            let problem = configured(url).unwrap_err();
            assert!(problem != RETIRED && !problem.contains("CANARY"), "{url}: {problem}");
        }
    }

    #[test]
    fn an_answer_of_2xx_can_still_be_a_failure() {
        let failed = |code: u16| {
            format!(
                "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error {code} with ContextId x"
            )
        };
        let retry = |reason| Verdict::Retry { reason, after: None };
        for (status, body, verdict) in [
            (202, String::new(), Verdict::Delivered),
            (200, "1".to_owned(), Verdict::Delivered),
            (200, failed(413), Verdict::TooMuch),
            (200, failed(429), retry(Reason::RateLimited)),
            (200, failed(503), retry(Reason::ServerError)),
            (200, failed(403), Verdict::Rejected { reason: Reason::ClientError }),
            (200, "returned HTTP error 99999999".to_owned(), Verdict::Rejected { reason: Reason::ClientError }),
        ] {
            let answer = Answer { status, retry_after: None, body: body.clone(), whole: true };
            assert_eq!(read(&answer), verdict, "{status} {body}");
        }
    }

    #[test]
    fn what_is_no_card_does_not_go_out() {
        let card = |kind: &str| {
            json!({ "type": "message", "attachments": [
                { "contentType": "application/vnd.microsoft.card.adaptive", "content": { "type": kind } }
            ] })
        };
        assert!(payload(&card("AdaptiveCard").to_string()).is_some());
        for written in [card("MessageCard").to_string(), r#"{"text":"x"}"#.to_owned(), "[]".to_owned(), "x".to_owned()] {
            assert_eq!(payload(&written), None, "{written}");
        }
    }
}
