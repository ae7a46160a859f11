//! The last actions of a person in an account, as its profile in `Accounts` has them. A partner's message that is
//! older than these actions changes nothing.

use accounts::{AccountStore, Profile};
use aws::{Change, Condition, Item, all, millis};
use kernel::{AccountId, Result, Timestamp, later, limits::CLOCK_LEEWAY};
use serde::Deserialize;

/// The attribute of a profile with the time at which the person last canceled a deletion.
const REOPENED_AT: &str = "reopened_at";

/// The attributes of a profile that a sign-in, a link, an unlink or a canceled deletion changes.
const CHANGING: [&str; 4] = ["signed_in_at", "last_session", "identities_version", REOPENED_AT];

/// The person's last actions at the time when the profile was read.
#[derive(Debug)]
pub(crate) struct Activity {
    profile: Item,
    signed_in_at: Timestamp,
    reopened_at: Option<Timestamp>,
}

/// The time of the last canceled deletion.
#[derive(Debug, Deserialize)]
struct Reopened {
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional", default)]
    reopened_at: Option<Timestamp>,
}

impl Activity {
    /// Reads it from the item of the profile.
    ///
    /// # Errors
    /// `internal` if the item does not parse.
    pub(crate) fn of(profile: Item) -> Result<Self> {
        let Profile { signed_in_at, .. } = aws::read(profile.clone())?;
        let Reopened { reopened_at } = aws::read(profile.clone())?;
        Ok(Self { profile, signed_in_at, reopened_at })
    }

    /// Whether the person has signed in, or canceled a deletion, after a partner's request of `at`.
    ///
    /// The partner's clock may be behind ours, and a request that is ignored does not come again. So a sign-in of the
    /// minute after it counts as one before it: the person has seven days to take the deletion back. A deletion that the
    /// person has canceled was known here before, so the partner's clock does not matter.
    pub(crate) fn is_after(&self, at: Timestamp) -> bool {
        self.signed_in_at > later(at, CLOCK_LEEWAY) || self.reopened_at > Some(at)
    }

    /// Checks that the person has done nothing since the profile was read: no sign-in, no link, no unlink and no
    /// canceled deletion. Stale otherwise.
    ///
    /// # Errors
    /// `internal` if the check cannot be built.
    pub(crate) fn is_unchanged_change(&self, accounts: &AccountStore, account: AccountId) -> Result<Change> {
        let (table, profile) = accounts.profile_key();
        let as_seen = CHANGING.map(|name| match self.profile.get(name) {
            Some(value) => Condition::Equals(name, value.clone()),
            None => Condition::Missing(name),
        });
        let unchanged = all([Condition::Exists, all(as_seen)]);
        table.check(&account.to_string(), profile, unchanged).into_change()
    }
}

/// Remembers that the person canceled a deletion. It belongs into the transaction that reopens the account.
///
/// # Errors
/// `internal` if the write cannot be built.
pub(crate) fn reopened_change(accounts: &AccountStore, account: AccountId, now: Timestamp) -> Result<Change> {
    let (table, profile) = accounts.profile_key();
    let reopened = table.update(&account.to_string(), profile).set(REOPENED_AT, millis(now));
    reopened.when(Condition::Exists).into_change()
}

/// The time at which the person last canceled a deletion, in one consistent request.
///
/// # Errors
/// `unavailable`.
pub(crate) async fn read_reopened_at(accounts: &AccountStore, account: AccountId) -> Result<Option<Timestamp>> {
    let (table, profile) = accounts.profile_key();
    let found: Option<Reopened> = table.get(&account.to_string(), profile).await?;
    Ok(found.and_then(|found| found.reopened_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws::AttributeValue;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// The profile of a person who signed in, and perhaps canceled a deletion, at these times.
    fn activity(signed_in_at: i64, reopened_at: Option<i64>) -> Activity {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |second: i64| AttributeValue::N((second * 1_000).to_string());
        let mut profile = Item::from([
            ("account".to_owned(), text("01929e6b-6c00-7000-8000-0123456789ab")),
            ("email_verified".to_owned(), AttributeValue::Bool(true)),
            ("created_at".to_owned(), number(0)),
            ("signed_in_at".to_owned(), number(signed_in_at)),
        ]);
        profile.extend(reopened_at.map(|second| (REOPENED_AT.to_owned(), number(second))));
        Activity::of(profile).unwrap()
    }

    #[test]
    fn the_later_of_sign_in_and_cancellation_counts_and_clocks_may_differ() {
        for (signed_in_at, reopened_at, message, is_after) in [
            (100, None, 39, true),
            (100, None, 40, false),
            (100, None, 99, false),
            (100, None, 101, false),
            (100, Some(120), 119, true),
            (100, Some(120), 120, false),
            (200, Some(120), 130, true),
            (200, Some(120), 140, false),
        ] {
            let found = activity(signed_in_at, reopened_at).is_after(at(message));
            assert_eq!(found, is_after, "{signed_in_at}, {reopened_at:?}, {message}");
        }
    }
}
