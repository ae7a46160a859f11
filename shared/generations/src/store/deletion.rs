//! The deletion of a generation's item: marked, undone, made final, done.
//!
//! A mark with `undo_until` can be undone. Nobody deletes an object before a conditional write has removed
//! `undo_until`, and a mark without it stays. So a generation that was brought back has all its objects.

use crate::{
    generation::{
        library::Notes,
        record::{Generation, UndoableDeletion},
        schedule,
    },
    store::{
        conditions::{is_final, not_deleted, orphan_risk_unchanged},
        library::put_notes,
        names::{DELETED_AT, NEXT_CHECK, OPEN, UNDO_UNTIL},
        orphans::put_next_check,
        table::GenerationStore,
    },
};
use aws::{Condition, WriteOutcome, all, millis, not};
use kernel::{AccountId, Error, GenerationId, Result, Timestamp, later, limits};
use std::time::Duration;

/// Attempts to undo a deletion that changes meanwhile.
const ATTEMPTS: u32 = 4;

/// The wait after that.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl GenerationStore {
    /// Marks a final generation as deleted for good. From then on it is hidden, and the sweep checks it
    /// until its item is gone. A deletion that could be undone becomes final. May be repeated.
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
            .remove(UNDO_UNTIL)
            .when(is_final());
        match mark.apply().await? {
            WriteOutcome::Applied(_) => Ok(()),
            WriteOutcome::ConditionFailed(None) => Err(Error::NotFound),
            WriteOutcome::ConditionFailed(Some(_)) => Err(under_way()),
        }
    }

    /// Marks a final generation as deleted, for [`limits::UNDO_WINDOW`] in a way that can be undone. From
    /// then on it is hidden; the sweep deletes it afterwards. One request. A repetition changes nothing
    /// and answers the first deletion.
    ///
    /// # Errors
    /// `not_found`, also when its deletion cannot be undone any more; `wrong_state` while it is under way;
    /// `unavailable`.
    pub(crate) async fn mark_undoable(
        &self,
        account: AccountId,
        id: GenerationId,
        shard: u64,
        now: Timestamp,
    ) -> Result<UndoableDeletion> {
        let until = millis(later(now, limits::UNDO_WINDOW));
        let mark = self
            .table()
            .update(&account.to_string(), &id.to_string())
            .set(DELETED_AT, millis(now))
            .set(UNDO_UNTIL, until)
            .set(OPEN, shard.to_string())
            .set(NEXT_CHECK, until)
            .when(all([is_final(), not_deleted()]));
        let stored: Generation = match mark.apply().await? {
            WriteOutcome::Applied(item) | WriteOutcome::ConditionFailed(Some(item)) => aws::read(item)?,
            WriteOutcome::ConditionFailed(None) => return Err(Error::NotFound),
        };
        match stored.status.is_final() {
            true => stored.undoable_deletion(now).ok_or(Error::NotFound),
            false => Err(under_way()),
        }
    }

    /// Brings back a generation whose deletion can be undone at `now`, and changes the notes on it, in one
    /// write. What it owed before, thumbnails or the deletion of orphans, the sweep does later. If the
    /// generation is not deleted, only the notes change. Two requests; may be repeated.
    ///
    /// # Errors
    /// `not_found`, also for another account's generation, after the time, and when the deletion is final;
    /// `unavailable`.
    pub async fn undo_deletion(
        &self,
        account: AccountId,
        id: GenerationId,
        notes: &Notes,
        now: Timestamp,
    ) -> Result<Generation> {
        let mut seen: Option<Generation> = self.table().get(&account.to_string(), &id.to_string()).await?;
        for _ in 0..ATTEMPTS {
            let generation = seen.ok_or(Error::NotFound)?;
            if generation.is_visible() {
                return match notes.is_empty() {
                    true => Ok(generation),
                    false => self.update_notes(account, id, notes).await,
                };
            }
            let UndoableDeletion { deleted_at, undo_until } =
                generation.undoable_deletion(now).ok_or(Error::NotFound)?;
            let is_unchanged = [
                Condition::number(DELETED_AT, millis(deleted_at)),
                Condition::number(UNDO_UNTIL, millis(undo_until)),
                orphan_risk_unchanged(&generation),
            ];
            let write = self.update(&generation).remove(DELETED_AT).remove(UNDO_UNTIL);
            let write = put_next_check(write, &generation, generation.owes_thumbnails, now);
            match put_notes(write, notes).when(all(is_unchanged)).apply().await? {
                WriteOutcome::Applied(item) => return aws::read(item),
                // Also our own write, if its answer was lost.
                WriteOutcome::ConditionFailed(stored) => seen = stored.map(aws::read).transpose()?,
            }
        }
        Err(Error::unavailable(RETRY_AFTER, "the deletion of this generation changes all the time"))
    }

    /// Makes a deletion final, and moves its next check, if it is still the one that was read. `true` for the
    /// one run that may delete the objects. Of this write and an undo, one has effect.
    pub(crate) async fn claim_deletion(&self, generation: &Generation, next_check: Timestamp) -> Result<bool> {
        let seen = |time: Option<Timestamp>| time.map(millis).unwrap_or_default();
        let is_unchanged = [
            Condition::number(DELETED_AT, seen(generation.deleted_at)),
            Condition::number(NEXT_CHECK, seen(generation.next_check)),
        ];
        let write = self.update(generation).remove(UNDO_UNTIL).set(NEXT_CHECK, millis(next_check));
        Ok(matches!(write.when(all(is_unchanged)).apply().await?, WriteOutcome::Applied(_)))
    }

    /// Deletes the item of a generation whose deletion is final. Does nothing when the item no longer
    /// exists.
    pub(crate) async fn delete(&self, account: AccountId, id: GenerationId) -> Result<()> {
        let is_deleted_for_good = [is_final(), not(not_deleted()), Condition::Missing(UNDO_UNTIL)];
        let write = self.table().delete(&account.to_string(), &id.to_string());
        write.when(all(is_deleted_for_good)).apply().await.map(drop)
    }
}

/// A generation under way is not deleted.
fn under_way() -> Error {
    Error::WrongState { detail: "This generation is under way. Cancel it first." }
}
