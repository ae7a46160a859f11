//! The keys and attributes of the table `Transient`.

use kernel::{RatePolicy, Timestamp};

/// The prefix of the partitions of networks. A keyed hash follows.
pub(crate) const NETWORK: &str = "network#";

/// The prefix of the partitions of used attempts to sign in. A hash follows.
pub(crate) const ATTEMPT: &str = "attempt#";

/// The sort key of a used attempt.
pub(crate) const USED: &str = "used";

/// The prefix of the sort keys of counters. The policy and the beginning of the window follow.
pub(crate) const RATE: &str = "rate#";

/// The sort key of the new accounts of a network on a day.
pub(crate) const WELCOMES: &str = "welcomes";

/// The number that an item counts.
pub(crate) const COUNT: &str = "count";

/// The time to live, in seconds since 1970.
pub(crate) const EXPIRES_AT: &str = "expires_at";

/// The partition of a network.
pub(crate) fn network(hash: &str) -> String {
    format!("{NETWORK}{hash}")
}

/// The sort key of a counter.
pub(crate) fn rate(policy: &RatePolicy, window_begins: Timestamp) -> String {
    format!("{RATE}{}#{}", policy.name, window_begins.as_second())
}
