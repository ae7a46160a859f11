//! HTTP to outside partners, behind one seam.
//!
//! [`Http`] is what the slices hold. In a function it is [`vendors`] (TLS by ring,
//! bundled web roots, our own timeouts); in a test it is whatever implements
//! [`Transport`]. Only partners are reached through it: AWS has its own client in `aws`.

mod guard;
mod keys;
mod reqwest_transport;

pub use guard::{Destination, public_address};
pub use keys::{Jwk, KeySet};
pub use reqwest_transport::vendors;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use kernel::BoxFuture;
use std::{fmt, pin::Pin, sync::Arc, time::Duration};

/// A request to a partner. The body is small and whole, so that a request can be sent
/// again by who knows that it may be.
pub type Request = http::Request<Bytes>;

/// A partner's answer; the body is read as it comes.
pub type Response = http::Response<Body>;

/// Sends requests. Implemented by the real client and by the in-process platform.
pub trait Transport: Send + Sync {
    /// Sends one request, once: no retry, no redirect followed.
    ///
    /// # Errors
    /// [`Failure`], which says whether the partner may have acted.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>>;
}

/// Why no answer came.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The request never reached the partner: nothing happened there.
    #[error("the partner could not be reached: {0}")]
    NotSent(String),
    /// The request may have been acted upon; the answer was lost.
    #[error("the partner's answer was lost: {0}")]
    AnswerLost(String),
    /// The destination is one that we do not connect to.
    #[error("the address is not allowed: {0}")]
    Forbidden(String),
    /// The answer is larger than we accept.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
}

impl From<Failure> for kernel::Error {
    /// A partner that does not answer is a passing fault.
    fn from(failure: Failure) -> Self {
        Self::unavailable(Duration::from_secs(5), failure)
    }
}

/// Sends requests to partners. Cheap to clone.
#[derive(Clone)]
pub struct Http(Arc<dyn Transport>);

impl Http {
    /// Sends through `transport`.
    #[must_use]
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self(Arc::new(transport))
    }

    /// Sends one request and leaves the body to be streamed.
    ///
    /// # Errors
    /// [`Failure`]; an answer of any status is `Ok`.
    pub async fn stream(&self, request: Request) -> Result<Response, Failure> {
        self.0.send(request).await
    }

    /// Sends one request and reads the whole answer, at most `limit` bytes of it.
    ///
    /// # Errors
    /// [`Failure`]; an answer of any status is `Ok`.
    pub async fn fetch(&self, request: Request, limit: u64) -> Result<http::Response<Bytes>, Failure> {
        let (parts, mut body) = self.stream(request).await?.into_parts();
        let mut whole = Vec::new();
        while let Some(chunk) = body.chunk().await? {
            if (whole.len() + chunk.len()) as u64 > limit {
                return Err(Failure::TooLarge { limit });
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(http::Response::from_parts(parts, whole.into()))
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

/// The body of an answer, read chunk by chunk.
pub struct Body(Pin<Box<dyn Stream<Item = Result<Bytes, Failure>> + Send>>);

impl Body {
    /// A body from a stream of chunks.
    #[must_use]
    pub fn new(chunks: impl Stream<Item = Result<Bytes, Failure>> + Send + 'static) -> Self {
        Self(Box::pin(chunks))
    }

    /// The chunks as a stream.
    pub fn into_chunks(self) -> impl Stream<Item = Result<Bytes, Failure>> + Send {
        self.0
    }

    /// The next chunk, or `None` at the end.
    ///
    /// # Errors
    /// [`Failure::AnswerLost`] when the connection breaks.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        self.0.next().await.transpose()
    }
}

impl From<Bytes> for Body {
    fn from(whole: Bytes) -> Self {
        Self::new(stream::iter([Ok(whole)]))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}
