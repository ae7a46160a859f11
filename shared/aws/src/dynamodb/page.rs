//! Pages of lists.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::Error;
use std::str::FromStr;

/// The position after which a list continues: the sort key of the last item, opaque to clients.
/// The partition always comes from the caller's token, so a forged cursor cannot reach the items
/// of another account.
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
    /// The cursor of a list that continues after the item with this sort key.
    #[must_use]
    pub fn at(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The error for a text that is no cursor, and for the cursor of another list.
    pub(crate) fn refused() -> Error {
        Error::invalid("cursor", "Send next_cursor of the previous page, or leave cursor out.")
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` at the end of the list.
    pub next: Option<Cursor>,
}
