//! Pictures for uploads: as cameras write them, and as attackers do.

use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;

/// A picture of one colour.
///
/// # Panics
/// When it cannot be encoded.
#[must_use]
pub fn picture(format: ImageFormat, width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let pixels = DynamicImage::from(RgbImage::from_pixel(width, height, image::Rgb(colour)));
    let mut file = Cursor::new(Vec::new());
    pixels.write_to(&mut file, format).expect("a picture can be written into memory");
    file.into_inner()
}

/// A PNG of one colour, 64 pixels wide and 32 high.
#[must_use]
pub fn png(colour: [u8; 3]) -> Vec<u8> {
    picture(ImageFormat::Png, 64, 32, colour)
}

/// A JPEG as a camera writes it. Its EXIF has this text as the description, and a place.
#[must_use]
pub fn photograph(width: u32, height: u32, colour: [u8; 3], description: &str) -> Vec<u8> {
    let file = picture(ImageFormat::Jpeg, width, height, colour);
    let exif = [b"Exif\0\0".as_slice(), &exif(description)].concat();
    let length = u16::try_from(exif.len() + 2).unwrap_or(u16::MAX);
    [&file[..2], &[0xff, 0xe1], &length.to_be_bytes(), &exif, &file[2..]].concat()
}

/// The same JPEG from a camera that was held upright. Its EXIF says to turn it by 90 degrees.
#[must_use]
pub fn turned(jpeg: &[u8]) -> Vec<u8> {
    // TIFF, little endian: one entry, orientation (0x0112) as a short.
    let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let exif = [b"Exif\0\0".as_slice(), tiff].concat();
    let length = u16::try_from(exif.len() + 2).unwrap_or(u16::MAX);
    [&jpeg[..2], &[0xff, 0xe1], &length.to_be_bytes(), &exif, &jpeg[2..]].concat()
}

/// TIFF, little endian: the image's description (0x010e), and a directory for GPS (0x8825)
/// with a latitude (0x0001, 0x0002).
fn exif(description: &str) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    // The header and 2 entries; then 2 entries of GPS, three fractions and the text.
    let (gps, latitude, text) = (8 + 2 + 2 * 12 + 4, 8 + 2 * (2 + 2 * 12 + 4), 8 + 2 * (2 + 2 * 12 + 4) + 24);
    let first = [
        entry(0x010e, 2, number(description.len()), number(text).to_le_bytes()),
        entry(0x8825, 4, 1, number(gps).to_le_bytes()),
    ];
    let second = [entry(1, 2, 2, *b"N\0\0\0"), entry(2, 5, 3, number(latitude).to_le_bytes())];
    let directory = |entries: &[Vec<u8>]| [&[2, 0][..], &entries.concat(), &[0; 4]].concat();
    let fractions: Vec<u8> = [48, 1, 51, 1, 24, 1].iter().flat_map(|part: &u32| part.to_le_bytes()).collect();
    [b"II*\0\x08\0\0\0", &directory(&first)[..], &directory(&second), &fractions, description.as_bytes()].concat()
}

/// The colour of a corner of a picture. The fakes draw a frame in the colour of their input.
///
/// # Panics
/// When the file is no picture.
#[must_use]
pub fn corner(file: &[u8]) -> [u8; 3] {
    image::load_from_memory(file).expect("a picture can be read").to_rgb8().get_pixel(0, 0).0
}

/// A PNG of these red, green and blue bytes, uncompressed. Its EXIF has this text as the
/// description.
///
/// # Panics
/// When the number of bytes does not match the sides.
#[must_use]
pub fn uncompressed(width: u32, height: u32, pixels: &[u8], description: &str) -> Vec<u8> {
    let rows = pixels.chunks(width as usize * 3).flat_map(|row| [&[0], row].concat());
    let rows: Vec<u8> = rows.collect();
    // zlib with one stored block, RFC 1950 and 1951.
    let length = u16::try_from(rows.len()).expect("a small picture");
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &rows {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let block = [&length.to_le_bytes()[..], &(!length).to_le_bytes(), &rows].concat();
    let zlib = [&[0x78, 0x01, 0x01][..], &block, &(b << 16 | a).to_be_bytes()].concat();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let chunks =
        [chunk(b"IHDR", &header), chunk(b"eXIf", &exif(description)), chunk(b"IDAT", &zlib), chunk(b"IEND", b"")];
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat()].concat()
}

/// A chunk of a PNG.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        (0..8).for_each(|_| crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 });
    }
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), kind.as_slice(), data, &(!crc).to_be_bytes()].concat()
}
