//! The frame of a JPEG: its size, and its components with their sampling (ITU-T T.81, §A.1 and §B.2.2).

use crate::picture::unusable::Unusable;

/// A frame as its header describes it.
#[derive(Debug)]
pub(in crate::picture) struct Frame {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether its scans add to each other.
    pub is_progressive: bool,
    pub(super) components: Vec<Component>,
}

/// A component of a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Component {
    pub id: u8,
    /// Blocks of a unit across.
    pub across: u8,
    /// Blocks of a unit downwards.
    pub down: u8,
}

impl Frame {
    /// Reads the header of a frame behind this marker.
    pub(super) fn read(marker: u8, header: &[u8]) -> Result<Self, Unusable> {
        // Lossless and hierarchical frames, and arithmetic coding, are beyond the decoder.
        if !matches!(marker, 0xc0..=0xc2) {
            return Err(Unusable::UnknownVariant);
        }
        let [bits, h1, h0, w1, w0, count, rest @ ..] = header else { return Err(Unusable::Broken) };
        if *bits != 8 {
            return Err(Unusable::UnknownVariant);
        }
        let side = |high: &u8, low: &u8| u32::from(u16::from_be_bytes([*high, *low]));
        let components: Vec<_> = rest
            .chunks_exact(3)
            .take(usize::from(*count))
            .map(|part| Component { id: part[0], across: part[1] >> 4, down: part[1] & 15 })
            .collect();
        let is_sound = |part: &Component| (1..=4).contains(&part.across) && (1..=4).contains(&part.down);
        if components.is_empty() || components.len() != usize::from(*count) || !components.iter().all(is_sound) {
            return Err(Unusable::Broken);
        }
        Ok(Self { width: side(w1, w0), height: side(h1, h0), is_progressive: marker == 0xc2, components })
    }

    /// The units of a scan of several components, across and downwards.
    pub(super) fn units(&self) -> (u32, u32) {
        let (across, down) = self.sampling();
        (self.width.div_ceil(8 * across), self.height.div_ceil(8 * down))
    }

    /// The blocks of one component in a scan of its own, across and downwards.
    pub(super) fn blocks(&self, component: usize) -> (u32, u32) {
        let ((most_across, most_down), Component { across, down, .. }) = (self.sampling(), self.components[component]);
        let blocks = |side: u32, own: u8, most: u32| (side * u32::from(own)).div_ceil(8 * most);
        (blocks(self.width, across, most_across), blocks(self.height, down, most_down))
    }

    fn sampling(&self) -> (u32, u32) {
        let most = |of: fn(&Component) -> u8| u32::from(self.components.iter().map(of).max().unwrap_or(1));
        (most(|part| part.across), most(|part| part.down))
    }
}
