//! What a file is, by what stands in it. Pure. What its sender says it is counts for
//! nothing: a browser would be handed a page as a picture.

use imagesize::ImageType;

/// Bytes at the start of a file that may be needed to judge its end.
pub(crate) const START: usize = 8;

/// Bytes at the end of a file in which its end mark must stand. Some encoders pad.
pub(crate) const TAIL: usize = 64;

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
}

/// What the first part of a file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sniffed {
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
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
        }
    }

    /// Whether a file of `bytes` bytes is whole, by its first [`START`] and its last
    /// [`TAIL`] bytes. A transfer that was cut off without an error shows here.
    pub(crate) fn is_whole(self, start: &[u8], tail: &[u8], bytes: u64) -> bool {
        let ends_with = |mark: &[u8]| tail.windows(mark.len()).any(|window| window == mark);
        match self {
            Self::Png => ends_with(b"IEND\xaeB`\x82"),
            Self::Jpeg => ends_with(b"\xff\xd9"),
            Self::Gif => ends_with(b"\x3b"),
            Self::WebP => {
                let announced = start.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
                announced.is_some_and(|announced| u64::from(announced) + 8 <= bytes)
            }
        }
    }
}

/// What a file is, by its first part: nothing for a format that is not taken in, and for
/// a header that cannot be read.
pub(crate) fn sniff(head: &[u8]) -> Option<Sniffed> {
    let format = match imagesize::image_type(head).ok()? {
        ImageType::Png => Format::Png,
        ImageType::Jpeg => Format::Jpeg,
        ImageType::Webp => Format::WebP,
        ImageType::Gif => Format::Gif,
        _ => return None,
    };
    let size = imagesize::blob_size(head).ok()?;
    let side = |side: usize| u32::try_from(side).ok().filter(|side| *side > 0);
    Some(Sniffed { format, width: side(size.width)?, height: side(size.height)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\
        \xff\xc0\x00\x11\x08\x00\x02\x00\x03\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01\xff\xd9";
    const GIF: &[u8] = b"GIF89a\x03\x00\x02\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x03\x00\x02\x00\x00\x02\x00\x3b";
    /// Lossless, 3 × 2: (width − 1) and (height − 1) in 14 bits each after the 0x2f.
    const WEBP: &[u8] = b"RIFF\x12\x00\x00\x00WEBPVP8L\x05\x00\x00\x00\x2f\x02\x40\x00\x00\x00";

    fn png() -> Vec<u8> {
        crate::tests::png(3, 2)
    }

    #[test]
    fn each_format_is_known_by_its_content() {
        let png = png();
        for (file, format) in
            [(png.as_slice(), Format::Png), (JPEG, Format::Jpeg), (GIF, Format::Gif), (WEBP, Format::WebP)]
        {
            assert_eq!(sniff(file), Some(Sniffed { format, width: 3, height: 2 }), "{format:?}");
            let tail = |file: &[u8]| file[file.len().saturating_sub(TAIL)..].to_vec();
            assert!(format.is_whole(file, &tail(file), file.len() as u64), "{format:?}");
            let cut = &file[..file.len() - 1];
            assert!(!format.is_whole(cut, &tail(cut), cut.len() as u64), "a cut {format:?} must not pass as whole");
        }
    }

    #[test]
    fn whatever_else_comes_is_refused() {
        let png = png();
        for file in [
            b"".as_slice(),
            b"<!doctype html><title>Sign in</title>",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"3\" height=\"2\"><script/></svg>",
            b"BM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x02\x00\x00\x00",
            b"\x00\x00\x00\x18ftypmp42",
            b"GIF89a\x00\x00\x00\x00",
            &png[..12],
            &JPEG[..12],
        ] {
            assert_eq!(sniff(file), None, "{file:?}");
        }
    }
}
