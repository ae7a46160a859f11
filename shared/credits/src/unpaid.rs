//! The jobs of a day that ended without a payment, and the limits on them.
//!
//! A job that a provider has costs us something, also when its person pays nothing. So the balance
//! counts each such end, in the entry that ends the hold. A day is a day in UTC.

use jiff::{civil::Date, tz::TimeZone};
#[cfg(feature = "planted-faults")]
use kernel::planted::{Planted, planted};
use kernel::{Error, MicroDollars, Result, Timestamp, later, limits};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The reason for which a job that a provider had, or may have had, delivered nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnpaidEnd {
    /// The person canceled it.
    Canceled,
    /// The policy of the provider does not allow the prompt or the result.
    Refused,
    /// The provider did not deliver, or its output could not be stored.
    Failed,
}

/// The count of one day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnpaidJobs {
    /// The day of the counts. `None` before the first such job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<Date>,
    /// The number of canceled jobs, charged ones included.
    #[serde(default)]
    canceled: u32,
    /// The provider's cost of the canceled jobs, charged ones included.
    #[serde(default)]
    canceled_cost: MicroDollars,
    /// The number of refused jobs.
    #[serde(default)]
    refused: u32,
    /// The provider's cost of the refused and failed jobs.
    #[serde(default)]
    lost_cost: MicroDollars,
    /// The number of pauses that began today.
    #[serde(default)]
    pauses: u32,
    /// The end of the last pause, which may be on another day.
    #[serde(
        with = "jiff::fmt::serde::timestamp::millisecond::optional",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    paused_until: Option<Timestamp>,
}

impl UnpaidJobs {
    /// Whether nothing was counted yet.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether canceling a job of this cost is free: the first canceled job of a day is, whatever it
    /// costs. Later ones are as long as all canceled jobs of the day, the first and this one
    /// included, cost at most `allowance`.
    pub(crate) fn cancels_free(&self, cost: MicroDollars, allowance: MicroDollars, now: Timestamp) -> bool {
        #[cfg(feature = "planted-faults")]
        if planted(Planted::CancelFree) {
            return true;
        }
        let today = self.at(now);
        today.canceled == 0 || today.canceled_cost.saturating_add(cost) <= allowance
    }

    /// Whether canceling a job of this cost is free even if all other jobs under way, which have the
    /// costs `others`, are canceled before.
    pub(crate) fn surely_cancels_free(
        &self,
        cost: MicroDollars,
        others: impl Iterator<Item = MicroDollars>,
        allowance: MicroDollars,
        now: Timestamp,
    ) -> bool {
        let mut jobs = self.clone();
        others.for_each(|other| jobs.count(UnpaidEnd::Canceled, other, now));
        jobs.cancels_free(cost, allowance, now)
    }

    /// Counts a job of this cost.
    pub(crate) fn count(&mut self, end: UnpaidEnd, cost: MicroDollars, now: Timestamp) {
        *self = self.at(now);
        match end {
            #[cfg(feature = "planted-faults")]
            UnpaidEnd::Canceled if planted(Planted::CancelUncounted) => {}
            UnpaidEnd::Canceled => {
                self.canceled = self.canceled.saturating_add(1);
                self.canceled_cost = self.canceled_cost.saturating_add(cost);
            }
            UnpaidEnd::Refused => {
                self.lost_cost = self.lost_cost.saturating_add(cost);
                self.refused = self.refused.saturating_add(1);
                // Jobs that were under way when a pause began do not make it longer.
                if self.refused >= limits::REFUSED_DAILY && self.paused_until.is_none_or(|until| until <= now) {
                    self.paused_until = Some(later(now, pause(self.pauses)));
                    self.pauses = self.pauses.saturating_add(1);
                }
            }
            UnpaidEnd::Failed => self.lost_cost = self.lost_cost.saturating_add(cost),
        }
    }

    /// Checks whether a new job may start.
    ///
    /// # Errors
    /// `too_many_refused` during a pause; `too_many_failed` when the refused and failed jobs of the
    /// day have cost [`limits::LOST_JOBS_DAILY`].
    pub(crate) fn admit(&self, now: Timestamp) -> Result<()> {
        if let Some(until) = self.paused_until.filter(|until| now < *until) {
            let retry_after = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            return Err(Error::TooManyRefused {
                limit: limits::REFUSED_DAILY,
                retry_after: whole_seconds(retry_after),
            });
        }
        if self.at(now).lost_cost >= limits::LOST_JOBS_DAILY {
            return Err(Error::TooManyFailed { retry_after: rest_of_day(now) });
        }
        Ok(())
    }

    /// The counts on the day of `now`. Only a pause outlasts its day.
    fn at(&self, now: Timestamp) -> Self {
        let day = Some(TimeZone::UTC.to_datetime(now).date());
        match self.day == day {
            true => self.clone(),
            false => Self { day, paused_until: self.paused_until, ..Self::default() },
        }
    }
}

/// The length of a pause after this number of pauses on the same day.
fn pause(before: u32) -> Duration {
    let factor = 1_u32.checked_shl(before).unwrap_or(u32::MAX);
    limits::REFUSED_PAUSE.saturating_mul(factor).min(limits::REFUSED_PAUSE_MAX)
}

/// The time until the next day, in whole seconds.
fn rest_of_day(now: Timestamp) -> Duration {
    const DAY_S: i64 = 24 * 60 * 60;
    Duration::from_secs((DAY_S - now.as_second().rem_euclid(DAY_S)).unsigned_abs())
}

/// Rounded up, so that a retry after it is not too early.
fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: MicroDollars = MicroDollars(500_000);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn noon() -> Timestamp {
        at("2026-12-01T12:00:00Z")
    }

    fn code(jobs: &UnpaidJobs, now: Timestamp) -> Option<&'static str> {
        jobs.admit(now).err().map(|error| error.code())
    }

    #[test]
    fn the_first_cancellation_of_a_day_is_free_and_later_ones_within_the_allowance() {
        for (before, cost, free) in [
            (vec![], 900_000, true),
            (vec![900_000], 1, false),
            (vec![100_000], 400_000, true),
            (vec![100_000], 400_001, false),
            (vec![3_000; 5], 3_000, true),
            (vec![100_000, 400_000], 1, false),
        ] {
            let mut jobs = UnpaidJobs::default();
            before.iter().for_each(|cost| jobs.count(UnpaidEnd::Canceled, MicroDollars(*cost), noon()));
            assert_eq!(jobs.cancels_free(MicroDollars(cost), ALLOWANCE, noon()), free, "{before:?}, then {cost}");
            let midnight = at("2026-12-02T00:00:00Z");
            assert!(jobs.cancels_free(MicroDollars(900_000), ALLOWANCE, midnight), "a new day has its own first one");
        }
    }

    #[test]
    fn refused_and_failed_jobs_take_nothing_of_the_allowance() {
        let mut jobs = UnpaidJobs::default();
        jobs.count(UnpaidEnd::Refused, MicroDollars(900_000), noon());
        jobs.count(UnpaidEnd::Failed, MicroDollars(900_000), noon());
        assert!(jobs.cancels_free(MicroDollars(900_000), ALLOWANCE, noon()));
        jobs.count(UnpaidEnd::Canceled, MicroDollars(100_000), noon());
        assert!(jobs.cancels_free(MicroDollars(400_000), ALLOWANCE, noon()));
    }

    #[test]
    fn a_promise_counts_the_other_jobs_under_way() {
        let mut jobs = UnpaidJobs::default();
        let surely = |jobs: &UnpaidJobs, cost, others: &[u64]| {
            jobs.surely_cancels_free(MicroDollars(cost), others.iter().copied().map(MicroDollars), ALLOWANCE, noon())
        };
        assert!(surely(&jobs, 900_000, &[]), "it would be the first");
        assert!(!surely(&jobs, 900_000, &[3_000]), "another one may be the first");
        assert!(surely(&jobs, 400_000, &[100_000]));
        assert!(surely(&jobs, 400_000, &[40_000, 60_000]) && !surely(&jobs, 400_000, &[40_000, 60_001]));
        jobs.count(UnpaidEnd::Canceled, MicroDollars(100_000), noon());
        assert!(surely(&jobs, 400_000, &[]) && !surely(&jobs, 400_000, &[1]));
    }

    #[test]
    fn ten_refusals_pause_for_an_hour_and_each_later_one_for_twice_as_long() {
        let mut jobs = UnpaidJobs::default();
        let mut now = at("2026-12-01T00:00:00Z");
        for n in 1..=limits::REFUSED_DAILY {
            assert_eq!(code(&jobs, now), None, "before refusal {n}");
            jobs.count(UnpaidEnd::Refused, MicroDollars(3_000), now);
        }
        for hours in [1, 2, 4, 8] {
            // Jobs that were under way make the pause no longer.
            (0..20).for_each(|_| jobs.count(UnpaidEnd::Refused, MicroDollars(3_000), now));
            let Err(Error::TooManyRefused { retry_after, .. }) = jobs.admit(now) else { panic!("a pause must refuse") };
            assert_eq!(retry_after, hours * HOUR);
            now = later(now, hours * HOUR);
            assert_eq!(code(&jobs, later(now, -jiff::SignedDuration::from_millis(1))), Some("too_many_refused"));
            assert_eq!(code(&jobs, now), None, "the pause ends");
            jobs.count(UnpaidEnd::Refused, MicroDollars(3_000), now);
        }
        assert_eq!(code(&jobs, at("2026-12-02T00:00:00Z")), Some("too_many_refused"), "a pause outlasts its day");
        assert_eq!(code(&jobs, at("2026-12-02T07:00:00Z")), None);
        jobs.count(UnpaidEnd::Refused, MicroDollars(3_000), at("2026-12-02T07:00:00Z"));
        assert_eq!(code(&jobs, at("2026-12-02T07:00:00Z")), None, "a new day counts anew");
    }

    #[test]
    fn a_pause_is_never_longer_than_its_maximum() {
        for before in [0, 1, 4, 5, 31, 32, u32::MAX] {
            assert!((HOUR..=limits::REFUSED_PAUSE_MAX).contains(&pause(before)), "{before}");
        }
        assert_eq!(pause(u32::MAX), limits::REFUSED_PAUSE_MAX);
    }

    #[test]
    fn what_an_account_may_lose_a_day_is_bounded_by_cost_alone() {
        let mut jobs = UnpaidJobs::default();
        // The dearest job of the catalogue, ten times.
        (0..10).for_each(|_| jobs.count(UnpaidEnd::Failed, MicroDollars(900_000), noon()));
        assert_eq!(code(&jobs, noon()), None, "ten failures meet no limit");
        while code(&jobs, noon()).is_none() {
            jobs.count(UnpaidEnd::Failed, MicroDollars(900_000), noon());
        }
        let Err(Error::TooManyFailed { retry_after }) = jobs.admit(noon()) else { panic!("it is the daily bound") };
        assert_eq!(retry_after, 12 * HOUR);
        assert_eq!(code(&jobs, at("2026-12-02T00:00:00Z")), None);
    }

    #[test]
    fn times_are_rounded_up_to_whole_seconds() {
        assert_eq!(rest_of_day(at("2026-12-31T23:59:59.999Z")), Duration::from_secs(1));
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), Duration::from_secs(2));
        assert_eq!(whole_seconds(Duration::from_secs(7)), Duration::from_secs(7));
    }
}
