//! An upload as it is requested and answered.

use kernel::{Error, Result, Timestamp, UploadId, limits};
use media::PostForm;

/// A request for an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewUpload {
    pub(crate) content_type: &'static str,
    pub(crate) bytes: usize,
}

impl NewUpload {
    /// The media types of the formats that we decode.
    pub const CONTENT_TYPES: [&str; 3] = limits::INPUT_TYPES;

    /// A picture in a format that we decode, of at most [`limits::INPUT_BYTES`].
    ///
    /// # Errors
    /// `invalid`.
    pub fn parse(content_type: &str, bytes: u64) -> Result<Self> {
        let content_type = Self::CONTENT_TYPES.into_iter().find(|known| *known == content_type);
        let content_type =
            content_type.ok_or_else(|| Error::invalid("content_type", "Send image/png, image/jpeg or image/webp."))?;
        match usize::try_from(bytes) {
            Ok(bytes) if (1..=limits::INPUT_BYTES).contains(&bytes) => Ok(Self { content_type, bytes }),
            _ => Err(Error::invalid("bytes", format!("A picture has 1 to {} bytes.", limits::INPUT_BYTES))),
        }
    }
}

/// An upload that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUpload {
    /// The upload's id.
    pub id: UploadId,
    /// The form that sends it to S3.
    pub form: PostForm,
    /// The time until which the form is valid.
    pub expires_at: Timestamp,
}
