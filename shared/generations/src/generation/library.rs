//! The library: a person's notes on generations, and the filters of the list.

use crate::{catalogue::models::ModelKind, generation::record::Generation};
use kernel::{
    Result, limits,
    text::{required, visible_pattern},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// A person's title: 1 to 200 characters, one of them visible.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Title(#[schemars(length(min = 1, max = limits::TITLE_CHARS), regex(pattern = visible_pattern()))] String);

impl Title {
    /// Removes white space at both ends.
    ///
    /// # Errors
    /// `invalid`, without the title.
    pub fn parse(text: &str) -> Result<Self> {
        required("title", text, limits::TITLE_CHARS).map(|text| Self(text.to_owned()))
    }
}

impl fmt::Debug for Title {
    /// A title is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Title(..)")
    }
}

/// A change of a person's notes on a generation. A `None` leaves its note unchanged.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Whether it becomes a favourite.
    pub favourite: Option<bool>,
    /// The new title; `Some(None)` removes the title.
    pub title: Option<Option<Title>>,
}

impl Notes {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.favourite.is_none() && self.title.is_none()
    }
}

/// A text to search for in prompts and titles: 1 to 200 characters, one of them visible, without regard to case.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(inline)]
pub struct SearchText(
    #[schemars(length(min = 1, max = limits::SEARCH_CHARS), regex(pattern = visible_pattern()))] String,
);

impl SearchText {
    /// Removes white space at both ends.
    ///
    /// # Errors
    /// `invalid`, without the text.
    pub fn parse(text: &str) -> Result<Self> {
        required("text", text, limits::SEARCH_CHARS).map(|text| Self(text.to_lowercase()))
    }

    fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.0)
    }
}

impl fmt::Debug for SearchText {
    /// The text is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchText(..)")
    }
}

/// The filter of a list. Every condition that is given must match.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The kind.
    pub kind: Option<ModelKind>,
    /// The model's id. The catalogue may no longer have the model.
    pub model: Option<String>,
    /// Whether it is a favourite.
    pub favourite: Option<bool>,
    /// A text in the prompt or the title.
    pub text: Option<SearchText>,
}

impl Filter {
    /// Whether every generation matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { kind, model, favourite, text } = self;
        kind.is_none() && model.is_none() && favourite.is_none() && text.is_none()
    }

    /// Whether a generation matches.
    #[must_use]
    pub fn matches(&self, generation: &Generation) -> bool {
        let Self { kind, model, favourite, text } = self;
        let texts = [Some(generation.prompt.as_str()), generation.title.as_deref()];
        kind.is_none_or(|kind| kind == generation.kind)
            && model.as_ref().is_none_or(|model| *model == generation.model)
            && favourite.is_none_or(|favourite| favourite == generation.favourite)
            && text.as_ref().is_none_or(|text| texts.into_iter().flatten().any(|it| text.is_in(it)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_has_its_limits_in_characters_and_is_never_printed() {
        for (text, good) in [
            ("x".repeat(200), true),
            ("ü".repeat(200), true),
            ("x".repeat(201), false),
            (" \t\n\u{200B}".to_owned(), false),
        ] {
            assert_eq!(Title::parse(&text).is_ok(), good, "{} characters", text.chars().count());
        }
        assert_eq!(Title::parse("  My boat ").unwrap(), Title("My boat".to_owned()));
        assert_eq!(
            format!("{:?} {:?}", Title::parse("a").unwrap(), SearchText::parse("a").unwrap()),
            "Title(..) SearchText(..)"
        );
    }

    #[test]
    fn a_search_ignores_case() {
        for (sought, text, found) in [
            ("boat", "A BOAT at sea", true),
            ("STRASSE", "eine Strasse", true),
            ("ÜBER", "über den Wolken", true),
            ("a boat at", "A BOAT at sea", true),
            ("boats", "A BOAT at sea", false),
        ] {
            assert_eq!(SearchText::parse(sought).unwrap().is_in(text), found, "{sought} in {text}");
        }
    }
}
