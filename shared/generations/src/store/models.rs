//! The daily spend at the providers, its spenders, the health of the models, and the times that their works take.

use crate::{
    catalogue::{
        availability::StoredState, health::ModelHealth, models::Model, settings::Settings, spend::DailySpend,
        typical::WorkTime,
    },
    generation::{record::Generation, spenders::JobCost, status::GenerationStatus},
    store::{
        names::{HEALTH, SPEND, STATUS, health_key, ids_of_days, spend_key, spend_key_of},
        table::GenerationStore,
    },
};
use aws::{Condition, ScanProgress, WriteOutcome, all, any, millis, seconds};
use jiff::{SignedDuration, civil::Date};
use kernel::{AccountId, Error, GenerationId, MicroDollars, Result, Timestamp, later};
use providers::{ProviderJob, ProviderName};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The retention of a day's row.
const SPEND_RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The retention of a model's row after its last change.
const HEALTH_RETENTION: SignedDuration = SignedDuration::from_hours(24);

/// Most attempts to change the health of a model. Runs that fail at the same time collide; a count
/// that is lost delays a pause by one failure.
const ATTEMPTS: u32 = 8;

/// The attributes of a stored generation that decide its cost.
#[derive(Deserialize)]
struct StoredJobCost {
    #[serde(rename = "pk")]
    account: AccountId,
    #[serde(rename = "sk")]
    id: GenerationId,
    model: String,
    provider: ProviderName,
    settings: Settings,
    status: GenerationStatus,
    provider_job: Option<ProviderJob>,
    provider_cost: Option<u64>,
}

impl StoredJobCost {
    const ATTRIBUTES: [&'static str; 8] =
        ["pk", "sk", "model", "provider", "settings", "status", "provider_job", "provider_cost"];
}

impl From<StoredJobCost> for JobCost {
    fn from(stored: StoredJobCost) -> Self {
        let StoredJobCost { account, id, model, provider, settings, status, provider_job, provider_cost } = stored;
        Self { account, id, model, provider, settings, status, has_job: provider_job.is_some(), provider_cost }
    }
}

/// The attributes of a stored work that say how long it took.
#[derive(Deserialize)]
struct StoredWorkTime {
    model: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    created_at: Timestamp,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    finished_at: Timestamp,
}

impl StoredWorkTime {
    const ATTRIBUTES: [&'static str; 3] = ["model", "created_at", "finished_at"];
}

impl From<StoredWorkTime> for WorkTime {
    fn from(StoredWorkTime { model, created_at, finished_at }: StoredWorkTime) -> Self {
        Self { model, created_at, finished_at }
    }
}

impl GenerationStore {
    /// Adds a job that the provider accepted or may have accepted to the spend of today, and
    /// answers that spend. One request, which counts at most once.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the job may be missing in the spend.
    pub(crate) async fn count_spend(&self, generation: &Generation, now: Timestamp) -> Result<DailySpend> {
        self.add_spend(generation, signed(generation.provider_cost), 1, now).await
    }

    /// Takes a job that the provider does not bill out of the spend of the day of its request. One
    /// request, which counts at most once. A job that was sent after midnight stays in the spend of
    /// the next day.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the job may still be in the spend.
    pub(crate) async fn correct_spend(&self, generation: &Generation) -> Result<DailySpend> {
        self.add_spend(generation, -signed(generation.provider_cost), 0, generation.created_at).await
    }

    async fn add_spend(&self, generation: &Generation, cost: i64, jobs: i64, day: Timestamp) -> Result<DailySpend> {
        let expires_at = seconds(later(day, SPEND_RETENTION));
        let add = [("micro_dollars", cost), ("jobs", jobs)];
        let row = self.table().count(&spend_key(generation.provider, day), SPEND, &add, expires_at).await?;
        aws::read(row)
    }

    /// The spend at a provider on a day (UTC), as its cap counts it. One request. `None` when nothing
    /// was counted, or the row has expired.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn spend_of_day(&self, provider: ProviderName, day: Date) -> Result<Option<DailySpend>> {
        self.table().get(&spend_key_of(provider, day), SPEND).await
    }

    /// The costs of all generations of a day (UTC), for an operator. It reads the whole table, and
    /// calls `progress` after each page. The reads are eventually consistent.
    ///
    /// # Errors
    /// `invalid` for a day that no id can have; `unavailable` when AWS does not answer.
    pub async fn costs_of_day(&self, day: Date, progress: impl FnMut(&ScanProgress)) -> Result<Vec<JobCost>> {
        let (first, last) = ids_of_days(day, day).ok_or_else(|| Error::invalid("day", "There is no such day."))?;
        let of_day = Condition::Between("sk", first, last);
        let stored: Vec<StoredJobCost> = self.table().scan(of_day, &StoredJobCost::ATTRIBUTES).all(progress).await?;
        Ok(stored.into_iter().map(JobCost::from).collect())
    }

    /// The times of all delivered works that were requested from the first to the last of these days (UTC), for an
    /// operator. It reads the whole table, and calls `progress` after each page. The reads are eventually consistent.
    /// A work that was deleted is not counted.
    ///
    /// # Errors
    /// `invalid` for days that no id can have; `unavailable` when AWS does not answer.
    pub async fn work_times(
        &self,
        first: Date,
        last: Date,
        progress: impl FnMut(&ScanProgress),
    ) -> Result<Vec<WorkTime>> {
        let (from, to) = ids_of_days(first, last).ok_or_else(|| Error::invalid("days", "There are no such days."))?;
        let delivered = Condition::text(STATUS, GenerationStatus::Succeeded.as_str());
        let of_days = all([Condition::Between("sk", from, to), delivered]);
        let stored: Vec<StoredWorkTime> = self.table().scan(of_days, &StoredWorkTime::ATTRIBUTES).all(progress).await?;
        Ok(stored.into_iter().map(WorkTime::from).collect())
    }

    /// The spend and the health on which the availability of these models depends, in their order. One batch read of
    /// at most 100 rows.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub(crate) async fn read_states(&self, models: &[&Model], now: Timestamp) -> Result<Vec<StoredState>> {
        if models.is_empty() {
            return Ok(Vec::new());
        }
        let providers: BTreeSet<ProviderName> = models.iter().map(|model| model.provider).collect();
        let days: Vec<String> = providers.iter().map(|provider| spend_key(*provider, now)).collect();
        let healths: Vec<String> = models.iter().map(|model| health_key(&model.id)).collect();
        let table = self.table();
        let days = days.iter().map(|day| (table, day.as_str(), SPEND));
        let keys: Vec<_> = days.chain(healths.iter().map(|health| (table, health.as_str(), HEALTH))).collect();
        let mut found = table.db().batch_get_all(&keys).await?.into_iter();
        let mut spent = BTreeMap::new();
        for (provider, row) in providers.iter().zip(found.by_ref()) {
            spent.insert(*provider, row.map(aws::read::<DailySpend>).transpose()?);
        }
        let states = models.iter().zip(found).map(|(model, row)| {
            let health = row.map(aws::read).transpose()?.unwrap_or_default();
            Ok(StoredState { spent: spent.get(&model.provider).copied().flatten(), health })
        });
        states.collect()
    }

    /// Counts a failed job of a model. `true` when the model pauses. Two requests, and one for each
    /// collision.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the failure may not be counted.
    pub(crate) async fn count_failure(&self, generation: &Generation, now: Timestamp) -> Result<bool> {
        let mut health = self.health(&generation.model).await?;
        for _ in 0..ATTEMPTS {
            let (next, pauses) = health.after_failure(generation.account, now);
            match self.change_health(&generation.model, &health, &next, now).await? {
                None => return Ok(pauses),
                Some(stored) => health = stored,
            }
        }
        Ok(false)
    }

    /// Counts a success of a model whose jobs had failed. Two requests. A failure that is counted
    /// at the same time wins.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the success may not be counted.
    pub(crate) async fn count_success(&self, model: &str, now: Timestamp) -> Result<()> {
        let health = self.health(model).await?;
        if health.is_failing() {
            self.change_health(model, &health, &health.after_success(), now).await?;
        }
        Ok(())
    }

    async fn health(&self, model: &str) -> Result<ModelHealth> {
        Ok(self.table().get(&health_key(model), HEALTH).await?.unwrap_or_default())
    }

    /// Stores `next` on the condition that the stored health is `seen`. Answers the stored one if it
    /// differs.
    async fn change_health(
        &self,
        model: &str,
        seen: &ModelHealth,
        next: &ModelHealth,
        now: Timestamp,
    ) -> Result<Option<ModelHealth>> {
        let unchanged = match seen.version {
            0 => any([Condition::Absent, Condition::number("version", 0)]),
            version => Condition::number("version", version),
        };
        let ModelHealth { version, failures, groups, pauses, paused_until } = next;
        let row = self.table().update(&health_key(model), HEALTH).set("version", version).set("failures", failures);
        let row = row.set("groups", groups).set("pauses", pauses).set("paused_until", paused_until.map(millis));
        let row = row.set("expires_at", seconds(later(now, HEALTH_RETENTION)));
        match row.when(unchanged).apply().await? {
            WriteOutcome::Applied(_) => Ok(None),
            WriteOutcome::ConditionFailed(stored) => Ok(Some(stored.map(aws::read).transpose()?.unwrap_or_default())),
        }
    }
}

fn signed(cost: MicroDollars) -> i64 {
    i64::try_from(cost.0).unwrap_or(i64::MAX)
}
