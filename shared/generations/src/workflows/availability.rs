//! The models on offer, and whether they take new generations.

use crate::{
    catalogue::{
        availability::{ModelAvailability, unavailable},
        models::Catalogue,
        paused::Paused,
        spend::SpendCaps,
    },
    store::table::GenerationStore,
};
use kernel::{Result, Timestamp};

/// Reads which models take new generations, as [`Submit`](crate::Submit) decides it.
#[derive(Debug, Clone)]
pub struct Availability {
    /// The models on offer.
    pub catalogue: Catalogue,
    /// The paused providers and models.
    pub paused: Paused,
    /// The daily caps of the providers.
    pub caps: SpendCaps,
    /// The rows of the providers' spend and of the models' health.
    pub generations: GenerationStore,
}

impl Availability {
    /// Every model on offer at `now`, in display order. One batch read, whatever is paused.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn read(&self, now: Timestamp) -> Result<Vec<ModelAvailability<'_>>> {
        let offered: Vec<_> = self.catalogue.on_offer(now).collect();
        let stored = self.generations.read_states(&offered, now).await?;
        let of_each = offered.into_iter().zip(&stored).map(|(model, stored)| {
            let reason = unavailable(model, &self.paused, &self.caps, stored, now)?;
            Ok(ModelAvailability { model, reason })
        });
        of_each.collect()
    }
}
