//! Uploaded pictures are decoded within limits and encoded again. A provider then gets the
//! pixels and no metadata: no location, no camera model, no second file appended to the first.

use crate::format::Format;
use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, ImageResult, Limits,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
    metadata::Orientation,
};
use kernel::limits;
use std::{
    fmt,
    io::{self, Cursor, ErrorKind, Write},
};

/// The JPEG quality of encoded pictures. The loss is not visible.
const QUALITY: u8 = 92;

/// The largest colour profile that is kept, in bytes. Profiles of cameras have a few hundred.
const PROFILE_BYTES: usize = 16 * 1024;

/// An upright picture that has only pixels and a colour profile.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// PNG if the picture has transparency, otherwise JPEG.
    pub format: Format,
    /// The whole file.
    pub bytes: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {} × {}", self.format, self.width, self.height)
    }
}

/// The reason why a picture cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// The content is not PNG, JPEG or WebP.
    WrongType,
    /// The picture has too many bytes or pixels.
    TooLarge,
    /// The file is truncated or breaks the rules of its format.
    Broken,
}

impl Unusable {
    /// The reason as one word, for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::TooLarge => "too_large",
            Self::Broken => "broken",
        }
    }
}

/// Decodes the first frame of a picture, turns it upright by its EXIF orientation, and encodes
/// it again. The picture may be at most [`limits::INPUT_SIDE`] pixels wide and high. It is
/// scaled down until its file has at most `most` bytes. Takes up to twice
/// [`limits::INPUT_PIXEL_BYTES`] of memory for a usable picture, and almost none for a picture
/// that is too large.
///
/// # Errors
/// The reason why the picture cannot be used.
pub fn reencode_picture(file: &[u8], most: usize) -> Result<Picture, Unusable> {
    let (pixels, profile) = decode(file)?;
    encode(pixels, profile, most)
}

/// The upright pixels of a picture and its colour profile, within the same limits.
pub(crate) fn decode(file: &[u8]) -> Result<(DynamicImage, Option<Vec<u8>>), Unusable> {
    if file.len() > limits::INPUT_BYTES {
        return Err(Unusable::TooLarge);
    }
    let format = match image::guess_format(file) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => format,
        _ => return Err(Unusable::WrongType),
    };
    if format == ImageFormat::Jpeg {
        check_jpeg_header(file)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut bounds = Limits::no_limits();
    bounds.max_image_width = Some(limits::INPUT_SIDE);
    bounds.max_image_height = Some(limits::INPUT_SIDE);
    bounds.max_alloc = Some(limits::INPUT_PIXEL_BYTES);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(|error| unusable(&error))?;
    if decoder.total_bytes() > limits::INPUT_PIXEL_BYTES {
        return Err(Unusable::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| profile.len() <= PROFILE_BYTES);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(|error| unusable(&error))?;
    pixels.apply_orientation(orientation);
    Ok((pixels, profile))
}

/// Rejects a progressive JPEG with too many pixels by its frame header, before the decoder
/// allocates memory for them.
fn check_jpeg_header(file: &[u8]) -> Result<(), Unusable> {
    let mut rest = file.get(2..).unwrap_or_default();
    // <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>, B.1.1.4 and B.2.2: a marker, then a length
    // that includes its own two bytes. A frame header has precision, height and width.
    while let [0xff, marker, after @ ..] = rest {
        match marker {
            0xff => rest = &rest[1..],
            0x01 | 0xd0..=0xd8 => rest = after,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let [_, _, _, h1, h0, w1, w0, ..] = after else { return Err(Unusable::Broken) };
                let side = |high: &u8, low: &u8| u64::from(u16::from_be_bytes([*high, *low]));
                let is_progressive = marker & 0b11 == 0b10;
                return match is_progressive && side(h1, h0) * side(w1, w0) > limits::PROGRESSIVE_PIXELS {
                    true => Err(Unusable::TooLarge),
                    false => Ok(()),
                };
            }
            _ => {
                let [l1, l0, ..] = after else { return Err(Unusable::Broken) };
                let length = usize::from(u16::from_be_bytes([*l1, *l0])).max(2);
                rest = after.get(length..).ok_or(Unusable::Broken)?;
            }
        }
    }
    Err(Unusable::Broken)
}

fn encode(pixels: DynamicImage, profile: Option<Vec<u8>>, most: usize) -> Result<Picture, Unusable> {
    let mut pixels = match pixels.color().has_alpha() {
        true => DynamicImage::from(pixels.into_rgba8()),
        false => DynamicImage::from(pixels.into_rgb8()),
    };
    loop {
        let (width, height) = (pixels.width(), pixels.height());
        match encode_bounded(&pixels, profile.as_deref(), most) {
            Ok(Some((format, bytes))) => return Ok(Picture { format, bytes, width, height }),
            Ok(None) if width.max(height) > 1 => {
                let smaller = |side: u32| (side * 7 / 10).max(1);
                pixels = pixels.thumbnail_exact(smaller(width), smaller(height));
            }
            Ok(None) => return Err(Unusable::TooLarge),
            Err(error) => return Err(unusable(&error)),
        }
    }
}

/// Encodes pixels as a file; `None` if it would have more than `most` bytes.
fn encode_bounded(
    pixels: &DynamicImage,
    profile: Option<&[u8]>,
    most: usize,
) -> ImageResult<Option<(Format, Vec<u8>)>> {
    let (width, height, color) = (pixels.width(), pixels.height(), pixels.color().into());
    let mut bounded = Bounded { bytes: Vec::new(), most, is_over: false };
    let has_alpha = pixels.color().has_alpha();
    let encoded = if has_alpha {
        let mut encoder = PngEncoder::new_with_quality(&mut bounded, CompressionType::Fast, FilterType::Adaptive);
        if let Some(profile) = profile {
            // A format without colour profiles loses the profile alone.
            let _ = encoder.set_icc_profile(profile.to_vec());
        }
        encoder.write_image(pixels.as_bytes(), width, height, color)
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut bounded, QUALITY);
        if let Some(profile) = profile {
            let _ = encoder.set_icc_profile(profile.to_vec());
        }
        encoder.write_image(pixels.as_bytes(), width, height, color)
    };
    // An encoder may not report an error of its last write.
    if bounded.is_over {
        return Ok(None);
    }
    encoded.map(|()| Some((if has_alpha { Format::Png } else { Format::Jpeg }, bounded.bytes)))
}

/// A buffer that fails once it would exceed `most` bytes.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
    is_over: bool,
}

impl Write for Bounded {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.is_over |= self.bytes.len() + part.len() > self.most;
        if self.is_over {
            return Err(ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unusable(error: &ImageError) -> Unusable {
    match error {
        ImageError::Limits(_) => Unusable::TooLarge,
        ImageError::Unsupported(_) => Unusable::WrongType,
        _ => Unusable::Broken,
    }
}

#[cfg(test)]
mod tests;
