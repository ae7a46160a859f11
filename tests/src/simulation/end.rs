//! The end of a simulation: the faults stop, every generation ends, and the invariants are checked.

use super::{Simulation, conditions, coverage};
use credits::{Entry, EntryKind};
use generations::schedule;
use jiff::{SignedDuration, Timestamp};
use kernel::{AccountId, later, limits};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use testkit::{CREDITS_TABLE, Faults, GENERATIONS_TABLE};

/// The ledger entries of every account.
type Ledgers = BTreeMap<AccountId, Vec<Entry>>;

/// Days for which Stripe's webhooks are awaited.
const DAYS: u32 = 4;

impl Simulation {
    /// Stops all faults, lets every generation end, and checks the invariants.
    pub(super) async fn settle_and_check(&mut self) {
        let fault_free_since = self.app.world().now();
        self.app.world().inject(Faults::none());
        self.app.bfl().knobs(|knobs| *knobs = conditions::fault_free());
        self.app.fal().knobs(|knobs| *knobs = conditions::fault_free());
        self.app.replicate().knobs(|knobs| *knobs = conditions::fault_free());
        for message in std::mem::take(&mut self.messages) {
            self.app.world().return_message(message);
        }
        for webhook in std::mem::take(&mut self.webhooks) {
            Box::pin(self.app.deliver(&webhook)).await;
        }
        Box::pin(self.app.rest()).await;
        self.check_writes();
        self.every_deletion_is_done_or_undone();
        self.deliver_all_payment_webhooks().await;
        let ledgers: BTreeMap<_, _> =
            self.app.accounts().into_iter().map(|account| (account, self.app.entries(account))).collect();
        ledgers.values().for_each(|entries| coverage::count_entries(&mut self.events, entries));
        let strays = self.app.check_invariants();
        if self.conditions.occurred().is_empty() {
            strays.none();
        }
        self.everything_ended_in_time(fault_free_since);
        self.nothing_was_submitted_twice();
        self.jobs_were_counted_once();
        nothing_was_spent_after_its_end(&ledgers);
        self.each_payment_was_granted_once(&ledgers);
    }

    /// Delivers Stripe's webhooks. Stripe repeats unacknowledged ones for days.
    async fn deliver_all_payment_webhooks(&mut self) {
        let mut days = 0;
        loop {
            self.payments.extend(self.app.stripe().take_webhooks(self.app.world().now()));
            for webhook in std::mem::take(&mut self.payments) {
                self.deliver_payment_webhook(&webhook).await;
            }
            match self.app.stripe().next_event() {
                Some(_) if days < DAYS * 24 => days += 1,
                _ => break,
            }
            self.app.world().advance(Duration::from_secs(60 * 60));
        }
    }

    /// Every generation ended soon after its deadline, or soon after the faults stopped. The margin
    /// covers three delays: outputs are copied beyond the deadline, a dead collector's lease must
    /// expire, and the sweep runs once a minute.
    fn everything_ended_in_time(&self, fault_free_since: Timestamp) {
        let margin = schedule::COLLECT_MARGIN
            .saturating_add(schedule::COLLECT_LEASE)
            .saturating_add(SignedDuration::from_mins(2));
        for generation in self.app.all_generations() {
            let latest = later(generation.deadline.max(fault_free_since), margin);
            let ended = generation.finished_at.expect("every generation has ended by now");
            assert!(ended <= latest, "{} ended at {ended}, and it must end by {latest}", generation.id);
        }
    }

    /// All jobs that providers ever accepted, by their webhook URLs.
    pub(super) fn provider_jobs(&self) -> Vec<String> {
        let known = [self.app.bfl().ordered(), self.app.fal().ordered(), self.app.replicate().ordered()];
        let known = known.into_iter().flatten().map(|webhook| webhook.expect("every job of ours has a webhook"));
        self.forgotten.iter().cloned().chain(known).collect()
    }

    /// Each generation is at most one job at its provider.
    fn nothing_was_submitted_twice(&self) {
        let mut known = BTreeSet::new();
        for webhook in self.provider_jobs() {
            assert!(known.insert(webhook.clone()), "one generation was submitted twice: {webhook}");
        }
    }

    /// The daily spend counts each job at most once. A job is missing only when its process died
    /// between the submission and the count.
    fn jobs_were_counted_once(&self) {
        let rows = self.app.world().items(GENERATIONS_TABLE).into_iter().filter(|item| item["sk"] == "spend");
        let counted: u64 = rows.map(|row| row["jobs"].as_u64().expect("a day has a count")).sum();
        let generations = self.last.len() as u64;
        assert!(counted <= generations, "{counted} jobs were counted of {generations} generations");
        if self.conditions.occurred().is_empty() {
            let known = self.provider_jobs().len() as u64;
            assert!(counted >= known, "{counted} jobs were counted, and the providers have {known}");
        }
    }

    /// Each payment has one row and one grant, also that of a frozen account: nobody thaws it before. An
    /// account that closed before the grant has neither.
    fn each_payment_was_granted_once(&self, ledgers: &Ledgers) {
        let items = self.app.world().items(CREDITS_TABLE);
        for user in &self.people {
            let account = user.person.account();
            let rows = items.iter().filter(|item| {
                item["pk"] == account.to_string() && item["sk"].as_str().is_some_and(|sk| sk.starts_with("payment#"))
            });
            let grants = ledgers[&account].iter().filter(|entry| entry.source() == Some(credits::Source::Pack)).count();
            let (rows, paid) = (rows.count(), user.pages.len());
            assert_eq!(rows, grants, "{account}: each payment is one grant");
            assert!(rows == paid || user.is_leaving && rows < paid, "{account}: {paid} payments, {rows} grants");
        }
    }
}

/// A hold takes credits from a lot only before the lot expires. Credits that came back late expire
/// at a time of their own, at most `LATE_LIFETIME` after the lot.
fn nothing_was_spent_after_its_end(ledgers: &Ledgers) {
    for (account, entries) in ledgers {
        let (mut ends, mut late_ends) = (BTreeMap::new(), BTreeMap::new());
        for entry in entries {
            if let Some(lot) = &entry.lot {
                ends.insert(lot.id.clone(), lot.expires_at);
            }
            for step in entry.moves.iter().filter(|_| entry.kind == EntryKind::Hold) {
                let ends = if step.late { &late_ends } else { &ends };
                let end = ends.get(&step.lot).copied().flatten();
                assert!(end.is_some() || !step.late, "{account}: {step:?} came back late and never expires");
                assert!(
                    end.is_none_or(|end| entry.at < end),
                    "{account}: {step:?} was held after its expiry at {end:?}"
                );
            }
            for step in &entry.moves {
                let Some(until) = step.until else { continue };
                let end =
                    ends.get(&step.lot).copied().flatten().expect("a lot that never expires cannot come back late");
                let last = end.saturating_add(limits::LATE_LIFETIME).expect("the time is in range");
                assert!(until <= last, "{account}: {step:?} expires after {last}");
                // All late credits of a lot expire with the latest of them.
                let late = late_ends.entry(step.lot.clone()).or_default();
                *late = (*late).max(Some(until));
            }
        }
    }
}
