//! The steps that need several stores: receiving a message, replying to a case, and closing it.

use crate::{
    case::{Case, CaseStep},
    message::{CaseText, NewCase, RequestKey},
    number::CaseNumber,
    store::{CaseStore, RequestRow, RequestRowKey},
};
use accounts::{AccountStore, FreshCaller, Profile};
use aws::{Decision, transact};
use kernel::{Error, Ids, Note, Result, Timestamp};

/// Receives messages.
#[derive(Debug, Clone)]
pub struct Receive {
    /// The cases.
    pub cases: CaseStore,
    /// The accounts of people who are signed in.
    pub accounts: AccountStore,
}

impl Receive {
    /// Stores a case for a message, and answers the stored case when the message comes again within a
    /// day. Two requests: one read and one transaction.
    ///
    /// The same message is one with the same `key`, or without a key one with the same fields, of the
    /// same account. The case of a person who is signed in belongs to the account; the transaction
    /// checks that the account exists.
    ///
    /// Once the message is known to be a new case, and before anything is written, `allow` may still
    /// refuse. So neither a repetition nor a message that is not accepted uses up a limit.
    ///
    /// # Errors
    /// The errors of `allow`; `invalid` when no address is known for the answer;
    /// `idempotency_key_reused` when the key was used for another message; `unauthenticated` when the
    /// account was erased; `unavailable`.
    pub async fn receive(
        &self,
        message: &NewCase,
        key: Option<&RequestKey>,
        caller: Option<&FreshCaller>,
        ids: &Ids,
        now: Timestamp,
        allow: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<Case> {
        let account = caller.map(FreshCaller::account);
        let (row_key, mut allow) = (RequestRowKey::of(account, key, message), Some(allow));
        transact(self.cases.db(), ids, async || {
            let (profile, row) = self.load(caller, &row_key).await?;
            if let Some(row) = row
                && row.is_of(message, now)?
            {
                return Ok(Decision::Answer(self.cases.read(&row.number, now).await?));
            }
            if caller.is_some() && profile.is_none() {
                return Err(Error::Unauthenticated);
            }
            // An address that nobody has verified may be another person's.
            let verified = profile.as_ref().filter(|profile| profile.email_verified);
            let known = verified.and_then(|profile| profile.email.as_deref());
            let case = Case::opened(CaseNumber::fresh(ids), message, account, known, now)?;
            let mut changes = self.cases.open_changes(&case, message, &row_key, now)?;
            if let Some(account) = account {
                changes.push(self.accounts.require_exists_change(account)?);
            }
            // The next round of this message is not counted again.
            if let Some(allow) = allow.take() {
                allow().await?;
            }
            Ok(Decision::Commit(changes, case))
        })
        .await
    }

    /// The profile of the caller and the row of the message, in one request.
    async fn load(
        &self,
        caller: Option<&FreshCaller>,
        row: &RequestRowKey,
    ) -> Result<(Option<Profile>, Option<RequestRow>)> {
        let Some(caller) = caller else { return Ok((None, self.cases.table().get(&row.pk, &row.sk).await?)) };
        let account = caller.account().to_string();
        let (accounts, profile) = self.accounts.profile_key();
        let keys = [(accounts, account.as_str(), profile), (self.cases.table(), &*row.pk, &*row.sk)];
        let [profile, row] = self.cases.db().batch_get(keys).await?;
        Ok((profile.map(aws::read).transpose()?, row.map(aws::read).transpose()?))
    }
}

/// The result of [`CloseCase::close`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseClosed {
    /// The case.
    pub case: Case,
    /// The addresses that a granted objection removed from the sign-in log.
    pub removed_addresses: u64,
}

/// Replies to cases and closes them.
#[derive(Debug, Clone)]
pub struct CloseCase {
    /// The cases.
    pub cases: CaseStore,
    /// The accounts, for granted objections.
    pub accounts: AccountStore,
}

impl CloseCase {
    /// Adds a reply. The same reply again changes nothing.
    ///
    /// # Errors
    /// `not_found`; the errors of [`Case::reply`]; `unavailable`.
    pub async fn reply(
        &self,
        number: &CaseNumber,
        text: &CaseText,
        note: &Note,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Case> {
        self.change(number, ids, now, |case| case.reply(text, note, now)).await
    }

    /// Closes a case. A granted objection takes three steps. The grant is stored; it takes effect: the
    /// account's sign-in log keeps no addresses from then on, and the stored ones are removed; and the
    /// case closes, with the note of the grant. So nothing is removed without a stored decision. A run
    /// that ends half-way leaves the case on the list, and any operator's next run finishes it.
    ///
    /// # Errors
    /// `not_found`; the errors of [`Case::close`]; `unavailable`.
    pub async fn close(
        &self,
        number: &CaseNumber,
        granted: bool,
        note: &Note,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<CaseClosed> {
        if !granted {
            let case = self.change(number, ids, now, |case| case.close(false, note, now)).await?;
            return Ok(CaseClosed { case, removed_addresses: 0 });
        }
        let case = self.change(number, ids, now, |case| case.grant(note, now)).await?;
        let Some(account) = case.account.filter(|_| case.closing.is_none()) else {
            return Ok(CaseClosed { case, removed_addresses: 0 });
        };
        let removed_addresses = self.accounts.stop_keeping_addresses(account, now).await?;
        let by = case.grant.as_ref().map_or(note, |grant| &grant.note);
        let case = self.change(number, ids, now, |case| case.close(true, by, now)).await?;
        Ok(CaseClosed { case, removed_addresses })
    }

    async fn change(
        &self,
        number: &CaseNumber,
        ids: &Ids,
        now: Timestamp,
        decide: impl Fn(&Case) -> Result<CaseStep>,
    ) -> Result<Case> {
        transact(self.cases.db(), ids, async || {
            let seen = self.cases.read(number, now).await?;
            Ok(match decide(&seen)? {
                CaseStep::Unchanged => Decision::Answer(seen),
                CaseStep::Next(next) => Decision::Commit(self.cases.next_changes(&seen, &next)?, *next),
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests;
