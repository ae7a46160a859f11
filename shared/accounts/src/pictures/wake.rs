//! The message that a picture may have to be copied or removed.

use aws::Queue;
use kernel::{AccountId, Result};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The time after which a transaction that was about to begin has ended. No function that sends a message before its
/// transaction takes longer.
const AFTER_TRANSACTION: Duration = Duration::from_secs(30);

/// Wakes `copy-picture`: the copy of this account's picture may not be that of the profile. The function reads the
/// address from the profile, because messages have only ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureMessage {
    /// The account.
    pub account: AccountId,
}

/// The queue of `copy-picture`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PictureQueue(Queue);

impl PictureQueue {
    /// Sends to `queue`.
    #[must_use]
    pub fn new(queue: Queue) -> Self {
        Self(queue)
    }

    /// Wakes `copy-picture` for an account, in one request. If that fails, nobody is told: the profile still says that
    /// the work is owed, and the next sign-in of the account sends the message again.
    pub async fn wake(&self, account: AccountId) {
        if let Err(error) = self.0.send(&PictureMessage { account }).await {
            tracing::warn!(error = error.why(), "a picture is not queued; the next sign-in will do it");
        }
    }

    /// Wakes `copy-picture` for an account in 30 seconds, in one request. It is called before the transaction after
    /// which the work is owed, so a run that dies in between loses no work. One message too many does nothing.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn wake_later(&self, account: AccountId) -> Result<()> {
        self.0.send_later(&PictureMessage { account }, AFTER_TRANSACTION).await
    }
}
