use std::fmt;

/// The address of a provider's API and our credential for it.
#[derive(Clone)]
pub struct ProviderCredential {
    /// The base URL of the API, such as `https://api.replicate.com/v1`. Outputs from its origin
    /// are also trusted, because the local platform serves them there.
    pub api: String,
    /// The API token.
    pub token: String,
}

impl ProviderCredential {
    /// The API at `api`, which accepts `token`.
    #[must_use]
    pub fn new(api: &str, token: &str) -> Self {
        Self { api: api.to_owned(), token: token.to_owned() }
    }
}

impl fmt::Debug for ProviderCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderCredential").field("api", &self.api).finish_non_exhaustive()
    }
}
