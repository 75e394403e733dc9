//! AWS clients, built when they are first used, over the same TLS as everything else; and topics by their names.

mod call;
mod parameter;
mod publish;
mod topic;

pub use call::{Answer, Refused, is_denied};
pub use parameter::{NoParameter, Parameter};
pub use publish::{MAX_MESSAGE, NotPublished};
pub use topic::{OWN_MARK, TopicArn, subject_line};

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sns::config::Region;
use aws_smithy_http_client::tls;
use std::time::Duration;
use tokio::sync::OnceCell;

/// The AWS account that we run in.
#[derive(Default)]
pub struct Aws {
    config: OnceCell<SdkConfig>,
}

impl Aws {
    /// With a configuration of one's own, instead of the environment's.
    pub fn new(config: SdkConfig) -> Aws {
        Aws { config: OnceCell::new_with(Some(config)) }
    }

    /// A client for the SNS of `region`; of our own Region if that is none.
    pub async fn sns(&self, region: Option<&str>) -> aws_sdk_sns::Client {
        let mut config = aws_sdk_sns::config::Builder::from(self.config().await);
        if let Some(region) = region {
            config.set_region(Some(Region::new(region.to_owned())));
        }
        aws_sdk_sns::Client::from_conf(config.build())
    }

    pub async fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(self.config().await)
    }

    pub async fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(self.config().await)
    }

    async fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(self.config().await)
    }

    pub async fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(self.config().await)
    }

    async fn config(&self) -> &SdkConfig {
        let load = || async {
            let http = aws_smithy_http_client::Builder::new().tls_provider(TLS).build_https();
            // `deliver` retries; the SDK makes one attempt, within the time of one.
            let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(TIMEOUT).build();
            aws_config::defaults(aws_config::BehaviorVersion::latest())
                .http_client(http)
                .retry_config(aws_config::retry::RetryConfig::disabled())
                .timeout_config(timeouts)
                .load()
                .await
        };
        self.config.get_or_init(load).await
    }
}

const TLS: tls::Provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(8);
