//! The service in rough weather. `cargo simulate` lives more seeds, and single ones again.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use tests::simulation::simulate;

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..3 {
        let (first, second) = (simulate(seed), simulate(seed));
        assert_eq!(first.trace, second.trace, "seed {seed} must be the same life each time");
    }
}
