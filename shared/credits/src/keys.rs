//! The sort keys of an account's partition in the table `Credits`.

use aws::counter;

/// The sort key of the balance.
pub const BALANCE: &str = "balance";

/// The prefix of the sort keys of all entries.
pub const ENTRY: &str = "entry#";

/// The prefix of the sort keys of gifts: a row makes each gift happen once. The key of the gift follows.
pub const GIFT: &str = "gift#";

/// The sort key of an entry. It counts down, so that one query reads the balance and then the
/// newest entries.
#[must_use]
pub fn entry(version: u64) -> String {
    format!("{ENTRY}{}", counter(u64::MAX - version))
}
