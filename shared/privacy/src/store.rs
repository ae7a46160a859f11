//! Deletions in DynamoDB: each phase is one conditional write.

use crate::{
    code::DeletionCode,
    deletion::{Deletion, DeletionStatus, Work},
    everything::Inventory,
    hash::HashKeys,
    welcome,
};
use aws::{Change, Condition, Dynamo, Table, Verdict, WriteOutcome, all, any, millis, seconds};
use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The sort key of work items, and later of receipts; the code is the partition key.
pub(crate) const DELETION: &str = "deletion";
/// What stands before the hash of an account in the partition key of its tombstone.
pub(crate) const TOMBSTONE_PREFIX: &str = "tombstone#";
/// The sort key of every tombstone.
pub(crate) const TOMBSTONE: &str = "tombstone";

/// Shards of the index `due`. Deletions are few; the sweep of generations has as many.
pub(crate) const SHARDS: u64 = 4;

/// The index of what is under way.
const DUE: &str = "due";

/// The states in which the purge may have something to do.
const OPEN: [&str; 3] =
    [DeletionStatus::Scheduled.as_str(), DeletionStatus::Erasing.as_str(), DeletionStatus::Settling.as_str()];

/// Deletions in the table `DeletionReceipts`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DeletionStore {
    table: Table,
}

/// What the index tells of a deletion that is under way.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Open {
    #[serde(rename = "pk")]
    pub(crate) code: DeletionCode,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) requested_at: Timestamp,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) next_check: Timestamp,
}

/// That an account was erased, for who restores a backup.
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

    /// A deletion as anybody with its code may see it. One consistent request.
    ///
    /// # Errors
    /// `not_found`, `unavailable`.
    pub async fn get(&self, code: &DeletionCode) -> Result<Deletion> {
        self.table.get(code.as_str(), DELETION).await?.ok_or(Error::NotFound)
    }

    /// What is under way, in one shard. The index lags: act on a condition only.
    pub(crate) async fn open(&self, shard: u64) -> Result<Vec<Open>> {
        self.table.query(&shard.to_string()).index(DUE, DUE, "next_check", millis(Timestamp::MAX)).all().await
    }

    /// The work item of a deletion that is under way; `None` when it is over.
    pub(crate) async fn work(&self, code: &DeletionCode) -> Result<Option<Work>> {
        let stored: Option<Value> = self.table.get(code.as_str(), DELETION).await?;
        let open = stored.filter(|item| item.get(DUE).is_some());
        open.map(serde_json::from_value).transpose().map_err(Error::internal)
    }

    /// A new deletion, as part of the transaction that closes the account.
    pub(crate) fn schedule(&self, work: &Work) -> Result<Change> {
        self.table.put(work.deletion.code.as_str(), DELETION, work).when(Condition::Absent).or_stale()
    }

    /// Takes a deletion back, as part of the transaction that reopens the account, and
    /// forgets whose it was. `expires_at` is when the rest goes too.
    pub(crate) fn cancel(&self, code: &str, expires_at: Timestamp) -> Result<Change> {
        let mut write = self.table.update(code, DELETION).set("status", DeletionStatus::Canceled);
        write = write.set("expires_at", seconds(expires_at));
        for name in ["account", DUE, "next_check", "claim", "lease_until"] {
            write = write.remove(name);
        }
        let in_time = Condition::text("status", DeletionStatus::Scheduled.as_str());
        write.when(in_time).or(|_| Verdict::Refused(Error::WrongState { detail: "The erasure has begun." }))
    }

    /// Moves the next look, if nobody else did. Whoever gets `true` wakes the purge.
    pub(crate) async fn look_again(&self, open: &Open, next_check: Timestamp) -> Result<bool> {
        let unchanged = Condition::number("next_check", millis(open.next_check));
        let write = self.table.update(open.code.as_str(), DELETION).set("next_check", millis(next_check));
        Ok(matches!(write.when(unchanged).apply().await?, WriteOutcome::Applied(_)))
    }

    /// Nothing is to be done before the end of the grace period.
    pub(crate) async fn wait(&self, code: &DeletionCode, until: Timestamp) -> Result<()> {
        let write = self.table.update(code.as_str(), DELETION).set("next_check", millis(until));
        write.when(Condition::text("status", DeletionStatus::Scheduled.as_str())).apply().await.map(drop)
    }

    /// Takes the lease: until `lease_until` nobody else works on this deletion. `None` when
    /// somebody else has it, or the deletion is over.
    pub(crate) async fn claim(
        &self,
        code: &DeletionCode,
        claim: &str,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Work>> {
        // Our own claim, when the answer to it was lost and the SDK sent it again.
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

    /// A round begins: what there is has been counted, and will be erased. From the first
    /// one on there is no way back. In one transaction with the markers of who had their
    /// welcome.
    pub(crate) fn begin(
        &self,
        seen: &Work,
        next: &Work,
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
            .when(all([ours(seen, claim), same_round]));
        let markers = found.subjects.iter().map(|person| welcome::remember(&self.table, keys, person, now));
        std::iter::once(write.or(|_| superseded())).chain(markers).collect()
    }

    /// A round ends: nothing is left, and it is looked for again at `verify_at`. `false`
    /// when it was not ours to end.
    pub(crate) async fn settle(
        &self,
        work: &Work,
        claim: &str,
        purged_at: Timestamp,
        verify_at: Timestamp,
    ) -> Result<bool> {
        let write = self
            .table
            .update(work.deletion.code.as_str(), DELETION)
            .set("status", DeletionStatus::Settling)
            .set("purged_at", millis(purged_at))
            .set("verify_at", millis(verify_at))
            .set("next_check", millis(verify_at))
            .remove("claim")
            .remove("lease_until")
            .when(ours(work, claim));
        Ok(matches!(write.apply().await?, WriteOutcome::Applied(_)))
    }

    /// The end: the work item becomes the receipt and nothing else, and a tombstone says
    /// that the account was erased.
    pub(crate) fn finish(&self, work: &Work, claim: &str, done: &Deletion, keys: &HashKeys) -> Result<Vec<Change>> {
        let receipt = self.table.put(work.deletion.code.as_str(), DELETION, done).when(ours(work, claim));
        let purged_at = done.purged_at.ok_or_else(|| Error::internal("an end before the erasure"))?;
        let grave = format!("{TOMBSTONE_PREFIX}{}", keys.account(work.account));
        let tombstone = self.table.put(&grave, TOMBSTONE, &Tombstone { purged_at });
        Ok(vec![receipt.or(|_| superseded())?, tombstone.or_stale()?])
    }
}

/// The deletion is as it was seen, and the lease is still ours.
fn ours(seen: &Work, claim: &str) -> Condition {
    all([Condition::text("status", seen.deletion.status.as_str()), Condition::text("claim", claim)])
}

/// Another took the step, or we did and the answer was lost: the schedule goes on.
fn superseded() -> Verdict {
    Verdict::Refused(Error::WrongState { detail: "This deletion has moved on." })
}
