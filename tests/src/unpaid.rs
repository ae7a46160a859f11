//! The counts of jobs that a provider had and that nobody paid for, computed a second time from the
//! entries alone.

use credits::{Balance, Entry, EntryKind, UnpaidEnd};
use generations::{Generation, GenerationStatus};
use jiff::tz::TimeZone;
use kernel::{AccountId, GenerationId, MicroDollars, limits};
use std::collections::BTreeMap;

/// Checks that a cancellation was charged exactly when the free ones of its day were used up, and
/// that every job that a provider had was counted when it ended without a delivery.
pub(crate) fn check_unpaid(account: AccountId, balance: &Balance, entries: &[Entry], generations: &[Generation]) {
    let mut costs: BTreeMap<GenerationId, MicroDollars> = BTreeMap::new();
    let mut canceled = BTreeMap::new();
    let mut ends: BTreeMap<GenerationId, Option<UnpaidEnd>> = BTreeMap::new();
    for entry in entries {
        let Some(id) = entry.generation else { continue };
        match entry.kind {
            EntryKind::Hold => drop(costs.insert(id, entry.provider_cost)),
            EntryKind::Settle | EntryKind::Release => drop(ends.insert(id, entry.unpaid)),
            _ => continue,
        }
        if entry.unpaid == Some(UnpaidEnd::Canceled) {
            let day = TimeZone::UTC.to_datetime(entry.at).date();
            let (jobs, sum) = canceled.entry(day).or_insert((0_u32, 0_u64));
            (*jobs, *sum) = (*jobs + 1, *sum + costs[&id].0);
            let is_free = *jobs == 1 || *sum <= balance.free_cancels_daily.0;
            let wanted = if is_free { EntryKind::Release } else { EntryKind::Settle };
            assert_eq!(entry.kind, wanted, "{account}: canceled job {jobs} of {day}, {sum} in all: {entry:?}");
        }
    }
    for generation in generations.iter().filter(|generation| generation.status.is_final()) {
        let counted = ends.get(&generation.id).copied().flatten();
        let wanted = match (generation.status, generation.provider_job.is_some()) {
            (GenerationStatus::Canceled, true) => {
                assert!(matches!(counted, Some(UnpaidEnd::Canceled | UnpaidEnd::Failed)), "{account}: {generation:?}");
                continue;
            }
            (GenerationStatus::Moderated, _) => Some(UnpaidEnd::Refused),
            (GenerationStatus::Succeeded, _) => None,
            // A provider that does not bill a failed job, or that never had it, leaves nothing to count.
            _ => continue,
        };
        assert_eq!(counted, wanted, "{account}: {generation:?}");
    }
    let begun = entries.iter().filter(|entry| entry.kind == EntryKind::Hold);
    for hold in begun {
        check_no_pause(account, hold, entries);
    }
}

/// A job may not begin within an hour after the tenth refused job of the same day.
fn check_no_pause(account: AccountId, hold: &Entry, entries: &[Entry]) {
    let day = |entry: &Entry| TimeZone::UTC.to_datetime(entry.at).date();
    let before = entries.iter().take_while(|entry| entry.version < hold.version);
    let refused: Vec<_> = before.filter(|entry| entry.unpaid == Some(UnpaidEnd::Refused)).collect();
    let today = refused.iter().filter(|entry| day(entry) == day(hold));
    let tenth = today.clone().nth(limits::REFUSED_DAILY as usize - 1);
    if let Some(tenth) = tenth {
        let since = hold.at.duration_since(tenth.at).unsigned_abs();
        assert!(since >= limits::REFUSED_PAUSE, "{account}: a job began {since:?} after {}", refused.len());
    }
}
