//! Lengths of time, and faults that take time.

use std::{ops::Range, time::Duration};
use testkit::{Fault, Faults, OutsideCall, Random};

/// An hour.
pub const HOUR: Duration = Duration::from_secs(60 * 60);

/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Every call takes some time, so that other processes act between any two. This part of the
/// transactions is canceled, as on AWS when two meet.
#[must_use]
pub fn slow(canceled: f64, delays_ms: Range<u64>) -> Faults {
    let width = (delays_ms.end - delays_ms.start) as usize;
    Faults::with(move |call: &OutsideCall, random: &mut Random| match call.name.as_str() {
        "dynamodb.TransactWriteItems" if random.chance(canceled) => Some(Fault::TransactionConflict),
        _ => Some(Fault::Delay(Duration::from_millis(delays_ms.start + random.below(width) as u64))),
    })
}
