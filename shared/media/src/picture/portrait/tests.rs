use super::*;
use image::{ImageFormat, RgbaImage};
use std::io::Cursor;

fn encoded(pixels: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    pixels.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A picture that is red on the left and blue on the right, with a green middle of `middle` pixels.
fn striped(width: u32, height: u32, middle: u32) -> RgbImage {
    let (from, to) = ((width - middle) / 2, (width + middle) / 2);
    RgbImage::from_fn(width, height, |x, _| match x {
        x if x < from => Rgb([255, 0, 0]),
        x if x >= to => Rgb([0, 0, 255]),
        _ => Rgb([0, 255, 0]),
    })
}

fn drawn(file: &[u8]) -> RgbImage {
    assert_eq!(image::guess_format(file).unwrap(), ImageFormat::Jpeg);
    image::load_from_memory(file).unwrap().into_rgb8()
}

fn is_near(pixel: &Rgb<u8>, colour: [u8; 3]) -> bool {
    pixel.0.into_iter().zip(colour).all(|(one, other)| one.abs_diff(other) < 30)
}

#[test]
fn each_format_becomes_a_small_square_of_its_middle() {
    for (width, height, side) in
        [(400, 400, 192), (600, 200, 192), (50, 50, 50), (200, 3, 3), (1, 1, 1), (192, 900, 192)]
    {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let small = drawn(&portrait(&encoded(striped(width, height, 0), format)).unwrap());
            assert_eq!((small.width(), small.height()), (side, side), "{format:?} of {width} × {height}");
        }
    }
    let small = drawn(&portrait(&encoded(striped(800, 200, 200), ImageFormat::Png)).unwrap());
    assert!(small.pixels().all(|pixel| is_near(pixel, [0, 255, 0])), "only the middle is shown");
}

#[test]
fn transparent_parts_are_white() {
    let clear = RgbaImage::from_fn(300, 300, |x, _| Rgba([200, 40, 40, if x < 150 { 0 } else { 255 }]));
    let small = drawn(&portrait(&encoded(clear, ImageFormat::Png)).unwrap());
    assert!(is_near(small.get_pixel(20, 100), [255; 3]) && is_near(small.get_pixel(170, 100), [200, 40, 40]));
}

#[test]
fn nothing_of_the_file_but_its_pixels_is_kept() {
    let plain = encoded(striped(64, 64, 64), ImageFormat::Jpeg);
    let exif = b"Exif\0\0canary of a camera";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let file = [&plain[..2], &[0xff, 0xe1], &length, exif, &plain[2..], b"a second file"].concat();
    let small = portrait(&file).unwrap();
    for text in [b"canary".as_slice(), b"Exif", b"second"] {
        assert!(!small.windows(text.len()).any(|part| part == text), "{text:?} is kept");
    }
}

/// The header of a progressive JPEG of 16,000 × 16,000 pixels, and nothing else.
fn bomb() -> Vec<u8> {
    let header = [8, 0x3e, 0x80, 0x3e, 0x80, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
    [&[0xff, 0xd8, 0xff, 0xc2, 0, 17][..], &header, &[0xff, 0xd9]].concat()
}

/// The tests of `reencode` measure the memory that bombs of each format take: both decode with the same limits.
#[test]
fn what_is_no_picture_or_too_large_has_no_portrait() {
    let mut cut = encoded(striped(64, 64, 0), ImageFormat::Png);
    cut.truncate(cut.len() / 2);
    let mut half_a_jpeg = encoded(striped(640, 640, 0), ImageFormat::Jpeg);
    half_a_jpeg.truncate(half_a_jpeg.len() / 2);
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    for (file, reason) in [
        (Vec::new(), Unusable::WrongType),
        (svg.to_vec(), Unusable::WrongType),
        (b"<!doctype html><title>Not found</title>".to_vec(), Unusable::WrongType),
        (b"GIF89a\x03\x00\x02\x00\x00\x00\x00\x3b".to_vec(), Unusable::WrongType),
        (cut, Unusable::Incomplete),
        (half_a_jpeg, Unusable::Incomplete),
        (bomb(), Unusable::TooManyPixels { width: 16_000, height: 16_000, most: limits::INPUT_PIXELS_COSTLY }),
        (
            encoded(RgbImage::new(limits::INPUT_SIDE + 1, 1), ImageFormat::Png),
            Unusable::SideTooLong { width: limits::INPUT_SIDE + 1, height: 1 },
        ),
    ] {
        assert_eq!(portrait(&file), Err(reason), "{} bytes", file.len());
    }
}
