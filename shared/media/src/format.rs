/// The file formats that we store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// <https://www.w3.org/TR/png-3/>
    Png,
    /// <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>
    Jpeg,
    /// <https://www.rfc-editor.org/rfc/rfc9649>
    WebP,
    /// <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>
    Gif,
    /// ISO/IEC 14496-12 and -14.
    Mp4,
}

impl Format {
    /// The media type (MIME type).
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Mp4 => "video/mp4",
        }
    }

    /// The file name extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Mp4 => "mp4",
        }
    }
}
