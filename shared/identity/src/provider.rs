use kernel::{Error, Result};
use schemars::JsonSchema;
use std::{fmt, str::FromStr};

/// A partner for sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum IdentityProvider {
    /// Google, by OpenID Connect.
    Google,
}

impl IdentityProvider {
    /// The name in paths and keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
        }
    }
}

impl fmt::Display for IdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for IdentityProvider {
    type Err = Error;

    /// Parses a name from a path. An unknown name is `not_found`.
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
        assert_eq!("google".parse::<IdentityProvider>().unwrap().to_string(), "google");
        for other in ["", "Google", "google ", "apple", "github"] {
            assert_eq!(
                other.parse::<IdentityProvider>().unwrap_err().code(),
                "not_found",
                "{other:?} is no name of a provider"
            );
        }
    }
}
