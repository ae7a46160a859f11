//! The SDK's clients, built for cold starts: no aws-config, one HTTP client for all services.

use crate::Dynamo;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::config::BehaviorVersion;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use std::{sync::OnceLock, time::Duration};

/// AWS answers within tens of milliseconds, so that this is a connection that leads nowhere.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a request takes at most with all its attempts. No function is ended before: then
/// nobody could be told to ask again.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

/// How long a request takes at most that carries a file, or puts one together.
const FILE_TIMEOUT: Duration = Duration::from_secs(30);

/// Three attempts for what the SDK knows to be safe to send again.
const ATTEMPTS: u32 = 3;

/// What the platform tells a function about where it runs.
#[derive(Debug, Clone)]
pub struct ClientConfig {
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

/// What a request is signed with that the SDK cannot make.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The AWS region.
    pub region: String,
    /// The role's credentials.
    pub credentials: Credentials,
}

/// For requests to S3 that carry a file, or put one together: they take longer, and are not
/// sent again. An attempt that was given up may still arrive after the next one, and would hide
/// the version that the next one has answered.
#[must_use]
pub fn with_file() -> aws_sdk_s3::config::Builder {
    let timeout = TimeoutConfig::builder().operation_attempt_timeout(FILE_TIMEOUT).operation_timeout(FILE_TIMEOUT);
    aws_sdk_s3::config::Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeout.build())
}

/// Makes the clients of single services, all on one HTTP client.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    signing: Signing,
    path_style: bool,
    /// Made once: most functions have several tables, and making it costs as much as a request.
    dynamodb: OnceLock<Dynamo>,
}

impl Clients {
    /// Clients on `http`.
    #[must_use]
    pub fn new(settings: ClientConfig, http: SharedHttpClient) -> Self {
        let path_style = settings.endpoint.is_some();
        let signing = Signing { region: settings.region.clone(), credentials: settings.credentials.clone() };
        let retry = match settings.retries {
            true => RetryConfig::standard().with_max_attempts(ATTEMPTS),
            false => RetryConfig::disabled(),
        };
        let timeout =
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(REQUEST_TIMEOUT);
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region))
            .credentials_provider(SharedCredentialsProvider::new(settings.credentials))
            .http_client(http)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(retry)
            .timeout_config(timeout.build());
        config.set_endpoint_url(settings.endpoint);
        Self { config: config.build(), signing, path_style, dynamodb: OnceLock::new() }
    }

    /// What the clients sign with: the credentials of Lambda's environment, which change with
    /// a new process alone.
    #[must_use]
    pub fn signing(&self) -> &Signing {
        &self.signing
    }

    /// DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> Dynamo {
        self.dynamodb.get_or_init(|| Dynamo::new(aws_sdk_dynamodb::Client::new(&self.config))).clone()
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
}
