//! Deletions in DynamoDB: each phase is one conditional write.

use super::{
    hash::HashKeys,
    keys::{DELETION, TOMBSTONE, TOMBSTONE_PREFIX},
    welcome,
};
use crate::deletion::{
    Deletion, DeletionCode, DeletionJob, DeletionRecord, DeletionStatus, Inventory, Removal, Revocations,
};
use accounts::Subject;
use aws::{Change, Condition, ConditionFailure, Dynamo, Table, WriteOutcome, all, any, millis, seconds};
use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The number of shards of the index `due`. There are few deletions; the sweep of generations
/// uses the same number.
pub(crate) const SHARDS: u64 = 4;

/// The index of deletions under way, and the attribute that is its partition key.
const DUE: &str = "due";

/// The attribute that an answer to a partner's request has, and a deletion has not.
const OUTCOME: &str = "outcome";

/// The states of deletions under way.
const OPEN: [&str; 3] =
    [DeletionStatus::Scheduled.as_str(), DeletionStatus::Erasing.as_str(), DeletionStatus::Settling.as_str()];

/// Deletions in the table `DeletionReceipts`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DeletionStore {
    table: Table,
}

/// An entry of the index: a deletion under way.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OpenDeletion {
    #[serde(rename = "pk")]
    pub(crate) code: DeletionCode,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) requested_at: Timestamp,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) next_check: Timestamp,
}

/// Marks an erased account, so that the restore of a backup erases the account again.
#[derive(Serialize)]
struct Tombstone {
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    purged_at: Timestamp,
}

impl DeletionStore {
    /// Deletions in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    pub(crate) fn db(&self) -> &Dynamo {
        self.table.db()
    }

    /// Reads what a code finds. One consistent request.
    ///
    /// # Errors
    /// `not_found`, `unavailable`.
    pub async fn get(&self, code: &DeletionCode, now: Timestamp) -> Result<DeletionRecord> {
        self.find(code, now).await?.ok_or(Error::NotFound)
    }

    /// As [`Self::get`]; `None` if the code finds nothing.
    pub(crate) async fn find(&self, code: &DeletionCode, now: Timestamp) -> Result<Option<DeletionRecord>> {
        let Some(stored) = self.table.get::<Value>(code.as_str(), DELETION).await? else { return Ok(None) };
        if stored.get(OUTCOME).is_none() {
            return serde_json::from_value(stored)
                .map(|deletion| Some(DeletionRecord::Account(deletion)))
                .map_err(Error::internal);
        }
        let removal: Removal = serde_json::from_value(stored).map_err(Error::internal)?;
        Ok((!removal.has_expired(now)).then_some(DeletionRecord::Identity(removal)))
    }

    /// Records the answer to a request that deletes no account. Stale if its code finds something already,
    /// because the same request is being answered at the same time.
    pub(crate) fn removal_change(&self, removal: &Removal, now: Timestamp) -> Result<Change> {
        // Time to live removes expired items late.
        let free = any([Condition::Absent, Condition::at_most("expires_at", seconds(now))]);
        self.table.put(removal.code.as_str(), DELETION, removal).when(free).into_change()
    }

    /// Lists the deletions under way in one shard. The index lags, so every write that follows
    /// needs a condition.
    pub(crate) async fn list_open(&self, shard: u64) -> Result<Vec<OpenDeletion>> {
        self.table.query(&shard.to_string()).index(DUE, DUE, "next_check", millis(Timestamp::MAX)).all().await
    }

    /// Reads the job of a deletion under way; `None` if the deletion is over.
    pub(crate) async fn get_job(&self, code: &DeletionCode) -> Result<Option<DeletionJob>> {
        let stored: Option<Value> = self.table.get(code.as_str(), DELETION).await?;
        let open = stored.filter(|item| item.get(DUE).is_some());
        open.map(serde_json::from_value).transpose().map_err(Error::internal)
    }

    /// Records a new deletion, in the transaction that closes the account.
    pub(crate) fn schedule_change(&self, job: &DeletionJob) -> Result<Change> {
        self.table.put(job.deletion.code.as_str(), DELETION, job).when(Condition::Absent).into_change()
    }

    /// Cancels a deletion, in the transaction that reopens the account, and removes the account
    /// id. The item expires at `expires_at`.
    pub(crate) fn cancel_change(&self, code: &str, expires_at: Timestamp) -> Result<Change> {
        let mut write = self.table.update(code, DELETION).set("status", DeletionStatus::Canceled);
        write = write.set("expires_at", seconds(expires_at));
        for name in ["account", DUE, "next_check", "claim", "lease_until"] {
            write = write.remove(name);
        }
        let in_time = Condition::text("status", DeletionStatus::Scheduled.as_str());
        write.when(in_time).into_explained_change(|_| {
            ConditionFailure::Refused(Error::WrongState { detail: "The erasure has begun." })
        })
    }

    /// Moves the next check. Answers `true` to the one caller that moved it and must wake the
    /// purge.
    pub(crate) async fn move_next_check(&self, open: &OpenDeletion, next_check: Timestamp) -> Result<bool> {
        let unchanged = Condition::number("next_check", millis(open.next_check));
        let write = self.table.update(open.code.as_str(), DELETION).set("next_check", millis(next_check));
        Ok(matches!(write.when(unchanged).apply().await?, WriteOutcome::Applied(_)))
    }

    /// Sets the next check to the end of the grace period.
    pub(crate) async fn wait_until(&self, code: &DeletionCode, until: Timestamp) -> Result<()> {
        let write = self.table.update(code.as_str(), DELETION).set("next_check", millis(until));
        write.when(Condition::text("status", DeletionStatus::Scheduled.as_str())).apply().await.map(drop)
    }

    /// Takes the lease: until `lease_until` no other run works on this deletion. `None` if
    /// another run has the lease, or the deletion is over.
    pub(crate) async fn take_lease(
        &self,
        code: &DeletionCode,
        claim: &str,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<DeletionJob>> {
        // The claim is our own if the answer was lost and the SDK sent the request again.
        let free = any([
            Condition::Missing("lease_until"),
            Condition::at_most("lease_until", millis(now)),
            Condition::text("claim", claim),
        ]);
        let write = self.table.update(code.as_str(), DELETION).set("claim", claim);
        let write = write.set("lease_until", millis(lease_until));
        match write.when(all([Condition::one_of("status", &OPEN), free])).apply().await? {
            WriteOutcome::Applied(item) => aws::read(item).map(Some),
            WriteOutcome::ConditionFailed(_) => Ok(None),
        }
    }

    /// Begins a round with the counted data, in one transaction with the welcome markers. After
    /// the first round has begun, the deletion cannot be taken back.
    pub(crate) fn begin_changes(
        &self,
        seen: &DeletionJob,
        next: &DeletionJob,
        claim: &str,
        found: &Inventory,
        keys: &HashKeys,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let same_round = Condition::number("round", seen.round);
        let write = self
            .table
            .update(seen.deletion.code.as_str(), DELETION)
            .set("status", DeletionStatus::Erasing)
            .set("round", next.round)
            .set("counts", &next.counts)
            .set("reverse", &next.reverse)
            .remove("purged_at")
            .remove("verify_at")
            .when(all([is_leased(seen, claim), same_round]));
        let markers = found.subjects.iter().map(|person| welcome::marker_change(&self.table, keys, person, now));
        std::iter::once(write.into_explained_change(|_| superseded())).chain(markers).collect()
    }

    /// Writes the welcome marker of a person whose identity leaves its account, as [`WelcomeMarkers::mark_change`]
    /// does.
    ///
    /// [`WelcomeMarkers::mark_change`]: super::WelcomeMarkers::mark_change
    ///
    /// # Errors
    /// `internal` when the write cannot be built.
    pub(crate) fn mark_change(&self, keys: &HashKeys, person: &Subject, now: Timestamp) -> Result<Change> {
        welcome::marker_change(&self.table, keys, person, now)
    }

    /// Records what became of the tokens of partners. `false` if another run has the lease.
    pub(crate) async fn record_revocations(
        &self,
        job: &DeletionJob,
        claim: &str,
        revocations: Revocations,
    ) -> Result<bool> {
        let write = self.table.update(job.deletion.code.as_str(), DELETION).set("revocations", revocations);
        Ok(matches!(write.when(is_leased(job, claim)).apply().await?, WriteOutcome::Applied(_)))
    }

    /// Ends a round: all data is erased, and the second check follows at `verify_at`. `false` if
    /// another run has the lease.
    pub(crate) async fn settle(
        &self,
        job: &DeletionJob,
        claim: &str,
        purged_at: Timestamp,
        verify_at: Timestamp,
    ) -> Result<bool> {
        let write = self
            .table
            .update(job.deletion.code.as_str(), DELETION)
            .set("status", DeletionStatus::Settling)
            .set("purged_at", millis(purged_at))
            .set("verify_at", millis(verify_at))
            .set("next_check", millis(verify_at))
            .remove("claim")
            .remove("lease_until")
            .when(is_leased(job, claim));
        Ok(matches!(write.apply().await?, WriteOutcome::Applied(_)))
    }

    /// Replaces the deletion job by the receipt and writes a tombstone for the erased account.
    pub(crate) fn finish_changes(
        &self,
        job: &DeletionJob,
        claim: &str,
        erased: &Deletion,
        keys: &HashKeys,
    ) -> Result<Vec<Change>> {
        let receipt = self.table.put(job.deletion.code.as_str(), DELETION, erased).when(is_leased(job, claim));
        let purged_at = erased.purged_at.ok_or_else(|| Error::internal("the deletion has no time of erasure"))?;
        let partition = format!("{TOMBSTONE_PREFIX}{}", keys.account(job.account));
        let tombstone = self.table.put(&partition, TOMBSTONE, &Tombstone { purged_at });
        Ok(vec![receipt.into_explained_change(|_| superseded())?, tombstone.into_change()?])
    }
}

/// The deletion still has the status that was read, and the lease of this run.
fn is_leased(seen: &DeletionJob, claim: &str) -> Condition {
    all([Condition::text("status", seen.deletion.status.as_str()), Condition::text("claim", claim)])
}

/// Another run took the step, or this run did and the answer was lost. The schedule continues.
fn superseded() -> ConditionFailure {
    ConditionFailure::Refused(Error::WrongState { detail: "This deletion has moved on." })
}
