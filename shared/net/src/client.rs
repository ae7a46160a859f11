//! The HTTP client that the slices hold.

use crate::{
    failure::RequestFailure,
    transport::{Request, Response, Transport},
};
use bytes::Bytes;
use std::{fmt, sync::Arc};

/// Sends requests to partners. Cheap to clone.
#[derive(Clone)]
pub struct Http(Arc<dyn Transport>);

impl Http {
    /// A client that sends through `transport`.
    #[must_use]
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self(Arc::new(transport))
    }

    /// Sends one request. The caller streams the body of the answer.
    ///
    /// # Errors
    /// [`RequestFailure`]. An answer of any status is `Ok`.
    pub async fn stream(&self, request: Request) -> Result<Response, RequestFailure> {
        self.0.send(request).await
    }

    /// Sends one request and reads the whole answer into memory, at most `limit` bytes.
    ///
    /// # Errors
    /// [`RequestFailure`]. An answer of any status is `Ok`.
    pub async fn fetch(&self, request: Request, limit: u64) -> Result<http::Response<Bytes>, RequestFailure> {
        whole(self.stream(request).await?, limit).await
    }
}

/// Reads a whole answer into memory, at most `limit` bytes.
///
/// # Errors
/// [`RequestFailure::TooLarge`]; [`RequestFailure::AnswerLost`] when the connection breaks.
pub async fn whole(answer: Response, limit: u64) -> Result<http::Response<Bytes>, RequestFailure> {
    let (parts, mut body) = answer.into_parts();
    let mut whole = Vec::new();
    while let Some(chunk) = body.chunk().await? {
        if (whole.len() + chunk.len()) as u64 > limit {
            return Err(RequestFailure::TooLarge { limit });
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(http::Response::from_parts(parts, whole.into()))
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}
