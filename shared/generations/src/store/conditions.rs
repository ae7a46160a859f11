//! The conditions that several writes share.

use crate::{
    generation::{record::Generation, status::GenerationStatus},
    store::names::{CLAIM, DELETED_AT, ORPHAN_RISK, STATUS},
};
use aws::Condition;

/// The generation is in this state.
pub(super) fn status_is(status: GenerationStatus) -> Condition {
    Condition::text(STATUS, status.as_str())
}

/// The generation's state has a transition to `next`.
pub(super) fn may_become(next: GenerationStatus) -> Condition {
    one_of(next.sources())
}

/// The generation's state is final.
pub(super) fn is_final() -> Condition {
    one_of(GenerationStatus::ALL.into_iter().filter(|status| status.is_final()))
}

/// The generation is not deleted.
pub(super) fn not_deleted() -> Condition {
    Condition::Missing(DELETED_AT)
}

/// The stored claim equals the claim that was read. So no other run has taken an exclusive step
/// in the meantime.
pub(super) fn claim_unchanged(generation: &Generation) -> Condition {
    Condition::text(CLAIM, generation.claim.clone().unwrap_or_default())
}

/// The stored orphan risk equals the one that was read. So no other run has begun to write objects
/// in the meantime.
pub(super) fn orphan_risk_unchanged(generation: &Generation) -> Condition {
    match generation.orphan_risk {
        0 => Condition::Missing(ORPHAN_RISK),
        runs => Condition::number(ORPHAN_RISK, runs),
    }
}

fn one_of(states: impl Iterator<Item = GenerationStatus>) -> Condition {
    let states: Vec<&str> = states.map(GenerationStatus::as_str).collect();
    Condition::one_of(STATUS, &states)
}
