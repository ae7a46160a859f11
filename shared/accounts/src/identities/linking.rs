//! Links of another identity to an account.

use crate::{
    identities::fields::Fields,
    items::{Identity, Reverse},
    keys,
    sign_in::Person,
    store::AccountStore,
};
use aws::{Condition, ConditionFailure, Decision, Item, all};
use kernel::{AccountId, Error, Result, SessionId, Timestamp};

impl AccountStore {
    /// Decides about the link of a person's identity to the account, which the session `by` asks for. One
    /// consistent request. The transaction has these conditions: the account exists, the session is alive, and the
    /// identity leads nowhere yet. It adds the identity and its reverse key, and gives the profile what it
    /// lacks.
    ///
    /// An identity that leads to the account already gets what the partner sent. So a link may be repeated.
    ///
    /// An identity that leads to another account is never moved, and accounts are never merged: the mail address
    /// plays no part.
    ///
    /// When the purge of a deletion is about to begin, nothing is linked any more: it asks the partners once to revoke
    /// their tokens, and would miss that of a later identity.
    ///
    /// # Errors
    /// `unauthenticated` when the session has ended or expired, or the account is being erased; `provider_linked` when
    /// the account has another identity of the partner; in the transaction `identity_taken` when the identity
    /// leads to another account; `internal` when the partner's issuer has changed; `unavailable` when AWS does not
    /// answer.
    pub async fn decide_link(
        &self,
        account: AccountId,
        by: SessionId,
        person: &Person,
        now: Timestamp,
    ) -> Result<Decision<()>> {
        let pk = account.to_string();
        let seen = self.see(&pk).await?.ok_or(Error::Unauthenticated)?;
        if !seen.sessions.iter().any(|session| session.session == by && session.tokens.is_alive(now)) {
            return Err(Error::Unauthenticated);
        }
        if seen.deletion.as_ref().is_some_and(|mark| mark.is_near(now)) {
            return Err(Error::Unauthenticated);
        }
        let known = seen.identity(person.provider);
        if let Some(known) = known
            && !known.is_of(person)?
        {
            return Err(Error::ProviderLinked);
        }
        let identity = known.map_or_else(|| Identity::of(person, now), |known| known.refreshed(person, now));
        if known == Some(&identity) {
            return Ok(Decision::Answer(()));
        }
        // The sources of older fields are found by the identities of before the link.
        let mut fields = Fields::with_sources(&seen.profile, &seen.identities);
        fields.renew(&identity, &seen.without(person.provider));
        let is_alive = all([Condition::Exists, Condition::Missing("ended_at")]);
        let as_known = if known.is_some() { Condition::Exists } else { Condition::Absent };
        let item = self.table().put(&pk, &keys::identity(person.provider), &identity).when(as_known);
        let mut changes = vec![
            self.identities_write(&pk, &seen, &fields, &seen.with(&identity)).into_change()?,
            self.table().check(&pk, &keys::session(by), is_alive).into_change()?,
            item.into_change()?,
        ];
        if known.is_none() {
            let reverse = keys::reverse(person.provider, &person.subject);
            let reverse = self.table().put(&reverse, keys::ACCOUNT, &Reverse { account }).when(Condition::Absent);
            changes.push(reverse.into_explained_change(move |stored| taken(stored, account))?);
        }
        Ok(Decision::Commit(changes, ()))
    }
}

/// The meaning of a reverse key that exists. One that leads to this account was written meanwhile, perhaps by an
/// earlier round whose answer was lost.
fn taken(stored: Option<Item>, account: AccountId) -> ConditionFailure {
    match stored.map(aws::read::<Reverse>) {
        Some(Ok(reverse)) if reverse.account != account => ConditionFailure::Refused(Error::IdentityTaken),
        Some(Err(error)) => ConditionFailure::Refused(error),
        _ => ConditionFailure::Stale,
    }
}
