//! The balance and the statement in DynamoDB.

use crate::{Adjustment, Balance, BalanceStatus, Cause, Demand, Entry, Lot, Note};
use aws::{Change, Condition, Cursor, Page, Table, Verdict};
use kernel::{AccountId, Credits, Error, GenerationId, Result, Timestamp};

/// The sort keys of an account's partition.
pub mod keys {
    use aws::counter;

    /// The balance.
    pub const BALANCE: &str = "balance";
    /// What all entries start with.
    pub const ENTRY: &str = "entry#";

    /// An entry. Counts down, so that one query reads the balance and then the newest
    /// entries.
    #[must_use]
    pub fn entry(version: u64) -> String {
        format!("{ENTRY}{}", counter(u64::MAX - version))
    }
}

/// After every entry's key.
const AFTER_ENTRIES: &str = "entry#~";

/// Credits in the table `Credits`. Cheap to clone.
///
/// Everything that changes a balance is offered as [`Change`]s for the transaction of
/// whoever has a reason to change it. Each demands the version that was read, so two
/// changes never rest on the same state.
#[derive(Debug, Clone)]
pub struct CreditStore {
    table: Table,
}

impl CreditStore {
    /// Credits in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// Where the balance lies, for a batch read.
    #[must_use]
    pub fn balance_in(&self) -> (&Table, &'static str) {
        (&self.table, keys::BALANCE)
    }

    /// The balance. One consistent request.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn balance(&self, account: AccountId) -> Result<Option<Balance>> {
        self.table.get(&account.to_string(), keys::BALANCE).await
    }

    /// The birth of a balance: only where the account has none.
    ///
    /// # Errors
    /// `internal` when it does not serialise.
    pub fn welcome(&self, account: AccountId, lot: Lot, now: Timestamp) -> Result<Vec<Change>> {
        self.born(account, Balance::born(lot, now)?)
    }

    /// The birth of a balance without a welcome lot, for a person who had one before.
    ///
    /// # Errors
    /// `internal` when it does not serialise.
    pub fn open(&self, account: AccountId, now: Timestamp) -> Result<Vec<Change>> {
        self.born(account, Balance::opened(now)?)
    }

    /// Ends everything new, because the account is being deleted.
    ///
    /// # Errors
    /// `wrong_state`, `internal` when it does not serialise.
    pub fn close(&self, account: AccountId, mut balance: Balance, now: Timestamp) -> Result<Vec<Change>> {
        let closed = balance.close(now)?;
        let entries = closed.ok_or(Error::WrongState { detail: "The account is being deleted already." })?;
        self.advance(account, &balance, &entries)
    }

    /// Takes a closing back: the account is again what it was before.
    ///
    /// # Errors
    /// `wrong_state` when it is not closing, `internal` when it does not serialise.
    pub fn reopen(
        &self,
        account: AccountId,
        mut balance: Balance,
        before: BalanceStatus,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let reopened = balance.reopen(before, now)?;
        let entries = reopened.ok_or(Error::WrongState { detail: "The account is not closing." })?;
        self.advance(account, &balance, &entries)
    }

    /// That the account is there and active, for a transaction that starts something and
    /// does not change the balance. What was read stays true until it commits.
    ///
    /// # Errors
    /// `internal` when it does not serialise.
    pub fn active(&self, account: AccountId) -> Result<Change> {
        let active = Condition::text("status", "active");
        self.table.check(&account.to_string(), keys::BALANCE, active).or_stale()
    }

    /// Adds a lot to a balance.
    ///
    /// # Errors
    /// As of [`Balance::grant`].
    pub fn grant(&self, account: AccountId, mut balance: Balance, lot: Lot, now: Timestamp) -> Result<Vec<Change>> {
        let entries = balance.grant(lot, now)?;
        self.advance(account, &balance, &entries)
    }

    /// Takes back what payments had bought. Safe to repeat only together with a row of the
    /// caller that says what was taken back of each payment.
    ///
    /// # Errors
    /// As of [`Balance::claw_back`].
    pub fn claw_back(
        &self,
        account: AccountId,
        mut balance: Balance,
        cause: Cause,
        demands: &[Demand],
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let entries = balance.claw_back(cause, demands, now)?;
        self.advance(account, &balance, &entries)
    }

    /// Changes a balance by hand.
    ///
    /// # Errors
    /// As of [`Balance::adjust`].
    pub fn adjust(
        &self,
        account: AccountId,
        mut balance: Balance,
        adjustment: Adjustment,
        note: Note,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let entries = balance.adjust(adjustment, note, now)?;
        self.advance(account, &balance, &entries)
    }

    /// Reserves credits for a generation.
    ///
    /// # Errors
    /// `account_not_active`, `insufficient_credits`, `too_many_generations`.
    pub fn hold(
        &self,
        account: AccountId,
        mut balance: Balance,
        generation: GenerationId,
        amount: Credits,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let entries = balance.hold(generation, amount, deadline, now)?;
        self.advance(account, &balance, &entries)
    }

    /// Ends a generation's hold at its cost, which counts as use of the model. `None` when it
    /// holds nothing any more.
    ///
    /// # Errors
    /// `internal` when the cost is above the hold.
    pub fn settle(
        &self,
        account: AccountId,
        mut balance: Balance,
        generation: GenerationId,
        model: &str,
        cost: Credits,
        now: Timestamp,
    ) -> Result<Option<Vec<Change>>> {
        let entries = balance.settle(generation, model, cost, now)?;
        entries.map(|entries| self.advance(account, &balance, &entries)).transpose()
    }

    /// Ends a generation's hold without cost. `None` when it holds nothing any more.
    ///
    /// # Errors
    /// `internal` when it does not serialise.
    pub fn release(
        &self,
        account: AccountId,
        mut balance: Balance,
        generation: GenerationId,
        now: Timestamp,
    ) -> Result<Option<Vec<Change>>> {
        let entries = balance.release(generation, now)?;
        entries.map(|entries| self.advance(account, &balance, &entries)).transpose()
    }

    /// The balance and the newest entries in one request; the entries after `cursor` in
    /// two. `None` when there is no such account.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn statement(
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

    /// The balance and every entry up to its version, oldest first. Not one moment's view, and
    /// it need not be: entries never change, and those that came since the balance was read
    /// are left out. `None` when there is no such account.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn ledger(&self, account: AccountId) -> Result<Option<(Balance, Vec<Entry>)>> {
        let Some(balance) = self.balance(account).await? else { return Ok(None) };
        let entries = self.table.query(&account.to_string()).prefix(keys::ENTRY).descending();
        let mut entries: Vec<Entry> = entries.all().await?;
        entries.retain(|entry| entry.version <= balance.version);
        Ok(Some((balance, entries)))
    }

    fn born(&self, account: AccountId, (balance, entry): (Balance, Entry)) -> Result<Vec<Change>> {
        let birth = self.table.put(&account.to_string(), keys::BALANCE, &balance);
        Ok(vec![birth.when(Condition::Absent).or_stale()?, self.append(account, &entry)?])
    }

    /// The changes that lead to this balance by these entries.
    fn advance(&self, account: AccountId, balance: &Balance, entries: &[Entry]) -> Result<Vec<Change>> {
        let first = entries.first().ok_or_else(|| Error::internal("a change without an entry"))?;
        let seen = Condition::number("version", first.version - 1);
        let change = self.table.put(&account.to_string(), keys::BALANCE, balance).when(seen);
        // An account that was erased meanwhile has no balance, and nothing may bring it back.
        let change = change.or(|stored| match stored {
            Some(_) => Verdict::Stale,
            None => Verdict::Refused(Error::NotFound),
        });
        std::iter::once(change).chain(entries.iter().map(|entry| self.append(account, entry))).collect()
    }

    fn append(&self, account: AccountId, entry: &Entry) -> Result<Change> {
        self.table.put(&account.to_string(), &keys::entry(entry.version), entry).when(Condition::Absent).or_stale()
    }
}

#[cfg(test)]
mod tests;
