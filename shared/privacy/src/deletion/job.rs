use super::{
    inventory::{Counts, Inventory, sum},
    record::{Deletion, DeletionStatus},
};
use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// A deletion under way, with the state of its purge. At the end the job is replaced by its
/// [`Deletion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeletionJob {
    #[serde(flatten)]
    pub(crate) deletion: Deletion,
    pub(crate) account: AccountId,
    /// The shard in the index `due`.
    pub(crate) due: String,
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub(crate) next_check: Timestamp,
    /// The number of erasure rounds begun. Another round begins each time a check finds data.
    pub(crate) round: u32,
    /// The data that all rounds together have found.
    pub(crate) counts: Counts,
    /// The partitions of the reverse keys of the account. The items that named them may be
    /// erased already.
    pub(crate) reverse: Vec<String>,
    /// The outcome of the revocation of the partners' tokens. `None` until the partners were asked, and if there was
    /// no token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revocations: Option<Revocations>,
    /// The time of the second check.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) verify_at: Option<Timestamp>,
}

/// The tokens of partners for which a revocation was requested before the erasure, and for which it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Revocations {
    /// The partner took the request. Whether it revoked the token is not known.
    pub(crate) requested: u32,
    /// The partner could not be asked.
    pub(crate) failed: u32,
}

/// The next step of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PurgeStep {
    /// No step: the deletion is over, or its next step is not due.
    Nothing,
    /// End all activity of the account and wait for the end of the grace period.
    Close,
    /// Take an inventory and begin to erase.
    Begin,
    /// Erase the data of the inventory.
    Erase,
    /// Check that nothing is left.
    Verify,
}

impl DeletionJob {
    /// The job of a new request.
    pub(crate) fn new(deletion: Deletion, account: AccountId, shard: u64, next_check: Timestamp) -> Self {
        Self {
            deletion,
            account,
            due: shard.to_string(),
            next_check,
            round: 0,
            counts: Counts::new(),
            reverse: Vec::new(),
            revocations: None,
            verify_at: None,
        }
    }

    /// The job in its next round, which erases `found`.
    pub(crate) fn next_round(&self, found: &Inventory) -> Self {
        let new = found.reverse.iter().filter(|partition| !self.reverse.contains(partition));
        Self {
            deletion: Deletion { status: DeletionStatus::Erasing, purged_at: None, ..self.deletion.clone() },
            round: self.round + 1,
            counts: sum(self.counts.clone(), &found.counts),
            reverse: self.reverse.iter().chain(new).cloned().collect(),
            verify_at: None,
            ..self.clone()
        }
    }

    /// The step that is due at `now`. Only the promised times decide. An early, late or repeated
    /// message changes nothing.
    pub(crate) fn step(&self, now: Timestamp) -> PurgeStep {
        match self.deletion.status {
            DeletionStatus::Scheduled if now < self.deletion.purge_at => PurgeStep::Close,
            DeletionStatus::Scheduled => PurgeStep::Begin,
            DeletionStatus::Erasing => PurgeStep::Erase,
            DeletionStatus::Settling if self.verify_at.is_some_and(|verify_at| now < verify_at) => PurgeStep::Nothing,
            DeletionStatus::Settling => PurgeStep::Verify,
            DeletionStatus::Erased | DeletionStatus::Canceled => PurgeStep::Nothing,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::deletion::{code::DeletionCode, record::Requester};

    pub(crate) fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    pub(crate) fn job(status: DeletionStatus) -> DeletionJob {
        let deletion = Deletion {
            code: DeletionCode::fresh(&kernel::Ids::new(kernel::Fixed(1))),
            status,
            requested_by: Requester::Person,
            requested_at: at(0),
            purge_at: at(7),
            due_at: at(30),
            purged_at: None,
            verified_at: None,
            receipt: None,
        };
        let account = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
        DeletionJob { verify_at: Some(at(8)), ..DeletionJob::new(deletion, account, 2, at(7)) }
    }

    #[test]
    fn no_step_is_taken_before_it_is_due() {
        for (status, day, step) in [
            (DeletionStatus::Scheduled, 6, PurgeStep::Close),
            (DeletionStatus::Scheduled, 7, PurgeStep::Begin),
            (DeletionStatus::Erasing, 7, PurgeStep::Erase),
            (DeletionStatus::Settling, 7, PurgeStep::Nothing),
            (DeletionStatus::Settling, 8, PurgeStep::Verify),
            (DeletionStatus::Erased, 9, PurgeStep::Nothing),
            (DeletionStatus::Canceled, 9, PurgeStep::Nothing),
        ] {
            assert_eq!(job(status).step(at(day)), step, "{status:?} on day {day}");
        }
    }
}
