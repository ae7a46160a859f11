//! The message that a picture may have to be copied or removed.

use aws::Queue;
use kernel::AccountId;
use serde::{Deserialize, Serialize};

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
}
