//! Stores an output: reads a stream and writes one version of one object, with bounded memory.

use super::{keys::OutputFile, media_store::MediaStore};
use crate::{
    format::Format,
    scan::{Rejection, Scanner, Size},
};
use aws::{
    failed,
    s3::{
        primitives::ByteStream,
        types::{CompletedMultipartUpload, CompletedPart},
    },
    with_file,
};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use kernel::Error;
use ring::digest::{Context, SHA256};
use std::pin::pin;

/// The size of a part, which is also the number of bytes in memory at once. S3 accepts no part
/// below 5 MiB except the last. Larger parts would need a function with more memory.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// Only the owner may see an output, so no shared cache may store one.
const CACHE_CONTROL: &str = "private";

/// An output in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOutput {
    /// The key of the object.
    pub key: String,
    /// The version to link to. The caller deletes it if its transaction fails.
    pub version_id: String,
    /// The media type, recognised by the content.
    pub content_type: &'static str,
    /// The size in bytes.
    pub bytes: u64,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// SHA-256 of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// The reason why an output was not stored. The bucket holds nothing of it, unless the answer
/// of S3 was lost.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotStored<E> {
    /// The stream failed. Reading the output again may help.
    #[error("the output could not be read: {0}")]
    Unreadable(E),
    /// The file stops before its end mark. Reading the output again may help.
    #[error("the output is truncated")]
    Truncated,
    /// The file has no supported format. Reading the output again cannot help.
    #[error("the output has no supported format")]
    WrongType,
    /// The file is larger than the limit, or its header announces that. Reading the output
    /// again cannot help.
    #[error("the output is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// S3 refused the request, or its answer was lost: `unavailable` or `internal`.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl MediaStore {
    /// Reads an output to its end and writes it as a new version of its key, with the media
    /// type of its content. One request up to 8 MiB; above that one request for each 8 MiB and
    /// two more. A multipart upload that cannot be completed is aborted.
    ///
    /// Safe to repeat: each run writes a version of its own. The run that loses the transaction
    /// deletes its version with [`MediaStore::delete_version`].
    ///
    /// # Errors
    /// [`NotStored`], which says whether reading again may help.
    pub async fn put_output<E>(
        &self,
        output: OutputFile,
        chunks: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
    ) -> Result<StoredOutput, NotStored<E>> {
        let chunks = pin!(chunks);
        let mut reader = Reader::new(chunks, limit);
        let head = reader.part().await?;
        let mut scanner = Scanner::sniff(&head, limit).map_err(rejected(limit))?;
        let format = scanner.format();
        let target = Target { store: self, key: output.key(format), format };
        let version_id = match reader.at_end {
            true => {
                scanner.feed(&head).and_then(|()| scanner.finish()).map_err(rejected(limit))?;
                target.put(head).await?
            }
            false => target.put_in_parts(head, &mut reader, &mut scanner).await?,
        };
        let Size { width, height } = scanner.finish().map_err(rejected(limit))?;
        let (bytes, sha256) = reader.finish();
        Ok(StoredOutput {
            key: target.key,
            version_id,
            content_type: format.content_type(),
            bytes,
            width,
            height,
            sha256,
        })
    }
}

impl MediaStore {
    /// Writes a file as a new version of its key in one request, and answers the version.
    pub(crate) async fn put_whole(&self, key: &str, content_type: &str, file: ByteStream) -> Result<String, Error> {
        let put = self.s3().put_object().bucket(&self.bucket).key(key).content_type(content_type);
        let put = put.cache_control(CACHE_CONTROL).body(file).customize().config_override(with_file()).send();
        versioned(put.await.map_err(|error| failed("PutObject", error))?.version_id)
    }
}

/// Cuts a stream into parts, and counts and hashes its bytes.
struct Reader<S> {
    chunks: S,
    /// The bytes read after the last part.
    rest: BytesMut,
    at_end: bool,
    limit: u64,
    bytes: u64,
    hash: Context,
}

impl<E, S: Stream<Item = Result<Bytes, E>> + Unpin> Reader<S> {
    fn new(chunks: S, limit: u64) -> Self {
        let (rest, hash) = (BytesMut::new(), Context::new(&SHA256));
        Self { chunks, rest, at_end: false, limit, bytes: 0, hash }
    }

    /// The next part: exactly [`PART_BYTES`], fewer at the end of the stream, and then none.
    async fn part(&mut self) -> Result<Bytes, NotStored<E>> {
        // One byte more than a part shows whether the stream ends with this part.
        while !self.at_end && self.rest.len() <= PART_BYTES {
            match self.chunks.next().await.transpose().map_err(NotStored::Unreadable)? {
                Some(chunk) => self.take(&chunk)?,
                None => self.at_end = true,
            }
        }
        Ok(self.rest.split_to(self.rest.len().min(PART_BYTES)).freeze())
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), NotStored<E>> {
        self.bytes += chunk.len() as u64;
        if self.bytes > self.limit {
            return Err(NotStored::TooLarge { limit: self.limit });
        }
        self.hash.update(chunk);
        self.rest.extend_from_slice(chunk);
        Ok(())
    }

    /// The size in bytes and the SHA-256.
    fn finish(self) -> (u64, String) {
        (self.bytes, hex::encode(self.hash.finish()))
    }
}

fn rejected<E>(limit: u64) -> impl Fn(Rejection) -> NotStored<E> {
    move |reason| match reason {
        Rejection::Truncated => NotStored::Truncated,
        Rejection::WrongType => NotStored::WrongType,
        Rejection::TooLarge => NotStored::TooLarge { limit },
    }
}

/// The object that is being written.
struct Target<'a> {
    store: &'a MediaStore,
    key: String,
    format: Format,
}

impl Target<'_> {
    async fn put(&self, whole: Bytes) -> Result<String, Error> {
        self.store.put_whole(&self.key, self.format.content_type(), ByteStream::from(whole)).await
    }

    async fn put_in_parts<E, S>(
        &self,
        head: Bytes,
        reader: &mut Reader<S>,
        scanner: &mut Scanner,
    ) -> Result<String, NotStored<E>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let upload = self.open_upload().await?;
        let written = self.write_parts(&upload, head, reader, scanner).await;
        if written.is_err() {
            let abort = self.store.s3().abort_multipart_upload().bucket(&self.store.bucket).key(&self.key);
            // If this fails, the lifecycle rule of the bucket removes the upload after a day.
            let _ = abort.upload_id(&upload).send().await;
        }
        written
    }

    async fn open_upload(&self) -> Result<String, Error> {
        let open = self.store.s3().create_multipart_upload().bucket(&self.store.bucket).key(&self.key);
        let open = open.content_type(self.format.content_type());
        let opened = open.cache_control(CACHE_CONTROL).send().await;
        let upload = opened.map_err(|error| failed("CreateMultipartUpload", error))?.upload_id;
        upload.ok_or_else(|| Error::internal("S3 opened an upload without an id"))
    }

    async fn write_parts<E, S>(
        &self,
        upload: &str,
        head: Bytes,
        reader: &mut Reader<S>,
        scanner: &mut Scanner,
    ) -> Result<String, NotStored<E>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let (mut parts, mut part) = (Vec::new(), head);
        while !part.is_empty() {
            scanner.feed(&part).map_err(rejected(reader.limit))?;
            let number = parts.len() as i32 + 1;
            parts.push(self.write_part(upload, number, part).await?);
            part = reader.part().await?;
        }
        scanner.finish().map_err(rejected(reader.limit))?;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.store.s3().complete_multipart_upload().bucket(&self.store.bucket).key(&self.key);
        let complete = complete.upload_id(upload).multipart_upload(parts).customize();
        let completed = complete.config_override(with_file()).send().await;
        Ok(versioned(completed.map_err(|error| failed("CompleteMultipartUpload", error))?.version_id)?)
    }

    async fn write_part(&self, upload: &str, number: i32, part: Bytes) -> Result<CompletedPart, Error> {
        let write = self.store.s3().upload_part().bucket(&self.store.bucket).key(&self.key);
        let write = write.upload_id(upload).part_number(number).body(ByteStream::from(part)).customize();
        let write = write.config_override(with_file()).send();
        let written = write.await.map_err(|error| failed("UploadPart", error))?;
        let part = CompletedPart::builder().part_number(number).set_e_tag(written.e_tag);
        Ok(part.set_checksum_crc32(written.checksum_crc32).build())
    }
}

/// The version of a written object. A bucket without versions is an error: the loser of a race
/// would delete the object of the winner.
fn versioned(version_id: Option<String>) -> Result<String, Error> {
    version_id.ok_or_else(|| Error::internal("the media bucket has no versions: turn versioning on"))
}
