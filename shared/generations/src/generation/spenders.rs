//! The provider cost of the jobs of one day, by account.

use crate::{
    catalogue::{models::Catalogue, settings::Settings},
    generation::status::GenerationStatus,
};
use kernel::AccountId;
use providers::ProviderName;
use std::collections::BTreeMap;

/// The part of a generation that decides its cost.
#[derive(Debug, Clone)]
pub struct JobCost {
    pub(crate) account: AccountId,
    pub(crate) model: String,
    pub(crate) provider: ProviderName,
    pub(crate) settings: Settings,
    pub(crate) status: GenerationStatus,
    /// Whether the provider's id of the job is known.
    pub(crate) has_job: bool,
    /// In millionths of a dollar. Missing in generations that are older than the attribute.
    pub(crate) provider_cost: Option<u64>,
}

impl JobCost {
    /// Whether a job was sent to the provider, or may have been. A generation that was canceled while
    /// it waited has no job.
    fn was_sent(&self) -> bool {
        self.has_job || !matches!(self.status, GenerationStatus::Queued | GenerationStatus::Canceled)
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

#[cfg(test)]
mod tests {
    use super::*;
    use GenerationStatus::{Canceled, Queued, Succeeded};
    use serde_json::json;

    fn job(account: u8, model: &str, status: GenerationStatus, provider_cost: Option<u64>) -> JobCost {
        JobCost {
            account: format!("01929e6b-6c00-7000-8000-0000000000{account:02}").parse().unwrap(),
            model: model.to_owned(),
            provider: ProviderName::Replicate,
            settings: serde_json::from_value(json!({ "num_outputs": 2 })).unwrap(),
            status,
            has_job: false,
            provider_cost,
        }
    }

    #[test]
    fn costs_are_summed_by_account_and_the_dearest_is_first() {
        let catalogue = Catalogue::built_in().unwrap();
        let rule = catalogue.model("flux-schnell").unwrap().provider_cost.clone();
        let by_rule = rule.breakdown(&job(1, "flux-schnell", Succeeded, None).settings).unwrap().total;
        let jobs = vec![
            job(1, "flux-schnell", Succeeded, None),
            job(2, "flux-schnell", Succeeded, Some(1_000_000)),
            JobCost { has_job: true, ..job(2, "flux-schnell", Canceled, Some(500_000)) },
            // Never sent.
            job(3, "flux-schnell", Queued, None),
            job(3, "flux-schnell", Canceled, None),
            // The catalogue has dropped the model.
            job(4, "gone", Succeeded, None),
            JobCost { provider: ProviderName::Fal, ..job(5, "gone", Succeeded, Some(7)) },
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
