use aws::{Clients, S3Signer, s3};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// The bucket `Media`. Cheap to clone.
#[derive(Clone)]
pub struct MediaStore {
    clients: Clients,
    /// Created at the first request, because creating a client costs as much as a request and
    /// some functions use it in few of their invocations.
    s3: Arc<OnceLock<s3::Client>>,
    pub(crate) bucket: String,
}

impl MediaStore {
    /// The media in `bucket`, which must be versioned.
    #[must_use]
    pub fn new(clients: &Clients, bucket: impl Into<String>) -> Self {
        Self { clients: clients.clone(), s3: Arc::default(), bucket: bucket.into() }
    }

    pub(crate) fn s3(&self) -> &s3::Client {
        self.s3.get_or_init(|| self.clients.s3())
    }

    pub(crate) fn signer(&self) -> &S3Signer {
        self.clients.signer()
    }

    /// The URL of the bucket, with a slash at its end.
    pub(crate) fn url(&self) -> String {
        self.clients.bucket_url(&self.bucket)
    }
}

impl fmt::Debug for MediaStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaStore").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}
