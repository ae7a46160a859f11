//! A request to S3: its operation, bucket, key and parameters.

use crate::state::WorldState;
use bytes::Bytes;
use http::{Method, Request};
use std::collections::BTreeMap;

/// The `x-amz-` headers that the model knows. Another header would change the effect at
/// S3, so it fails the test until the model has it.
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
pub(super) enum S3Operation {
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
pub(crate) struct S3Request {
    pub(super) state: WorldState,
    pub(super) operation: S3Operation,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) request: Request<Bytes>,
}

impl S3Request {
    pub(crate) fn new(state: &WorldState, request: Request<Bytes>) -> Self {
        let (bucket, key) = place(&request);
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
        let Some(operation) = operation(request.method(), &key, &query) else {
            state.violated(&format!(
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
            state.violated(&format!(
                "s3.{operation:?} with {unknown} is not in testkit's model of S3: add it, or do not send it"
            ));
        }
        Self { state: state.clone(), operation, bucket, key, query, request }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
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

fn operation(method: &Method, key: &str, query: &BTreeMap<String, String>) -> Option<S3Operation> {
    let has = |name: &str| query.contains_key(name);
    let operation = match (method.as_str(), key.is_empty()) {
        ("PUT", false) if has("partNumber") && has("uploadId") => S3Operation::UploadPart,
        ("PUT", false) => S3Operation::PutObject,
        ("POST", false) if has("uploads") => S3Operation::CreateMultipartUpload,
        ("POST", false) if has("uploadId") => S3Operation::CompleteMultipartUpload,
        ("DELETE", false) if has("uploadId") => S3Operation::AbortMultipartUpload,
        ("DELETE", false) => S3Operation::DeleteObject,
        ("GET", false) => S3Operation::GetObject,
        ("HEAD", false) => S3Operation::HeadObject,
        ("GET", true) if has("versions") => S3Operation::ListObjectVersions,
        ("GET", true) if has("uploads") => S3Operation::ListMultipartUploads,
        ("GET", true) if query.get("list-type").is_some_and(|version| version == "2") => S3Operation::ListObjectsV2,
        ("POST", true) if has("delete") => S3Operation::DeleteObjects,
        _ => return None,
    };
    Some(operation)
}

impl S3Operation {
    /// Whether the model knows this query parameter of the operation.
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
