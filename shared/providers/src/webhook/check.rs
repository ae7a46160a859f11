//! The checks that all providers share.

use http::HeaderMap;
use kernel::{Error, Result, Timestamp};
use std::time::Duration;

/// The largest difference between the timestamp of a webhook and now, in both directions. A longer
/// tolerance allows replays for longer; a shorter one refuses webhooks of a slow clock.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The value of a required header.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Error::BadSignature)
}

/// Checks that a time in Unix seconds is within [`TOLERANCE`] of now.
pub(super) fn check_age(timestamp: &str, now: Timestamp) -> Result<()> {
    let sent_at: i64 = timestamp.parse().map_err(|_| Error::BadSignature)?;
    match now.as_second().abs_diff(sent_at) <= TOLERANCE.as_secs() {
        true => Ok(()),
        false => Err(Error::BadSignature),
    }
}
