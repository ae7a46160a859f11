//! Pictures that people bring. They are decoded within limits and written anew, so that
//! nothing but the pixels goes on to a provider: no place, no camera, no second file behind
//! the first.

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

/// The quality of what is written anew as JPEG: nobody sees the difference.
const QUALITY: u8 = 92;

/// The largest colour profile that is kept, in bytes. Those of cameras have a few hundred.
const PROFILE_BYTES: usize = 16 * 1024;

/// A picture with nothing in it but its pixels, upright, and its colour profile.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// PNG where something is transparent, JPEG otherwise.
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

/// Why a picture cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It is no PNG, JPEG or WebP, whatever it is called.
    WrongType,
    /// It has too many bytes or pixels.
    TooLarge,
    /// It ends too early, or breaks its format's rules.
    Broken,
}

impl Unusable {
    /// One word, for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::TooLarge => "too_large",
            Self::Broken => "broken",
        }
    }
}

/// The picture in a file of any name: its first frame, turned upright as its camera meant
/// it, at most [`limits::INPUT_SIDE`] pixels wide and high, and made smaller until its file
/// has no more than `most` bytes. Takes up to twice [`limits::INPUT_PIXEL_BYTES`] for a
/// picture that is used, and next to nothing for one that is too large.
///
/// # Errors
/// Why it cannot be used.
pub fn picture(file: &[u8], most: usize) -> Result<Picture, Unusable> {
    let (pixels, profile) = decoded(file)?;
    written(pixels, profile, most)
}

/// The pixels of such a file within the same limits, upright, and its colour profile.
pub(crate) fn decoded(file: &[u8]) -> Result<(DynamicImage, Option<Vec<u8>>), Unusable> {
    if file.len() > limits::INPUT_BYTES {
        return Err(Unusable::TooLarge);
    }
    let format = match image::guess_format(file) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => format,
        _ => return Err(Unusable::WrongType),
    };
    if format == ImageFormat::Jpeg {
        judge_jpeg(file)?;
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

/// What stands in a JPEG's frame header, before anything is reserved for it.
fn judge_jpeg(file: &[u8]) -> Result<(), Unusable> {
    let mut rest = file.get(2..).unwrap_or_default();
    // `https://www.w3.org/Graphics/JPEG/itu-t81.pdf`, B.1.1.4 and B.2.2: a marker, a length
    // that counts itself, and in a frame header precision, height and width.
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

fn written(pixels: DynamicImage, profile: Option<Vec<u8>>, most: usize) -> Result<Picture, Unusable> {
    let mut pixels = match pixels.color().has_alpha() {
        true => DynamicImage::from(pixels.into_rgba8()),
        false => DynamicImage::from(pixels.into_rgb8()),
    };
    loop {
        let (width, height) = (pixels.width(), pixels.height());
        match file(&pixels, profile.as_deref(), most) {
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

/// The file of a picture; `None` when it would have more than `most` bytes.
fn file(pixels: &DynamicImage, profile: Option<&[u8]>, most: usize) -> ImageResult<Option<(Format, Vec<u8>)>> {
    let (width, height, color) = (pixels.width(), pixels.height(), pixels.color().into());
    let mut bounded = Bounded { bytes: Vec::new(), most, is_over: false };
    let is_clear = pixels.color().has_alpha();
    let encoded = if is_clear {
        let mut encoder = PngEncoder::new_with_quality(&mut bounded, CompressionType::Fast, FilterType::Adaptive);
        if let Some(profile) = profile {
            // Formats that carry none lose nothing but it.
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
    // An encoder that fails at the very end may keep that to itself.
    if bounded.is_over {
        return Ok(None);
    }
    encoded.map(|()| Some((if is_clear { Format::Png } else { Format::Jpeg }, bounded.bytes)))
}

/// A file that is given up once it is too long.
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
