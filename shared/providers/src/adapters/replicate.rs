//! Replicate: <https://replicate.com/docs/reference/http>
//!
//! Replicate deletes input, output, files and logs an hour after the end of a job. No request
//! deletes them earlier.

mod answer;
#[cfg(test)]
mod tests;

use crate::{
    adapters::{
        answer::{read, submitted},
        api::{Answer, Api},
    },
    callback::same_job,
    credential::ProviderCredential,
    job::{Found, Job, JobStatus, ProviderJob, Submitted},
};
use answer::{Page, Prediction};
use http::{Method, header};
use kernel::Result;
use net::Http;
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

/// The largest page that is read, in bytes. Every page of a hundred predictions is smaller.
const PAGE_BYTES: u64 = 16 * 1024 * 1024;

/// The number of pages that a search reads, newest first, 100 predictions each. More pages would
/// take longer than a sweep has for one job.
const PAGES: usize = 5;

/// The allowed range of `Cancel-After`, in seconds.
const TIME_LIMIT_S: (u64, u64) = (5, 24 * 60 * 60);

/// The body of a submission.
#[derive(Serialize)]
struct Submission<'a> {
    input: &'a Map<String, Value>,
    webhook: &'a str,
    webhook_events_filter: [&'static str; 1],
}

/// Replicate's API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Replicate(Api);

impl Replicate {
    pub(crate) fn new(http: Http, settings: &ProviderCredential) -> Result<Self> {
        Api::new(http, settings, header::AUTHORIZATION, "Bearer ").map(Self)
    }

    pub(crate) fn api(&self) -> &Api {
        &self.0
    }

    pub(crate) async fn submit(&self, job: &Job) -> Submitted {
        let body = Submission { input: &job.input, webhook: &job.webhook_url, webhook_events_filter: ["completed"] };
        let url = format!("{}/models/{}/predictions", self.0.base, job.model);
        let seconds = job.time_limit.as_secs().clamp(TIME_LIMIT_S.0, TIME_LIMIT_S.1);
        let answer = self.0.post(&url, &[("cancel-after", format!("{seconds}s"))], &body).await;
        submitted(answer, answer::created, answer::own_refusal)
    }

    pub(crate) async fn status(&self, job: &ProviderJob) -> JobStatus {
        status(self.0.call(Method::GET, &format!("{}/predictions/{job}", self.0.base)).await)
    }

    pub(crate) async fn cancel(&self, job: &ProviderJob) -> JobStatus {
        status(self.0.call(Method::POST, &format!("{}/predictions/{job}/cancel", self.0.base)).await)
    }

    pub(crate) async fn find(&self, webhook_url: &str) -> Found {
        let mut url = format!("{}/predictions", self.0.base);
        for _ in 0..PAGES {
            let page = answer::page(self.0.read(&url, PAGE_BYTES).await);
            let Some(Page { results, next }) = page else { return Found::Unreachable };
            let ours = |found: &Prediction| found.webhook.as_deref().is_some_and(|url| same_job(url, webhook_url));
            if let Some(found) = results.into_iter().find(ours) {
                return Found::Job(found.id);
            }
            match next {
                // The request has the token, so it must go to the API only.
                Some(next) if Url::parse(&next).is_ok_and(|next| next.origin() == self.0.origin) => url = next,
                _ => return Found::NotListed,
            }
        }
        Found::NotListed
    }
}

fn status(answer: Answer) -> JobStatus {
    read(answer).map_or_else(|status| status, Prediction::job_status)
}
