//! Decisions about the notices of partners.

use crate::{
    identities::{
        fields::Fields,
        last::is_last,
        notice::{NoticeEffect, NoticeOutcome, PartnerNotice},
        seen::Seen,
        unlinking::fields_without,
    },
    items::{Identity, Subject},
    keys,
    store::AccountStore,
};
use aws::{Change, Condition, Decision};
use kernel::{AccountId, Result};

impl AccountStore {
    /// Decides about a partner's verified notice, in one consistent request. The answer depends on the time of the
    /// notice, and not on the order in which notices come or on how often.
    ///
    /// - `EndSessions` ends every session of the account that began at its time or before, and drops the token of
    ///   the identity that was stored until then. A sign-in of that time that is still under way is refused.
    /// - `MailDisabled` and `MailEnabled` say whether the address of the identity takes mail.
    /// - `IdentityDeleted` unlinks the identity and ends the sessions of then. The last identity stays with its
    ///   sessions, because the deletion of the account is the caller's.
    ///
    /// A notice that is older than the link does nothing; a deletion also reaches a link and the sessions of the minute
    /// after it. One about an identity that the account does not have (any more), or about an erased account, does nothing
    /// either: `NotThere`.
    ///
    /// An account of before the limit of sessions may have more than fit in a transaction. The decision itself
    /// ends those that do not fit, one request for each.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; `internal` when a value cannot be serialised.
    pub async fn decide_notice(
        &self,
        account: AccountId,
        provider: &str,
        subject: &str,
        notice: PartnerNotice,
    ) -> Result<Decision<NoticeOutcome>> {
        let pk = account.to_string();
        let Some(seen) = self.see(&pk).await? else { return Ok(Decision::Answer(NoticeOutcome::NotThere)) };
        let Some(identity) = seen.identity(provider).filter(|identity| identity.subject == subject) else {
            return Ok(Decision::Answer(NoticeOutcome::NotThere));
        };
        let ending = notice.ends(&seen.sessions);
        let (mut changes, outcome) = match notice.effect(identity, is_last(&seen.identities)) {
            NoticeEffect::Nothing => return Ok(Decision::Answer(NoticeOutcome::Unchanged)),
            NoticeEffect::IsLast => return Ok(Decision::Answer(NoticeOutcome::LastIdentity)),
            NoticeEffect::Becomes(next) if *next == *identity && ending.is_empty() => {
                return Ok(Decision::Answer(NoticeOutcome::Unchanged));
            }
            NoticeEffect::Becomes(next) => (self.notice_changes(&pk, &seen, &next)?, NoticeOutcome::Done),
            NoticeEffect::Goes => {
                let (fields, _) = fields_without(&seen, provider);
                let owes_picture = fields.owe_picture(seen.profile.picture.as_ref());
                let outcome = NoticeOutcome::Removed { identity: Subject::of(identity), owes_picture };
                (self.unlink_changes(account, &seen, identity)?, outcome)
            }
        };
        changes.extend(self.removal_changes(&pk, ending).await?);
        Ok(Decision::Commit(changes, outcome))
    }

    /// The changes that store an identity after a notice, if nothing came after `seen`.
    fn notice_changes(&self, pk: &str, seen: &Seen, next: &Identity) -> Result<Vec<Change>> {
        let fields = Fields::stored(&seen.profile);
        let item = self.table().put(pk, &keys::identity(&next.provider), next).when(Condition::Exists);
        Ok(vec![self.identities_write(pk, seen, &fields, &seen.with(next)).into_change()?, item.into_change()?])
    }
}
