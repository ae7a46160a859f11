//! The console of a command: the stores, the secrets and the logs of a deployment, the time, randomness, and its
//! progress.

use crate::{log_place::LogPlace, pseudonyms::SecretPlace, refusal::Refusal, report::counted};
use accounts::AccountStore;
use aws::{ScanProgress, Table};
use cases::{CaseStore, CloseCase};
use credits::{Balance, CreditStore};
use generations::GenerationStore;
use kernel::{AccountId, Ids, Result, Timestamp};
use serde_json::{Value, json};
use std::fmt;

/// The tables of the command, as the template names them.
pub(crate) const TABLES: [&str; 4] = ["Accounts", "Cases", "Credits", "Generations"];

/// The stores of a deployment.
#[derive(Debug, Clone)]
pub struct Stores {
    pub(crate) accounts: AccountStore,
    pub(crate) cases: CaseStore,
    pub(crate) credits: CreditStore,
    pub(crate) generations: GenerationStore,
}

impl Stores {
    /// The stores of these tables, which `table` finds by their names in the template.
    ///
    /// # Errors
    /// The errors of `table`.
    pub fn on<E>(table: impl Fn(&str) -> Result<Table, E>) -> Result<Self, E> {
        let [accounts, cases, credits, generations] = TABLES;
        Ok(Self {
            accounts: AccountStore::new(table(accounts)?),
            cases: CaseStore::new(table(cases)?),
            credits: CreditStore::new(table(credits)?),
            generations: GenerationStore::new(table(generations)?),
        })
    }
}

/// The surroundings of one command.
pub struct Console<'a> {
    /// The stores.
    pub stores: &'a Stores,
    /// The place of the secrets.
    pub secrets: &'a SecretPlace,
    /// The place of the logs.
    pub logs: &'a LogPlace<'a>,
    /// The time.
    pub now: Timestamp,
    /// Randomness.
    pub ids: &'a Ids,
    /// Gets a line about the progress of a scan.
    pub progress: &'a dyn Fn(&str),
}

impl Console<'_> {
    /// Replies to cases and closes them.
    pub(crate) fn case_work(&self) -> CloseCase {
        CloseCase { cases: self.stores.cases.clone(), accounts: self.stores.accounts.clone() }
    }

    /// The balance of an account.
    pub(crate) async fn balance(&self, account: AccountId) -> Result<Balance, Refusal> {
        self.stores.credits.read_balance(account).await?.ok_or_else(|| Refusal::no_account(account))
    }

    /// Tells the progress of a scan of this table, and keeps it in `last`.
    pub(crate) fn watch<'b>(&'b self, table: &'b str, last: &'b mut ScanProgress) -> impl FnMut(&ScanProgress) + 'b {
        move |progress| {
            *last = *progress;
            (self.progress)(&format!("reading the whole table {table}: {}", scanned(progress)));
        }
    }
}

/// The cost of a scan, for a person.
pub(crate) fn scanned(progress: &ScanProgress) -> String {
    let ScanProgress { pages, read, found, units } = progress;
    let (items, pages) = (counted(*read, "item", "items"), counted(*pages, "page", "pages"));
    format!("{items} in {pages}, {found} found, {units:.1} read units")
}

/// The cost of a scan, as JSON.
pub(crate) fn scan_json(progress: &ScanProgress) -> Value {
    json!({ "items": progress.read, "pages": progress.pages, "read_units": progress.units })
}

impl fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("now", &self.now).finish_non_exhaustive()
    }
}
