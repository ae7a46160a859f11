//! The end of a generation: delivered and charged, or given up and released. Each is one
//! transaction of the last transition and the end of the hold.

use crate::{
    generation::{
        failure::{Failure, FailureCode},
        output::Output,
        record::Generation,
        status::GenerationStatus,
    },
    store::table::GenerationStore,
};
use aws::{Decision, transact};
use credits::CreditStore;
use kernel::{Credits, Error, Ids, Result, Timestamp};

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
        superseded_is_false(delivered.await)
    }

    /// Gives up: the state that was read becomes the failure's final state, and the hold is
    /// released. `false` when another run changed the state, or the account no longer exists.
    pub(super) async fn give_up(&self, generation: &Generation, code: FailureCode) -> Result<bool> {
        self.give_up_at_cost(generation, code, Credits::ZERO).await
    }

    /// Gives up as [`Self::give_up`], and charges `cost`, at most the price.
    pub(super) async fn give_up_at_cost(
        &self,
        generation: &Generation,
        code: FailureCode,
        cost: Credits,
    ) -> Result<bool> {
        let (account, id) = (generation.account, generation.id);
        let failure = Failure { code, released: generation.price.saturating_sub(cost) };
        let given_up = transact(self.generations.table().db(), self.ids, async || {
            let Some(balance) = self.credits.read_balance(account).await? else { return Ok(Decision::Answer(false)) };
            let hold_ended = match cost.is_zero() {
                true => self.credits.release_changes(account, balance, id, self.now)?,
                false => self.credits.settle_changes(account, balance, id, &generation.model, cost, self.now)?,
            };
            let Some(mut changes) = hold_ended else {
                return self.was_ours(generation, code.status()).await.map(Decision::Answer);
            };
            changes.push(self.generations.ended_change(generation, &failure, self.now)?);
            Ok(Decision::Commit(changes, true))
        });
        superseded_is_false(given_up.await)
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
