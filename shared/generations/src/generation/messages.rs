//! The messages of the queues. They contain ids only.

use kernel::{AccountId, GenerationId};
use providers::ProviderJob;
use serde::{Deserialize, Serialize};

/// Wakes `run-generation`: this generation may wait for its submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunMessage {
    /// The account.
    pub account: AccountId,
    /// The generation.
    pub generation: GenerationId,
}

/// Wakes `collect-media`: the provider may be done with this generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectMessage {
    /// The account.
    pub account: AccountId,
    /// The generation.
    pub generation: GenerationId,
    /// The provider's id of the job, from the webhook. The webhook may arrive before the answer
    /// to the submission, which has the same id.
    pub job: ProviderJob,
}

/// Wakes `make-thumbnails`: this generation was delivered, and its thumbnails may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThumbnailMessage {
    /// The account.
    pub account: AccountId,
    /// The generation.
    pub generation: GenerationId,
}
