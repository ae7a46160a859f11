//! The partners of sign-in, as the purge asks them.

use accounts::SealedToken;
use identity::PartnerTokens;
use kernel::{BoxFuture, Result, Timestamp};
use privacy::RevokeTokens;

/// Asks the partners to revoke the tokens that they gave us.
#[derive(Debug)]
pub(crate) struct Partners(pub(crate) PartnerTokens);

impl RevokeTokens for Partners {
    fn request<'a>(&'a self, token: &'a SealedToken, now: Timestamp) -> BoxFuture<'a, Result<()>> {
        let SealedToken { provider, subject, sealed } = token;
        Box::pin(async move { self.0.revoke(provider.parse()?, subject, sealed, now).await })
    }
}
