//! The list of an account's generations, and a person's notes on them.

use crate::{
    generation::{
        library::{Filter, Notes},
        record::Generation,
    },
    store::{
        conditions::not_deleted,
        names::{FAVOURITE, TITLE},
        table::GenerationStore,
    },
};
use aws::{Condition, Cursor, Page, WriteOutcome, all};
use kernel::{AccountId, Error, GenerationId, Result, limits};

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
        let mut write = self.table().update(&account.to_string(), &id.to_string()).when(is_visible);
        if let Some(favourite) = notes.favourite {
            write = write.set(FAVOURITE, favourite);
        }
        write = match &notes.title {
            Some(Some(title)) => write.set(TITLE, title),
            Some(None) => write.remove(TITLE),
            None => write,
        };
        match write.apply().await? {
            WriteOutcome::Applied(item) => aws::read(item),
            WriteOutcome::ConditionFailed(_) => Err(Error::NotFound),
        }
    }
}
