//! Deleting what has ended: its objects, then its item.

use crate::Store;
use kernel::{AccountId, Error, GenerationId, Result};
use media::Store as Media;

/// Deletes generations for the people who asked for them.
#[derive(Debug, Clone)]
pub struct Delete {
    /// What is stored.
    pub generations: Store,
    /// Where the outputs are.
    pub media: Media,
}

impl Delete {
    /// Lets nothing be added to a generation any more, deletes every version of every object
    /// of it, then the generation. Who dies in between leaves a generation whose files are
    /// gone, and a repetition ends it; the other way round would leave files that nobody knows
    /// of. Five requests.
    ///
    /// The statement keeps its entries, which name the id alone, and the row of its
    /// Idempotency-Key stays until it expires, so that the key starts nothing anew.
    ///
    /// # Errors
    /// `not_found`, also for another account's and once it is deleted; `wrong_state` while
    /// it is under way; `unavailable`.
    pub async fn delete(&self, account: AccountId, id: GenerationId) -> Result<()> {
        // From here on a thumbnail that is being made finds no place, so none comes after the look.
        if !self.generations.close(account, id).await? {
            return Err(Error::WrongState { detail: "This generation is under way. Call it off first." });
        }
        self.media.delete_generation(account, id).await?;
        self.generations.delete(account, id).await
    }
}
