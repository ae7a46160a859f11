//! MP4 films: nested boxes (ISO/IEC 14496-12 §4.2), scanned as their bytes arrive.
//!
//! The index (`moov`) may follow the pictures, so the size of a film may be known only at its
//! end. The scanner keeps one box header and the one short box (`tkhd`) that has the size.

use super::outcome::{Rejection, Size};

/// Brands of files that browsers play as MP4. Pictures (`heic`, `avif`) and QuickTime films
/// begin with the same box and have other brands.
const BRANDS: [&[u8; 4]; 14] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"avc1",
    b"M4V ", b"dash",
];

/// Bytes of a box header, and of the header of a box that may exceed 4 GiB.
const HEADER: usize = 8;
const LONG_HEADER: usize = 16;

/// The longest possible `tkhd` box: version 1, with a long header.
const TRACK_HEADER: u64 = 112;

/// Scans a film.
#[derive(Debug)]
pub(crate) struct Mp4Scanner {
    /// The largest allowed size of the film in bytes.
    limit: u64,
    /// Bytes scanned so far.
    at: u64,
    /// Bytes to skip until the next box.
    skip: u64,
    /// The bytes of the next box that have arrived, while they are needed.
    held: Vec<u8>,
    /// The ends of the boxes that the scan is inside of: `moov`, and a `trak` in it.
    open: Vec<u64>,
    has_index: bool,
    has_pictures: bool,
    size: Option<Size>,
}

impl Mp4Scanner {
    /// The scanner of a film. `None` if the first part of the file is not the start of a film.
    pub fn sniff(head: &[u8], limit: u64) -> Option<Self> {
        let Header { own, size, kind } = Header::read(head)?.ok()?;
        let is_whole = size <= head.len() as u64 && size >= 2 * HEADER as u64;
        let brand = head.get(own..own + 4)?;
        if kind != *b"ftyp" || !is_whole || !BRANDS.iter().any(|known| *known == brand) {
            return None;
        }
        let (held, open) = (Vec::new(), Vec::new());
        Some(Self { limit, at: 0, skip: 0, held, open, has_index: false, has_pictures: false, size: None })
    }

    /// Scans the next part.
    pub fn feed(&mut self, mut part: &[u8]) -> Result<(), Rejection> {
        while !part.is_empty() {
            if self.held.is_empty() {
                self.open.retain(|end| *end > self.at);
            }
            let wanted = if self.skip > 0 { self.skip } else { self.missing()? };
            let (taken, rest) = part.split_at(usize::try_from(wanted).map_or(part.len(), |n| n.min(part.len())));
            part = rest;
            self.at += taken.len() as u64;
            if self.skip > 0 {
                self.skip -= taken.len() as u64;
                continue;
            }
            self.held.extend_from_slice(taken);
            if self.missing()? == 0 {
                self.enter()?;
            }
        }
        Ok(())
    }

    /// The size of the picture, if the boxes form a complete film.
    pub fn finish(&self) -> Result<Size, Rejection> {
        let inside = self.skip > 0 || !self.held.is_empty() || self.open.iter().any(|end| *end > self.at);
        match inside || !self.has_index || !self.has_pictures {
            true => Err(Rejection::Truncated),
            false => self.size.ok_or(Rejection::WrongType),
        }
    }

    /// The number of bytes that must arrive before the scan can enter the next box.
    fn missing(&self) -> Result<u64, Rejection> {
        let held = self.held.len() as u64;
        let wanted = match Header::read(&self.held) {
            None if self.held.len() < HEADER => HEADER as u64,
            None => LONG_HEADER as u64,
            Some(header) => match header? {
                Header { size, kind, .. } if self.is_track_header(kind) => size.min(TRACK_HEADER),
                Header { .. } => held,
            },
        };
        Ok(wanted - held)
    }

    fn is_track_header(&self, kind: [u8; 4]) -> bool {
        self.open.len() == 2 && kind == *b"tkhd"
    }

    /// Enters the box whose beginning is held, or skips it.
    fn enter(&mut self) -> Result<(), Rejection> {
        let Some(header) = Header::read(&self.held) else { return Ok(()) };
        let Header { own, size, kind } = header?;
        let end = (self.at - self.held.len() as u64).checked_add(size).ok_or(Rejection::WrongType)?;
        match self.open.last() {
            Some(outer) if end > *outer => return Err(Rejection::WrongType),
            None if end > self.limit => return Err(Rejection::TooLarge),
            Some(_) | None => {}
        }
        self.skip = end - self.at;
        match (self.open.len(), &kind) {
            (0, b"moov") | (1, b"trak") => {
                self.has_index = true;
                self.open.push(end);
                self.skip = 0;
            }
            (0, b"mdat") => self.has_pictures = true,
            (2, b"tkhd") => self.size = self.size.or_else(|| picture_size(self.held.get(own..)?)),
            _ => {}
        }
        self.held.clear();
        Ok(())
    }
}

/// The beginning of a box.
struct Header {
    /// The length of the header in bytes.
    own: usize,
    /// The length of the whole box in bytes.
    size: u64,
    kind: [u8; 4],
}

impl Header {
    /// `None` until the whole header has arrived. A box without a length, which extends to the
    /// end of the file, is rejected: its completeness cannot be checked.
    fn read(held: &[u8]) -> Option<Result<Self, Rejection>> {
        let short = u32::from_be_bytes(array(held, 0)?);
        let kind: [u8; 4] = array(held, 4)?;
        let (own, size) = match short {
            1 => (LONG_HEADER, u64::from_be_bytes(array(held, HEADER)?)),
            _ => (HEADER, u64::from(short)),
        };
        let is_sound = size >= own as u64 && kind.iter().all(|letter| matches!(letter, b' '..=b'~'));
        Some(if is_sound { Ok(Self { own, size, kind }) } else { Err(Rejection::WrongType) })
    }
}

/// Width and height of a `tkhd`, its last fields (§8.3.2), as fixed-point numbers with 16
/// fractional bits. Tracks without a picture have 0.
fn picture_size(track_header: &[u8]) -> Option<Size> {
    let at = if *track_header.first()? == 1 { 88 } else { 76 };
    let side = |at| Some(u32::from_be_bytes(array(track_header, at)?) >> 16).filter(|side| *side > 0);
    Some(Size { width: side(at)?, height: side(at + 4)? })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const LIMIT: u64 = 1 << 20;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
    }

    fn long_boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&1u32.to_be_bytes(), kind.as_slice(), &(content.len() as u64 + 16).to_be_bytes(), content].concat()
    }

    fn ftyp() -> Vec<u8> {
        boxed(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41")
    }

    fn tkhd(version: u8, width: u32, height: u32) -> Vec<u8> {
        let mut content = vec![0; if version == 1 { 88 } else { 76 }];
        content[0] = version;
        content.extend((width << 16).to_be_bytes());
        content.extend((height << 16).to_be_bytes());
        boxed(b"tkhd", &content)
    }

    /// An index with one sound track and one picture track.
    fn moov(version: u8) -> Vec<u8> {
        let sound = boxed(b"trak", &[tkhd(version, 0, 0), boxed(b"mdia", &[7; 99])].concat());
        let pictures = boxed(b"trak", &[boxed(b"edts", b""), tkhd(version, 320, 180)].concat());
        boxed(b"moov", &[boxed(b"mvhd", &[0; 100]), sound, pictures, boxed(b"udta", b"\0\0\0\0")].concat())
    }

    /// A film whose index is at the end, after `pictures` bytes of pictures.
    pub(crate) fn film(pictures: usize) -> Vec<u8> {
        [ftyp(), boxed(b"mdat", &vec![0x5a; pictures]), moov(0)].concat()
    }

    fn size_by(file: &[u8], part: usize) -> Result<Size, Rejection> {
        let mut film = Mp4Scanner::sniff(file, LIMIT).ok_or(Rejection::WrongType)?;
        for part in file.chunks(part) {
            film.feed(part)?;
            assert!(film.held.len() <= TRACK_HEADER as usize && film.open.len() <= 2, "memory must be bounded");
        }
        film.finish()
    }

    /// The result must not depend on how the file is cut into parts.
    fn size(file: &[u8]) -> Result<Size, Rejection> {
        let whole = size_by(file, file.len());
        for part in [1, 3, 8, 17, 100] {
            assert_eq!(size_by(file, part), whole, "in parts of {part} bytes");
        }
        whole
    }

    #[test]
    fn the_size_is_found_before_and_after_the_pictures() {
        let (mdat, free) = (boxed(b"mdat", &[1; 500]), boxed(b"free", b""));
        let long = [long_boxed(b"mdat", &[1; 50]), long_boxed(b"moov", &moov(1)[8..])].concat();
        for boxes in [
            [moov(0), mdat.clone()].concat(),
            [mdat.clone(), moov(1), free.clone()].concat(),
            [free, mdat.clone(), mdat.clone(), moov(0)].concat(),
            [moov(1), boxed(b"moof", b"fragment"), mdat].concat(),
            long,
        ] {
            let file = [ftyp(), boxes].concat();
            assert_eq!(size(&file), Ok(Size { width: 320, height: 180 }), "{} bytes", file.len());
        }
    }

    #[test]
    fn a_truncated_film_is_never_complete() {
        let file = film(300);
        assert_eq!(size(&file), Ok(Size { width: 320, height: 180 }));
        for length in ftyp().len()..file.len() {
            assert_eq!(size_by(&file[..length], 64), Err(Rejection::Truncated), "{length} of {} bytes", file.len());
        }
    }

    #[test]
    fn a_box_with_a_wrong_size_is_rejected() {
        let set = |file: &mut [u8], kind: &[u8; 4], size: u32| {
            let at = file.windows(4).position(|window| window == kind).unwrap();
            file[at - 4..at].copy_from_slice(&size.to_be_bytes());
        };
        let moov_size = moov(0).len() as u32;
        let cases = [
            (*b"mdat", 0, Rejection::WrongType),
            (*b"mdat", 7, Rejection::WrongType),
            (*b"mdat", 307, Rejection::WrongType),
            (*b"mdat", 308 + moov_size, Rejection::Truncated),
            (*b"mdat", 309 + moov_size, Rejection::Truncated),
            (*b"mdat", LIMIT as u32, Rejection::TooLarge),
            (*b"mdat", u32::MAX, Rejection::TooLarge),
            (*b"moov", moov_size + 1, Rejection::Truncated),
            (*b"moov", moov_size - 1, Rejection::WrongType),
            (*b"trak", moov_size, Rejection::WrongType),
            (*b"tkhd", 400, Rejection::WrongType),
            (*b"mvhd", 2, Rejection::WrongType),
        ];
        for (kind, announced, expected) in cases {
            let mut file = film(300);
            set(&mut file, &kind, announced);
            let name = String::from_utf8_lossy(&kind);
            assert_eq!(size(&file), Err(expected), "{name} of {announced} bytes");
        }
        let endless = [ftyp(), 1u32.to_be_bytes().to_vec(), b"mdat".to_vec(), u64::MAX.to_be_bytes().to_vec()].concat();
        assert_eq!(size(&endless), Err(Rejection::WrongType));
    }

    #[test]
    fn files_that_browsers_do_not_play_are_rejected() {
        let noise: Vec<u8> = (0..4_096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let silent = boxed(b"moov", &boxed(b"trak", &tkhd(0, 0, 0)));
        for (what, file) in [
            ("garbage after the first box", [ftyp(), noise].concat()),
            ("sound alone", [ftyp(), boxed(b"mdat", b"x"), silent].concat()),
            (
                "a short track header",
                [ftyp(), boxed(b"mdat", b"x"), boxed(b"moov", &boxed(b"trak", &boxed(b"tkhd", b"")))].concat(),
            ),
            ("a picture in the same boxes", boxed(b"ftyp", b"avif\0\0\0\0mif1")),
            ("QuickTime", boxed(b"ftyp", b"qt  \0\0\0\0")),
            ("a first box that is cut", ftyp()[..12].to_vec()),
            ("a first box without a brand", boxed(b"ftyp", b"")),
            ("a page", b"<!doctype html><title>Sign in</title>".to_vec()),
            ("nothing", Vec::new()),
        ] {
            assert_eq!(size_by(&file, 64), Err(Rejection::WrongType), "{what}");
        }
    }
}
