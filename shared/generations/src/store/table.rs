//! Generations in DynamoDB: each step is one conditional write, and the condition is the
//! state machine's.

use crate::{
    Generation, GenerationStatus, Output,
    generation::progress::Standing,
    generation::record::Failure,
    generation::sweep_step as plan,
    workflows::clear::{LOOSE_ROUNDS, put_loose_rounds, put_rest},
    workflows::thumbnails::OWES_THUMBNAILS,
};
use aws::{Change, Condition, Table, Verdict, WriteOutcome, all, any, millis, seconds};
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{AccountId, Credits, Error, GenerationId, Result, Timestamp, limits};
use providers::ProviderJob;
use serde::{Deserialize, Serialize};

/// Shards of the index `open`: one partition of an index takes about 1,000 writes a second.
pub(crate) const SHARDS: u64 = 4;

/// The index of what somebody must look after: what is not final, still owes thumbnails, or
/// is not yet cleared away.
const OPEN: &str = "open";

/// The mark of what was deleted and is still being cleared away.
pub(crate) const DELETED_AT: &str = "deleted_at";

/// Most items that one sweep takes from a shard; the rest is due again in a minute.
const SWEEP_PAGE: u32 = 200;

/// What a repeated request finds: lies under `request#<hash of the key>` for 24 hours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RequestRow {
    pub(crate) generation: GenerationId,
    pub(crate) body_hash: String,
    /// Seconds, for time to live, which deletes late: every read checks it.
    expires_at: i64,
}

impl RequestRow {
    pub(crate) fn new(generation: GenerationId, body_hash: String, now: Timestamp) -> Self {
        let expiry = now.saturating_add(limits::IDEMPOTENCY_KEY_LIFETIME).unwrap_or(Timestamp::MAX);
        Self { generation, body_hash, expires_at: seconds(expiry) }
    }

    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        seconds(now) < self.expires_at
    }
}

/// Generations in the table `Generations`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GenerationStore {
    table: Table,
}

/// What came of the step into collecting.
pub(crate) enum Taken {
    /// From now on nobody else copies.
    Ours(Generation),
    /// It ended before.
    Over(Generation),
    /// Somebody else copies it, it was sent anew, or it is gone.
    No,
}

/// The sort key of a repeated request's row.
pub(crate) fn request_key(hash: &str) -> String {
    format!("request#{hash}")
}

impl GenerationStore {
    /// Generations in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// One generation. One consistent request.
    ///
    /// # Errors
    /// `not_found`, also for another account's.
    pub async fn get(&self, account: AccountId, id: GenerationId) -> Result<Generation> {
        let stored: Option<Generation> = self.table.get(&account.to_string(), &id.to_string()).await?;
        stored.filter(Generation::is_there).ok_or(Error::NotFound)
    }

    /// What is due in one shard, longest first, each read by itself. The index lags: act on a
    /// condition only.
    pub(crate) async fn due(&self, shard: u64, now: Timestamp) -> Result<Vec<Result<Generation>>> {
        let due = self.table.query(&shard.to_string()).index(OPEN, OPEN, "next_check", millis(now));
        Ok(due.limit(SWEEP_PAGE).items().await?.items.into_iter().map(aws::read).collect())
    }

    /// A new generation, as part of the transaction that pays for it.
    pub(crate) fn queued(&self, generation: &Generation) -> Result<Change> {
        let (account, id) = (generation.account.to_string(), generation.id.to_string());
        self.table.put(&account, &id, generation).when(Condition::Absent).or_stale()
    }

    /// The row that makes a repetition safe, in the same transaction.
    pub(crate) fn remember(&self, account: AccountId, key: &str, row: &RequestRow, now: Timestamp) -> Result<Change> {
        let free = any([Condition::Absent, Condition::at_most("expires_at", seconds(now))]);
        self.table.put(&account.to_string(), &request_key(key), row).when(free).or_stale()
    }

    /// Submitting or running becomes canceling. The sweep asks the provider at once.
    pub(crate) fn canceling(&self, generation: &Generation, now: Timestamp) -> Result<Change> {
        let step = self.step(generation.account, generation.id, GenerationStatus::Canceling);
        let step = step.set("cancel_requested", millis(now)).set("next_check", millis(now));
        step.when(from(GenerationStatus::Canceling)).or_stale()
    }

    /// Queued becomes submitting: from now on nobody else submits it. `None` when it is
    /// not queued (any more).
    pub(crate) async fn submitting(
        &self,
        account: AccountId,
        id: GenerationId,
        claim: &str,
        now: Timestamp,
    ) -> Result<Option<Generation>> {
        let step = self
            .step(account, id, GenerationStatus::Submitting)
            .set("claim", claim)
            .set("next_check", millis(plan::later(now, plan::SUBMIT_LEASE)))
            .when(from(GenerationStatus::Submitting));
        match step.apply().await? {
            WriteOutcome::Applied(item) => aws::read(item).map(Some),
            WriteOutcome::ConditionFailed(None) => Ok(None),
            // A condition that failed on our own claim means that the answer was lost.
            WriteOutcome::ConditionFailed(Some(item)) => {
                let generation: Generation = aws::read(item)?;
                Ok(Some(generation).filter(|generation| generation.claim.as_deref() == Some(claim)))
            }
        }
    }

    /// Submitting becomes running, with the provider's id and where it stands. Nothing happens when the
    /// webhook was faster. `false` when the generation was called off meanwhile, or is
    /// gone: then nobody waits for the job, and who called it off learns its id.
    pub(crate) async fn running(
        &self,
        generation: &Generation,
        job: &ProviderJob,
        standing: Standing,
        now: Timestamp,
    ) -> Result<bool> {
        let step = self
            .step(generation.account, generation.id, GenerationStatus::Running)
            .set("provider_job", job)
            .set("next_check", millis(plan::later(now, plan::ASK_AFTER)))
            .when(all([Condition::text("status", GenerationStatus::Submitting.as_str()), ours(generation)]));
        match Standing::put(Some(standing), step).apply().await? {
            WriteOutcome::Applied(_) => Ok(true),
            WriteOutcome::ConditionFailed(None) => Ok(false),
            WriteOutcome::ConditionFailed(Some(stored)) => match aws::read::<Generation>(stored)?.status {
                GenerationStatus::Canceling => self.remember_job(generation, job, now).await.map(|()| false),
                status => Ok(![GenerationStatus::Canceled, GenerationStatus::TimedOut].contains(&status)),
            },
        }
    }

    /// Puts the provider's id on what is being called off, unless it is known by now.
    async fn remember_job(&self, generation: &Generation, job: &ProviderJob, now: Timestamp) -> Result<()> {
        let unknown =
            [Condition::text("status", GenerationStatus::Canceling.as_str()), Condition::Missing("provider_job")];
        let write = self.table.update(&generation.account.to_string(), &generation.id.to_string());
        let write = write.set("provider_job", job).set("next_check", millis(now)).when(all(unknown));
        write.apply().await.map(drop)
    }

    /// Submitting becomes queued again, until its deadline at most: the provider refused for now. `false` when it was
    /// called off meanwhile.
    pub(crate) async fn requeued(&self, generation: &Generation, next_check: Timestamp) -> Result<bool> {
        let step = self
            .step(generation.account, generation.id, GenerationStatus::Queued)
            .set("next_check", millis(next_check.min(generation.deadline)))
            .when(all([from(GenerationStatus::Queued), ours(generation)]));
        match step.apply().await? {
            WriteOutcome::ConditionFailed(Some(stored)) => {
                Ok(aws::read::<Generation>(stored)?.status != GenerationStatus::Canceling)
            }
            WriteOutcome::Applied(_) | WriteOutcome::ConditionFailed(None) => Ok(true),
        }
    }

    /// Submitting, running, canceling, or abandoned in collecting becomes collecting. Until it
    /// is known what this round of copying leaves, it counts as one that leaves something:
    /// who dies now cannot say so any more. The generation that is answered counts the rounds
    /// before it.
    pub(crate) async fn collecting(
        &self,
        account: AccountId,
        id: GenerationId,
        job: &ProviderJob,
        claim: &str,
        now: Timestamp,
    ) -> Result<Taken> {
        let live = [GenerationStatus::Submitting, GenerationStatus::Running, GenerationStatus::Canceling]
            .map(GenerationStatus::as_str);
        // The lease is not `next_check`, because the sweep moves that before it wakes us.
        let abandoned = all([
            Condition::text("status", GenerationStatus::Collecting.as_str()),
            Condition::at_most("lease_until", millis(now)),
        ]);
        let lease_until = millis(plan::later(now, plan::COLLECT_LEASE));
        let same_job = any([Condition::Missing("provider_job"), Condition::text("provider_job", job.as_str())]);
        let step = self
            .step(account, id, GenerationStatus::Collecting)
            .set("claim", claim)
            .set("provider_job", job)
            .set("lease_until", lease_until)
            .set("next_check", lease_until)
            .add(LOOSE_ROUNDS, 1)
            .when(all([any([Condition::one_of("status", &live), abandoned]), same_job]));
        let (item, applied) = match step.apply().await? {
            WriteOutcome::Applied(item) => (item, true),
            WriteOutcome::ConditionFailed(Some(item)) => (item, false),
            WriteOutcome::ConditionFailed(None) => return Ok(Taken::No),
        };
        let generation: Generation = aws::read(item)?;
        // A condition that failed on our own claim means that the answer was lost.
        Ok(match applied || generation.claim.as_deref() == Some(claim) {
            true => Taken::Ours(generation.before_this_round()),
            false if generation.status.is_final() => Taken::Over(generation),
            false => Taken::No,
        })
    }

    /// Collecting becomes running or canceling again: the provider is not done, or cannot
    /// be asked. Looked at again at its deadline at the latest.
    pub(crate) async fn not_yet(
        &self,
        generation: &Generation,
        standing: Option<Standing>,
        next_check: Timestamp,
    ) -> Result<()> {
        let before =
            if generation.cancel_requested.is_some() { GenerationStatus::Canceling } else { GenerationStatus::Running };
        let step = self
            .step(generation.account, generation.id, before)
            .remove("lease_until")
            .set("next_check", millis(next_check.min(generation.deadline)))
            .when(all([Condition::text("status", GenerationStatus::Collecting.as_str()), ours(generation)]));
        Standing::put(standing, put_loose_rounds(step, generation)).apply().await.map(drop)
    }

    /// Collecting stays so, for the next round, soon: the provider has made it, and something of
    /// it could not be copied yet.
    pub(crate) async fn collect_again(&self, generation: &Generation, next_check: Timestamp) -> Result<()> {
        let step = self
            .step(generation.account, generation.id, GenerationStatus::Collecting)
            .set("lease_until", millis(next_check))
            .set("next_check", millis(next_check))
            .when(all([Condition::text("status", GenerationStatus::Collecting.as_str()), ours(generation)]));
        put_loose_rounds(step, generation).apply().await.map(drop)
    }

    /// Moves the next look, and where the job stands if that is known, if nobody else did
    /// and nothing changed. Whoever gets `true` takes the step.
    pub(crate) async fn look_again(
        &self,
        generation: &Generation,
        standing: Option<Standing>,
        next_check: Timestamp,
    ) -> Result<bool> {
        let seen = generation.next_check.map(millis).unwrap_or_default();
        let unchanged =
            all([Condition::text("status", generation.status.as_str()), Condition::number("next_check", seen)]);
        let (account, id) = (generation.account.to_string(), generation.id.to_string());
        let write = self.table.update(&account, &id).set("next_check", millis(next_check)).when(unchanged);
        Ok(matches!(Standing::put(standing, write).apply().await?, WriteOutcome::Applied(_)))
    }

    /// Collecting becomes succeeded, as part of the transaction that settles the hold.
    pub(crate) fn succeeded(
        &self,
        generation: &Generation,
        outputs: &[Output],
        cost: Credits,
        now: Timestamp,
    ) -> Result<Change> {
        let step = self.step(generation.account, generation.id, GenerationStatus::Succeeded);
        put_end(step, generation, outputs.iter().any(Output::is_picture), now)
            .set("outputs", outputs)
            .set("cost", cost)
            .when(all([from(GenerationStatus::Succeeded), ours(generation)]))
            .or(|_| superseded())
    }

    /// A state becomes a final one without delivery, as part of the transaction that ends
    /// the hold. The state must be the one that was seen, and where somebody had claimed it,
    /// still theirs.
    pub(crate) fn ended(&self, generation: &Generation, failure: &Failure, now: Timestamp) -> aws::Write {
        let mut seen = vec![from(failure.code.status()), Condition::text("status", generation.status.as_str())];
        if generation.claim.is_some() {
            seen.push(ours(generation));
        }
        let step = self.step(generation.account, generation.id, failure.code.status()).set("failure", failure);
        let step = put_end(step, generation, false, now).when(all(seen));
        match generation.price.checked_sub(failure.released).filter(|cost| !cost.is_zero()) {
            Some(cost) => step.set("cost", cost),
            None => step,
        }
    }

    fn step(&self, account: AccountId, id: GenerationId, to: GenerationStatus) -> aws::Write {
        self.table.update(&account.to_string(), &id.to_string()).set("status", to)
    }
}

/// The end of a generation: it leaves the index, unless it owes thumbnails or may have left
/// something that is to be cleared away.
fn put_end(step: aws::Write, generation: &Generation, owes_thumbnails: bool, now: Timestamp) -> aws::Write {
    let step = if owes_thumbnails { step.set(OWES_THUMBNAILS, true) } else { step };
    put_rest(step, generation, owes_thumbnails, now).set("finished_at", millis(now)).remove("lease_until")
}

/// The stored state may go over into `to`.
fn from(to: GenerationStatus) -> Condition {
    #[cfg(feature = "planted-faults")]
    if planted(Planted::AnyStateBefore) {
        return Condition::Exists;
    }
    let sources: Vec<&str> = to.sources().map(GenerationStatus::as_str).collect();
    Condition::one_of("status", &sources)
}

/// The claim is still the one that was read.
fn ours(generation: &Generation) -> Condition {
    Condition::text("claim", generation.claim.clone().unwrap_or_default())
}

/// Another took the step, or nothing is there any more.
pub(crate) fn superseded() -> Verdict {
    Verdict::Refused(Error::WrongState { detail: "This generation has moved on." })
}
