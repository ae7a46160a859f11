//! Deletes objects for good: every version, every delete marker and every multipart upload.

use super::{
    keys::{PortraitFile, of_generation, portraits_of_account},
    media_store::MediaStore,
    versions::{MultipartUpload, Pages, Version},
};
use aws::{
    failed,
    s3::types::{Delete, ObjectIdentifier},
};
use kernel::{AccountId, Error, GenerationId, Result, Timestamp};

impl MediaStore {
    /// Deletes all versions of all objects of a generation, also those that a crashed process
    /// left, and answers their number. Safe to repeat. Three requests for up to a thousand
    /// versions.
    ///
    /// # Errors
    /// `unavailable`, `internal`; a repetition deletes the rest.
    pub async fn delete_generation(&self, account: AccountId, generation: GenerationId) -> Result<u64> {
        self.erase_below(&of_generation(account, generation)).await
    }

    /// Deletes everything of a generation except the versions in `named` (key and version):
    /// other versions, other objects, delete markers and multipart uploads. Answers the number
    /// of deleted entries. Safe to repeat. Three requests for up to a thousand versions.
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
        self.erase_unless(&of_generation(account, generation), is_kept).await
    }

    /// Deletes all versions of all objects of a generation whose record was deleted: a process
    /// that crashed may have left some. One request if there is nothing to delete. Multipart
    /// uploads stay.
    ///
    /// # Errors
    /// `unavailable`, `internal`; a repetition deletes the rest.
    #[cfg(feature = "thumbnails")]
    pub async fn delete_leftovers(&self, account: AccountId, generation: GenerationId) -> Result<u64> {
        self.delete_versions_unless(&of_generation(account, generation), |_| false).await
    }

    /// Deletes every version of the account's portraits that `is_kept` does not select, and answers their number.
    /// `is_kept` gets the key, the version, and when the copy began. Safe to repeat. One request, and one more if
    /// there is something to delete.
    ///
    /// # Errors
    /// `unavailable`, `internal`; a repetition deletes the rest.
    pub async fn clear_portraits(
        &self,
        account: AccountId,
        is_kept: impl Fn(&str, &str, Option<Timestamp>) -> bool,
    ) -> Result<u64> {
        let is_kept = |version: &Version| is_kept(&version.key, &version.id, PortraitFile::made_at(&version.key));
        self.delete_versions_unless(&portraits_of_account(account), is_kept).await
    }

    /// Deletes one version of an object for good. Safe to repeat. The versions of other runs
    /// stay.
    ///
    /// # Errors
    /// `unavailable`, `internal`.
    pub async fn delete_version(&self, key: &str, version_id: &str) -> Result<()> {
        let delete = self.s3().delete_object().bucket(&self.bucket).key(key).version_id(version_id).send();
        delete.await.map(drop).map_err(|error| failed("DeleteObject", error))
    }

    /// Aborts every multipart upload and deletes every version and delete marker below a
    /// prefix, and answers their number. Uploads are aborted first, so that none completes
    /// after the versions were listed. Safe to repeat.
    pub(crate) async fn erase_below(&self, prefix: &str) -> Result<u64> {
        self.erase_unless(prefix, |_| false).await
    }

    /// The same, without the versions that `is_kept` selects.
    async fn erase_unless(&self, prefix: &str, is_kept: impl Fn(&Version) -> bool) -> Result<u64> {
        let mut erased = 0;
        for upload in self.list_multipart_uploads(prefix).await? {
            self.abort(&upload).await?;
            erased += 1;
        }
        Ok(erased + self.delete_versions_unless(prefix, is_kept).await?)
    }

    /// Deletes every version and delete marker below a prefix except those that `is_kept`
    /// selects, and answers their number. Safe to repeat.
    async fn delete_versions_unless(&self, prefix: &str, is_kept: impl Fn(&Version) -> bool) -> Result<u64> {
        let mut deleted = 0;
        let mut pages = Pages::below(prefix.to_owned());
        while let Some(mut versions) = pages.next(self).await? {
            versions.retain(|version| !is_kept(version));
            deleted += versions.len() as u64;
            self.delete_versions(&versions).await?;
        }
        Ok(deleted)
    }

    pub(crate) async fn delete_versions(&self, versions: &[Version]) -> Result<()> {
        if versions.is_empty() {
            return Ok(());
        }
        let named = versions
            .iter()
            .map(|version| ObjectIdentifier::builder().key(&version.key).version_id(&version.id).build())
            .collect::<std::result::Result<Vec<_>, _>>();
        let named = Delete::builder().quiet(true).set_objects(Some(named.map_err(Error::internal)?)).build();
        let delete = self.s3().delete_objects().bucket(&self.bucket).delete(named.map_err(Error::internal)?);
        let answer = delete.send().await.map_err(|error| failed("DeleteObjects", error))?;
        match answer.errors.unwrap_or_default().first() {
            None => Ok(()),
            Some(refused) => {
                let code = refused.code().unwrap_or("no code");
                Err(Error::internal(format!("DeleteObjects did not delete every version: {code}")))
            }
        }
    }

    /// Aborts a multipart upload. An upload that no longer exists was aborted or completed; a
    /// completed one appears in the list of versions that follows.
    async fn abort(&self, upload: &MultipartUpload) -> Result<()> {
        let abort = self.s3().abort_multipart_upload().bucket(&self.bucket).key(&upload.key).upload_id(&upload.id);
        match abort.send().await {
            Err(error) if !error.as_service_error().is_some_and(|error| error.is_no_such_upload()) => {
                Err(failed("AbortMultipartUpload", error))
            }
            _ => Ok(()),
        }
    }
}
