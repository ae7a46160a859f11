//! What a request asks for.

use super::{Answer, Refusal, objects, presigned};
use crate::{Fault, World, seam::Service};
use bytes::Bytes;
use http::{Method, Request, Response};
use std::collections::BTreeMap;

/// The `x-amz-` headers that mean nothing more than the model knows. Another one would
/// change what S3 does, so it fails the test until the model has it.
const KNOWN_HEADERS: [&str; 15] = [
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-mode",
    "x-amz-checksum-sha256",
    "x-amz-checksum-type",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-server-side-encryption",
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// The operations of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    PutObject,
    GetObject,
    HeadObject,
    DeleteObject,
    DeleteObjects,
    ListObjectVersions,
    ListObjectsV2,
    CreateMultipartUpload,
    UploadPart,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListMultipartUploads,
}

/// A request to S3.
pub(crate) struct Asked {
    pub(super) world: World,
    pub(super) operation: Operation,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) request: Request<Bytes>,
}

impl Asked {
    pub(crate) fn new(world: &World, request: Request<Bytes>) -> Self {
        let (bucket, key) = place(&request);
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
        let Some(operation) = operation(request.method(), &key, &query) else {
            world.violated(&format!(
                "{} {} is not in testkit's model of S3: add the operation, or do not call it",
                request.method(),
                request.uri()
            ));
        };
        let unknown_header = request.headers().keys().map(http::HeaderName::as_str).find(|name| {
            *name == "range"
                || name.starts_with("x-amz-") && !name.starts_with("x-amz-meta-") && !KNOWN_HEADERS.contains(name)
        });
        let unknown_parameter = query.keys().find(|name| !operation.knows(name));
        if let Some(unknown) = unknown_header.or(unknown_parameter.map(String::as_str)) {
            world.violated(&format!(
                "s3.{operation:?} with {unknown} is not in testkit's model of S3: add it, or do not send it"
            ));
        }
        Self { world: world.clone(), operation, bucket, key, query, request }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    fn answer(&self) -> Answer {
        presigned::check(self)?;
        if !self.world.s3().buckets.contains_key(&self.bucket) {
            return Err(Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist"));
        }
        match self.operation {
            Operation::PutObject => self.put_object(),
            Operation::GetObject | Operation::HeadObject => self.get_object(),
            Operation::DeleteObject => self.delete_object(),
            Operation::DeleteObjects => self.delete_objects(),
            Operation::ListObjectVersions => self.list_versions(),
            Operation::ListObjectsV2 => self.list_objects(),
            Operation::CreateMultipartUpload => self.create_upload(),
            Operation::UploadPart => self.upload_part(),
            Operation::CompleteMultipartUpload => self.complete_upload(),
            Operation::AbortMultipartUpload => self.abort_upload(),
            Operation::ListMultipartUploads => self.list_uploads(),
        }
    }
}

impl Service for Asked {
    fn name(&self) -> String {
        format!("s3.{:?}", self.operation)
    }

    fn special(&self) -> Vec<Fault> {
        if self.operation == Operation::GetObject { vec![Fault::BodyCut] } else { Vec::new() }
    }

    fn apply(&self, _: Option<Fault>) -> Response<Bytes> {
        let response = self.answer().unwrap_or_else(Refusal::response);
        if self.operation == Operation::HeadObject { response.map(|_| Bytes::new()) } else { response }
    }

    fn refuse(&self, fault: Fault) -> Response<Bytes> {
        match fault {
            Fault::Throttled => Refusal::new(503, "SlowDown", "Please reduce your request rate. (injected)"),
            _ => Refusal::new(500, "InternalError", "We encountered an internal error. (injected)"),
        }
        .response()
    }
}

impl World {
    /// What a browser gets at a presigned link, which holds by the world's clock. It is
    /// not counted and never goes wrong.
    ///
    /// # Panics
    /// When `url` is no URL.
    #[must_use]
    pub fn fetch(&self, url: &str) -> Response<Bytes> {
        let host = url.split('/').nth(2).unwrap_or_default();
        let request = Request::get(url).header("host", host).body(Bytes::new()).expect("a link is a URL");
        let asked = Asked::new(self, request);
        if asked.parameter(presigned::SIGNATURE).is_none() {
            return objects::access_denied("Only presigned links are open to everybody.").response();
        }
        asked.apply(None)
    }
}

/// The bucket and the key: the bucket is in the host, or the first part of the path.
fn place(request: &Request<Bytes>) -> (String, String) {
    let uri = request.uri();
    let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy().into_owned();
    let path = path.trim_start_matches('/');
    match uri.host().unwrap_or_default().split_once(".s3.") {
        Some((bucket, _)) => (bucket.to_owned(), path.to_owned()),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (bucket.to_owned(), key.to_owned())
        }
    }
}

fn operation(method: &Method, key: &str, query: &BTreeMap<String, String>) -> Option<Operation> {
    let has = |name: &str| query.contains_key(name);
    let operation = match (method.as_str(), key.is_empty()) {
        ("PUT", false) if has("partNumber") && has("uploadId") => Operation::UploadPart,
        ("PUT", false) => Operation::PutObject,
        ("POST", false) if has("uploads") => Operation::CreateMultipartUpload,
        ("POST", false) if has("uploadId") => Operation::CompleteMultipartUpload,
        ("DELETE", false) if has("uploadId") => Operation::AbortMultipartUpload,
        ("DELETE", false) => Operation::DeleteObject,
        ("GET", false) => Operation::GetObject,
        ("HEAD", false) => Operation::HeadObject,
        ("GET", true) if has("versions") => Operation::ListObjectVersions,
        ("GET", true) if has("uploads") => Operation::ListMultipartUploads,
        ("GET", true) if query.get("list-type").is_some_and(|version| version == "2") => Operation::ListObjectsV2,
        ("POST", true) if has("delete") => Operation::DeleteObjects,
        _ => return None,
    };
    Some(operation)
}

impl Operation {
    /// Whether the model knows what a query parameter means here.
    fn knows(self, parameter: &str) -> bool {
        let known: &[&str] = match self {
            Self::PutObject => &[],
            Self::GetObject => &["versionId", "response-content-type", "response-content-disposition"],
            Self::HeadObject | Self::DeleteObject => &["versionId"],
            Self::DeleteObjects => &["delete"],
            Self::ListObjectVersions => &["versions", "prefix", "max-keys", "key-marker", "version-id-marker"],
            Self::ListObjectsV2 => &["list-type", "prefix", "max-keys", "start-after", "continuation-token"],
            Self::CreateMultipartUpload => &["uploads"],
            Self::UploadPart => &["partNumber", "uploadId"],
            Self::CompleteMultipartUpload | Self::AbortMultipartUpload => &["uploadId"],
            Self::ListMultipartUploads => &["uploads", "prefix", "max-uploads", "key-marker", "upload-id-marker"],
        };
        parameter == "x-id" || parameter.starts_with("X-Amz-") || known.contains(&parameter)
    }
}
