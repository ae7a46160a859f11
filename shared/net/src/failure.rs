//! Failures of requests to partners.

use kernel::Error;
use std::time::Duration;

/// How long a client should wait when a partner does not answer.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The reason why a request to a partner has no usable answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RequestFailure {
    /// The request never reached the partner, so the partner did nothing.
    #[error("the partner could not be reached: {0}")]
    NotSent(String),
    /// The answer was lost. The partner may have acted on the request.
    #[error("the partner's answer was lost: {0}")]
    AnswerLost(String),
    /// We do not connect to this destination.
    #[error("the address is not allowed: {0}")]
    Forbidden(String),
    /// The answer is larger than the limit.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
}

impl From<RequestFailure> for Error {
    /// Every failure of a partner is transient: `unavailable`.
    fn from(failure: RequestFailure) -> Self {
        Self::unavailable(RETRY_AFTER, failure)
    }
}
