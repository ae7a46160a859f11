//! Finds deletions that are due, and wakes the purge.

use crate::{
    purge::PurgeMessage,
    store::{DeletionStore, Open, SHARDS},
};
use aws::Queue;
use jiff::SignedDuration;
use kernel::{Result, Timestamp, limits};

/// When a deletion is due again that the purge was woken for. The purge ends after 15
/// minutes, so shorter would wake a second one beside the first.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// The schedule over deletions that are under way.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Deletions.
    pub receipts: DeletionStore,
    /// What wakes the purge.
    pub queue: Queue,
    /// How many days recovery and logs outlive what was erased: the template's own numbers.
    pub backup_days: u32,
}

/// What one run found and did, in deletions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scheduled {
    /// Under way, due or not.
    pub open: u32,
    /// The purge was woken.
    pub woken: u32,
    /// Left for the next run, because something did not answer.
    pub failed: u32,
    /// How long ago the oldest one was asked for, in days; 0 when there is none.
    pub oldest_days: f64,
    /// How many days are left to erase it, so that backups and logs have aged out by the
    /// 30th day. What the alarms go by.
    pub days_left: f64,
}

impl Schedule {
    /// One run over all shards. May run beside another one: each deletion is taken by who
    /// moved the next look.
    ///
    /// # Errors
    /// `unavailable` when the index cannot be read. What fails for one deletion is counted
    /// and leaves the others alone.
    pub async fn run(&self, now: Timestamp) -> Result<Scheduled> {
        let mut done = Scheduled::default();
        for shard in 0..SHARDS {
            for open in self.receipts.open(shard).await? {
                done.open += 1;
                done.oldest_days = done.oldest_days.max(days(now.duration_since(open.requested_at)));
                if open.next_check > now {
                    continue;
                }
                match self.wake(&open, now).await {
                    Ok(true) => done.woken += 1,
                    Ok(false) => {}
                    Err(_) => done.failed += 1,
                }
            }
        }
        done.days_left =
            days(limits::DELETION_DUE.try_into().unwrap_or_default()) - f64::from(self.backup_days) - done.oldest_days;
        Ok(done)
    }

    async fn wake(&self, open: &Open, now: Timestamp) -> Result<bool> {
        let again = now.saturating_add(AGAIN_AFTER).unwrap_or(Timestamp::MAX);
        if !self.receipts.look_again(open, again).await? {
            return Ok(false);
        }
        self.queue.send(&PurgeMessage { code: open.code.clone() }).await?;
        Ok(true)
    }
}

fn days(age: SignedDuration) -> f64 {
    age.as_secs_f64() / (24.0 * 60.0 * 60.0)
}
