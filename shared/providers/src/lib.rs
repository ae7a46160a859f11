//! AI providers behind one closed enum: submit, status, cancel, find, open an output,
//! verify a webhook.
//!
//! Every operation answers with an outcome that says what is known, never with a bare
//! error: whether a job may exist at the provider decides what may be done next. Adding
//! a provider is a file here, a name in [`ProviderName`] and rows in the catalogue.
//!
//! Prompts, tokens and URLs that carry a MAC never get into an error or a log line.

mod callback;
mod name;
mod outcome;
mod output;
mod replicate;
mod webhook;

pub use callback::CallbackKeys;
pub use name::ProviderName;
pub use outcome::{Found, Job, JobStatus, ProviderJob, Refusal, RefusalKind, Submitted};
pub use output::NoOutput;
pub use replicate::Replicate;
pub use webhook::{WebhookEvent, WebhookSecrets};

use kernel::Result;
use std::fmt;

/// Where a provider is and how it knows us.
#[derive(Clone)]
pub struct Settings {
    /// The base URL of the API, such as `https://api.replicate.com/v1`. Its origin is
    /// also trusted for outputs, which is how the local platform serves them.
    pub api: String,
    /// The API token.
    pub token: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("api", &self.api).finish_non_exhaustive()
    }
}

/// A provider that can be asked. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Provider {
    /// <https://replicate.com>
    Replicate(Replicate),
}

impl Provider {
    /// Replicate, reached through `http`.
    ///
    /// # Errors
    /// `internal` when the settings are no URL and no header value.
    pub fn replicate(http: net::Http, settings: &Settings) -> Result<Self> {
        Replicate::new(http, settings).map(Self::Replicate)
    }

    /// Its name, as jobs store it.
    #[must_use]
    pub fn name(&self) -> ProviderName {
        match self {
            Self::Replicate(_) => ProviderName::Replicate,
        }
    }

    /// Hands a job over, once. After [`Submitted::Ambiguous`] it must not be handed over
    /// again, here or elsewhere: look for it with [`Self::find`], or wait for its webhook
    /// until the deadline.
    pub async fn submit(&self, job: &Job) -> Submitted {
        match self {
            Self::Replicate(api) => api.submit(job).await,
        }
    }

    /// How a job stands, over the authenticated API. May be asked again at any time.
    pub async fn status(&self, job: &ProviderJob) -> JobStatus {
        match self {
            Self::Replicate(api) => api.status(job).await,
        }
    }

    /// Asks the provider to stop a job, and says how the job stands after that: only
    /// [`JobStatus::Canceled`] means that it stopped. May be repeated.
    pub async fn cancel(&self, job: &ProviderJob) -> JobStatus {
        match self {
            Self::Replicate(api) => api.cancel(job).await,
        }
    }

    /// Looks for the job that was submitted with this webhook URL among the newest ones.
    /// Best effort: [`Found::NotListed`] is no proof that there is none.
    pub async fn find(&self, webhook_url: &str) -> Found {
        match self {
            Self::Replicate(api) => api.find(webhook_url).await,
        }
    }

    /// Opens an output for reading, following at most three redirects. Every address on
    /// the way is the provider's own API or https on a public host. The size is not
    /// bounded here: whoever reads it counts.
    ///
    /// # Errors
    /// [`NoOutput`], which says whether to try again.
    pub async fn open_output(&self, url: &str) -> Result<net::Response, NoOutput> {
        match self {
            Self::Replicate(api) => api.open_output(url).await,
        }
    }
}
