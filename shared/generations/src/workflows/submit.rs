//! The start of a generation: its credits are held and it is queued.

use crate::{
    catalogue::{
        models::{Catalogue, Model},
        paused::Paused,
        spend::SpendCaps,
    },
    generation::{
        messages::RunMessage,
        output::Input,
        record::Generation,
        request::{IdempotencyKey, NewGeneration},
    },
    store::{
        requests::{
            RequestRow,
            stored::{RequestToRead, StoredForRequest},
        },
        table::{GenerationStore, SHARDS},
    },
    uploads::resolve::{ResolvedInputs, resolve_inputs},
};
use accounts::{AccountStore, FreshCaller};
use aws::{Change, Decision, Queue, transact};
use credits::{CreditStore, NewHold};
use kernel::{Caller, Credits, Error, GenerationId, Ids, Result, Timestamp};
use media::MediaStore;

/// Takes requests for generations.
#[derive(Debug, Clone)]
pub struct Submit {
    /// The catalogue for new generations.
    pub catalogue: Catalogue,
    /// The paused providers and models.
    pub paused: Paused,
    /// The daily caps of the providers.
    pub caps: SpendCaps,
    /// The sessions.
    pub accounts: AccountStore,
    /// The generations.
    pub generations: GenerationStore,
    /// The credits.
    pub credits: CreditStore,
    /// The bucket of the input pictures, and of the outputs for links to them.
    pub media: MediaStore,
    /// The queue of `run-generation`.
    pub queue: Queue,
}

/// A generation that was taken, or that a known key names.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The generation.
    pub generation: Generation,
    /// The most that canceling it costs: see [`Generation::cancel_price`].
    pub cancel_price: Option<Credits>,
}

/// A request with the values that stay the same in every attempt of its transaction.
struct Attempt<'a> {
    caller: &'a Caller,
    key: &'a IdempotencyKey,
    request: &'a NewGeneration,
    id: GenerationId,
    /// The shard of the index.
    shard: u64,
    body_hash: String,
    now: Timestamp,
}

impl Submit {
    /// Holds the price and stores the generation with its idempotency row, in one transaction;
    /// then wakes `run-generation`. Three requests: a batch read, the transaction, the message.
    /// Two more for each conflict with another transaction, and one for each upload, whose
    /// present version is pinned.
    ///
    /// The caller's session must be alive, also for a known key. A request that has read it goes on if
    /// the session ends before its transaction.
    ///
    /// A known key answers its generation, whatever the balance and the catalogue say by then.
    /// If the message cannot be sent, the sweep sends it.
    ///
    /// # Errors
    /// `idempotency_key_reused`, `unknown_model`, `model_retired`, `model_not_offered`, `provider_paused`, `invalid`,
    /// `price_above_max_cost`, `not_found` (the base or the key's generation was deleted; an
    /// upload that is unknown, another account's or too old), `not_uploaded`,
    /// `account_not_active`, `insufficient_credits`, `too_many_generations`,
    /// `unauthenticated` when the session has ended or the account no longer exists,
    /// `unavailable`.
    pub async fn submit(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
        request: &NewGeneration,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Taken> {
        let (id, shard) = (GenerationId::new(ids.uuid_v7(now)), ids.below(SHARDS));
        let attempt = Attempt { caller, key, request, id, shard, body_hash: request.hash()?, now };
        let mut pinned = None;
        let taken =
            transact(self.generations.table().db(), ids, async || self.decide(&attempt, &mut pinned).await).await?;
        let generation = &taken.generation;
        // The id is ours also when the answer to an earlier attempt was lost.
        if generation.id == id {
            let wake = self.queue.send(&RunMessage { account: generation.account, generation: id }).await;
            if let Err(error) = wake {
                tracing::warn!(generation = %id, error = error.why(), "not queued; the sweep will do it");
            }
        }
        Ok(taken)
    }

    /// Decides the writes of one round, from the stored items that it reads.
    async fn decide(&self, attempt: &Attempt<'_>, pinned: &mut Option<Vec<Input>>) -> Result<Decision<Taken>> {
        let Attempt { caller, key, request, now, .. } = *attempt;
        let read = RequestToRead { caller, key, request, model: self.catalogue.model(&request.model).ok() };
        let mut stored = self.generations.read_for_request(&self.accounts, &self.credits, &read, now).await?;
        FreshCaller::from_session(caller, stored.session.take(), now)?;
        let balance = stored.balance.take();
        if let Some(row) = stored.row.as_ref().filter(|row| row.is_valid(now)) {
            let generation = self.repeat(attempt, row).await?;
            let cancel_price = balance.and_then(|balance| generation.cancel_price(&balance, now));
            return Ok(Decision::Answer(Taken { generation, cancel_price }));
        }
        let balance = balance.filter(|balance| balance.valid_from <= caller.issued_at);
        let balance = balance.ok_or(Error::Unauthenticated)?;
        if request.based_on.is_some() && stored.base.is_none() {
            return Err(Error::NotFound);
        }
        let model = self.catalogue.offered(&request.model, now)?;
        let mut generation = self.price_and_build(attempt, model, &stored)?;
        let inputs = resolve_inputs(request, model, stored.base.as_ref(), &stored.slots, now)?;
        let cancel_price = generation.cancel_price(&balance, now);
        let Generation { id, price, provider_cost, deadline, .. } = generation;
        let hold = NewHold { generation: id, amount: price, provider_cost, deadline };
        let mut changes = self.credits.hold_changes(caller.account, balance, hold, now)?;
        if pinned.is_none() {
            *pinned = Some(inputs.pin(&self.media, caller.account).await?);
        }
        generation.inputs = pinned.clone().unwrap_or_default();
        changes.extend(self.creation_changes(attempt, &generation, &inputs)?);
        Ok(Decision::Commit(changes, Taken { generation, cancel_price }))
    }

    /// The generation of a known key.
    async fn repeat(&self, attempt: &Attempt<'_>, row: &RequestRow) -> Result<Generation> {
        if row.body_hash != attempt.body_hash {
            return Err(Error::IdempotencyKeyReused);
        }
        self.generations.get(attempt.caller.account, row.generation).await
    }

    fn creation_changes(
        &self,
        attempt: &Attempt<'_>,
        generation: &Generation,
        inputs: &ResolvedInputs,
    ) -> Result<Vec<Change>> {
        let Attempt { caller, key, id, now, .. } = *attempt;
        let row = RequestRow::new(id, attempt.body_hash.clone(), now);
        let mut changes = self.generations.need_changes(inputs, generation, now)?;
        changes.push(self.generations.queued_change(generation)?);
        changes.push(self.generations.request_row_change(caller.account, key.hash(), &row, now)?);
        Ok(changes)
    }

    /// The new generation at its price, if the catalogue and the caps allow it. It has no input
    /// pictures yet.
    fn price_and_build(&self, attempt: &Attempt<'_>, model: &Model, stored: &StoredForRequest) -> Result<Generation> {
        let Attempt { caller, request, id, shard, now, .. } = *attempt;
        if !self.paused.admits(model) {
            return Err(Error::ProviderPaused);
        }
        let settings = model.settings.accept(&request.settings)?;
        let generation = Generation::queued(caller.account, id, request, model, settings, now)?;
        let price = generation.price;
        if let Some(max_cost) = request.max_cost.filter(|max_cost| *max_cost < price) {
            return Err(Error::PriceAboveMaxCost { price, max_cost });
        }
        self.caps.admit(model.provider, stored.spent, generation.provider_cost, now)?;
        stored.health.admit(now)?;
        Ok(Generation { open: Some(shard.to_string()), is_trial: stored.health.is_failing(), ..generation })
    }
}
