//! Clearing away what was written and is named by nobody: whoever wrote it died, or could not
//! learn whether it was written.

use crate::{Generation, GenerationStore, generation::sweep_step as plan, store::table::DELETED_AT};
use aws::{Condition, Write, all, millis};
use kernel::{Result, Timestamp};
use media::MediaStore;

/// How many rounds of copying or drawing may have left something.
pub(crate) const LOOSE_ROUNDS: &str = "loose_rounds";

/// Those rounds as they are known by now, in the write of a step.
pub(crate) fn put_loose_rounds(step: Write, generation: &Generation) -> Write {
    match generation.loose_rounds {
        0 => step.remove(LOOSE_ROUNDS),
        rounds => step.set(LOOSE_ROUNDS, rounds),
    }
}

/// The same for what is final: it leaves the index, unless something is still to be done. By
/// the time that the sweep looks at it, whoever was still writing has ended.
pub(crate) fn put_rest(step: Write, generation: &Generation, owes_thumbnails: bool, now: Timestamp) -> Write {
    let step = match owes_thumbnails || generation.loose_rounds > 0 {
        true => step.set("next_check", millis(plan::later(now, plan::REQUEUE_AFTER))),
        false => step.remove("open").remove("next_check"),
    };
    put_loose_rounds(step, generation)
}

/// Those rounds are still as many as were read.
pub(crate) fn loose_rounds_are(generation: &Generation) -> Condition {
    match generation.loose_rounds {
        0 => Condition::Missing(LOOSE_ROUNDS),
        rounds => Condition::number(LOOSE_ROUNDS, rounds),
    }
}

/// Deletes whatever lies below a generation that is final and is not named by it, then takes it
/// out of the index. Nobody writes any more: the step that ended the writing took the place of
/// whoever did. May be repeated.
pub(crate) async fn clear(generations: &GenerationStore, media: &MediaStore, generation: &Generation) -> Result<()> {
    let outputs = generation.outputs.iter().map(|output| (output.key.as_str(), output.version_id.as_str()));
    let thumbnails = generation.outputs.iter().filter_map(|output| output.thumbnail.as_ref());
    let thumbnails = thumbnails.map(|thumbnail| (thumbnail.key.as_str(), thumbnail.version_id.as_str()));
    let named: Vec<_> = outputs.chain(thumbnails).collect();
    let cleared = media.clear_generation(generation.account, generation.id, &named).await?;
    tracing::warn!(generation = %generation.id, cleared, "what nobody names was cleared away");
    generations.cleared(generation).await
}

impl GenerationStore {
    /// Notes that nothing is left, unless it was deleted meanwhile, which clears everything.
    async fn cleared(&self, generation: &Generation) -> Result<()> {
        let there = [loose_rounds_are(generation), Condition::Missing(DELETED_AT)];
        let write = self.table().update(&generation.account.to_string(), &generation.id.to_string());
        write.remove(LOOSE_ROUNDS).remove("open").remove("next_check").when(all(there)).apply().await.map(drop)
    }
}
