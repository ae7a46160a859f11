//! The write of a choice or a notice.

use crate::{
    consents::{
        choice::{ADVERTISING, Consent},
        notice::Notice,
    },
    fresh::FreshCaller,
    items::Profile,
    keys,
    store::{AccountStore, as_seen},
};
use aws::{Condition, Decision, Item, Write, all, transact};
use kernel::{Caller, Error, Ids, Result, Timestamp};

/// The attribute of a profile with the last choices.
const CONSENTS: &str = "consents";

/// The attribute of a profile with the newest notices.
const NOTICES: &str = "notices";

/// A choice or a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A choice about advertising.
    Consent(Consent),
    /// A notice about a changed document.
    Notice(Notice),
}

impl Record {
    /// The sort key of the row.
    fn key(&self) -> String {
        match self {
            Self::Consent(consent) => keys::consent(consent.chosen_at(), ADVERTISING, consent.choice().as_str()),
            Self::Notice(notice) => keys::acceptance(notice.document.as_str(), notice.version),
        }
    }

    /// Whether it takes back a consent that holds. Each such record needs a consent before it.
    fn takes_back(&self, profile: &Profile) -> bool {
        matches!(self, Self::Consent(consent) if profile.consents.are_withdrawn_by(consent))
    }
}

impl AccountStore {
    /// Adds the row of a choice or a notice, and makes it the last one of the profile unless a later one is known. Two
    /// requests; one if the row exists, because a row is written once and never changed.
    ///
    /// The session must be alive, and the profile must exist, so no row is added to an account that was erased. An
    /// account that is frozen or closing can record too: a person may withdraw at any time (GDPR, article 7).
    ///
    /// Before a new row is added, `allow` may refuse. It is not asked about the withdrawal of a consent that holds, so
    /// no limit stops one. There are at most as many of these as consents.
    ///
    /// May be repeated. Of two choices at once the later one becomes the last, whatever the order of the requests.
    ///
    /// # Errors
    /// The errors of `allow`; `unauthenticated` when the session has ended or the account was erased; `unavailable`
    /// when AWS does not answer.
    pub async fn record(
        &self,
        caller: &Caller,
        record: &Record,
        ids: &Ids,
        now: Timestamp,
        allow: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<()> {
        let (pk, sk) = (caller.account.to_string(), record.key());
        let (table, session) = self.session_key(caller);
        let mut allow = Some(allow);
        transact(self.db(), ids, async || {
            let keys = [(table, pk.as_str(), session.as_str()), (table, &pk, keys::PROFILE), (table, &pk, &sk)];
            let [session, profile, row] = self.db().batch_get(keys).await?;
            FreshCaller::from_session(caller, session, now)?;
            let seen = profile.ok_or(Error::Unauthenticated)?;
            if row.is_some() {
                return Ok(Decision::Answer(()));
            }
            let profile: Profile = aws::read(seen.clone())?;
            if !record.takes_back(&profile)
                && let Some(allow) = allow.take()
            {
                allow().await?;
            }
            let row = self.row_write(&pk, &sk, record).when(Condition::Absent);
            let profile = self.last_write(&pk, record, &profile, &seen);
            Ok(Decision::Commit(vec![row.into_change()?, profile.into_change()?], ()))
        })
        .await
    }

    fn row_write(&self, pk: &str, sk: &str, record: &Record) -> Write {
        match record {
            Record::Consent(consent) => self.table().put(pk, sk, consent),
            Record::Notice(notice) => self.table().put(pk, sk, notice),
        }
    }

    /// The write of the profile that has the record as the last one, or the check that the profile exists.
    fn last_write(&self, pk: &str, record: &Record, profile: &Profile, seen: &Item) -> Write {
        let update = |name| {
            let is_unchanged = all([Condition::Exists, as_seen(name, seen.get(name).cloned())]);
            self.table().update(pk, keys::PROFILE).when(is_unchanged)
        };
        let write = match record {
            Record::Consent(consent) => {
                profile.consents.after(consent).map(|next| update(CONSENTS).set(CONSENTS, next))
            }
            Record::Notice(notice) => profile.notices.after(notice).map(|next| update(NOTICES).set(NOTICES, next)),
        };
        write.unwrap_or_else(|| self.table().check(pk, keys::PROFILE, Condition::Exists))
    }
}
