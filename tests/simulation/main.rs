//! The simulation and the crash matrix. `cargo simulate` runs more seeds, and replays single ones.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and prints what it has checked"
)]

mod matrix;

use tests::simulation::{simulate, simulate_all};

/// The number of seeds that each run of the tests simulates.
const SEEDS: u64 = 2_000;

#[test]
fn every_invariant_holds_under_faults_and_every_case_occurs() {
    let summary = simulate_all(0..SEEDS, false, || {});
    if let Some((seed, broken)) = summary.broken.first() {
        let count = summary.broken.len();
        panic!("{count} of {SEEDS} seeds broke an invariant; replay with cargo simulate --seed {seed}: {broken}");
    }
    let missing = summary.coverage.missing();
    assert!(missing.is_empty(), "these cases did not occur in {SEEDS} seeds: {missing:?}");
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..50 {
        let (first, second) = (simulate(seed), simulate(seed));
        assert_eq!(first.trace, second.trace, "seed {seed} must make the same calls each time");
    }
}
