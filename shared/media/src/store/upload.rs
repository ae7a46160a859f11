//! Uploaded pictures in the bucket. Each upload has one key, and the browser of the user writes
//! it. A generation pins the version that was current at the first use.

use super::{
    keys::{UploadFile, uploads_of_account},
    media_store::MediaStore,
    versions::Pages,
};
use aws::{failed, s3::error::SdkError};
use kernel::{AccountId, Result, UploadId, limits};
use std::time::Duration;

/// How long a client waits after the connection broke while a picture was read.
const BROKEN_RETRY_AFTER: Duration = Duration::from_secs(2);

/// An object that is to be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputFile {
    /// The whole file.
    Whole(Vec<u8>),
    /// The file has more than [`limits::INPUT_BYTES`].
    TooLarge {
        /// The bytes that the file has at least.
        bytes: u64,
    },
    /// The version was deleted.
    Gone,
}

impl MediaStore {
    /// The current version of an upload; `None` if the browser has sent nothing yet. One
    /// request. It lists versions, because `HeadObject` would need the permission to read the
    /// picture.
    ///
    /// # Errors
    /// `unavailable`, `internal`.
    pub async fn uploaded(&self, upload: UploadFile) -> Result<Option<String>> {
        let key = upload.key();
        let versions = Pages::below(key.clone()).next(self).await?.unwrap_or_default();
        let current = versions.into_iter().find(|version| version.key == key && version.is_current);
        Ok(current.map(|version| version.id))
    }

    /// Reads one version of an object of at most [`limits::INPUT_BYTES`]. One request.
    ///
    /// # Errors
    /// `unavailable`, also if the connection breaks; `internal`.
    pub async fn read_input(&self, key: &str, version_id: &str) -> Result<InputFile> {
        let get = self.s3().get_object().bucket(&self.bucket).key(key).version_id(version_id).send().await;
        let object = match get {
            Ok(object) => object,
            Err(error) if is_gone(&error) => return Ok(InputFile::Gone),
            Err(error) => return Err(failed("GetObject", error)),
        };
        let announced = object.content_length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        if announced > limits::INPUT_BYTES {
            return Ok(InputFile::TooLarge { bytes: announced as u64 });
        }
        let (mut bytes, mut body) = (Vec::with_capacity(announced), object.body);
        while let Some(part) = body.next().await {
            let part = part.map_err(|error| kernel::Error::unavailable(BROKEN_RETRY_AFTER, error))?;
            if bytes.len() + part.len() > limits::INPUT_BYTES {
                return Ok(InputFile::TooLarge { bytes: (bytes.len() + part.len()) as u64 });
            }
            bytes.extend_from_slice(&part);
        }
        Ok(InputFile::Whole(bytes))
    }

    /// Deletes every version of the account's uploads that `keep` does not select, and answers
    /// their number. Safe to repeat. One request, and one more if there is something to delete.
    ///
    /// # Errors
    /// `unavailable`, `internal`; a repetition deletes the rest.
    pub async fn keep_uploads(&self, account: AccountId, keep: impl Fn(UploadId) -> bool) -> Result<u64> {
        let prefix = uploads_of_account(account);
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

/// S3 answers 403 for a missing object to callers without the permission to list.
fn is_gone<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| matches!(response.status().as_u16(), 403 | 404))
}
