//! The deletion of objects that no item names. The run that wrote them died, or could not learn
//! whether it had written them.

use crate::{generation::record::Generation, store::table::GenerationStore};
use kernel::Result;
use media::MediaStore;

/// Deletes every object of a final generation that its item does not name, then takes the
/// generation out of the index. No run writes objects any more: the step that made the
/// generation final took its claim. May be repeated.
pub(super) async fn delete_orphans(
    generations: &GenerationStore,
    media: &MediaStore,
    generation: &Generation,
) -> Result<()> {
    let outputs = generation.outputs.iter().map(|output| (output.key.as_str(), output.version_id.as_str()));
    let thumbnails = generation.outputs.iter().filter_map(|output| output.thumbnail.as_ref());
    let thumbnails = thumbnails.map(|thumbnail| (thumbnail.key.as_str(), thumbnail.version_id.as_str()));
    let named: Vec<_> = outputs.chain(thumbnails).collect();
    let deleted = media.clear_generation(generation.account, generation.id, &named).await?;
    tracing::warn!(generation = %generation.id, cleared = deleted, "objects that no item names were deleted");
    generations.clear_orphan_risk(generation).await
}
