//! Thumbnails for the gallery. Only functions with the feature `thumbnails` link the encoder,
//! which is C.

use super::{reencode::decode, unusable::Unusable};
use kernel::limits;
use webp::Encoder;

/// The default of libwebp. The loss is not visible at this size.
const QUALITY: f32 = 75.0;

/// The thumbnail of a picture as a WebP file: upright, the longer side at most
/// [`limits::THUMBNAIL_SIDE`] pixels, without a colour profile. Takes at most as much memory as
/// [`reencode_picture`](crate::reencode_picture()).
///
/// # Errors
/// The reason why the picture cannot be decoded, as for
/// [`reencode_picture`](crate::reencode_picture()).
pub fn thumbnail(file: &[u8]) -> Result<Vec<u8>, Unusable> {
    let (pixels, _) = decode(file)?;
    let side = limits::THUMBNAIL_SIDE;
    let small = match pixels.width() > side || pixels.height() > side {
        true => pixels.thumbnail(side, side),
        false => pixels,
    };
    let (width, height) = (small.width(), small.height());
    // The buffer has exactly width × height pixels, and neither side is 0.
    let encoded = match small.color().has_alpha() {
        true => Encoder::from_rgba(&small.into_rgba8(), width, height).encode_simple(false, QUALITY),
        false => Encoder::from_rgb(&small.into_rgb8(), width, height).encode_simple(false, QUALITY),
    };
    encoded.map(|file| file.to_vec()).map_err(|_| Unusable::Broken)
}

#[cfg(test)]
mod tests;
