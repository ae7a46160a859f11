//! What the providers cost us: counted by day, and stopped where a day costs too much.
//!
//! What is counted is what the catalogue says of a job that its provider took or may have
//! taken. What a provider does not bill in the end, because it failed or made fewer, stays
//! counted: the cap is a brake, the provider's bill is the truth.

use crate::{GenerationStore, Model, Settings};
use aws::seconds;
use jiff::{SignedDuration, tz::TimeZone};
use kernel::{Error, Result, Timestamp};
use providers::ProviderName;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// The sort key of a day's row.
pub(crate) const SPEND: &str = "spend";

/// How long a day's row stays, for who wants to look back.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Seconds of a day in UTC: Unix time knows no leap seconds.
const DAY_S: u64 = 24 * 60 * 60;

/// Millionths of a dollar in one.
const MICRO: u64 = 1_000_000;

/// What a provider has cost us on one day. Nothing in it is about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spent {
    /// In millionths of a dollar.
    pub micro_dollars: u64,
    /// Jobs that it took or may have taken.
    pub jobs: u64,
}

/// What each provider may cost us on a day (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps(BTreeMap<ProviderName, u64>);

impl Caps {
    /// From whole dollars for each provider, by name; with 0 it takes nothing.
    ///
    /// # Errors
    /// `internal` for what is no such number, and when a provider has none.
    pub fn parse(dollars: &[(&str, &str)]) -> Result<Self> {
        let cap = |provider: ProviderName| {
            let given = dollars.iter().find(|(name, _)| *name == provider.as_str());
            let micro = given.and_then(|(_, dollars)| dollars.parse::<u64>().ok()?.checked_mul(MICRO));
            let micro = micro.ok_or_else(|| Error::internal(format!("{provider} needs a cap in whole dollars")))?;
            Ok((provider, micro))
        };
        ProviderName::ALL.iter().copied().map(cap).collect::<Result<_>>().map(Self)
    }

    /// Whether a job may be taken that costs so much, in millionths of a dollar. What is
    /// queued and not yet sent is not in `spent`, so a day may cost more by that.
    ///
    /// # Errors
    /// `provider_paused` until the day is over.
    pub(crate) fn admit(&self, provider: ProviderName, spent: Option<Spent>, cost: u64, now: Timestamp) -> Result<()> {
        let cap = self.0.get(&provider).copied().unwrap_or_default();
        let after = spent.unwrap_or_default().micro_dollars.checked_add(cost);
        match after.is_some_and(|after| after <= cap) {
            true => Ok(()),
            false => Err(Error::SpendCapReached { retry_after: rest_of_day(now) }),
        }
    }
}

/// The partition of what a provider costs on the day of `now`.
pub(crate) fn spend_key(provider: ProviderName, now: Timestamp) -> String {
    format!("spend#{provider}#{}", TimeZone::UTC.to_datetime(now).date())
}

/// Rounded up: who asks again on the second should find the next day.
fn rest_of_day(now: Timestamp) -> Duration {
    Duration::from_secs(DAY_S - now.as_second().rem_euclid(DAY_S as i64).unsigned_abs())
}

impl GenerationStore {
    /// Counts a job that the provider took or may have taken, and answers what it has cost
    /// us today. One request; counts at most once.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer: the job may be missing in the count.
    pub(crate) async fn count(&self, model: &Model, settings: &Settings, now: Timestamp) -> Result<Spent> {
        let cost = model.provider_cost.price(settings)?.total;
        let expiry = now.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        let add = [("micro_dollars", cost), ("jobs", 1)];
        let row = self.table().count(&spend_key(model.provider, now), SPEND, &add, seconds(expiry)).await?;
        aws::read(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn spent(micro_dollars: u64) -> Option<Spent> {
        Some(Spent { micro_dollars, jobs: 1 })
    }

    #[test]
    fn a_provider_takes_nothing_that_would_cost_more_than_its_cap() {
        let caps = Caps::parse(&[("bfl", "0"), ("fal", "2"), ("replicate", "0")]).unwrap();
        let now = at("2026-11-24T18:30:00.5Z");
        for (spent, cost, good) in [
            (None, 2_000_000, true),
            (None, 2_000_001, false),
            (spent(1_999_999), 1, true),
            (spent(2_000_000), 1, false),
            (spent(9_000_000), 1, false),
            (spent(u64::MAX), 1, false),
        ] {
            let admitted = caps.admit(ProviderName::Fal, spent, cost, now);
            assert_eq!(admitted.is_ok(), good, "{spent:?} and {cost}");
            if let Err(error) = admitted {
                let Error::SpendCapReached { retry_after } = error else { panic!("{error} must be the cap") };
                assert_eq!(retry_after, Duration::from_secs(5 * 3_600 + 1_800));
            }
        }
        assert!(caps.admit(ProviderName::Bfl, None, 1, now).is_err(), "a cap of nothing switches off");
    }

    #[test]
    fn a_cap_that_is_no_number_fails_the_cold_start() {
        for wrong in ["", "-1", "1.5", "a lot", "99999999999999999999"] {
            assert!(Caps::parse(&[("bfl", "1"), ("fal", wrong), ("replicate", "1")]).is_err(), "{wrong:?}");
        }
        assert!(Caps::parse(&[("bfl", "1"), ("fal", "1")]).is_err(), "every provider needs one");
    }

    #[test]
    fn a_day_is_a_day_in_utc() {
        let key = |text: &str| spend_key(ProviderName::Replicate, at(text));
        assert_eq!(key("2026-12-31T23:59:59.999Z"), "spend#replicate#2026-12-31");
        assert_eq!(key("2027-01-01T00:00:00Z"), "spend#replicate#2027-01-01");
        assert_eq!(rest_of_day(at("2026-12-31T23:59:59.999Z")), Duration::from_secs(1));
        assert_eq!(rest_of_day(at("2027-01-01T00:00:00Z")), Duration::from_secs(24 * 3_600));
    }
}
