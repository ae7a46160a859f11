//! The revocation of partners' tokens, before an account is erased.

use crate::deletion::Revocations;
use accounts::SealedToken;
use kernel::{BoxFuture, Result, Timestamp};
use std::{fmt, time::Duration};
use tokio::time::sleep;

/// Requests for one token. The erasure does not wait for a partner, so there are few.
const TRIES: u32 = 3;

/// The time between two requests for one token.
const PAUSE: Duration = Duration::from_secs(2);

/// Asks a partner to revoke a token that it gave us.
pub trait RevokeTokens: fmt::Debug + Send + Sync {
    /// Asks once. It may be repeated, also for a token that was revoked.
    ///
    /// # Errors
    /// `unavailable` if the partner does not answer; `internal` if the token cannot be opened, or the partner
    /// refuses us.
    fn request<'a>(&'a self, token: &'a SealedToken, now: Timestamp) -> BoxFuture<'a, Result<()>>;
}

/// Asks for the revocation of all tokens. A token for which nobody could be asked is counted as failed.
pub(super) async fn revoke_all(partners: &dyn RevokeTokens, tokens: &[SealedToken], now: Timestamp) -> Revocations {
    let mut revocations = Revocations::default();
    for token in tokens {
        match request(partners, token, now).await {
            Ok(()) => revocations.requested += 1,
            Err(error) => {
                tracing::warn!(provider = token.provider, error = error.why(), "a partner's token was not revoked");
                revocations.failed += 1;
            }
        }
    }
    revocations
}

async fn request(partners: &dyn RevokeTokens, token: &SealedToken, now: Timestamp) -> Result<()> {
    for _ in 1..TRIES {
        if partners.request(token, now).await.is_ok() {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
    partners.request(token, now).await
}
