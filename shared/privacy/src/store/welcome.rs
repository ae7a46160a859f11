//! Welcome markers: keyed hashes of the people whose account was erased.

use super::{
    hash::HashKeys,
    keys::{WELCOME, WELCOME_PREFIX},
};
use accounts::Subject;
use aws::{Change, Table, seconds};
use kernel::{Result, Timestamp, limits::WELCOME_MARKER_LIFETIME};
use serde::{Deserialize, Serialize};

/// The markers of people who had a welcome lot, in the table `DeletionReceipts`.
#[derive(Debug)]
pub struct WelcomeMarkers {
    table: Table,
    keys: HashKeys,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    /// Unix seconds, for time to live (TTL). DynamoDB deletes expired items late, so every read
    /// checks the time.
    expires_at: i64,
}

impl WelcomeMarkers {
    /// Markers in `table`.
    #[must_use]
    pub fn new(table: Table, keys: HashKeys) -> Self {
        Self { table, keys }
    }

    /// Whether a person had a welcome lot in an account that was erased in the last 90 days. One
    /// consistent request; two during a rotation of the key.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn had_welcome(&self, issuer: &str, subject: &str, now: Timestamp) -> Result<bool> {
        for hash in self.keys.subjects(issuer, subject) {
            let marker: Option<Marker> = self.table.get(&format!("{WELCOME_PREFIX}{hash}"), WELCOME).await?;
            if marker.is_some_and(|marker| seconds(now) < marker.expires_at) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes the marker of a person whose identity leaves its account. Without it, the person could link the
    /// identity of an account that had its welcome lot to another one, remove it there, and get a new account with
    /// a welcome lot, again and again.
    ///
    /// # Errors
    /// `internal` when the write cannot be built.
    pub fn mark_change(&self, person: &Subject, now: Timestamp) -> Result<Change> {
        marker_change(&self.table, &self.keys, person, now)
    }
}

/// Writes the marker of a person whose erasure begins. It belongs into the transaction that
/// begins the erasure: once the reverse key is erased, the person can create a new account.
pub(crate) fn marker_change(table: &Table, keys: &HashKeys, person: &Subject, now: Timestamp) -> Result<Change> {
    let expiry = now.saturating_add(WELCOME_MARKER_LIFETIME).unwrap_or(Timestamp::MAX);
    let hash = keys.subject(&person.issuer, &person.subject);
    let marker = table.put(&format!("{WELCOME_PREFIX}{hash}"), WELCOME, &Marker { expires_at: seconds(expiry) });
    marker.into_change()
}
