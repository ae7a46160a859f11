//! The SDK's clients, built for cold starts: no aws-config, one HTTP client for all services.

use crate::{Dynamo, Item};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::config::BehaviorVersion;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use std::time::Duration;

/// DynamoDB and SQS answer within tens of milliseconds. A multipart copy of S3 may take
/// seconds, so shorter would break large outputs.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Three attempts for what the SDK knows to be safe to send again.
const ATTEMPTS: u32 = 3;

/// Warming is a courtesy to the first request: never longer than this.
const WARM_TIMEOUT: Duration = Duration::from_secs(1);

/// What the platform tells a function about where it runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The AWS region.
    pub region: String,
    /// The role's credentials, from the environment that Lambda sets.
    pub credentials: Credentials,
    /// Another endpoint for every service: the local platform. Buckets are then
    /// addressed by path.
    pub endpoint: Option<String>,
    /// Whether the SDK may send failed requests again. Off in tests that count.
    pub retries: bool,
}

/// Makes the clients of single services, all on one HTTP client.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    path_style: bool,
}

impl Clients {
    /// Clients on `http`.
    #[must_use]
    pub fn new(settings: Settings, http: SharedHttpClient) -> Self {
        let path_style = settings.endpoint.is_some();
        let retry = match settings.retries {
            true => RetryConfig::standard().with_max_attempts(ATTEMPTS),
            false => RetryConfig::disabled(),
        };
        let timeout = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region))
            .credentials_provider(SharedCredentialsProvider::new(settings.credentials))
            .http_client(http)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(retry)
            .timeout_config(timeout.build());
        config.set_endpoint_url(settings.endpoint);
        Self { config: config.build(), path_style }
    }

    /// DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> Dynamo {
        Dynamo::new(aws_sdk_dynamodb::Client::new(&self.config))
    }

    /// S3.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(self.path_style);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// SQS.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// SSM.
    #[must_use]
    pub fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.config)
    }

    /// Opens the connection to DynamoDB before the first request needs it, with a health
    /// check that needs no permission and no capacity. Whatever goes wrong is ignored:
    /// the first request will find out.
    pub async fn warm(&self) {
        let ping = aws_sdk_dynamodb::Client::new(&self.config)
            .get_item()
            .table_name("none")
            .set_key(Some(Item::new()))
            .customize()
            .mutate_request(|request| {
                let _ = request.set_method("GET");
                let _ = request.set_uri(format!("{}/sping", origin(request.uri())));
            });
        let _ = tokio::time::timeout(WARM_TIMEOUT, ping.send()).await;
    }
}

/// Scheme and authority of a URI.
fn origin(uri: &str) -> &str {
    let authority = uri.find("://").map_or(0, |scheme| scheme + 3);
    let path = uri.get(authority..).and_then(|rest| rest.find('/'));
    path.and_then(|path| uri.get(..authority + path)).unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_all_before_the_path() {
        for uri in [
            "https://dynamodb.eu-central-1.amazonaws.com",
            "https://dynamodb.eu-central-1.amazonaws.com/",
            "https://dynamodb.eu-central-1.amazonaws.com/a/b",
        ] {
            assert_eq!(origin(uri), "https://dynamodb.eu-central-1.amazonaws.com");
        }
    }
}
