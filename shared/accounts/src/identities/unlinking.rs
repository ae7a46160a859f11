//! The removal of an identity from an account.

use crate::{
    fresh::RecentCaller,
    identities::{fields::Fields, last::is_last, linked::SealedToken, seen::Seen},
    items::{Identity, Subject},
    keys,
    store::AccountStore,
};
use aws::{Change, Condition, Decision, any, transact};
use kernel::{AccountId, Error, Ids, Result, Timestamp};
use std::fmt;

/// The outcome of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// The identity was removed.
    Removed(Unlinked),
    /// Nothing was removed, because the identity has this token of its partner. The caller asks the partner to revoke it,
    /// before the removal takes the only copy, and comes again.
    HasToken(SealedToken),
}

/// An identity that was unlinked.
#[derive(Clone, PartialEq, Eq)]
pub struct Unlinked {
    /// The person at the partner.
    pub identity: Subject,
    /// Whether the copy of the picture is not that of the profile any more: the caller wakes `copy-picture`.
    pub owes_picture: bool,
}

/// Without the subject, so that no log gets it.
impl fmt::Debug for Unlinked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unlinked")
    }
}

impl AccountStore {
    /// Unlinks the caller's identity of a partner, as [`Self::decide_unlink`] decides. Two requests; one if the identity
    /// has a token that is not `asked`. When the answer to its own transaction is lost, it still answers the identity.
    ///
    /// `beside` has the changes of other slices in the same transaction.
    ///
    /// # Errors
    /// The errors of [`Self::decide_unlink`] and of `beside`.
    pub async fn unlink(
        &self,
        caller: &RecentCaller,
        provider: &str,
        asked: Option<&SealedToken>,
        ids: &Ids,
        now: Timestamp,
        beside: impl Fn(&Subject) -> Result<Vec<Change>>,
    ) -> Result<Removal> {
        let (mut tried, mut is_gone): (Option<Unlinked>, bool) = (None, false);
        let removal = transact(self.db(), ids, async || match self.decide_unlink(caller, provider, asked).await {
            Ok(Decision::Commit(mut changes, Removal::Removed(unlinked))) => {
                changes.extend(beside(&unlinked.identity)?);
                tried = Some(unlinked.clone());
                Ok(Decision::Commit(changes, Removal::Removed(unlinked)))
            }
            Err(Error::NotFound) => {
                is_gone = tried.is_some();
                tried.clone().map(|unlinked| Decision::Answer(Removal::Removed(unlinked))).ok_or(Error::NotFound)
            }
            decided => decided,
        })
        .await?;
        if is_gone {
            // A partner's notice may have removed the identity before, and has ended the sessions of before it alone.
            match self.end_other_sessions(caller.caller(), ids, now).await {
                // It has ended the caller's session too.
                Err(Error::Unauthenticated) => self.end_sessions(caller.account(), now).await?,
                ended => ended?,
            }
        }
        Ok(removal)
    }

    /// Decides about the removal of the caller's identity of a partner, in one consistent request. The
    /// transaction removes the identity, its reverse key, and what came from it in the profile; another identity
    /// that has such a field gives it instead.
    ///
    /// It also ends every session of the account but the caller's: whoever came in by the identity goes out with it.
    /// A sign-in that is under way writes the same profile, so it is ended too, or finds the identity gone.
    ///
    /// Two removals at once write the same profile, so the second one decides again, and the last identity stays. If
    /// the first has ended the session of the second, the second removes nothing.
    ///
    /// `asked` is the token whose revocation the partner was asked for. An identity with another one stays: a sign-in has
    /// brought it meanwhile.
    ///
    /// # Errors
    /// `not_found` when the account has no identity of the partner; `last_identity` when it has no other;
    /// `unauthenticated` when the session has ended meanwhile, or the account was erased; `unavailable` when AWS does
    /// not answer.
    pub async fn decide_unlink(
        &self,
        caller: &RecentCaller,
        provider: &str,
        asked: Option<&SealedToken>,
    ) -> Result<Decision<Removal>> {
        let (account, by) = (caller.account(), caller.caller().session);
        let pk = account.to_string();
        let (seen, identity) = self.see_removable(caller, provider).await?;
        if let Some(token) = SealedToken::of(&identity).filter(|token| Some(token) != asked) {
            return Ok(Decision::Answer(Removal::HasToken(token)));
        }
        let (fields, _) = fields_without(&seen, provider);
        let owes_picture = fields.owe_picture(seen.profile.picture.as_ref());
        let unlinked = Unlinked { identity: Subject::of(&identity), owes_picture };
        let others = seen.sessions.iter().map(|session| session.session).filter(|session| *session != by);
        let mut changes = self.unlink_changes(account, &seen, &identity)?;
        changes.extend(self.removal_changes(&pk, others.collect()).await?);
        Ok(Decision::Commit(changes, Removal::Removed(unlinked)))
    }

    /// The account and its identity of a partner, if the caller may remove it.
    async fn see_removable(&self, caller: &RecentCaller, provider: &str) -> Result<(Seen, Identity)> {
        let seen = self.see(&caller.account().to_string()).await?.ok_or(Error::Unauthenticated)?;
        let identity = seen.identity(provider).cloned().ok_or(Error::NotFound)?;
        if is_last(&seen.identities) {
            return Err(Error::LastIdentity);
        }
        let by = caller.caller().session;
        if !seen.sessions.iter().any(|session| session.session == by && session.tokens.ended_at.is_none()) {
            return Err(Error::Unauthenticated);
        }
        Ok((seen, identity))
    }

    /// The changes that remove an identity, if nothing came after `seen`.
    pub(crate) fn unlink_changes(&self, account: AccountId, seen: &Seen, identity: &Identity) -> Result<Vec<Change>> {
        let pk = account.to_string();
        let (fields, left) = fields_without(seen, &identity.provider);
        let reverse = keys::reverse(&identity.provider, &identity.subject);
        let is_ours = any([Condition::Absent, Condition::text("account", pk.clone())]);
        Ok(vec![
            self.identities_write(&pk, seen, &fields, &left).into_change()?,
            self.table().delete(&pk, &keys::identity(&identity.provider)).when(Condition::Exists).into_change()?,
            self.table().delete(&reverse, keys::ACCOUNT).when(is_ours).into_change()?,
        ])
    }
}

/// The fields of the profile without those of a partner, and the identities that are left.
pub(crate) fn fields_without(seen: &Seen, provider: &str) -> (Fields, Vec<Identity>) {
    let left = seen.without(provider);
    let mut fields = Fields::with_sources(&seen.profile, &seen.identities);
    fields.withdraw(provider, &left);
    (fields, left)
}
