//! The way in: from a request to a generation that is paid for and queued.

use crate::{
    Caps, Catalogue, Generation, GenerationStatus, GenerationStore, IdempotencyKey, Model, NewGeneration, Paused,
    RunMessage, Spent,
    catalogue::spend::{SPEND, spend_key},
    generation::sweep_step as plan,
    store::table::{RequestRow, SHARDS, request_key},
    uploads::resolve::meant,
    uploads::slot::Slots,
    workflows::open_upload::{Places, slots},
};
use aws::{Decision, Queue, transact};
use credits::Balance;
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Caller, Credits, Error, GenerationId, Ids, Result, Timestamp};
use media::MediaStore;

/// Takes requests for generations.
#[derive(Debug, Clone)]
pub struct Submit {
    /// The models on offer.
    pub catalogue: Catalogue,
    /// Which of them take nothing new.
    pub paused: Paused,
    /// What their providers may cost us on a day.
    pub caps: Caps,
    /// What is stored.
    pub generations: GenerationStore,
    /// What pays.
    pub credits: credits::CreditStore,
    /// Where pictures are that go in.
    pub media: MediaStore,
    /// What wakes `run-generation`.
    pub queue: Queue,
}

/// What is known when a request comes.
struct Read {
    balance: Option<Balance>,
    /// What the key stands for already.
    known: Option<RequestRow>,
    /// What it is based on.
    base: Option<Generation>,
    /// The places of uploads, where it names any.
    slots: Slots,
    /// What the model's provider has cost us today.
    spent: Option<Spent>,
}

impl Submit {
    /// Holds the price and stores the generation with its idempotency row, in one
    /// transaction; then wakes `run-generation`. Three requests: batch read, transaction,
    /// message; two more for each round in which somebody came between, and one for each
    /// upload that goes in: its version of now is the one that will be read.
    ///
    /// A key that is known answers its generation, whatever the balance and the catalogue
    /// say by now. A message that could not be sent is sent by the sweep.
    ///
    /// # Errors
    /// `idempotency_key_reused`, `unknown_model`, `model_retired`, `provider_paused`, `invalid`, `price_above_max_cost`,
    /// `not_found` (what it is based on, or what the key stands for, was deleted; an upload
    /// that is unknown, another account's or too old), `not_uploaded`,
    /// `account_not_active`, `insufficient_credits`, `too_many_generations`,
    /// `unauthenticated` when the session was ended for spending or the account is gone,
    /// `unavailable`.
    pub async fn submit(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
        request: &NewGeneration,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Generation> {
        let id = GenerationId::new(ids.uuid_v7(now));
        let shard = ids.below(SHARDS);
        let body_hash = request.hash()?;
        let mut pinned = None;
        let (generation, is_new) = transact(self.generations.table().db(), ids, async || {
            let Read { balance, known, base, slots, spent } = self.read(caller, key, request, now).await?;
            if let Some(known) = known.filter(|row| row.lives(now)) {
                if known.body_hash != body_hash {
                    return Err(Error::IdempotencyKeyReused);
                }
                // Ours, when the answer to an earlier round was lost.
                let is_new = known.generation == id;
                return Ok(Decision::Answer((self.generations.get(caller.account, known.generation).await?, is_new)));
            }
            let balance = balance.filter(|balance| balance.valid_from <= caller.issued_at);
            let balance = balance.ok_or(Error::Unauthenticated)?;
            if request.based_on.is_some() && base.is_none() {
                return Err(Error::NotFound);
            }
            let model = self.catalogue.offered(&request.model, now)?;
            let mut generation = self.judge(caller, request, model, id, spent, now)?;
            let meant = meant(request, model, base.as_ref(), &slots, now)?;
            let mut changes =
                self.credits.hold(caller.account, balance, id, generation.price, generation.deadline, now)?;
            if pinned.is_none() {
                pinned = Some(meant.pinned(&self.media, caller.account).await?);
            }
            generation.inputs = pinned.clone().unwrap_or_default();
            generation.open = Some(shard.to_string());
            changes.extend(meant.needed(&self.generations, &generation, now)?);
            changes.push(self.generations.queued(&generation)?);
            #[cfg(feature = "planted-faults")]
            if planted(Planted::HoldAlone) {
                let hold = changes.drain(..changes.len() - 1).collect();
                self.first(hold, ids).await?;
            }
            let row = RequestRow::new(id, body_hash.clone(), now);
            let row = self.generations.remember(caller.account, key.hash(), &row, now)?;
            #[cfg(feature = "planted-faults")]
            if planted(Planted::RowBeforeEffect) {
                self.first(vec![row], ids).await?;
                return Ok(Decision::Commit(changes, (generation, true)));
            }
            changes.push(row);
            Ok(Decision::Commit(changes, (generation, true)))
        })
        .await?;
        if is_new {
            let wake = self.queue.send(&RunMessage { account: generation.account, generation: generation.id }).await;
            if let Err(error) = wake {
                tracing::warn!(generation = %generation.id, error = error.why(), "not queued; the sweep will do it");
            }
        }
        Ok(generation)
    }

    /// Commits a part by itself.
    #[cfg(feature = "planted-faults")]
    async fn first(&self, part: Vec<aws::Change>, ids: &Ids) -> Result<()> {
        let mut part = Some(part);
        let db = self.generations.table().db();
        transact(db, ids, async || Ok(part.take().map_or(Decision::Answer(()), |part| Decision::Commit(part, ()))))
            .await
    }

    /// All that the decision needs, in one request.
    async fn read(
        &self,
        caller: &Caller,
        key: &IdempotencyKey,
        request: &NewGeneration,
        now: Timestamp,
    ) -> Result<Read> {
        let (account, row) = (caller.account.to_string(), request_key(key.hash()));
        let ((credits, balance), generations) = (self.credits.balance_in(), self.generations.table());
        let places = Places::of(caller.account);
        let base = request.based_on.map(|id| id.to_string());
        let provider = self.catalogue.model(&request.model).ok().map(|model| model.provider);
        let day = provider.map(|provider| spend_key(provider, now));
        let mut keys = vec![(credits, account.as_str(), balance), (generations, account.as_str(), row.as_str())];
        keys.extend(base.as_deref().map(|id| (generations, account.as_str(), id)));
        keys.extend(day.as_deref().map(|day| (generations, day, SPEND)));
        if !request.inputs.is_empty() {
            keys.extend(places.keys(generations));
        }
        let mut found = generations.db().batch_get_all(&keys).await?.into_iter();
        let mut next = |is_asked: bool| if is_asked { found.next().flatten() } else { None };
        Ok(Read {
            balance: next(true).map(aws::read).transpose()?,
            known: next(true).map(aws::read).transpose()?,
            base: next(base.is_some())
                .map(aws::read)
                .transpose()?
                .filter(|base: &Generation| base.deleted_at.is_none()),
            spent: next(day.is_some()).map(aws::read).transpose()?,
            slots: slots(found)?,
        })
    }

    /// The generation that a request would make, if the catalogue allows it: without its
    /// pictures, and in no shard yet.
    fn judge(
        &self,
        caller: &Caller,
        request: &NewGeneration,
        model: &Model,
        id: GenerationId,
        spent: Option<Spent>,
        now: Timestamp,
    ) -> Result<Generation> {
        if !self.paused.admits(model) {
            return Err(Error::ProviderPaused);
        }
        let settings = model.settings.accept(&request.settings)?;
        let made_up = model.price(&settings)?;
        let price = Credits(made_up.total);
        if let Some(max_cost) = request.max_cost.filter(|max_cost| *max_cost < price) {
            return Err(Error::PriceAboveMaxCost { price, max_cost });
        }
        self.caps.admit(model.provider, spent, model.provider_cost.price(&settings)?.total, now)?;
        Ok(Generation {
            account: caller.account,
            id,
            model: model.id.clone(),
            kind: model.kind,
            provider: model.provider,
            provider_model: model.provider_model.clone(),
            prompt: request.prompt.as_str().to_owned(),
            based_on: request.based_on,
            inputs: Vec::new(),
            favourite: false,
            title: None,
            settings,
            price,
            batch: made_up.outputs(),
            cancel_price: model.cancel_price(price),
            status: GenerationStatus::Queued,
            created_at: now,
            deadline: now.saturating_add(model.deadline()).unwrap_or(Timestamp::MAX),
            finished_at: None,
            next_check: Some(plan::later(now, plan::REQUEUE_AFTER)),
            open: None,
            claim: None,
            owes_thumbnails: false,
            drawing: None,
            loose_rounds: 0,
            cancel_requested: None,
            deleted_at: None,
            provider_job: None,
            queue_position: None,
            progress: None,
            cost: None,
            outputs: Vec::new(),
            failure: None,
        })
    }
}
