//! The daily spend at each provider, and its cap.
//!
//! The spend is the sum of the catalogue's `provider_cost` over the jobs that the provider accepted
//! or may have accepted. A failed job is subtracted again if we know that the provider does not bill
//! it. The sum may contain other jobs that the provider does not bill. The cap only limits the spend;
//! only the provider's bill is exact.

use kernel::{Error, MicroDollars, Result, Timestamp};
use providers::ProviderName;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// The seconds of a day in UTC: Unix time has no leap seconds.
const DAY_S: u64 = 24 * 60 * 60;

/// The millionths in one dollar.
const MICRO: u64 = 1_000_000;

/// The spend at one provider on one day. It contains nothing about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DailySpend {
    /// In millionths of a dollar.
    pub micro_dollars: u64,
    /// The number of jobs that the provider accepted or may have accepted.
    pub jobs: u64,
}

/// The daily (UTC) cap of the spend at each provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendCaps(BTreeMap<ProviderName, u64>);

impl SpendCaps {
    /// Reads a cap in whole dollars for each provider. A provider with the cap 0 takes no job.
    ///
    /// # Errors
    /// `internal` when a cap is missing or is not a whole number.
    pub fn parse(dollars: &[(&str, &str)]) -> Result<Self> {
        let cap = |provider: ProviderName| {
            let given = dollars.iter().find(|(name, _)| *name == provider.as_str());
            let micro = given.and_then(|(_, dollars)| dollars.parse::<u64>().ok()?.checked_mul(MICRO));
            let micro = micro.ok_or_else(|| Error::internal(format!("{provider} needs a cap in whole dollars")))?;
            Ok((provider, micro))
        };
        ProviderName::ALL.iter().copied().map(cap).collect::<Result<_>>().map(Self)
    }

    /// Checks whether a job of this cost stays within the cap.
    /// `spent` does not contain jobs that are queued and not yet submitted, so the spend of a
    /// day may exceed the cap by those.
    ///
    /// # Errors
    /// `provider_paused` until the end of the day.
    pub(crate) fn admit(
        &self,
        provider: ProviderName,
        spent: Option<DailySpend>,
        cost: MicroDollars,
        now: Timestamp,
    ) -> Result<()> {
        let cap = self.0.get(&provider).copied().unwrap_or_default();
        let after = spent.unwrap_or_default().micro_dollars.checked_add(cost.0);
        match after.is_some_and(|after| after <= cap) {
            true => Ok(()),
            false => Err(Error::SpendCapReached { retry_after: rest_of_day(now) }),
        }
    }
}

/// The time until the next day in UTC, rounded up to whole seconds, so that a retry after it
/// is on the next day.
fn rest_of_day(now: Timestamp) -> Duration {
    Duration::from_secs(DAY_S - now.as_second().rem_euclid(DAY_S as i64).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn spent(micro_dollars: u64) -> Option<DailySpend> {
        Some(DailySpend { micro_dollars, jobs: 1 })
    }

    #[test]
    fn a_job_that_would_exceed_the_cap_is_refused() {
        let caps = SpendCaps::parse(&[("bfl", "0"), ("fal", "2"), ("replicate", "0")]).unwrap();
        let now = at("2026-11-24T18:30:00.5Z");
        for (spent, cost, good) in [
            (None, 2_000_000, true),
            (None, 2_000_001, false),
            (spent(1_999_999), 1, true),
            (spent(2_000_000), 1, false),
            (spent(9_000_000), 1, false),
            (spent(u64::MAX), 1, false),
        ] {
            let admitted = caps.admit(ProviderName::Fal, spent, MicroDollars(cost), now);
            assert_eq!(admitted.is_ok(), good, "{spent:?} and {cost}");
            if let Err(error) = admitted {
                let Error::SpendCapReached { retry_after } = error else { panic!("{error} must be the cap") };
                assert_eq!(retry_after, Duration::from_secs(5 * 3_600 + 1_800));
            }
        }
        assert!(caps.admit(ProviderName::Bfl, None, MicroDollars(1), now).is_err(), "a cap of 0 refuses every job");
    }

    #[test]
    fn an_invalid_cap_fails_the_cold_start() {
        for wrong in ["", "-1", "1.5", "a lot", "99999999999999999999"] {
            assert!(SpendCaps::parse(&[("bfl", "1"), ("fal", wrong), ("replicate", "1")]).is_err(), "{wrong:?}");
        }
        assert!(SpendCaps::parse(&[("bfl", "1"), ("fal", "1")]).is_err(), "every provider needs a cap");
    }

    #[test]
    fn a_day_ends_at_midnight_in_utc() {
        assert_eq!(rest_of_day(at("2026-12-31T23:59:59.999Z")), Duration::from_secs(1));
        assert_eq!(rest_of_day(at("2027-01-01T00:00:00Z")), Duration::from_secs(24 * 3_600));
    }
}
