//! The orphan risk of a generation: the number of runs that may have left objects which no item
//! names.

use crate::{
    generation::{record::Generation, schedule},
    store::{
        conditions::{not_deleted, orphan_risk_unchanged},
        names::{NEXT_CHECK, OPEN, ORPHAN_RISK},
        table::GenerationStore,
    },
};
use aws::{Write, all, millis};
use kernel::{Result, Timestamp, later};

/// Adds the orphan risk of `generation` to a write.
pub(super) fn put_orphan_risk(write: Write, generation: &Generation) -> Write {
    match generation.orphan_risk {
        0 => write.remove(ORPHAN_RISK),
        runs => write.set(ORPHAN_RISK, runs),
    }
}

/// Adds the next check of a final generation to a write. The generation leaves the index,
/// unless it owes thumbnails or has an orphan risk. By the time of the check every run that
/// could still write has ended.
pub(super) fn put_next_check(write: Write, generation: &Generation, owes_thumbnails: bool, now: Timestamp) -> Write {
    let write = match owes_thumbnails || generation.orphan_risk > 0 {
        true => write.set(NEXT_CHECK, millis(later(now, schedule::REQUEUE_AFTER))),
        false => write.remove(OPEN).remove(NEXT_CHECK),
    };
    put_orphan_risk(write, generation)
}

impl GenerationStore {
    /// Records that the orphans of a generation are deleted. Does nothing when the generation
    /// was deleted meanwhile: the deletion deletes every object.
    pub(crate) async fn clear_orphan_risk(&self, generation: &Generation) -> Result<()> {
        let unchanged = [orphan_risk_unchanged(generation), not_deleted()];
        let write = self.update(generation).remove(ORPHAN_RISK).remove(OPEN).remove(NEXT_CHECK);
        write.when(all(unchanged)).apply().await.map(drop)
    }
}
