//! The deletion of a generation's item.

use crate::{
    generation::schedule,
    store::{
        conditions::is_final,
        names::{DELETED_AT, NEXT_CHECK, OPEN},
        table::GenerationStore,
    },
};
use aws::{WriteOutcome, millis};
use kernel::{AccountId, Error, GenerationId, Result, Timestamp, later};

impl GenerationStore {
    /// Marks a final generation as deleted. From then on it is hidden, and the sweep checks it
    /// until its item is gone. May be repeated.
    ///
    /// # Errors
    /// `not_found`, `wrong_state` while it is under way, `unavailable`.
    pub(crate) async fn mark_deleted(
        &self,
        account: AccountId,
        id: GenerationId,
        shard: u64,
        now: Timestamp,
    ) -> Result<()> {
        let mark = self
            .table()
            .update(&account.to_string(), &id.to_string())
            .set(DELETED_AT, millis(now))
            .set(OPEN, shard.to_string())
            .set(NEXT_CHECK, millis(later(now, schedule::DELETE_LEASE)))
            .when(is_final());
        match mark.apply().await? {
            WriteOutcome::Applied(_) => Ok(()),
            WriteOutcome::ConditionFailed(None) => Err(Error::NotFound),
            WriteOutcome::ConditionFailed(Some(_)) => {
                Err(Error::WrongState { detail: "This generation is under way. Cancel it first." })
            }
        }
    }

    /// Deletes the item of a generation that is marked as deleted. Does nothing when the item no
    /// longer exists.
    pub(crate) async fn delete(&self, account: AccountId, id: GenerationId) -> Result<()> {
        let write = self.table().delete(&account.to_string(), &id.to_string());
        write.when(is_final()).apply().await.map(drop)
    }
}
