//! The policy tests: the source tree, the template, the events and the promises agree, and
//! the rules that matter hold. They need nothing but the tree and `cargo metadata`.
//!
//! A check is a function from what it reads to findings, each a sentence that says what to
//! do. Where a check could pass because it looks at nothing, a test shows that it fails on a
//! changed copy of the template.
#![allow(clippy::expect_used, clippy::panic, reason = "a check that cannot read the tree must fail")]

mod alarms;
mod claims;
mod clock;
mod docs;
mod edges;
mod graph;
mod hygiene;
mod layout;
mod limits;
mod measured;
mod planted;
mod promises;
mod protection;
mod purity;
mod retention;
mod secrets;
mod template;
mod tree;
mod wiring;
mod works;
mod yaml;

/// Fails with all findings at once.
#[track_caller]
fn assert_none(findings: Vec<String>) {
    assert!(findings.is_empty(), "{} to put right:\n- {}", findings.len(), findings.join("\n- "));
}

/// Fails unless some finding has `part` in it: how the checks themselves are tested.
#[track_caller]
fn assert_found(findings: &[String], part: &str) {
    let found = findings.iter().any(|finding| finding.contains(part));
    assert!(found, "the check must find `{part}`; it found {findings:#?}");
}
