//! `cargo ledger-check ACCOUNT`: proves that the entries of an account fold to its balance.
//! It reads the balance and the entries, writes nothing, and does not print the account.

mod arguments;
#[cfg(test)]
mod tests;

pub use arguments::USAGE;

use arguments::CheckArguments;
use credits::{Balance, CreditStore};
use deployment::Deployment;
use kernel::{AccountId, Credits};
use std::{collections::HashMap, path::Path};

/// The result of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerReport {
    /// The ledger folds to the balance.
    Proven(String),
    /// The ledger does not fold to the balance.
    Broken(String),
    /// The check was not possible.
    Unchecked(String),
    /// The usage was asked for.
    Help,
}

impl LedgerReport {
    /// The exit code: 0 proven, 1 broken, 2 not checked.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Proven(_) | Self::Help => 0,
            Self::Broken(_) => 1,
            Self::Unchecked(_) => 2,
        }
    }
}

/// The table of the ledger, as the template names it.
const TABLE: &str = "Credits";

/// The instructions for an operator with a broken ledger.
const INSTRUCTIONS: &str = "\
This check has changed nothing. Do not edit or delete an item of the table: the entries are the truth, and they are the
only trace of the fault. Note the time, keep the account from spending, and compare with the table restored to an
earlier point. The fault came in after the last version that folds.";

/// Checks the account in the arguments (without the program's name), on the deployment in the
/// arguments or the variables. `dev_folder` is the folder with the files of each `cargo dev`.
pub async fn run(
    arguments: impl IntoIterator<Item = String>,
    variables: &HashMap<String, String>,
    dev_folder: &Path,
) -> LedgerReport {
    let (account, port) = match CheckArguments::parse(arguments) {
        Ok(CheckArguments::Check { account, port }) => (account, port),
        Ok(CheckArguments::Help) => return LedgerReport::Help,
        Err(problem) => return LedgerReport::Unchecked(format!("{problem}\n\n{USAGE}")),
    };
    let store = Deployment::find(port, variables, dev_folder, &[TABLE]).and_then(|deployment| {
        let store = CreditStore::new(deployment.connect("ledger-check")?.table(TABLE)?);
        Ok((deployment, store))
    });
    match store {
        Ok((deployment, store)) => check(&store, account, &deployment.to_string()).await,
        Err(problem) => LedgerReport::Unchecked(problem),
    }
}

/// Checks one account.
async fn check(store: &CreditStore, account: AccountId, place: &str) -> LedgerReport {
    let (balance, entries) = match store.read_ledger(account).await {
        Ok(Some(ledger)) => ledger,
        Ok(None) => return LedgerReport::Unchecked(format!("There is no such account on {place}.")),
        Err(error) => return LedgerReport::Unchecked(format!("{place} does not answer: {}", error.why())),
    };
    match balance.prove(&entries) {
        Ok(()) => LedgerReport::Proven(summary(&balance, entries.len())),
        Err(flaw) => LedgerReport::Broken(format!("The ledger on {place} does not fold: {flaw}.\n\n{INSTRUCTIONS}")),
    }
}

fn summary(balance: &Balance, entries: usize) -> String {
    let free: Credits = balance.lots.iter().map(|lot| lot.remaining).sum();
    let frozen: Credits = balance.lots.iter().filter(|lot| lot.is_frozen()).map(|lot| lot.remaining).sum();
    let frozen = if frozen.is_zero() { String::new() } else { format!(" ({frozen} frozen)") };
    let (version, held, debt) = (balance.version, balance.held(), balance.debt);
    format!(
        "the entries ({entries}) fold to version {version}: {free} credits in lots{frozen}, {held} held, {debt} owed"
    )
}
