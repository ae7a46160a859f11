//! The provider cost of the jobs of one day, by account.
//!
//! A generation that is deleted leaves no item, but its hold stays in the ledger, with the cost of its
//! job. So deleting works hides nobody.

use crate::{
    catalogue::{models::Catalogue, settings::Settings},
    generation::status::GenerationStatus,
};
use credits::DayHold;
use kernel::{AccountId, GenerationId};
use providers::ProviderName;
use std::collections::{BTreeMap, BTreeSet};

/// The part of a generation that decides its cost.
#[derive(Debug, Clone)]
pub struct JobCost {
    pub(crate) account: AccountId,
    pub(crate) id: GenerationId,
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
    /// The part of the cost whose generations are deleted, in millionths of a dollar.
    pub deleted_micro_dollars: u64,
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
    /// The cost of the jobs whose generations are deleted, in millionths of a dollar.
    pub deleted_micro_dollars: u64,
    /// The part of that whose provider is unknown. It counts for every provider.
    pub unplaced_micro_dollars: u64,
    /// Jobs that were sent and whose cost is unknown, because the catalogue no longer has their model.
    pub unknown: u64,
}

impl Spenders {
    /// Sums the jobs by account, of one provider or of all, and keeps the first `limit` accounts. A
    /// hold without a generation among the jobs is one whose generation is deleted. So the holds must
    /// have been read before the jobs: otherwise a generation that began meanwhile looks deleted.
    #[must_use]
    pub fn of(
        jobs: &[JobCost],
        holds: &[DayHold],
        provider: Option<ProviderName>,
        catalogue: &Catalogue,
        limit: usize,
    ) -> Self {
        let (mut sums, mut all) = (BTreeMap::new(), Self::default());
        let of_provider = |job: &&JobCost| provider.is_none_or(|provider| job.provider == provider);
        for job in jobs.iter().filter(of_provider).filter(|job| job.was_sent()) {
            let Some(cost) = job.micro_dollars(catalogue) else {
                all.unknown += 1;
                continue;
            };
            all.add(&mut sums, job.account, cost);
        }
        let known: BTreeSet<GenerationId> = jobs.iter().map(|job| job.id).collect();
        for hold in holds.iter().filter(|hold| !known.contains(&hold.generation)) {
            let Some(end) = hold.end.as_ref().filter(|end| end.was_sent) else { continue };
            let model = end.model.as_ref().and_then(|model| catalogue.model(model).ok());
            let of = model.map(|model| model.provider);
            if provider.is_some() && of.is_some() && of != provider {
                continue;
            }
            let cost = hold.provider_cost.0;
            let sum = all.add(&mut sums, hold.account, cost);
            sum.deleted_micro_dollars = sum.deleted_micro_dollars.saturating_add(cost);
            all.deleted_micro_dollars = all.deleted_micro_dollars.saturating_add(cost);
            if provider.is_some() && of.is_none() {
                all.unplaced_micro_dollars = all.unplaced_micro_dollars.saturating_add(cost);
            }
        }
        all.accounts = sums.len() as u64;
        all.top = sums.into_values().collect();
        all.top.sort_by_key(|spender| (std::cmp::Reverse(spender.micro_dollars), spender.account));
        all.top.truncate(limit);
        all
    }

    /// Adds a job to the sum of all and to that of its account, which it returns.
    fn add<'a>(
        &mut self,
        sums: &'a mut BTreeMap<AccountId, Spender>,
        account: AccountId,
        cost: u64,
    ) -> &'a mut Spender {
        let new = || Spender { account, micro_dollars: 0, jobs: 0, deleted_micro_dollars: 0 };
        let sum = sums.entry(account).or_insert_with(new);
        (sum.micro_dollars, sum.jobs) = (sum.micro_dollars.saturating_add(cost), sum.jobs + 1);
        (self.micro_dollars, self.jobs) = (self.micro_dollars.saturating_add(cost), self.jobs + 1);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use GenerationStatus::{Canceled, Queued, Succeeded};
    use credits::HoldEnd;
    use kernel::MicroDollars;
    use serde_json::json;

    /// The hold of generation `n` of an account. Its generation is deleted, if no job has this number.
    fn hold(account: u8, n: u8, cost: u64, end: Option<(bool, Option<&str>)>) -> DayHold {
        let end = end.map(|(was_sent, model)| HoldEnd { was_sent, model: model.map(str::to_owned) });
        DayHold { account: id(account), generation: generation(n), provider_cost: MicroDollars(cost), end }
    }

    fn id(account: u8) -> AccountId {
        format!("01929e6b-6c00-7000-8000-0000000000{account:02}").parse().unwrap()
    }

    fn generation(n: u8) -> GenerationId {
        format!("01929e6b-6c00-7000-9000-0000000000{n:02}").parse().unwrap()
    }

    fn job(account: u8, model: &str, status: GenerationStatus, provider_cost: Option<u64>) -> JobCost {
        JobCost {
            account: id(account),
            id: generation(account),
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
        let all = Spenders::of(&jobs, &[], None, &catalogue, 2);
        assert_eq!((all.accounts, all.jobs, all.unknown), (3, 4, 1));
        assert_eq!(all.micro_dollars, 1_500_000 + by_rule + 7);
        let costs: Vec<_> = all.top.iter().map(|spender| (spender.micro_dollars, spender.jobs)).collect();
        assert_eq!(costs, [(1_500_000, 2), (by_rule, 1)]);
        let fal = Spenders::of(&jobs, &[], Some(ProviderName::Fal), &catalogue, 2);
        assert_eq!((fal.micro_dollars, fal.top.len()), (7, 1));
    }

    #[test]
    fn an_account_that_deletes_its_works_is_still_found() {
        let catalogue = Catalogue::built_in().unwrap();
        let jobs = [job(1, "flux-schnell", Succeeded, Some(100))];
        let holds = [
            hold(1, 1, 100, Some((true, Some("flux-schnell")))),
            hold(2, 20, 300, Some((true, Some("flux-schnell")))),
            hold(2, 21, 40, Some((true, None))),
            hold(2, 22, 5, Some((true, Some("gone")))),
            // Not billed or never sent, and still under way.
            hold(2, 23, 6, Some((false, None))),
            hold(2, 24, 7, None),
        ];
        let all = Spenders::of(&jobs, &holds, None, &catalogue, 9);
        let spender = |account, micro_dollars, jobs, deleted_micro_dollars| Spender {
            account: id(account),
            micro_dollars,
            jobs,
            deleted_micro_dollars,
        };
        assert_eq!(all.top, [spender(2, 345, 3, 345), spender(1, 100, 1, 0)]);
        assert_eq!((all.micro_dollars, all.deleted_micro_dollars, all.unplaced_micro_dollars), (445, 345, 0));
        assert_eq!(catalogue.model("flux-schnell").unwrap().provider, ProviderName::Replicate);
        let own = Spenders::of(&jobs, &holds, Some(ProviderName::Replicate), &catalogue, 9);
        assert_eq!((own.micro_dollars, own.unplaced_micro_dollars), (445, 45));
        let other = Spenders::of(&jobs, &holds, Some(ProviderName::Fal), &catalogue, 9);
        assert_eq!((other.micro_dollars, other.unplaced_micro_dollars, other.jobs), (45, 45, 2));
    }
}
