//! Identifiers that look random.

use jiff::Timestamp;
use ring::digest;

/// Characters of an alphabet that look random; at most 64. They follow from the time and a
/// count, so that a simulation replays them and a restarted fake never repeats them.
pub(super) fn random(alphabet: &[u8], length: usize, now: Timestamp, count: u64) -> String {
    let hash = digest::digest(&digest::SHA512, format!("{now}#{count}").as_bytes());
    hash.as_ref().iter().take(length).map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect()
}
