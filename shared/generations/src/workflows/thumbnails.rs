//! The thumbnails of delivered pictures.
//!
//! They are a workflow of their own: a provider's outputs must be copied within minutes, while
//! a thumbnail may come later.

use crate::{
    generation::{
        messages::ThumbnailMessage,
        output::{Output, Thumbnail},
        record::Generation,
    },
    store::{table::GenerationStore, thumbnails::ThumbnailClaim},
};
use kernel::{Ids, Result, Timestamp, limits};
use media::{InputFile, MediaStore, OutputFile};

/// Makes thumbnails.
#[derive(Debug, Clone)]
pub struct Thumbnails {
    /// The generations.
    pub generations: GenerationStore,
    /// The bucket of the outputs and the thumbnails.
    pub media: MediaStore,
}

/// The outcome of a message to `make-thumbnails`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThumbnailOutcome {
    /// The generation owes no thumbnails, or it is deleted.
    NothingToDo,
    /// This number of thumbnails was made. A picture that cannot be decoded gets none.
    Made(u32),
    /// Another run began after this one, or the generation no longer exists. The thumbnails of
    /// this run were deleted.
    Superseded,
    /// The generation no longer exists. Objects that an earlier run left were deleted.
    Gone,
}

impl Thumbnails {
    /// Makes the thumbnails that a generation owes: reads each picture, writes its thumbnail,
    /// and records all thumbnails in one update. Two requests, and two for each picture. May be
    /// repeated, and may run beside itself: the run that began last records its thumbnails, and
    /// any other run deletes its own. The sweep deletes the thumbnails of a run that died.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer. The message is delivered again, and later the
    /// sweep sends another one.
    pub async fn make(&self, message: &ThumbnailMessage, ids: &Ids, now: Timestamp) -> Result<ThumbnailOutcome> {
        let ThumbnailMessage { account, generation } = *message;
        let claim = ids.uuid_v7(now).to_string();
        let generation = match self.generations.take_for_thumbnails(account, generation, &claim).await? {
            ThumbnailClaim::Taken(generation) => generation,
            ThumbnailClaim::NothingToDo => return Ok(ThumbnailOutcome::NothingToDo),
            // An earlier run may have written thumbnails and died before it could delete them.
            ThumbnailClaim::Gone => {
                self.media.delete_leftovers(account, generation).await?;
                return Ok(ThumbnailOutcome::Gone);
            }
        };
        let mut outputs = generation.outputs.clone();
        for (n, output) in (0..).zip(&mut outputs).filter(|(_, output)| output.is_picture()) {
            output.thumbnail = self.make_one(&generation, n, output).await?;
        }
        // After an error the thumbnails may be recorded, so they are not deleted.
        match self.generations.record_thumbnails(&generation, &outputs, now).await? {
            true => {
                let made = outputs.iter().map(|output| u32::from(output.thumbnail.is_some())).sum();
                Ok(ThumbnailOutcome::Made(made))
            }
            false => {
                self.delete(&outputs).await;
                Ok(ThumbnailOutcome::Superseded)
            }
        }
    }

    async fn make_one(&self, generation: &Generation, n: u32, output: &Output) -> Result<Option<Thumbnail>> {
        if output.bytes > limits::INPUT_BYTES as u64 {
            return Ok(None);
        }
        let InputFile::Whole(file) = self.media.read_input(&output.key, &output.version_id).await? else {
            tracing::warn!(generation = %generation.id, n, "a picture is gone, or may not be read");
            return Ok(None);
        };
        let thumbnail = match media::thumbnail(&file) {
            Ok(thumbnail) => thumbnail,
            Err(reason) => {
                tracing::warn!(generation = %generation.id, n, reason = reason.as_str(), "a picture has no thumbnail");
                return Ok(None);
            }
        };
        drop(file);
        let output_file = OutputFile { account: generation.account, generation: generation.id, n };
        let (key, version_id) = self.media.put_thumbnail(output_file, thumbnail).await?;
        Ok(Some(Thumbnail { key, version_id }))
    }

    /// Deletes thumbnails that are not recorded. A thumbnail that cannot be deleted stays until
    /// the sweep or the deletion of the generation deletes it.
    async fn delete(&self, outputs: &[Output]) {
        for Thumbnail { key, version_id } in outputs.iter().filter_map(|output| output.thumbnail.as_ref()) {
            if let Err(error) = self.media.delete_version(key, version_id).await {
                tracing::warn!(error = error.why(), "a thumbnail that is not named could not be deleted");
            }
        }
    }
}
