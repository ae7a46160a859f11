//! The stored items that a new generation or a new upload depends on, each in one batch read.

use crate::{
    catalogue::{health::ModelHealth, models::Model, spend::DailySpend},
    generation::{
        record::Generation,
        request::{IdempotencyKey, NewGeneration},
    },
    store::{
        names::{HEALTH, SPEND, health_key, request_key, spend_key},
        requests::RequestRow,
        slots::{SlotKeys, parse_slots},
        table::GenerationStore,
    },
    uploads::slot::Slots,
};
use accounts::AccountStore;
use aws::Item;
use credits::{Balance, CreditStore};
use kernel::{Caller, Result, Timestamp};

/// A request for a generation, as far as it decides which items are read.
pub(crate) struct RequestToRead<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) key: &'a IdempotencyKey,
    pub(crate) request: &'a NewGeneration,
    /// The model of the request. `None` when the catalogue does not have it.
    pub(crate) model: Option<&'a Model>,
}

/// The stored items that a request for a generation depends on.
pub(crate) struct StoredForRequest {
    /// The caller's session.
    pub(crate) session: Option<Item>,
    pub(crate) balance: Option<Balance>,
    /// The idempotency row of the request's key.
    pub(crate) row: Option<RequestRow>,
    /// The generation that the request is based on.
    pub(crate) base: Option<Generation>,
    /// The upload slots. Empty when the request names no upload.
    pub(crate) slots: Slots,
    /// The spend at the model's provider today.
    pub(crate) spent: Option<DailySpend>,
    /// The health of the model.
    pub(crate) health: ModelHealth,
}

/// The stored items that an upload depends on.
pub(crate) struct StoredForUpload {
    /// The caller's session.
    pub(crate) session: Option<Item>,
    pub(crate) balance: Option<Balance>,
    pub(crate) slots: Slots,
}

impl GenerationStore {
    /// The stored items of a request for a generation, in one request to DynamoDB.
    pub(crate) async fn read_for_request(
        &self,
        accounts: &AccountStore,
        credits: &CreditStore,
        read: &RequestToRead<'_>,
        now: Timestamp,
    ) -> Result<StoredForRequest> {
        let RequestToRead { caller, key, request, model } = *read;
        let (account, row) = (caller.account.to_string(), request_key(key.hash()));
        let ((credits, balance), generations) = (credits.balance_key(), self.table());
        let slot_keys = SlotKeys::of(caller.account);
        let base = request.based_on.map(|id| id.to_string());
        let of_model = model.map(|model| (spend_key(model.provider, now), health_key(&model.id)));
        let (accounts, session) = accounts.session_key(caller);
        let mut keys = vec![
            (accounts, account.as_str(), session.as_str()),
            (credits, account.as_str(), balance),
            (generations, account.as_str(), row.as_str()),
        ];
        keys.extend(base.as_deref().map(|id| (generations, account.as_str(), id)));
        if let Some((day, health)) = &of_model {
            keys.extend([(generations, day.as_str(), SPEND), (generations, health.as_str(), HEALTH)]);
        }
        if !request.inputs.is_empty() {
            keys.extend(slot_keys.in_table(generations));
        }
        let mut found = generations.db().batch_get_all(&keys).await?.into_iter();
        let mut next = |is_asked: bool| if is_asked { found.next().flatten() } else { None };
        Ok(StoredForRequest {
            session: next(true),
            balance: next(true).map(aws::read).transpose()?,
            row: next(true).map(aws::read).transpose()?,
            base: next(base.is_some()).map(aws::read).transpose()?.filter(Generation::is_visible),
            spent: next(of_model.is_some()).map(aws::read).transpose()?,
            health: next(of_model.is_some()).map(aws::read).transpose()?.unwrap_or_default(),
            slots: parse_slots(found)?,
        })
    }

    /// The session, the balance and the slots, in one request.
    pub(crate) async fn read_for_upload(
        &self,
        accounts: &AccountStore,
        credits: &CreditStore,
        caller: &Caller,
    ) -> Result<StoredForUpload> {
        let ((accounts, session), (credits, balance)) = (accounts.session_key(caller), credits.balance_key());
        let (partition, slot_keys) = (caller.account.to_string(), SlotKeys::of(caller.account));
        let mut keys = vec![(accounts, partition.as_str(), session.as_str()), (credits, partition.as_str(), balance)];
        keys.extend(slot_keys.in_table(self.table()));
        let mut items = self.table().db().batch_get_all(&keys).await?.into_iter();
        let session = items.next().flatten();
        let balance = items.next().flatten().map(aws::read).transpose()?;
        Ok(StoredForUpload { session, balance, slots: parse_slots(items)? })
    }
}
