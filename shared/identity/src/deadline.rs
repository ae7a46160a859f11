//! The deadlines of work that waits for partners.

use kernel::{Error, Result};
use std::time::Duration;
use tokio::time::timeout;

/// Longest time of an exchange: all requests to the partner, and the use of the attempt. Real ones take about a
/// second. With a longer time, a dead connection in what follows would outlast the function, which the gateway ends
/// after 30 seconds.
pub const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(18);

/// Longest time of a message. The function has ten seconds; a longer time would leave none to answer, and the partner
/// would not learn that it must send the message again.
pub const NOTICE_TIMEOUT: Duration = Duration::from_secs(8);

/// Longest time of a request for a revocation. A removal of an identity makes two at most, before it removes anything. If
/// it dies of the second one, the identity is still there.
pub const REVOCATION_TIMEOUT: Duration = Duration::from_secs(9);

/// How long a client should wait after the time ran out.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The result of `work`, if it comes within `limit`.
///
/// # Errors
/// `unavailable` if it does not; `work` is dropped then, and a request of it may still have an effect.
pub async fn in_time<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    let ended = timeout(limit, work).await;
    ended.unwrap_or_else(|_| Err(Error::unavailable(RETRY_AFTER, "the time for the partner's answer ran out")))
}
