//! The steps of a collection: taken, returned, or retried.

use crate::{
    generation::{progress::Progress, record::Generation, schedule, status::GenerationStatus},
    store::{
        conditions::{claim_unchanged, status_is},
        names::{CLAIM, LEASE_UNTIL, MADE_TOO_LATE, NEXT_CHECK, ORPHAN_RISK, PROVIDER_JOB, STATUS},
        orphans::put_orphan_risk,
        table::{GenerationStore, put_progress},
    },
};
use aws::{Condition, WriteOutcome, all, any, millis};
use kernel::{AccountId, GenerationId, Result, Timestamp, later};
use providers::ProviderJob;
use serde::Deserialize;

/// The result of taking a generation for collection.
pub(crate) enum CollectionClaim {
    /// It is taken: no other run copies its outputs.
    Taken(Generation),
    /// It had ended before.
    Ended(Generation),
    /// Another run collects it, it has another job by now, or it no longer exists.
    NotAvailable,
}

/// The id of the first run that learned of a success after the end.
#[derive(Deserialize)]
struct MadeTooLate {
    made_too_late: Option<String>,
}

impl GenerationStore {
    /// Submitting, running, canceling, or collecting with an expired lease becomes collecting.
    /// The write adds one to the orphan risk, because this run may die before it can record
    /// its result. The answered generation has the orphan risk from before.
    pub(crate) async fn take_for_collection(
        &self,
        account: AccountId,
        id: GenerationId,
        job: &ProviderJob,
        claim: &str,
        now: Timestamp,
    ) -> Result<CollectionClaim> {
        let live = [GenerationStatus::Submitting, GenerationStatus::Running, GenerationStatus::Canceling]
            .map(GenerationStatus::as_str);
        // The lease is not `next_check`, because the sweep moves that before it wakes this run.
        let is_abandoned = all([status_is(GenerationStatus::Collecting), Condition::at_most(LEASE_UNTIL, millis(now))]);
        let lease_until = millis(later(now, schedule::COLLECT_LEASE));
        let is_same_job = any([Condition::Missing(PROVIDER_JOB), Condition::text(PROVIDER_JOB, job.as_str())]);
        let step = self
            .transition(account, id, GenerationStatus::Collecting)
            .set(CLAIM, claim)
            .set(PROVIDER_JOB, job)
            .set(LEASE_UNTIL, lease_until)
            .set(NEXT_CHECK, lease_until)
            .add(ORPHAN_RISK, 1)
            .when(all([any([Condition::one_of(STATUS, &live), is_abandoned]), is_same_job]));
        let (item, applied) = match step.apply().await? {
            WriteOutcome::Applied(item) => (item, true),
            WriteOutcome::ConditionFailed(Some(item)) => (item, false),
            WriteOutcome::ConditionFailed(None) => return Ok(CollectionClaim::NotAvailable),
        };
        let generation: Generation = aws::read(item)?;
        // Our own claim means that the write applied and its answer was lost.
        Ok(match applied || generation.claim.as_deref() == Some(claim) {
            true => CollectionClaim::Taken(generation.before_this_run()),
            false if generation.status.is_final() => CollectionClaim::Ended(generation),
            false => CollectionClaim::NotAvailable,
        })
    }

    /// Collecting becomes running or canceling again: the provider is not done, or cannot be
    /// asked. It is checked at its deadline at the latest.
    pub(crate) async fn return_uncollected(
        &self,
        generation: &Generation,
        progress: Option<Progress>,
        next_check: Timestamp,
    ) -> Result<()> {
        let before = match generation.cancel_requested {
            Some(_) => GenerationStatus::Canceling,
            None => GenerationStatus::Running,
        };
        let step = self
            .transition(generation.account, generation.id, before)
            .remove(LEASE_UNTIL)
            .set(NEXT_CHECK, millis(next_check.min(generation.deadline)))
            .when(all([status_is(GenerationStatus::Collecting), claim_unchanged(generation)]));
        put_progress(put_orphan_risk(step, generation), progress).apply().await.map(drop)
    }

    /// Collecting stays collecting, for the next run: the provider has the output, but it could
    /// not be copied yet.
    pub(crate) async fn retry_collection(&self, generation: &Generation, next_check: Timestamp) -> Result<()> {
        let step = self
            .transition(generation.account, generation.id, GenerationStatus::Collecting)
            .set(LEASE_UNTIL, millis(next_check))
            .set(NEXT_CHECK, millis(next_check))
            .when(all([status_is(GenerationStatus::Collecting), claim_unchanged(generation)]));
        put_orphan_risk(step, generation).apply().await.map(drop)
    }

    /// Records that a provider succeeded after the generation had ended. `true` for the first
    /// run that records it: webhooks repeat, and a provider bills a job once.
    pub(crate) async fn mark_made_too_late(&self, generation: &Generation, claim: &str) -> Result<bool> {
        let is_unmarked = [Condition::Exists, Condition::Missing(MADE_TOO_LATE)];
        let write = self.update(generation).set(MADE_TOO_LATE, claim).when(all(is_unmarked));
        Ok(match write.apply().await? {
            WriteOutcome::Applied(_) => true,
            WriteOutcome::ConditionFailed(None) => false,
            // Our own claim means that the write applied and its answer was lost.
            WriteOutcome::ConditionFailed(Some(stored)) => {
                aws::read::<MadeTooLate>(stored)?.made_too_late.as_deref() == Some(claim)
            }
        })
    }
}
