//! The library: what people note on their generations, and how they find them again.

use crate::{Generation, GenerationStore, ModelKind, store::table::DELETED_AT};
use aws::{Condition, Cursor, Page, WriteOutcome, all};
use kernel::{AccountId, Error, GenerationId, Result, limits};
use serde::Serialize;
use std::fmt;

/// A title that a person gave: 1 to 200 characters that are not all blank.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Title(String);

impl Title {
    /// Takes the blanks off both ends.
    ///
    /// # Errors
    /// `invalid`; the title is not repeated.
    pub fn parse(text: &str) -> Result<Self> {
        bounded("title", text, limits::TITLE_CHARS).map(|text| Self(text.to_owned()))
    }
}

impl fmt::Debug for Title {
    /// A title is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Title(..)")
    }
}

/// What a person notes on a generation. What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Whether it is a favourite.
    pub favourite: Option<bool>,
    /// The title; inside, `None` takes it away.
    pub title: Option<Option<Title>>,
}

impl Notes {
    /// Whether nothing is noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.favourite.is_none() && self.title.is_none()
    }
}

/// A text that is looked for in prompts and titles: 1 to 200 characters, whatever their case.
#[derive(Clone, PartialEq, Eq)]
pub struct SoughtText(String);

impl SoughtText {
    /// Takes the blanks off both ends.
    ///
    /// # Errors
    /// `invalid`; the text is not repeated.
    pub fn parse(text: &str) -> Result<Self> {
        bounded("text", text, limits::SEARCH_CHARS).map(|text| Self(text.to_lowercase()))
    }

    fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.0)
    }
}

impl fmt::Debug for SoughtText {
    /// What somebody looks for is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoughtText(..)")
    }
}

/// What a list is narrowed to: all that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Made of this kind.
    pub kind: Option<ModelKind>,
    /// Made by the model of this id, which the catalogue may have no longer.
    pub model: Option<String>,
    /// A favourite, or none.
    pub favourite: Option<bool>,
    /// With this text in the prompt or the title.
    pub text: Option<SoughtText>,
}

impl Filter {
    /// Whether everything fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { kind, model, favourite, text } = self;
        kind.is_none() && model.is_none() && favourite.is_none() && text.is_none()
    }

    /// Whether a generation fits.
    #[must_use]
    pub fn takes(&self, generation: &Generation) -> bool {
        let Self { kind, model, favourite, text } = self;
        let texts = [Some(generation.prompt.as_str()), generation.title.as_deref()];
        kind.is_none_or(|kind| kind == generation.kind)
            && model.as_ref().is_none_or(|model| *model == generation.model)
            && favourite.is_none_or(|favourite| favourite == generation.favourite)
            && text.as_ref().is_none_or(|text| texts.into_iter().flatten().any(|it| text.is_in(it)))
    }
}

fn bounded<'a>(field: &'static str, text: &'a str, most: usize) -> Result<&'a str> {
    let text = text.trim();
    match (1..=most).contains(&text.chars().count()) {
        true => Ok(text),
        false => Err(Error::invalid(field, format!("{field} has 1 to {most} characters."))),
    }
}

impl GenerationStore {
    /// An account's generations that fit, newest first. One request, and where the filter
    /// says anything one for each hundred generations that are looked at, five at most: then
    /// the page ends, even without an item, and its cursor goes on.
    ///
    /// # Errors
    /// `invalid` when the cursor is not of this list, `unavailable`.
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
        let (mut fit, mut next) = (Vec::new(), cursor.cloned());
        for _ in 0..limits::FILTERED_AT_ONCE / limits::LIST_MAX {
            let found = self.page(account, limits::LIST_MAX, next.as_ref()).await?;
            next = found.next;
            let mut rest = found.items.into_iter();
            while let Some(generation) = rest.by_ref().find(|generation| filter.takes(generation)) {
                let here = Cursor::at(generation.id.to_string());
                fit.push(generation);
                if fit.len() >= limit as usize {
                    let next = if rest.len() == 0 { next } else { Some(here) };
                    return Ok(Page { items: fit, next });
                }
            }
            if next.is_none() {
                break;
            }
        }
        Ok(Page { items: fit, next })
    }

    async fn page(&self, account: AccountId, limit: u32, cursor: Option<&Cursor>) -> Result<Page<Generation>> {
        // A generation's key starts with a hexadecimal digit, every other key after them.
        let all = self.table().query(&account.to_string()).between("0", "g").descending();
        let mut page: Page<Generation> = all.after(cursor).limit(limit).page().await?;
        page.items.retain(Generation::is_there);
        Ok(page)
    }

    /// Puts notes on a generation, in whatever state it is, and answers it. One request; may
    /// be repeated.
    ///
    /// # Errors
    /// `not_found`, also for another account's; `unavailable`.
    pub async fn note(&self, account: AccountId, id: GenerationId, notes: &Notes) -> Result<Generation> {
        let there = all([Condition::Exists, Condition::Missing(DELETED_AT)]);
        let mut write = self.table().update(&account.to_string(), &id.to_string()).when(there);
        if let Some(favourite) = notes.favourite {
            write = write.set("favourite", favourite);
        }
        write = match &notes.title {
            Some(Some(title)) => write.set("title", title),
            Some(None) => write.remove("title"),
            None => write,
        };
        match write.apply().await? {
            WriteOutcome::Applied(item) => aws::read(item),
            WriteOutcome::ConditionFailed(_) => Err(Error::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_its_limits_in_characters_and_is_never_printed() {
        for (text, good) in
            [("x".repeat(200), true), ("ü".repeat(200), true), ("x".repeat(201), false), (" \t\n".to_owned(), false)]
        {
            assert_eq!(Title::parse(&text).is_ok(), good, "{} characters", text.chars().count());
        }
        assert_eq!(Title::parse("  My boat ").unwrap(), Title("My boat".to_owned()));
        assert_eq!(
            format!("{:?} {:?}", Title::parse("a").unwrap(), SoughtText::parse("a").unwrap()),
            "Title(..) SoughtText(..)"
        );
    }

    #[test]
    fn a_text_is_found_whatever_its_case() {
        for (sought, text, found) in [
            ("boat", "A BOAT at sea", true),
            ("STRASSE", "eine Strasse", true),
            ("ÜBER", "über den Wolken", true),
            ("a boat at", "A BOAT at sea", true),
            ("boats", "A BOAT at sea", false),
        ] {
            assert_eq!(SoughtText::parse(sought).unwrap().is_in(text), found, "{sought} in {text}");
        }
    }
}
