//! The reads and writes of the sweep.

use crate::{
    generation::{progress::Progress, record::Generation},
    store::{
        conditions::{not_deleted, orphan_risk_unchanged, status_is},
        names::{NEXT_CHECK, OPEN, OWES_THUMBNAILS},
        orphans::put_next_check,
        table::{GenerationStore, put_progress},
    },
};
use aws::{Condition, WriteOutcome, all, millis};
use kernel::{Result, Timestamp};

/// The most generations that one sweep takes from a shard. The others are due again in a minute.
const SWEEP_PAGE: u32 = 200;

impl GenerationStore {
    /// The generations of one shard that are due, longest due first. An item that does not parse
    /// is an error of its own. The index lags, so a step must rest on a condition.
    pub(crate) async fn due(&self, shard: u64, now: Timestamp) -> Result<Vec<Result<Generation>>> {
        let due = self.table().query(&shard.to_string()).index(OPEN, OPEN, NEXT_CHECK, millis(now));
        Ok(due.limit(SWEEP_PAGE).items().await?.items.into_iter().map(aws::read).collect())
    }

    /// Moves the next check and stores the progress of the job, if nothing has changed since the
    /// generation was read. `true` for the one run that may take the step.
    pub(crate) async fn claim_check(
        &self,
        generation: &Generation,
        progress: Option<Progress>,
        next_check: Timestamp,
    ) -> Result<bool> {
        let seen = generation.next_check.map(millis).unwrap_or_default();
        let unchanged = all([status_is(generation.status), Condition::number(NEXT_CHECK, seen)]);
        let write = self.update(generation).set(NEXT_CHECK, millis(next_check)).when(unchanged);
        Ok(matches!(put_progress(write, progress).apply().await?, WriteOutcome::Applied(_)))
    }

    /// Gives up the thumbnails of a generation. Does nothing when a run began to make them since
    /// the generation was read.
    pub(crate) async fn forgo_thumbnails(&self, generation: &Generation, now: Timestamp) -> Result<()> {
        let unchanged = [Condition::yes(OWES_THUMBNAILS), not_deleted(), orphan_risk_unchanged(generation)];
        let write = put_next_check(self.update(generation), generation, false, now).remove(OWES_THUMBNAILS);
        write.when(all(unchanged)).apply().await.map(drop)
    }
}
