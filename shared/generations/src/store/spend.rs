//! The daily spend at the providers.

use crate::{
    catalogue::{models::Model, settings::Settings, spend::DailySpend},
    store::{
        names::{SPEND, spend_key},
        table::GenerationStore,
    },
};
use aws::seconds;
use jiff::SignedDuration;
use kernel::{Result, Timestamp, later};

/// The retention of a day's row.
const SPEND_RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

impl GenerationStore {
    /// Adds a job that the provider accepted or may have accepted to the spend of today, and
    /// answers that spend. One request, which counts at most once.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the job may be missing in the spend.
    pub(crate) async fn count_spend(&self, model: &Model, settings: &Settings, now: Timestamp) -> Result<DailySpend> {
        let cost = model.provider_cost.breakdown(settings)?.total;
        let expires_at = seconds(later(now, SPEND_RETENTION));
        let add = [("micro_dollars", cost), ("jobs", 1)];
        let row = self.table().count(&spend_key(model.provider, now), SPEND, &add, expires_at).await?;
        aws::read(row)
    }
}
