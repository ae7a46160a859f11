use kernel::{Error, Result};
use std::{fmt, str::FromStr};

/// A partner that people sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Google, by OpenID Connect.
    Google,
}

impl Provider {
    /// The name in our paths and keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Provider {
    type Err = Error;

    /// The provider of this name, from a path: another one is `not_found`.
    fn from_str(name: &str) -> Result<Self> {
        match name {
            "google" => Ok(Self::Google),
            _ => Err(Error::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_has_one_name() {
        assert_eq!("google".parse::<Provider>().unwrap().to_string(), "google");
        for other in ["", "Google", "google ", "apple", "github"] {
            assert_eq!(other.parse::<Provider>().unwrap_err().code(), "not_found", "{other:?} names nobody");
        }
    }
}
