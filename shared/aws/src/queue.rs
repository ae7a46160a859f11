//! Queues of SQS. Messages carry ids only.

use crate::failure::failed;
use kernel::{Error, Result};
use serde::Serialize;

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
        let body = serde_json::to_string(message).map_err(Error::internal)?;
        let sent = self.client.send_message().queue_url(&self.url).message_body(body).send().await;
        sent.map(drop).map_err(|error| failed("SendMessage", error))
    }
}
