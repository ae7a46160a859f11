//! Planted faults are compiled for `cargo simulate` alone, and never into a deployed program.

use crate::{assert_none, graph, tree};
use std::collections::BTreeSet;

/// The feature, and the crates that may have it.
const FEATURE: &str = "planted-faults";
const OWNERS: [&str; 6] = ["accounts", "aws", "credits", "generations", "kernel", "tests"];

#[test]
fn nothing_enables_planted_faults_by_default() {
    let nodes = &graph::metadata().resolve.as_ref().expect("metadata has the graph").nodes;
    let mut owners = BTreeSet::new();
    for (name, package) in graph::members() {
        if !package.features.contains_key(FEATURE) {
            continue;
        }
        owners.insert(name);
        let node = nodes.iter().find(|node| node.id == package.id).expect("a member is in the graph");
        let enabled = node.features.iter().any(|feature| feature.as_str() == FEATURE);
        assert!(!enabled, "something enables {name}/{FEATURE}: only `cargo simulate` may, on its command line");
    }
    assert_eq!(owners, OWNERS.into(), "list every crate that has the feature {FEATURE} in OWNERS");
}

#[test]
fn a_planted_fault_is_compiled_with_the_feature_alone() {
    let mut findings = Vec::new();
    for path in tree::files("rs").into_iter().filter(|path| path.starts_with("shared/")) {
        let text = tree::read(&path);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let names_one = line.contains("planted") && !line.starts_with("//") && !line.contains(FEATURE);
            // The attribute is above the branch, the `use` or the module.
            let guarded = lines[..at].iter().rev().take(4).any(|line| line.contains(FEATURE));
            if names_one && !guarded && !path.ends_with("planted.rs") {
                findings.push(format!(
                    "{path}:{}: a planted fault must stand below #[cfg(feature = \"{FEATURE}\")]",
                    at + 1
                ));
            }
        }
    }
    assert_none(findings);
}

#[test]
fn a_planted_fault_is_in_a_pure_rule_or_in_the_transaction() {
    let sources = tree::files("rs").into_iter().filter(|path| path.starts_with("shared/"));
    let has_io = sources.filter(|path| {
        let code = tree::bare_code(&tree::read(path));
        code.contains("planted(Planted::") && code.contains("async ")
    });
    let findings =
        has_io.map(|path| format!("{path}: plant the fault in a pure rule, or in shared/aws/src/planted.rs"));
    assert_none(findings.collect());
}
