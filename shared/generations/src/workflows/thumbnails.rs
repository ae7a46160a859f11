//! Giving what was delivered its thumbnails. It is a job of its own, because a provider's
//! outputs must be copied within minutes and a thumbnail may come whenever.

use crate::{
    Generation, GenerationStatus, GenerationStore, Output, Thumbnail, ThumbnailMessage,
    store::table::DELETED_AT,
    workflows::clear::{LOOSE_ROUNDS, loose_rounds_are, put_rest},
};
use aws::{Condition, WriteOutcome, all, not};
use kernel::{AccountId, GenerationId, Ids, Result, Timestamp, limits};
use media::{MediaStore, OutputFile};

/// The mark of what is still to be given thumbnails.
pub(crate) const OWES_THUMBNAILS: &str = "owes_thumbnails";

/// The mark of who gives it some.
const DRAWING: &str = "drawing";

/// Makes thumbnails.
#[derive(Debug, Clone)]
pub struct Thumbnails {
    /// What is stored.
    pub generations: GenerationStore,
    /// Where the outputs are, and the thumbnails go.
    pub media: MediaStore,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// It has them, will never have any, or is being deleted.
    NothingToDo,
    /// So many were made; a picture that cannot be decoded has none.
    Made(u32),
    /// Another began after this one, or the generation is gone: what was written was deleted.
    Superseded,
    /// The generation is gone, and so is whatever a process that died had written for it.
    Gone,
}

impl Thumbnails {
    /// Makes the thumbnails that a generation still owes: reads each picture, writes its
    /// thumbnail, and records all of them in one update. Two requests, and two for each
    /// picture. May be repeated, and run beside itself: who began last records, and who does
    /// not deletes what it wrote. What a process that died wrote, the sweep clears away.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the message comes again, and after that the
    /// sweep sends another.
    pub async fn make(&self, message: &ThumbnailMessage, ids: &Ids, now: Timestamp) -> Result<Drawn> {
        let ThumbnailMessage { account, generation } = *message;
        let claim = ids.uuid_v7(now).to_string();
        let generation = match self.generations.drawing(account, generation, &claim).await? {
            Begun::Ours(generation) => generation,
            Begun::NothingToDo => return Ok(Drawn::NothingToDo),
            // An earlier run may have died between writing and learning that it is gone.
            Begun::Gone => {
                self.media.delete_leftovers(account, generation).await?;
                return Ok(Drawn::Gone);
            }
        };
        let mut outputs = generation.outputs.clone();
        for (n, output) in (0..).zip(&mut outputs).filter(|(_, output)| output.is_picture()) {
            output.thumbnail = self.draw(&generation, n, output).await?;
        }
        // After an error nobody knows whether it applied: deleting could take away what is named.
        match self.generations.illustrated(&generation, &outputs, now).await? {
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
        let place = OutputFile { account: generation.account, generation: generation.id, n };
        let (key, version_id) = self.media.put_thumbnail(place, drawn).await?;
        Ok(Some(Thumbnail { key, version_id }))
    }

    /// Takes back what was written. What cannot be deleted is cleared away by the sweep, or
    /// goes with the generation.
    async fn delete(&self, outputs: &[Output]) {
        for Thumbnail { key, version_id } in outputs.iter().filter_map(|output| output.thumbnail.as_ref()) {
            if let Err(error) = self.media.delete_version(key, version_id).await {
                tracing::warn!(error = error.why(), "a thumbnail that is not named could not be deleted");
            }
        }
    }
}

/// What came of beginning.
enum Begun {
    /// From now on nobody who began before can record anything.
    Ours(Box<Generation>),
    /// It owes none, or is being deleted.
    NothingToDo,
    Gone,
}

impl GenerationStore {
    /// Begins to give a generation its thumbnails. Until it is known what this round leaves, it
    /// counts as one that leaves something; the generation that is answered counts the rounds
    /// before it.
    async fn drawing(&self, account: AccountId, id: GenerationId, claim: &str) -> Result<Begun> {
        let owing = [
            Condition::text("status", GenerationStatus::Succeeded.as_str()),
            Condition::yes(OWES_THUMBNAILS),
            Condition::Missing(DELETED_AT),
            not(Condition::text(DRAWING, claim)),
        ];
        let write = self.table().update(&account.to_string(), &id.to_string());
        let (stored, applied) = match write.set(DRAWING, claim).add(LOOSE_ROUNDS, 1).when(all(owing)).apply().await? {
            WriteOutcome::Applied(stored) => (stored, true),
            WriteOutcome::ConditionFailed(Some(stored)) => (stored, false),
            WriteOutcome::ConditionFailed(None) => return Ok(Begun::Gone),
        };
        let generation: Generation = aws::read(stored)?;
        // A condition that failed on our own mark means that the answer was lost.
        Ok(match applied || generation.drawing.as_deref() == Some(claim) {
            true => Begun::Ours(Box::new(generation.before_this_round())),
            false => Begun::NothingToDo,
        })
    }

    /// Records the thumbnails of what was delivered, all at once: from then on none are owed.
    /// `false` when another began since, or the generation is being deleted or gone.
    async fn illustrated(&self, generation: &Generation, outputs: &[Output], now: Timestamp) -> Result<bool> {
        let ours = [
            Condition::text(DRAWING, generation.drawing.clone().unwrap_or_default()),
            Condition::yes(OWES_THUMBNAILS),
            Condition::Missing(DELETED_AT),
        ];
        let write = self.table().update(&generation.account.to_string(), &generation.id.to_string());
        let write = put_rest(write, generation, false, now).set("outputs", outputs).remove(OWES_THUMBNAILS);
        match write.when(all(ours)).apply().await? {
            WriteOutcome::Applied(_) => Ok(true),
            WriteOutcome::ConditionFailed(None) => Ok(false),
            // A condition that failed on our own record means that the answer was lost.
            WriteOutcome::ConditionFailed(Some(stored)) => {
                let stored: Generation = aws::read(stored)?;
                Ok(stored.drawing == generation.drawing && !stored.owes_thumbnails)
            }
        }
    }

    /// Gives up on the thumbnails of what was delivered: from then on none are owed.
    pub(crate) async fn forgo_thumbnails(&self, generation: &Generation, now: Timestamp) -> Result<()> {
        // Who began since is known to nobody else.
        let owing = [Condition::yes(OWES_THUMBNAILS), Condition::Missing(DELETED_AT), loose_rounds_are(generation)];
        let write = self.table().update(&generation.account.to_string(), &generation.id.to_string());
        let write = put_rest(write, generation, false, now).remove(OWES_THUMBNAILS);
        write.when(all(owing)).apply().await.map(drop)
    }
}
