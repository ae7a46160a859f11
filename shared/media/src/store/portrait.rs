use super::{keys::PortraitFile, media_store::MediaStore};
use crate::format::Format;
use aws::s3::primitives::ByteStream;
use kernel::Result;

impl MediaStore {
    /// Writes a portrait, and answers key and version. One request. The caller deletes the version with
    /// [`MediaStore::delete_version`] if it does not record it.
    ///
    /// # Errors
    /// `unavailable`, `internal`.
    pub async fn put_portrait(&self, portrait: PortraitFile, file: Vec<u8>) -> Result<(String, String)> {
        let key = portrait.key();
        let version = self.put_whole(&key, Format::Jpeg.content_type(), ByteStream::from(file)).await?;
        Ok((key, version))
    }
}

#[cfg(test)]
mod tests;
