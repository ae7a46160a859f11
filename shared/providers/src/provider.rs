use crate::{
    adapters::{Bfl, Fal, NoOutput, Replicate},
    credential::ProviderCredential,
    job::{Erasure, Found, Job, JobStatus, ProviderJob, Submitted},
    name::ProviderName,
};
use kernel::Result;

/// A provider. Cheap to clone.
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
    /// `internal` if the credential has no valid URL or no valid header value.
    pub fn bfl(http: net::Http, credential: &ProviderCredential) -> Result<Self> {
        Bfl::new(http, credential).map(Self::Bfl)
    }

    /// fal, reached through `http`. The credential is for the queue; the platform API at
    /// `platform_api` accepts the same key.
    ///
    /// # Errors
    /// `internal` if the credential has no valid URL or no valid header value.
    pub fn fal(http: net::Http, credential: &ProviderCredential, platform_api: &str) -> Result<Self> {
        Fal::new(http, credential, platform_api).map(Self::Fal)
    }

    /// Replicate, reached through `http`.
    ///
    /// # Errors
    /// `internal` if the credential has no valid URL or no valid header value.
    pub fn replicate(http: net::Http, credential: &ProviderCredential) -> Result<Self> {
        Replicate::new(http, credential).map(Self::Replicate)
    }

    /// The name of the provider, as jobs store it.
    #[must_use]
    pub fn name(&self) -> ProviderName {
        match self {
            Self::Bfl(_) => ProviderName::Bfl,
            Self::Fal(_) => ProviderName::Fal,
            Self::Replicate(_) => ProviderName::Replicate,
        }
    }

    /// Submits a job once. After [`Submitted::Ambiguous`] the job must not be submitted again,
    /// to this or another provider. Look for it with [`Self::find`], or wait for its webhook until
    /// the deadline.
    pub async fn submit(&self, job: &Job) -> Submitted {
        match self {
            Self::Bfl(api) => api.submit(job).await,
            Self::Fal(api) => api.submit(job).await,
            Self::Replicate(api) => api.submit(job).await,
        }
    }

    /// Reads the status of a job over the authenticated API. `model` is the provider's own name
    /// of the model. Safe to repeat.
    pub async fn status(&self, model: &str, job: &ProviderJob) -> JobStatus {
        match self {
            Self::Bfl(api) => api.status(job).await,
            Self::Fal(api) => api.status(model, job).await,
            Self::Replicate(api) => api.status(job).await,
        }
    }

    /// Asks the provider to stop a job, and answers the status after that. Only
    /// [`JobStatus::Canceled`] means that the job stopped. Safe to repeat. Black Forest Labs
    /// cannot stop a job.
    pub async fn cancel(&self, model: &str, job: &ProviderJob) -> JobStatus {
        match self {
            Self::Bfl(api) => api.status(job).await,
            Self::Fal(api) => api.cancel(model, job).await,
            Self::Replicate(api) => api.cancel(job).await,
        }
    }

    /// Looks among the newest jobs for the one with this webhook URL. [`Found::NotListed`] does
    /// not prove that there is no such job. It is the only answer of providers that cannot list
    /// jobs.
    pub async fn find(&self, webhook_url: &str) -> Found {
        match self {
            Self::Bfl(_) | Self::Fal(_) => Found::NotListed,
            Self::Replicate(api) => api.find(webhook_url).await,
        }
    }

    /// Erases the input and the outputs of a job at the provider, if its API offers that. Only for
    /// a job that is over and whose outputs are no longer needed. Safe to repeat.
    pub async fn erase(&self, job: &ProviderJob) -> Erasure {
        match self {
            Self::Fal(api) => api.erase(job).await,
            Self::Bfl(_) | Self::Replicate(_) => Erasure::NotOffered,
        }
    }

    /// Opens an output for reading, and follows at most three redirects. Every address must be the
    /// provider's own API or https on a public host. The caller must limit the size.
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
