//! The conditions of a simulation: the kinds and the rates of its faults, and the behaviour of the
//! partners.

use local::fakes::{CancelMode, JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode};
use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use testkit::{Fault, Faults, Random};

/// Every kind of fault. The length of a delay is drawn for each delay.
const KINDS: [Fault; 14] = [
    Fault::Refused,
    Fault::ServerError,
    Fault::Throttled,
    Fault::RequestLost,
    Fault::AnswerLost,
    Fault::BodyCut,
    Fault::TransactionConflict,
    Fault::TransactionInProgress,
    Fault::StaleRead,
    Fault::Partial,
    Fault::Duplicate,
    Fault::Delay(Duration::ZERO),
    Fault::DieBefore,
    Fault::DieAfter,
];

/// Least and most steps of a simulation, and the extra steps of some.
const STEPS: (usize, usize, usize) = (6, 20, 16);

/// The conditions of one seed.
pub(super) struct Conditions {
    /// The number of steps before the faults stop.
    pub(super) steps: usize,
    /// The probability that a call meets a fault.
    rate: f64,
    /// The kinds of faults of this seed.
    kinds: Vec<Fault>,
    /// The probability that a message or webhook is delivered again.
    pub(super) again: f64,
    /// The probability that one is delivered now and not later.
    pub(super) prompt: f64,
    /// The probability that a webhook never arrives.
    pub(super) lost: f64,
    occurred: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Conditions {
    /// Draws the conditions of a seed, from no faults to many. Each seed has some kinds of faults only,
    /// because one kind may hide others.
    pub(super) fn drawn(random: &mut Random) -> Self {
        let some = *random.pick(&[0.2, 0.5, 1.0]).unwrap_or(&1.0);
        Self {
            steps: STEPS.0 + random.below(STEPS.1 - STEPS.0) + if random.chance(0.15) { STEPS.2 } else { 0 },
            rate: *random.pick(&[0.0, 0.01, 0.03, 0.1, 0.25]).unwrap_or(&0.0),
            kinds: KINDS.into_iter().filter(|_| random.chance(some)).collect(),
            again: *random.pick(&[0.0, 0.1, 0.4]).unwrap_or(&0.0),
            prompt: *random.pick(&[0.3, 0.7, 1.0]).unwrap_or(&1.0),
            lost: *random.pick(&[0.0, 0.0, 0.3, 1.0]).unwrap_or(&0.0),
            occurred: Arc::default(),
        }
    }

    pub(super) fn faults(&self) -> Faults {
        let (rate, kinds, occurred) = (self.rate, self.kinds.clone(), self.occurred.clone());
        Faults::with(move |call, random| {
            if !random.chance(rate) {
                return None;
            }
            let fault = match random.pick(&kinds)? {
                Fault::Delay(_) => Fault::Delay(Duration::from_millis(1 + random.below(3_000) as u64)),
                fault => *fault,
            };
            call.allows(fault).then(|| {
                let mut occurred = occurred.lock().unwrap_or_else(PoisonError::into_inner);
                *occurred.entry(name(&fault)).or_default() += 1;
                fault
            })
        })
    }

    /// How often each kind of fault occurred.
    pub(super) fn occurred(&self) -> BTreeMap<String, u64> {
        self.occurred.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The names of all kinds of faults.
    pub(super) fn kinds() -> impl Iterator<Item = String> {
        KINDS.iter().map(name)
    }
}

/// The knobs of a provider without faults. Its files are small, because simulations make many. The
/// crash matrix tests long films.
pub(super) fn fault_free() -> Knobs {
    Knobs { long_side: 16, padding_mib: 0, ..Knobs::default() }
}

/// The knobs of a provider for its next jobs.
pub(super) fn provider(random: &mut Random) -> Knobs {
    let mut knobs = fault_free();
    knobs.success_after_ms = *random.pick(&[0, 500, 5_000, 40_000, 500_000, 1_500_000]).unwrap_or(&500);
    if random.chance(0.5) {
        return knobs;
    }
    use {CancelMode as C, JobOutcome as O, OutputMode as F, ReadMode as R, SubmitMode as S, WebhookMode as W};
    let one = |random: &mut Random, of: usize| random.below(of);
    let outcomes = [O::Fail, O::Moderated, O::InputModerated, O::Aborted, O::UnknownStatus, O::NoOutput];
    let refusals = [S::Throttled, S::OutOfCredit, S::Retired, S::Invalid, S::Unavailable];
    let submits = [refusals.as_slice(), &[S::ServerError, S::AnswerLost]].concat();
    let webhooks = [W::Never, W::Twice, W::Early, W::OutOfOrder, W::BadSignature, W::Stale, W::PreviousKey];
    let reads = [R::ServerError, R::Throttled, R::AnswerLost];
    let files = [F::Missing, F::Truncated, F::CutOff, F::WrongType];
    match random.below(8) {
        0 | 7 => knobs.outcome = outcomes[one(random, outcomes.len())],
        1 => {
            knobs.submit = submits[one(random, submits.len())];
            knobs.retry_after_s = *random.pick(&[1, 30, 150, 3_600]).unwrap_or(&30);
        }
        2 => knobs.webhook = webhooks[one(random, webhooks.len())],
        3 => {
            knobs.reads = reads[one(random, reads.len())];
            knobs.retry_after_s = *random.pick(&[1, 30, 150, 3_600]).unwrap_or(&30);
        }
        4 => knobs.output = files[one(random, files.len())],
        5 => knobs.files = Some(random.below(6) as u64),
        _ => knobs.cancel = C::Ignored,
    }
    knobs
}

fn name(fault: &Fault) -> String {
    word(fault)
}

/// The first word of a value's `Debug` text.
fn word(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    text.split(['(', ' ']).next().unwrap_or_default().to_owned()
}
