//! Pictures. The header has the size, and an end mark shows that the file is complete.

use super::outcome::{Rejection, Size};
use crate::format::Format;
use imagesize::ImageType;

/// Bytes at the start of a file that are kept to check its end: a WebP states its length there.
const START: usize = 8;

/// The end mark must lie within this many bytes from the end. Some encoders append padding.
const TAIL: usize = 64;

/// Scans a picture.
#[derive(Debug)]
pub(crate) struct ImageScanner {
    format: Format,
    size: Size,
    bytes: u64,
    /// The first bytes.
    start: Vec<u8>,
    /// The last bytes so far.
    tail: Vec<u8>,
}

impl ImageScanner {
    /// The scanner of a picture, by the first part of the file. `None` for an unsupported
    /// format and for a header that does not parse.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        let format = match imagesize::image_type(head).ok()? {
            ImageType::Png => Format::Png,
            ImageType::Jpeg => Format::Jpeg,
            ImageType::Webp => Format::WebP,
            ImageType::Gif => Format::Gif,
            _ => return None,
        };
        let size = imagesize::blob_size(head).ok()?;
        let side = |side: usize| u32::try_from(side).ok().filter(|side| *side > 0);
        let size = Size { width: side(size.width)?, height: side(size.height)? };
        Some(Self { format, size, bytes: 0, start: Vec::new(), tail: Vec::new() })
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn feed(&mut self, part: &[u8]) {
        self.bytes += part.len() as u64;
        self.start.extend(part.iter().take(START - self.start.len()));
        self.tail.extend_from_slice(&part[part.len().saturating_sub(TAIL)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
    }

    /// The size, if the picture is complete. This detects a transfer that stopped early
    /// without an error.
    pub fn finish(&self) -> Result<Size, Rejection> {
        let ends_with = |mark: &[u8]| self.tail.windows(mark.len()).any(|window| window == mark);
        let is_complete = match self.format {
            Format::Png => ends_with(b"IEND\xaeB`\x82"),
            Format::Jpeg => ends_with(b"\xff\xd9"),
            Format::Gif => ends_with(b"\x3b"),
            Format::WebP => {
                let announced = self.start.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
                announced.is_some_and(|announced| u64::from(announced) + 8 <= self.bytes)
            }
            Format::Mp4 => false,
        };
        if is_complete { Ok(self.size) } else { Err(Rejection::Truncated) }
    }
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

    fn size(file: &[u8], part: usize) -> Result<Size, Rejection> {
        let mut image = ImageScanner::sniff(file).unwrap();
        file.chunks(part).for_each(|part| image.feed(part));
        image.finish()
    }

    #[test]
    fn each_format_is_recognised_by_its_content() {
        let png = png();
        for (file, format) in
            [(png.as_slice(), Format::Png), (JPEG, Format::Jpeg), (GIF, Format::Gif), (WEBP, Format::WebP)]
        {
            assert_eq!(ImageScanner::sniff(file).map(|image| image.format()), Some(format), "{format:?}");
            for part in [1, 7, file.len()] {
                assert_eq!(size(file, part), Ok(Size { width: 3, height: 2 }), "{format:?}");
            }
            let cut = &file[..file.len() - 1];
            assert_eq!(size(cut, 7), Err(Rejection::Truncated), "a cut {format:?} must not pass as complete");
        }
    }

    #[test]
    fn other_content_is_rejected() {
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
            assert!(ImageScanner::sniff(file).is_none(), "{file:?}");
        }
    }
}
