//! What still happens to a generation that has ended.

use super::Store;
#[cfg(feature = "thumbnails")]
use crate::Output;
use crate::{Generation, Status};
use aws::{Condition, Outcome, all, millis};
use kernel::{AccountId, Error, GenerationId, Result, Timestamp};

impl Store {
    /// Records the thumbnails of what was delivered, all at once: from then on none are owed.
    /// `false` when others were recorded, or the generation is being deleted or gone.
    #[cfg(feature = "thumbnails")]
    pub(crate) async fn illustrated(&self, generation: &Generation, outputs: &[Output]) -> Result<bool> {
        let owing = [
            Condition::text("status", Status::Succeeded.as_str()),
            Condition::text("open", generation.open.clone().unwrap_or_default()),
        ];
        let write = self.table.update(&generation.account.to_string(), &generation.id.to_string());
        let write = write.set("outputs", outputs).remove("open").remove("next_check").when(all(owing));
        match write.apply().await? {
            Outcome::Applied(_) => Ok(true),
            Outcome::Held(None) => Ok(false),
            // The versions are ours alone, so a condition that failed on them means that the
            // answer was lost.
            Outcome::Held(Some(stored)) => {
                let stored: Generation = aws::read(stored)?;
                Ok(stored.open.is_none() && stored.outputs == outputs)
            }
        }
    }

    /// Takes what was delivered out of the index without its thumbnails, unless something
    /// happened to it since `next_check` was set.
    pub(crate) async fn forgo_thumbnails(&self, generation: &Generation, next_check: Timestamp) -> Result<()> {
        let unchanged = [
            Condition::text("status", Status::Succeeded.as_str()),
            Condition::number("next_check", millis(next_check)),
        ];
        let write = self.table.update(&generation.account.to_string(), &generation.id.to_string());
        write.remove("open").remove("next_check").when(all(unchanged)).apply().await.map(drop)
    }

    /// Takes what has ended out of the index, so that nobody adds anything to it: it is being
    /// deleted. `false` while it is under way. May be repeated.
    ///
    /// # Errors
    /// `not_found`, also for another account's.
    pub(crate) async fn close(&self, account: AccountId, id: GenerationId) -> Result<bool> {
        let write = self.table.update(&account.to_string(), &id.to_string()).remove("open").remove("next_check");
        match write.when(ended()).apply().await? {
            Outcome::Applied(_) => Ok(true),
            Outcome::Held(Some(_)) => Ok(false),
            Outcome::Held(None) => Err(Error::NotFound),
        }
    }

    /// Takes a generation away that is final. Nothing happens when it is gone.
    pub(crate) async fn delete(&self, account: AccountId, id: GenerationId) -> Result<()> {
        self.table.delete(&account.to_string(), &id.to_string()).when(ended()).apply().await.map(drop)
    }
}

/// The stored state is final.
fn ended() -> Condition {
    let ended: Vec<&str> = Status::ALL.into_iter().filter(|status| status.is_final()).map(Status::as_str).collect();
    Condition::one_of("status", &ended)
}
