//! Many simulations, on all processors.

use super::simulate;
use crate::simulation::coverage::Coverage;
use std::{
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

/// The result of many simulations.
#[derive(Debug, Default)]
pub struct Summary {
    /// The counts of all simulations.
    pub coverage: Coverage,
    /// The invariants that were broken, by seed.
    pub broken: Vec<(u64, String)>,
}

/// Simulates these seeds. With `until_broken` it stops after the first seed that breaks an invariant.
/// Each thread calls `first` before its first seed.
#[must_use]
pub fn simulate_all(seeds: Range<u64>, until_broken: bool, first: impl Fn() + Sync) -> Summary {
    let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let summary = Mutex::new(Summary::default());
    let work = || {
        first();
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let outcome = simulate(seed);
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.coverage.add(&outcome.coverage);
            if let Some(broken) = outcome.broken {
                summary.broken.push((seed, broken));
                stop.store(until_broken, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        (0..thread::available_parallelism().map_or(1, usize::from)).for_each(|_| drop(scope.spawn(work)));
    });
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.broken.sort_unstable();
    summary
}
