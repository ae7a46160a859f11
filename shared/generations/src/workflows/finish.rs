//! The two ways out: delivered and charged, or not delivered and given back. Each is one
//! transaction of the generation's last transition with the end of its hold.

use crate::{Failure, FailureCode, Generation, GenerationStatus, GenerationStore, Output, store::table::superseded};
use aws::{Decision, transact};
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Credits, Error, Ids, Result, Timestamp};

/// Ends generations.
#[derive(Debug, Clone)]
pub(crate) struct Finish<'a> {
    pub(crate) generations: &'a GenerationStore,
    pub(crate) credits: &'a credits::CreditStore,
    pub(crate) ids: &'a Ids,
    pub(crate) now: Timestamp,
}

impl Finish<'_> {
    /// Delivers: collecting becomes succeeded and the hold is settled at the
    /// price of what is delivered. `false` when somebody else ended it, or the account is
    /// gone; after an error nobody knows, and who comes next sees it.
    pub(crate) async fn deliver(&self, generation: &Generation, outputs: &[Output]) -> Result<bool> {
        let (account, id, cost) = (generation.account, generation.id, generation.cost_of(outputs.len()));
        let done = transact(self.generations.table().db(), self.ids, async || {
            let Some(balance) = self.credits.balance(account).await? else { return Ok(Decision::Answer(false)) };
            let Some(mut changes) = self.credits.settle(account, balance, id, &generation.model, cost, self.now)?
            else {
                return self.was_ours(generation, GenerationStatus::Succeeded).await.map(Decision::Answer);
            };
            changes.push(self.generations.succeeded(generation, outputs, cost, self.now)?);
            Ok(Decision::Commit(changes, true))
        });
        superseded_is_false(done.await)
    }

    /// Gives up: the state that was seen becomes the failure's and the hold is released.
    /// `false` when somebody else ended it or moved it on, or the account is gone.
    pub(crate) async fn give_up(&self, generation: &Generation, code: FailureCode) -> Result<bool> {
        self.give_up_for(generation, code, Credits::ZERO).await
    }

    /// The same where it costs something all the same, at most its price.
    pub(crate) async fn give_up_for(&self, generation: &Generation, code: FailureCode, cost: Credits) -> Result<bool> {
        let (account, id) = (generation.account, generation.id);
        let failure = Failure { code, released: generation.price.saturating_sub(cost) };
        let done = transact(self.generations.table().db(), self.ids, async || {
            let Some(balance) = self.credits.balance(account).await? else { return Ok(Decision::Answer(false)) };
            let ended = match cost.is_zero() {
                true => self.credits.release(account, balance, id, self.now)?,
                false => self.credits.settle(account, balance, id, &generation.model, cost, self.now)?,
            };
            let Some(mut changes) = ended else {
                return self.was_ours(generation, code.status()).await.map(Decision::Answer);
            };
            #[cfg(feature = "planted-faults")]
            if planted(Planted::ReleaseAlone) {
                return Ok(Decision::Commit(changes, true));
            } else if planted(Planted::StateAlone) {
                changes.clear();
            }
            changes.push(self.generations.ended(generation, &failure, self.now).or(|_| superseded())?);
            Ok(Decision::Commit(changes, true))
        });
        superseded_is_false(done.await)
    }

    /// Whether a hold that is gone was ended by us, in a round whose answer was lost.
    async fn was_ours(&self, generation: &Generation, status: GenerationStatus) -> Result<bool> {
        match self.generations.get(generation.account, generation.id).await {
            Ok(stored) => Ok(stored.status == status && stored.claim == generation.claim),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn superseded_is_false(done: Result<bool>) -> Result<bool> {
    match done {
        Err(Error::WrongState { .. } | Error::NotFound) => Ok(false),
        done => done,
    }
}
