//! The identities of an account, as its person sees them, and the partners' tokens.

use crate::{items::Identity, keys, store::AccountStore};
use kernel::{AccountId, Result, Timestamp};
use serde::Deserialize;
use std::fmt;

/// An identity that leads to the account. It parses from the item of an identity, at
/// [`keys::identity`](crate::keys::identity).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Identity")]
pub struct LinkedIdentity {
    /// The partner's name in keys, such as `google`.
    pub provider: String,
    /// The mail address that the partner gave. `None` if it gave none.
    pub email: Option<String>,
    /// Whether the address is a relay of the partner.
    pub is_private_email: bool,
    /// Whether the partner said last that the address takes no mail.
    pub mail_disabled: bool,
    /// When the identity was linked: by the first sign-in of the account, or later.
    pub linked_at: Timestamp,
}

impl From<Identity> for LinkedIdentity {
    fn from(identity: Identity) -> Self {
        let mail_disabled = identity.has_mail_disabled();
        let Identity { provider, email, is_private_email, linked_at, .. } = identity;
        Self { provider, email, is_private_email, mail_disabled, linked_at }
    }
}

/// Without the address, so that no log gets it.
impl fmt::Debug for LinkedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkedIdentity").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// A partner's refresh token, sealed as the caller of the sign-in sealed it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedToken {
    /// The partner's name in keys.
    pub provider: String,
    /// The person's id at the partner.
    pub subject: String,
    /// The sealed token.
    pub sealed: String,
}

impl SealedToken {
    /// The token of an identity. `None` if its partner gave none.
    pub(crate) fn of(identity: &Identity) -> Option<Self> {
        let Identity { provider, subject, token, .. } = identity;
        token.clone().map(|sealed| Self { provider: provider.clone(), subject: subject.clone(), sealed })
    }
}

/// Without subject and token, so that no log gets them.
impl fmt::Debug for SealedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedToken").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl AccountStore {
    /// Lists the identities that lead to the account, by the name of their partner, in one consistent request.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn list_identities(&self, account: AccountId) -> Result<Vec<LinkedIdentity>> {
        self.table().query(&account.to_string()).prefix(keys::IDENTITY).all().await
    }

    /// Lists the partners' tokens of the account, in one consistent request. A purge reads them before it erases
    /// the account, and asks the partners to revoke them.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn revocable_tokens(&self, account: AccountId) -> Result<Vec<SealedToken>> {
        let identities: Vec<Identity> = self.table().query(&account.to_string()).prefix(keys::IDENTITY).all().await?;
        Ok(identities.iter().filter_map(SealedToken::of).collect())
    }
}
