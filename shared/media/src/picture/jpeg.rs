//! JPEG files: the size of the picture, and whether all of it is there.
//!
//! A decoder fills what is missing with grey, as browsers do. So the scans are read before, code by code, without making
//! pixels. A missing end mark alone matters only where more scans could follow.

mod bits;
pub(super) mod frame;
mod scan;

use crate::picture::unusable::Unusable;
use bits::{Definition, Huffman};
use frame::Frame;
use scan::{Known, Part, Scan};

/// The most scans of a picture. The decoder has the same limit: each of a few bytes may take as long as a whole picture.
const SCANS: usize = 100;

/// The precision of a coefficient of which no scan has come.
const UNKNOWN: u8 = u8::MAX;

/// The frame of a picture, and whether the decoder must keep all its coefficients until the last scan: the frame is
/// progressive, or its components come one after the other. Reads only headers.
///
/// # Errors
/// `Broken`, `Incomplete` or `UnknownVariant`.
pub(super) fn read_frame(file: &[u8]) -> Result<(Frame, bool), Unusable> {
    let (mut segments, mut found, mut is_ended) = (Segments { file, at: 2 }, None::<Frame>, false);
    while let Some(marker) = segments.marker() {
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                found = Some(Frame::read(marker, segments.segment()?)?);
            }
            0xda => {
                let parts = segments.segment()?.first().copied().unwrap_or_default();
                let frame = found.ok_or(Unusable::Broken)?;
                let is_kept = frame.is_progressive || usize::from(parts) < frame.components.len();
                return Ok((frame, is_kept));
            }
            0xd9 => {
                is_ended = true;
                break;
            }
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                segments.segment()?;
            }
        }
    }
    let frame = found.ok_or(if is_ended { Unusable::Broken } else { Unusable::Incomplete })?;
    let is_kept = frame.is_progressive;
    Ok((frame, is_kept))
}

/// Checks that every block of the picture is there.
///
/// # Errors
/// `Incomplete`, `Broken` or `UnknownVariant`.
pub(super) fn check_complete(file: &[u8]) -> Result<(), Unusable> {
    let mut segments = Segments { file, at: 2 };
    let mut picture = Pictured::default();
    loop {
        match segments.marker() {
            None => return picture.end(false),
            Some(0xd9) => return picture.end(true),
            Some(0x01 | 0xd0..=0xd8) => {}
            Some(0xc4) => picture.tables.define(segments.segment()?)?,
            Some(0xdd) => {
                picture.interval = segments.segment()?.iter().fold(0, |all, byte| all << 8 | u32::from(*byte))
            }
            Some(0xda) => {
                let scan = picture.scan(segments.segment()?)?;
                segments.at = picture.read(&scan, file, segments.at)?;
                if picture.is_whole() {
                    return Ok(());
                }
            }
            Some(marker @ 0xc0..=0xcf) if !matches!(marker, 0xc8 | 0xcc) => {
                picture.begin(Frame::read(marker, segments.segment()?)?)?;
            }
            Some(_) => {
                segments.segment()?;
            }
        }
    }
}

/// The markers of a file and the segments behind them (§B.1.1).
struct Segments<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Segments<'a> {
    /// Goes behind the next marker. Decoders skip other bytes before it.
    fn marker(&mut self) -> Option<u8> {
        loop {
            match self.file.get(self.at..)? {
                [0xff, marker @ 1..=0xfe, ..] => {
                    self.at += 2;
                    return Some(*marker);
                }
                [] => return None,
                _ => self.at += 1,
            }
        }
    }

    /// Goes behind the segment that begins here: a length, which includes its own two bytes, and the content.
    fn segment(&mut self) -> Result<&'a [u8], Unusable> {
        let [high, low, ..] = self.file.get(self.at..).unwrap_or_default() else { return Err(Unusable::Incomplete) };
        let length = usize::from(u16::from_be_bytes([*high, *low])).max(2);
        let segment = self.file.get(self.at + 2..self.at + length).ok_or(Unusable::Incomplete)?;
        self.at += length;
        Ok(segment)
    }
}

/// The Huffman tables that are defined, by their number.
#[derive(Default)]
struct Tables {
    dc: [Option<Definition>; 4],
    ac: [Option<Definition>; 4],
}

impl Tables {
    /// Reads a segment of tables (§B.2.4.2).
    fn define(&mut self, mut rest: &[u8]) -> Result<(), Unusable> {
        while let [place, tail @ ..] = rest {
            let (counts, tail) = tail.split_first_chunk::<16>().ok_or(Unusable::Broken)?;
            let count = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, tail) = tail.split_at_checked(count).ok_or(Unusable::Broken)?;
            let class = if place >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let table = class.get_mut(usize::from(place & 15)).ok_or(Unusable::Broken)?;
            *table = Some(Definition { counts: *counts, symbols: symbols.to_vec() });
            rest = tail;
        }
        Ok(())
    }
}

/// The parts of a picture that have come.
#[derive(Default)]
struct Pictured {
    frame: Option<Frame>,
    tables: Tables,
    interval: u32,
    /// By component, how many low bits of each coefficient have not come.
    precision: Vec<[u8; 64]>,
    known: Vec<Known>,
    scans: usize,
}

impl Pictured {
    fn begin(&mut self, frame: Frame) -> Result<(), Unusable> {
        if self.frame.is_some() {
            return Err(Unusable::Broken);
        }
        let count = frame.components.len();
        (self.precision, self.known) = (vec![[UNKNOWN; 64]; count], vec![Known::new(); count]);
        self.frame = Some(frame);
        Ok(())
    }

    /// Reads the header of a scan (§B.2.3).
    fn scan(&mut self, header: &[u8]) -> Result<Scan, Unusable> {
        let frame = self.frame.as_ref().ok_or(Unusable::Broken)?;
        let [count, rest @ ..] = header else { return Err(Unusable::Broken) };
        let (named, rest) = rest.split_at_checked(2 * usize::from(*count)).ok_or(Unusable::Broken)?;
        let [first, last, bits, ..] = rest else { return Err(Unusable::Broken) };
        let (band, refines, left) = match frame.is_progressive {
            true => ((*first, *last), bits >> 4 > 0, bits & 15),
            false => ((0, 63), false, 0),
        };
        let is_band = band.0 <= band.1 && band.1 < 64;
        let is_alone = band.0 == 0 && (band.1 == 0 || !frame.is_progressive) || band.0 > 0 && *count == 1;
        if !is_band || !is_alone {
            return Err(Unusable::Broken);
        }
        let table = |of: &[Option<Definition>; 4], number: u8| {
            of.get(usize::from(number)).and_then(Option::as_ref).and_then(Huffman::new)
        };
        let mut parts = Vec::new();
        for part in named.chunks_exact(2) {
            let component = frame.components.iter().position(|component| component.id == part[0]);
            let component = component.ok_or(Unusable::Broken)?;
            let (dc, ac) = (table(&self.tables.dc, part[1] >> 4), table(&self.tables.ac, part[1] & 15));
            parts.push(Part { component, dc, ac });
            for precision in &mut self.precision[component][usize::from(band.0)..=usize::from(band.1)] {
                *precision = left;
            }
        }
        match parts.is_empty() {
            true => Err(Unusable::Broken),
            false => Ok(Scan { parts, band, refines, interval: self.interval }),
        }
    }

    /// Reads the blocks of a scan, and returns the place behind them.
    fn read(&mut self, scan: &Scan, file: &[u8], at: usize) -> Result<usize, Unusable> {
        self.scans += 1;
        if self.scans > SCANS {
            return Err(Unusable::Broken);
        }
        let frame = self.frame.as_ref().ok_or(Unusable::Broken)?;
        scan.walk(file, at, frame, &mut self.known)
    }

    /// Whether no scan can add anything.
    fn is_whole(&self) -> bool {
        !self.precision.is_empty() && self.precision.iter().flatten().all(|left| *left == 0)
    }

    /// The end of the file, or its end mark. A progressive picture may end before its last details, if it says so.
    fn end(&self, is_marked: bool) -> Result<(), Unusable> {
        let is_there = !self.precision.is_empty() && self.precision.iter().all(|bits| bits[0] != UNKNOWN);
        match self.is_whole() || is_marked && is_there {
            true => Ok(()),
            false => Err(Unusable::Incomplete),
        }
    }
}

#[cfg(test)]
mod tests;
