//! Forms of claims that differ between partners.

use serde::{Deserialize, Deserializer};

/// The audience of a token (RFC 7519 §4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// The names.
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }

    /// Whether `client_id` is an audience.
    pub(crate) fn has(&self, client_id: &str) -> bool {
        self.names().iter().any(|name| name == client_id)
    }
}

/// An id. Some partners send one as a number.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum TextOrNumber {
    Text(String),
    Number(u64),
}

impl TextOrNumber {
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A boolean. Some partners send it as text.
pub(crate) fn bool_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Truth {
        Said(bool),
        Text(String),
    }
    Ok(match Option::<Truth>::deserialize(deserializer)? {
        Some(Truth::Said(said)) => said,
        Some(Truth::Text(text)) => text == "true",
        None => false,
    })
}
