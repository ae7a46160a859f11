//! Every hour: wakes the purge for deletions that are due, and publishes how many
//! days are left for the oldest open one, which is what the alarms go by (P15).

use kernel::Result;
use privacy::{DeletionStore, Schedule, Scheduled, backup_days};
use runtime::{
    Ctx, Init,
    metric::{self, Metric},
};
use std::sync::Arc;

/// What the function may touch.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    schedule: Schedule,
}

impl Deps {
    /// At cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            schedule: Schedule {
                receipts: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?),
                queue: init.queue("PURGE_QUEUE_URL")?,
                backup_days: backup_days(init.var("PITR_DAYS")?, init.var("LOG_DAYS")?)?,
            },
        })
    }
}

/// One run.
///
/// # Errors
/// `unavailable`; the next hour does what was left.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx) -> Result<Scheduled> {
    let done = deps.schedule.run(ctx.now).await?;
    let metrics = [
        Metric { name: "OpenDeletions", value: done.open.into() },
        Metric { name: "OldestOpenDeletionDays", value: done.oldest_days },
        Metric { name: "DeletionDaysLeft", value: done.days_left },
    ];
    metric::publish(&deps.stage, ctx.now, &metrics);
    Ok(done)
}
