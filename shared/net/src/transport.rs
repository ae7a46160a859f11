//! The interface that sends a request, and the types of requests and answers.

use crate::failure::RequestFailure;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use kernel::BoxFuture;
use std::{fmt, pin::Pin};

/// A request to a partner. Its body is small and in memory, so that a caller can send it again
/// where a repetition is safe.
pub type Request = http::Request<Bytes>;

/// A partner's answer. The caller reads its body as it arrives.
pub type Response = http::Response<Body>;

/// Sends requests. The real client implements it, and the in-process platform of the tests.
pub trait Transport: Send + Sync {
    /// Sends one request once: it neither retries nor follows redirects.
    ///
    /// # Errors
    /// [`RequestFailure`], which says whether the partner may have acted.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, RequestFailure>>;
}

/// The body of an answer, read chunk by chunk.
pub struct Body(Pin<Box<dyn Stream<Item = Result<Bytes, RequestFailure>> + Send>>);

impl Body {
    /// A body from a stream of chunks.
    #[must_use]
    pub fn new(chunks: impl Stream<Item = Result<Bytes, RequestFailure>> + Send + 'static) -> Self {
        Self(Box::pin(chunks))
    }

    /// The chunks as a stream.
    pub fn into_chunks(self) -> impl Stream<Item = Result<Bytes, RequestFailure>> + Send {
        self.0
    }

    /// The next chunk, or `None` at the end.
    ///
    /// # Errors
    /// [`RequestFailure::AnswerLost`] when the connection breaks.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, RequestFailure> {
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
