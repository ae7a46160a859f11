//! Many lives, on all processors.

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

/// What many lives came to.
#[derive(Debug, Default)]
pub struct Lived {
    /// What occurred.
    pub coverage: Coverage,
    /// The invariants that do not hold, by seed.
    pub broken: Vec<(u64, String)>,
}

/// Lives these seeds, or stops when one has broken something. Each thread does `first`
/// before anything else.
#[must_use]
pub fn live(seeds: Range<u64>, until_broken: bool, first: impl Fn() + Sync) -> Lived {
    let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let lived = Mutex::new(Lived::default());
    let work = || {
        first();
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let outcome = simulate(seed);
            let mut lived = lived.lock().unwrap_or_else(PoisonError::into_inner);
            lived.coverage.add(&outcome.coverage);
            if let Some(broken) = outcome.broken {
                lived.broken.push((seed, broken));
                stop.store(until_broken, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        (0..thread::available_parallelism().map_or(1, usize::from)).for_each(|_| drop(scope.spawn(work)));
    });
    let mut lived = lived.into_inner().unwrap_or_else(PoisonError::into_inner);
    lived.broken.sort_unstable();
    lived
}
