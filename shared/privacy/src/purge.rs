//! The job: erases an account, proves it, and writes the receipt.

use crate::{
    close::Close,
    code::DeletionCode,
    deletion::{Deletion, DeletionStatus, Step, Work},
    everything::{Everything, Inventory},
    hash::HashKeys,
    receipt::ReceiptSigner,
    store::DeletionStore,
};
use aws::{Decision, transact};
use kernel::{Error, Ids, Result, Timestamp, limits::ERASURE_SETTLES};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long before the platform ends the process the purge stops by itself, so that it
/// ends between two phases and not in a pile of half-sent requests. The schedule goes on.
const STOP_BEFORE: Duration = Duration::from_secs(60);

/// Wakes the purge: this deletion may be due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurgeMessage {
    /// Which.
    pub code: DeletionCode,
}

/// Purges accounts.
#[derive(Debug)]
pub struct Purge {
    /// Deletions.
    pub receipts: DeletionStore,
    /// What is erased.
    pub everything: Everything,
    /// What a request may have left to be followed through.
    pub close: Close,
    /// The keys of markers and tombstones.
    pub keys: HashKeys,
    /// What signs receipts.
    pub signer: ReceiptSigner,
    /// How many days recovery and logs outlive what was erased: the template's own numbers.
    pub backup_days: u32,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purged {
    /// It is over, or its time has not come.
    NothingToDo,
    /// The grace period lasts; nothing goes on in the account.
    Waiting,
    /// Somebody else works on it.
    Leased,
    /// The time was up before it was done; the schedule goes on.
    OutOfTime,
    /// The deletion was taken back, or moved on by another; the schedule looks again.
    Superseded,
    /// Everything is gone, and is looked for again in a day.
    Settling,
    /// It was looked for again, nothing was there, and the receipt is written.
    Erased,
}

/// One run with the lease.
struct Run<'a> {
    claim: String,
    ids: &'a Ids,
    begun: (Timestamp, Instant),
}

impl Purge {
    /// Does what is to be done now. May be repeated, at any time and by anybody: what is
    /// done is decided by the deletion's own times, by one run at a time.
    ///
    /// Each phase is written before it is acted upon, so that a run that dies is continued
    /// by the next one, and what was counted is counted once. What arrives while a round
    /// erases is erased with it, and not counted.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer; the schedule goes on.
    pub async fn purge(
        &self,
        message: &PurgeMessage,
        time_left: Duration,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Purged> {
        let lease_until = later(now, time_left);
        let done =
            timeout(time_left.saturating_sub(STOP_BEFORE), self.take_steps(message, lease_until, ids, now)).await;
        done.unwrap_or(Ok(Purged::OutOfTime))
    }

    async fn take_steps(
        &self,
        PurgeMessage { code }: &PurgeMessage,
        lease_until: Timestamp,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Purged> {
        let Some(work) = self.receipts.work(code).await? else { return Ok(Purged::NothingToDo) };
        match work.step(now) {
            Step::Nothing => return Ok(Purged::NothingToDo),
            Step::Close => {
                self.close.follow_through(work.account, &work.deletion, ids, now).await?;
                return Ok(Purged::Waiting);
            }
            Step::Begin | Step::Erase | Step::Verify => {}
        }
        let run = Run { claim: ids.uuid_v7(now).to_string(), ids, begun: (now, Instant::now()) };
        let Some(work) = self.receipts.claim(code, &run.claim, lease_until, now).await? else {
            return Ok(Purged::Leased);
        };
        // Another run may have come between the look and the lease.
        if !matches!(work.step(now), Step::Begin | Step::Erase | Step::Verify) {
            return Ok(Purged::NothingToDo);
        }
        match self.go_on(work, &run).await {
            Err(Error::WrongState { .. }) => Ok(Purged::Superseded),
            done => done,
        }
    }

    async fn go_on(&self, mut work: Work, run: &Run<'_>) -> Result<Purged> {
        if work.deletion.status != DeletionStatus::Erasing {
            let found = self.everything.take_stock(work.account, &work.reverse).await?;
            if found.is_empty() && work.deletion.status == DeletionStatus::Settling {
                return self.finish(&work, run).await;
            }
            work = self.begin(work, &found, run).await?;
        }
        loop {
            self.everything.erase(work.account, &work.reverse).await?;
            let found = self.everything.take_stock(work.account, &work.reverse).await?;
            if found.is_empty() {
                return self.settle(&work, run).await;
            }
            tracing::warn!(round = work.round, "something was written behind the erasure");
            work = self.begin(work, &found, run).await?;
        }
    }

    async fn begin(&self, work: Work, found: &Inventory, run: &Run<'_>) -> Result<Work> {
        let next = work.next_round(found);
        transact(self.receipts.db(), run.ids, async || {
            let changes = self.receipts.begin(&work, &next, &run.claim, found, &self.keys, run.now())?;
            Ok(Decision::Commit(changes, ()))
        })
        .await?;
        Ok(next)
    }

    async fn settle(&self, work: &Work, run: &Run<'_>) -> Result<Purged> {
        let now = run.now();
        match self.receipts.settle(work, &run.claim, now, later(now, ERASURE_SETTLES)).await? {
            true => Ok(Purged::Settling),
            false => Ok(Purged::Superseded),
        }
    }

    async fn finish(&self, work: &Work, run: &Run<'_>) -> Result<Purged> {
        let now = run.now();
        let receipt = Some(self.signer.receipt(work, now, self.backup_days)?);
        let done =
            Deletion { status: DeletionStatus::Erased, verified_at: Some(now), receipt, ..work.deletion.clone() };
        transact(self.receipts.db(), run.ids, async || {
            Ok(Decision::Commit(self.receipts.finish(work, &run.claim, &done, &self.keys)?, ()))
        })
        .await?;
        Ok(Purged::Erased)
    }
}

impl Run<'_> {
    /// The time now: an invocation has one time, and a purge may take many minutes of it.
    fn now(&self) -> Timestamp {
        let (begun, instant) = self.begun;
        let millis = u64::try_from(instant.elapsed().as_millis()).unwrap_or(u64::MAX);
        later(begun, Duration::from_millis(millis))
    }
}

fn later(time: Timestamp, wait: Duration) -> Timestamp {
    time.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
