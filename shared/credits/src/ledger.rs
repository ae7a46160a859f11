//! The proof that a balance is the sum of its entries.

use crate::{
    balance::{Balance, fold::FoldError},
    entry::Entry,
};
use kernel::{Credits, Note};
use std::fmt;

/// The reason why a balance is not the sum of its entries. It names parts and amounts, but no
/// account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofError {
    /// An entry cannot follow the entries before it.
    Fold(FoldError),
    /// The newest entries are missing.
    EntriesMissing {
        /// The version of the balance.
        balance: u64,
        /// The version of the last entry.
        entries: u64,
    },
    /// The entries are complete, but their sum is another balance.
    Differs {
        /// The parts of the balance that differ.
        parts: Vec<Discrepancy>,
    },
}

/// A part of a balance that differs from the sum of its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// The name of the part.
    pub name: &'static str,
    /// The part as the balance has it.
    pub balance: String,
    /// The part as its entries make it.
    pub entries: String,
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fold(error) => error.fmt(f),
            Self::EntriesMissing { balance, entries } => {
                write!(f, "the balance is at version {balance}, and the last entry is {entries}")
            }
            Self::Differs { parts } => {
                for (index, Discrepancy { name, balance, entries }) in parts.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "; " };
                    write!(f, "{comma}{name}: the balance says {balance}, its entries say {entries}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ProofError {}

impl Balance {
    /// Proves that this balance is exactly the sum of `entries`, which must be all entries up to
    /// its version, oldest first.
    ///
    /// # Errors
    /// [`ProofError`]: the first entry that cannot follow, or all parts that differ.
    pub fn prove(&self, entries: &[Entry]) -> Result<(), ProofError> {
        let sum = Self::fold(entries).map_err(ProofError::Fold)?;
        let last = sum.as_ref().map_or(0, |sum| sum.version);
        let missing = ProofError::EntriesMissing { balance: self.version, entries: last };
        let sum = sum.filter(|_| last == self.version).ok_or(missing)?;
        let parts = self.discrepancies(&sum);
        if parts.is_empty() { Ok(()) } else { Err(ProofError::Differs { parts }) }
    }

    fn discrepancies(&self, sum: &Self) -> Vec<Discrepancy> {
        let free = |it: &Self| it.lots.iter().map(|lot| lot.remaining).sum::<Credits>();
        let part = |name, differs: bool, balance: String, entries: String| {
            differs.then_some(Discrepancy { name, balance, entries })
        };
        let lots = |it: &Self| format!("{} credits in lots ({})", free(it), it.lots.len());
        let frozen = |it: &Self| {
            let actors: Vec<_> = it.lot_freezes().values().map(|freeze| freeze.note.actor().to_owned()).collect();
            if actors.is_empty() { "none".to_owned() } else { format!("{}, by {}", actors.len(), actors.join(", ")) }
        };
        let holds = |it: &Self| format!("{} credits in holds ({})", it.held(), it.holds.len());
        let expired = |it: &Self| it.expired.iter().map(|expired| expired.amount).sum::<Credits>().to_string();
        let used = |it: &Self| {
            let months = it.usage.months().map(|(month, _)| it.usage.month_total(month).credits);
            format!("{} credits in months ({})", months.sum::<Credits>(), it.usage.months().count())
        };
        let unpaid = |it: &Self| format!("{:?}", it.unpaid);
        let terms = |it: &Self| format!("{:?}", it.terms());
        let note = |it: &Self| it.freeze_note.as_ref().map_or("none", Note::actor).to_owned();
        [
            part("terms", self.terms() != sum.terms(), terms(self), terms(sum)),
            part("freeze note", self.freeze_note != sum.freeze_note, note(self), note(sum)),
            part("frozen lots", self.lot_freezes() != sum.lot_freezes(), frozen(self), frozen(sum)),
            part("lots", self.lots != sum.lots, lots(self), lots(sum)),
            part("holds", self.holds != sum.holds, holds(self), holds(sum)),
            part("debt", self.debt != sum.debt, self.debt.to_string(), sum.debt.to_string()),
            part("expired", self.expired != sum.expired, expired(self), expired(sum)),
            part("unpaid jobs", self.unpaid != sum.unpaid, unpaid(self), unpaid(sum)),
            part("usage", self.usage != sum.usage, used(self), used(sum)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
