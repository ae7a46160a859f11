//! The names of attributes and of the index, which the store uses in conditions and queries.

/// The index of the mails that are neither sent nor dropped, and the attribute that is its partition key.
pub(crate) const OUTBOX: &str = "outbox";

/// The time at which the sweep looks at a mail again, in milliseconds since 1970: the sort key of the index.
pub(crate) const NEXT_CHECK: &str = "next_check";

/// The number of changes of a row.
pub(crate) const VERSION: &str = "version";
