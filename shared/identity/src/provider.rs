use kernel::{Error, Result};
use schemars::JsonSchema;
use std::{fmt, str::FromStr};

/// A partner for sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum IdentityProvider {
    /// Google, by OpenID Connect.
    Google,
    /// Apple, by OpenID Connect with an answer by form.
    Apple,
    /// Facebook, by OAuth and the Graph API.
    Facebook,
}

impl IdentityProvider {
    /// All partners.
    pub const ALL: [Self; 3] = [Self::Google, Self::Apple, Self::Facebook];

    /// The name in paths and keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Apple => "apple",
            Self::Facebook => "facebook",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Apple => "Apple",
            Self::Facebook => "Facebook",
        }
    }

    /// Whether its answer is a form that the browser posts across sites, and no redirect. Apple alone
    /// does so: it demands `response_mode=form_post` for a name or an address.
    #[must_use]
    pub fn answers_by_form(self) -> bool {
        matches!(self, Self::Apple)
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
        Self::ALL.into_iter().find(|provider| provider.as_str() == name).ok_or(Error::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_has_one_name() {
        for provider in IdentityProvider::ALL {
            assert_eq!(provider.to_string().parse::<IdentityProvider>().unwrap(), provider);
            assert_eq!(provider.name().to_lowercase(), provider.as_str());
        }
        for other in ["", "Google", "google ", "APPLE", "facebook-deletion", "github"] {
            assert_eq!(
                other.parse::<IdentityProvider>().unwrap_err().code(),
                "not_found",
                "{other:?} is no name of a provider"
            );
        }
    }

    #[test]
    fn apple_alone_answers_by_form() {
        let by_form: Vec<_> = IdentityProvider::ALL.into_iter().filter(|provider| provider.answers_by_form()).collect();
        assert_eq!(by_form, [IdentityProvider::Apple]);
    }
}
