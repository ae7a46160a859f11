//! AI providers behind one closed enum: submit, status, cancel, find, open an output,
//! erase, verify a webhook.
//!
//! Every operation answers with an outcome that says what is known, never with a bare
//! error: whether a job may exist at the provider decides what may be done next. Adding
//! a provider is a file here with what it alone does, a name in [`ProviderName`], an arm in
//! each `match` that the compiler asks for, and rows in the catalogue.
//!
//! Prompts, tokens and URLs that carry a MAC never get into an error or a log line.

mod answer;
mod api;
mod bfl;
mod callback;
mod fal;
mod name;
mod outcome;
mod output;
mod replicate;
mod set;
#[cfg(test)]
mod test_world;
mod webhook;

pub use bfl::Bfl;
pub use callback::CallbackKeys;
pub use fal::Fal;
pub use name::ProviderName;
pub use outcome::{Erased, Found, INLINE_BYTES, Job, JobStatus, ProviderJob, Refusal, RefusalKind, Submitted};
pub use output::NoOutput;
pub use replicate::Replicate;
pub use set::{ProviderCredentials, Providers};
pub use webhook::{WebhookCall, WebhookEvent, Webhooks};

use kernel::Result;
use std::fmt;

/// Where a provider is and how it knows us.
#[derive(Clone)]
pub struct ProviderCredential {
    /// The base URL of the API, such as `https://api.replicate.com/v1`. Its origin is
    /// also trusted for outputs, which is how the local platform serves them.
    pub api: String,
    /// The API token.
    pub token: String,
}

impl ProviderCredential {
    /// The API at `api`, which knows us by `token`.
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

/// A provider that can be asked. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Provider {
    /// <https://bfl.ai>, Black Forest Labs
    Bfl(Bfl),
    /// <https://fal.ai>
    Fal(Fal),
    /// <https://replicate.com>
    Replicate(Replicate),
}

impl Provider {
    /// Black Forest Labs, reached through `http`.
    ///
    /// # Errors
    /// `internal` when the settings are no URL and no header value.
    pub fn bfl(http: net::Http, settings: &ProviderCredential) -> Result<Self> {
        Bfl::new(http, settings).map(Self::Bfl)
    }

    /// fal, reached through `http`: its queue by the settings, its platform API at
    /// `platform_api` with the same key.
    ///
    /// # Errors
    /// `internal` when the settings are no URLs and no header value.
    pub fn fal(http: net::Http, settings: &ProviderCredential, platform_api: &str) -> Result<Self> {
        Fal::new(http, settings, platform_api).map(Self::Fal)
    }

    /// Replicate, reached through `http`.
    ///
    /// # Errors
    /// `internal` when the settings are no URL and no header value.
    pub fn replicate(http: net::Http, settings: &ProviderCredential) -> Result<Self> {
        Replicate::new(http, settings).map(Self::Replicate)
    }

    /// Its name, as jobs store it.
    #[must_use]
    pub fn name(&self) -> ProviderName {
        match self {
            Self::Bfl(_) => ProviderName::Bfl,
            Self::Fal(_) => ProviderName::Fal,
            Self::Replicate(_) => ProviderName::Replicate,
        }
    }

    /// Hands a job over, once. After [`Submitted::Ambiguous`] it must not be handed over
    /// again, here or elsewhere: look for it with [`Self::find`], or wait for its webhook
    /// until the deadline.
    pub async fn submit(&self, job: &Job) -> Submitted {
        match self {
            Self::Bfl(api) => api.submit(job).await,
            Self::Fal(api) => api.submit(job).await,
            Self::Replicate(api) => api.submit(job).await,
        }
    }

    /// How a job of `model` (the provider's own name of it) stands, over the authenticated
    /// API. May be asked again at any time.
    pub async fn status(&self, model: &str, job: &ProviderJob) -> JobStatus {
        match self {
            Self::Bfl(api) => api.status(job).await,
            Self::Fal(api) => api.status(model, job).await,
            Self::Replicate(api) => api.status(job).await,
        }
    }

    /// Asks the provider to stop a job, and says how the job stands after that: only
    /// [`JobStatus::Canceled`] means that it stopped. May be repeated. Black Forest Labs
    /// can stop nothing.
    pub async fn cancel(&self, model: &str, job: &ProviderJob) -> JobStatus {
        match self {
            Self::Bfl(api) => api.status(job).await,
            Self::Fal(api) => api.cancel(model, job).await,
            Self::Replicate(api) => api.cancel(job).await,
        }
    }

    /// Looks for the job that was submitted with this webhook URL among the newest ones.
    /// Best effort: [`Found::NotListed`] is no proof that there is none, and all that is
    /// known where jobs cannot be listed by it.
    pub async fn find(&self, webhook_url: &str) -> Found {
        match self {
            Self::Bfl(_) | Self::Fal(_) => Found::NotListed,
            Self::Replicate(api) => api.find(webhook_url).await,
        }
    }

    /// Erases a job's input and outputs at the provider, where it has a call for that. Only
    /// for a job that is over and whose outputs are no longer needed. May be repeated.
    pub async fn erase(&self, job: &ProviderJob) -> Erased {
        match self {
            Self::Fal(api) => api.erase(job).await,
            Self::Bfl(_) | Self::Replicate(_) => Erased::NotOffered,
        }
    }

    /// Opens an output for reading, following at most three redirects. Every address on
    /// the way is the provider's own API or https on a public host. The size is not
    /// bounded here: whoever reads it counts.
    ///
    /// # Errors
    /// [`NoOutput`], which says whether to try again.
    pub async fn open_output(&self, url: &str) -> Result<net::Response, NoOutput> {
        let api = match self {
            Self::Bfl(provider) => provider.api(),
            Self::Fal(provider) => provider.api(),
            Self::Replicate(provider) => provider.api(),
        };
        api.open_output(url).await
    }
}
