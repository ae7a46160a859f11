//! Queues of SQS. Messages carry ids only.

use crate::failure::failed;
use kernel::{Error, Result};
use serde::Serialize;
use std::time::Duration;

/// One queue, for sending. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Queue {
    /// The queue at `url`.
    #[must_use]
    pub fn new(client: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Sends one message, in one request. May be repeated, because every receiver acts under a
    /// condition.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn send(&self, message: &impl Serialize) -> Result<()> {
        self.send_later(message, Duration::ZERO).await
    }

    /// Sends one message that nobody receives before `delay` has passed, in one request. SQS counts whole seconds, and
    /// at most 15 minutes. May be repeated.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; `internal` when the delay is too long.
    pub async fn send_later(&self, message: &impl Serialize, delay: Duration) -> Result<()> {
        let body = serde_json::to_string(message).map_err(Error::internal)?;
        let seconds = i32::try_from(delay.as_secs()).map_err(Error::internal)?;
        let request = self.client.send_message().queue_url(&self.url).message_body(body);
        let request = request.set_delay_seconds((seconds > 0).then_some(seconds));
        request.send().await.map(drop).map_err(|error| failed("SendMessage", error))
    }
}
