//! The person's part: asking for the deletion, and taking it back.

use crate::{
    code::DeletionCode,
    deletion::{Deletion, DeletionStatus, Work},
    store::{DeletionStore, SHARDS},
};
use accounts::{AccountStore, DeletionMark, FreshCaller};
use aws::{Decision, transact};
use credits::{Balance, BalanceStatus, CreditStore};
use generations::CallOff;
use kernel::{
    AccountId, Error, Ids, Result, Timestamp,
    limits::{DELETION_DUE, DELETION_GRACE},
};
use std::time::Duration;

/// When the schedule looks whether a request was followed through. Nobody works on a
/// request for longer.
const FOLLOW_UP: Duration = Duration::from_secs(15 * 60);

/// Closes accounts.
#[derive(Debug, Clone)]
pub struct Close {
    /// Deletions.
    pub receipts: DeletionStore,
    /// Marks and sessions.
    pub accounts: AccountStore,
    /// What stops everything new.
    pub credits: CreditStore,
    /// What ends the jobs under way.
    pub call_off: CallOff,
}

impl Close {
    /// Closes the account in one transaction, then follows through: jobs are called off,
    /// sessions end. Asking again answers the same deletion and ends the caller's session.
    ///
    /// What could not be followed through is done within the hour by the purge.
    ///
    /// # Errors
    /// `unauthenticated` when the account is being erased already, `unavailable`.
    pub async fn request(&self, caller: &FreshCaller, ids: &Ids, now: Timestamp) -> Result<Deletion> {
        let account = caller.account();
        let (code, shard) = (DeletionCode::fresh(ids), ids.below(SHARDS));
        let deletion = transact(self.receipts.db(), ids, async || {
            let (balance, mark) = read(&self.credits, &self.accounts, account).await?;
            if let Some(mark) = mark {
                return mark.code.parse().map(|code| Decision::Answer(deletion(code, &mark)));
            }
            let balance = balance.ok_or(Error::Unauthenticated)?;
            let mark = DeletionMark {
                code: code.to_string(),
                requested_at: now,
                purge_at: later(now, DELETION_GRACE),
                due_at: later(now, DELETION_DUE),
                before: word(balance.status)?.to_owned(),
            };
            let deletion = deletion(code.clone(), &mark);
            let work = Work::new(deletion.clone(), account, shard, later(now, FOLLOW_UP));
            let mut changes = self.credits.close(account, balance, now)?;
            changes.push(self.accounts.mark(account, &mark)?);
            changes.push(self.receipts.schedule(&work)?);
            Ok(Decision::Commit(changes, deletion))
        })
        .await?;
        let followed = self.follow_through(account, &deletion, ids, now).await;
        if followed.is_err() || self.accounts.end_session(caller.caller()).await.is_err() {
            tracing::warn!("a deletion was taken and not followed through; the purge will do it");
        }
        Ok(deletion)
    }

    /// Sees that nothing goes on in an account that is being deleted: its open jobs are
    /// called off, and the sessions that began until the request end. Then there is nothing
    /// to do until the grace period ends. May be repeated.
    pub(crate) async fn follow_through(
        &self,
        account: AccountId,
        deletion: &Deletion,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<()> {
        // Whoever took the deletion back meanwhile may have begun something new.
        let closing = |balance: &Balance| balance.status == BalanceStatus::Closing;
        let Some(balance) = self.credits.balance(account).await?.filter(closing) else { return Ok(()) };
        for hold in &balance.holds {
            match self.call_off.call_off(account, hold.generation, ids, now).await {
                // What is being collected was made, and is delivered.
                Ok(_) | Err(Error::WrongState { .. } | Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        self.accounts.end_sessions(account, deletion.requested_at).await?;
        self.receipts.wait(&deletion.code, deletion.purge_at).await
    }
}

/// Takes deletions back.
#[derive(Debug, Clone)]
pub struct Reopen {
    /// Deletions.
    pub receipts: DeletionStore,
    /// Marks.
    pub accounts: AccountStore,
    /// What may start something new again.
    pub credits: CreditStore,
}

impl Reopen {
    /// Takes the deletion back in one transaction: the account is what it was before, but
    /// for jobs and sessions, which have ended.
    ///
    /// # Errors
    /// `wrong_state` when no deletion is under way or the erasure has begun, `unavailable`.
    pub async fn reopen(&self, caller: &FreshCaller, ids: &Ids, now: Timestamp) -> Result<()> {
        let account = caller.account();
        let mut tried = false;
        transact(self.receipts.db(), ids, async || {
            let (balance, mark) = read(&self.credits, &self.accounts, account).await?;
            let (balance, mark) = match (balance, mark) {
                (Some(balance), Some(mark)) => (balance, mark),
                // Ours, in a round whose answer was lost.
                _ if tried => return Ok(Decision::Answer(())),
                (_, None) => return Err(Error::WrongState { detail: "No deletion is under way." }),
                (None, Some(_)) => return Err(Error::WrongState { detail: "The erasure has begun." }),
            };
            tried = true;
            let mut changes = self.credits.reopen(account, balance, status(&mark.before)?, now)?;
            changes.push(self.accounts.unmark(account, &mark)?);
            changes.push(self.receipts.cancel(&mark.code, mark.due_at)?);
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
    let ((credits, balance), (accounts, mark)) = (credits.balance_in(), accounts.deletion_in());
    let found = accounts.db().batch_get([(credits, &account, balance), (accounts, &account, mark)]);
    let [balance, mark] = found.await?;
    Ok((balance.map(aws::read).transpose()?, mark.map(aws::read).transpose()?))
}

fn deletion(code: DeletionCode, mark: &DeletionMark) -> Deletion {
    Deletion {
        code,
        status: DeletionStatus::Scheduled,
        requested_at: mark.requested_at,
        purge_at: mark.purge_at,
        due_at: mark.due_at,
        purged_at: None,
        verified_at: None,
        receipt: None,
    }
}

/// What an account is before it closes, as its mark remembers it.
fn word(status: BalanceStatus) -> Result<&'static str> {
    match status {
        BalanceStatus::Active => Ok("active"),
        BalanceStatus::Frozen => Ok("frozen"),
        BalanceStatus::Closing => Err(Error::internal("an account that is closing without a mark")),
    }
}

fn status(word: &str) -> Result<BalanceStatus> {
    match word {
        "active" => Ok(BalanceStatus::Active),
        "frozen" => Ok(BalanceStatus::Frozen),
        _ => Err(Error::internal("a mark with a status that it cannot have")),
    }
}

fn later(time: Timestamp, wait: Duration) -> Timestamp {
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
