//! `top-spenders`: who cost most at the providers on a day.

use crate::{
    arguments::Day,
    console::{Console, scanned},
    report::{Report, dollars},
};
use aws::ScanProgress;
use generations::{Catalogue, Spenders};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{Error, Result, Timestamp};
use providers::ProviderName;
use serde_json::{Value, json};

pub(super) async fn show(
    day: Day,
    provider: Option<ProviderName>,
    limit: usize,
    console: &Console<'_>,
) -> Result<Report> {
    let (date, mut last) = (date(day, console.now)?, ScanProgress::default());
    let jobs = console.stores.generations.costs_of_day(date, console.watch("Generations", &mut last)).await?;
    let spenders = Spenders::of(&jobs, provider, &Catalogue::built_in()?, limit);
    Ok(report(date, provider, &spenders, &last))
}

fn report(date: Date, provider: Option<ProviderName>, spenders: &Spenders, cost: &ScanProgress) -> Report {
    let Spenders { top, accounts, micro_dollars, jobs, unknown } = spenders;
    let place = provider.map_or_else(|| "all providers".to_owned(), |provider| provider.to_string());
    let share = |part: u64| part.saturating_mul(100).checked_div(*micro_dollars).unwrap_or_default();
    let rows = top.iter().map(|spender| {
        let part = format!("{}%", share(spender.micro_dollars));
        vec![spender.account.to_string(), dollars(spender.micro_dollars), part, spender.jobs.to_string()]
    });
    let report = Report::new(json(date, provider, spenders, cost))
        .line(format!("The cost of the jobs that were requested on {date} (UTC), at {place}."))
        .table(&["account", "cost", "of all", "jobs"], rows.collect(), "No job was sent.")
        .line(format!("All together: {} by {accounts} accounts with {jobs} jobs.", dollars(*micro_dollars)))
        .line(format!("The whole table was read: {}. Doing it again costs the same again.", scanned(cost)));
    let report = match unknown {
        0 => report,
        unknown => report.line(format!("{unknown} jobs have an unknown cost: the catalogue has dropped their model.")),
    };
    match top.first() {
        Some(first) => report.next(format!("cargo ops account {}", first.account)),
        None => report,
    }
}

fn json(date: Date, provider: Option<ProviderName>, spenders: &Spenders, cost: &ScanProgress) -> Value {
    let top = spenders.top.iter().map(
        |spender| json!({ "account": spender.account, "micro_dollars": spender.micro_dollars, "jobs": spender.jobs }),
    );
    json!({
        "day": date.to_string(), "provider": provider.map(|provider| provider.to_string()),
        "spenders": top.collect::<Vec<_>>(), "accounts": spenders.accounts, "micro_dollars": spenders.micro_dollars,
        "jobs": spenders.jobs, "jobs_of_unknown_cost": spenders.unknown,
        "scan": { "items": cost.read, "pages": cost.pages, "read_units": cost.units },
    })
}

fn date(day: Day, now: Timestamp) -> Result<Date> {
    let today = TimeZone::UTC.to_datetime(now).date();
    match day {
        Day::Today => Ok(today),
        Day::Yesterday => today.yesterday().map_err(|_| Error::invalid("day", "There is no day before this one.")),
        Day::Date(date) => Ok(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generations::Spender;

    #[test]
    fn a_day_is_a_day_in_utc() {
        let now: Timestamp = "2026-12-01T00:30:00+01:00".parse().unwrap();
        assert_eq!(date(Day::Today, now).unwrap().to_string(), "2026-11-30");
        assert_eq!(date(Day::Yesterday, now).unwrap().to_string(), "2026-11-29");
    }

    #[test]
    fn the_report_says_who_how_much_and_what_it_cost() {
        let account = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
        let top = vec![Spender { account, micro_dollars: 17_034_000, jobs: 261 }];
        let spenders = Spenders { top, accounts: 2, micro_dollars: 20_000_000, jobs: 300, unknown: 1 };
        let cost = ScanProgress { pages: 3, read: 9_000, found: 300, units: 350.5 };
        let report = report("2026-11-30".parse().unwrap(), Some(ProviderName::Replicate), &spenders, &cost);
        let text = report.text();
        for part in [
            "on 2026-11-30 (UTC), at replicate",
            "01929e6b-6c00-7000-8000-0123456789ab  $17.03  85%     261",
            "$20.00 by 2 accounts with 300 jobs",
            "9000 items in 3 pages, 300 found, 350.5 read units",
            "1 jobs have an unknown cost",
            "cargo ops account 01929e6b-6c00-7000-8000-0123456789ab",
        ] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
        assert_eq!(report.json["spenders"][0]["micro_dollars"], 17_034_000);
        let none = self::report("2026-11-30".parse().unwrap(), None, &Spenders::default(), &cost);
        assert!(none.text().contains("No job was sent."));
    }
}
