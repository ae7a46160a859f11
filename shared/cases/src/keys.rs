//! The keys of the table `Cases`.

use crate::number::CaseNumber;

/// The sort key of a case. Its partition is the case number.
pub(crate) const CASE: &str = "case";

/// The prefix of every case number.
pub(crate) const NUMBER: &str = "C-";

/// The prefix of the sort keys under which an account names its cases. The number follows.
pub(crate) const NAMED: &str = "case#";

/// The prefix of the keys of idempotency rows: sort keys in an account's partition, and partitions of
/// people who are not signed in. A hash follows.
pub(crate) const REQUEST: &str = "request#";

/// The sort key of an idempotency row of a person who is not signed in.
pub(crate) const STRANGER: &str = "request";

/// The index of the cases that are not closed, and the name of its partition key.
pub(crate) const OPEN: &str = "open";

/// The one partition of that index. It takes about 1,000 new cases a second.
pub(crate) const ON_LIST: &str = "open";

/// The time until which a case is answered, in milliseconds since 1970: the sort key of the index.
pub(crate) const DUE_AT: &str = "due_at";

/// The time to live, in seconds since 1970.
pub(crate) const EXPIRES_AT: &str = "expires_at";

/// The sort key under which an account names a case.
pub(crate) fn named(number: &CaseNumber) -> String {
    format!("{NAMED}{number}")
}

/// The number in a sort key, if the item names a case.
pub(crate) fn number(sort: &str) -> Option<CaseNumber> {
    sort.strip_prefix(NAMED)?.parse().ok()
}

/// The key of an idempotency row.
pub(crate) fn request(hash: &str) -> String {
    format!("{REQUEST}{hash}")
}
