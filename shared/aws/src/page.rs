//! Lists in pages.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::Error;
use std::str::FromStr;

/// Where a list goes on: the sort key of the last item, opaque to clients. The partition
/// always comes from the caller's token, so a forged cursor leads nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) String);

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|key| !key.is_empty() && key.len() <= 1_024)
            .map(Self)
            .ok_or_else(Self::refused)
    }
}

impl Cursor {
    /// A list that goes on after the item with this sort key.
    #[must_use]
    pub fn at(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// For a text that is no cursor, and for a cursor of another list.
    pub(crate) fn refused() -> Error {
        Error::invalid("cursor", "Send next_cursor of the previous page, or leave cursor out.")
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Cursor>,
}
