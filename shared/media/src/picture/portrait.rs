//! Portraits: the picture of a person, small and square. A portrait has only pixels.

use super::{reencode::decode, unusable::Unusable};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, Rgb, RgbImage, Rgba, codecs::jpeg::JpegEncoder};
use kernel::limits;

/// The JPEG quality. The loss is not visible at this size, and a portrait has about 10 kB.
const QUALITY: u8 = 85;

/// The portrait of a picture as a JPEG: upright, the middle square of the picture, each side at most
/// [`limits::PERSON_PICTURE_SIDE`] pixels, transparent parts white, without metadata and colour profile. Takes at most
/// as much memory as [`reencode_picture`](crate::reencode_picture()).
///
/// # Errors
/// The reason why the picture cannot be decoded, as for [`reencode_picture`](crate::reencode_picture()).
pub fn portrait(file: &[u8]) -> Result<Vec<u8>, Unusable> {
    let (pixels, _) = decode(file)?;
    let (width, height) = (pixels.width(), pixels.height());
    let side = width.min(height);
    let square = pixels.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    drop(pixels);
    let small = match side > limits::PERSON_PICTURE_SIDE {
        true => square.thumbnail_exact(limits::PERSON_PICTURE_SIDE, limits::PERSON_PICTURE_SIDE),
        false => square,
    };
    let pixels = on_white(small);
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    let written = encoder.write_image(pixels.as_raw(), pixels.width(), pixels.height(), ExtendedColorType::Rgb8);
    written.map(|()| bytes).map_err(|_| Unusable::Broken)
}

/// The pixels on a white ground: JPEG has no transparency.
fn on_white(pixels: DynamicImage) -> RgbImage {
    if !pixels.color().has_alpha() {
        return pixels.into_rgb8();
    }
    let pixels = pixels.into_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = *pixels.get_pixel(x, y);
        let (alpha, white) = (u16::from(alpha), u16::from(u8::MAX));
        let blended = |colour: u8| (u16::from(colour) * alpha + white * (white - alpha)) / white;
        Rgb([red, green, blue].map(|colour| u8::try_from(blended(colour)).unwrap_or(u8::MAX)))
    })
}

#[cfg(test)]
mod tests;
