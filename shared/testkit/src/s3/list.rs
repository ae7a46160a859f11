//! Lists, page by page.

use super::{
    request::S3Request,
    response::{S3Result, document_answer},
    store::StoredObject,
    xml,
};

/// Most entries of a page.
const PAGE: usize = 1000;

impl S3Request {
    pub(super) fn list_versions(&self) -> S3Result {
        let store = self.state.s3();
        // Within a key, the newest version comes first.
        let all = store.buckets[&self.bucket].objects.iter().flat_map(|(key, versions)| {
            versions.iter().rev().enumerate().map(move |(age, object)| (key.clone(), age == 0, object.clone()))
        });
        let all: Vec<_> = all.filter(|(key, ..)| key.starts_with(self.prefix())).collect();
        let start = self.start_of_versions(&all);
        let page: Vec<_> = all.iter().skip(start).take(self.page("max-keys")).collect();
        let more = start + page.len() < all.len();
        let mut inside = self.head(more);
        if let Some((key, _, object)) = page.last().filter(|_| more) {
            inside += &xml::element("NextKeyMarker", key);
            inside += &xml::element("NextVersionIdMarker", &object.version);
        }
        for (_, latest, object) in page {
            let name = if object.bytes.is_some() { "Version" } else { "DeleteMarker" };
            let mut entry = entry(object);
            entry += &xml::element("VersionId", &object.version);
            entry += &xml::element("IsLatest", &latest.to_string());
            inside += &xml::nested(name, &entry);
        }
        document_answer("ListVersionsResult", &inside)
    }

    /// The first entry behind the markers, which name a version or a whole key.
    fn start_of_versions(&self, all: &[(String, bool, StoredObject)]) -> usize {
        let Some(key_marker) = self.parameter("key-marker") else { return 0 };
        let behind_key = all.iter().position(|(key, ..)| key.as_str() > key_marker).unwrap_or(all.len());
        let Some(version) = self.parameter("version-id-marker") else { return behind_key };
        let named = all.iter().position(|(key, _, object)| key == key_marker && object.version == version);
        named.map_or(behind_key, |named| named + 1)
    }

    pub(super) fn list_objects(&self) -> S3Result {
        let store = self.state.s3();
        let after = self.parameter("continuation-token").or(self.parameter("start-after")).unwrap_or_default();
        let current = store.buckets[&self.bucket].objects.values().filter_map(|versions| versions.last());
        let all: Vec<_> = current
            .filter(|object| object.bytes.is_some())
            .filter(|object| object.key.starts_with(self.prefix()) && object.key.as_str() > after)
            .collect();
        let page = &all[..all.len().min(self.page("max-keys"))];
        let more = page.len() < all.len();
        let mut inside = self.head(more);
        inside += &xml::element("KeyCount", &page.len().to_string());
        if let Some(last) = page.last().filter(|_| more) {
            inside += &xml::element("NextContinuationToken", &last.key);
        }
        for object in page {
            inside += &xml::nested("Contents", &entry(object));
        }
        document_answer("ListBucketResult", &inside)
    }

    pub(super) fn list_uploads(&self) -> S3Result {
        let store = self.state.s3();
        let after = (
            self.parameter("key-marker").unwrap_or_default().to_owned(),
            // Without an upload's id, the list goes on after all uploads of the marked key.
            self.parameter("upload-id-marker").unwrap_or("\u{10ffff}").to_owned(),
        );
        let uploads = &store.buckets[&self.bucket].uploads;
        let mut all: Vec<_> =
            uploads.iter().map(|(id, upload)| ((upload.key.clone(), id.clone()), upload.at)).collect();
        all.sort();
        all.retain(|(place, _)| place.0.starts_with(self.prefix()) && *place > after);
        let page = &all[..all.len().min(self.page("max-uploads"))];
        let more = page.len() < all.len();
        let mut inside = self.head(more);
        if let Some(((key, id), _)) = page.last().filter(|_| more) {
            inside += &xml::element("NextKeyMarker", key);
            inside += &xml::element("NextUploadIdMarker", id);
        }
        for ((key, id), at) in page {
            let initiated = xml::element("Initiated", &at.to_string());
            inside +=
                &xml::nested("Upload", &[xml::element("Key", key), xml::element("UploadId", id), initiated].concat());
        }
        document_answer("ListMultipartUploadsResult", &inside)
    }

    fn prefix(&self) -> &str {
        self.parameter("prefix").unwrap_or_default()
    }

    fn page(&self, parameter: &str) -> usize {
        self.parameter(parameter).and_then(|limit| limit.parse().ok()).unwrap_or(PAGE).min(PAGE)
    }

    fn head(&self, more: bool) -> String {
        let truncated = xml::element("IsTruncated", &more.to_string());
        [xml::element("Name", &self.bucket), xml::element("Prefix", self.prefix()), truncated].concat()
    }
}

/// The elements of an object that every list has.
fn entry(object: &StoredObject) -> String {
    let mut entry = xml::element("Key", &object.key) + &xml::element("LastModified", &object.at.to_string());
    if let Some(bytes) = &object.bytes {
        entry += &xml::element("ETag", &object.etag);
        entry += &xml::element("Size", &bytes.len().to_string());
        entry += &xml::element("StorageClass", "STANDARD");
    }
    entry
}
