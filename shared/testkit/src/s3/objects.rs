//! Objects and their versions.

use super::{
    body,
    request::S3Request,
    response::{S3Error, S3Result, document_answer, empty, finish, no_such_key},
    store::{self, StoredObject},
    xml,
};
use bytes::Bytes;
use http::Response;
use std::collections::BTreeMap;

/// Headers that S3 stores with an object and returns with it.
const STORED_HEADERS: [&str; 4] = ["cache-control", "content-disposition", "content-language", "expires"];

impl S3Request {
    pub(super) fn put_object(&self) -> S3Result {
        let arrived = body::arrived(self)?;
        self.check_absent()?;
        let etag = store::etag(&arrived.bytes);
        let object = StoredObject { crc32: arrived.crc32, ..self.object(arrived.bytes, etag) };
        let (version, etag) = (object.version.clone(), object.etag.clone());
        self.store(object);
        empty(Response::builder().header("etag", etag).header("x-amz-version-id", version))
    }

    pub(super) fn get_object(&self) -> S3Result {
        let store = self.state.s3();
        let versions = store.buckets[&self.bucket].objects.get(&self.key);
        let object = match self.parameter("versionId") {
            Some(wanted) => versions
                .and_then(|versions| versions.iter().find(|object| object.version == wanted))
                .ok_or_else(|| S3Error::new(404, "NoSuchVersion", "The specified version does not exist."))?,
            None => versions.and_then(|versions| versions.last()).ok_or_else(no_such_key)?,
        };
        let Some(bytes) = &object.bytes else {
            let refusal = match self.parameter("versionId") {
                Some(_) => S3Error::new(405, "MethodNotAllowed", "This version is a delete marker."),
                None => no_such_key(),
            };
            return Err(refusal.with("x-amz-delete-marker", "true").with("x-amz-version-id", &object.version));
        };
        let mut response = Response::builder()
            .header("content-type", self.parameter("response-content-type").unwrap_or(&object.content_type))
            .header("content-length", bytes.len())
            .header("etag", &object.etag)
            .header("last-modified", object.at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
            .header("x-amz-version-id", &object.version);
        if let Some(crc32) = object.crc32.as_ref().filter(|_| self.header("x-amz-checksum-mode").is_some()) {
            response = response.header("x-amz-checksum-crc32", crc32);
        }
        let disposition = self.parameter("response-content-disposition");
        for (name, value) in &object.headers {
            if name != "content-disposition" || disposition.is_none() {
                response = response.header(name, value);
            }
        }
        if let Some(disposition) = disposition {
            response = response.header("content-disposition", disposition);
        }
        finish(response, bytes.clone())
    }

    pub(super) fn delete_object(&self) -> S3Result {
        let deleted = self.delete(&self.key, self.parameter("versionId"));
        let mut response = Response::builder().status(204).header("x-amz-version-id", deleted.version);
        if deleted.marker {
            response = response.header("x-amz-delete-marker", "true");
        }
        empty(response)
    }

    pub(super) fn delete_objects(&self) -> S3Result {
        let arrived = body::arrived(self)?;
        let document = String::from_utf8_lossy(&arrived.bytes).into_owned();
        let quiet = xml::text(&document, "Quiet").is_some_and(|quiet| quiet == "true");
        let objects = xml::all(&document, "Object");
        if objects.is_empty() || objects.len() > 1000 {
            return Err(S3Error::new(400, "MalformedXML", "A batch has 1 to 1000 objects."));
        }
        let mut answer = String::new();
        for object in objects {
            let key = xml::text(object, "Key").unwrap_or_default();
            let version = xml::text(object, "VersionId");
            let deleted = self.delete(&key, version.as_deref());
            let mut inside = xml::element("Key", &key);
            if let Some(version) = version {
                inside += &xml::element("VersionId", &version);
            }
            if deleted.marker {
                inside += &xml::element("DeleteMarker", "true");
                inside += &xml::element("DeleteMarkerVersionId", &deleted.version);
            }
            if !quiet {
                answer += &xml::nested("Deleted", &inside);
            }
        }
        document_answer("DeleteResult", &answer)
    }

    /// A new version of an object, with the key and headers of this request.
    pub(super) fn object(&self, bytes: Bytes, etag: String) -> StoredObject {
        StoredObject {
            key: self.key.clone(),
            version: self.state.s3().id(),
            bytes: Some(bytes),
            content_type: self.header("content-type").unwrap_or("binary/octet-stream").to_owned(),
            headers: self.stored_headers(),
            etag,
            at: self.state.now(),
            crc32: None,
        }
    }

    pub(super) fn stored_headers(&self) -> BTreeMap<String, String> {
        let headers = self.request.headers().iter();
        headers
            .filter(|(name, _)| STORED_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("x-amz-meta-"))
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect()
    }

    pub(super) fn store(&self, object: StoredObject) {
        if let Some(bucket) = self.state.s3().buckets.get_mut(&self.bucket) {
            bucket.objects.entry(object.key.clone()).or_default().push(object);
        }
    }

    /// `If-None-Match: *`: the write needs that there is no such object yet.
    pub(super) fn check_absent(&self) -> Result<(), S3Error> {
        let only_new = match self.header("if-none-match") {
            None => return Ok(()),
            Some(condition) => condition == "*",
        };
        if !only_new || self.header("if-match").is_some() {
            self.state.violated("S3 takes If-None-Match: * here and nothing else: send that, or extend the model");
        }
        let store = self.state.s3();
        let current = store.buckets[&self.bucket].objects.get(&self.key).and_then(|versions| versions.last());
        match current.is_some_and(|object| object.bytes.is_some()) {
            true => Err(S3Error::new(412, "PreconditionFailed", "At least one of the preconditions did not hold.")),
            false => Ok(()),
        }
    }

    fn delete(&self, key: &str, version: Option<&str>) -> Deleted {
        let Some(version) = version else {
            let mut marker = self.object(Bytes::new(), String::new());
            marker.key = key.to_owned();
            marker.bytes = None;
            marker.headers.clear();
            let version = marker.version.clone();
            self.store(marker);
            return Deleted { version, marker: true };
        };
        let mut store = self.state.s3();
        let objects = store.buckets.get_mut(&self.bucket).map(|bucket| &mut bucket.objects);
        let mut was_marker = false;
        if let Some(objects) = objects
            && let Some(versions) = objects.get_mut(key)
        {
            was_marker = versions.iter().any(|object| object.version == version && object.bytes.is_none());
            versions.retain(|object| object.version != version);
            if versions.is_empty() {
                objects.remove(key);
            }
        }
        Deleted { version: version.to_owned(), marker: was_marker }
    }
}

/// The version that a deletion made or removed. Deleting a missing object succeeds, as at
/// AWS.
struct Deleted {
    version: String,
    marker: bool,
}
