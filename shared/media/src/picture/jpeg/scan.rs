//! One scan of a JPEG: its blocks are read, and nothing is decoded (ITU-T T.81, annexes F and G).

use super::{
    bits::{Bits, Huffman},
    frame::{Component, Frame},
};
use crate::picture::unusable::Unusable;

/// Bits that may be missing at the end of a sequential scan: some encoders do not write their last byte if it is not full.
/// They may hide the loss of the last block or two. In a progressive scan, few bits may stand for all blocks that are left.
const SLACK: u64 = 7;

/// A scan as its header describes it.
#[derive(Debug)]
pub(super) struct Scan {
    /// The components by their place in the frame, each with its tables for DC and AC.
    pub parts: Vec<Part>,
    /// The first and the last coefficient: 0 and 63, unless the frame is progressive.
    pub band: (u8, u8),
    /// Whether it refines coefficients of earlier scans.
    pub refines: bool,
    /// MCUs between two restart markers; 0 for none.
    pub interval: u32,
}

/// A component of a scan.
#[derive(Debug)]
pub(super) struct Part {
    pub component: usize,
    pub dc: Option<Huffman>,
    pub ac: Option<Huffman>,
}

/// By block of a component, one bit for each coefficient that is not 0. Only scans that refine coefficients need it.
pub(super) type Known = Vec<u64>;

impl Scan {
    /// Reads all its blocks, and returns the place behind them.
    pub fn walk(&self, file: &[u8], at: usize, frame: &Frame, known: &mut [Known]) -> Result<usize, Unusable> {
        let mut walk = Walk { scan: self, bits: Bits::new(file, at), end_of_band: 0 };
        let (wide, high) = match self.parts.as_slice() {
            [Part { component, .. }] => frame.blocks(*component),
            _ => frame.units(),
        };
        if let [Part { component, .. }] = self.parts.as_slice()
            && self.band.0 > 0
        {
            known[*component].resize(wide as usize * high as usize, 0);
        }
        let slack = if frame.is_progressive { 0 } else { SLACK };
        for unit in 0..u64::from(wide) * u64::from(high) {
            let interval = u64::from(self.interval);
            if interval > 0 && unit > 0 && unit % interval == 0 {
                walk.restart(file)?;
            }
            let read = match self.parts.as_slice() {
                [part] => walk.block(frame, part, unit as usize, known),
                parts => walk.unit(frame, parts, known),
            };
            // Behind the end of the data there are zeros, and a code of zeros may not exist.
            if walk.bits.missing() > slack {
                return Err(Unusable::Incomplete);
            }
            read.ok_or(Unusable::Broken)?;
        }
        Ok(walk.bits.at())
    }
}

/// The place in a scan. Its methods return `None` for a code that does not exist.
struct Walk<'a> {
    scan: &'a Scan,
    bits: Bits<'a>,
    /// The blocks that have no further coefficients in this band.
    end_of_band: u32,
}

impl Walk<'_> {
    /// Goes on behind the next restart marker.
    fn restart(&mut self, file: &[u8]) -> Result<(), Unusable> {
        let mut at = self.bits.at();
        while let [byte, next, ..] = file.get(at..).unwrap_or_default() {
            match (byte, next) {
                (0xff, 0xd0..=0xd7) => {
                    self.bits.restart(at + 2);
                    self.end_of_band = 0;
                    return Ok(());
                }
                (0xff, 1..=0xfe) => break,
                _ => at += 1,
            }
        }
        Err(Unusable::Incomplete)
    }

    /// The blocks of a unit of several components.
    fn unit(&mut self, frame: &Frame, parts: &[Part], known: &mut [Known]) -> Option<()> {
        for part in parts {
            let Component { across, down, .. } = frame.components[part.component];
            for _ in 0..u32::from(across) * u32::from(down) {
                self.block(frame, part, 0, known)?;
            }
        }
        Some(())
    }

    fn block(&mut self, frame: &Frame, part: &Part, index: usize, known: &mut [Known]) -> Option<()> {
        if !frame.is_progressive {
            return self.sequential(part);
        }
        match (self.scan.band.0, self.scan.refines) {
            (0, false) => self.dc(part),
            (0, true) => {
                self.bits.take(1);
                Some(())
            }
            (_, false) => self.ac(part, known[part.component].get_mut(index)?),
            (_, true) => self.refine(part, known[part.component].get_mut(index)?),
        }
    }

    fn dc(&mut self, part: &Part) -> Option<()> {
        let size = self.bits.symbol(part.dc.as_ref()?)?;
        self.bits.take(size);
        (size <= 16).then_some(())
    }

    fn sequential(&mut self, part: &Part) -> Option<()> {
        self.dc(part)?;
        let (table, mut next) = (part.ac.as_ref()?, 1_u8);
        while next < 64 {
            let symbol = self.bits.symbol(table)?;
            match (symbol >> 4, symbol & 15) {
                (15, 0) => next += 16,
                (_, 0) => break,
                (zeros, size) => {
                    self.bits.take(size);
                    next += zeros + 1;
                }
            }
        }
        Some(())
    }

    /// The first scan of a band of coefficients.
    fn ac(&mut self, part: &Part, known: &mut u64) -> Option<()> {
        if self.end_of_band > 0 {
            self.end_of_band -= 1;
            return Some(());
        }
        let (mut next, last) = self.scan.band;
        while next <= last {
            let symbol = self.bits.symbol(part.ac.as_ref()?)?;
            match (symbol >> 4, symbol & 15) {
                (15, 0) => next += 16,
                (run, 0) => {
                    self.end_of_band = (1 << run) + self.bits.take(run) - 1;
                    break;
                }
                (zeros, size) => {
                    next += zeros;
                    *known |= 1_u64.checked_shl(u32::from(next)).unwrap_or_default();
                    self.bits.take(size);
                    next += 1;
                }
            }
        }
        Some(())
    }

    /// A scan that adds one bit to each known coefficient of a band, and new coefficients between them (§G.1.2.3).
    fn refine(&mut self, part: &Part, known: &mut u64) -> Option<()> {
        let (mut next, last) = self.scan.band;
        if self.end_of_band == 0 {
            while next <= last {
                let symbol = self.bits.symbol(part.ac.as_ref()?)?;
                let (mut zeros, size) = (symbol >> 4, symbol & 15);
                if size == 0 && zeros < 15 {
                    self.end_of_band = (1 << zeros) + self.bits.take(zeros);
                    break;
                }
                if size > 0 {
                    self.bits.take(1);
                }
                while next <= last {
                    if *known >> next & 1 == 1 {
                        self.bits.take(1);
                    } else if zeros == 0 {
                        break;
                    } else {
                        zeros -= 1;
                    }
                    next += 1;
                }
                if size > 0 && next <= last {
                    *known |= 1 << next;
                }
                next += 1;
            }
        }
        if self.end_of_band > 0 {
            let rest = (next..=last).filter(|at| *known >> at & 1 == 1).count();
            for _ in 0..rest {
                self.bits.take(1);
            }
            self.end_of_band -= 1;
        }
        Some(())
    }
}
