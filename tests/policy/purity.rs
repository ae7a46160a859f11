//! Only `machine` reads the time, the environment and the system's randomness. The local platform,
//! the tools for developers, the test kit and the tests may too, because they are never deployed.

use crate::{assert_found, assert_none, tree};

/// Calls that read the clock, the environment or the system's randomness.
const SOURCES: [&str; 14] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "env::var(",
    "env::var_os(",
    "env::vars(",
    "env::vars_os(",
    "SystemRandom",
    "OsRng",
    "Uuid::now_v7",
    "Uuid::new_v4",
    "getrandom::",
    "rand::random",
];

/// The places that may have one of them, with the reason.
const MAY: [(&str, &[&str], &str); 12] = [
    ("shared/machine/src/", &["Timestamp::now", "env::vars_os(", "SystemRandom"], "the one place"),
    ("shared/aws/src/transact.rs", &["Instant::now"], "Tokio's clock, which tests pause, bounds the retries"),
    (
        "shared/generations/src/workflows/collect.rs",
        &["Instant::now"],
        "Tokio's clock, which tests pause, tells how long a round of copying has run",
    ),
    (
        "shared/privacy/src/workflows/purge.rs",
        &["Instant::now"],
        "Tokio's clock, which tests pause, tells how long a purge has run",
    ),
    ("functions/site/site/build.rs", &["env::var_os("], "Cargo tells a build script its output folder by a variable"),
    ("shared/pages/build.rs", &["env::var_os("], "as the build script of site"),
    ("infra/local/src/environment.rs", &["env::vars_os("], "the local platform starts from its caller's environment"),
    (
        "infra/local/src/",
        &["Timestamp::now", "Instant::now", "SystemRandom"],
        "the local platform is no program of ours",
    ),
    ("infra/measure/src/", &["Timestamp::now", "Instant::now"], "the benchmark measures time"),
    ("infra/measure/src/programs/build.rs", &["env::vars_os("], "cargo must not see the variables of another cargo"),
    ("infra/prove/src/", &["env::vars_os(", "Instant::now"], "a command runs cargo and times its proofs"),
    (
        "tests/",
        &["env::var(", "env::var_os(", "Instant::now"],
        "Cargo tells tests where files are, and tests have timeouts",
    ),
];

/// The files that may switch the lint off.
const MAY_ALLOW: [&str; 8] = [
    "shared/machine/src/lib.rs",
    "functions/site/site/build.rs",
    "shared/pages/build.rs",
    "infra/local/src/environment.rs",
    "infra/local/src/fakes/clock.rs",
    "infra/measure/src/clock.rs",
    "tests/build.rs",
    "tests/src/bin/simulate.rs",
];

/// The calls that clippy must forbid.
const LINTED: [&str; 7] = [
    "std::time::SystemTime::now",
    "jiff::Timestamp::now",
    "std::env::var",
    "std::env::var_os",
    "std::env::vars",
    "uuid::Uuid::now_v7",
    "uuid::Uuid::new_v4",
];

fn stray_sources(path: &str, text: &str) -> Vec<String> {
    let code = tree::bare_code(text);
    let stray = SOURCES.iter().filter(|source| {
        let may = MAY.iter().any(|(place, may, _)| path.starts_with(place) && may.contains(source));
        code.contains(**source) && !may
    });
    stray.map(|source| format!("{path} uses {source}: take it as a value, from Ctx or from the caller")).collect()
}

#[test]
fn one_crate_reads_clock_environment_and_randomness() {
    let files = tree::files("rs").into_iter();
    assert_none(files.flat_map(|path| stray_sources(&path, &tree::read(&path))).collect());
    for (place, ..) in MAY {
        assert!(tree::root().join(place).exists(), "{place} does not exist any more: remove it from MAY");
    }
}

#[test]
fn clippy_forbids_the_same_and_is_switched_off_in_named_files_alone() {
    let clippy: toml::Table = tree::read("clippy.toml").parse().expect("clippy.toml is TOML");
    let methods = clippy.get("disallowed-methods").and_then(toml::Value::as_array).into_iter().flatten();
    let paths: Vec<_> = methods.filter_map(|method| method.get("path").and_then(toml::Value::as_str)).collect();
    let missing = LINTED.iter().filter(|path| !paths.contains(path));
    let mut findings: Vec<_> = missing.map(|path| format!("clippy.toml must disallow {path}")).collect();
    for path in tree::files("rs") {
        if tree::bare_code(&tree::read(&path)).contains("clippy::disallowed_methods")
            && !MAY_ALLOW.contains(&path.as_str())
        {
            findings.push(format!("{path} switches off clippy::disallowed_methods: only {MAY_ALLOW:?} may"));
        }
    }
    assert_none(findings);
}

#[test]
fn every_exception_from_a_lint_has_a_reason() {
    let mut findings = Vec::new();
    for path in tree::files("rs") {
        let code = tree::bare_code(&tree::read(&path));
        for kind in ["[allow(", "[expect("] {
            let attributes = code.split(kind).skip(1).filter_map(|rest| rest.split(']').next());
            let silent = attributes.filter(|attribute| !attribute.contains("reason"));
            findings.extend(silent.map(|attribute| format!("{path}: {kind}{attribute}] has no reason")));
        }
    }
    assert_none(findings);
}

#[test]
fn a_stray_clock_is_found() {
    let text = "// SystemTime::now\nfn f() { let s = \"OsRng\"; Timestamp::now() }";
    let findings = stray_sources("shared/credits/src/store.rs", text);
    assert_found(&findings, "shared/credits/src/store.rs uses Timestamp::now");
    assert_eq!(findings.len(), 1, "comments and texts do not count: {findings:?}");
}
