//! The end of a generation: delivered and charged, or given up and released. Each is one
//! transaction of the last transition and the end of the hold.

use crate::{
    generation::{
        failure::{Failure, FailureCode, input::InputProblem},
        output::Output,
        record::Generation,
        status::GenerationStatus,
    },
    store::table::GenerationStore,
};
use aws::{Decision, transact};
use credits::{CreditStore, UnpaidEnd};
use kernel::{Credits, Error, Ids, Result, Timestamp};

/// Whether the provider bills a job that delivered nothing, as far as we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bill {
    /// The provider certainly never had the job.
    NoJob,
    /// The provider had the job and does not bill it.
    Waived,
    /// The provider had, or may have had, the job and may bill it.
    Possible,
}

impl Bill {
    /// The end that the balance counts. A policy's refusal counts also before the submission.
    fn unpaid_end(self, code: FailureCode) -> Option<UnpaidEnd> {
        code.unpaid_end().filter(|end| match self {
            Self::NoJob => *end == UnpaidEnd::Refused,
            Self::Waived => *end != UnpaidEnd::Failed,
            Self::Possible => true,
        })
    }
}

/// The outcome of giving up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct GaveUp {
    /// Whether this run ended it. `false` when another run changed the state, or the account no
    /// longer exists.
    pub(super) is_ours: bool,
    /// Whether its model paused itself.
    pub(super) model_paused: bool,
}

/// Ends generations.
#[derive(Debug, Clone)]
pub(super) struct Finish<'a> {
    pub(super) generations: &'a GenerationStore,
    pub(super) credits: &'a CreditStore,
    pub(super) ids: &'a Ids,
    pub(super) now: Timestamp,
}

impl Finish<'_> {
    /// Delivers: collecting becomes succeeded, and the hold is settled at the price of the
    /// outputs. `false` when another run ended it, or the account no longer exists. After an
    /// error it is unknown whether it was delivered; the next run reads it.
    pub(super) async fn deliver(&self, generation: &Generation, outputs: &[Output]) -> Result<bool> {
        let (account, id, cost) = (generation.account, generation.id, generation.cost_of(outputs.len()));
        let delivered = transact(self.generations.table().db(), self.ids, async || {
            let Some(balance) = self.credits.read_balance(account).await? else { return Ok(Decision::Answer(false)) };
            let settled = self.credits.settle_changes(account, balance, id, &generation.model, cost, self.now)?;
            let Some(mut changes) = settled else {
                return self.was_ours(generation, GenerationStatus::Succeeded).await.map(Decision::Answer);
            };
            changes.push(self.generations.succeeded_change(generation, outputs, cost, self.now)?);
            Ok(Decision::Commit(changes, true))
        });
        let is_ours = superseded_is_false(delivered.await)?;
        if is_ours && generation.is_trial {
            self.count_success(generation).await;
        }
        Ok(is_ours)
    }

    /// Gives up: the state that was read becomes the failure's final state, and the hold ends. It
    /// ends without a cost, unless the person canceled a job that the provider may have had and the
    /// free cancellations of the day are used up. Then it counts the failure of the model, and
    /// corrects the spend of a job that is not billed.
    pub(super) async fn give_up(&self, generation: &Generation, code: FailureCode, bill: Bill) -> Result<GaveUp> {
        if !self.end(generation, code, None, bill).await? {
            return Ok(GaveUp::default());
        }
        if bill == Bill::Waived {
            self.correct_spend(generation).await;
        }
        let has_failed = bill != Bill::NoJob && code.unpaid_end() == Some(UnpaidEnd::Failed);
        Ok(GaveUp { is_ours: true, model_paused: has_failed && self.count_failure(generation).await })
    }

    /// Gives up a generation that the provider never had, because an input picture cannot be used. The whole hold is
    /// released. `false` when another run changed the state, or the account no longer exists.
    pub(super) async fn give_up_for(&self, generation: &Generation, problem: InputProblem) -> Result<bool> {
        self.end(generation, FailureCode::InputUnusable, Some(problem), Bill::NoJob).await
    }

    /// The transaction of [`Self::give_up`]. `false` when another run changed the state, or the
    /// account no longer exists.
    async fn end(
        &self,
        generation: &Generation,
        code: FailureCode,
        input: Option<InputProblem>,
        bill: Bill,
    ) -> Result<bool> {
        let (account, id, model) = (generation.account, generation.id, &generation.model);
        let ended = transact(self.generations.table().db(), self.ids, async || {
            let Some(balance) = self.credits.read_balance(account).await? else { return Ok(Decision::Answer(false)) };
            let hold_ended = match bill.unpaid_end(code) {
                Some(UnpaidEnd::Canceled) => self.credits.cancel_changes(account, balance, id, model, self.now)?,
                unpaid => {
                    let released = self.credits.release_changes(account, balance, id, unpaid, self.now)?;
                    released.map(|changes| (Credits::ZERO, changes))
                }
            };
            let Some((cost, mut changes)) = hold_ended else {
                return self.was_ours(generation, code.status()).await.map(Decision::Answer);
            };
            let failure = Failure { code, released: generation.price.saturating_sub(cost), input };
            changes.push(self.generations.ended_change(generation, &failure, self.now)?);
            Ok(Decision::Commit(changes, true))
        });
        superseded_is_false(ended.await)
    }

    /// Counts a failed job of the model. `true` when the model pauses. A failure to count does not
    /// matter: the next failed job counts too.
    async fn count_failure(&self, generation: &Generation) -> bool {
        let counted = self.generations.count_failure(generation, self.now).await;
        counted.unwrap_or_else(|error| {
            tracing::warn!(generation = %generation.id, error = error.why(), "the failure of its model was not counted");
            false
        })
    }

    /// Counts a success of a model whose jobs had failed before. Without the count, the next success
    /// ends its pauses.
    async fn count_success(&self, generation: &Generation) {
        if let Err(error) = self.generations.count_success(&generation.model, self.now).await {
            tracing::warn!(generation = %generation.id, error = error.why(), "the success of its model was not counted");
        }
    }

    /// Takes a job that is not billed out of the spend. Without it, the day's spend is too high.
    async fn correct_spend(&self, generation: &Generation) {
        if let Err(error) = self.generations.correct_spend(generation).await {
            tracing::warn!(generation = %generation.id, error = error.why(), "the spend was not corrected");
        }
    }

    /// Whether this run ended a hold that is gone, in an attempt whose answer was lost.
    async fn was_ours(&self, generation: &Generation, status: GenerationStatus) -> Result<bool> {
        match self.generations.get(generation.account, generation.id).await {
            Ok(stored) => Ok(stored.status == status && stored.claim == generation.claim),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn superseded_is_false(ended: Result<bool>) -> Result<bool> {
    match ended {
        Err(Error::WrongState { .. } | Error::NotFound) => Ok(false),
        ended => ended,
    }
}
