//! The list of an account's generations, a person's notes on them, and works that are disabled.

use crate::{
    generation::{
        disabled::{Disabled, Enabled, past_after},
        library::{Filter, Notes},
        record::Generation,
    },
    store::{
        conditions::not_deleted,
        names::{DECISION_COUNT, DECISIONS, DISABLED, ENABLED, FAVOURITE, TITLE},
        table::GenerationStore,
    },
};
use aws::{Condition, Cursor, Page, Write, WriteOutcome, all, not};
use kernel::{AccountId, Error, GenerationId, Result, limits};
use std::time::Duration;

/// Attempts to enable a work while other operators decide about it.
const ATTEMPTS: u32 = 4;

/// The wait after that.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The result of a decision about a work.
enum Switched {
    /// The work after it.
    Done(Generation),
    /// The stored work, which does not allow it.
    Not(Generation),
}

impl GenerationStore {
    /// An account's generations that match, newest first. One request without a filter. With a
    /// filter one request for each hundred generations that are read, at most five: then the
    /// page ends, even without an item, and its cursor continues the list.
    ///
    /// # Errors
    /// `invalid` for a cursor of another list, `unavailable`.
    pub async fn list(
        &self,
        account: AccountId,
        filter: &Filter,
        limit: u32,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Generation>> {
        if filter.is_empty() {
            return self.page(account, limit, cursor).await;
        }
        let (mut matching, mut next) = (Vec::new(), cursor.cloned());
        for _ in 0..limits::FILTERED_AT_ONCE / limits::LIST_MAX {
            let found = self.page(account, limits::LIST_MAX, next.as_ref()).await?;
            next = found.next;
            let mut rest = found.items.into_iter();
            while let Some(generation) = rest.by_ref().find(|generation| filter.matches(generation)) {
                let here = Cursor::at(generation.id.to_string());
                matching.push(generation);
                if matching.len() >= limit as usize {
                    let next = if rest.len() == 0 { next } else { Some(here) };
                    return Ok(Page { items: matching, next });
                }
            }
            if next.is_none() {
                break;
            }
        }
        Ok(Page { items: matching, next })
    }

    async fn page(&self, account: AccountId, limit: u32, cursor: Option<&Cursor>) -> Result<Page<Generation>> {
        // A generation's key begins with a hexadecimal digit. Every other key begins with a letter
        // after `f`.
        let all = self.table().query(&account.to_string()).between("0", "g").descending();
        let mut page: Page<Generation> = all.after(cursor).limit(limit).page().await?;
        page.items.retain(Generation::is_visible);
        Ok(page)
    }

    /// Changes the notes on a generation in any state, and answers the generation. One request;
    /// may be repeated.
    ///
    /// # Errors
    /// `not_found`, also for another account's generation; `unavailable`.
    pub async fn update_notes(&self, account: AccountId, id: GenerationId, notes: &Notes) -> Result<Generation> {
        let is_visible = all([Condition::Exists, not_deleted()]);
        let write = self.table().update(&account.to_string(), &id.to_string()).when(is_visible);
        match put_notes(write, notes).apply().await? {
            WriteOutcome::Applied(item) => aws::read(item),
            WriteOutcome::ConditionFailed(_) => Err(Error::NotFound),
        }
    }

    /// Disables a work: its owner sees it without links, with the statement of reasons. Its files stay.
    /// One request. The same statement again changes nothing and answers the stored one.
    ///
    /// # Errors
    /// `not_found`; `wrong_state` when it is disabled for another reason; `unavailable`.
    pub async fn disable(&self, account: AccountId, id: GenerationId, disabled: &Disabled) -> Result<Generation> {
        let enabled = all([Condition::Exists, not_deleted(), Condition::Missing(DISABLED)]);
        let write = self.table().update(&account.to_string(), &id.to_string()).set(DISABLED, disabled);
        let stored = match self.switched(write.add(DECISION_COUNT, 1).when(enabled)).await? {
            Switched::Done(generation) => return Ok(generation),
            Switched::Not(stored) => stored,
        };
        match stored.disabled.as_ref().is_some_and(|before| before.says_the_same_as(disabled)) {
            true => Ok(stored),
            false => Err(Error::WrongState { detail: "The work is disabled already, for another reason." }),
        }
    }

    /// Enables a disabled work again. The decision to disable it goes to the decisions of the past.
    /// Two requests. Its repetition by the same operator for the same reason changes nothing.
    ///
    /// # Errors
    /// `not_found`; `wrong_state` when it is not disabled; `unavailable`.
    pub async fn enable(&self, account: AccountId, id: GenerationId, enabled: &Enabled) -> Result<Generation> {
        let mut seen = self.get(account, id).await?;
        for _ in 0..ATTEMPTS {
            let Some(disabled) = &seen.disabled else {
                return match seen.enabled.as_ref().is_some_and(|before| before.note == enabled.note) {
                    true => Ok(seen),
                    false => Err(Error::WrongState { detail: "The work is not disabled." }),
                };
            };
            let write = self.table().update(&account.to_string(), &id.to_string()).remove(DISABLED);
            let write = write.set(DECISIONS, past_after(&seen.decisions, disabled, enabled)).add(DECISION_COUNT, 1);
            let unchanged = match seen.decision_count {
                0 => Condition::Missing(DECISION_COUNT),
                count => Condition::number(DECISION_COUNT, count),
            };
            let is_disabled = all([not_deleted(), not(Condition::Missing(DISABLED)), unchanged]);
            match self.switched(write.set(ENABLED, enabled).when(is_disabled)).await? {
                Switched::Done(generation) => return Ok(generation),
                Switched::Not(stored) => seen = stored,
            }
        }
        Err(Error::unavailable(RETRY_AFTER, "other operators decide about this work at the same time"))
    }

    async fn switched(&self, write: Write) -> Result<Switched> {
        match write.apply().await? {
            WriteOutcome::Applied(item) => aws::read(item).map(Switched::Done),
            WriteOutcome::ConditionFailed(stored) => {
                let stored: Generation = aws::read(stored.ok_or(Error::NotFound)?)?;
                Some(stored).filter(Generation::is_visible).map(Switched::Not).ok_or(Error::NotFound)
            }
        }
    }
}

/// Adds a change of the notes on a generation to a write.
pub(super) fn put_notes(write: Write, notes: &Notes) -> Write {
    let write = match notes.favourite {
        Some(favourite) => write.set(FAVOURITE, favourite),
        None => write,
    };
    match &notes.title {
        Some(Some(title)) => write.set(TITLE, title),
        Some(None) => write.remove(TITLE),
        None => write,
    }
}
