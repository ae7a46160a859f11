//! What the queues carry: ids, and nothing else.

use kernel::{AccountId, GenerationId};
use providers::ProviderJob;
use serde::{Deserialize, Serialize};

/// Wakes `run-generation`: this generation may be waiting to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunMessage {
    /// Whose it is.
    pub account: AccountId,
    /// Which.
    pub generation: GenerationId,
}

/// Wakes `collect-media`: the provider may be done with this generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectMessage {
    /// Whose it is.
    pub account: AccountId,
    /// Which.
    pub generation: GenerationId,
    /// The provider's id of the job, as its webhook said; it may be faster than the
    /// answer that carries the same id.
    pub job: ProviderJob,
}

/// Wakes `make-thumbnails`: this generation was delivered and may have none yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThumbnailMessage {
    /// Whose it is.
    pub account: AccountId,
    /// Which.
    pub generation: GenerationId,
}
