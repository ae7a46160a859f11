//! Personal data: everything under the account's prefix, in every version.

use crate::{
    Store,
    store::{PREFIX, prefix},
};
use aws::{
    failed,
    s3::types::{Delete, ObjectIdentifier},
};
use kernel::{AccountId, BoxFuture, Claim, Erased, Error, Key, PersonalData, Record, Result};
use serde_json::json;

/// The bucket's name in the template.
const BUCKET: &str = "Media";

/// One version of an object, or one delete marker.
struct Version {
    key: String,
    id: String,
    /// Whether it is the version that a reader gets, and no delete marker.
    is_current: bool,
    bytes: i64,
    written_at: String,
}

/// An upload in parts that was not completed.
struct Upload {
    key: String,
    id: String,
}

impl PersonalData for Store {
    fn claims(&self) -> &'static [Claim] {
        &[Claim::Objects { bucket: BUCKET, prefix: PREFIX }]
    }

    fn reverse_keys(&self, _: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What the gallery shows: the current versions. The files themselves are fetched by
    /// whoever builds the export.
    fn export(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Record>>> {
        Box::pin(async move {
            let mut records = Vec::new();
            let mut pages = Pages::default();
            while let Some(versions) = pages.next(self, account).await? {
                records.extend(versions.into_iter().filter(|version| version.is_current).map(|version| {
                    let Version { key, bytes, written_at, .. } = version;
                    let json = json!({ "key": key, "bytes": bytes, "written_at": written_at }).to_string();
                    Record { section: "media", json }
                }));
            }
            Ok(records)
        })
    }

    /// Open uploads go first, so that none is completed behind our back.
    fn erase(&self, account: AccountId) -> BoxFuture<'_, Result<Erased>> {
        Box::pin(async move {
            let mut erased = Erased::default();
            for upload in self.open_uploads(account).await? {
                self.abort(&upload).await?;
                erased.objects += 1;
            }
            let mut pages = Pages::default();
            while let Some(versions) = pages.next(self, account).await? {
                erased.objects += versions.len() as u64;
                self.delete_versions(&versions).await?;
            }
            Ok(erased)
        })
    }

    fn find(&self, account: AccountId) -> BoxFuture<'_, Result<Vec<Key>>> {
        Box::pin(async move {
            let found = |key, version| Key::Object { bucket: BUCKET, key, version };
            let uploads = self.open_uploads(account).await?;
            let mut keys: Vec<Key> = uploads.into_iter().map(|upload| found(upload.key, upload.id)).collect();
            let mut pages = Pages::default();
            while let Some(versions) = pages.next(self, account).await? {
                keys.extend(versions.into_iter().map(|version| found(version.key, version.id)));
            }
            Ok(keys)
        })
    }
}

/// Walks the versions under an account's prefix, a thousand at a time.
#[derive(Default)]
struct Pages {
    /// Key and version after which the next page begins.
    after: (Option<String>, Option<String>),
    at_end: bool,
}

impl Pages {
    async fn next(&mut self, store: &Store, account: AccountId) -> Result<Option<Vec<Version>>> {
        if self.at_end {
            return Ok(None);
        }
        let (key, version) = std::mem::take(&mut self.after);
        let list = store.s3.list_object_versions().bucket(&store.bucket).prefix(prefix(account));
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

impl Store {
    async fn delete_versions(&self, versions: &[Version]) -> Result<()> {
        if versions.is_empty() {
            return Ok(());
        }
        let named = versions
            .iter()
            .map(|version| ObjectIdentifier::builder().key(&version.key).version_id(&version.id).build())
            .collect::<std::result::Result<Vec<_>, _>>();
        let named = Delete::builder().quiet(true).set_objects(Some(named.map_err(Error::internal)?)).build();
        let delete = self.s3.delete_objects().bucket(&self.bucket).delete(named.map_err(Error::internal)?);
        let answer = delete.send().await.map_err(|error| failed("DeleteObjects", error))?;
        match answer.errors.unwrap_or_default().first() {
            None => Ok(()),
            Some(refused) => {
                let code = refused.code().unwrap_or("no code");
                Err(Error::internal(format!("DeleteObjects left something undeleted: {code}")))
            }
        }
    }

    async fn open_uploads(&self, account: AccountId) -> Result<Vec<Upload>> {
        let mut uploads = Vec::new();
        let mut after = (None, None);
        loop {
            let list = self.s3.list_multipart_uploads().bucket(&self.bucket).prefix(prefix(account));
            let page = list.set_key_marker(after.0).set_upload_id_marker(after.1).send().await;
            let page = page.map_err(|error| failed("ListMultipartUploads", error))?;
            let found = page.uploads.unwrap_or_default().into_iter();
            uploads.extend(found.filter_map(|upload| Some(Upload { key: upload.key?, id: upload.upload_id? })));
            if page.is_truncated != Some(true) {
                return Ok(uploads);
            }
            after = (page.next_key_marker, page.next_upload_id_marker);
        }
    }

    /// An upload that is no longer there has been aborted, or completed: then its version
    /// is found next.
    async fn abort(&self, upload: &Upload) -> Result<()> {
        let abort = self.s3.abort_multipart_upload().bucket(&self.bucket).key(&upload.key).upload_id(&upload.id);
        match abort.send().await {
            Err(error) if !error.as_service_error().is_some_and(|error| error.is_no_such_upload()) => {
                Err(failed("AbortMultipartUpload", error))
            }
            _ => Ok(()),
        }
    }
}
