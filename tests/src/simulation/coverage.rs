//! Counts of what occurred. A simulation proves nothing about a case that never occurred.

use super::{conditions::Conditions, people::events};
use credits::{BalanceStatus, Entry, EntryKind, Place, Source};
use generations::{FailureCode, Generation, GenerationStatus};
use providers::ProviderName;
use std::{collections::BTreeMap, fmt};

/// How often generations went from one status to another. A new generation comes from `None`.
pub(super) type Transitions = BTreeMap<(Option<GenerationStatus>, GenerationStatus), u64>;

/// How often other events occurred, by name.
pub(super) type Events = BTreeMap<String, u64>;

/// Transitions that the rules allow and no provider in use causes: every provider moderates a
/// prompt only after it has accepted the job.
const UNUSED: [(GenerationStatus, GenerationStatus); 1] = [(GenerationStatus::Submitting, GenerationStatus::Moderated)];

/// Every reason for which a generation delivers nothing.
const CODES: [FailureCode; 10] = [
    FailureCode::Moderated,
    FailureCode::InputRefused,
    FailureCode::InputUnusable,
    FailureCode::ModelRetired,
    FailureCode::ProviderFailed,
    FailureCode::ProviderCanceled,
    FailureCode::Canceled,
    FailureCode::ProviderLost,
    FailureCode::OutputUnusable,
    FailureCode::TimedOut,
];

const FILM: &str = "a film was delivered";
const CHARGED_CANCELLATION: &str = "a cancellation was charged";
const CLAWBACK: &str = "a payment was taken back";
const CORRECTION: &str = "a correction took credits out";
const DEBT: &str = "a debt arose";
const COVERED: &str = "a debt was covered";
const HELD_AND_DUE: &str = "credits that a hold released were clawed back";
const SPENT_THOUGH_DUE: &str = "credits due for a clawback were spent";
const EXPIRED_AND_CLAWED_BACK: &str = "credits that had expired were clawed back";
const LATE: &str = "credits came back after their lot had expired";
const SPENT_LATE: &str = "credits that came back late were held again";
const EXPIRED_LATE: &str = "credits that came back late expired";
const FROZEN: &str = "an account was frozen";
const PAID_WHILE_FROZEN: &str = "a frozen account got what it had paid for";
const LOT_FROZEN: &str = "a lot was frozen";
const LOT_THAWED: &str = "a lot was thawed";
const BACK_TO_FROZEN: &str = "credits came back to a frozen lot";
const ENDED_SESSION: &str = "an ended session was refused";
const BROUGHT_BACK: &str = "a deletion was undone";
const BROUGHT_BACK_OWING: &str = "a deletion was undone before the thumbnails were made";
const UNDONE_TOO_LATE: &str = "it was too late to undo a deletion";

/// Events of people, providers, banks and operators. Each must occur.
const EVENTS: [&str; 21] = [
    FILM,
    CHARGED_CANCELLATION,
    CLAWBACK,
    CORRECTION,
    DEBT,
    COVERED,
    HELD_AND_DUE,
    SPENT_THOUGH_DUE,
    EXPIRED_AND_CLAWED_BACK,
    LATE,
    SPENT_LATE,
    EXPIRED_LATE,
    FROZEN,
    PAID_WHILE_FROZEN,
    LOT_FROZEN,
    LOT_THAWED,
    BACK_TO_FROZEN,
    ENDED_SESSION,
    BROUGHT_BACK,
    BROUGHT_BACK_OWING,
    UNDONE_TOO_LATE,
];

/// Counts the end of a generation, by provider and status.
pub(super) fn count_end(events: &mut Events, generation: &Generation) {
    let Generation { provider, status, failure, cost, outputs, .. } = generation;
    count(events, &at(*provider, *status));
    if let Some(failure) = failure {
        count(events, &failed_with(failure.code));
    }
    if *status == GenerationStatus::Canceled && cost.is_some() {
        count(events, CHARGED_CANCELLATION);
    }
    if outputs.iter().any(|output| !output.is_picture()) {
        count(events, FILM);
    }
}

/// Counts the events in the ledger.
pub(super) fn count_entries(events: &mut Events, entries: &[Entry]) {
    let mut is_frozen = false;
    for entry in entries {
        is_frozen = entry.terms.map_or(is_frozen, |terms| terms.status == BalanceStatus::Frozen);
        let mut when = |occurred: bool, what: &str| {
            if occurred {
                count(events, what)
            }
        };
        let is = |kind: EntryKind| entry.kind == kind;
        let moved = |from: Place, to: Place| entry.moves.iter().any(|step| (step.from, step.to) == (from, to));
        when(is(EntryKind::Clawback), CLAWBACK);
        when(is(EntryKind::Correction), CORRECTION);
        when(is(EntryKind::Freeze), FROZEN);
        when(is_frozen && entry.source().is_some_and(Source::paid), PAID_WHILE_FROZEN);
        when(is(EntryKind::FreezeLot), LOT_FROZEN);
        when(is(EntryKind::ThawLot), LOT_THAWED);
        when(moved(Place::Held, Place::Frozen), BACK_TO_FROZEN);
        when(entry.debt_delta() > 0, DEBT);
        when(entry.debt_delta() < 0, COVERED);
        when(moved(Place::Due, Place::TakenBack), HELD_AND_DUE);
        when(moved(Place::Due, Place::Spent), SPENT_THOUGH_DUE);
        when(moved(Place::Expired, Place::TakenBack), EXPIRED_AND_CLAWED_BACK);
        when(entry.moves.iter().any(|step| step.until.is_some()), LATE);
        let is_late = entry.moves.iter().any(|step| step.late);
        when(is(EntryKind::Hold) && is_late, SPENT_LATE);
        when(is(EntryKind::Expire) && is_late, EXPIRED_LATE);
    }
}

/// Counts a request of an ended session that was refused.
pub(super) fn count_refusal_of_ended_session(events: &mut Events) {
    count(events, ENDED_SESSION);
}

/// Counts a generation that was brought back, which may owe thumbnails.
pub(super) fn count_return(events: &mut Events, owes_thumbnails: bool) {
    count(events, BROUGHT_BACK);
    if owes_thumbnails {
        count(events, BROUGHT_BACK_OWING);
    }
}

/// Counts a deletion that could not be undone any more.
pub(super) fn count_refusal_of_undo(events: &mut Events) {
    count(events, UNDONE_TOO_LATE);
}

/// Counts an event by its name.
pub(super) fn count(events: &mut Events, what: &str) {
    *events.entry(what.to_owned()).or_default() += 1;
}

fn at(provider: ProviderName, status: GenerationStatus) -> String {
    format!("{provider}: {status:?}")
}

fn failed_with(code: FailureCode) -> String {
    format!("failed with {code:?}")
}

/// How often each fault, transition and event occurred.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    faults: Events,
    transitions: Transitions,
    events: Events,
}

impl Coverage {
    pub(super) fn of(faults: Events, transitions: Transitions, events: Events) -> Self {
        Self { faults, transitions, events }
    }

    /// Adds the counts of another simulation.
    pub fn add(&mut self, other: &Self) {
        for (name, times) in &other.faults {
            *self.faults.entry(name.clone()).or_default() += times;
        }
        for (transition, times) in &other.transitions {
            *self.transitions.entry(*transition).or_default() += times;
        }
        for (what, times) in &other.events {
            *self.events.entry(what.clone()).or_default() += times;
        }
    }

    /// The cases that must occur and did not: kinds of faults, transitions that the rules allow,
    /// final statuses of each provider, failure codes, events of credits, and events of identities.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let faults = Conditions::kinds().filter(|kind| !self.faults.contains_key(kind));
        let seen = |from: GenerationStatus, to: GenerationStatus| self.transitions.contains_key(&(Some(from), to));
        let pairs = GenerationStatus::ALL
            .into_iter()
            .flat_map(|from| GenerationStatus::ALL.into_iter().map(move |to| (from, to)));
        let allowed = pairs.filter(|pair| pair.0.may_become(pair.1) && !UNUSED.contains(pair));
        let transitions = allowed.filter(|(from, to)| !seen(*from, *to));
        let transitions = transitions.map(|(from, to)| format!("{from:?} to {to:?}"));
        let ends = GenerationStatus::ALL.into_iter().filter(|status| status.is_final());
        let ends = ends.flat_map(|status| ProviderName::ALL.iter().map(move |provider| at(*provider, status)));
        let named = EVENTS.into_iter().chain(events::EVENTS).map(str::to_owned);
        let events = ends.chain(CODES.map(failed_with)).chain(named);
        faults.chain(transitions).chain(events.filter(|what| !self.events.contains_key(what))).collect()
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
        })?;
        writeln!(f, "final statuses, credits and identities:")?;
        self.events.iter().try_for_each(|(what, times)| writeln!(f, "  {times:>8} × {what}"))
    }
}
