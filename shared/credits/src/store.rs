//! The store: balances and their entries in DynamoDB.

use crate::{
    balance::{Balance, NewHold, adjustment::Adjustment, rules::LotClawback},
    entry::{ClawbackCause, Entry},
    keys,
    lot::Lot,
    terms::BalanceStatus,
    unpaid::UnpaidEnd,
};
use aws::{Change, Condition, ConditionFailure, Cursor, Page, Table};
use kernel::{AccountId, Credits, Error, GenerationId, Note, Result, Timestamp};

/// A sort key after those of all entries.
pub(crate) const AFTER_ENTRIES: &str = "entry#~";

/// The balances and entries in the table `Credits`. Cheap to clone.
///
/// The methods whose names end in `_changes` write nothing. Each takes the balance that the caller
/// has read, applies a rule to it, and returns the [`Change`]s for the caller's transaction: the new
/// balance and its new entries. The changes are conditional on the version of the balance that was
/// read (optimistic locking), so no two transactions change the same state.
#[derive(Debug, Clone)]
pub struct CreditStore {
    table: Table,
}

impl CreditStore {
    /// A store in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The table and the sort key of balances, for a batch read.
    #[must_use]
    pub fn balance_key(&self) -> (&Table, &'static str) {
        (&self.table, keys::BALANCE)
    }

    /// Reads the balance in one consistent request. `None` when the account does not exist.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn read_balance(&self, account: AccountId) -> Result<Option<Balance>> {
        self.table.get(&account.to_string(), keys::BALANCE).await
    }

    /// Opens a balance with a welcome lot, which may wait ([`Lot::waiting_welcome`]). Stale where the
    /// account has a balance.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn welcome_changes(&self, account: AccountId, lot: Lot, now: Timestamp) -> Result<Vec<Change>> {
        self.first_changes(account, Balance::opened_with(lot, now)?)
    }

    /// Opens a balance without a welcome lot, for a person who had one before. Stale where the
    /// account has a balance.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn open_changes(&self, account: AccountId, now: Timestamp) -> Result<Vec<Change>> {
        self.first_changes(account, Balance::opened(now)?)
    }

    /// Closes a balance, because the account is being deleted.
    ///
    /// # Errors
    /// `wrong_state` when it is closing already; `internal` when a value cannot be serialised.
    pub fn close_changes(&self, account: AccountId, mut balance: Balance, now: Timestamp) -> Result<Vec<Change>> {
        let closed = balance.close(now)?;
        let entries = closed.ok_or(Error::WrongState { detail: "The account is being deleted already." })?;
        self.next_changes(account, &balance, &entries)
    }

    /// Reopens a closing balance with the status that it had before.
    ///
    /// # Errors
    /// `wrong_state` when it is not closing; `internal` when a value cannot be serialised.
    pub fn reopen_changes(
        &self,
        account: AccountId,
        mut balance: Balance,
        before: BalanceStatus,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let reopened = balance.reopen(before, now)?;
        let entries = reopened.ok_or(Error::WrongState { detail: "The account is not closing." })?;
        self.next_changes(account, &balance, &entries)
    }

    /// Checks that the account exists and is active, and writes nothing. For a transaction that
    /// starts something without changing the balance. Stale where the account is not active.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn require_active_change(&self, account: AccountId) -> Result<Change> {
        let active = Condition::text("status", BalanceStatus::Active.to_string());
        self.table.check(&account.to_string(), keys::BALANCE, active).into_change()
    }

    /// Adds a lot to a balance. The caller's transaction must contain a row that makes a second
    /// grant of the same lot fail.
    ///
    /// # Errors
    /// The errors of [`Balance::grant`].
    pub fn grant_changes(
        &self,
        account: AccountId,
        mut balance: Balance,
        lot: Lot,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let entries = balance.grant(lot, now)?;
        self.next_changes(account, &balance, &entries)
    }

    /// Takes back the credits that payments bought. The caller's transaction must contain a row that
    /// counts the clawed-back credits of each payment: without it, a repetition claws back twice.
    ///
    /// # Errors
    /// The errors of [`Balance::claw_back`].
    pub fn claw_back_changes(
        &self,
        account: AccountId,
        mut balance: Balance,
        cause: ClawbackCause,
        clawbacks: &[LotClawback],
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let entries = balance.claw_back(cause, clawbacks, now)?;
        self.next_changes(account, &balance, &entries)
    }

    /// Makes an adjustment.
    ///
    /// # Errors
    /// The errors of [`Balance::adjust`].
    pub fn adjust_changes(
        &self,
        account: AccountId,
        mut balance: Balance,
        adjustment: Adjustment,
        note: Note,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let entries = balance.adjust(adjustment, note, now)?;
        self.next_changes(account, &balance, &entries)
    }

    /// Reserves credits for a generation.
    ///
    /// # Errors
    /// The errors of [`Balance::hold`].
    pub fn hold_changes(
        &self,
        account: AccountId,
        mut balance: Balance,
        hold: NewHold,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let NewHold { generation, amount, provider_cost, deadline } = hold;
        let entries = balance.hold(generation, amount, provider_cost, deadline, now)?;
        self.next_changes(account, &balance, &entries)
    }

    /// Ends the hold of a generation at a cost, which counts as use of the model. `None` when the
    /// generation has no hold.
    ///
    /// # Errors
    /// `internal` when the cost is above the hold.
    pub fn settle_changes(
        &self,
        account: AccountId,
        mut balance: Balance,
        generation: GenerationId,
        model: &str,
        cost: Credits,
        now: Timestamp,
    ) -> Result<Option<Vec<Change>>> {
        let entries = balance.settle(generation, model, cost, now)?;
        entries.map(|entries| self.next_changes(account, &balance, &entries)).transpose()
    }

    /// Ends the hold of a generation without a cost. `unpaid` is the reason where the provider had
    /// the job. `None` when the generation has no hold.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn release_changes(
        &self,
        account: AccountId,
        mut balance: Balance,
        generation: GenerationId,
        unpaid: Option<UnpaidEnd>,
        now: Timestamp,
    ) -> Result<Option<Vec<Change>>> {
        let entries = balance.release(generation, unpaid, now)?;
        entries.map(|entries| self.next_changes(account, &balance, &entries)).transpose()
    }

    /// Ends the hold of a generation that was canceled while the provider had its job, and answers
    /// the cost: see [`Balance::cancel`]. `None` when the generation has no hold.
    ///
    /// # Errors
    /// `internal` when a value cannot be serialised.
    pub fn cancel_changes(
        &self,
        account: AccountId,
        mut balance: Balance,
        generation: GenerationId,
        model: &str,
        now: Timestamp,
    ) -> Result<Option<(Credits, Vec<Change>)>> {
        let Some((cost, entries)) = balance.cancel(generation, model, now)? else { return Ok(None) };
        Ok(Some((cost, self.next_changes(account, &balance, &entries)?)))
    }

    /// Reads the balance and a page of the statement, newest entries first. The first page takes one
    /// request, a page after a `cursor` two. `None` when the account does not exist.
    ///
    /// # Errors
    /// `invalid` when the cursor belongs to another list; `unavailable` when AWS does not answer.
    pub async fn read_statement(
        &self,
        account: AccountId,
        limit: u32,
        cursor: Option<&Cursor>,
    ) -> Result<Option<(Balance, Page<Entry>)>> {
        let account = account.to_string();
        if cursor.is_some() {
            let entries = self.table.query(&account).between(keys::ENTRY, AFTER_ENTRIES).after(cursor).limit(limit);
            let entries = entries.page().await?;
            return Ok(self.table.get(&account, keys::BALANCE).await?.map(|balance| (balance, entries)));
        }
        let both = self.table.query(&account).between(keys::BALANCE, AFTER_ENTRIES).limit(limit + 1);
        let page = both.items().await?;
        let mut items = page.items.into_iter();
        let Some(balance) = items.next() else { return Ok(None) };
        let entries = items.map(aws::read).collect::<Result<_>>()?;
        Ok(Some((aws::read(balance)?, Page { items: entries, next: page.next })))
    }

    /// Reads the balance, then every entry up to its version, oldest first. The result is consistent
    /// although it takes several requests: entries never change, and entries that were added after
    /// the balance was read are left out. `None` when the account does not exist.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn read_ledger(&self, account: AccountId) -> Result<Option<(Balance, Vec<Entry>)>> {
        let Some(balance) = self.read_balance(account).await? else { return Ok(None) };
        let entries = self.table.query(&account.to_string()).prefix(keys::ENTRY).descending();
        let mut entries: Vec<Entry> = entries.all().await?;
        entries.retain(|entry| entry.version <= balance.version);
        Ok(Some((balance, entries)))
    }

    /// The changes that write the first version of a balance.
    fn first_changes(&self, account: AccountId, (balance, entry): (Balance, Entry)) -> Result<Vec<Change>> {
        let put = self.table.put(&account.to_string(), keys::BALANCE, &balance);
        Ok(vec![put.when(Condition::Absent).into_change()?, self.entry_change(account, &entry)?])
    }

    /// The changes that write the next version of a balance and the entries that lead to it.
    pub(crate) fn next_changes(&self, account: AccountId, balance: &Balance, entries: &[Entry]) -> Result<Vec<Change>> {
        let first = entries.first().ok_or_else(|| Error::internal("a change without an entry"))?;
        let seen = Condition::number("version", first.version - 1);
        let change = self.table.put(&account.to_string(), keys::BALANCE, balance).when(seen);
        // An account that was erased meanwhile has no balance, and no write may bring it back.
        let change = change.into_explained_change(|stored| match stored {
            Some(_) => ConditionFailure::Stale,
            None => ConditionFailure::Refused(Error::NotFound),
        });
        std::iter::once(change).chain(entries.iter().map(|entry| self.entry_change(account, entry))).collect()
    }

    fn entry_change(&self, account: AccountId, entry: &Entry) -> Result<Change> {
        self.table.put(&account.to_string(), &keys::entry(entry.version), entry).when(Condition::Absent).into_change()
    }
}

#[cfg(test)]
mod tests;
