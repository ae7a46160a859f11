//! fal: the queue (<https://docs.fal.ai/model-apis/model-endpoints/queue>), and the
//! platform API for erasing.
//!
//! Outputs have public addresses. Every job asks fal not to store its payloads and to let its
//! outputs expire soon. [`Fal::erase`] removes the rest at once.

mod answer;
#[cfg(test)]
mod tests;

use crate::{
    adapters::{
        answer::{read, submitted, unknown},
        api::Api,
    },
    credential::ProviderCredential,
    job::{Erasure, Job, JobStatus, ProviderJob, Submitted},
};
use answer::Queued;
use http::{Method, header};
use kernel::Result;
use net::Http;
use serde_json::json;
use std::time::Duration;
use url::form_urlencoded;

/// The lifetime of an output at its public address. With a shorter one a delayed collection could
/// miss the output; with a longer one fal keeps a copy for longer.
const OUTPUT_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The shortest allowed time until the start of a job, in seconds.
const START_TIMEOUT_S: u64 = 2;

/// The prefixes of model names after which owner and app follow.
const NAMESPACES: [&str; 2] = ["workflows", "comfy"];

/// fal's APIs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fal {
    queue: Api,
    platform: Api,
}

impl Fal {
    /// `platform_api` is the base URL of the platform API. It accepts the same key, which must be an
    /// admin key to erase.
    pub(crate) fn new(http: Http, settings: &ProviderCredential, platform_api: &str) -> Result<Self> {
        let platform = ProviderCredential { api: platform_api.to_owned(), token: settings.token.clone() };
        Ok(Self {
            queue: Api::new(http.clone(), settings, header::AUTHORIZATION, "Key ")?,
            platform: Api::new(http, &platform, header::AUTHORIZATION, "Key ")?,
        })
    }

    pub(crate) fn api(&self) -> &Api {
        &self.queue
    }

    pub(crate) async fn submit(&self, job: &Job) -> Submitted {
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("fal_webhook", &job.webhook_url).finish();
        let url = format!("{}/{}?{query}", self.queue.base, job.model);
        let lifecycle = json!({ "expiration_duration_seconds": OUTPUT_LIFETIME.as_secs() });
        let headers = [
            ("x-fal-store-io", "0".to_owned()),
            ("x-fal-object-lifecycle-preference", lifecycle.to_string()),
            // The time until the start. A job that has started has no deadline.
            ("x-fal-request-timeout", job.time_limit.as_secs().max(START_TIMEOUT_S).to_string()),
        ];
        let answer = self.queue.post(&url, &headers, &job.input).await;
        let position = answer.as_ref().ok().and_then(|answer| answer::position(answer.body()));
        match submitted(answer, answer::queued, answer::own_refusal) {
            Submitted::Accepted { provider_job, .. } => Submitted::Accepted { provider_job, queue_position: position },
            other => other,
        }
    }

    pub(crate) async fn status(&self, model: &str, job: &ProviderJob) -> JobStatus {
        let url = self.request_url(model, job);
        let queued: Queued = match read(self.queue.call(Method::GET, &format!("{url}/status")).await) {
            Ok(queued) => queued,
            Err(status) => return status,
        };
        match queued.status.as_str() {
            "IN_QUEUE" => JobStatus::Waiting { queue_position: queued.queue_position },
            "IN_PROGRESS" => JobStatus::Running { progress: None },
            "COMPLETED" => answer::finished(&queued, self.queue.call(Method::GET, &url).await),
            other => unknown("fal", other),
        }
    }

    /// Requests the cancellation. Its answer does not say whether the job stopped, so the status is
    /// read after it.
    pub(crate) async fn cancel(&self, model: &str, job: &ProviderJob) -> JobStatus {
        let _ = self.queue.call(Method::PUT, &format!("{}/cancel", self.request_url(model, job))).await;
        self.status(model, job).await
    }

    pub(crate) async fn erase(&self, job: &ProviderJob) -> Erasure {
        let url = format!("{}/models/requests/{job}/payloads", self.platform.base);
        answer::erased(self.platform.call(Method::DELETE, &url).await)
    }

    /// The URL of a request. Unlike a submission, it has only the owner and the app of the model, as
    /// in fal's own clients.
    fn request_url(&self, model: &str, job: &ProviderJob) -> String {
        let parts: Vec<&str> = model.split('/').collect();
        let named = if NAMESPACES.contains(&parts[0]) { 3 } else { 2 };
        let app = parts.iter().take(named).copied().collect::<Vec<_>>().join("/");
        format!("{}/{app}/requests/{job}", self.queue.base)
    }
}
