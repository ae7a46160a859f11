//! The balance and the statement in DynamoDB.

use crate::{Balance, Entry, Lot, Status};
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
pub struct Store {
    table: Table,
}

impl Store {
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
        self.born(account, Balance::born(lot, now))
    }

    /// The birth of a balance without a welcome lot, for a person who had one before.
    ///
    /// # Errors
    /// `internal` when it does not serialise.
    pub fn open(&self, account: AccountId, now: Timestamp) -> Result<Vec<Change>> {
        self.born(account, Balance::opened(now))
    }

    /// Ends everything new, because the account is being deleted.
    ///
    /// # Errors
    /// `wrong_state`, `internal` when it does not serialise.
    pub fn close(&self, account: AccountId, mut balance: Balance, now: Timestamp) -> Result<Vec<Change>> {
        let entry = balance.close(now).ok_or(Error::WrongState { detail: "The account is being deleted already." })?;
        self.advance(account, &balance, &entry)
    }

    /// Takes a closing back: the account is again what it was before.
    ///
    /// # Errors
    /// `wrong_state` when it is not closing, `internal` when it does not serialise.
    pub fn reopen(
        &self,
        account: AccountId,
        mut balance: Balance,
        before: Status,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let entry = balance.reopen(before, now).ok_or(Error::WrongState { detail: "The account is not closing." })?;
        self.advance(account, &balance, &entry)
    }

    /// Adds a lot to a balance.
    ///
    /// # Errors
    /// `account_not_active`, `wrong_state` when too many lots are open.
    pub fn grant(&self, account: AccountId, mut balance: Balance, lot: Lot, now: Timestamp) -> Result<Vec<Change>> {
        let entry = balance.grant(lot, now)?;
        self.advance(account, &balance, &entry)
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
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let entry = balance.hold(generation, amount, expires_at, now)?;
        self.advance(account, &balance, &entry)
    }

    /// Ends a generation's hold at its cost. `None` when it holds nothing any more.
    ///
    /// # Errors
    /// `internal` when the cost is above the hold.
    pub fn settle(
        &self,
        account: AccountId,
        mut balance: Balance,
        generation: GenerationId,
        cost: Credits,
        now: Timestamp,
    ) -> Result<Option<Vec<Change>>> {
        if !balance.holds.iter().any(|hold| hold.generation == generation) {
            return Ok(None);
        }
        let entry = balance.settle(generation, cost, now).ok_or_else(|| Error::internal("a cost above its hold"))?;
        self.advance(account, &balance, &entry).map(Some)
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
        match balance.release(generation, now) {
            Some(entry) => self.advance(account, &balance, &entry).map(Some),
            None => Ok(None),
        }
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

    /// Every entry, oldest first.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn entries(&self, account: AccountId) -> Result<Vec<Entry>> {
        self.table.query(&account.to_string()).prefix(keys::ENTRY).descending().all().await
    }

    fn born(&self, account: AccountId, (balance, entry): (Balance, Entry)) -> Result<Vec<Change>> {
        let birth = self.table.put(&account.to_string(), keys::BALANCE, &balance);
        Ok(vec![birth.when(Condition::Absent).or_stale()?, self.append(account, &entry)?])
    }

    fn advance(&self, account: AccountId, balance: &Balance, entry: &Entry) -> Result<Vec<Change>> {
        let seen = Condition::number("version", balance.version - 1);
        let change = self.table.put(&account.to_string(), keys::BALANCE, balance).when(seen);
        // An account that was erased meanwhile has no balance, and nothing may bring it back.
        let change = change.or(|stored| match stored {
            Some(_) => Verdict::Stale,
            None => Verdict::Refused(Error::NotFound),
        })?;
        Ok(vec![change, self.append(account, entry)?])
    }

    fn append(&self, account: AccountId, entry: &Entry) -> Result<Change> {
        self.table.put(&account.to_string(), &keys::entry(entry.version), entry).when(Condition::Absent).or_stale()
    }
}
