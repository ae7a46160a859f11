//! The store itself, and the writes from which its steps are made.

use crate::{
    generation::{progress::Progress, record::Generation, status::GenerationStatus},
    store::names::{PROGRESS, QUEUE_POSITION, STATUS},
};
use aws::{Condition, ScanProgress, Table, Write};
use credits::{Balance, CreditStore};
use kernel::{AccountId, Error, GenerationId, Result};
use serde::Deserialize;

/// The shards of the index `open`: one partition of an index takes about 1,000 writes a second.
pub(crate) const SHARDS: u64 = 4;

/// Generations in the table `Generations`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GenerationStore {
    table: Table,
}

impl GenerationStore {
    /// Generations in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// One generation. One consistent request.
    ///
    /// # Errors
    /// `not_found`, also for another account's generation and for a deleted one.
    pub async fn get(&self, account: AccountId, id: GenerationId) -> Result<Generation> {
        let stored: Option<Generation> = self.table.get(&account.to_string(), &id.to_string()).await?;
        stored.filter(Generation::is_visible).ok_or(Error::NotFound)
    }

    /// Finds the account of a generation, for an operator. No index leads to it, so it reads the whole
    /// table, and calls `progress` after each page. The reads are eventually consistent. `None` when
    /// no account has the generation; a deleted one may still be found.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn find_account_of(
        &self,
        id: GenerationId,
        progress: impl FnMut(&ScanProgress),
    ) -> Result<Option<AccountId>> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(rename = "pk")]
            account: AccountId,
        }
        let of_id = Condition::text("sk", id.to_string());
        let found: Vec<Found> = self.table.scan(of_id, &["pk"]).all(progress).await?;
        Ok(found.into_iter().next().map(|found| found.account))
    }

    /// One generation and the balance of its account, in one consistent request.
    ///
    /// # Errors
    /// `not_found`, also for another account's generation, a deleted one, and an erased account.
    pub async fn get_with_balance(
        &self,
        credits: &CreditStore,
        account: AccountId,
        id: GenerationId,
    ) -> Result<(Generation, Balance)> {
        let (account, id) = (account.to_string(), id.to_string());
        let (balances, balance) = credits.balance_key();
        match self.table.db().batch_get([(&self.table, &account, &id), (balances, &account, balance)]).await? {
            [Some(generation), Some(balance)] => {
                let generation = Some(aws::read(generation)?).filter(Generation::is_visible);
                Ok((generation.ok_or(Error::NotFound)?, aws::read(balance)?))
            }
            _ => Err(Error::NotFound),
        }
    }

    /// An update of a generation, still without its condition.
    pub(super) fn update(&self, generation: &Generation) -> Write {
        self.table.update(&generation.account.to_string(), &generation.id.to_string())
    }

    /// A transition of a generation, still without its condition.
    pub(super) fn transition(&self, account: AccountId, id: GenerationId, to: GenerationStatus) -> Write {
        self.table.update(&account.to_string(), &id.to_string()).set(STATUS, to)
    }
}

/// Adds the progress of the job to a write. Without a new progress the stored one stays.
pub(super) fn put_progress(write: Write, progress: Option<Progress>) -> Write {
    let Some(Progress { queue_position, percent }) = progress else { return write };
    let write = match queue_position {
        Some(position) => write.set(QUEUE_POSITION, position),
        None => write.remove(QUEUE_POSITION),
    };
    match percent {
        Some(percent) => write.set(PROGRESS, percent),
        None => write.remove(PROGRESS),
    }
}
