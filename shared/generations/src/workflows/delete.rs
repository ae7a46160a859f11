//! Deleting what has ended: first it is marked, then its objects go, then its item.

use crate::{
    GenerationStatus, GenerationStore,
    generation::sweep_step as plan,
    store::table::{DELETED_AT, SHARDS},
};
use aws::{Condition, WriteOutcome, millis};
use kernel::{AccountId, Error, GenerationId, Ids, Result, Timestamp};
use media::MediaStore;

/// Deletes generations for the people who asked for them.
#[derive(Debug, Clone)]
pub struct Delete {
    /// What is stored.
    pub generations: GenerationStore,
    /// Where the outputs are.
    pub media: MediaStore,
}

impl Delete {
    /// Marks a generation as deleted, which nobody sees from then on; then deletes every
    /// version of every object of it, then its item. What a process that died has left, the
    /// sweep deletes. Five requests.
    ///
    /// The statement keeps its entries, which name the id alone, and the row of its
    /// Idempotency-Key stays until it expires, so that the key starts nothing anew.
    ///
    /// # Errors
    /// `not_found`, also for another account's and once its item is gone; `wrong_state` while
    /// it is under way; `unavailable`.
    pub async fn delete(&self, account: AccountId, id: GenerationId, ids: &Ids, now: Timestamp) -> Result<()> {
        self.generations.mark_deleted(account, id, ids.below(SHARDS), now).await?;
        self.finish(account, id).await
    }

    /// Deletes what is marked as deleted. May be repeated.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn finish(&self, account: AccountId, id: GenerationId) -> Result<()> {
        self.media.delete_generation(account, id).await?;
        self.generations.delete(account, id).await
    }
}

impl GenerationStore {
    /// Marks what is final as deleted: nobody sees it any more, and until its item is gone
    /// the sweep looks after it. May be repeated.
    ///
    /// # Errors
    /// `not_found`, `wrong_state` while it is under way, `unavailable`.
    async fn mark_deleted(&self, account: AccountId, id: GenerationId, shard: u64, now: Timestamp) -> Result<()> {
        let mark = self
            .table()
            .update(&account.to_string(), &id.to_string())
            .set(DELETED_AT, millis(now))
            .set("open", shard.to_string())
            .set("next_check", millis(plan::later(now, plan::DELETE_LEASE)))
            .when(ended());
        match mark.apply().await? {
            WriteOutcome::Applied(_) => Ok(()),
            WriteOutcome::ConditionFailed(None) => Err(Error::NotFound),
            WriteOutcome::ConditionFailed(Some(_)) => {
                Err(Error::WrongState { detail: "This generation is under way. Call it off first." })
            }
        }
    }

    /// Takes away what was marked as deleted. Nothing happens when it is gone.
    async fn delete(&self, account: AccountId, id: GenerationId) -> Result<()> {
        let write = self.table().delete(&account.to_string(), &id.to_string());
        write.when(ended()).apply().await.map(drop)
    }
}

/// The stored state is a final one.
fn ended() -> Condition {
    let ended: Vec<&str> =
        GenerationStatus::ALL.into_iter().filter(|status| status.is_final()).map(GenerationStatus::as_str).collect();
    Condition::one_of("status", &ended)
}
