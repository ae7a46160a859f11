//! The proof that a balance is what its entries make.

use crate::{Balance, Entry, FoldError};
use kernel::Credits;
use std::fmt;

/// Why a balance is not what its entries make. Says which part and by how much, and nothing
/// of whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// An entry cannot follow the ones before it.
    Broken(FoldError),
    /// The newest entries are missing.
    Short {
        /// The balance's version.
        balance: u64,
        /// The last entry's.
        entries: u64,
    },
    /// Every entry is there, and they make another balance.
    Differs {
        /// What the balance says, part by part, where the entries say something else.
        parts: Vec<Part>,
    },
}

/// A part of a balance that is not as its entries say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// What the balance says.
    pub balance: String,
    /// What the entries say.
    pub entries: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(fault) => fault.fmt(f),
            Self::Short { balance, entries } => {
                write!(f, "the balance is at version {balance}, and the last entry is {entries}")
            }
            Self::Differs { parts } => {
                for (index, Part { name, balance, entries }) in parts.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "; " };
                    write!(f, "{comma}{name}: the balance says {balance}, its entries say {entries}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Flaw {}

impl Balance {
    /// Proves that this balance is exactly what `entries` make: all of it up to its version,
    /// oldest first.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn prove(&self, entries: &[Entry]) -> Result<(), Flaw> {
        let made = Self::fold(entries).map_err(Flaw::Broken)?;
        let last = made.as_ref().map_or(0, |made| made.version);
        let made = made.filter(|_| last == self.version).ok_or(Flaw::Short { balance: self.version, entries: last })?;
        let parts = self.differences(&made);
        if parts.is_empty() { Ok(()) } else { Err(Flaw::Differs { parts }) }
    }

    fn differences(&self, made: &Self) -> Vec<Part> {
        let free = |it: &Self| it.lots.iter().map(|lot| lot.remaining).sum::<Credits>();
        let part =
            |name, differs: bool, balance: String, entries: String| differs.then_some(Part { name, balance, entries });
        let lots = |it: &Self| format!("{} credits in lots ({})", free(it), it.lots.len());
        let holds = |it: &Self| format!("{} credits in holds ({})", it.held(), it.holds.len());
        let lapsed = |it: &Self| it.lapsed.iter().map(|lapsed| lapsed.amount).sum::<Credits>().to_string();
        let used = |it: &Self| {
            let months = it.usage.months().map(|(month, _)| it.usage.of(month).credits);
            format!("{} credits in months ({})", months.sum::<Credits>(), it.usage.months().count())
        };
        let terms = |it: &Self| format!("{:?}", it.terms());
        [
            part("terms", self.terms() != made.terms(), terms(self), terms(made)),
            part("lots", self.lots != made.lots, lots(self), lots(made)),
            part("holds", self.holds != made.holds, holds(self), holds(made)),
            part("debt", self.debt != made.debt, self.debt.to_string(), made.debt.to_string()),
            part("lapsed", self.lapsed != made.lapsed, lapsed(self), lapsed(made)),
            part("usage", self.usage != made.usage, used(self), used(made)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
