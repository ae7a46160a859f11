//! The deletion of a generation: its item is marked, its objects are deleted, then its item.

use crate::{
    generation::record::UndoableDeletion,
    store::table::{GenerationStore, SHARDS},
};
use kernel::{AccountId, GenerationId, Ids, Result, Timestamp};
use media::MediaStore;

/// Deletes generations.
#[derive(Debug, Clone)]
pub struct Delete {
    /// The generations.
    pub generations: GenerationStore,
    /// The objects.
    pub media: MediaStore,
}

impl Delete {
    /// Marks a final generation as deleted for good, which hides it; then deletes every version of its
    /// objects, then its item. If this run dies, the sweep finishes the deletion. Five requests.
    ///
    /// The statement keeps its entries, which contain the id only. The idempotency row stays
    /// until it expires, so a repeated request under its key starts nothing.
    ///
    /// # Errors
    /// `not_found`, also for another account's generation and for a deleted one; `wrong_state`
    /// while it is under way; `unavailable`.
    pub async fn delete(&self, account: AccountId, id: GenerationId, ids: &Ids, now: Timestamp) -> Result<()> {
        self.generations.mark_deleted(account, id, ids.below(SHARDS), now).await?;
        self.finish(account, id).await
    }

    /// Marks a final generation as deleted, which hides it. For [`kernel::limits::UNDO_WINDOW`] the
    /// deletion can be undone ([`GenerationStore::undo_deletion`]); afterwards the sweep makes it final and
    /// deletes what [`Self::delete`] deletes. One request. A repetition answers the first deletion.
    ///
    /// # Errors
    /// `not_found`, also for another account's generation and for a deletion that cannot be undone any
    /// more; `wrong_state` while it is under way; `unavailable`.
    pub async fn delete_with_undo(
        &self,
        account: AccountId,
        id: GenerationId,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<UndoableDeletion> {
        self.generations.mark_undoable(account, id, ids.below(SHARDS), now).await
    }

    /// Finishes the deletion of a generation that is marked as deleted for good. May be repeated.
    ///
    /// # Errors
    /// `unavailable`.
    pub(super) async fn finish(&self, account: AccountId, id: GenerationId) -> Result<()> {
        self.media.delete_generation(account, id).await?;
        self.generations.delete(account, id).await
    }
}
