//! The upload slots of an account.

use crate::{
    generation::record::Generation,
    store::{
        names::{UPLOAD, VERSION, slot_key},
        table::GenerationStore,
    },
    uploads::{
        resolve::ResolvedInputs,
        slot::{Slot, Slots, still_reads_inputs},
    },
};
use aws::{Change, Condition, Item, Table, all};
use kernel::{AccountId, GenerationId, Result, Timestamp, limits};
use std::{array, collections::HashSet};

/// The keys of all upload slots of an account.
pub(crate) struct SlotKeys {
    account: String,
    keys: [String; limits::UPLOADS_MAX],
}

impl SlotKeys {
    pub(crate) fn of(account: AccountId) -> Self {
        Self { account: account.to_string(), keys: array::from_fn(slot_key) }
    }

    /// The keys for a batch read.
    pub(crate) fn in_table<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = (&'a Table, &'a str, &'a str)> {
        self.keys.iter().map(move |key| (table, self.account.as_str(), key.as_str()))
    }
}

/// Parses the slots from the answer of a batch read, in the order of their keys.
pub(crate) fn parse_slots(items: impl Iterator<Item = Option<Item>>) -> Result<Slots> {
    items.map(|item| item.map(aws::read).transpose()).collect::<Result<_>>().map(Slots)
}

impl GenerationStore {
    /// Replaces a slot that has not changed since it was read.
    pub(crate) fn slot_change(
        &self,
        account: AccountId,
        n: usize,
        before: Option<&Slot>,
        after: &Slot,
    ) -> Result<Change> {
        let unchanged = match before {
            None => Condition::Absent,
            Some(before) => {
                all([Condition::text(UPLOAD, before.upload.to_string()), Condition::number(VERSION, before.version)])
            }
        };
        self.table().put(&account.to_string(), &slot_key(n), after).when(unchanged).into_change()
    }

    /// Occupies the slots of a generation's uploads until its deadline, for the transaction that
    /// creates it.
    pub(crate) fn need_changes(
        &self,
        inputs: &ResolvedInputs,
        generation: &Generation,
        now: Timestamp,
    ) -> Result<Vec<Change>> {
        let ResolvedInputs::Uploads(uploads) = inputs else { return Ok(Vec::new()) };
        let Generation { account, id, deadline, .. } = generation;
        let changes = uploads.iter().map(|(n, slot)| {
            let needed = slot.with_need(*id, *deadline, now);
            self.slot_change(*account, *n, Some(slot), &needed)
        });
        changes.collect()
    }

    /// The generations among `ids` that have read their input pictures or no longer exist. One
    /// request.
    pub(crate) async fn finished_reading(
        &self,
        account: AccountId,
        ids: &[GenerationId],
    ) -> Result<HashSet<GenerationId>> {
        let (account, keys): (_, Vec<String>) = (account.to_string(), ids.iter().map(ToString::to_string).collect());
        let keys: Vec<_> = keys.iter().map(|key| (self.table(), account.as_str(), key.as_str())).collect();
        let found = self.table().db().batch_get_all(&keys).await?;
        let mut finished = HashSet::new();
        for (id, item) in ids.iter().zip(found) {
            let generation = item.map(aws::read).transpose()?;
            if !generation.as_ref().is_some_and(still_reads_inputs) {
                finished.insert(*id);
            }
        }
        Ok(finished)
    }
}
