use crate::{credential::ProviderCredential, name::ProviderName, provider::Provider};
use kernel::{Error, Result};
use std::sync::Arc;

/// The credentials for all providers.
#[derive(Debug, Clone)]
pub struct ProviderCredentials {
    /// Black Forest Labs.
    pub bfl: ProviderCredential,
    /// fal's queue.
    pub fal: ProviderCredential,
    /// The base URL of fal's platform API, which accepts the same key.
    pub fal_platform_api: String,
    /// Replicate.
    pub replicate: ProviderCredential,
}

impl ProviderCredentials {
    /// The names of the secrets that [`Self::read`] needs.
    pub const SECRETS: [&'static str; 3] = ["bfl-api-key", "fal-api-key", "replicate-api-token"];

    /// Reads them from a function's configuration: `variable` returns the value of an environment
    /// variable, `secret` the current value of one of [`Self::SECRETS`].
    ///
    /// # Errors
    /// The first error of `variable` or `secret`.
    pub fn read<'a>(
        variable: impl Fn(&str) -> Result<&'a str>,
        secret: impl Fn(&str) -> Result<&'a str>,
    ) -> Result<Self> {
        let [bfl, fal, replicate] = Self::SECRETS;
        Ok(Self {
            bfl: ProviderCredential::new(variable("BFL_API")?, secret(bfl)?),
            fal: ProviderCredential::new(variable("FAL_API")?, secret(fal)?),
            fal_platform_api: variable("FAL_PLATFORM_API")?.to_owned(),
            replicate: ProviderCredential::new(variable("REPLICATE_API")?, secret(replicate)?),
        })
    }
}

/// Every provider, by name. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers(Arc<[Provider]>);

impl Providers {
    /// All providers, with the credentials of a function's configuration: see
    /// [`ProviderCredentials::read`].
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret, or if a credential has no valid URL
    /// or no valid header value.
    pub fn read<'a>(
        http: &net::Http,
        variable: impl Fn(&str) -> Result<&'a str>,
        secret: impl Fn(&str) -> Result<&'a str>,
    ) -> Result<Self> {
        Self::new(http, &ProviderCredentials::read(variable, secret)?)
    }

    /// All providers, reached through `http`.
    ///
    /// # Errors
    /// `internal` if a credential has no valid URL or no valid header value.
    pub fn new(http: &net::Http, credentials: &ProviderCredentials) -> Result<Self> {
        let ProviderCredentials { bfl, fal, fal_platform_api, replicate } = credentials;
        Ok(Self(Arc::new([
            Provider::bfl(http.clone(), bfl)?,
            Provider::fal(http.clone(), fal, fal_platform_api)?,
            Provider::replicate(http.clone(), replicate)?,
        ])))
    }

    /// The provider with this name.
    ///
    /// # Errors
    /// `internal` if there is none, which a test rules out.
    pub fn get(&self, name: ProviderName) -> Result<&Provider> {
        let found = self.0.iter().find(|provider| provider.name() == name);
        found.ok_or_else(|| Error::internal(format!("the provider {name} is not configured")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_world::World;
    use local::fakes::{FakeBfl, FakeBflSettings};

    #[test]
    fn each_provider_gets_its_own_url_and_secret() {
        let variable = |name: &str| match name {
            "BFL_API" => Ok("https://bfl.test"),
            "FAL_API" => Ok("https://queue.fal.test"),
            "FAL_PLATFORM_API" => Ok("https://platform.fal.test"),
            "REPLICATE_API" => Ok("https://replicate.test"),
            other => Err(Error::internal(other.to_owned())),
        };
        let secret = |name: &str| match name {
            "bfl-api-key" => Ok("b"),
            "fal-api-key" => Ok("f"),
            "replicate-api-token" => Ok("r"),
            other => Err(Error::internal(other.to_owned())),
        };
        let ProviderCredentials { bfl, fal, fal_platform_api, replicate } =
            ProviderCredentials::read(variable, secret).unwrap();
        assert_eq!((bfl.api.as_str(), bfl.token.as_str()), ("https://bfl.test", "b"));
        assert_eq!((fal.api.as_str(), fal.token.as_str()), ("https://queue.fal.test", "f"));
        assert_eq!(fal_platform_api, "https://platform.fal.test");
        assert_eq!((replicate.api.as_str(), replicate.token.as_str()), ("https://replicate.test", "r"));
        let missing = ProviderCredentials::read(|name| Err(Error::internal(name.to_owned())), secret).unwrap_err();
        assert_eq!(missing.cause().unwrap().to_string(), "BFL_API");
    }

    #[test]
    fn every_name_has_a_provider() {
        let settings = ProviderCredential::new("https://api.provider.test", "k");
        let fal_platform_api = settings.api.clone();
        let accounts =
            ProviderCredentials { bfl: settings.clone(), fal: settings.clone(), fal_platform_api, replicate: settings };
        let http = World::of(FakeBfl::new(FakeBflSettings::default())).http();
        let providers = Providers::new(&http, &accounts).unwrap();
        for name in ProviderName::ALL {
            assert_eq!(providers.get(*name).unwrap().name(), *name);
        }
    }
}
