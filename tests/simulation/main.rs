//! The service in rough weather. `cargo simulate` lives more seeds, and single ones again.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and says what it has looked at"
)]

mod matrix;

use tests::simulation::{live, simulate};

/// How many lives each run of the tests lives.
const SEEDS: u64 = 2_000;

#[test]
fn whatever_happens_every_invariant_holds_and_everything_happens() {
    let lived = live(0..SEEDS, false, || {});
    if let Some((seed, broken)) = lived.broken.first() {
        let count = lived.broken.len();
        panic!("{count} of {SEEDS} seeds broke something; look at it with cargo simulate --seed {seed}: {broken}");
    }
    let missing = lived.coverage.missing();
    assert!(missing.is_empty(), "{SEEDS} seeds prove nothing about what did not occur: {missing:?}");
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..50 {
        let (first, second) = (simulate(seed), simulate(seed));
        assert_eq!(first.trace, second.trace, "seed {seed} must be the same life each time");
    }
}
