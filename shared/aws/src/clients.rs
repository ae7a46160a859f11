//! The SDK's clients, built for fast cold starts: no aws-config, and one HTTP client for all
//! services.

use crate::{
    dynamodb::client::Dynamo,
    signing::{JsonRequest, S3Signer},
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::config::BehaviorVersion;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use kernel::{Result, Timestamp};
use std::{sync::OnceLock, time::Duration};

/// Longest time of one attempt. AWS answers within tens of milliseconds, so after this time the
/// connection is broken.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// Longest time of a request with all its attempts. Every function's own timeout is longer, so
/// that it can still answer that the client should try again.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

/// Longest time of a request that carries a file, or that completes a multipart upload.
const FILE_TIMEOUT: Duration = Duration::from_secs(30);

/// Most attempts of a request that the SDK knows to be safe to repeat.
const ATTEMPTS: u32 = 3;

/// The configuration of all clients, from the environment of the function.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The AWS region.
    pub region: String,
    /// The role's credentials, from the environment that Lambda sets.
    pub credentials: Credentials,
    /// The endpoint of the local platform, for every service. With it, buckets are addressed by
    /// path.
    pub endpoint: Option<String>,
    /// Whether the SDK may repeat failed requests. Off in tests that count requests.
    pub retries: bool,
}

/// The configuration of requests to S3 that carry a file or complete a multipart upload. They may
/// take longer, and the SDK does not repeat them: an attempt that was given up could still arrive
/// after the next one, and its version would hide the one that the next attempt returned.
#[must_use]
pub fn with_file() -> aws_sdk_s3::config::Builder {
    let timeout = TimeoutConfig::builder().operation_attempt_timeout(FILE_TIMEOUT).operation_timeout(FILE_TIMEOUT);
    aws_sdk_s3::config::Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeout.build())
}

/// The clients of the services. All use one HTTP client.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    signer: S3Signer,
    endpoint: Option<String>,
    /// Built once: most functions have several tables, and building it costs as much as a request.
    dynamodb: OnceLock<Dynamo>,
}

impl Clients {
    /// Clients that send through `http`.
    #[must_use]
    pub fn new(config: ClientConfig, http: SharedHttpClient) -> Self {
        let signer = S3Signer { region: config.region.clone(), credentials: config.credentials.clone() };
        let retry = match config.retries {
            true => RetryConfig::standard().with_max_attempts(ATTEMPTS),
            false => RetryConfig::disabled(),
        };
        let timeout =
            TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(REQUEST_TIMEOUT);
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region))
            .credentials_provider(SharedCredentialsProvider::new(config.credentials))
            .http_client(http)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(retry)
            .timeout_config(timeout.build());
        sdk.set_endpoint_url(config.endpoint.clone());
        Self { config: sdk.build(), signer, endpoint: config.endpoint, dynamodb: OnceLock::new() }
    }

    /// Signs with the credentials of the clients. Lambda sets them in the environment, so they
    /// change only with a new process.
    #[must_use]
    pub fn signer(&self) -> &S3Signer {
        &self.signer
    }

    /// The URL of a bucket, with a slash at its end. The name must have no dot.
    #[must_use]
    pub fn bucket_url(&self, bucket: &str) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{endpoint}/{bucket}/"),
            None => format!("https://{bucket}.s3.{}.amazonaws.com/", self.signer.region),
        }
    }

    /// A signed request to a service that speaks JSON and for which there is no client here, such as `logs` (CloudWatch
    /// Logs). `target` names the operation. AWS accepts the signature for five minutes after `now`, which is the time
    /// of the machine. The caller sends it.
    ///
    /// # Errors
    /// `internal`.
    pub fn json_request(
        &self,
        service: &str,
        target: &str,
        body: String,
        now: Timestamp,
    ) -> Result<http::Request<String>> {
        let S3Signer { region, credentials } = &self.signer;
        let url = self.endpoint.clone().unwrap_or_else(|| format!("https://{service}.{region}.amazonaws.com"));
        JsonRequest { url: &format!("{url}/"), service, target, body }.signed(region, credentials, now)
    }

    /// DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> Dynamo {
        self.dynamodb.get_or_init(|| Dynamo::new(aws_sdk_dynamodb::Client::new(&self.config))).clone()
    }

    /// S3.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(self.endpoint.is_some());
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
