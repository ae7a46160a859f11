use kernel::Error;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The name of a provider in paths, items and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// <https://bfl.ai>, Black Forest Labs
    Bfl,
    /// <https://fal.ai>
    Fal,
    /// <https://replicate.com>
    Replicate,
}

impl ProviderName {
    /// All names.
    pub const ALL: &[Self] = &[Self::Bfl, Self::Fal, Self::Replicate];

    /// The name in paths, items and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bfl => "bfl",
            Self::Fal => "fal",
            Self::Replicate => "replicate",
        }
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProviderName {
    type Err = Error;

    /// Parses a name from a path. An unknown name is `not_found`.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|name| name.as_str() == text).ok_or(Error::NotFound)
    }
}
