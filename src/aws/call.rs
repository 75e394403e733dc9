//! Calls of APIs that `doctor` looks at and nothing else needs: KMS, Lambda, EventBridge, CloudWatch Logs.
//!
//! A client of the SDK for each would take minutes to build for a handful of calls. This is the SDK without the clients: its
//! credentials, its signer and its HTTP.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Aws, TLS};

/// What an API was asked for and did not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// `AccessDeniedException`, `ResourceNotFoundException`; or why there is no answer.
    pub problem: String,
}

impl Refused {
    /// Whether the caller may not ask.
    pub fn is_denied(&self) -> bool {
        is_denied(&self.problem)
    }

    pub fn is_missing(&self) -> bool {
        self.problem.contains("NotFound") || self.problem.contains("NonExistentQueue") || self.problem.contains("DoesNotExist")
    }
}

/// What an API answered, and when by its own clock.
#[derive(Debug)]
pub struct Answer {
    pub result: Result<Value, Refused>,
    pub date: Option<String>,
}

/// A request that is still to be signed.
struct Call<'a> {
    service: &'a str,
    method: &'a str,
    path: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

impl Aws {
    /// Calls an action of an API that speaks JSON: `kms`, `TrentService.GetKeyPolicy`.
    ///
    /// # Errors
    /// If it refuses, or does not answer.
    pub async fn json(&self, service: &str, target: &str, asked: &Value, now: Timestamp) -> Result<Value, Refused> {
        let version = if service == "sqs" { "1.0" } else { "1.1" };
        let kind = format!("application/x-amz-json-{version}");
        let headers = [("content-type", kind.as_str()), ("x-amz-target", target)];
        self.call(&Call { service, method: "POST", path: "/", headers: &headers, body: &asked.to_string() }, now).await.result
    }

    /// Gets what is at `path` of an API that speaks REST: `lambda`.
    pub async fn get(&self, service: &str, path: &str, now: Timestamp) -> Answer {
        self.call(&Call { service, method: "GET", path, headers: &[], body: "" }, now).await
    }

    async fn call(&self, call: &Call<'_>, now: Timestamp) -> Answer {
        let called = self.try_call(call, now);
        match tokio::time::timeout(TIMEOUT, called).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(problem)) => Answer { result: Err(Refused { problem }), date: None },
            Err(_) => Answer { result: Err(Refused { problem: "no answer in time".to_owned() }), date: None },
        }
    }

    async fn try_call(&self, call: &Call<'_>, now: Timestamp) -> Result<Answer, String> {
        let Call { service, method, path, headers, body } = *call;
        let config = self.config().await;
        let region = config.region().ok_or("no Region is set")?.as_ref().to_owned();
        let provider = config.credentials_provider().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await.map_err(|_| "there are no credentials")?;
        // https://docs.aws.amazon.com/general/latest/gr/rande.html
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let own = || format!("https://{service}.{region}.{domain}");
        let url = format!("{}{path}", config.endpoint_url().map_or_else(own, |url| url.trim_end_matches('/').to_owned()));
        let identity = credentials.into();
        let signing = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(service)
            .time(now.into())
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| "it cannot be signed")?;
        let signable = SignableRequest::new(method, &url, headers.iter().copied(), SignableBody::Bytes(body.as_bytes()));
        let signed = sign(signable.map_err(|_| "it cannot be signed")?, &signing.into()).map_err(|_| "it cannot be signed")?;
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method).map_err(|_| "no such method")?;
        request.set_uri(url).map_err(|_| "no such address")?;
        for (name, value) in headers.iter().copied().chain(signed.output().headers()) {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        let response = Connector::builder().tls_provider(TLS).build().call(request).await;
        let mut response = response.map_err(|_| "no connection")?;
        let date = response.headers().get("date").map(str::to_owned);
        let kind = response.headers().get("x-amzn-errortype").map(str::to_owned);
        let is_success = response.status().is_success();
        let bytes = aws_smithy_types::byte_stream::ByteStream::new(response.take_body())
            .collect()
            .await
            .map_err(|_| "no whole answer")?;
        let value: Value = serde_json::from_slice(&bytes.into_bytes()).unwrap_or_default();
        Ok(match is_success {
            true => Answer { result: Ok(value), date },
            false => {
                let told = ["__type", "Code", "code"].iter().find_map(|key| value.get(*key)?.as_str());
                let name = kind.as_deref().or(told).unwrap_or("an error without a name");
                let name = name.rsplit('#').next().unwrap_or(name).split(':').next().unwrap_or(name);
                Answer { result: Err(Refused { problem: name.to_owned() }), date }
            }
        })
    }

    /// A topic's attributes.
    ///
    /// # Errors
    /// If SNS refuses, or does not answer.
    pub async fn topic_attributes(&self, topic: &str) -> Result<Value, Refused> {
        let answer = self.sns(region_of(topic)).await.get_topic_attributes().topic_arn(topic).send().await;
        answer.map(|answer| object(answer.attributes)).map_err(refused)
    }

    /// The subscriptions of a topic: `SubscriptionArn`, `Protocol` and `Endpoint` of each. One that waits for its confirmation
    /// has no ARN yet.
    ///
    /// # Errors
    /// If SNS refuses, or does not answer.
    pub async fn subscriptions(&self, topic: &str) -> Result<Vec<Value>, Refused> {
        let client = self.sns(region_of(topic)).await;
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let page =
                client.list_subscriptions_by_topic().topic_arn(topic).set_next_token(next).send().await.map_err(refused)?;
            found.extend(page.subscriptions.unwrap_or_default().into_iter().map(
                |one| json!({ "SubscriptionArn": one.subscription_arn, "Protocol": one.protocol, "Endpoint": one.endpoint }),
            ));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// A subscription's attributes.
    ///
    /// # Errors
    /// If SNS refuses, or does not answer.
    pub async fn subscription_attributes(&self, subscription: &str) -> Result<Value, Refused> {
        let client = self.sns(region_of(subscription)).await;
        let answer = client.get_subscription_attributes().subscription_arn(subscription).send().await;
        answer.map(|answer| object(answer.attributes)).map_err(refused)
    }
}

/// Whether an error of that name means that the caller may not.
pub fn is_denied(problem: &str) -> bool {
    ["AccessDenied", "AuthorizationError", "NotAuthorized"].iter().any(|word| problem.contains(word))
}

fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

fn object(attributes: Option<std::collections::HashMap<String, String>>) -> Value {
    Value::Object(attributes.unwrap_or_default().into_iter().map(|(name, value)| (name, value.into())).collect())
}

fn refused<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> Refused {
    let problem = match &error {
        SdkError::ServiceError(answer) => answer.err().code().unwrap_or("an error without a name").to_owned(),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::ConstructionFailure(_) => "there are no credentials".to_owned(),
        _ => "no connection".to_owned(),
    };
    Refused { problem }
}

const TIMEOUT: Duration = Duration::from_secs(10);
