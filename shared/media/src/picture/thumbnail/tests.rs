use super::*;
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Cursor;

fn encoded(pixels: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    pixels.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A picture with soft gradients, as models make it.
fn soft(width: u32, height: u32) -> RgbImage {
    let wave = |x: u32, y: u32, n: f32| (127.0 + 120.0 * (x as f32 / n).sin() * (y as f32 / (n + 9.0)).cos()) as u8;
    ImageBuffer::from_fn(width, height, |x, y| Rgb([wave(x, y, 31.0), wave(y, x, 47.0), wave(x + y, y, 83.0)]))
}

fn shown(file: &[u8]) -> DynamicImage {
    assert_eq!(image::guess_format(file).unwrap(), ImageFormat::WebP);
    image::load_from_memory(file).unwrap()
}

#[test]
fn each_format_becomes_a_small_webp_with_the_same_proportions() {
    for (size, small) in [
        ((1024, 1024), (512, 512)),
        ((1536, 768), (512, 256)),
        ((600, 2000), (154, 512)),
        ((512, 300), (512, 300)),
        ((16, 16), (16, 16)),
        ((3000, 1), (512, 1)),
    ] {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let drawn = thumbnail(&encoded(soft(size.0, size.1).into(), format)).unwrap();
            let drawn = shown(&drawn);
            assert_eq!((drawn.width(), drawn.height()), small, "{format:?} of {size:?}");
        }
    }
}

#[test]
fn a_thumbnail_resembles_the_picture_and_is_small() {
    let large = soft(1024, 768);
    let file = encoded(large.clone().into(), ImageFormat::Png);
    let drawn = thumbnail(&file).unwrap();
    assert!(drawn.len() < 32 * 1024 && drawn.len() * 4 < file.len(), "{} of {} bytes", drawn.len(), file.len());
    let small = shown(&drawn).to_rgb8();
    for (x, y) in [(10, 10), (256, 192), (500, 380), (77, 301)] {
        let (Rgb(seen), Rgb(expected)) = (*small.get_pixel(x, y), *large.get_pixel(2 * x, 2 * y));
        let apart = seen.into_iter().zip(expected).map(|(one, other)| one.abs_diff(other)).max().unwrap();
        assert!(apart < 24, "the pixel at {x}, {y} is {seen:?} instead of {expected:?}");
    }
}

#[test]
fn transparency_is_kept() {
    let clear: RgbaImage = ImageBuffer::from_fn(800, 600, |x, _| Rgba([200, 40, 40, if x < 400 { 0 } else { 255 }]));
    let drawn = shown(&thumbnail(&encoded(clear.into(), ImageFormat::Png)).unwrap()).to_rgba8();
    assert_eq!((drawn.get_pixel(20, 200).0[3], drawn.get_pixel(500, 200).0[3]), (0, 255));
}

#[test]
fn a_picture_beyond_the_limits_has_no_thumbnail() {
    let mut cut = encoded(soft(64, 64).into(), ImageFormat::Png);
    cut.truncate(cut.len() / 2);
    let mut half_a_jpeg = encoded(soft(640, 640).into(), ImageFormat::Jpeg);
    half_a_jpeg.truncate(half_a_jpeg.len() / 2);
    let bytes = limits::INPUT_BYTES + 1;
    for (file, wanted) in [
        (b"".to_vec(), Unusable::WrongType),
        (b"<!doctype html>".to_vec(), Unusable::WrongType),
        (
            b"GIF89a\x03\x00\x02\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x03\x00\x02\x00\x00\x02\x00\x3b".to_vec(),
            Unusable::WrongType,
        ),
        (cut, Unusable::Incomplete),
        (half_a_jpeg, Unusable::Incomplete),
        (vec![0x89; bytes], Unusable::TooManyBytes { bytes: bytes as u64 }),
    ] {
        assert_eq!(thumbnail(&file), Err(wanted));
    }
}
