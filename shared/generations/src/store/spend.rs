//! The daily spend at the providers.

use crate::{
    catalogue::{
        models::Model,
        settings::Settings,
        spend::DailySpend,
        spenders::{JobCost, ids_of_day},
    },
    store::{
        names::{SPEND, spend_key},
        table::GenerationStore,
    },
};
use aws::{Condition, ScanProgress, seconds};
use jiff::{SignedDuration, civil::Date};
use kernel::{Error, Result, Timestamp, later};

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

    /// The costs of all generations of a day (UTC), for an operator. It reads the whole table, and
    /// tells `progress` after each page. The reads may lag behind by moments.
    ///
    /// # Errors
    /// `invalid` for a day that no id can have; `unavailable` when AWS does not answer.
    pub async fn costs_of_day(&self, day: Date, progress: impl FnMut(&ScanProgress)) -> Result<Vec<JobCost>> {
        let (first, last) = ids_of_day(day).ok_or_else(|| Error::invalid("day", "There is no such day."))?;
        let of_day = Condition::Between("sk", first, last);
        self.table().scan(of_day, &JobCost::ATTRIBUTES).all(progress).await
    }
}
