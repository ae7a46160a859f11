//! Uploads in parts.

use super::{
    body,
    request::S3Request,
    response::{S3Error, S3Result, document_answer, empty, no_such_upload},
    store::{StoredObject, UploadPart, UploadUnderWay, etag, multipart_etag},
    xml,
};
use bytes::Bytes;
use http::Response;
use std::collections::BTreeMap;

/// Every part but the last has at least this many bytes.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// The highest number of a part.
const PARTS: u32 = 10_000;

impl S3Request {
    pub(super) fn create_upload(&self) -> S3Result {
        let upload = UploadUnderWay {
            key: self.key.clone(),
            content_type: self.header("content-type").unwrap_or("binary/octet-stream").to_owned(),
            headers: self.stored_headers(),
            at: self.state.now(),
            checksummed: self.header("x-amz-checksum-algorithm").is_some()
                && self.header("x-amz-checksum-type") != Some("FULL_OBJECT"),
            parts: BTreeMap::new(),
        };
        let mut store = self.state.s3();
        let id = store.id();
        if let Some(bucket) = store.buckets.get_mut(&self.bucket) {
            bucket.uploads.insert(id.clone(), upload);
        }
        let inside =
            [xml::element("Bucket", &self.bucket), xml::element("Key", &self.key), xml::element("UploadId", &id)];
        document_answer("InitiateMultipartUploadResult", &inside.concat())
    }

    pub(super) fn upload_part(&self) -> S3Result {
        let arrived = body::arrived(self)?;
        let number = self.parameter("partNumber").and_then(|number| number.parse().ok()).unwrap_or_default();
        if !(1..=PARTS).contains(&number) {
            return Err(S3Error::new(400, "InvalidArgument", "Part number must be an integer between 1 and 10000."));
        }
        let part = UploadPart { etag: etag(&arrived.bytes), bytes: arrived.bytes, crc32: arrived.crc32 };
        let mut response = Response::builder().header("etag", &part.etag);
        if let Some(crc32) = &part.crc32 {
            response = response.header("x-amz-checksum-crc32", crc32);
        }
        self.upload(|upload| {
            upload.parts.insert(number, part);
        })?;
        empty(response)
    }

    pub(super) fn complete_upload(&self) -> S3Result {
        let document = String::from_utf8_lossy(self.request.body()).into_owned();
        let named = xml::all(&document, "Part");
        let upload = self.upload(|upload| upload.clone())?;
        let parts = chosen(&upload, &named)?;
        self.check_absent()?;
        let whole: Bytes = parts.concat().into();
        let object = StoredObject {
            content_type: upload.content_type.clone(),
            headers: upload.headers.clone(),
            ..self.object(whole, multipart_etag(&parts))
        };
        let (version, etag) = (object.version.clone(), object.etag.clone());
        self.remove_upload();
        self.store(object);
        let inside =
            [xml::element("Bucket", &self.bucket), xml::element("Key", &self.key), xml::element("ETag", &etag)];
        let mut response = document_answer("CompleteMultipartUploadResult", &inside.concat())?;
        response.headers_mut().insert("x-amz-version-id", version.parse().expect("a version is a header value"));
        Ok(response)
    }

    pub(super) fn abort_upload(&self) -> S3Result {
        self.upload(|_| ())?;
        self.remove_upload();
        empty(Response::builder().status(204))
    }

    /// The upload that this request names, if it is under way for this key.
    fn upload<T>(&self, with: impl FnOnce(&mut UploadUnderWay) -> T) -> Result<T, S3Error> {
        let mut store = self.state.s3();
        let bucket = store.buckets.get_mut(&self.bucket);
        let id = self.parameter("uploadId").unwrap_or_default();
        let upload = bucket.and_then(|bucket| bucket.uploads.get_mut(id)).filter(|upload| upload.key == self.key);
        upload.map(with).ok_or_else(no_such_upload)
    }

    fn remove_upload(&self) {
        if let Some(bucket) = self.state.s3().buckets.get_mut(&self.bucket) {
            bucket.uploads.remove(self.parameter("uploadId").unwrap_or_default());
        }
    }
}

/// The parts that the request names. S3 demands that they are in order, have the entity
/// tags and checksums with which they arrived, and are large enough.
fn chosen(upload: &UploadUnderWay, named: &[&str]) -> Result<Vec<Bytes>, S3Error> {
    if named.is_empty() {
        return Err(S3Error::new(400, "MalformedXML", "You must specify at least one part"));
    }
    let number = |part: &&str| xml::text(part, "PartNumber").and_then(|number| number.parse::<u32>().ok());
    if !named.is_sorted_by(|one, next| number(one) < number(next)) {
        return Err(S3Error::new(400, "InvalidPartOrder", "The list of parts was not in ascending order."));
    }
    let mut parts = Vec::new();
    for (position, part) in named.iter().enumerate() {
        let number = number(part).unwrap_or_default();
        let tag = xml::text(part, "ETag").unwrap_or_default();
        let arrived =
            upload.parts.get(&number).filter(|arrived| arrived.etag.trim_matches('"') == tag.trim_matches('"'));
        let Some(arrived) = arrived else {
            return Err(S3Error::new(400, "InvalidPart", format!("Part {number} could not be found.")));
        };
        let checksum = xml::text(part, "ChecksumCRC32");
        if upload.checksummed && checksum.is_none() {
            let message = format!(
                "The upload was created using a crc32 checksum. The complete request must include the checksum for \
                 each part. It was missing for part {number} in the request."
            );
            return Err(S3Error::new(400, "InvalidRequest", message));
        }
        if checksum.is_some() && checksum != arrived.crc32 {
            return Err(S3Error::new(400, "InvalidPart", format!("The checksum of part {number} did not match.")));
        }
        if arrived.bytes.len() < PART_BYTES && position + 1 < named.len() {
            let message = "Your proposed upload is smaller than the minimum allowed size";
            return Err(S3Error::new(400, "EntityTooSmall", message));
        }
        parts.push(arrived.bytes.clone());
    }
    Ok(parts)
}
