//! The record of an operator who ended all sessions of an account.

use crate::{balance::adjustment::Adjustment, entry::EntryKind, store::CreditStore};
use aws::{Decision, transact};
use kernel::{AccountId, Error, Ids, Note, Result, Timestamp};

/// The newest entries in which the last such record is searched. A repetition comes soon after.
const SEARCHED: u32 = 50;

/// The recorded decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndOfSessions {
    /// The time of the decision. Sessions that begin later are not meant.
    pub at: Timestamp,
    /// Whether this call recorded it.
    pub is_new: bool,
}

impl CreditStore {
    /// Records that an operator ends all sessions of the account. From then on, no access token of
    /// before can spend. The same note as that of the last record changes nothing, and answers when it
    /// was. Two requests.
    ///
    /// # Errors
    /// `not_found`; `unavailable`.
    pub async fn record_end_of_sessions(
        &self,
        account: AccountId,
        note: &Note,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<EndOfSessions> {
        transact(self.table().db(), ids, async || {
            let (mut balance, newest) = self.read_statement(account, SEARCHED, None).await?.ok_or(Error::NotFound)?;
            let last = newest.items.iter().find(|entry| entry.kind == EntryKind::EndSessions);
            if let Some(last) = last.filter(|last| last.note.as_ref() == Some(note)) {
                return Ok(Decision::Answer(EndOfSessions { at: last.at, is_new: false }));
            }
            let entries = balance.adjust(Adjustment::EndSessions, note.clone(), now)?;
            let changes = self.next_changes(account, &balance, &entries)?;
            Ok(Decision::Commit(changes, EndOfSessions { at: now, is_new: true }))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lot::Lot, terms::BalanceStatus};
    use testkit::{CREDITS_TABLE, Fault, Faults, World};

    #[tokio::test(start_paused = true)]
    async fn the_end_of_sessions_is_recorded_once_and_stops_older_tokens() {
        let world = World::new(1);
        let store = CreditStore::new(world.clients().dynamodb().table(CREDITS_TABLE));
        let (account, ids) = (AccountId::new(world.ids().uuid_v7(world.now())), world.ids());
        let lot = Lot::welcome(world.now());
        let born = async || Ok(Decision::Commit(store.welcome_changes(account, lot.clone(), world.now())?, ()));
        transact(store.table().db(), &ids, born).await.unwrap();
        world.advance(std::time::Duration::from_secs(60));
        let note = |reason: &str| Note::new("night-shift", reason).unwrap();
        let began = world.now();
        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::AnswerLost));
        let first = store.record_end_of_sessions(account, &note("Tokens leaked."), &ids, began).await.unwrap();
        assert_eq!(first.at, began, "a lost answer is found again");
        let (balance, entries) = store.read_ledger(account).await.unwrap().unwrap();
        balance.prove(&entries).unwrap();
        assert_eq!((balance.status, balance.valid_from, entries.len()), (BalanceStatus::Active, began, 2));
        world.advance(std::time::Duration::from_secs(60));
        let before = world.snapshot();
        let again = store.record_end_of_sessions(account, &note("Tokens leaked."), &ids, world.now()).await.unwrap();
        assert_eq!(again, EndOfSessions { at: began, is_new: false });
        world.assert_unchanged(&before);
        let other = store.record_end_of_sessions(account, &note("Leaked again."), &ids, world.now()).await.unwrap();
        assert_eq!(other, EndOfSessions { at: world.now(), is_new: true });
        let nobody = AccountId::new(ids.uuid_v7(world.now()));
        let missing = store.record_end_of_sessions(nobody, &note("x"), &ids, world.now()).await.unwrap_err();
        assert_eq!(missing.code(), "not_found");
    }
}
