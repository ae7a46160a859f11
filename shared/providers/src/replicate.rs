//! Replicate: <https://replicate.com/docs/reference/http>

mod answer;
#[cfg(test)]
mod tests;

use crate::{Found, Job, JobStatus, NoOutput, ProviderJob, Settings, Submitted, callback::same_job, output};
use answer::{Page, Prediction};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use kernel::{Error, Result};
use net::{Failure, Http};
use serde_json::json;
use std::time::Duration;
use url::{Origin, Url};

/// Larger than any one prediction: its logs are the longest part.
const PREDICTION_BYTES: u64 = 1024 * 1024;

/// Larger than any page of a hundred predictions.
const PAGE_BYTES: u64 = 16 * 1024 * 1024;

/// Pages of the list that are looked through, newest first, 100 predictions each. More
/// would take longer than a sweep has for one job.
const PAGES: usize = 5;

/// What `Cancel-After` takes, in seconds.
const TIME_LIMIT_S: (u64, u64) = (5, 24 * 60 * 60);

/// Replicate's API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Replicate {
    http: Http,
    /// Without a slash at the end.
    api: String,
    origin: Origin,
    authorization: HeaderValue,
}

impl Replicate {
    pub(crate) fn new(http: Http, settings: &Settings) -> Result<Self> {
        let origin = Url::parse(&settings.api).map_err(Error::internal)?.origin();
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", settings.token))
            .map_err(|_| Error::internal("the API token of Replicate is not a header value"))?;
        authorization.set_sensitive(true);
        Ok(Self { http, api: settings.api.trim_end_matches('/').to_owned(), origin, authorization })
    }

    pub(crate) async fn submit(&self, job: &Job) -> Submitted {
        let body = json!({
            "input": job.input,
            "webhook": job.webhook_url,
            "webhook_events_filter": ["completed"],
        });
        let url = format!("{}/models/{}/predictions", self.api, job.model);
        let seconds = job.time_limit.as_secs().clamp(TIME_LIMIT_S.0, TIME_LIMIT_S.1);
        let request = self.request(Method::POST, &url, Bytes::from(body.to_string())).map(|mut request| {
            let headers = request.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if let Ok(value) = HeaderValue::try_from(format!("{seconds}s")) {
                headers.insert("cancel-after", value);
            }
            request
        });
        answer::submitted(self.fetch(request, PREDICTION_BYTES).await)
    }

    pub(crate) async fn status(&self, job: &ProviderJob) -> JobStatus {
        let url = format!("{}/predictions/{job}", self.api);
        answer::status(self.fetch(self.request(Method::GET, &url, Bytes::new()), PREDICTION_BYTES).await)
    }

    pub(crate) async fn cancel(&self, job: &ProviderJob) -> JobStatus {
        let url = format!("{}/predictions/{job}/cancel", self.api);
        answer::status(self.fetch(self.request(Method::POST, &url, Bytes::new()), PREDICTION_BYTES).await)
    }

    pub(crate) async fn find(&self, webhook_url: &str) -> Found {
        let mut url = format!("{}/predictions", self.api);
        for _ in 0..PAGES {
            let answer = self.fetch(self.request(Method::GET, &url, Bytes::new()), PAGE_BYTES).await;
            let Some(Page { results, next }) = answer::page(answer) else { return Found::Unreachable };
            let ours = |found: &Prediction| found.webhook.as_deref().is_some_and(|url| same_job(url, webhook_url));
            if let Some(found) = results.into_iter().find(ours) {
                return Found::Job(found.id);
            }
            match next {
                // The token goes along, so only to where it belongs.
                Some(next) if Url::parse(&next).is_ok_and(|next| next.origin() == self.origin) => url = next,
                _ => return Found::NotListed,
            }
        }
        Found::NotListed
    }

    pub(crate) async fn open_output(&self, url: &str) -> Result<net::Response, NoOutput> {
        output::open(&self.http, url, &self.origin).await
    }

    fn request(&self, method: Method, url: &str, body: Bytes) -> Result<Request<Bytes>, http::Error> {
        Request::builder().method(method).uri(url).header(header::AUTHORIZATION, &self.authorization).body(body)
    }

    async fn fetch(
        &self,
        request: Result<Request<Bytes>, http::Error>,
        limit: u64,
    ) -> Result<Response<Bytes>, Failure> {
        let request = request.map_err(|_| Failure::NotSent("the request cannot be spelt".to_owned()))?;
        self.http.fetch(request, limit).await
    }
}

/// How long the provider asks to wait, never longer than an hour: a nonsense answer must
/// not park a job.
fn bounded(seconds: u64) -> Duration {
    Duration::from_secs(seconds.min(60 * 60))
}
