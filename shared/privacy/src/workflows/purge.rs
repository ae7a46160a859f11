//! Asks the partners to revoke their tokens, erases an account, checks that nothing is left, and writes the receipt.

use super::{
    close::CloseAccount,
    revoke::{RevokeTokens, revoke_all},
};
use crate::{
    all_personal_data::AllPersonalData,
    deletion::{Deletion, DeletionCode, DeletionJob, DeletionStatus, Inventory, PurgeStep, Revocations},
    receipt::ReceiptSigner,
    store::{DeletionStore, HashKeys},
};
use aws::{Decision, transact};
use kernel::{Error, Ids, Result, Timestamp, later, limits::ERASURE_SETTLES};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The purge stops this long before the invocation times out, so that no request is interrupted.
/// The schedule wakes it again.
const STOP_BEFORE: Duration = Duration::from_secs(60);

/// The message that wakes the purge of a deletion that may be due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurgeMessage {
    /// The code of the deletion.
    pub code: DeletionCode,
}

/// Purges accounts.
#[derive(Debug)]
pub struct PurgeAccount {
    /// The deletions.
    pub deletions: DeletionStore,
    /// The data to erase.
    pub personal_data: AllPersonalData,
    /// Finishes the closing of an account if the request did not.
    pub close: CloseAccount,
    /// Asks the partners of sign-in to revoke their tokens.
    pub partners: Box<dyn RevokeTokens>,
    /// The hash keys of markers and tombstones.
    pub keys: HashKeys,
    /// Signs the receipts.
    pub signer: ReceiptSigner,
    /// The number of days for which backups or logs keep erased data.
    pub backup_days: u32,
}

/// The outcome of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurgeOutcome {
    /// The deletion is over, or its next step is not due.
    NothingToDo,
    /// The grace period has not ended. All activity of the account has ended.
    Waiting,
    /// Another run has the lease.
    Leased,
    /// The time ran out. The schedule wakes the purge again.
    OutOfTime,
    /// The user took the deletion back, or another run took the step. The schedule checks again.
    Superseded,
    /// All data is erased. The second check follows in a day.
    Settling,
    /// The second check found nothing, and the receipt is written.
    Erased,
}

/// One run that has the lease.
struct Run<'a> {
    claim: String,
    ids: &'a Ids,
    begun: (Timestamp, Instant),
}

impl PurgeAccount {
    /// Takes the steps of a deletion that are due. Safe to repeat at any time: only the promised
    /// times decide, and a lease lets one run work at a time.
    ///
    /// Each phase is written before it is carried out. If a run crashes, the next run continues
    /// it, and data is counted once. Data that arrives while a round erases is erased and not
    /// counted.
    ///
    /// # Errors
    /// `unavailable` if AWS does not answer; the schedule wakes the purge again.
    pub async fn purge(
        &self,
        message: &PurgeMessage,
        time_left: Duration,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<PurgeOutcome> {
        let lease_until = later(now, time_left);
        let done =
            timeout(time_left.saturating_sub(STOP_BEFORE), self.take_steps(message, lease_until, ids, now)).await;
        done.unwrap_or(Ok(PurgeOutcome::OutOfTime))
    }

    async fn take_steps(
        &self,
        PurgeMessage { code }: &PurgeMessage,
        lease_until: Timestamp,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<PurgeOutcome> {
        let Some(job) = self.deletions.get_job(code).await? else { return Ok(PurgeOutcome::NothingToDo) };
        match job.step(now) {
            PurgeStep::Nothing => return Ok(PurgeOutcome::NothingToDo),
            PurgeStep::Close => {
                self.close.finish_closing(job.account, &job.deletion, ids, now).await?;
                return Ok(PurgeOutcome::Waiting);
            }
            PurgeStep::Begin | PurgeStep::Erase | PurgeStep::Verify => {}
        }
        let run = Run { claim: ids.uuid_v7(now).to_string(), ids, begun: (now, Instant::now()) };
        let Some(job) = self.deletions.take_lease(code, &run.claim, lease_until, now).await? else {
            return Ok(PurgeOutcome::Leased);
        };
        // Another run may have taken the step before this run took the lease.
        if !matches!(job.step(now), PurgeStep::Begin | PurgeStep::Erase | PurgeStep::Verify) {
            return Ok(PurgeOutcome::NothingToDo);
        }
        match self.erase(job, &run).await {
            Err(Error::WrongState { .. }) => Ok(PurgeOutcome::Superseded),
            done => done,
        }
    }

    async fn erase(&self, mut job: DeletionJob, run: &Run<'_>) -> Result<PurgeOutcome> {
        if job.deletion.status != DeletionStatus::Erasing {
            let found = self.personal_data.take_inventory(job.account, &job.reverse).await?;
            if found.is_empty() && job.deletion.status == DeletionStatus::Settling {
                return self.finish(&job, run).await;
            }
            job = self.begin(job, &found, run).await?;
        }
        if job.revocations.is_none() {
            job.revocations = self.revoke(&job, run).await?;
        }
        loop {
            self.personal_data.erase(job.account, &job.reverse).await?;
            let found = self.personal_data.take_inventory(job.account, &job.reverse).await?;
            if found.is_empty() {
                return self.settle(&job, run).await;
            }
            tracing::warn!(round = job.round, "data was written during the erasure");
            job = self.begin(job, &found, run).await?;
        }
    }

    /// Asks the partners to revoke their tokens, and records the outcome before the tokens are erased. A run that dies
    /// in between asks again.
    async fn revoke(&self, job: &DeletionJob, run: &Run<'_>) -> Result<Option<Revocations>> {
        let tokens = self.close.accounts.revocable_tokens(job.account).await?;
        if tokens.is_empty() {
            return Ok(None);
        }
        let revocations = revoke_all(&*self.partners, &tokens, run.now()).await;
        match self.deletions.record_revocations(job, &run.claim, revocations).await? {
            true => Ok(Some(revocations)),
            false => Err(Error::WrongState { detail: "This deletion has moved on." }),
        }
    }

    async fn begin(&self, job: DeletionJob, found: &Inventory, run: &Run<'_>) -> Result<DeletionJob> {
        let next = job.next_round(found);
        transact(self.deletions.db(), run.ids, async || {
            let changes = self.deletions.begin_changes(&job, &next, &run.claim, found, &self.keys, run.now())?;
            Ok(Decision::Commit(changes, ()))
        })
        .await?;
        Ok(next)
    }

    async fn settle(&self, job: &DeletionJob, run: &Run<'_>) -> Result<PurgeOutcome> {
        let now = run.now();
        match self.deletions.settle(job, &run.claim, now, later(now, ERASURE_SETTLES)).await? {
            true => Ok(PurgeOutcome::Settling),
            false => Ok(PurgeOutcome::Superseded),
        }
    }

    async fn finish(&self, job: &DeletionJob, run: &Run<'_>) -> Result<PurgeOutcome> {
        let now = run.now();
        let receipt = Some(self.signer.receipt(job, now, self.backup_days)?);
        let done = Deletion { status: DeletionStatus::Erased, verified_at: Some(now), receipt, ..job.deletion.clone() };
        transact(self.deletions.db(), run.ids, async || {
            Ok(Decision::Commit(self.deletions.finish_changes(job, &run.claim, &done, &self.keys)?, ()))
        })
        .await?;
        Ok(PurgeOutcome::Erased)
    }
}

impl Run<'_> {
    /// The current time. The time of an invocation is fixed at its start, and a purge may take
    /// many minutes.
    fn now(&self) -> Timestamp {
        let (begun, instant) = self.begun;
        let millis = u64::try_from(instant.elapsed().as_millis()).unwrap_or(u64::MAX);
        later(begun, Duration::from_millis(millis))
    }
}
