use super::*;
use image::{ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use std::{env, process::Command};

/// The location in the metadata of the test files.
const PLACE: &[u8] = b"canary-place";

/// The left half red, the right half blue.
fn halves(width: u32, height: u32) -> RgbImage {
    ImageBuffer::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

fn encoded(pixels: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    pixels.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// EXIF data with an orientation and a location.
fn exif(orientation: u8) -> Vec<u8> {
    // TIFF, little endian: one directory with two entries, orientation (0x0112) as a short
    // and the image's description (0x010e) as text behind it.
    let mut exif = b"II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend([0x0e, 0x01, 2, 0, PLACE.len() as u8, 0, 0, 0, 38, 0, 0, 0]);
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    exif.extend([0; 4]);
    exif.extend(PLACE);
    exif
}

/// A JPEG with EXIF data, as cameras write it.
fn photograph(orientation: u8) -> Vec<u8> {
    let file = encoded(&halves(64, 32).into(), ImageFormat::Jpeg);
    let exif = [b"Exif\0\0".as_slice(), &exif(orientation)].concat();
    let length = (exif.len() + 2) as u16;
    [&file[..2], &[0xff, 0xe1], &length.to_be_bytes(), &exif, &file[2..]].concat()
}

/// A chunk of a PNG.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    [&(data.len() as u32).to_be_bytes(), kind.as_slice(), data, &crc.sum().to_be_bytes()].concat()
}

/// `count` zero bytes, deflated.
fn zeros(count: usize) -> Vec<u8> {
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let part = vec![0; 1 << 20];
    (0..count / part.len()).for_each(|_| deflated.write_all(&part).unwrap());
    deflated.finish().unwrap()
}

/// A PNG with this many bits a sample and with additional chunks before the pixels.
fn png(width: u32, height: u32, [bits, colour]: [u8; 2], more: &[Vec<u8>], pixels: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[bits, colour, 0, 0, 0]].concat();
    let begin = [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header)].concat();
    [begin, more.concat(), chunk(b"IDAT", pixels), chunk(b"IEND", b"")].concat()
}

/// The picture encoded without a size limit.
fn whole(file: &[u8]) -> Result<Picture, Unusable> {
    reencode_picture(file, usize::MAX)
}

fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let Rgb(pixel) = *image::load_from_memory(&picture.bytes).unwrap().to_rgb8().get_pixel(x, y);
    pixel
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_photograph_is_turned_upright_and_loses_its_location() {
    for (orientation, size, at_left) in [(1, (64, 32), (5, 16)), (3, (64, 32), (58, 16)), (6, (32, 64), (16, 5))] {
        let file = photograph(orientation);
        assert!(contains(&file, PLACE), "the test file must have a location");
        let upright = whole(&file).unwrap();
        assert_eq!((upright.format, (upright.width, upright.height)), (Format::Jpeg, size), "{orientation}");
        let [red, _, blue] = pixel(&upright, at_left.0, at_left.1);
        assert!(red > 200 && blue < 50, "orientation {orientation}: the red half is in the wrong place");
        assert!(!contains(&upright.bytes, PLACE) && !contains(&upright.bytes, b"Exif"), "orientation {orientation}");
    }
}

#[test]
fn each_format_keeps_its_pixels_and_loses_its_metadata() {
    let text = chunk(b"tEXt", &[b"Comment\0".as_slice(), PLACE].concat());
    let plain = encoded(&halves(64, 32).into(), ImageFormat::Png);
    let commented = [&plain[..33], &text, &plain[33..], PLACE].concat();
    let clear: RgbaImage = ImageBuffer::from_pixel(64, 32, Rgba([0, 255, 0, 100]));
    let clear = encoded(&clear.into(), ImageFormat::Png);
    let webp = encoded(&halves(64, 32).into(), ImageFormat::WebP);
    let deep: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_pixel(64, 32, Luma([65_535]));
    let deep = encoded(&deep.into(), ImageFormat::Png);
    for (what, file, format) in [
        ("a PNG with a comment, and with something behind its end", commented, Format::Jpeg),
        ("a PNG that is transparent", clear, Format::Png),
        ("a WebP", webp, Format::Jpeg),
        ("a PNG of 16 bits", deep, Format::Jpeg),
    ] {
        let kept = whole(&file).unwrap_or_else(|unusable| panic!("{what}: {unusable:?}"));
        assert_eq!((kept.format, kept.width, kept.height), (format, 64, 32), "{what}");
        assert!(!contains(&kept.bytes, PLACE), "{what} must have no location");
    }
}

#[test]
fn files_that_are_no_complete_picture_are_rejected() {
    let sound = encoded(&halves(64, 32).into(), ImageFormat::Png);
    let jpeg = encoded(&halves(64, 32).into(), ImageFormat::Jpeg);
    let webp = encoded(&halves(64, 32).into(), ImageFormat::WebP);
    let bytes = limits::INPUT_BYTES + 1;
    for (what, file, unusable) in [
        ("nothing", vec![], Unusable::WrongType),
        ("a page", b"<!doctype html><title>x</title>".to_vec(), Unusable::WrongType),
        ("an SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), Unusable::WrongType),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), Unusable::WrongType),
        ("a film", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec(), Unusable::WrongType),
        ("half a PNG", sound[..sound.len() / 2].to_vec(), Unusable::Incomplete),
        ("half a JPEG", jpeg[..jpeg.len() * 9 / 10].to_vec(), Unusable::Incomplete),
        ("half a WebP", webp[..webp.len() / 2].to_vec(), Unusable::Incomplete),
        ("the start of a JPEG", jpeg[..20].to_vec(), Unusable::Incomplete),
        ("a JPEG of nothing", vec![0xff, 0xd8, 0xff, 0xd9], Unusable::Broken),
        ("more than may be uploaded", vec![0; bytes], Unusable::TooManyBytes { bytes: bytes as u64 }),
    ] {
        assert_eq!(whole(&file), Err(unusable), "{what}");
    }
}

#[test]
fn a_picture_that_is_too_large_for_a_job_is_scaled_down() {
    let mut noise = testkit::Random::new(1);
    let mut bytes = vec![0; 1_200 * 800 * 4];
    noise.fill(&mut bytes);
    let clear: RgbaImage = ImageBuffer::from_raw(1_200, 800, bytes).unwrap();
    let opaque = DynamicImage::from(clear.clone()).to_rgb8();
    for (pixels, format) in [(DynamicImage::from(clear), Format::Png), (opaque.into(), Format::Jpeg)] {
        let file = encoded(&pixels, ImageFormat::Png);
        let full = whole(&file).unwrap();
        assert_eq!((full.width, full.height), (1_200, 800));
        assert_eq!(reencode_picture(&file, full.bytes.len()).unwrap(), full, "a picture that fits keeps its size");
        let smaller = reencode_picture(&file, full.bytes.len() - 1).unwrap();
        assert_eq!((smaller.format, smaller.width, smaller.height), (format, 840, 560));
        for most in [200_000, 20_000, 2_000] {
            let tiny = reencode_picture(&file, most).unwrap();
            assert!(tiny.bytes.len() <= most && image::load_from_memory(&tiny.bytes).is_ok(), "{most}");
        }
        assert_eq!(reencode_picture(&file, 1), Err(Unusable::Unfit), "every picture is larger than one byte");
    }
}

/// A picture of which a part is missing would be sent with a grey part, and charged.
#[test]
fn a_jpeg_that_ends_early_is_refused_wherever_it_ends() {
    let whole_file = photograph(1);
    assert!(whole(&whole_file).is_ok());
    for tenth in 1..10 {
        let cut = whole_file[..whole_file.len() * tenth / 10].to_vec();
        let marked = [cut.as_slice(), &[0xff, 0xd9]].concat();
        for file in [cut, marked] {
            assert_eq!(whole(&file), Err(Unusable::Incomplete), "{tenth} tenths");
        }
    }
}

#[test]
fn a_picture_that_is_too_large_is_refused_with_its_numbers() {
    let side = limits::INPUT_SIDE;
    let too_many = |width: u32, height: u32, most: u64| Err(Unusable::TooManyPixels { width, height, most });
    let header = |marker: u8, parts: &[u8]| {
        let [h, w] = [6_000_u16, 6_000].map(u16::to_be_bytes);
        let frame =
            [&[0xff, 0xd8, 0xff, marker, 0, 17, 8][..], &h, &w, &[3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]].concat();
        [frame.as_slice(), &[0xff, 0xda, 0, parts[0]], &parts[1..]].concat()
    };
    let (whole_scan, first_part) = ([12_u8, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0], [8_u8, 1, 1, 0, 0, 63, 0]);
    let small = zeros(1 << 20);
    for (what, file, refused) in [
        ("a side", png(side + 1, 1, [8, 2], &[], &small), Err(Unusable::SideTooLong { width: side + 1, height: 1 })),
        ("a PNG", png(6_000, 6_000, [8, 2], &[], &small), too_many(6_000, 6_000, limits::INPUT_PIXELS)),
        (
            "one with transparency",
            png(6_000, 5_000, [8, 6], &[], &small),
            too_many(6_000, 5_000, limits::INPUT_PIXELS_COSTLY),
        ),
        ("one of 16 bits", png(4_000, 4_000, [16, 2], &[], &small), too_many(4_000, 4_000, limits::INPUT_PIXELS_DEEP)),
        ("a JPEG", header(0xc0, &whole_scan), too_many(6_000, 6_000, limits::INPUT_PIXELS)),
        ("a progressive JPEG", header(0xc2, &whole_scan), too_many(6_000, 6_000, limits::INPUT_PIXELS_COSTLY)),
        ("one part after the other", header(0xc0, &first_part), too_many(6_000, 6_000, limits::INPUT_PIXELS_COSTLY)),
        ("no pixels", png(0, 5, [8, 2], &[], &small), Err(Unusable::Broken)),
    ] {
        assert_eq!(whole(&file), refused, "{what}");
    }
}

/// A phone makes 5,712 × 4,284 pixels.
#[test]
fn a_photograph_of_a_phone_is_used() {
    let file = encoded(&RgbImage::from_pixel(5_712, 4_284, Rgb([90, 120, 30])).into(), ImageFormat::Jpeg);
    let used = whole(&file).unwrap();
    assert_eq!((used.format, used.width, used.height), (Format::Jpeg, 5_712, 4_284));
}

/// Small files that decode to very large pictures.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let gray = |width: u32, height: u32| {
        let pixels = zeros((width as usize + 1) * height as usize);
        png(width, height, [8, 0], &[], &pixels)
    };
    let small = zeros(1 << 20);
    let profile = chunk(b"iCCP", &[b"x\0\0".as_slice(), &zeros(1 << 30)].concat());
    let text = chunk(b"zTXt", &[b"x\0\0".as_slice(), &zeros(1 << 30)].concat());
    // A frame header alone: progressive, 16,000 × 16,000, three components.
    let header = [8, 0x3e, 0x80, 0x3e, 0x80, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
    let progressive = [&[0xff, 0xd8, 0xff, 0xc2, 0, 17][..], &header, &[0xff, 0xd9]].concat();
    let baseline = [&[0xff, 0xd8, 0xff, 0xc0, 0, 17][..], &header, &[0xff, 0xd9]].concat();
    // Lossless, 16,384 × 16,384: (width − 1) and (height − 1) in 14 bits each.
    let webp = b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\xff\xff\xff\x0f".to_vec();
    vec![
        ("a PNG of 16,384 × 16,384", gray(16_384, 16_384)),
        ("a PNG of 60,000 × 60,000", png(60_000, 60_000, [8, 2], &[], &small)),
        ("a PNG of 4 billion pixels in a line", png(u32::MAX / 2, 1, [16, 6], &[], &small)),
        ("a PNG with a profile of 1 GiB", png(1, 1, [8, 0], &[profile], &zeros(2))),
        ("a PNG with a comment of 1 GiB", png(1, 1, [8, 0], &[text], &zeros(2))),
        ("a progressive JPEG of 16,000 × 16,000", progressive),
        ("a JPEG of 16,000 × 16,000", baseline),
        ("a WebP of 16,384 × 16,384", webp),
    ]
}

/// The file in which a process leaves the bomb for its child.
fn bomb_file(process: u32) -> std::path::PathBuf {
    env::temp_dir().join(format!("bomb-{process}"))
}

/// The highest allowed peak of memory of a process, in bytes.
const PEAK: u64 = 96 * 1024 * 1024;

/// Each bomb is decoded in a process of its own, because the peak of a process never falls.
#[cfg(target_os = "linux")]
#[test]
fn a_bomb_takes_no_memory() {
    if let Ok(file) = std::fs::read(bomb_file(std::os::unix::process::parent_id())) {
        let result = whole(&file);
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")).unwrap();
        println!("{result:?} peak={peak}");
        return;
    }
    let path = bomb_file(std::process::id());
    for (what, file) in bombs() {
        assert!(file.len() < limits::INPUT_BYTES, "{what} must be one that can be uploaded: {}", file.len());
        std::fs::write(&path, file).unwrap();
        let name = format!("{}::a_bomb_takes_no_memory", module_path!().split_once("::").unwrap().1);
        let mut child = Command::new(env::current_exe().unwrap());
        let output = child.args(["--exact", &name, "--nocapture"]).output().unwrap();
        std::fs::remove_file(&path).unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let peak = said.split("peak=").nth(1).and_then(|rest| rest.lines().next()?.parse::<u64>().ok());
        let peak = peak.unwrap_or_else(|| panic!("{what}: the process died: {output:?}")) * 1024;
        let result = said.lines().find(|line| line.contains("peak=")).unwrap_or_default();
        assert!(peak <= PEAK, "{what} took {} MiB: {result}", peak >> 20);
        println!("{what}: {} MiB, {result}", peak >> 20);
    }
}
