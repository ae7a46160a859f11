//! The answer to a partner's request for deletion that deletes no account.

use super::{code::DeletionCode, record::Requester};
use kernel::{Timestamp, later, limits::REMOVAL_LIFETIME};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The outcome of a partner's request to delete the data of one identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovalOutcome {
    /// The identity and what came from it were removed. The account stays, because it has another
    /// identity.
    IdentityRemoved,
    /// No account of ours has this identity.
    NothingHeld,
    /// The person used the identity again after the request, so nothing was removed.
    UsedSince,
}

/// The answer to such a request. It has neither the person's id at the partner nor the account. Its code
/// is a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// The code that finds the answer.
    #[serde(rename = "pk")]
    pub code: DeletionCode,
    /// The partner that sent the request.
    pub requested_by: Requester,
    /// The outcome of the request.
    pub outcome: RemovalOutcome,
    /// The time of the request, as the partner said it.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub requested_at: Timestamp,
    /// The time at which it was carried out.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub answered_at: Timestamp,
    /// The time to live, in whole seconds. DynamoDB removes expired items late, so every read checks it.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub expires_at: Timestamp,
}

impl Removal {
    /// The answer of `now`.
    pub(crate) fn new(
        code: DeletionCode,
        requested_by: Requester,
        outcome: RemovalOutcome,
        requested_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        let expires_at = later(now, REMOVAL_LIFETIME);
        Self { code, requested_by, outcome, requested_at, answered_at: now, expires_at }
    }

    /// Whether it can be read no longer.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_answer_expires_and_has_nothing_about_the_person() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let removal =
            Removal::new(DeletionCode::of([7; 20]), Requester::Facebook, RemovalOutcome::NothingHeld, now, now);
        assert!(!removal.has_expired(later(now, REMOVAL_LIFETIME - Duration::from_secs(1))));
        assert!(removal.has_expired(later(now, REMOVAL_LIFETIME)));
        let stored = serde_json::to_value(&removal).unwrap();
        let names: Vec<_> = stored.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["answered_at", "expires_at", "outcome", "pk", "requested_at", "requested_by"]);
        assert_eq!(serde_json::from_value::<Removal>(stored).unwrap(), removal);
    }
}
