//! Pictures that people bring, in the bucket: one key for each upload, written by the
//! person's own browser. What counts is the version that was pinned when it was first used.

use crate::{store::MediaStore, versions::Pages};
use aws::{failed, s3::error::SdkError};
use kernel::{AccountId, Result, UploadId, limits};

/// What stands before every key of an upload.
pub(crate) const PREFIX: &str = "uploads/";

/// Which upload of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadFile {
    /// Whose it is.
    pub account: AccountId,
    /// Which.
    pub id: UploadId,
}

impl UploadFile {
    /// `uploads/<account>/<id>`.
    #[must_use]
    pub fn key(self) -> String {
        format!("{}{}", prefix(self.account), self.id)
    }
}

/// What stands before every key of an account's uploads.
pub(crate) fn prefix(account: AccountId) -> String {
    format!("{PREFIX}{account}/")
}

impl MediaStore {
    /// The version that is there now; `None` when nothing was sent yet. One request, which
    /// needs no right to read the picture: reading headers would need that.
    ///
    /// # Errors
    /// `unavailable`, `internal`.
    pub async fn uploaded(&self, upload: UploadFile) -> Result<Option<String>> {
        let key = upload.key();
        let versions = Pages::below(key.clone()).next(self).await?.unwrap_or_default();
        let current = versions.into_iter().find(|version| version.key == key && version.is_current);
        Ok(current.map(|version| version.id))
    }

    /// Reads one version of an object of at most [`limits::INPUT_BYTES`]; `None` when it is
    /// gone or larger. One request.
    ///
    /// # Errors
    /// `unavailable`, also when the connection breaks; `internal`.
    pub async fn read_input(&self, key: &str, version_id: &str) -> Result<Option<Vec<u8>>> {
        let get = self.s3().get_object().bucket(&self.bucket).key(key).version_id(version_id).send().await;
        let object = match get {
            Ok(object) => object,
            Err(error) if is_gone(&error) => return Ok(None),
            Err(error) => return Err(failed("GetObject", error)),
        };
        let announced = object.content_length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        if announced > limits::INPUT_BYTES {
            return Ok(None);
        }
        let (mut bytes, mut body) = (Vec::with_capacity(announced), object.body);
        while let Some(part) = body.next().await {
            let part = part.map_err(|error| kernel::Error::unavailable(BROKEN_RETRY_AFTER, error))?;
            if bytes.len() + part.len() > limits::INPUT_BYTES {
                return Ok(None);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Some(bytes))
    }

    /// Deletes every version of the account's uploads that `keep` does not name, and answers
    /// how many there were. May be repeated. One request, and one more where something is
    /// there to delete.
    ///
    /// # Errors
    /// `unavailable`, `internal`; a repetition deletes the rest.
    pub async fn keep_uploads(&self, account: AccountId, keep: impl Fn(UploadId) -> bool) -> Result<u64> {
        let prefix = prefix(account);
        let (mut pages, mut deleted) = (Pages::below(prefix.clone()), 0);
        while let Some(mut versions) = pages.next(self).await? {
            versions.retain(|version| {
                let id = version.key.strip_prefix(&prefix).and_then(|id| id.parse().ok());
                id.is_some_and(|id| !keep(id))
            });
            deleted += versions.len() as u64;
            self.delete_versions(&versions).await?;
        }
        Ok(deleted)
    }
}

/// How long to wait after a connection broke while a picture was read.
const BROKEN_RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(2);

/// S3 tells whoever may not list that what is gone is forbidden.
fn is_gone<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| matches!(response.status().as_u16(), 403 | 404))
}
