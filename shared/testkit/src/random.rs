//! Random numbers from a seed.

use crate::lock::locked;
use kernel::IdSource;
use std::sync::Mutex;

/// SplitMix64 (Steele, Lea and Flood 2014): good enough for tests, and the same on every
/// machine in every version. No crate promises that of its default generator.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The stream that `seed` names.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream for one purpose, so that more draws for one purpose do not change the
    /// draws for another.
    #[must_use]
    pub fn stream(seed: u64, purpose: &str) -> Self {
        let mixed = purpose.bytes().fold(seed, |state, byte| Self(state ^ u64::from(byte)).next_u64());
        Self(mixed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `below` − 1; 0 when `below` is 0.
    pub fn below(&mut self, below: usize) -> usize {
        (self.next_u64() as usize).checked_rem(below).unwrap_or_default()
    }

    /// Whether something of this probability happens: 0.0 never, 1.0 always.
    pub fn chance(&mut self, probability: f64) -> bool {
        // An `f64` holds 53 bits exactly.
        ((self.next_u64() >> 11) as f64) < probability * (1_u64 << 53) as f64
    }

    /// One of `choices`, or `None` when there are none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len()))
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
    }

    /// `digits` hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[self.below(16)])).collect()
    }
}

/// A stream as a source of ids.
#[derive(Debug)]
pub(crate) struct SeededIds(pub(crate) Mutex<Random>);

impl IdSource for SeededIds {
    fn fill(&self, bytes: &mut [u8]) {
        locked(&self.0).fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // The first outputs for seed 1234567 that the reference implementation gives.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(random.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn an_event_happens_with_its_probability() {
        let mut random = Random::stream(7, "chances");
        assert_eq!((0..1000).filter(|_| random.chance(0.0)).count(), 0);
        assert_eq!((0..1000).filter(|_| random.chance(1.0)).count(), 1000);
        let quarter = (0..10_000).filter(|_| random.chance(0.25)).count();
        assert!((2_300..2_700).contains(&quarter), "{quarter} of 10000 is not a quarter");
    }
}
