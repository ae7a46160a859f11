//! Thumbnails: what a gallery shows of a picture. Only a function that asks for the feature
//! `thumbnails` links the encoder, which is C.

use crate::{
    input::{Unusable, decoded},
    store::{MediaStore, OutputFile, prefix},
};
use aws::s3::primitives::ByteStream;
use kernel::{AccountId, GenerationId, Result, limits};
use webp::Encoder;

/// libwebp's own default: nobody sees the difference at this size.
const QUALITY: f32 = 75.0;

const CONTENT_TYPE: &str = "image/webp";

/// A picture's thumbnail as a WebP file: the same picture, upright, its longer side at most
/// [`limits::THUMBNAIL_SIDE`], without its colour profile. Takes as much memory as
/// [`picture`](crate::picture()) at most.
///
/// # Errors
/// Why the picture cannot be decoded: as of [`picture`](crate::picture()).
pub fn thumbnail(file: &[u8]) -> std::result::Result<Vec<u8>, Unusable> {
    let (pixels, _) = decoded(file)?;
    let side = limits::THUMBNAIL_SIDE;
    let small = match pixels.width() > side || pixels.height() > side {
        true => pixels.thumbnail(side, side),
        false => pixels,
    };
    let (width, height) = (small.width(), small.height());
    // The encoder is given exactly as many bytes as it is told, and neither side is 0.
    let encoded = match small.color().has_alpha() {
        true => Encoder::from_rgba(&small.into_rgba8(), width, height).encode_simple(false, QUALITY),
        false => Encoder::from_rgb(&small.into_rgb8(), width, height).encode_simple(false, QUALITY),
    };
    encoded.map(|file| file.to_vec()).map_err(|_| Unusable::Broken)
}

impl OutputFile {
    /// `generations/<account>/<generation>/<n>.thumbnail.webp`, beside the output and below
    /// the same prefix: whatever deletes the one deletes the other.
    #[must_use]
    pub fn thumbnail_key(self) -> String {
        let Self { account, generation, n } = self;
        format!("{}{generation}/{n}.thumbnail.webp", prefix(account))
    }
}

impl MediaStore {
    /// Writes a thumbnail, as one version more of its key, and answers key and version. One
    /// request. Safe to repeat, as [`MediaStore::put_output`] is.
    ///
    /// # Errors
    /// `unavailable`, `internal`.
    pub async fn put_thumbnail(&self, output: OutputFile, file: Vec<u8>) -> Result<(String, String)> {
        let key = output.thumbnail_key();
        let version = self.put_whole(&key, CONTENT_TYPE, ByteStream::from(file)).await?;
        Ok((key, version))
    }

    /// Deletes every version of every object of a generation that is gone itself: what a
    /// process that died before its record has left. One request where there is nothing.
    ///
    /// # Errors
    /// `unavailable`, `internal`; a repetition deletes the rest.
    pub async fn delete_leftovers(&self, account: AccountId, generation: GenerationId) -> Result<u64> {
        self.delete_versions_unless(&format!("{}{generation}/", prefix(account)), |_| false).await
    }
}

#[cfg(test)]
mod tests;
