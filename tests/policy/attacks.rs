//! The attacks that the two documents about OAuth and about JWTs know: each section names the tests that prove it, or
//! says why it does not apply.

mod rfc8725;
mod rfc9700;
mod section;

use crate::{assert_found, assert_none, proofs, tree};
use section::{Answer, Section, proven, proven_but};
use std::collections::BTreeSet;

/// The folder of the tests that attack the sign-in.
const ATTACKS: &str = "tests/functions/attacks/";

/// The file that lists what no test has tried at the real partners.
const DEPLOY: &str = "infra/deploy.md";

/// The fewest tests in that folder that the table of RFC 9700 names.
const ATTACKS_MIN: usize = 20;

/// The numbers of the sections of RFC 9700 that say what to do.
const OF_RFC_9700: [&str; 26] = [
    "2.1", "2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.3", "2.4", "2.5", "2.6", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6",
    "4.7", "4.8", "4.9", "4.10", "4.11", "4.12", "4.13", "4.14", "4.15", "4.16", "4.17",
];

/// The numbers of the sections of RFC 8725 that say what to do.
const OF_RFC_8725: [&str; 21] = [
    "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7",
    "3.8", "3.9", "3.10", "3.11", "3.12",
];

fn findings(rfc: &str, numbers: &[&str], sections: &[Section]) -> Vec<String> {
    let listed: Vec<_> = sections.iter().map(|section| section.number).collect();
    let mut findings = Vec::new();
    if listed != numbers {
        findings.push(format!("{rfc} has the sections {numbers:?}, each once and in this order, and not {listed:?}"));
    }
    for Section { number, title, answer } in sections {
        let section = format!("{rfc}, {number} {title}");
        match answer {
            Answer::Tests([]) | Answer::TestsBut([], _) => {
                findings.push(format!("{section}: name the tests that prove it"));
            }
            Answer::Tests(tests) | Answer::TestsBut(tests, _) => {
                let problems = tests.iter().filter_map(|test| proofs::problem(test));
                findings.extend(problems.map(|problem| format!("{section}: {problem}")));
            }
            Answer::DoesNotApply(reason) if reason.trim().is_empty() => {
                findings.push(format!("{section}: say why it does not apply"));
            }
            Answer::DoesNotApply(_) => {}
        }
        if let Answer::TestsBut(_, not_tried) = answer
            && !is_not_tried(not_tried)
        {
            findings.push(format!("{section}: {DEPLOY} has no line \"- {not_tried}\" under \"Not tried yet\""));
        }
    }
    findings
}

/// Whether a line of "Not tried yet" begins with these words.
fn is_not_tried(words: &str) -> bool {
    let text = tree::read(DEPLOY);
    let lines = text.split_once("## Not tried yet").map_or("", |(_, lines)| lines).lines();
    lines.filter_map(|line| line.strip_prefix("- ")).any(|line| !words.is_empty() && line.starts_with(words))
}

#[test]
fn every_section_about_oauth_is_proven_or_does_not_apply() {
    assert_none(findings("RFC 9700", &OF_RFC_9700, &rfc9700::SECTIONS));
}

#[test]
fn every_section_about_jwts_is_proven_or_does_not_apply() {
    assert_none(findings("RFC 8725", &OF_RFC_8725, &rfc8725::SECTIONS));
}

#[test]
fn at_least_twenty_tests_attack_the_sign_in() {
    let named = rfc9700::SECTIONS.iter().flat_map(|section| match section.answer {
        Answer::Tests(tests) | Answer::TestsBut(tests, _) => tests,
        Answer::DoesNotApply(_) => &[],
    });
    let attacks: BTreeSet<_> = named.filter(|test| test.starts_with(ATTACKS)).collect();
    assert!(attacks.len() >= ATTACKS_MIN, "name {ATTACKS_MIN} tests of {ATTACKS} at least, not {}", attacks.len());
}

#[test]
fn a_section_that_is_not_proven_is_found() {
    const KNOWN: &str = "tests/functions/attacks/attempts.rs::an_attempt_is_used_once";
    assert_none(findings("RFC", &["1"], &[proven("1", "One", &[KNOWN])]));
    let cases = [
        (proven("2", "Two", &[KNOWN]), "has the sections"),
        (proven("1", "One", &[]), "RFC, 1 One: name the tests"),
        (section::does_not_apply("1", "One", " "), "RFC, 1 One: say why"),
        (
            proven("1", "One", &["tests/functions/attacks/attempts.rs::an_attempt_is_used_twice"]),
            "has no test an_attempt",
        ),
        (proven("1", "One", &["tests/functions/attacks/links.rs::path"]), "is no test"),
        (proven_but("1", "One", &[], "Whether"), "RFC, 1 One: name the tests"),
        (proven_but("1", "One", &[KNOWN], "Whether the moon"), "no line \"- Whether the moon\""),
        (proven_but("1", "One", &[KNOWN], ""), "has no line"),
    ];
    for (section, found) in cases {
        assert_found(&findings("RFC", &["1"], &[section]), found);
    }
}
