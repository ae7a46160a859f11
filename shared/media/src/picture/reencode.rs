//! Uploaded pictures are decoded within limits and encoded again. A provider then gets the
//! pixels and no metadata: no location, no camera model, no second file appended to the first.

use super::{
    jpeg::{self, frame::Frame},
    unusable::Unusable,
};
use crate::format::Format;
use image::{
    ColorType, DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, ImageResult, Limits,
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

/// The most bytes that a decoder may take for what is beside the pixels, such as a compressed colour profile.
const BESIDE_PIXELS: u64 = 64 * 1024 * 1024;

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

/// Decodes the first frame of a picture, turns it upright by its EXIF orientation, and encodes
/// it again. The picture may be at most [`limits::INPUT_SIDE`] pixels wide and high, and have at
/// most [`limits::INPUT_PIXELS`], or fewer if its pixels need more memory. It is scaled down until
/// its file has at most `most` bytes. Takes up to 300 MB of memory for a usable picture, and almost
/// none for a picture that is too large.
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
        return Err(Unusable::TooManyBytes { bytes: file.len() as u64 });
    }
    let format = match image::guess_format(file) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => format,
        _ => return Err(Unusable::WrongType),
    };
    let refused = |error: ImageError| unusable(&error, file, format);
    let header = Header::read(file, format)?;
    Unusable::check_sides(header.width, header.height)?;
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut bounds = Limits::no_limits();
    bounds.max_alloc = Some(BESIDE_PIXELS);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    Unusable::check_sides(width, height)?;
    Unusable::check_pixels(width, height, most_pixels(decoder.color_type(), header.is_kept))?;
    if format == ImageFormat::Jpeg {
        if (width, height) != (header.width, header.height) {
            return Err(Unusable::Broken);
        }
        jpeg::check_complete(file)?;
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| profile.len() <= PROFILE_BYTES);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(refused)?;
    pixels.apply_orientation(orientation);
    Ok((pixels, profile))
}

/// The facts in the header of a file, before a decoder allocates memory for it.
struct Header {
    width: u32,
    height: u32,
    /// Whether the decoder keeps all coefficients of a JPEG.
    is_kept: bool,
}

impl Header {
    fn read(file: &[u8], format: ImageFormat) -> Result<Self, Unusable> {
        if format == ImageFormat::Jpeg {
            let (frame, is_kept) = jpeg::read_frame(file)?;
            let Frame { width, height, .. } = frame;
            let most = if is_kept { limits::INPUT_PIXELS_COSTLY } else { limits::INPUT_PIXELS };
            Unusable::check_sides(width, height)?;
            Unusable::check_pixels(width, height, most)?;
            return Ok(Self { width, height, is_kept });
        }
        let size = imagesize::blob_size(file).map_err(|error| match error {
            imagesize::ImageError::IoError(_) => Unusable::Incomplete,
            _ => Unusable::Broken,
        })?;
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        Ok(Self { width: side(size.width), height: side(size.height), is_kept: false })
    }
}

/// The most pixels of a picture with such colours.
fn most_pixels(colours: ColorType, is_kept: bool) -> u64 {
    match colours.bytes_per_pixel() {
        _ if is_kept => limits::INPUT_PIXELS_COSTLY,
        ..=3 => limits::INPUT_PIXELS,
        4 => limits::INPUT_PIXELS_COSTLY,
        _ => limits::INPUT_PIXELS_DEEP,
    }
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
            Ok(None) => return Err(Unusable::Unfit),
            Err(_) => return Err(Unusable::Broken),
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

/// The reason for which a decoder failed.
fn unusable(error: &ImageError, file: &[u8], format: ImageFormat) -> Unusable {
    match error {
        ImageError::Unsupported(_) => Unusable::UnknownVariant,
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Unusable::Incomplete,
        _ if format == ImageFormat::WebP && is_cut(file) => Unusable::Incomplete,
        _ => Unusable::Broken,
    }
}

/// Whether a WebP has fewer bytes than it announces (RFC 9649, section 2.4).
fn is_cut(file: &[u8]) -> bool {
    let announced = file.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
    announced.is_some_and(|announced| u64::from(announced) + 8 > file.len() as u64)
}

#[cfg(test)]
mod tests;
