//! Films: boxes in boxes (ISO/IEC 14496-12 §4.2), looked through as they come.
//!
//! The index (`moov`) may stand behind all pictures, so a film's size may be known at its
//! end only. Nothing of a film is kept but a box's header and the one short box (`tkhd`)
//! that has the size.

use crate::format::{Size, Unfit};

/// Brands of files that browsers play as MP4. Others that begin alike are pictures
/// (`heic`, `avif`) or QuickTime.
const BRANDS: [&[u8; 4]; 14] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"avc1",
    b"M4V ", b"dash",
];

/// The header of a box, and of one that may be larger than 4 GiB.
const HEADER: usize = 8;
const LONG_HEADER: usize = 16;

/// As much of a `tkhd` as there ever is: version 1, with a long header.
const TRACK_HEADER: u64 = 112;

/// A film that is being looked through.
#[derive(Debug)]
pub(crate) struct Mp4 {
    /// How large it may be, in bytes.
    limit: u64,
    /// Bytes so far.
    at: u64,
    /// Bytes up to the next box.
    skip: u64,
    /// What has come of the next box, as long as it is needed.
    held: Vec<u8>,
    /// Where the boxes end that are being looked into: `moov`, and a `trak` in it.
    open: Vec<u64>,
    has_index: bool,
    has_pictures: bool,
    size: Option<Size>,
}

impl Mp4 {
    /// A film, if its first part says that it is one.
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

    /// Looks through the next part.
    pub fn take(&mut self, mut part: &[u8]) -> Result<(), Unfit> {
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

    /// The size of the picture, if the boxes add up to a whole film.
    pub fn end(&self) -> Result<Size, Unfit> {
        let inside = self.skip > 0 || !self.held.is_empty() || self.open.iter().any(|end| *end > self.at);
        match inside || !self.has_index || !self.has_pictures {
            true => Err(Unfit::Truncated),
            false => self.size.ok_or(Unfit::WrongType),
        }
    }

    /// How many bytes must come before the next box can be entered.
    fn missing(&self) -> Result<u64, Unfit> {
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

    /// Goes into the box whose beginning is held, or lets it be skipped.
    fn enter(&mut self) -> Result<(), Unfit> {
        let Some(header) = Header::read(&self.held) else { return Ok(()) };
        let Header { own, size, kind } = header?;
        let end = (self.at - self.held.len() as u64).checked_add(size).ok_or(Unfit::WrongType)?;
        match self.open.last() {
            Some(outer) if end > *outer => return Err(Unfit::WrongType),
            None if end > self.limit => return Err(Unfit::TooLarge),
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
    /// The header's own length, in bytes.
    own: usize,
    /// That of the whole box.
    size: u64,
    kind: [u8; 4],
}

impl Header {
    /// Nothing while more bytes must come. A box that only says that it goes on to the end
    /// of the file is refused: nobody could tell whether it is whole.
    fn read(held: &[u8]) -> Option<Result<Self, Unfit>> {
        let short = u32::from_be_bytes(array(held, 0)?);
        let kind: [u8; 4] = array(held, 4)?;
        let (own, size) = match short {
            1 => (LONG_HEADER, u64::from_be_bytes(array(held, HEADER)?)),
            _ => (HEADER, u64::from(short)),
        };
        let is_sound = size >= own as u64 && kind.iter().all(|letter| matches!(letter, b' '..=b'~'));
        Some(if is_sound { Ok(Self { own, size, kind }) } else { Err(Unfit::WrongType) })
    }
}

/// Width and height of a `tkhd`, the last of its fields (§8.3.2). Tracks without a picture
/// have 0. They are numbers with 16 bits behind the point.
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

    /// An index of a track with sound alone and one with pictures.
    fn moov(version: u8) -> Vec<u8> {
        let sound = boxed(b"trak", &[tkhd(version, 0, 0), boxed(b"mdia", &[7; 99])].concat());
        let pictures = boxed(b"trak", &[boxed(b"edts", b""), tkhd(version, 320, 180)].concat());
        boxed(b"moov", &[boxed(b"mvhd", &[0; 100]), sound, pictures, boxed(b"udta", b"\0\0\0\0")].concat())
    }

    /// A film whose index stands at the end, behind `pictures` bytes of pictures.
    pub(crate) fn film(pictures: usize) -> Vec<u8> {
        [ftyp(), boxed(b"mdat", &vec![0x5a; pictures]), moov(0)].concat()
    }

    fn size_by(file: &[u8], part: usize) -> Result<Size, Unfit> {
        let mut film = Mp4::sniff(file, LIMIT).ok_or(Unfit::WrongType)?;
        for part in file.chunks(part) {
            film.take(part)?;
            assert!(film.held.len() <= TRACK_HEADER as usize && film.open.len() <= 2, "memory must be bounded");
        }
        film.end()
    }

    /// However it is cut into parts, it must come to the same.
    fn size(file: &[u8]) -> Result<Size, Unfit> {
        let whole = size_by(file, file.len());
        for part in [1, 3, 8, 17, 100] {
            assert_eq!(size_by(file, part), whole, "in parts of {part} bytes");
        }
        whole
    }

    #[test]
    fn the_size_is_found_wherever_the_index_stands() {
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
    fn a_cut_film_is_never_whole() {
        let file = film(300);
        assert_eq!(size(&file), Ok(Size { width: 320, height: 180 }));
        for length in ftyp().len()..file.len() {
            assert_eq!(size_by(&file[..length], 64), Err(Unfit::Truncated), "{length} of {} bytes", file.len());
        }
    }

    #[test]
    fn a_box_that_lies_about_its_size_is_found_out() {
        let set = |file: &mut [u8], kind: &[u8; 4], size: u32| {
            let at = file.windows(4).position(|window| window == kind).unwrap();
            file[at - 4..at].copy_from_slice(&size.to_be_bytes());
        };
        let moov_size = moov(0).len() as u32;
        let cases = [
            (*b"mdat", 0, Unfit::WrongType),
            (*b"mdat", 7, Unfit::WrongType),
            (*b"mdat", 307, Unfit::WrongType),
            (*b"mdat", 308 + moov_size, Unfit::Truncated),
            (*b"mdat", 309 + moov_size, Unfit::Truncated),
            (*b"mdat", LIMIT as u32, Unfit::TooLarge),
            (*b"mdat", u32::MAX, Unfit::TooLarge),
            (*b"moov", moov_size + 1, Unfit::Truncated),
            (*b"moov", moov_size - 1, Unfit::WrongType),
            (*b"trak", moov_size, Unfit::WrongType),
            (*b"tkhd", 400, Unfit::WrongType),
            (*b"mvhd", 2, Unfit::WrongType),
        ];
        for (kind, announced, expected) in cases {
            let mut file = film(300);
            set(&mut file, &kind, announced);
            let name = String::from_utf8_lossy(&kind);
            assert_eq!(size(&file), Err(expected), "{name} of {announced} bytes");
        }
        let endless = [ftyp(), 1u32.to_be_bytes().to_vec(), b"mdat".to_vec(), u64::MAX.to_be_bytes().to_vec()].concat();
        assert_eq!(size(&endless), Err(Unfit::WrongType));
    }

    #[test]
    fn what_is_no_film_that_browsers_play_is_refused() {
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
            assert_eq!(size_by(&file, 64), Err(Unfit::WrongType), "{what}");
        }
    }
}
