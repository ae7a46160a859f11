//! tests/promises.toml: the promises of the privacy policy, and the tests that prove them.

use crate::{assert_found, assert_none, proofs, tree};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "tests/promises.toml";
const COUNT: usize = 20;

/// The promises that are kept. A promise that was kept once must stay kept, so ids are only added.
const KEPT: [&str; 13] = ["P01", "P03", "P04", "P05", "P06", "P07", "P08", "P10", "P13", "P16", "P17", "P18", "P19"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Promise {
    promise: String,
    state: State,
    /// `path/of/file.rs::name_of_test`.
    tests: Vec<String>,
    /// The work that is left before it is kept.
    missing: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Kept,
    Pending,
}

fn parse(text: &str) -> BTreeMap<String, Promise> {
    toml::from_str(text).unwrap_or_else(|error| panic!("{FILE} must list promises: {error}"))
}

fn kept(promises: &BTreeMap<String, Promise>) -> Vec<&str> {
    promises.iter().filter(|(_, it)| it.state == State::Kept).map(|(id, _)| id.as_str()).collect()
}

fn findings(promises: &BTreeMap<String, Promise>) -> Vec<String> {
    let mut findings = Vec::new();
    let ids: Vec<_> = (1..=COUNT).map(|number| format!("P{number:02}")).collect();
    findings.extend(ids.iter().filter(|id| !promises.contains_key(*id)).map(|id| format!("{id} is missing in {FILE}")));
    findings
        .extend(promises.keys().filter(|id| !ids.contains(id)).map(|id| format!("{id} is no promise of the policy")));
    for (id, promise) in promises {
        if promise.promise.trim().is_empty() {
            findings.push(format!("{id}: say what is promised"));
        }
        match (promise.state, &promise.missing) {
            (State::Kept, Some(_)) => findings.push(format!("{id} is kept, so nothing is missing")),
            (State::Pending, None) => findings.push(format!("{id} is pending: say what is missing")),
            _ => {}
        }
        if promise.state == State::Kept && promise.tests.is_empty() {
            findings.push(format!("{id} is kept: name the tests that prove it"));
        }
        findings
            .extend(promise.tests.iter().filter_map(|test| proofs::problem(test)).map(|what| format!("{id}: {what}")));
    }
    let kept = kept(promises);
    let lost = KEPT.iter().filter(|id| !kept.contains(id));
    findings.extend(lost.map(|id| format!("{id} was kept and must stay kept: repair it instead of taking it back")));
    let new = kept.iter().filter(|id| !KEPT.contains(id));
    findings.extend(new.map(|id| format!("{id} is kept now: add it to KEPT in tests/policy/promises.rs")));
    findings
}

#[test]
fn every_promise_is_listed_and_those_that_are_kept_are_proven() {
    assert_none(findings(&parse(&tree::read(FILE))));
}

#[test]
fn the_readme_prints_how_many_promises_are_kept() {
    let promises = parse(&tree::read(FILE));
    let line = format!("{} of {COUNT} promises are kept and proven by tests", kept(&promises).len());
    assert!(tree::read("README.md").contains(&line), "README.md must say: {line}");
}

#[test]
fn a_promise_that_is_not_proven_is_found() {
    let real = tree::read(FILE);
    let cases = [
        ("state = \"kept\"", "state = \"pending\"\nmissing = \"something\"", "must stay kept"),
        ("state = \"pending\"", "state = \"kept\"", "is kept, so nothing is missing"),
        ("[P07]", "[P21]", "P07 is missing"),
        ("[P07]", "[P21]", "P21 is no promise"),
        ("::nothing_asks_for_or_keeps_a_password", "::something_else", "has no test something_else"),
        ("tests/policy/secrets.rs::", "tests/policy/nowhere.rs::", "there is no file tests/policy/nowhere.rs"),
        ("secrets.rs::nothing_asks_for_or_keeps_a_password", "secrets.rs::in_text", "is no test"),
    ];
    for (from, to, found) in cases {
        assert!(real.contains(from), "{FILE} no longer has `{from}`: change another place in this test");
        assert_found(&findings(&parse(&real.replacen(from, to, 1))), found);
    }
}
