//! The terms of an account: its status and its limits.

use kernel::{MicroDollars, Timestamp, limits};
use schemars::JsonSchema;
use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};
use std::{fmt, str::FromStr};

/// The status of a balance. It decides whether the account may receive and spend credits.
///
/// `Display` and `FromStr` use the words of the stored form, which are also those of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AccountStatus", description = "The status of an account.")]
pub enum BalanceStatus {
    /// The account may receive and spend credits.
    Active,
    /// The account cannot spend credits, because abuse is suspected. It receives what it has paid
    /// for, and nothing else. Generations under way go on.
    Frozen,
    /// The account can neither receive nor spend credits, because it is being deleted.
    /// Generations under way go on.
    Closing,
}

impl fmt::Display for BalanceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl FromStr for BalanceStatus {
    type Err = value::Error;

    fn from_str(text: &str) -> Result<Self, value::Error> {
        Self::deserialize(text.into_deserializer())
    }
}

/// The status and the limits of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTerms {
    /// The status of the balance.
    pub status: BalanceStatus,
    /// Access tokens that were issued before this time cannot spend.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub valid_from: Timestamp,
    /// Most generations that may be under way at once.
    pub parallel_limit: u32,
    /// What may be canceled for nothing on a day (UTC), by the cost of the jobs.
    #[serde(default = "free_cancels_daily", skip_serializing_if = "is_usual")]
    pub free_cancels_daily: MicroDollars,
}

/// The allowance of an account without a plan. It is not stored.
pub(crate) fn free_cancels_daily() -> MicroDollars {
    limits::FREE_CANCELS_DAILY
}

pub(crate) fn is_usual(allowance: &MicroDollars) -> bool {
    *allowance == limits::FREE_CANCELS_DAILY
}

impl AccountTerms {
    /// The terms of a new account.
    #[must_use]
    pub fn of_new(now: Timestamp) -> Self {
        Self {
            status: BalanceStatus::Active,
            // Rounded down, so that the access token of the first sign-in is valid.
            valid_from: Timestamp::from_second(now.as_second()).unwrap_or(now),
            parallel_limit: limits::PARALLEL_GENERATIONS,
            free_cancels_daily: limits::FREE_CANCELS_DAILY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_one_word_in_text_and_in_storage() {
        for (status, word) in
            [(BalanceStatus::Active, "active"), (BalanceStatus::Frozen, "frozen"), (BalanceStatus::Closing, "closing")]
        {
            assert_eq!(status.to_string(), word);
            assert_eq!(word.parse::<BalanceStatus>().unwrap(), status);
            assert_eq!(serde_json::to_value(status).unwrap(), word);
        }
        for unknown in ["", "Active", "closed"] {
            assert!(unknown.parse::<BalanceStatus>().is_err(), "{unknown:?} is no status");
        }
    }
}
