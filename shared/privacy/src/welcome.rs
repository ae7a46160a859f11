//! Who had their welcome before: a keyed hash, for a while.

use crate::hash::HashKeys;
use accounts::Subject;
use aws::{Change, Table, Verdict, seconds};
use kernel::{Result, Timestamp, limits::WELCOME_MARKER_LIFETIME};
use serde::{Deserialize, Serialize};

/// What stands before the hash in a marker's partition key.
pub(crate) const PREFIX: &str = "welcome#";
/// The sort key of every marker.
pub(crate) const MARKER: &str = "welcome";

/// The markers of persons who had their welcome, in the table `DeletionReceipts`.
#[derive(Debug)]
pub struct Welcome {
    table: Table,
    keys: HashKeys,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    /// Seconds, for time to live, which deletes late: every read checks it.
    expires_at: i64,
}

impl Welcome {
    /// Markers in `table`.
    #[must_use]
    pub fn new(table: Table, keys: HashKeys) -> Self {
        Self { table, keys }
    }

    /// Whether a person had their welcome before, with an account that was erased in the
    /// last 90 days. One consistent request; two while a rotation of the key lasts.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn was_given(&self, issuer: &str, subject: &str, now: Timestamp) -> Result<bool> {
        for hash in self.keys.subjects(issuer, subject) {
            let marker: Option<Marker> = self.table.get(&format!("{PREFIX}{hash}"), MARKER).await?;
            if marker.is_some_and(|marker| seconds(now) < marker.expires_at) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The marker of a person whose account is erased now, for the transaction in which the
/// erasure begins: a new account can be born from the moment on at which its reverse key
/// is gone.
pub(crate) fn remember(table: &Table, keys: &HashKeys, person: &Subject, now: Timestamp) -> Result<Change> {
    let expiry = now.saturating_add(WELCOME_MARKER_LIFETIME).unwrap_or(Timestamp::MAX);
    let hash = keys.subject(&person.issuer, &person.subject);
    let marker = table.put(&format!("{PREFIX}{hash}"), MARKER, &Marker { expires_at: seconds(expiry) });
    marker.or(|_| Verdict::Stale)
}
