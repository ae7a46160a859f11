use super::code::DeletionCode;
use crate::receipt::SignedReceipt;
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The progress of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeletionStatus {
    /// The account starts nothing new. The user can take the request back until the purge
    /// begins.
    Scheduled,
    /// The purge has begun. The deletion can no longer be taken back.
    Erasing,
    /// All data is erased. A second check follows a day later.
    Settling,
    /// The second check found nothing. Final.
    Erased,
    /// The user took the request back in time. Final.
    Canceled,
}

impl DeletionStatus {
    /// The word in stored items and answers, equal to the serialised form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Erasing => "erasing",
            Self::Settling => "settling",
            Self::Erased => "erased",
            Self::Canceled => "canceled",
        }
    }
}

/// A deletion as everybody with its code may see it. It has no personal data and no account id.
/// After the erasure only this remains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// The code that finds the deletion.
    #[serde(rename = "pk")]
    pub code: DeletionCode,
    /// The progress.
    pub status: DeletionStatus,
    /// The time of the request.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub requested_at: Timestamp,
    /// The time at which the purge begins.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub purge_at: Timestamp,
    /// The promised end: all data is erased by then.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub due_at: Timestamp,
    /// The time at which the purge had erased all data.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub purged_at: Option<Timestamp>,
    /// The time of the second check, which found nothing.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub verified_at: Option<Timestamp>,
    /// The signed receipt, once the deletion is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<SignedReceipt>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_word_is_the_answered_word() {
        for status in [
            DeletionStatus::Scheduled,
            DeletionStatus::Erasing,
            DeletionStatus::Settling,
            DeletionStatus::Erased,
            DeletionStatus::Canceled,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
