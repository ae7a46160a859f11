//! Pictures that come with a job: their size, their colour, and whether the file holds
//! more than pixels.

use base64::{Engine, prelude::BASE64_STANDARD};
use image::{GenericImageView, ImageFormat};

/// The longest text that Replicate's own clients send in place of a file, in characters.
const MOST: usize = 10_000_000;

/// The encoding of a picture in a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeenEncoding {
    /// `data:<type>;base64,<bytes>`
    DataUri,
    /// The bytes in base64.
    Base64,
}

/// The facts of a picture that a fake uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeenPicture {
    pub width: u32,
    pub height: u32,
    /// The average colour.
    pub colour: [u8; 3],
    /// Whether the file holds only its pixels and their profile.
    pub is_bare: bool,
}

impl SeenEncoding {
    /// The picture in an input's text; none unless it is a whole picture of the announced
    /// type.
    pub(crate) fn seen(self, text: &str) -> Option<SeenPicture> {
        if text.len() > MOST {
            return None;
        }
        let (named, encoded) = match self {
            Self::DataUri => {
                let (named, encoded) = text.strip_prefix("data:")?.split_once(";base64,")?;
                (ImageFormat::from_mime_type(named), encoded)
            }
            Self::Base64 => (None, text),
        };
        let file = BASE64_STANDARD.decode(encoded).ok()?;
        let format = image::guess_format(&file).ok()?;
        if self == Self::DataUri && named != Some(format) {
            return None;
        }
        let picture = image::load_from_memory_with_format(&file, format).ok()?;
        let (width, height) = picture.dimensions();
        let small = picture.thumbnail_exact(1, 1).to_rgb8();
        let is_bare = match format {
            ImageFormat::Png => is_bare_png(&file),
            ImageFormat::Jpeg => is_bare_jpeg(&file),
            _ => false,
        };
        Some(SeenPicture { width, height, colour: small.get_pixel(0, 0).0, is_bare })
    }
}

/// An input's text. For a picture, the legible bytes of its file.
pub(crate) fn legible(text: &str) -> String {
    let encoded = text.split_once(";base64,").map(|(_, encoded)| encoded);
    let file = encoded.and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
    file.map_or_else(|| text.to_owned(), |file| String::from_utf8_lossy(&file).into_owned())
}

/// Whether a PNG has only the chunks that pixels need, and nothing behind the end.
fn is_bare_png(file: &[u8]) -> bool {
    const PLAIN: [&[u8]; 9] = [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"iCCP", b"sRGB", b"gAMA", b"cHRM"];
    let mut rest = file.get(8..).unwrap_or_default();
    while let [a, b, c, d, after @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (Some(kind), Some(next)) = (after.get(..4), after.get(length + 8..)) else { return false };
        if !PLAIN.contains(&kind) {
            return false;
        }
        rest = next;
    }
    rest.is_empty()
}

/// Whether a JPEG has only the segments that pixels need, and nothing behind the end.
fn is_bare_jpeg(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    while let [0xff, marker, high, low, ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])) + 2;
        let Some(next) = rest.get(length..) else { return false };
        match marker {
            // In a scan, 0xff is followed by zero or by a restart.
            0xda => {
                let ends = next.windows(2).position(|two| two[0] == 0xff && !matches!(two[1], 0 | 0xd0..=0xd7));
                return ends.is_some_and(|at| next[at..] == [0xff, 0xd9]);
            }
            // JFIF, the profile, tables and the frame.
            0xe0 | 0xe2 | 0xdb | 0xc0..=0xc4 | 0xdd => rest = next,
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, RgbImage};
    use std::io::Cursor;

    fn file(format: ImageFormat) -> Vec<u8> {
        let pixels = DynamicImage::from(RgbImage::from_pixel(30, 20, image::Rgb([200, 100, 0])));
        let mut file = Cursor::new(Vec::new());
        pixels.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn data_beside_the_pixels_is_noticed() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let bare = file(format);
            let seen = |file: &[u8]| SeenEncoding::Base64.seen(&BASE64_STANDARD.encode(file));
            let whole = seen(&bare).unwrap();
            assert_eq!((whole.width, whole.height, whole.is_bare), (30, 20, true), "{format:?}");
            let behind = [bare.as_slice(), b"PK\x03\x04"].concat();
            assert!(!seen(&behind).unwrap().is_bare, "{format:?} with something behind its end");
            let (head, more): (usize, &[u8]) = match format {
                ImageFormat::Png => (33, b"\0\0\0\x01tEXtx\x5f\x7c\xb0\x10"),
                _ => (2, b"\xff\xe1\0\x08Exif\0\0"),
            };
            let commented = [&bare[..head], more, &bare[head..]].concat();
            assert!(seen(&commented).is_none_or(|seen| !seen.is_bare), "{format:?} with a comment");
            assert!(seen(&bare[..bare.len() / 2]).is_none_or(|seen| !seen.is_bare), "half a {format:?}");
        }
    }

    #[test]
    fn a_data_uri_must_name_its_type() {
        let encoded = BASE64_STANDARD.encode(file(ImageFormat::Png));
        assert!(SeenEncoding::DataUri.seen(&format!("data:image/png;base64,{encoded}")).is_some());
        for wrong in [
            encoded.clone(),
            format!("data:image/jpeg;base64,{encoded}"),
            format!("data:image/png,{encoded}"),
            "https://somewhere.test/picture.png".to_owned(),
            "data:image/svg+xml;base64,PHN2Zy8+".to_owned(),
        ] {
            assert_eq!(SeenEncoding::DataUri.seen(&wrong), None, "{wrong}");
        }
    }
}
