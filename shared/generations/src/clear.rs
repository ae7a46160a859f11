//! Clearing away what was copied and is named by nobody: whoever copied it died, or could not
//! learn whether it was written.

use crate::{Generation, Store, plan, store::DELETED_AT};
use aws::{Condition, all, millis};
use kernel::{Result, Timestamp};
use media::Store as Media;

/// How many rounds of copying may have left something.
pub(crate) const LOOSE_COPIES: &str = "loose_copies";

/// Those rounds as they are known by now, in the write of a step.
pub(crate) fn put_loose_copies(step: aws::Write, generation: &Generation) -> aws::Write {
    match generation.loose_copies {
        0 => step.remove(LOOSE_COPIES),
        rounds => step.set(LOOSE_COPIES, rounds),
    }
}

/// Deletes whatever lies below a generation that has ended and was not delivered, then takes
/// it out of the index, unless it still owes thumbnails. Nobody copies any more: the step that
/// ended it took the place of whoever did. May be repeated.
pub(crate) async fn clear(generations: &Store, media: &Media, generation: &Generation, now: Timestamp) -> Result<()> {
    let named: Vec<_> =
        generation.outputs.iter().map(|output| (output.key.as_str(), output.version_id.as_str())).collect();
    let cleared = media.clear_generation(generation.account, generation.id, &named).await?;
    tracing::warn!(generation = %generation.id, cleared, "what was copied and not delivered was cleared away");
    generations.cleared(generation, now).await
}

impl Store {
    /// Notes that nothing is left, unless it was deleted meanwhile, which clears everything.
    async fn cleared(&self, generation: &Generation, now: Timestamp) -> Result<()> {
        let there = [Condition::number(LOOSE_COPIES, generation.loose_copies), Condition::Missing(DELETED_AT)];
        let write = self.table().update(&generation.account.to_string(), &generation.id.to_string());
        let write = match generation.owes_thumbnails() {
            true => write.set("next_check", millis(plan::later(now, plan::DRAW_AGAIN_AFTER))),
            false => write.remove("open").remove("next_check"),
        };
        write.remove(LOOSE_COPIES).when(all(there)).apply().await.map(drop)
    }
}
