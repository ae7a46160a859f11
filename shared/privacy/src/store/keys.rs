//! The keys of items in the table `DeletionReceipts`.

/// The sort key of what a code finds: a deletion job and later its receipt, or the answer to a partner's request. The
/// partition key is the code.
pub(crate) const DELETION: &str = "deletion";
/// The prefix of a tombstone's partition key. The hash of the account follows.
pub(crate) const TOMBSTONE_PREFIX: &str = "tombstone#";
/// The sort key of every tombstone.
pub(crate) const TOMBSTONE: &str = "tombstone";
/// The prefix of a welcome marker's partition key. The hash of the person follows.
pub(crate) const WELCOME_PREFIX: &str = "welcome#";
/// The sort key of every welcome marker.
pub(crate) const WELCOME: &str = "welcome";
