//! The checks that all providers share.

use http::HeaderMap;
use kernel::{Error, Result, Timestamp};
use std::time::Duration;

/// How far a webhook's timestamp may lie from now, in either direction. Longer would let
/// a recorded one be replayed for longer; shorter would refuse what a slow clock sends.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// A header that must be there.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Error::BadSignature)
}

/// Whether a time in Unix seconds lies within [`TOLERANCE`] of now.
pub(super) fn check_age(timestamp: &str, now: Timestamp) -> Result<()> {
    let sent_at: i64 = timestamp.parse().map_err(|_| Error::BadSignature)?;
    match now.as_second().abs_diff(sent_at) <= TOLERANCE.as_secs() {
        true => Ok(()),
        false => Err(Error::BadSignature),
    }
}
