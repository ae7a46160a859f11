//! `who`: the account of a pseudonym in a log line.

use crate::{
    console::{Console, scan_json, scanned},
    day::{self, Day},
    refusal::Refusal,
    report::{Report, counted},
};
use aws::ScanProgress;
use jiff::civil::Date;
use kernel::AccountId;
use serde_json::{Value, json};
use session::{DayKeys, Pseudonym};

/// An account with the pseudonym, and the day of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Match {
    account: AccountId,
    day: Date,
}

/// Compares the pseudonym with those of all accounts on the day and on the day before. A token that
/// was issued before midnight keeps its pseudonym for ten minutes.
pub(super) async fn resolve(pseudonym: Pseudonym, day: Day, console: &Console<'_>) -> Result<Report, Refusal> {
    let day = day.date(console.now)?;
    let keys = console.secrets.pseudonym_keys().await?;
    let days = [day, day::before(day)?].map(|day| (day, keys.of_day(day)));
    let mut last = ScanProgress::default();
    let accounts = console.stores.accounts.list_accounts(console.watch("Accounts", &mut last)).await?;
    report(pseudonym, day, accounts.len() as u64, &matches(pseudonym, &accounts, &days), &last)
}

fn matches(pseudonym: Pseudonym, accounts: &[AccountId], days: &[(Date, DayKeys)]) -> Vec<Match> {
    let of_account = |account: AccountId| {
        let fits = move |keys: &DayKeys| keys.pseudonyms(account).any(|known| known == pseudonym);
        days.iter().filter(move |(_, keys)| fits(keys)).map(move |(day, _)| Match { account, day: *day })
    };
    accounts.iter().copied().flat_map(of_account).collect()
}

fn report(
    pseudonym: Pseudonym,
    day: Date,
    compared: u64,
    found: &[Match],
    cost: &ScanProgress,
) -> Result<Report, Refusal> {
    let were = counted(compared, "account was compared", "accounts were compared");
    let cost_line = format!("{were}. The whole table was read: {}.", scanned(cost));
    let Some(first) = found.first() else {
        return Err(Refusal::missing(format!(
            "No account has the pseudonym {pseudonym} on {day} (UTC) or on the day before. {cost_line} \
             Check the day: it is that of the log line, in UTC. Or the account is erased, or the secret \
             pseudonym-key was replaced since."
        )));
    };
    let rows = found.iter().map(|found| vec![found.account.to_string(), found.day.to_string()]).collect();
    let report = Report::new(json(pseudonym, day, compared, found, cost));
    let report = report.table(&["account", "day of the pseudonym"], rows, "").line(cost_line);
    Ok(report.next(format!("cargo ops account {}", first.account)))
}

fn json(pseudonym: Pseudonym, day: Date, compared: u64, found: &[Match], cost: &ScanProgress) -> Value {
    let found = found.iter().map(|found| json!({ "account": found.account, "day": found.day.to_string() }));
    json!({
        "pseudonym": pseudonym, "day": day.to_string(), "found": found.collect::<Vec<_>>(), "compared": compared,
        "scan": scan_json(cost),
    })
}
