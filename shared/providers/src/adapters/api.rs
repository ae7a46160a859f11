//! The HTTP client of an adapter.

use crate::{
    adapters::output::{self, NoOutput},
    credential::ProviderCredential,
    job::INLINE_BYTES,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};
use kernel::{Error, Result};
use net::{Http, RequestFailure};
use serde::Serialize;
use url::{Origin, Url};

/// The largest answer that is read, in bytes. The longest parts of a job are its logs and the input
/// pictures, which Replicate repeats.
const JOB_BYTES: u64 = 1024 * 1024 + INLINE_BYTES as u64;

/// The answer with any status, or the reason why there is none.
pub(crate) type Answer = Result<http::Response<Bytes>, RequestFailure>;

/// An API and our credential for it. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    http: Http,
    /// Without a slash at the end.
    pub base: String,
    pub origin: Origin,
    credential: (HeaderName, HeaderValue),
}

impl Api {
    /// The API of a credential. Each request has `scheme` and the token in `header`.
    ///
    /// # Errors
    /// `internal` if the credential has no valid URL or no valid header value.
    pub fn new(http: Http, settings: &ProviderCredential, header: HeaderName, scheme: &str) -> Result<Self> {
        let origin = Url::parse(&settings.api).map_err(Error::internal)?.origin();
        let mut value = HeaderValue::try_from(format!("{scheme}{}", settings.token))
            .map_err(|_| Error::internal("the API token of a provider is not a header value"))?;
        value.set_sensitive(true);
        let base = settings.api.trim_end_matches('/').to_owned();
        Ok(Self { http, base, origin, credential: (header, value) })
    }

    /// Sends a request without a body.
    pub async fn call(&self, method: Method, url: &str) -> Answer {
        self.send(method, url, &[], Bytes::new(), JOB_BYTES).await
    }

    /// Reads an answer of at most `limit` bytes, which may be longer than a job.
    pub async fn read(&self, url: &str, limit: u64) -> Answer {
        self.send(Method::GET, url, &[], Bytes::new(), limit).await
    }

    /// Posts JSON. The body is serialised without a copy, because its pictures are large.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: &impl Serialize) -> Answer {
        let body =
            serde_json::to_vec(body).map_err(|_| RequestFailure::NotSent("the body cannot be written".to_owned()))?;
        let mut headers = headers.to_vec();
        headers.push((header::CONTENT_TYPE.as_str(), "application/json".to_owned()));
        self.send(Method::POST, url, &headers, Bytes::from(body), JOB_BYTES).await
    }

    /// Opens an output without a token.
    pub async fn open_output(&self, url: &str) -> Result<net::Response, NoOutput> {
        output::open(&self.http, url, &self.origin).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&'static str, String)],
        body: Bytes,
        limit: u64,
    ) -> Answer {
        let (name, value) = &self.credential;
        let mut request = Request::builder().method(method).uri(url).header(name, value);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(body).map_err(|_| RequestFailure::NotSent("the request is not valid".to_owned()))?;
        self.http.fetch(request, limit).await
    }
}
