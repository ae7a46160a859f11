//! The comparison of a partner's clock with ours.

use crate::provider::IdentityProvider;
use kernel::Error;

/// The largest difference between the partner's clock and ours, in seconds. A larger value accepts
/// older tokens; a smaller one refuses users when clocks drift.
pub(crate) const CLOCK_LEEWAY_S: i64 = 60;

/// The sentence for a person whose sign-in failed because two clocks differ.
pub(crate) const CLOCKS_DIFFER: &str = "The clocks of the sign-in service and of this site differ, so its answer \
     cannot be checked. This is no fault of yours. Wait some minutes, then start again.";

/// The error for a token that was issued in the future, or had expired when it came. The log line has the
/// partner and by how many seconds its clock is ahead of ours; the number is negative if it is behind.
pub(crate) fn clocks_differ(provider: IdentityProvider, ahead_s: i64) -> Error {
    tracing::warn!(provider = provider.as_str(), ahead_s, "the partner's clock and ours differ");
    Error::SignInFailed { detail: CLOCKS_DIFFER }
}
