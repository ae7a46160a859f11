//! The weather clears up: everything comes to rest, and what must hold is looked at.

use super::{Simulation, coverage, weather};
use credits::{Entry, EntryKind};
use generations::schedule;
use jiff::{SignedDuration, Timestamp};
use kernel::{AccountId, later, limits};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use testkit::{CREDITS_TABLE, Faults, GENERATIONS_TABLE};

/// The entries of every account.
type Books = BTreeMap<AccountId, Vec<Entry>>;

/// How often Stripe's webhooks are waited for.
const DAYS: u32 = 4;

impl Simulation {
    /// Nothing goes wrong any more.
    pub(super) async fn clears_up(&mut self) {
        let calm = self.app.world().now();
        self.app.world().inject(Faults::none());
        self.app.bfl().knobs(|knobs| *knobs = weather::calm());
        self.app.fal().knobs(|knobs| *knobs = weather::calm());
        self.app.replicate().knobs(|knobs| *knobs = weather::calm());
        self.thawed().await;
        for message in std::mem::take(&mut self.messages) {
            self.app.world().return_message(message);
        }
        for webhook in std::mem::take(&mut self.webhooks) {
            Box::pin(self.app.deliver(&webhook)).await;
        }
        Box::pin(self.app.rest()).await;
        self.look();
        self.payments_come_through().await;
        let books: BTreeMap<_, _> =
            self.app.accounts().into_iter().map(|account| (account, self.app.entries(account))).collect();
        books.values().for_each(|entries| coverage::count_entries(&mut self.events, entries));
        let strays = self.app.check_invariants();
        if self.weather.happened().is_empty() {
            strays.none();
        }
        self.everything_ended_in_time(calm);
        self.nothing_was_ordered_twice();
        self.what_was_ordered_was_counted_once();
        nothing_was_spent_after_its_end(&books);
        self.what_was_paid_was_granted_once(&books);
    }

    /// Stripe sends again what was not acknowledged, for days.
    async fn payments_come_through(&mut self) {
        let mut days = 0;
        loop {
            self.payments.extend(self.app.stripe().take_webhooks(self.app.world().now()));
            for webhook in std::mem::take(&mut self.payments) {
                self.told(&webhook).await;
            }
            match self.app.stripe().next_event() {
                Some(_) if days < DAYS * 24 => days += 1,
                _ => break,
            }
            self.app.world().advance(Duration::from_secs(60 * 60));
        }
    }

    /// What the weather allowed to end has ended soon after its deadline: what was made is
    /// copied for a while longer, who copied may have died a moment before, and the sweep comes
    /// every minute.
    fn everything_ended_in_time(&self, calm: Timestamp) {
        let margin = schedule::COLLECT_MARGIN
            .saturating_add(schedule::COLLECT_LEASE)
            .saturating_add(SignedDuration::from_mins(2));
        for generation in self.app.all_generations() {
            let latest = later(generation.deadline.max(calm), margin);
            let ended = generation.finished_at.expect("at rest everything has ended");
            assert!(ended <= latest, "{} ended at {ended}, and {latest} would be late", generation.id);
        }
    }

    /// Everything that providers were ever given, by its address for webhooks.
    pub(super) fn ordered(&self) -> Vec<String> {
        let known = [self.app.bfl().ordered(), self.app.fal().ordered(), self.app.replicate().ordered()];
        let known = known.into_iter().flatten().map(|webhook| webhook.expect("every job of ours has a webhook"));
        self.forgotten.iter().cloned().chain(known).collect()
    }

    /// No provider was ever given the same generation twice.
    fn nothing_was_ordered_twice(&self) {
        let mut known = BTreeSet::new();
        for webhook in self.ordered() {
            assert!(known.insert(webhook.clone()), "one generation is one job at its provider: {webhook}");
        }
    }

    /// What providers took or may have taken is in the count of what it costs us, once:
    /// who died in between is missing, and nobody is there twice.
    fn what_was_ordered_was_counted_once(&self) {
        let rows = self.app.world().items(GENERATIONS_TABLE).into_iter().filter(|item| item["sk"] == "spend");
        let counted: u64 = rows.map(|row| row["jobs"].as_u64().expect("a day has a count")).sum();
        let generations = self.last.len() as u64;
        assert!(counted <= generations, "{counted} jobs were counted of {generations} generations");
        if self.weather.happened().is_empty() {
            let known = self.ordered().len() as u64;
            assert!(counted >= known, "{counted} jobs were counted, and the providers have {known}");
        }
    }

    /// Each payment is one row and one grant; an account that closed before it was granted
    /// has neither.
    fn what_was_paid_was_granted_once(&self, books: &Books) {
        let items = self.app.world().items(CREDITS_TABLE);
        for soul in &self.people {
            let account = soul.person.account();
            let rows = items.iter().filter(|item| {
                item["pk"] == account.to_string() && item["sk"].as_str().is_some_and(|sk| sk.starts_with("payment#"))
            });
            let grants = books[&account].iter().filter(|entry| entry.source() == Some(credits::Source::Pack)).count();
            let (rows, paid) = (rows.count(), soul.pages.len());
            assert_eq!(rows, grants, "{account}: each payment is one grant");
            assert!(rows == paid || soul.is_leaving && rows < paid, "{account}: {paid} paid, {rows} granted");
        }
    }
}

/// What a hold takes of a lot is taken before the lot's end. What came back late has an
/// end of its own, at most so much later than the lot's.
fn nothing_was_spent_after_its_end(books: &Books) {
    for (account, entries) in books {
        let (mut ends, mut late_ends) = (BTreeMap::new(), BTreeMap::new());
        for entry in entries {
            if let Some(lot) = &entry.lot {
                ends.insert(lot.id.clone(), lot.expires_at);
            }
            for step in entry.moves.iter().filter(|_| entry.kind == EntryKind::Hold) {
                let ends = if step.late { &late_ends } else { &ends };
                let end = ends.get(&step.lot).copied().flatten();
                assert!(end.is_some() || !step.late, "{account}: {step:?} came back late and has no end");
                assert!(end.is_none_or(|end| entry.at < end), "{account}: {step:?} is spent after {end:?}");
            }
            for step in &entry.moves {
                let Some(until) = step.until else { continue };
                let end = ends.get(&step.lot).copied().flatten().expect("what has no end never comes back late");
                let last = end.saturating_add(limits::LATE_LIFETIME).expect("the world is young");
                assert!(until <= last, "{account}: {step:?} lives beyond {last}");
                // What is late of one lot lives as long as the latest of it.
                let late = late_ends.entry(step.lot.clone()).or_default();
                *late = (*late).max(Some(until));
            }
        }
    }
}
