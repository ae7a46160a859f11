//! The closing of an account whose deletion was requested, by the person or by a partner; and the person's
//! request to take that back.

use crate::{
    deletion::{Deletion, DeletionCode, DeletionJob, DeletionStatus, Requester},
    store::{DeletionStore, SHARDS, reopened_change},
};
use accounts::{AccountStore, DeletionMark, FreshCaller};
use aws::{Change, Decision, transact};
use credits::{Balance, BalanceStatus, CreditStore};
use generations::RequestCancel;
use kernel::{
    AccountId, Error, Ids, Result, Timestamp, later,
    limits::{DELETION_DUE, DELETION_GRACE},
};
use std::time::Duration;

/// The time after which the schedule finishes the closing of an account. No request takes
/// longer.
const FOLLOW_UP: Duration = Duration::from_secs(15 * 60);

/// Closes accounts.
#[derive(Debug, Clone)]
pub struct CloseAccount {
    /// The deletions.
    pub deletions: DeletionStore,
    /// Deletion marks and sessions.
    pub accounts: AccountStore,
    /// The balance, whose status stops everything new.
    pub credits: CreditStore,
    /// Cancels the jobs under way.
    pub cancel: RequestCancel,
}

impl CloseAccount {
    /// The person's request. Closes the account in one transaction, then cancels its jobs and ends its sessions. A
    /// repeated request answers the same deletion and ends the caller's session.
    ///
    /// If a step after the transaction fails, the purge finishes the closing within the hour. Only the end of the
    /// sessions of a deletion that a partner requested is nobody else's work: if it fails, so does the request.
    ///
    /// # Errors
    /// `unauthenticated` if the account is already being erased, `unavailable`.
    pub async fn request(&self, caller: &FreshCaller, ids: &Ids, now: Timestamp) -> Result<Deletion> {
        let account = caller.account();
        let new = NewDeletion { code: DeletionCode::fresh(ids), shard: ids.below(SHARDS), partner: None };
        let deletion = transact(self.deletions.db(), ids, async || {
            let (balance, mark) = read(&self.credits, &self.accounts, account).await?;
            if let Some(mark) = mark {
                return known(&mark).map(Decision::Answer);
            }
            let balance = balance.ok_or(Error::Unauthenticated)?;
            let (changes, deletion) = self.closing(account, balance, &new, now)?;
            Ok(Decision::Commit(changes, deletion))
        })
        .await?;
        let followed = self.finish_closing(account, &deletion, ids, now).await;
        if deletion.requested_by != Requester::Person {
            // The caller's own session ends last: without it, nobody could repeat the request.
            self.accounts.end_other_sessions(caller.caller(), ids, now).await?;
        }
        if followed.is_err() || self.accounts.end_session(caller.caller()).await.is_err() {
            tracing::warn!("the closing of an account is not finished; the purge will finish it");
        }
        Ok(deletion)
    }

    /// The changes that close an account without a mark, and its deletion.
    ///
    /// # Errors
    /// `wrong_state` if the balance is closing already, `internal`.
    pub(super) fn closing(
        &self,
        account: AccountId,
        balance: Balance,
        new: &NewDeletion<'_>,
        now: Timestamp,
    ) -> Result<(Vec<Change>, Deletion)> {
        let mark = DeletionMark {
            code: new.code.to_string(),
            requested_by: new.partner.map(str::to_owned),
            requested_at: now,
            purge_at: later(now, DELETION_GRACE),
            due_at: later(now, DELETION_DUE),
            before: status_text(balance.status)?,
        };
        let deletion = known(&mark)?;
        let job = DeletionJob::new(deletion.clone(), account, new.shard, later(now, FOLLOW_UP));
        let mut changes = self.credits.close_changes(account, balance, now)?;
        changes.push(self.accounts.mark_change(account, &mark)?);
        changes.push(self.deletions.schedule_change(&job)?);
        Ok((changes, deletion))
    }

    /// Ends all activity of an account that is being deleted: cancels its open jobs and ends the
    /// sessions that began before the request. If a partner requested it, the sessions stay until the person asks too:
    /// the person may have no other way to take it back. The next step follows at the end of the grace period. Safe to
    /// repeat.
    pub(crate) async fn finish_closing(
        &self,
        account: AccountId,
        deletion: &Deletion,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<()> {
        // If the user took the deletion back in the meantime, new jobs may be under way.
        let closing = |balance: &Balance| balance.status == BalanceStatus::Closing;
        let Some(balance) = self.credits.read_balance(account).await?.filter(closing) else { return Ok(()) };
        for hold in &balance.holds {
            match self.cancel.request_cancel(account, hold.generation, None, ids, now).await {
                // A generation that is being collected is finished and gets delivered.
                Ok(_) | Err(Error::WrongState { .. } | Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        if deletion.requested_by == Requester::Person {
            self.accounts.end_sessions(account, deletion.requested_at).await?;
        }
        self.deletions.wait_until(&deletion.code, deletion.purge_at).await
    }
}

/// Takes deletion requests back.
#[derive(Debug, Clone)]
pub struct ReopenAccount {
    /// The deletions.
    pub deletions: DeletionStore,
    /// Deletion marks.
    pub accounts: AccountStore,
    /// The balance, whose status allows new jobs again.
    pub credits: CreditStore,
}

impl ReopenAccount {
    /// Takes the deletion back in one transaction. The account gets its former state; ended jobs
    /// and sessions stay ended.
    ///
    /// # Errors
    /// `wrong_state` if no deletion is under way or the erasure has begun, `unavailable`.
    pub async fn reopen(&self, caller: &FreshCaller, ids: &Ids, now: Timestamp) -> Result<()> {
        let account = caller.account();
        let mut tried = false;
        transact(self.deletions.db(), ids, async || {
            let (balance, mark) = read(&self.credits, &self.accounts, account).await?;
            let (balance, mark) = match (balance, mark) {
                (Some(balance), Some(mark)) => (balance, mark),
                // An earlier round succeeded and its answer was lost.
                _ if tried => return Ok(Decision::Answer(())),
                (_, None) => return Err(Error::WrongState { detail: "No deletion is under way." }),
                (None, Some(_)) => return Err(Error::WrongState { detail: "The erasure has begun." }),
            };
            tried = true;
            let mut changes = self.credits.reopen_changes(account, balance, status(&mark.before)?, now)?;
            changes.push(self.accounts.unmark_change(account, &mark)?);
            changes.push(reopened_change(&self.accounts, account, now)?);
            changes.push(self.deletions.cancel_change(&mark.code, mark.due_at)?);
            Ok(Decision::Commit(changes, ()))
        })
        .await
    }
}

async fn read(
    credits: &CreditStore,
    accounts: &AccountStore,
    account: AccountId,
) -> Result<(Option<Balance>, Option<DeletionMark>)> {
    let account = account.to_string();
    let ((credits, balance), (accounts, mark)) = (credits.balance_key(), accounts.deletion_mark_key());
    let found = accounts.db().batch_get([(credits, &account, balance), (accounts, &account, mark)]);
    let [balance, mark] = found.await?;
    Ok((balance.map(aws::read).transpose()?, mark.map(aws::read).transpose()?))
}

/// A deletion that is about to be requested. It is made before the first round of its transaction.
#[derive(Debug)]
pub(super) struct NewDeletion<'a> {
    pub(super) code: DeletionCode,
    /// The shard in the index of open deletions.
    pub(super) shard: u64,
    /// The partner that requests it. `None` for the person.
    pub(super) partner: Option<&'a str>,
}

/// The deletion that a mark names. It is under way, and its purge has not begun.
pub(super) fn known(mark: &DeletionMark) -> Result<Deletion> {
    Ok(Deletion {
        code: mark.code.parse()?,
        status: DeletionStatus::Scheduled,
        requested_by: mark.requested_by.as_deref().map_or(Ok(Requester::Person), Requester::partner)?,
        requested_at: mark.requested_at,
        purge_at: mark.purge_at,
        due_at: mark.due_at,
        purged_at: None,
        verified_at: None,
        receipt: None,
    })
}

/// The stored form of an account's status before it closes.
fn status_text(status: BalanceStatus) -> Result<String> {
    match status {
        BalanceStatus::Active | BalanceStatus::Frozen => Ok(status.to_string()),
        BalanceStatus::Closing => Err(Error::internal("an account that is closing without a mark")),
    }
}

fn status(text: &str) -> Result<BalanceStatus> {
    match text.parse() {
        Ok(status @ (BalanceStatus::Active | BalanceStatus::Frozen)) => Ok(status),
        _ => Err(Error::internal("a mark with a status that it cannot have")),
    }
}
