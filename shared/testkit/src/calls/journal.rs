//! The journal of calls: their numbers for the policy of faults, the trace, and the counts.

use crate::{
    calls::faults::{Fault, Faults, OutsideCall},
    random::Random,
};
use std::{collections::BTreeMap, fmt};

/// Calls since the world began and counts since the last reset.
pub(crate) struct Journal {
    faults: Faults,
    chance: Random,
    steps: Random,
    /// How many calls arrived since the faults were set.
    pub(crate) number: u64,
    pub(crate) trace: Vec<TracedCall>,
    pub(crate) counts: CallCounts,
}

/// A call as the trace keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedCall {
    /// The name of the call, such as `dynamodb.PutItem`.
    pub name: String,
    /// The fault that hit it.
    pub fault: Option<Fault>,
    /// The result that the caller saw. Empty while the call waits.
    pub answer: String,
}

/// How often each operation was called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallCounts {
    /// Requests to AWS, by operation, such as `dynamodb.PutItem`.
    pub aws: BTreeMap<String, u64>,
    /// Requests to partners, by method, host and path, such as
    /// `http.POST api.replicate.test/v1/predictions`.
    pub vendors: BTreeMap<String, u64>,
}

impl CallCounts {
    /// The number of all requests to AWS.
    #[must_use]
    pub fn aws_total(&self) -> u64 {
        self.aws.values().sum()
    }

    /// The number of all requests to partners.
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

impl fmt::Display for CallCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to AWS, {} to partners", self.aws_total(), self.vendors_total())?;
        self.aws.iter().chain(&self.vendors).try_for_each(|(name, times)| write!(f, "\n  {times} × {name}"))
    }
}

impl Journal {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            faults: Faults::none(),
            chance: Random::stream(seed, "faults"),
            steps: Random::stream(seed, "steps"),
            number: 0,
            trace: Vec::new(),
            counts: CallCounts::default(),
        }
    }

    pub(crate) fn inject(&mut self, faults: Faults) {
        self.faults = faults;
        self.number = 0;
    }

    /// Numbers a call and asks the policy for its fault.
    pub(crate) fn decide(&mut self, name: String, special: Vec<Fault>) -> (OutsideCall, Option<Fault>) {
        self.number += 1;
        let call = OutsideCall { number: self.number, name, special };
        let fault = self.faults.decide(&call, &mut self.chance);
        (call, fault)
    }

    /// Counts a call and adds it to the trace. Returns its index there.
    pub(crate) fn add(&mut self, call: &OutsideCall, fault: Option<Fault>) -> usize {
        let counts = &mut self.counts;
        let counts = if call.name.starts_with("http.") { &mut counts.vendors } else { &mut counts.aws };
        *counts.entry(call.name.clone()).or_default() += 1;
        self.trace.push(TracedCall { name: call.name.clone(), fault, answer: String::new() });
        self.trace.len() - 1
    }

    /// Records the result of a call.
    pub(crate) fn record(&mut self, index: usize, answer: String) {
        if let Some(traced) = self.trace.get_mut(index) {
            traced.answer = answer;
        }
    }

    /// How often a call steps back before it is applied: 0 to `most`.
    pub(crate) fn steps_back(&mut self, most: usize) -> usize {
        self.steps.below(most + 1)
    }
}
