use crate::{Provider, ProviderName};
use kernel::{Error, Result};
use std::sync::Arc;

/// The providers that jobs can be given to, by name. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers(Arc<[Provider]>);

impl Providers {
    /// These, one of each name.
    #[must_use]
    pub fn new(providers: impl IntoIterator<Item = Provider>) -> Self {
        Self(providers.into_iter().collect())
    }

    /// The provider of this name.
    ///
    /// # Errors
    /// `internal` when there is none: the function was not given it.
    pub fn get(&self, name: ProviderName) -> Result<&Provider> {
        let found = self.0.iter().find(|provider| provider.name() == name);
        found.ok_or_else(|| Error::internal(format!("the provider {name} is not configured")))
    }
}
