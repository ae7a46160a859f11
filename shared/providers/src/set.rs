use crate::{Provider, ProviderCredential, ProviderName};
use kernel::{Error, Result};
use std::sync::Arc;

/// Where every provider is and how it knows us.
#[derive(Debug, Clone)]
pub struct ProviderCredentials {
    /// Black Forest Labs.
    pub bfl: ProviderCredential,
    /// fal's queue.
    pub fal: ProviderCredential,
    /// The base URL of fal's platform API, which the same key is for.
    pub fal_platform_api: String,
    /// Replicate.
    pub replicate: ProviderCredential,
}

/// Every provider, by name. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers(Arc<[Provider]>);

impl Providers {
    /// All of them, reached through `http`.
    ///
    /// # Errors
    /// `internal` when the settings of one are no URL and no header value.
    pub fn new(http: &net::Http, accounts: &ProviderCredentials) -> Result<Self> {
        let ProviderCredentials { bfl, fal, fal_platform_api, replicate } = accounts;
        Ok(Self(Arc::new([
            Provider::bfl(http.clone(), bfl)?,
            Provider::fal(http.clone(), fal, fal_platform_api)?,
            Provider::replicate(http.clone(), replicate)?,
        ])))
    }

    /// The provider of this name.
    ///
    /// # Errors
    /// `internal` when there is none, which a test rules out.
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
    fn every_provider_there_is_can_be_asked() {
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
