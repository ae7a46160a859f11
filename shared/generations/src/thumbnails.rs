//! Giving what was delivered its thumbnails. It is a job of its own, because a provider's
//! outputs must be copied within minutes and a thumbnail may come whenever.

use crate::{Generation, Output, Status, Store, Thumbnail, ThumbnailMessage, store::DELETED_AT};
use aws::{Condition, Outcome, all};
use kernel::{Error, Result, limits};
use media::{Output as MediaOutput, Store as Media};

/// Makes thumbnails.
#[derive(Debug, Clone)]
pub struct Thumbnails {
    /// What is stored.
    pub generations: Store,
    /// Where the outputs are, and the thumbnails go.
    pub media: Media,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// It has them, will never have any, or is being deleted.
    NothingToDo,
    /// So many were made; a picture that cannot be decoded has none.
    Made(u32),
    /// Another made them meanwhile, or the generation is gone: what was written was deleted.
    Superseded,
    /// The generation is gone, and so is whatever a process that died had written for it.
    Gone,
}

impl Thumbnails {
    /// Makes the thumbnails that a generation still owes: reads each picture, writes its
    /// thumbnail, and records all of them in one update. Two requests, and two for each
    /// picture. May be repeated, and run beside itself: one update applies, and who loses it
    /// deletes what it wrote.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the message comes again, and after that the
    /// sweep sends another.
    pub async fn make(&self, message: &ThumbnailMessage) -> Result<Drawn> {
        let ThumbnailMessage { account, generation } = *message;
        let generation = match self.generations.get(account, generation).await {
            Ok(generation) => generation,
            // An earlier run may have died between writing and learning that it is gone.
            Err(Error::NotFound) => {
                self.media.delete_leftovers(account, generation).await?;
                return Ok(Drawn::Gone);
            }
            Err(error) => return Err(error),
        };
        if generation.status != Status::Succeeded || generation.open.is_none() {
            return Ok(Drawn::NothingToDo);
        }
        let mut outputs = generation.outputs.clone();
        for (n, output) in (0..).zip(&mut outputs).filter(|(_, output)| output.is_picture()) {
            match self.draw(&generation, n, output).await {
                Ok(thumbnail) => output.thumbnail = thumbnail,
                Err(error) => {
                    self.delete(&outputs).await;
                    return Err(error);
                }
            }
        }
        // After an error nobody knows whether it applied: deleting could take away what is named.
        match self.generations.illustrated(&generation, &outputs).await? {
            true => Ok(Drawn::Made(outputs.iter().map(|output| u32::from(output.thumbnail.is_some())).sum())),
            false => {
                self.delete(&outputs).await;
                Ok(Drawn::Superseded)
            }
        }
    }

    async fn draw(&self, generation: &Generation, n: u32, output: &Output) -> Result<Option<Thumbnail>> {
        if output.bytes > limits::INPUT_BYTES as u64 {
            return Ok(None);
        }
        let Some(file) = self.media.read_input(&output.key, &output.version_id).await? else {
            tracing::warn!(generation = %generation.id, n, "a picture is gone, or may not be read");
            return Ok(None);
        };
        let drawn = match media::thumbnail(&file) {
            Ok(drawn) => drawn,
            Err(reason) => {
                tracing::warn!(generation = %generation.id, n, ?reason, "a picture has no thumbnail");
                return Ok(None);
            }
        };
        drop(file);
        let place = MediaOutput { account: generation.account, generation: generation.id, n };
        let (key, version_id) = self.media.put_thumbnail(place, drawn).await?;
        Ok(Some(Thumbnail { key, version_id }))
    }

    /// Takes back what was written. A version that cannot be deleted lies below the
    /// generation's prefix, and goes with it.
    async fn delete(&self, outputs: &[Output]) {
        for Thumbnail { key, version_id } in outputs.iter().filter_map(|output| output.thumbnail.as_ref()) {
            if let Err(error) = self.media.delete_version(key, version_id).await {
                tracing::warn!(error = error.why(), "a thumbnail that is not named could not be deleted");
            }
        }
    }
}

impl Store {
    /// Records the thumbnails of what was delivered, all at once: from then on none are owed.
    /// `false` when others were recorded, or the generation is being deleted or gone.
    async fn illustrated(&self, generation: &Generation, outputs: &[Output]) -> Result<bool> {
        let owing = [
            Condition::text("status", Status::Succeeded.as_str()),
            Condition::text("open", generation.open.clone().unwrap_or_default()),
            Condition::Missing(DELETED_AT),
        ];
        let write = self.table().update(&generation.account.to_string(), &generation.id.to_string());
        let write = write.set("outputs", outputs);
        // What is still to be cleared stays in the index, and the sweep takes it out.
        let write = match generation.loose_copies {
            0 => write.remove("open").remove("next_check"),
            _ => write,
        };
        match write.when(all(owing)).apply().await? {
            Outcome::Applied(_) => Ok(true),
            Outcome::Held(None) => Ok(false),
            // The versions are ours alone, so a condition that failed on them means that the
            // answer was lost.
            Outcome::Held(Some(stored)) => {
                let stored: Generation = aws::read(stored)?;
                Ok(stored.deleted_at.is_none() && stored.outputs == outputs)
            }
        }
    }
}
