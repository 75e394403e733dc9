//! Calls of APIs that speak JSON: DynamoDB, SQS, Parameter Store, Secrets Manager, and what `doctor` looks at.
//!
//! A client of the SDK for each would take minutes to build, and the four of the function half a megabyte of memory in it, called
//! or not. This is the SDK without the clients: its settings, its credentials and its signer.

use std::fmt;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::sdk_config::SharedTimeSource;
use aws_types::service_config::ServiceConfigKey;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{Aws, NO_CREDENTIALS, TIMEOUT};
use crate::net::Failure;

/// What an API was asked for and did not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub problem: Problem,
    /// What else the answer says. It may hold anything: look into it, never print it.
    pub told: Value,
}

/// Why it was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    NoCredentials,
    NoRegion,
    /// There is no answer of AWS's.
    Failed(Failure),
    /// AWS's own name for it (`AccessDeniedException`), in letters and digits; empty if it has none. And the answer's status.
    Said {
        code: String,
        status: u16,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoCredentials => f.write_str(NO_CREDENTIALS),
            Problem::NoRegion => f.write_str("no AWS Region is set"),
            Problem::Failed(failure) => fmt::Display::fmt(failure, f),
            Problem::Said { code, status } if code.is_empty() => write!(f, "status {status}"),
            Problem::Said { code, .. } => f.write_str(code),
        }
    }
}

impl Problem {
    /// Whoever asked did not wait any longer.
    pub const LATE: Problem = Problem::Failed(Failure::TimedOut);

    fn said(code: &str, status: u16) -> Problem {
        let is_of_a_name = |char: &char| char.is_ascii_alphanumeric() || *char == '.';
        Problem::Said { code: code.chars().filter(is_of_a_name).take(80).collect(), status }
    }

    /// AWS's own name for it, if it has said one.
    pub fn code(&self) -> &str {
        match self {
            Problem::Said { code, .. } => code,
            _ => "",
        }
    }

    /// Whether the caller may not ask.
    pub fn is_denied(&self) -> bool {
        is_denied(self.code())
    }

    /// Whether there is no such thing.
    pub fn is_missing(&self) -> bool {
        ["NotFound", "NonExistentQueue", "DoesNotExist"].iter().any(|word| self.code().contains(word))
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Refused {
        Refused { problem, told: Value::Null }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem::Failed(failure)
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
    method: Method,
    path: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

impl Aws {
    /// Calls an action of an API that speaks JSON: `kms`, `TrentService.GetKeyPolicy`.
    ///
    /// # Errors
    /// If it refuses, or does not answer.
    pub async fn json(&self, service: &str, target: &str, asked: &Value) -> Result<Value, Refused> {
        let version = if ["dynamodb", "sqs"].contains(&service) { "1.0" } else { "1.1" };
        let kind = format!("application/x-amz-json-{version}");
        let headers = [("content-type", kind.as_str()), ("x-amz-target", target)];
        self.call(&Call { service, method: Method::POST, path: "/", headers: &headers, body: &asked.to_string() }).await.result
    }

    /// Gets what is at `path` of an API that speaks REST: `lambda`.
    pub async fn get(&self, service: &str, path: &str) -> Answer {
        self.call(&Call { service, method: Method::GET, path, headers: &[], body: "" }).await
    }

    async fn call(&self, call: &Call<'_>) -> Answer {
        let called = self.try_call(call);
        match tokio::time::timeout(TIMEOUT, called).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(problem)) => Answer { result: Err(problem.into()), date: None },
            Err(_) => Answer { result: Err(Problem::LATE.into()), date: None },
        }
    }

    async fn try_call(&self, call: &Call<'_>) -> Result<Answer, Problem> {
        let Call { service, ref method, path, headers, body } = *call;
        let config = self.config().await;
        let region = config.region().ok_or(Problem::NoRegion)?.as_ref();
        let now = config.time_source().unwrap_or_default();
        let identity = self.credentials(config, &now).await?.into();
        let url = format!("{}{path}", endpoint(config, service, region).trim_end_matches('/'));
        let signing = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(now.now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| UNSIGNED)?;
        let bytes = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new(method.as_str(), &url, headers.iter().copied(), bytes);
        let signed = sign(signable.map_err(|_| UNSIGNED)?, &signing.into()).map_err(|_| UNSIGNED)?;
        let mut request = Request::builder().method(method).uri(&url);
        for (name, value) in headers.iter().copied().chain(signed.output().headers()) {
            request = request.header(name, value);
        }
        let request = request.body(body.as_bytes().to_vec()).map_err(|_| UNSIGNED)?;
        let answer = self.service().call(request).await?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let date = header("date").map(str::to_owned);
        let status = answer.status();
        let told = match answer.body().as_slice() {
            // SQS says nothing of what it has deleted.
            [] => Value::Null,
            body => match serde_json::from_slice(body) {
                Ok(told) => told,
                Err(_) if status.is_success() => return Err(Problem::Failed(Failure::NoAnswer)),
                Err(_) => Value::Null,
            },
        };
        if status.is_success() {
            return Ok(Answer { result: Ok(told), date });
        }
        let named = ["__type", "Code", "code"].iter().find_map(|key| told.get(*key)?.as_str());
        let name = header("x-amzn-errortype").or(named).unwrap_or_default();
        let code = name.rsplit('#').next().unwrap_or(name).split(':').next().unwrap_or(name);
        Ok(Answer { result: Err(Refused { problem: Problem::said(code, status.as_u16()), told }), date })
    }

    /// Credentials that end and have not ended are used again: behind them is a role, a process or the machine's own service.
    async fn credentials(&self, config: &SdkConfig, now: &SharedTimeSource) -> Result<Credentials, Problem> {
        let mut held = self.credentials.lock().await;
        let soon = now.now() + MARGIN;
        if let Some(held) = held.as_ref().filter(|held| held.expiry().is_some_and(|end| end > soon)) {
            return Ok(held.clone());
        }
        let provider = config.credentials_provider().ok_or(Problem::NoCredentials)?;
        let credentials = provider.provide_credentials().await.map_err(|_| Problem::NoCredentials)?;
        *held = Some(credentials.clone());
        Ok(credentials)
    }

    /// A topic's attributes.
    ///
    /// # Errors
    /// If SNS refuses, or does not answer.
    pub async fn topic_attributes(&self, topic: &str) -> Result<Value, Refused> {
        let answer = self.sns(region_of(topic)).await.get_topic_attributes().topic_arn(topic).send().await;
        answer.map(|answer| object(answer.attributes)).map_err(refused)
    }

    /// The subscriptions of a topic: `SubscriptionArn`, `TopicArn`, `Protocol` and `Endpoint` of each. One that waits for its confirmation
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
            found.extend(page.subscriptions.unwrap_or_default().into_iter().map(subscription));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// The subscriptions of all topics of a Region, with the `TopicArn` of each.
    ///
    /// # Errors
    /// If SNS refuses, or does not answer.
    pub async fn all_subscriptions(&self, region: &str) -> Result<Vec<Value>, Refused> {
        let client = self.sns(Some(region).filter(|region| !region.is_empty())).await;
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let page = client.list_subscriptions().set_next_token(next).send().await.map_err(refused)?;
            found.extend(page.subscriptions.unwrap_or_default().into_iter().map(subscription));
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

/// Where `service` is: where the caller says (`AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL`), else where its Region has it.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>,
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
fn endpoint(config: &SdkConfig, service: &str, region: &str) -> String {
    let id = SERVICE_IDS.iter().find(|(name, _)| *name == service).map_or(service, |(_, id)| id);
    let key = ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = key.ok().and_then(|key| config.service_config()?.load_config(key));
    let set = own.or_else(|| config.endpoint_url().map(str::to_owned));
    set.unwrap_or_else(|| {
        let dual = config.use_dual_stack() == Some(true);
        let partition = PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix));
        let (plain, both) = partition.map_or(("amazonaws.com", "api.aws"), |(_, plain, both)| (plain, both));
        // There, these are FIPS's as they are.
        let is_fips_anyway = region.starts_with("us-gov-") && !dual && ["ssm", "sqs", "events", "logs"].contains(&service);
        let fips = if config.use_fips() == Some(true) && !is_fips_anyway { "-fips" } else { "" };
        format!("https://{service}{fips}.{region}.{}", if dual { both } else { plain })
    })
}

/// How the Regions of other partitions begin, and how the names of their hosts end: as such, and where IPv6 serves too.
///
/// <https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json>
const PARTITIONS: &[(&str, &str, &str)] = &[
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
];

/// How long before their end credentials are no longer used: the SDK's own margin is 10 s, and a clock may be off.
const MARGIN: Duration = Duration::from_secs(60);

/// Services by the names that requests are signed for, and what settings call them, where that is something else.
const SERVICE_IDS: &[(&str, &str)] =
    &[("events", "EventBridge"), ("logs", "CloudWatch Logs"), ("secretsmanager", "Secrets Manager")];

fn subscription(one: aws_sdk_sns::types::Subscription) -> Value {
    json!({ "SubscriptionArn": one.subscription_arn, "TopicArn": one.topic_arn, "Protocol": one.protocol, "Endpoint": one.endpoint })
}

fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

fn object(attributes: Option<std::collections::HashMap<String, String>>) -> Value {
    Value::Object(attributes.unwrap_or_default().into_iter().map(|(name, value)| (name, value.into())).collect())
}

fn refused<E: ProvideErrorMetadata>(error: SdkError<E>) -> Refused {
    let problem = match &error {
        SdkError::ServiceError(answer) => Problem::said(answer.err().code().unwrap_or_default(), answer.raw().status().as_u16()),
        SdkError::TimeoutError(_) => Problem::LATE,
        SdkError::ConstructionFailure(_) => Problem::NoCredentials,
        _ => Problem::Failed(Failure::NotSent("no connection")),
    };
    problem.into()
}

const UNSIGNED: Problem = Problem::Failed(Failure::NotSent("the request cannot be signed"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_where_it_is_said_to_be_or_where_its_region_has_it() {
        for (service, region, fips, dual, expected) in [
            ("ssm", "ap-northeast-1", false, false, "https://ssm.ap-northeast-1.amazonaws.com"),
            ("ssm", "ap-northeast-1", false, true, "https://ssm.ap-northeast-1.api.aws"),
            ("ssm", "us-east-1", true, false, "https://ssm-fips.us-east-1.amazonaws.com"),
            ("ssm", "us-gov-west-1", true, false, "https://ssm.us-gov-west-1.amazonaws.com"),
            ("secretsmanager", "us-gov-west-1", true, false, "https://secretsmanager-fips.us-gov-west-1.amazonaws.com"),
            ("sqs", "cn-north-1", false, false, "https://sqs.cn-north-1.amazonaws.com.cn"),
            ("dynamodb", "eusc-de-east-1", false, false, "https://dynamodb.eusc-de-east-1.amazonaws.eu"),
            ("kms", "us-isob-east-1", false, false, "https://kms.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            let config = SdkConfig::builder().use_fips(fips).use_dual_stack(dual).build();
            assert_eq!(endpoint(&config, service, region), expected);
        }
        let own = SdkConfig::builder().endpoint_url("http://localhost:4566/").build();
        assert_eq!(endpoint(&own, "ssm", "ap-northeast-1"), "http://localhost:4566/");
    }
}
