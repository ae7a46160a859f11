//! What occurred, to see that everything did.

use super::weather::Weather;
use generations::Status;
use std::{collections::BTreeMap, fmt};

/// How often a generation went from one state into another; from `None` it was born.
pub(super) type Transitions = BTreeMap<(Option<Status>, Status), u64>;

/// Transitions that the rules allow and that no provider in use brings about: none refuses
/// a prompt for what it asks for before it took the job.
const UNUSED: [(Status, Status); 1] = [(Status::Submitting, Status::Moderated)];

/// Counts of what occurred.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    faults: BTreeMap<String, u64>,
    transitions: Transitions,
}

impl Coverage {
    pub(super) fn of(faults: BTreeMap<String, u64>, transitions: Transitions) -> Self {
        Self { faults, transitions }
    }

    /// Adds what occurred elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (name, times) in &other.faults {
            *self.faults.entry(name.clone()).or_default() += times;
        }
        for (transition, times) in &other.transitions {
            *self.transitions.entry(*transition).or_default() += times;
        }
    }

    /// What did not occur: kinds of faults, and transitions that the rules allow.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let faults = Weather::kinds().filter(|kind| !self.faults.contains_key(kind));
        let seen = |from: Status, to: Status| self.transitions.contains_key(&(Some(from), to));
        let pairs = Status::ALL.into_iter().flat_map(|from| Status::ALL.into_iter().map(move |to| (from, to)));
        let allowed = pairs.filter(|pair| pair.0.may_become(pair.1) && pair.0 != pair.1 && !UNUSED.contains(pair));
        let transitions = allowed.filter(|(from, to)| !seen(*from, *to));
        faults.chain(transitions.map(|(from, to)| format!("{from:?} to {to:?}"))).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "faults:")?;
        self.faults.iter().try_for_each(|(name, times)| writeln!(f, "  {times:>8} × {name}"))?;
        writeln!(f, "transitions:")?;
        self.transitions.iter().try_for_each(|((from, to), times)| {
            let from = from.map_or("new".to_owned(), |from| format!("{from:?}"));
            writeln!(f, "  {times:>8} × {from} to {to:?}")
        })
    }
}
