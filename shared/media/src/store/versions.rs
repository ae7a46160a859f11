//! Lists the versions and the multipart uploads below a prefix.

use super::media_store::MediaStore;
use aws::failed;
use kernel::Result;

/// One version of an object, or one delete marker.
pub(crate) struct Version {
    pub(crate) key: String,
    pub(crate) id: String,
    /// Whether readers get this version. Never true for a delete marker.
    pub(crate) is_current: bool,
    pub(crate) bytes: i64,
    pub(crate) written_at: String,
}

/// A multipart upload that is not complete.
pub(crate) struct MultipartUpload {
    pub(crate) key: String,
    pub(crate) id: String,
}

/// Lists the versions below a prefix in pages of up to a thousand.
pub(crate) struct Pages {
    prefix: String,
    /// Key and version of the last entry of the previous page.
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
    /// Lists all multipart uploads below a prefix.
    pub(crate) async fn list_multipart_uploads(&self, prefix: &str) -> Result<Vec<MultipartUpload>> {
        let mut uploads = Vec::new();
        let mut after = (None, None);
        loop {
            let list = self.s3().list_multipart_uploads().bucket(&self.bucket).prefix(prefix);
            let page = list.set_key_marker(after.0).set_upload_id_marker(after.1).send().await;
            let page = page.map_err(|error| failed("ListMultipartUploads", error))?;
            let found = page.uploads.unwrap_or_default().into_iter();
            uploads.extend(found.filter_map(|it| Some(MultipartUpload { key: it.key?, id: it.upload_id? })));
            if page.is_truncated != Some(true) {
                return Ok(uploads);
            }
            after = (page.next_key_marker, page.next_upload_id_marker);
        }
    }
}
