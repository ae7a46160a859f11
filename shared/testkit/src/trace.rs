//! What was called: the order that the policy sees, the trace, and the counts.

use crate::{Call, Fault, Faults, Random, Traced, World};
use std::{collections::BTreeMap, fmt};

/// Calls since the world began and counts since the last reset.
pub(crate) struct Journal {
    faults: Faults,
    chance: Random,
    steps: Random,
    number: u64,
    trace: Vec<Traced>,
    counts: Counts,
}

impl Journal {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            faults: Faults::none(),
            chance: Random::stream(seed, "faults"),
            steps: Random::stream(seed, "steps"),
            number: 0,
            trace: Vec::new(),
            counts: Counts::default(),
        }
    }

    pub(crate) fn inject(&mut self, faults: Faults) {
        self.faults = faults;
        self.number = 0;
    }
}

/// How often each operation was called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Requests to AWS, by operation, such as `dynamodb.PutItem`.
    pub aws: BTreeMap<String, u64>,
    /// Requests to partners, by method, host and path, such as
    /// `http.POST api.replicate.test/v1/predictions`.
    pub vendors: BTreeMap<String, u64>,
}

impl Counts {
    /// Requests to AWS together.
    #[must_use]
    pub fn aws_total(&self) -> u64 {
        self.aws.values().sum()
    }

    /// Requests to partners together.
    #[must_use]
    pub fn vendors_total(&self) -> u64 {
        self.vendors.values().sum()
    }

    /// How often one operation was called.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.aws.get(name).or_else(|| self.vendors.get(name)).copied().unwrap_or_default()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to AWS, {} to partners", self.aws_total(), self.vendors_total())?;
        self.aws.iter().chain(&self.vendors).try_for_each(|(name, times)| write!(f, "\n  {times} × {name}"))
    }
}

impl World {
    /// Every call since the world began, in the order in which they arrived.
    #[must_use]
    pub fn trace(&self) -> Vec<Traced> {
        self.journal().trace.clone()
    }

    /// How many calls arrived since the faults were set: the numbers that
    /// [`Faults::at`] can hit when the same thing is done again.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.journal().number
    }

    /// Calls since the last [`World::reset_count`].
    #[must_use]
    pub fn count(&self) -> Counts {
        self.journal().counts.clone()
    }

    /// Counts from zero again.
    pub fn reset_count(&self) {
        self.journal().counts = Counts::default();
    }

    /// Does `work` and counts what it calls. Counts from zero again.
    pub async fn counted<T>(&self, work: impl Future<Output = T>) -> (T, Counts) {
        self.reset_count();
        let output = work.await;
        (output, self.count())
    }

    pub(crate) fn decide(&self, name: String, special: Vec<Fault>) -> (Call, Option<Fault>) {
        let mut journal = self.journal();
        journal.number += 1;
        let call = Call { number: journal.number, name, special };
        let Journal { faults, chance, .. } = &mut *journal;
        let fault = faults.decide(&call, chance);
        (call, fault)
    }

    pub(crate) fn trace_call(&self, call: &Call, fault: Option<Fault>) -> usize {
        let mut journal = self.journal();
        let counts = &mut journal.counts;
        let counts = if call.name.starts_with("http.") { &mut counts.vendors } else { &mut counts.aws };
        *counts.entry(call.name.clone()).or_default() += 1;
        journal.trace.push(call.traced(fault));
        journal.trace.len() - 1
    }

    pub(crate) fn record(&self, index: usize, answer: String) {
        if let Some(traced) = self.journal().trace.get_mut(index) {
            traced.answer = answer;
        }
    }

    /// How often a call steps back before it is applied: 0 to `most`.
    pub(crate) fn steps_back(&self, most: usize) -> usize {
        self.journal().steps.below(most + 1)
    }
}
