//! Everything below a prefix, in every version: how it is found and deleted.

use crate::store::MediaStore;
use aws::{
    failed,
    s3::types::{Delete, ObjectIdentifier},
};
use kernel::{Error, Result};

/// One version of an object, or one delete marker.
pub(crate) struct Version {
    pub(crate) key: String,
    pub(crate) id: String,
    /// Whether it is the version that a reader gets, and no delete marker.
    pub(crate) is_current: bool,
    pub(crate) bytes: i64,
    pub(crate) written_at: String,
}

/// An upload in parts that was not completed.
pub(crate) struct UploadFile {
    pub(crate) key: String,
    pub(crate) id: String,
}

/// Walks the versions below a prefix, a thousand at a time.
pub(crate) struct Pages {
    prefix: String,
    /// Key and version after which the next page begins.
    after: (Option<String>, Option<String>),
    at_end: bool,
}

impl Pages {
    pub(crate) fn below(prefix: String) -> Self {
        Self { prefix, after: (None, None), at_end: false }
    }

    pub(crate) async fn next(&mut self, store: &MediaStore) -> Result<Option<Vec<Version>>> {
        if self.at_end {
            return Ok(None);
        }
        let (key, version) = std::mem::take(&mut self.after);
        let list = store.s3().list_object_versions().bucket(&store.bucket).prefix(&self.prefix);
        let page = list.set_key_marker(key).set_version_id_marker(version).send().await;
        let page = page.map_err(|error| failed("ListObjectVersions", error))?;
        self.at_end = page.is_truncated != Some(true);
        self.after = (page.next_key_marker, page.next_version_id_marker);
        let versions = page.versions.unwrap_or_default().into_iter().filter_map(|version| {
            Some(Version {
                key: version.key?,
                id: version.version_id?,
                is_current: version.is_latest == Some(true),
                bytes: version.size.unwrap_or_default(),
                written_at: version.last_modified.map(|at| at.to_string()).unwrap_or_default(),
            })
        });
        let markers = page.delete_markers.unwrap_or_default().into_iter().filter_map(|marker| {
            let (key, id) = (marker.key?, marker.version_id?);
            Some(Version { key, id, is_current: false, bytes: 0, written_at: String::new() })
        });
        Ok(Some(versions.chain(markers).collect()))
    }
}

impl MediaStore {
    /// Deletes every version and delete marker below a prefix and aborts every open upload,
    /// and answers how many there were. Uploads go first, so that none is completed behind
    /// our back. May be repeated.
    pub(crate) async fn erase_below(&self, prefix: &str) -> Result<u64> {
        self.erase_unless(prefix, |_| false).await
    }

    /// The same, but for the versions that are kept.
    pub(crate) async fn erase_unless(&self, prefix: &str, is_kept: impl Fn(&Version) -> bool) -> Result<u64> {
        let mut erased = 0;
        for upload in self.open_uploads(prefix).await? {
            self.abort(&upload).await?;
            erased += 1;
        }
        Ok(erased + self.delete_versions_unless(prefix, is_kept).await?)
    }

    /// Deletes every version and delete marker below a prefix but those that are kept, and
    /// answers how many that were. May be repeated.
    pub(crate) async fn delete_versions_unless(&self, prefix: &str, is_kept: impl Fn(&Version) -> bool) -> Result<u64> {
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
                Err(Error::internal(format!("DeleteObjects left something undeleted: {code}")))
            }
        }
    }

    pub(crate) async fn open_uploads(&self, prefix: &str) -> Result<Vec<UploadFile>> {
        let mut uploads = Vec::new();
        let mut after = (None, None);
        loop {
            let list = self.s3().list_multipart_uploads().bucket(&self.bucket).prefix(prefix);
            let page = list.set_key_marker(after.0).set_upload_id_marker(after.1).send().await;
            let page = page.map_err(|error| failed("ListMultipartUploads", error))?;
            let found = page.uploads.unwrap_or_default().into_iter();
            uploads.extend(found.filter_map(|upload| Some(UploadFile { key: upload.key?, id: upload.upload_id? })));
            if page.is_truncated != Some(true) {
                return Ok(uploads);
            }
            after = (page.next_key_marker, page.next_upload_id_marker);
        }
    }

    /// An upload that is no longer there has been aborted, or completed: then its version
    /// is found next.
    async fn abort(&self, upload: &UploadFile) -> Result<()> {
        let abort = self.s3().abort_multipart_upload().bucket(&self.bucket).key(&upload.key).upload_id(&upload.id);
        match abort.send().await {
            Err(error) if !error.as_service_error().is_some_and(|error| error.is_no_such_upload()) => {
                Err(failed("AbortMultipartUpload", error))
            }
            _ => Ok(()),
        }
    }
}
