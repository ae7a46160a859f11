//! `cargo ledger-check ACCOUNT`: proves that the balance of an account is what its entries
//! make. Reads two things, writes nothing, and prints nothing of whose they are.

mod arguments;
mod deployment;
#[cfg(test)]
mod tests;

pub use arguments::USAGE;

use arguments::Arguments;
use credits::{Balance, CreditStore};
use deployment::Deployment;
use kernel::{AccountId, Credits};
use std::{collections::HashMap, path::Path};

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The ledger folds to the balance.
    Proven(String),
    /// It does not.
    Broken(String),
    /// Nobody knows: the check could not be made.
    Unchecked(String),
    /// How to use it was asked for.
    Help,
}

impl Report {
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

/// What an operator needs to know when it is broken, and nobody else is awake.
const WHAT_NOW: &str = "\
This check has changed nothing, and neither should you: the entries are the truth, and what is wrong with them is the
only trace of the fault. Do not edit or delete an item of the table. Note the time, keep the account from spending, and
compare with the table restored to an earlier point: the last version that folds is where the fault came in.";

/// Checks the account that the arguments (without the program's name) name, on the deployment
/// that they or the variables name. `shelf` is where `cargo dev` says what runs where.
pub async fn run(
    arguments: impl IntoIterator<Item = String>,
    variables: &HashMap<String, String>,
    shelf: &Path,
) -> Report {
    let (account, port) = match Arguments::parse(arguments) {
        Ok(Arguments::Check { account, port }) => (account, port),
        Ok(Arguments::Help) => return Report::Help,
        Err(problem) => return Report::Unchecked(format!("{problem}\n\n{USAGE}")),
    };
    let store = Deployment::find(port, variables, shelf).and_then(|deployment| {
        let store = deployment.store()?;
        Ok((deployment, store))
    });
    match store {
        Ok((deployment, store)) => check(&store, account, &deployment.to_string()).await,
        Err(problem) => Report::Unchecked(problem),
    }
}

/// Checks one account.
async fn check(store: &CreditStore, account: AccountId, place: &str) -> Report {
    let (balance, entries) = match store.read_ledger(account).await {
        Ok(Some(ledger)) => ledger,
        Ok(None) => return Report::Unchecked(format!("There is no such account on {place}.")),
        Err(error) => return Report::Unchecked(format!("{place} does not answer: {}", error.why())),
    };
    match balance.prove(&entries) {
        Ok(()) => Report::Proven(summary(&balance, entries.len())),
        Err(flaw) => Report::Broken(format!("The ledger on {place} does not fold: {flaw}.\n\n{WHAT_NOW}")),
    }
}

fn summary(balance: &Balance, entries: usize) -> String {
    let free: Credits = balance.lots.iter().map(|lot| lot.remaining).sum();
    let (version, held, debt) = (balance.version, balance.held(), balance.debt);
    format!("the entries ({entries}) fold to version {version}: {free} credits in lots, {held} held, {debt} owed")
}
