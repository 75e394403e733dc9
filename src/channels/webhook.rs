//! Any webhook: JSON by POST, signed as Standard Webhooks says (<https://www.standardwebhooks.com>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::time::Duration;

use futures_util::future::BoxFuture;
use ring::hmac;
use schemars::JsonSchema;
use serde_json::Value;

use super::endpoint::Endpoint;
use super::{Attempt, Channel, ChannelKind, Fault, Outside, Parcel, Reach, as_text, json_object, settings};
use crate::net::Answer;
use crate::outcome::Verdict;
use crate::render::{Caps, Profile, Unit};
use crate::secret::{Keys, SecretRef};
use crate::template::{Escaping, TextForm};

pub(super) const KIND: ChannelKind = ChannelKind {
    profile: Profile {
        channel: "webhook",
        written: "a JSON object",
        escaping: Escaping { text: TextForm::Plain, json: true },
        // A program reads it: all there is, as long as it fits.
        caps: Caps { headline: 2000, line: 4000, description: 100_000, resources: 2000, facts: 100, links: 10 },
        unit: Unit::Bytes,
        // Our own: what fits into one SNS message or one EventBridge event, should it be passed on.
        limit: 256 * 1024,
        payload: |written| Some(as_text(&json_object(written)?).into()),
    },
    configure,
    env: Some(("WEBHOOK_URL", "url")),
    rate: None,
    preview: |payload| {
        let value = serde_json::from_str::<Value>(payload).unwrap_or_default();
        serde_json::to_string_pretty(&value).unwrap_or_default()
    },
};

#[derive(JsonSchema)]
pub(super) struct Webhook {
    #[schemars(flatten)]
    endpoint: Endpoint,
    /// The key that signs every message as Standard Webhooks says; without one nothing is signed.
    #[schemars(example = &"ssm:/hikyaku/audit/signing-secret")]
    signing_secret: Option<SecretRef>,
}

fn configure(value: Value) -> Result<Box<dyn Channel>, Fault> {
    let mut value = value;
    let signing_secret = match value.as_object_mut().and_then(|object| object.shift_remove("signing_secret")) {
        Some(secret) => Some(settings(secret).map_err(|fault| Fault::new("/signing_secret", fault.problem))?),
        None => None,
    };
    let endpoint: Endpoint = settings(value)?;
    endpoint.check(&[])?;
    Ok(Box::new(Webhook { endpoint, signing_secret }))
}

impl Channel for Webhook {
    fn references(&self) -> Vec<&SecretRef> {
        self.endpoint.references().into_iter().chain(&self.signing_secret).collect()
    }

    fn warnings(&self) -> Vec<String> {
        let literal = matches!(self.signing_secret, Some(SecretRef::Literal(_)));
        let literal = literal.then(|| "keep the signing secret as `env:`, `ssm:` or `secretsmanager:`".to_owned());
        self.endpoint.warnings().into_iter().chain(literal).collect()
    }

    fn address(&self, keys: &Keys) -> Result<(), String> {
        self.endpoint.address(&[], keys)
    }

    fn reach<'a>(&'a self, keys: &'a Keys, outside: &'a Outside, timeout: Duration) -> BoxFuture<'a, Reach> {
        Box::pin(self.endpoint.reach(&[], keys, outside, timeout))
    }

    fn send<'a>(&'a self, parcel: &'a Parcel<'a>, outside: &'a Outside) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let secret = self.signing_secret.as_ref().and_then(|reference| parcel.keys.get(reference));
            let headers = headers(parcel.idempotency_key, parcel.now.as_second(), parcel.payload, secret);
            self.endpoint.post(&[], parcel, &headers, outside, read).await
        })
    }
}

/// Any 2xx says that it is there.
fn read(_: &Answer) -> Verdict {
    Verdict::Delivered
}

/// The id is the same for every attempt, so that a receiver can tell a repetition; the signature covers id, time and body.
fn headers(id: &str, now: i64, payload: &str, secret: Option<&str>) -> Vec<(&'static str, String)> {
    let id = format!("msg_{}", crate::text::sha256_hex(&[id]));
    let mut headers = vec![("webhook-id", id.clone()), ("webhook-timestamp", now.to_string()), ("idempotency-key", id.clone())];
    if let Some(secret) = secret {
        let key = secret.strip_prefix("whsec_").and_then(|encoded| BASE64.decode(encoded).ok());
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key.unwrap_or_else(|| secret.as_bytes().to_vec()));
        let signature = hmac::sign(&key, format!("{id}.{now}.{payload}").as_bytes());
        headers.push(("webhook-signature", format!("v1,{}", BASE64.encode(signature))));
    }
    headers
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_verified_the_way_the_standard_says() {
        let secret = format!("whsec_{}", BASE64.encode("a shared secret of some length"));
        let headers = headers("ops|health|1", 1_795_246_200, r#"{"a":1}"#, Some(&secret));
        let header = |name| headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str()).unwrap();
        let signature = BASE64.decode(header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
        let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), r#"{"a":1}"#);
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"a shared secret of some length");
        hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
        assert_eq!(header("webhook-id"), header("idempotency-key"));
    }

    #[test]
    fn without_a_secret_nothing_is_signed_and_a_repetition_has_the_same_id() {
        let (one, two) = (headers("x", 1, "{}", None), headers("x", 2, "{}", None));
        assert!(one.iter().all(|(name, _)| *name != "webhook-signature"));
        assert_eq!(one.first(), two.first());
    }
}
