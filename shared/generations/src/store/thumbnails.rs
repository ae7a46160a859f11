//! The thumbnails of a delivered generation: taken and recorded.

use crate::{
    generation::{output::Output, record::Generation, status::GenerationStatus},
    store::{
        conditions::{not_deleted, status_is},
        names::{ORPHAN_RISK, OUTPUTS, OWES_THUMBNAILS, THUMBNAIL_CLAIM},
        orphans::put_next_check,
        table::GenerationStore,
    },
};
use aws::{Condition, WriteOutcome, all, not};
use kernel::{AccountId, GenerationId, Result, Timestamp};

/// The result of taking a generation to make its thumbnails.
pub(crate) enum ThumbnailClaim {
    /// It is taken: an earlier run can no longer record thumbnails.
    Taken(Box<Generation>),
    /// It owes no thumbnails, or it is deleted.
    NothingToDo,
    /// It no longer exists.
    Gone,
}

impl GenerationStore {
    /// Takes a generation to make its thumbnails. The write adds one to the orphan risk, because
    /// this run may die before it can record its result. The answered generation has the orphan
    /// risk from before.
    pub(crate) async fn take_for_thumbnails(
        &self,
        account: AccountId,
        id: GenerationId,
        claim: &str,
    ) -> Result<ThumbnailClaim> {
        let is_owing = [
            status_is(GenerationStatus::Succeeded),
            Condition::yes(OWES_THUMBNAILS),
            not_deleted(),
            not(Condition::text(THUMBNAIL_CLAIM, claim)),
        ];
        let write = self.table().update(&account.to_string(), &id.to_string());
        let write = write.set(THUMBNAIL_CLAIM, claim).add(ORPHAN_RISK, 1).when(all(is_owing));
        let (stored, applied) = match write.apply().await? {
            WriteOutcome::Applied(stored) => (stored, true),
            WriteOutcome::ConditionFailed(Some(stored)) => (stored, false),
            WriteOutcome::ConditionFailed(None) => return Ok(ThumbnailClaim::Gone),
        };
        let generation: Generation = aws::read(stored)?;
        // Our own claim means that the write applied and its answer was lost.
        Ok(match applied || generation.thumbnail_claim.as_deref() == Some(claim) {
            true => ThumbnailClaim::Taken(Box::new(generation.before_this_run())),
            false => ThumbnailClaim::NothingToDo,
        })
    }

    /// Records all thumbnails of a generation at once. From then on it owes none. `false` when
    /// another run began since, or the generation is deleted.
    pub(crate) async fn record_thumbnails(
        &self,
        generation: &Generation,
        outputs: &[Output],
        now: Timestamp,
    ) -> Result<bool> {
        let is_ours = [
            Condition::text(THUMBNAIL_CLAIM, generation.thumbnail_claim.clone().unwrap_or_default()),
            Condition::yes(OWES_THUMBNAILS),
            not_deleted(),
        ];
        let write = put_next_check(self.update(generation), generation, false, now);
        let write = write.set(OUTPUTS, outputs).remove(OWES_THUMBNAILS);
        match write.when(all(is_ours)).apply().await? {
            WriteOutcome::Applied(_) => Ok(true),
            WriteOutcome::ConditionFailed(None) => Ok(false),
            // Our own record means that the write applied and its answer was lost.
            WriteOutcome::ConditionFailed(Some(stored)) => {
                let stored: Generation = aws::read(stored)?;
                Ok(stored.thumbnail_claim == generation.thumbnail_claim && !stored.owes_thumbnails)
            }
        }
    }
}
