//! Pictures: their size stands at their start, their end has a mark.

use crate::format::{Format, Size, Unfit};
use imagesize::ImageType;

/// Bytes at the start of a file that may be needed to judge its end.
const START: usize = 8;

/// Bytes at the end of a file in which its end mark must stand. Some encoders pad.
const TAIL: usize = 64;

/// A picture that is being looked through.
#[derive(Debug)]
pub(crate) struct Image {
    format: Format,
    size: Size,
    bytes: u64,
    /// The first bytes.
    start: Vec<u8>,
    /// The last bytes so far.
    tail: Vec<u8>,
}

impl Image {
    /// What picture a file is, by its first part: none for a format that is not taken in,
    /// and for a header that cannot be read.
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

    pub fn take(&mut self, part: &[u8]) {
        self.bytes += part.len() as u64;
        self.start.extend(part.iter().take(START - self.start.len()));
        self.tail.extend_from_slice(&part[part.len().saturating_sub(TAIL)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
    }

    /// The size, if the picture is whole. A transfer that was cut off without an error
    /// shows here.
    pub fn end(&self) -> Result<Size, Unfit> {
        let ends_with = |mark: &[u8]| self.tail.windows(mark.len()).any(|window| window == mark);
        let is_whole = match self.format {
            Format::Png => ends_with(b"IEND\xaeB`\x82"),
            Format::Jpeg => ends_with(b"\xff\xd9"),
            Format::Gif => ends_with(b"\x3b"),
            Format::WebP => {
                let announced = self.start.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
                announced.is_some_and(|announced| u64::from(announced) + 8 <= self.bytes)
            }
            Format::Mp4 => false,
        };
        if is_whole { Ok(self.size) } else { Err(Unfit::Truncated) }
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

    fn size(file: &[u8], part: usize) -> Result<Size, Unfit> {
        let mut image = Image::sniff(file).unwrap();
        file.chunks(part).for_each(|part| image.take(part));
        image.end()
    }

    #[test]
    fn each_format_is_known_by_its_content() {
        let png = png();
        for (file, format) in
            [(png.as_slice(), Format::Png), (JPEG, Format::Jpeg), (GIF, Format::Gif), (WEBP, Format::WebP)]
        {
            assert_eq!(Image::sniff(file).map(|image| image.format()), Some(format), "{format:?}");
            for part in [1, 7, file.len()] {
                assert_eq!(size(file, part), Ok(Size { width: 3, height: 2 }), "{format:?}");
            }
            let cut = &file[..file.len() - 1];
            assert_eq!(size(cut, 7), Err(Unfit::Truncated), "a cut {format:?} must not pass as whole");
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
            assert!(Image::sniff(file).is_none(), "{file:?}");
        }
    }
}
