//! The buckets: objects with their versions, and uploads under way.

use crate::{names::MEDIA_BUCKET, random::Random};
use bytes::Bytes;
use kernel::Timestamp;
use md5::{Digest, Md5};
use std::{collections::BTreeMap, fmt};

/// One version of an object, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// The object's key.
    pub key: String,
    /// The version's id.
    pub version: String,
    /// The bytes; `None` for a delete marker.
    pub bytes: Option<Bytes>,
    /// The content type.
    pub content_type: String,
    /// The stored headers: cache control, content disposition and the like, and
    /// `x-amz-meta-…`.
    pub headers: BTreeMap<String, String>,
    /// The entity tag, in quotes.
    pub etag: String,
    /// When it was written.
    pub at: Timestamp,
    /// The CRC-32 of the request, as base64.
    pub(super) crc32: Option<String>,
}

impl fmt::Display for StoredObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bytes {
            Some(bytes) => write!(f, "{} ({}, {} bytes, {})", self.key, self.content_type, bytes.len(), self.version),
            None => write!(f, "{} (delete marker, {})", self.key, self.version),
        }
    }
}

/// A multipart upload that was neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenMultipartUpload {
    /// The object's key.
    pub key: String,
    /// The upload's id.
    pub id: String,
    /// How many parts have arrived.
    pub parts: usize,
    /// How many bytes have arrived.
    pub bytes: u64,
}

/// An upload under way.
#[derive(Debug, Clone)]
pub(super) struct UploadUnderWay {
    pub(super) key: String,
    pub(super) content_type: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) at: Timestamp,
    /// Whether the upload began with a checksum algorithm. If so, its completion must name
    /// the checksum of every part.
    pub(super) checksummed: bool,
    pub(super) parts: BTreeMap<u32, UploadPart>,
}

#[derive(Debug, Clone)]
pub(super) struct UploadPart {
    pub(super) bytes: Bytes,
    pub(super) etag: String,
    pub(super) crc32: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Bucket {
    /// Versions by key, the newest last.
    pub(super) objects: BTreeMap<String, Vec<StoredObject>>,
    /// Uploads by id.
    pub(super) uploads: BTreeMap<String, UploadUnderWay>,
}

pub(crate) struct ObjectStore {
    chance: Random,
    pub(super) buckets: BTreeMap<String, Bucket>,
}

impl ObjectStore {
    pub(crate) fn new(chance: Random) -> Self {
        Self { chance, buckets: BTreeMap::from([(MEDIA_BUCKET.to_owned(), Bucket::default())]) }
    }

    /// A version's or an upload's id.
    pub(super) fn id(&mut self) -> String {
        self.chance.hex(32)
    }

    pub(crate) fn objects(&self, bucket: &str) -> Vec<StoredObject> {
        self.buckets.get(bucket).map(|bucket| bucket.objects.values().flatten().cloned().collect()).unwrap_or_default()
    }

    pub(crate) fn open_uploads(&self, bucket: &str) -> Vec<OpenMultipartUpload> {
        let uploads = self.buckets.get(bucket).map(|bucket| &bucket.uploads);
        let mut open: Vec<_> = uploads
            .into_iter()
            .flatten()
            .map(|(id, upload)| OpenMultipartUpload {
                key: upload.key.clone(),
                id: id.clone(),
                parts: upload.parts.len(),
                bytes: upload.parts.values().map(|part| part.bytes.len() as u64).sum(),
            })
            .collect();
        open.sort_by(|one, other| (&one.key, &one.id).cmp(&(&other.key, &other.id)));
        open
    }
}

/// The entity tag of one piece: its MD5, in quotes.
pub(super) fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", hex::encode(Md5::digest(bytes)))
}

/// The entity tag of an object that was uploaded in parts: the MD5 of the parts' MD5s,
/// and their number.
pub(super) fn multipart_etag(parts: &[Bytes]) -> String {
    let mut digests = Md5::new();
    parts.iter().for_each(|part| digests.update(Md5::digest(part)));
    format!("\"{}-{}\"", hex::encode(digests.finalize()), parts.len())
}
