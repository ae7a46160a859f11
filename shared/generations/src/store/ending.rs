//! The end of a generation, and the start of its cancellation, as changes of a transaction.

use crate::{
    generation::{
        failure::{Failure, FailureCode},
        output::Output,
        record::Generation,
        status::GenerationStatus,
    },
    store::{
        conditions::{claim_unchanged, may_become, status_is},
        names::{CANCEL_REQUESTED, COST, FAILURE, FINISHED_AT, LEASE_UNTIL, NEXT_CHECK, OUTPUTS, OWES_THUMBNAILS},
        orphans::put_next_check,
        table::GenerationStore,
    },
};
use aws::{Change, ConditionFailure, Write, all, millis};
use kernel::{Credits, Error, Result, Timestamp};

impl GenerationStore {
    /// Submitting or running becomes canceling. The sweep asks the provider at once.
    pub(crate) fn canceling_change(&self, generation: &Generation, now: Timestamp) -> Result<Change> {
        let step = self.transition(generation.account, generation.id, GenerationStatus::Canceling);
        let step = step.set(CANCEL_REQUESTED, millis(now)).set(NEXT_CHECK, millis(now));
        step.when(may_become(GenerationStatus::Canceling)).into_change()
    }

    /// Queued becomes canceled, for the transaction that releases the hold.
    pub(crate) fn canceled_change(&self, generation: &Generation, now: Timestamp) -> Result<Change> {
        let failure = Failure { code: FailureCode::Canceled, released: generation.price, input: None };
        self.end(generation, &failure, now).into_change()
    }

    /// Collecting becomes succeeded, for the transaction that settles the hold.
    pub(crate) fn succeeded_change(
        &self,
        generation: &Generation,
        outputs: &[Output],
        cost: Credits,
        now: Timestamp,
    ) -> Result<Change> {
        let step = self.transition(generation.account, generation.id, GenerationStatus::Succeeded);
        put_end(step, generation, outputs.iter().any(Output::is_picture), now)
            .set(OUTPUTS, outputs)
            .set(COST, cost)
            .when(all([may_become(GenerationStatus::Succeeded), claim_unchanged(generation)]))
            .into_explained_change(|_| superseded())
    }

    /// The state that was read becomes the failure's final state, for the transaction that ends
    /// the hold. A claim that was read must be unchanged.
    pub(crate) fn ended_change(&self, generation: &Generation, failure: &Failure, now: Timestamp) -> Result<Change> {
        self.end(generation, failure, now).into_explained_change(|_| superseded())
    }

    fn end(&self, generation: &Generation, failure: &Failure, now: Timestamp) -> Write {
        let end = failure.code.status();
        let mut unchanged = vec![may_become(end), status_is(generation.status)];
        if generation.claim.is_some() {
            unchanged.push(claim_unchanged(generation));
        }
        let step = self.transition(generation.account, generation.id, end).set(FAILURE, failure);
        let step = put_end(step, generation, false, now).when(all(unchanged));
        match generation.price.checked_sub(failure.released).filter(|cost| !cost.is_zero()) {
            Some(cost) => step.set(COST, cost),
            None => step,
        }
    }
}

fn put_end(step: Write, generation: &Generation, owes_thumbnails: bool, now: Timestamp) -> Write {
    let step = if owes_thumbnails { step.set(OWES_THUMBNAILS, true) } else { step };
    put_next_check(step, generation, owes_thumbnails, now).set(FINISHED_AT, millis(now)).remove(LEASE_UNTIL)
}

/// Another run took the step, or the item no longer exists.
fn superseded() -> ConditionFailure {
    ConditionFailure::Refused(Error::WrongState { detail: "This generation has changed meanwhile." })
}
