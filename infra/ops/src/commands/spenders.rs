//! `top-spenders`: who cost most at the providers on a day.

use crate::{
    console::{Console, scan_json, scanned},
    day::Day,
    pseudonyms::DayPseudonyms,
    refusal::Refusal,
    report::{Report, counted, dollars},
};
use aws::ScanProgress;
use credits::{Balance, BalanceStatus};
use generations::{Catalogue, DailySpend, Spender, Spenders};
use jiff::civil::Date;
use kernel::AccountId;
use providers::ProviderName;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The balances that one batch reads: DynamoDB takes 100 keys.
const BATCH: usize = 100;

/// The difference to the spend that the caps count. A generation does not store that its provider does
/// not bill it.
const BILLED: &str = "Failed jobs that the provider does not bill are counted here, and not in the provider's cap.";

/// All that the command shows.
struct SpendersOfDay {
    date: Date,
    /// The provider of the jobs; `None` is all providers.
    provider: Option<ProviderName>,
    spenders: Spenders,
    /// The statuses of the accounts. An erased account has none.
    statuses: BTreeMap<AccountId, BalanceStatus>,
    pseudonyms: DayPseudonyms,
    /// The spend of the day as the caps count it, of the provider or of all. `None` if no count is kept.
    counted: Option<DailySpend>,
    cost: ScanCost,
}

/// The costs of the two scans.
#[derive(Debug, Clone, Copy, Default)]
struct ScanCost {
    credits: ScanProgress,
    generations: ScanProgress,
}

pub(super) async fn show(
    day: Day,
    provider: Option<ProviderName>,
    limit: usize,
    console: &Console<'_>,
) -> Result<Report, Refusal> {
    let (date, mut cost) = (day.date(console.now)?, ScanCost::default());
    let pseudonyms = console.secrets.pseudonyms_of(date).await;
    // A generation that begins meanwhile is then no deleted one.
    let holds = console.stores.credits.holds_of_day(date, console.watch("Credits", &mut cost.credits)).await?;
    let progress = console.watch("Generations", &mut cost.generations);
    let jobs = console.stores.generations.costs_of_day(date, progress).await?;
    let spenders = Spenders::of(&jobs, &holds, provider, &Catalogue::built_in()?, limit);
    let statuses = statuses(&spenders.top, console).await?;
    let counted = counted_spend(provider, date, console).await?;
    Ok(SpendersOfDay { date, provider, spenders, statuses, pseudonyms, counted, cost }.report())
}

/// The spend that the caps count: of one provider, or the sum of all. One request for each.
async fn counted_spend(
    provider: Option<ProviderName>,
    date: Date,
    console: &Console<'_>,
) -> Result<Option<DailySpend>, Refusal> {
    let mut sum: Option<DailySpend> = None;
    for of in ProviderName::ALL.iter().filter(|of| provider.is_none_or(|provider| provider == **of)) {
        if let Some(DailySpend { micro_dollars, jobs }) = console.stores.generations.spend_of_day(*of, date).await? {
            let before = sum.unwrap_or_default();
            let micro_dollars = before.micro_dollars.saturating_add(micro_dollars);
            sum = Some(DailySpend { micro_dollars, jobs: before.jobs.saturating_add(jobs) });
        }
    }
    Ok(sum)
}

/// The statuses of the accounts. One request for each hundred. An erased account has none.
async fn statuses(top: &[Spender], console: &Console<'_>) -> Result<BTreeMap<AccountId, BalanceStatus>, Refusal> {
    let (table, sort) = console.stores.credits.balance_key();
    let mut statuses = BTreeMap::new();
    for spenders in top.chunks(BATCH) {
        let ids: Vec<String> = spenders.iter().map(|spender| spender.account.to_string()).collect();
        let keys: Vec<_> = ids.iter().map(|id| (table, id.as_str(), sort)).collect();
        for (spender, item) in spenders.iter().zip(table.db().batch_get_all(&keys).await?) {
            if let Some(item) = item {
                statuses.insert(spender.account, aws::read::<Balance>(item)?.status);
            }
        }
    }
    Ok(statuses)
}

impl SpendersOfDay {
    fn report(&self) -> Report {
        let Spenders { top, accounts, micro_dollars, jobs, unknown, unplaced_micro_dollars, .. } = &self.spenders;
        let none = format!(
            "No job was sent on {} (UTC). DAY is the alarm's day in UTC: after midnight, try \
             `cargo ops top-spenders yesterday`.",
            self.date
        );
        let place = self.provider.map_or_else(|| "all providers".to_owned(), |provider| provider.to_string());
        let report = Report::new(self.json())
            .line(format!("The cost of the jobs that were requested on {} (UTC), at {place}.", self.date))
            .table(&["account", "cost", "of all", "deleted", "jobs", "status", "pseudonym"], self.rows(), &none)
            .line(format!(
                "All together: {} by {} with {}.",
                dollars(*micro_dollars),
                counted(*accounts, "account", "accounts"),
                counted(*jobs, "job", "jobs")
            ))
            .line(self.counted_line())
            .line(format!(
                "The whole tables Credits ({}) and Generations ({}) were read. Doing it again costs the same again.",
                scanned(&self.cost.credits),
                scanned(&self.cost.generations)
            ));
        let report = match unplaced_micro_dollars {
            0 => report,
            unplaced => report.line(format!(
                "{} of that is by deleted works whose provider is unknown. They count for every provider.",
                dollars(*unplaced)
            )),
        };
        let report = match jobs {
            0 => report,
            _ => report.line(BILLED),
        };
        let report = match self.pseudonyms.problem() {
            Some(problem) => report.line(problem),
            None => report,
        };
        let report = match unknown {
            0 => report,
            unknown => report.line(format!(
                "{} an unknown cost: the catalogue has dropped the model.",
                counted(*unknown, "job has", "jobs have")
            )),
        };
        match top.first() {
            Some(first) => report.next(format!("cargo ops account {}", first.account)),
            None => report,
        }
    }

    /// The sum that the caps have, beside that of the table.
    fn counted_line(&self) -> String {
        match self.counted {
            Some(DailySpend { micro_dollars, jobs }) => format!(
                "The caps of that day counted {} with {}. Erased accounts are in that sum alone.",
                dollars(micro_dollars),
                counted(jobs, "job", "jobs")
            ),
            None => "The caps have no count of that day. It is kept for 30 days.".to_owned(),
        }
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let all = self.spenders.micro_dollars;
        let share = |part: u64| part.saturating_mul(100).checked_div(all).unwrap_or_default();
        let rows = self.spenders.top.iter().map(|spender| {
            let part = format!("{}%", share(spender.micro_dollars));
            let (cost, jobs) = (dollars(spender.micro_dollars), spender.jobs.to_string());
            let deleted = dollars(spender.deleted_micro_dollars);
            let status = self.statuses.get(&spender.account).map_or_else(|| "erased".to_owned(), ToString::to_string);
            vec![spender.account.to_string(), cost, part, deleted, jobs, status, self.pseudonyms.text(spender.account)]
        });
        rows.collect()
    }

    fn json(&self) -> Value {
        let Self { date, provider, spenders, statuses, pseudonyms, counted, cost } = self;
        let top = spenders.top.iter().map(|spender| {
            json!({
                "account": spender.account, "micro_dollars": spender.micro_dollars, "jobs": spender.jobs,
                "deleted_micro_dollars": spender.deleted_micro_dollars,
                "status": statuses.get(&spender.account), "pseudonyms": pseudonyms.json(spender.account),
            })
        });
        json!({
            "day": date.to_string(), "provider": provider.map(|provider| provider.to_string()),
            "spenders": top.collect::<Vec<_>>(), "accounts": spenders.accounts,
            "micro_dollars": spenders.micro_dollars, "jobs": spenders.jobs, "jobs_of_unknown_cost": spenders.unknown,
            "deleted_micro_dollars": spenders.deleted_micro_dollars,
            "unplaced_micro_dollars": spenders.unplaced_micro_dollars,
            "counted": counted.map(|counted| json!({ "micro_dollars": counted.micro_dollars, "jobs": counted.jobs })),
            "scans": { "Credits": scan_json(&cost.credits), "Generations": scan_json(&cost.generations) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use session::PseudonymKeys;

    /// 32 bytes of 7 in base64url.
    const SECRET: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

    #[test]
    fn the_report_says_who_how_much_and_what_it_cost() {
        let account: AccountId = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
        let top = vec![Spender { account, micro_dollars: 17_034_000, jobs: 261, deleted_micro_dollars: 9_000_000 }];
        let spenders = Spenders {
            top,
            accounts: 2,
            micro_dollars: 20_000_000,
            jobs: 300,
            deleted_micro_dollars: 9_000_000,
            unplaced_micro_dollars: 2_000_000,
            unknown: 1,
        };
        let generations = ScanProgress { pages: 3, read: 9_000, found: 300, units: 350.5 };
        let credits = ScanProgress { pages: 1, read: 700, found: 600, units: 90.0 };
        let (cost, counted) =
            (ScanCost { credits, generations }, Some(DailySpend { micro_dollars: 19_000_000, jobs: 290 }));
        let (date, keys) = ("2026-11-30".parse().unwrap(), PseudonymKeys::from_keys([SECRET]).unwrap());
        let pseudonyms = DayPseudonyms::known(keys.of_day(date));
        let statuses = BTreeMap::from([(account, BalanceStatus::Frozen)]);
        let provider = Some(ProviderName::Replicate);
        let found = SpendersOfDay { date, provider, spenders, statuses, pseudonyms, counted, cost };
        let report = found.report();
        let text = report.text();
        for part in [
            "on 2026-11-30 (UTC), at replicate",
            "01929e6b-6c00-7000-8000-0123456789ab  $17.03  85%     $9.00    261   frozen  27004ade3a6a14fd\n",
            "The caps of that day counted $19.00 with 290 jobs.",
            "$2.00 of that is by deleted works whose provider is unknown",
            "Credits (700 items in 1 page, 600 found, 90.0 read units)",
            "$20.00 by 2 accounts with 300 jobs",
            "9000 items in 3 pages, 300 found, 350.5 read units",
            "1 job has an unknown cost",
            "does not bill are counted here",
            "cargo ops account 01929e6b-6c00-7000-8000-0123456789ab",
        ] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
        assert_eq!(report.json["spenders"][0]["micro_dollars"], 17_034_000);
        assert_eq!(report.json["spenders"][0]["status"], "frozen");
        assert_eq!(report.json["spenders"][0]["pseudonyms"], json!(["27004ade3a6a14fd"]));
        assert_eq!(report.json["spenders"][0]["deleted_micro_dollars"], 9_000_000);
        assert_eq!(report.json["scans"]["Generations"]["items"], 9_000);
        let none = SpendersOfDay { provider: None, spenders: Spenders::default(), counted: None, ..found };
        let text = none.report().text();
        for part in ["No job was sent on 2026-11-30 (UTC).", "top-spenders yesterday", "have no count of that day"] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
    }
}
