use super::{keys::OutputFile, media_store::MediaStore};
use aws::s3::primitives::ByteStream;
use kernel::Result;

const CONTENT_TYPE: &str = "image/webp";

impl MediaStore {
    /// Writes a thumbnail as a new version of its key, and answers key and version. One
    /// request. Safe to repeat, as [`MediaStore::put_output`] is.
    ///
    /// # Errors
    /// `unavailable`, `internal`.
    pub async fn put_thumbnail(&self, output: OutputFile, file: Vec<u8>) -> Result<(String, String)> {
        let key = output.thumbnail_key();
        let version = self.put_whole(&key, CONTENT_TYPE, ByteStream::from(file)).await?;
        Ok((key, version))
    }
}
