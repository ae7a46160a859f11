use super::*;
use base64::{Engine, prelude::BASE64_STANDARD};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// 24 × 16 pixels, progressive, of ten scans: each kind of scan is among them, and blocks of 2 × 2.
const PROGRESSIVE: &str = "\
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5a\
    YVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wgAR\
    CAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABAAF/8QAFgEBAQEAAAAAAAAAAAAAAAAAAwIF/9oADAMBAAIQAxAAAAHFS5BE\
    G1qNT//EABcQAAMBAAAAAAAAAAAAAAAAAAABAgP/2gAIAQEAAQUCnMWQsycxQKD/xAAYEQACAwAAAAAAAAAAAAAAAAAABAIDIf/aAAgBAwEB\
    PwGlggxh/8QAGBEBAAMBAAAAAAAAAAAAAAAAAQACEQP/2gAIAQIBAT8BLmax6k//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAY/Al//\
    xAAbEAACAQUAAAAAAAAAAAAAAAAAARAxQVFhgf/aAAgBAQABPyHTEvEV10OZ/9oADAMBAAIAAwAAABB0D//EABYRAQEBAAAAAAAAAAAAAAAA\
    AABRYf/aAAgBAwEBPxDVU//EABcRAQEBAQAAAAAAAAAAAAAAAAEAITH/2gAIAQIBAT8QGdFhvC//xAAbEAADAQEAAwAAAAAAAAAAAAAAAREh\
    MUFhcf/aAAgBAQABPxCkCpWojDp/EZ1rEXw9EccjxOs//9k=";

/// 24 × 16 grey pixels, with a restart marker behind each block.
const RESTARTED: &str = "\
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5a\
    YVpQYEpRUk//wAALCAAQABgBAREA/8QAFwAAAwEAAAAAAAAAAAAAAAAAAwUGBP/EACAQAAECBgMBAAAAAAAAAAAAAAEAEQIDBAUhIhIxQXH/\
    3QAEAAH/2gAIAQEAAD8Ai6e2u2q//9CekWsM5DBf/9FbJtsGNSfgX//SFSW7DkYC/9PXKoH2iGvgX//UdSaDrHEeN2V//9k=";

/// The end mark.
const END: [u8; 2] = [0xff, 0xd9];

fn sample(text: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(text).unwrap()
}

/// A picture in which no two blocks are alike.
fn baseline(width: u32, height: u32) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| Rgb([x * 7, y * 5, x * y].map(|part| (part % 256) as u8)));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(pixels).write_to(&mut file, ImageFormat::Jpeg).unwrap();
    file.into_inner()
}

fn samples() -> [(&'static str, Vec<u8>); 4] {
    [
        ("baseline", baseline(203, 117)),
        ("one block", baseline(8, 8)),
        ("progressive", sample(PROGRESSIVE)),
        ("restart markers", sample(RESTARTED)),
    ]
}

/// The file with more bytes before its first scan.
fn with_segment(file: &[u8], bytes: &[u8]) -> Vec<u8> {
    [&file[..2], bytes, &file[2..]].concat()
}

/// The place of the first scan's header.
fn first_scan(file: &[u8]) -> usize {
    file.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap()
}

#[test]
fn a_whole_picture_is_complete_whatever_surrounds_it() {
    let thumbnail = baseline(8, 8);
    let length = u16::try_from(thumbnail.len() + 2).unwrap().to_be_bytes();
    for (what, file) in samples() {
        assert!(image::load_from_memory(&file).is_ok(), "{what} must be a picture");
        let half = &thumbnail[..thumbnail.len() / 2];
        for (how, changed) in [
            ("as it is", file.clone()),
            ("with a second picture behind it", [file.as_slice(), &thumbnail].concat()),
            ("with half a picture behind it", [file.as_slice(), half].concat()),
            ("with a picture in its metadata", with_segment(&file, &[&[0xff, 0xe1][..], &length, &thumbnail].concat())),
            ("with stray bytes between two segments", with_segment(&file, &[0, 1, 2])),
            ("with fill bytes before a marker", with_segment(&file, &[0xff, 0xff])),
            ("without the end mark", file[..file.len() - 2].to_vec()),
        ] {
            assert_eq!(check_complete(&changed), Ok(()), "{what}, {how}");
        }
    }
}

#[test]
fn a_picture_that_ends_early_is_incomplete_with_and_without_an_end_mark() {
    // The last bits of a sequential scan may be missing, which may hide the loss of the last block.
    for (what, file, lost) in [
        ("baseline", baseline(203, 117), 200),
        ("progressive", sample(PROGRESSIVE), 4),
        ("restart markers", sample(RESTARTED), 4),
    ] {
        for tenth in 0..10 {
            let cut = &file[..file.len() * tenth / 10];
            assert_eq!(check_complete(cut), Err(Unusable::Incomplete), "{what}, {tenth} tenths");
        }
        let (first, last) = (first_scan(&file) + 14, file.len() - END.len() - lost);
        for length in [first, first + (last - first) / 2, last] {
            let marked = [&file[..length], &END].concat();
            for cut in [&file[..length], &marked] {
                assert_eq!(check_complete(cut), Err(Unusable::Incomplete), "{what}, {length} of {}", file.len());
            }
        }
    }
}

/// A viewer shows a progressive picture that ends between two scans, without its details. Only the end mark says that
/// this is all of it.
#[test]
fn a_progressive_picture_may_lack_its_last_scans_if_it_says_so() {
    let file = sample(PROGRESSIVE);
    let scans: Vec<_> = (0..file.len()).filter(|at| file[*at..].starts_with(&[0xff, 0xda])).collect();
    assert_eq!(scans.len(), 10);
    let before_last = file[..scans[9]].to_vec();
    assert_eq!(check_complete(&before_last), Err(Unusable::Incomplete));
    assert_eq!(check_complete(&[before_last.as_slice(), &END].concat()), Ok(()));
}

#[test]
fn a_part_that_is_missing_in_the_middle_is_found() {
    let restarted = sample(RESTARTED);
    let marks: Vec<_> = (0..restarted.len() - 1)
        .filter(|at| restarted[*at] == 0xff && (0xd0..=0xd7).contains(&restarted[at + 1]))
        .collect();
    assert_eq!(marks.len(), 5, "six blocks have five restart markers between them");
    let gap = [&restarted[..marks[1]], &restarted[marks[2]..]].concat();
    assert_eq!(check_complete(&gap), Err(Unusable::Incomplete), "a block is missing");
}

#[test]
fn files_beyond_the_rules_are_refused() {
    let file = baseline(24, 16);
    let frame_at = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] = byte;
        file
    };
    for (what, file, reason) in [
        ("arithmetic coding", changed(frame_at + 1, 0xc9), Unusable::UnknownVariant),
        ("a lossless frame", changed(frame_at + 1, 0xc3), Unusable::UnknownVariant),
        ("twelve bits", changed(frame_at + 4, 12), Unusable::UnknownVariant),
        ("a sampling of 0", changed(frame_at + 11, 0x01), Unusable::Broken),
        ("a component that the scan does not know", changed(frame_at + 10, 99), Unusable::Broken),
        ("two frames", [&file[..first_scan(&file)], &file[frame_at..]].concat(), Unusable::Broken),
        (
            "no tables",
            [&file[..2], &file[frame_at..frame_at + 19], &file[first_scan(&file)..]].concat(),
            Unusable::Broken,
        ),
        ("no picture", [&[0xff, 0xd8][..], &END].concat(), Unusable::Incomplete),
    ] {
        assert_eq!(check_complete(&file), Err(reason), "{what}");
    }
}

/// Each scan of a few bytes may take as long as a whole picture.
#[test]
fn a_picture_of_very_many_scans_is_refused() {
    let file = sample(PROGRESSIVE);
    let scans: Vec<_> = (0..file.len()).filter(|at| file[*at..].starts_with(&[0xff, 0xda])).collect();
    let refining = &file[scans[6]..scans[7]];
    let many = [&file[..scans[7]], &refining.repeat(SCANS), &END].concat();
    assert_eq!(check_complete(&many), Err(Unusable::Broken));
}

#[test]
fn a_frame_says_whether_the_decoder_keeps_all_of_it() {
    for ((what, file), (size, is_kept)) in
        samples().into_iter().zip([((203, 117), false), ((8, 8), false), ((24, 16), true), ((24, 16), false)])
    {
        let (found, kept) = read_frame(&file).unwrap();
        assert_eq!(((found.width, found.height), kept), (size, is_kept), "{what}");
    }
    let mut apart = baseline(24, 16);
    let scan = first_scan(&apart);
    apart[scan + 4] = 1;
    assert!(read_frame(&apart).unwrap().1, "a scan of one component of three");
    for (file, reason) in [(&baseline(8, 8)[..20], Unusable::Incomplete), (&[0xff, 0xd8, 0xff, 0xd9], Unusable::Broken)]
    {
        assert_eq!(read_frame(file).map(|_| ()), Err(reason));
    }
}
