//! Only the local platform can move time.

use crate::{assert_none, graph, tree};

/// The feature of `runtime` that lets a file move the time, and the file's variable.
const FEATURE: &str = "local-clock";
const VARIABLE: &str = "LOCAL_CLOCK_FILE";

/// The files that may name the variable, and those that may name the feature.
const READS: [&str; 2] = ["shared/runtime/src/source.rs", "infra/local/src/clock.rs"];
const BUILDS: [&str; 5] = [
    "shared/runtime/Cargo.toml",
    "shared/runtime/src/source.rs",
    "infra/local/src/programs.rs",
    "infra/local/src/clock.rs",
    "infra/prove/src/units.rs",
];

#[test]
fn no_function_is_built_with_a_clock_that_moves() {
    let runtime = graph::members()["runtime"];
    assert!(runtime.features.contains_key(FEATURE), "runtime's feature {FEATURE} has another name: name it here");
    let nodes = &graph::metadata().resolve.as_ref().expect("metadata has the graph").nodes;
    let node = nodes.iter().find(|node| node.id == runtime.id).expect("runtime is in the graph");
    let enabled: Vec<_> = node.features.iter().map(|feature| feature.as_str()).collect();
    assert!(
        !enabled.contains(&FEATURE),
        "something enables runtime/{FEATURE} by default: only programs.rs may ask for it"
    );
}

#[test]
fn only_the_local_platform_names_the_clock() {
    let mut findings = Vec::new();
    for extension in ["rs", "toml", "yaml", "yml", "json", ""] {
        for path in tree::files(extension) {
            // This file names both, and the local Google follows the clock too.
            if path.starts_with("tests/policy/")
                || [".py", ".js", ".md"].iter().any(|extension| path.ends_with(extension))
            {
                continue;
            }
            let Some(text) = tree::find(&path) else { continue };
            if text.contains(VARIABLE) && !READS.contains(&path.as_str()) {
                findings.push(format!("{path} names {VARIABLE}: a deployed function must have no such variable"));
            }
            if text.contains(FEATURE) && !BUILDS.contains(&path.as_str()) {
                findings.push(format!("{path} names {FEATURE}: only the local platform builds with it"));
            }
        }
    }
    assert_none(findings);
}
