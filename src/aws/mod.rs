//! AWS clients, built when they are first used, over the same HTTP as everything else; and topics by their names.

mod call;
mod connector;
mod kept;
mod publish;
mod topic;

pub use call::{Answer, Problem, Refused, is_denied};
pub use kept::{Parameter, Unread};
pub use publish::{MAX_MESSAGE, NotPublished};
pub use topic::{OWN_MARK, TopicArn, subject_line};

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;
use aws_sdk_sns::config::Region;
use tokio::sync::{Mutex, OnceCell};

use crate::net::Service;

/// The AWS account that we run in.
#[derive(Default)]
pub struct Aws {
    config: OnceCell<SdkConfig>,
    /// Those of the last call that we have signed.
    credentials: Mutex<Option<Credentials>>,
    service: OnceLock<Service>,
}

impl Aws {
    /// With a configuration of one's own, instead of the environment's; but for its HTTP.
    pub fn new(config: SdkConfig) -> Aws {
        let aws = Aws::default();
        let config = config.into_builder().http_client(connector::client(aws.service())).build();
        Aws { config: OnceCell::new_with(Some(config)), ..aws }
    }

    /// A client for the SNS of `region`; of our own Region if that is none.
    pub async fn sns(&self, region: Option<&str>) -> aws_sdk_sns::Client {
        let mut config = aws_sdk_sns::config::Builder::from(self.config().await);
        if let Some(region) = region {
            config.set_region(Some(Region::new(region.to_owned())));
        }
        aws_sdk_sns::Client::from_conf(config.build())
    }

    fn service(&self) -> &Service {
        self.service.get_or_init(Service::default)
    }

    async fn config(&self) -> &SdkConfig {
        let load = || async {
            // `deliver` retries; the SDK makes one attempt, within the time of one.
            let timeouts = TimeoutConfig::builder().operation_timeout(TIMEOUT).build();
            aws_config::defaults(aws_config::BehaviorVersion::latest())
                .http_client(connector::client(self.service()))
                .retry_config(aws_config::retry::RetryConfig::disabled())
                .timeout_config(timeouts)
                .load()
                .await
        };
        self.config.get_or_init(load).await
    }
}

const NO_CREDENTIALS: &str = "there are no AWS credentials here";
const TIMEOUT: Duration = Duration::from_secs(8);
