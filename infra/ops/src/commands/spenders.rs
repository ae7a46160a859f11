//! `top-spenders`: who cost most at the providers on a day.

use crate::{
    console::{Console, scanned},
    day::Day,
    pseudonyms::DayPseudonyms,
    report::{Report, dollars},
};
use aws::ScanProgress;
use generations::{Catalogue, Spenders};
use jiff::civil::Date;
use kernel::Result;
use providers::ProviderName;
use serde_json::{Value, json};

/// The difference to the spend that the caps count. A generation does not store that its provider does
/// not bill it.
const BILLED: &str = "Failed jobs that the provider does not bill are counted here, and not in the provider's cap.";

pub(super) async fn show(
    day: Day,
    provider: Option<ProviderName>,
    limit: usize,
    console: &Console<'_>,
) -> Result<Report> {
    let (date, mut last) = (day.date(console.now)?, ScanProgress::default());
    let pseudonyms = console.secrets.pseudonyms_of(date).await;
    let jobs = console.stores.generations.costs_of_day(date, console.watch("Generations", &mut last)).await?;
    let spenders = Spenders::of(&jobs, provider, &Catalogue::built_in()?, limit);
    Ok(report(date, provider, &spenders, &pseudonyms, &last))
}

fn report(
    date: Date,
    provider: Option<ProviderName>,
    spenders: &Spenders,
    pseudonyms: &DayPseudonyms,
    cost: &ScanProgress,
) -> Report {
    let Spenders { top, accounts, micro_dollars, jobs, unknown } = spenders;
    let place = provider.map_or_else(|| "all providers".to_owned(), |provider| provider.to_string());
    let share = |part: u64| part.saturating_mul(100).checked_div(*micro_dollars).unwrap_or_default();
    let rows = top.iter().map(|spender| {
        let part = format!("{}%", share(spender.micro_dollars));
        let (cost, jobs) = (dollars(spender.micro_dollars), spender.jobs.to_string());
        vec![spender.account.to_string(), cost, part, jobs, pseudonyms.text(spender.account)]
    });
    let report = Report::new(json(date, provider, spenders, pseudonyms, cost))
        .line(format!("The cost of the jobs that were requested on {date} (UTC), at {place}."))
        .table(&["account", "cost", "of all", "jobs", "pseudonym"], rows.collect(), "No job was sent.")
        .line(format!("All together: {} by {accounts} accounts with {jobs} jobs.", dollars(*micro_dollars)))
        .line(format!("The whole table was read: {}. Doing it again costs the same again.", scanned(cost)));
    let report = match jobs {
        0 => report,
        _ => report.line(BILLED),
    };
    let report = match pseudonyms.problem() {
        Some(problem) => report.line(problem),
        None => report,
    };
    let report = match unknown {
        0 => report,
        unknown => report.line(format!("{unknown} jobs have an unknown cost: the catalogue has dropped their model.")),
    };
    match top.first() {
        Some(first) => report.next(format!("cargo ops account {}", first.account)),
        None => report,
    }
}

fn json(
    date: Date,
    provider: Option<ProviderName>,
    spenders: &Spenders,
    pseudonyms: &DayPseudonyms,
    cost: &ScanProgress,
) -> Value {
    let top = spenders.top.iter().map(|spender| {
        json!({
            "account": spender.account, "micro_dollars": spender.micro_dollars, "jobs": spender.jobs,
            "pseudonyms": pseudonyms.json(spender.account),
        })
    });
    json!({
        "day": date.to_string(), "provider": provider.map(|provider| provider.to_string()),
        "spenders": top.collect::<Vec<_>>(), "accounts": spenders.accounts, "micro_dollars": spenders.micro_dollars,
        "jobs": spenders.jobs, "jobs_of_unknown_cost": spenders.unknown,
        "scan": { "items": cost.read, "pages": cost.pages, "read_units": cost.units },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use generations::Spender;
    use session::PseudonymKeys;

    /// 32 bytes of 7 in base64url.
    const SECRET: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

    #[test]
    fn the_report_says_who_how_much_and_what_it_cost() {
        let account = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
        let top = vec![Spender { account, micro_dollars: 17_034_000, jobs: 261 }];
        let spenders = Spenders { top, accounts: 2, micro_dollars: 20_000_000, jobs: 300, unknown: 1 };
        let cost = ScanProgress { pages: 3, read: 9_000, found: 300, units: 350.5 };
        let (date, keys) = ("2026-11-30".parse().unwrap(), PseudonymKeys::from_keys([SECRET]).unwrap());
        let pseudonyms = DayPseudonyms::known(keys.of_day(date));
        let report = report(date, Some(ProviderName::Replicate), &spenders, &pseudonyms, &cost);
        let text = report.text();
        for part in [
            "on 2026-11-30 (UTC), at replicate",
            "01929e6b-6c00-7000-8000-0123456789ab  $17.03  85%     261   27004ade3a6a14fd\n",
            "$20.00 by 2 accounts with 300 jobs",
            "9000 items in 3 pages, 300 found, 350.5 read units",
            "1 jobs have an unknown cost",
            "does not bill are counted here",
            "cargo ops account 01929e6b-6c00-7000-8000-0123456789ab",
        ] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
        assert_eq!(report.json["spenders"][0]["micro_dollars"], 17_034_000);
        assert_eq!(report.json["spenders"][0]["pseudonyms"], json!(["27004ade3a6a14fd"]));
        let none = self::report(date, None, &Spenders::default(), &pseudonyms, &cost);
        assert!(none.text().contains("No job was sent."));
    }
}
