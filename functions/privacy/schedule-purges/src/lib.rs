//! Every hour: wakes the purge for due deletions. Publishes the number of days left for the oldest
//! open deletion, which the alarms use (P15).

use kernel::Result;
use privacy::{DeletionStore, SchedulePurges, ScheduleReport, backup_days};
use runtime::{
    Ctx, Init,
    metric::{self, Metric},
};
use std::sync::Arc;

/// The tables, secrets and clients of this function.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    schedule: SchedulePurges,
}

impl Deps {
    /// Builds the dependencies at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            schedule: SchedulePurges {
                deletions: DeletionStore::new(init.table("DELETION_RECEIPTS_TABLE")?),
                queue: init.queue("PURGE_QUEUE_URL")?,
                backup_days: backup_days(init.var("PITR_DAYS")?, init.var("LOG_DAYS")?)?,
            },
        })
    }
}

/// Runs once over all open deletions.
///
/// # Errors
/// `unavailable`; the next run, an hour later, continues.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx) -> Result<ScheduleReport> {
    let report = deps.schedule.run(ctx.now).await?;
    let metrics = [
        Metric { name: "OpenDeletions", value: report.open.into() },
        Metric { name: "OldestOpenDeletionDays", value: report.oldest_days },
        Metric { name: "DeletionDaysLeft", value: report.days_left },
    ];
    metric::publish(&deps.stage, ctx.now, &metrics);
    Ok(report)
}
