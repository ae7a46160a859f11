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

/// Every provider, by name. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers(Arc<[Provider]>);

impl Providers {
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
    use local::fakes::{Bfl, BflSettings};

    #[test]
    fn every_name_has_a_provider() {
        let settings = ProviderCredential::new("https://api.provider.test", "k");
        let fal_platform_api = settings.api.clone();
        let accounts =
            ProviderCredentials { bfl: settings.clone(), fal: settings.clone(), fal_platform_api, replicate: settings };
        let http = World::of(Bfl::new(BflSettings::default())).http();
        let providers = Providers::new(&http, &accounts).unwrap();
        for name in ProviderName::ALL {
            assert_eq!(providers.get(*name).unwrap().name(), *name);
        }
    }
}
