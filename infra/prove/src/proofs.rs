//! The table of proofs.

use crate::{contract, cross, dependencies, error::ProveError, features, units, workspace::Cargo};
use std::fmt::Write;

/// A proof that can be run by name.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    /// The argument of `cargo prove`.
    pub name: &'static str,
    /// The claim.
    pub proves: &'static str,
    /// The prerequisites besides those of `cargo test`.
    pub needs: &'static str,
    /// The duration on two cores, builds included.
    pub takes: &'static str,
    /// The variant of this proof in `.ci/run`.
    pub in_ci: &'static str,
    /// Runs the proof.
    pub run: fn() -> Result<(), ProveError>,
    /// Runs its short variant, by `--quick`.
    pub run_quick: Option<fn() -> Result<(), ProveError>>,
}

/// All proofs, by name.
pub const PROOFS: [Proof; 8] = [
    Proof {
        name: "contract",
        proves: "the functions keep the published contract in 50,000 requests, signed in and not, log nothing of them, and every operation succeeds",
        needs: "Python 3.11, and network once: it installs Schemathesis into target/tools",
        takes: "6 min, `--quick` 3 min",
        in_ci: "`--quick`: 1,000 requests",
        run: contract::run,
        run_quick: Some(contract::run_quick),
    },
    Proof {
        name: "cross",
        proves: "every function builds for Lambda (arm64), and no program is larger than 8 MB",
        needs: "cargo-lambda: pip install cargo-lambda",
        takes: "64 min of CPU: about 35 min on two idle cores",
        in_ci: "the sizes of four functions, by `cargo measure --quick`",
        run: cross::run,
        run_quick: None,
    },
    Proof {
        name: "dependencies",
        proves: "bans, licences and sources of dependencies hold, and no dependency is unused",
        needs: "network, once: it installs cargo-deny and cargo-shear into target/tools",
        takes: "4 min the first time, 2 s then",
        in_ci: "the same",
        run: dependencies::run,
        run_quick: None,
    },
    Proof {
        name: "faults",
        proves: "the simulation finds every planted fault",
        needs: "nothing",
        takes: "2 min, 1 min of it without a build",
        in_ci: "the same",
        run: || Cargo::run(&["simulate", "--plant", "all"]),
        run_quick: None,
    },
    Proof {
        name: "features",
        proves: "every function and every shared crate compiles alone and with each of its features, also its tests",
        needs: "nothing",
        takes: "not measured",
        in_ci: "`--quick`: one check of all crates, without the members that enable a feature of another",
        run: features::run,
        run_quick: Some(features::run_quick),
    },
    Proof {
        name: "measure",
        proves: "the functions keep their budgets beside hello world, with figures to write down",
        needs: "a quiet machine",
        takes: "8 min, 1 min of it without a build",
        in_ci: "`--quick`: few rounds, whose figures say nothing",
        run: || Cargo::run(&["measure"]),
        run_quick: Some(|| Cargo::run(&["measure", "--quick"])),
    },
    Proof {
        name: "seeds",
        proves: "the invariants hold in 20,000 simulated seeds",
        needs: "nothing",
        takes: "12 min",
        in_ci: "`--quick`: 2,000 seeds; `cargo test` runs them too",
        run: || Cargo::run(&["simulate", "--seeds", "20000"]),
        run_quick: Some(|| Cargo::run(&["simulate"])),
    },
    Proof {
        name: "units",
        proves: "`cargo dev` compiles only its own needs, and neither `cargo test` nor `cargo slice` compiles a dependency again",
        needs: "nothing",
        takes: "1 s",
        in_ci: "the same",
        run: units::run,
        run_quick: None,
    },
];

/// The table as text.
pub fn list() -> String {
    let mut text = String::new();
    for Proof { name, proves, needs, takes, in_ci, .. } in PROOFS {
        let _ = writeln!(text, "{name}\n  proves: {proves}\n  needs:  {needs}\n  takes:  {takes}\n  in CI:  {in_ci}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_are_sorted_and_named_once() {
        let names = PROOFS.map(|proof| proof.name);
        assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    }

    #[test]
    fn the_list_names_every_proof() {
        let text = list();
        for proof in PROOFS {
            assert!(text.contains(&format!("{}\n  proves: {}", proof.name, proof.proves)), "{text}");
        }
    }
}
