//! The policy tests: the source tree, the template, the events and the promises agree, and
//! the rules that matter hold.
//!
//! The crate depends on no other crate of ours. It reads the files of the tree and the output of
//! `cargo metadata`, so `cargo test -p policy` takes seconds after any change. A check that needs a
//! value of our code is in `tests/functions` and uses [`template`] and [`tree`] from here.
//!
//! A check is a function from its input to findings. A finding is a sentence that says what to do.
//! A check that reads nothing would pass. So a test shows that such a check fails on a changed copy
//! of the template.
#![allow(clippy::expect_used, clippy::panic, reason = "a check that cannot read the tree must fail")]

pub mod log_filter;
pub mod template;
pub mod tree;
pub mod yaml;

#[cfg(test)]
mod alarms;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod brakes;
#[cfg(test)]
mod circles;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod events;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod hygiene;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod measured;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod protection;
#[cfg(test)]
mod purity;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod size;
#[cfg(test)]
mod template_size;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod watched;
#[cfg(test)]
mod wiring;
#[cfg(test)]
mod works;

/// Fails with all findings at once.
///
/// # Panics
/// When there is a finding.
#[track_caller]
pub fn assert_none(findings: Vec<String>) {
    assert!(findings.is_empty(), "{} to put right:\n- {}", findings.len(), findings.join("\n- "));
}

/// Fails unless some finding has `part` in it: this is how the checks themselves are tested.
///
/// # Panics
/// When no finding has it.
#[track_caller]
pub fn assert_found(findings: &[String], part: &str) {
    let found = findings.iter().any(|finding| finding.contains(part));
    assert!(found, "the check must find `{part}`; it found {findings:#?}");
}
