//! Finds due deletions and wakes the purge.

use super::purge::PurgeMessage;
use crate::store::{DeletionStore, OpenDeletion, SHARDS};
use aws::Queue;
use jiff::SignedDuration;
use kernel::{Result, Timestamp, limits};

/// The time until the purge of the same deletion is woken again. A purge ends after 15 minutes; a
/// shorter time would wake a second purge beside the first.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// Wakes the purges of due deletions.
#[derive(Debug, Clone)]
pub struct SchedulePurges {
    /// The deletions.
    pub deletions: DeletionStore,
    /// The queue of the purge.
    pub queue: Queue,
    /// The number of days for which backups or logs keep erased data.
    pub backup_days: u32,
}

/// The report of one run, in deletions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ScheduleReport {
    /// Deletions under way, due or not.
    pub open: u32,
    /// Deletions whose purge was woken.
    pub woken: u32,
    /// Deletions left for the next run, because a request failed.
    pub failed: u32,
    /// The age of the oldest request in days; 0 if there is none.
    pub oldest_days: f64,
    /// The days left to erase the oldest one, so that backups and logs have expired by the 30th
    /// day. The alarms use this number.
    pub days_left: f64,
}

impl SchedulePurges {
    /// Runs over all shards. Two runs may overlap: only the run that moves the next check of a
    /// deletion wakes its purge.
    ///
    /// # Errors
    /// `unavailable` if the index cannot be read. A failure of one deletion is counted and does
    /// not affect the others.
    pub async fn run(&self, now: Timestamp) -> Result<ScheduleReport> {
        let mut report = ScheduleReport::default();
        for shard in 0..SHARDS {
            for open in self.deletions.list_open(shard).await? {
                report.open += 1;
                report.oldest_days = report.oldest_days.max(days(now.duration_since(open.requested_at)));
                if open.next_check > now {
                    continue;
                }
                match self.wake(&open, now).await {
                    Ok(true) => report.woken += 1,
                    Ok(false) => {}
                    Err(_) => report.failed += 1,
                }
            }
        }
        report.days_left = days(limits::DELETION_DUE.try_into().unwrap_or_default())
            - f64::from(self.backup_days)
            - report.oldest_days;
        Ok(report)
    }

    async fn wake(&self, open: &OpenDeletion, now: Timestamp) -> Result<bool> {
        let again = now.saturating_add(AGAIN_AFTER).unwrap_or(Timestamp::MAX);
        if !self.deletions.move_next_check(open, again).await? {
            return Ok(false);
        }
        self.queue.send(&PurgeMessage { code: open.code.clone() }).await?;
        Ok(true)
    }
}

fn days(age: SignedDuration) -> f64 {
    age.as_secs_f64() / (24.0 * 60.0 * 60.0)
}
