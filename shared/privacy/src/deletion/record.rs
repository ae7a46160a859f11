use super::code::DeletionCode;
use crate::receipt::SignedReceipt;
use kernel::{Error, Result, Timestamp};
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

/// The party that requested a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Requester {
    /// The person, who was signed in.
    #[default]
    Person,
    /// Google reported that the last identity of the account was deleted there.
    Google,
    /// Apple reported that the last identity of the account was deleted there.
    Apple,
    /// Facebook reported that the person wants the data of the last identity deleted.
    Facebook,
}

impl Requester {
    /// The partner with this name, in the form of paths and keys.
    ///
    /// # Errors
    /// `internal` if there is no such partner.
    pub(crate) fn partner(name: &str) -> Result<Self> {
        match name {
            "google" => Ok(Self::Google),
            "apple" => Ok(Self::Apple),
            "facebook" => Ok(Self::Facebook),
            _ => Err(Error::internal("a deletion was requested by a partner that does not exist")),
        }
    }

    /// The partner's name for people. `None` for the person.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Person => None,
            Self::Google => Some("Google"),
            Self::Apple => Some("Apple"),
            Self::Facebook => Some("Facebook"),
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
    /// The party that requested it. A stored deletion without this field was requested by the person.
    #[serde(default)]
    pub requested_by: Requester,
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

    #[test]
    fn a_deletion_of_before_was_requested_by_the_person() {
        let stored = serde_json::json!({
            "pk": "AAAAAAAAAAAAAAAAAAAAAAAAAAA", "status": "scheduled",
            "requested_at": 1_800_000_000_000_i64, "purge_at": 1_800_600_000_000_i64, "due_at": 1_802_600_000_000_i64,
        });
        let deletion: Deletion = serde_json::from_value(stored).unwrap();
        assert_eq!(deletion.requested_by, Requester::Person);
    }

    #[test]
    fn a_partner_is_found_by_the_name_that_is_stored() {
        for requester in [Requester::Google, Requester::Apple, Requester::Facebook] {
            let name = serde_json::to_value(requester).unwrap();
            assert_eq!(Requester::partner(name.as_str().unwrap()).unwrap(), requester);
            assert!(requester.name().is_some());
        }
        assert!(Requester::partner("person").is_err(), "a person is no partner");
        assert_eq!(Requester::Person.name(), None);
    }
}
