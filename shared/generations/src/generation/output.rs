//! The files of a generation: its input pictures, its outputs and their thumbnails.

use kernel::UploadId;
use serde::{Deserialize, Serialize};

/// An output: an object in S3 and its properties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The object's key.
    pub key: String,
    /// The object's version. A later version of the same key is not this output.
    pub version_id: String,
    /// The media type, as detected from the bytes.
    pub content_type: String,
    /// The size in bytes.
    pub bytes: u64,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// The thumbnail, once it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Thumbnail>,
}

impl Output {
    /// Whether the output is a picture. Only pictures get a thumbnail, videos do not.
    #[must_use]
    pub fn is_picture(&self) -> bool {
        self.content_type.starts_with("image/")
    }
}

/// The thumbnail of a picture: an object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail {
    /// The object's key.
    pub key: String,
    /// The object's version. Another version of the same key is not this thumbnail.
    pub version_id: String,
}

/// An input picture: the version of an object that was current at the time of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The upload. Missing when the picture is an output of another generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadId>,
    /// The object's key.
    pub key: String,
    /// The version that is read, even when the key has a later version by then.
    pub version_id: String,
}
