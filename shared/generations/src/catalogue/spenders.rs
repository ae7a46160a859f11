//! The provider cost of the jobs of one day, by account.

use crate::catalogue::{models::Catalogue, settings::Settings};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{AccountId, Timestamp};
use providers::{ProviderJob, ProviderName};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The part of a stored generation that decides its cost.
#[derive(Debug, Clone, Deserialize)]
pub struct JobCost {
    #[serde(rename = "pk")]
    account: AccountId,
    model: String,
    provider: ProviderName,
    settings: Settings,
    status: String,
    provider_job: Option<ProviderJob>,
    /// In millionths of a dollar. Missing in generations that are older than the attribute.
    provider_cost: Option<u64>,
}

impl JobCost {
    /// The attributes of [`JobCost`] in the table.
    pub(crate) const ATTRIBUTES: [&'static str; 7] =
        ["pk", "model", "provider", "settings", "status", "provider_job", "provider_cost"];

    /// Whether a job was sent to the provider, or may have been. A generation that was canceled while
    /// it waited has no job.
    fn was_sent(&self) -> bool {
        self.provider_job.is_some() || !matches!(self.status.as_str(), "queued" | "canceled")
    }

    /// The cost in millionths of a dollar: the stored one, or else that of the catalogue's rule.
    /// `None` when the catalogue no longer has the model.
    fn micro_dollars(&self, catalogue: &Catalogue) -> Option<u64> {
        let by_rule = || Some(catalogue.model(&self.model).ok()?.provider_cost.breakdown(&self.settings).ok()?.total);
        self.provider_cost.or_else(by_rule)
    }
}

/// The cost of one account at the providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spender {
    /// The account.
    pub account: AccountId,
    /// In millionths of a dollar.
    pub micro_dollars: u64,
    /// The number of jobs that were sent.
    pub jobs: u64,
}

/// The spenders of one day, and the sum of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spenders {
    /// The accounts, those with the highest cost first.
    pub top: Vec<Spender>,
    /// The number of accounts with a job.
    pub accounts: u64,
    /// The cost of all accounts, in millionths of a dollar.
    pub micro_dollars: u64,
    /// The jobs of all accounts.
    pub jobs: u64,
    /// Jobs that were sent and whose cost is unknown, because the catalogue no longer has their model.
    pub unknown: u64,
}

impl Spenders {
    /// Sums the jobs by account, of one provider or of all, and keeps the first `limit` accounts.
    #[must_use]
    pub fn of(jobs: &[JobCost], provider: Option<ProviderName>, catalogue: &Catalogue, limit: usize) -> Self {
        let mut sums: BTreeMap<AccountId, Spender> = BTreeMap::new();
        let mut all = Self::default();
        let of_provider = |job: &&JobCost| provider.is_none_or(|provider| job.provider == provider);
        for job in jobs.iter().filter(of_provider).filter(|job| job.was_sent()) {
            let Some(cost) = job.micro_dollars(catalogue) else {
                all.unknown += 1;
                continue;
            };
            let new = || Spender { account: job.account, micro_dollars: 0, jobs: 0 };
            let sum = sums.entry(job.account).or_insert_with(new);
            (sum.micro_dollars, sum.jobs) = (sum.micro_dollars.saturating_add(cost), sum.jobs + 1);
            (all.micro_dollars, all.jobs) = (all.micro_dollars.saturating_add(cost), all.jobs + 1);
        }
        all.accounts = sums.len() as u64;
        all.top = sums.into_values().collect();
        all.top.sort_by_key(|spender| (std::cmp::Reverse(spender.micro_dollars), spender.account));
        all.top.truncate(limit);
        all
    }
}

/// The first and the last text that the id of a generation of this day (UTC) can have. An id is a
/// UUIDv7 (RFC 9562 §5.7): it begins with its time, in milliseconds.
pub(crate) fn ids_of_day(day: Date) -> Option<(String, String)> {
    let begin = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
    let text = |time: Timestamp, rest: &str| {
        let hex = format!("{:012x}", time.as_millisecond());
        Some(format!("{}-{}-{rest}", hex.get(..8)?, hex.get(8..)?))
    };
    let last = begin(day.tomorrow().ok()?)?.as_millisecond() - 1;
    let last = Timestamp::from_millisecond(last).ok()?;
    Some((text(begin(day)?, "0000-0000-000000000000")?, text(last, "ffff-ffff-ffffffffffff")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Fixed, Ids};
    use serde_json::json;

    fn job(account: u8, model: &str, change: serde_json::Value) -> JobCost {
        let mut stored = json!({
            "pk": format!("01929e6b-6c00-7000-8000-0000000000{account:02}"),
            "sk": "01929e6b-6c00-7000-8000-0123456789ac", "model": model, "provider": "replicate",
            "settings": { "num_outputs": 2 }, "status": "succeeded",
        });
        for (name, value) in change.as_object().unwrap() {
            stored[name] = value.clone();
        }
        serde_json::from_value(stored).unwrap()
    }

    #[test]
    fn a_day_has_the_ids_that_were_made_on_it() {
        let (first, last) = ids_of_day("2026-11-30".parse().unwrap()).unwrap();
        for (made, inside) in [
            ("2026-11-29T23:59:59.999Z", false),
            ("2026-11-30T00:00:00Z", true),
            ("2026-11-30T23:59:59.999Z", true),
            ("2026-12-01T00:00:00Z", false),
        ] {
            for byte in [0, 255] {
                let id = Ids::new(Fixed(byte)).uuid_v7(made.parse().unwrap()).to_string();
                assert_eq!((&first..=&last).contains(&&id), inside, "{made} {id}");
            }
        }
    }

    #[test]
    fn costs_are_summed_by_account_and_the_dearest_is_first() {
        let catalogue = Catalogue::built_in().unwrap();
        let rule = catalogue.model("flux-schnell").unwrap().provider_cost.clone();
        let by_rule = rule.breakdown(&job(1, "flux-schnell", json!({})).settings).unwrap().total;
        let jobs = vec![
            job(1, "flux-schnell", json!({})),
            job(2, "flux-schnell", json!({ "provider_cost": 1_000_000 })),
            job(2, "flux-schnell", json!({ "provider_cost": 500_000, "status": "canceled", "provider_job": "j" })),
            // Never sent.
            job(3, "flux-schnell", json!({ "status": "queued" })),
            job(3, "flux-schnell", json!({ "status": "canceled" })),
            // The catalogue has dropped the model.
            job(4, "gone", json!({})),
            job(5, "gone", json!({ "provider_cost": 7, "provider": "fal" })),
        ];
        let all = Spenders::of(&jobs, None, &catalogue, 2);
        assert_eq!((all.accounts, all.jobs, all.unknown), (3, 4, 1));
        assert_eq!(all.micro_dollars, 1_500_000 + by_rule + 7);
        let costs: Vec<_> = all.top.iter().map(|spender| (spender.micro_dollars, spender.jobs)).collect();
        assert_eq!(costs, [(1_500_000, 2), (by_rule, 1)]);
        let fal = Spenders::of(&jobs, Some(ProviderName::Fal), &catalogue, 2);
        assert_eq!((fal.micro_dollars, fal.top.len()), (7, 1));
    }
}
