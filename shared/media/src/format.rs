//! What a file is, by what stands in it. Pure. What its sender says it is counts for
//! nothing: a browser would be handed a page as a picture.

use crate::{image::Image, mp4::Mp4};

/// Formats that are taken in.
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
    /// The media type.
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

    /// The end of the file's name, without the dot.
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

/// Width and height in pixels, neither of them 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub width: u32,
    pub height: u32,
}

/// Why a file is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It ends before its end.
    Truncated,
    /// It is not of a format that we take, or breaks its rules.
    WrongType,
    /// It says that it is larger than allowed.
    TooLarge,
}

/// A file that is looked through from its first part to its last, in bounded memory.
#[derive(Debug)]
pub(crate) enum Content {
    Image(Image),
    Mp4(Mp4),
}

impl Content {
    /// What a file is, by its first part; `limit` is how large it may be, in bytes. The
    /// part is still to be taken.
    pub fn sniff(head: &[u8], limit: u64) -> Result<Self, Unfit> {
        let mp4 = Mp4::sniff(head, limit).map(Self::Mp4);
        mp4.or_else(|| Image::sniff(head).map(Self::Image)).ok_or(Unfit::WrongType)
    }

    pub fn format(&self) -> Format {
        match self {
            Self::Image(image) => image.format(),
            Self::Mp4(_) => Format::Mp4,
        }
    }

    /// Looks through the next part.
    pub fn take(&mut self, part: &[u8]) -> Result<(), Unfit> {
        match self {
            Self::Image(image) => image.take(part),
            Self::Mp4(mp4) => return mp4.take(part),
        }
        Ok(())
    }

    /// Whether all parts together are a whole file, and how large its picture is.
    pub fn end(&self) -> Result<Size, Unfit> {
        match self {
            Self::Image(image) => image.end(),
            Self::Mp4(mp4) => mp4.end(),
        }
    }
}
