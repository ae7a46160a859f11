use crate::{format::Format, versions::Version};
use aws::{Clients, Signing, failed, s3};
use kernel::{AccountId, GenerationId, Result};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// What stands before every key of a generation's output.
pub(crate) const PREFIX: &str = "generations/";

/// The bucket `Media`. Cheap to clone.
#[derive(Clone)]
pub struct MediaStore {
    clients: Clients,
    /// Made for the first request: some functions make one for few of their calls, and making
    /// it costs as much as a request.
    s3: Arc<OnceLock<s3::Client>>,
    pub(crate) bucket: String,
}

/// Which output of which generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputFile {
    /// Whose it is.
    pub account: AccountId,
    /// What it was made by.
    pub generation: GenerationId,
    /// Which one of the generation's outputs, from 0.
    pub n: u32,
}

impl OutputFile {
    /// `generations/<account>/<generation>/<n>.<ext>`: the same output always has the
    /// same key, so that collecting it again makes another version and no other object.
    #[must_use]
    pub fn key(self, format: Format) -> String {
        let Self { account, generation, n } = self;
        format!("{}{generation}/{n}.{}", prefix(account), format.extension())
    }
}

/// What stands before every key of an account.
pub(crate) fn prefix(account: AccountId) -> String {
    format!("{PREFIX}{account}/")
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

    pub(crate) fn signing(&self) -> &Signing {
        self.clients.signing()
    }

    /// Deletes everything of a generation for good, in every version, with what a process
    /// that died may have left of it, and answers how many objects that were. May be
    /// repeated. Three requests for up to a thousand versions.
    ///
    /// # Errors
    /// `unavailable`, `internal`; a repetition deletes the rest.
    pub async fn delete_generation(&self, account: AccountId, generation: GenerationId) -> Result<u64> {
        self.erase_below(&format!("{}{generation}/", prefix(account))).await
    }

    /// Deletes what lies below a generation and is not named, by key and version: other
    /// versions, objects and delete markers, and uploads that were not completed. Answers how
    /// many that were. May be repeated. Three requests for up to a thousand versions.
    ///
    /// # Errors
    /// `unavailable`, `internal`; a repetition deletes the rest.
    pub async fn clear_generation(
        &self,
        account: AccountId,
        generation: GenerationId,
        named: &[(&str, &str)],
    ) -> Result<u64> {
        let is_kept = |version: &Version| named.contains(&(version.key.as_str(), version.id.as_str()));
        self.erase_unless(&format!("{}{generation}/", prefix(account)), is_kept).await
    }

    /// Deletes one version of an object for good. May be repeated; another version, which
    /// another run wrote, stays.
    ///
    /// # Errors
    /// `unavailable`, `internal`.
    pub async fn delete_version(&self, key: &str, version_id: &str) -> Result<()> {
        let delete = self.s3().delete_object().bucket(&self.bucket).key(key).version_id(version_id).send();
        delete.await.map(drop).map_err(|error| failed("DeleteObject", error))
    }
}

impl fmt::Debug for MediaStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}
