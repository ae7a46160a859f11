//! Checks of the dependencies: each is allowed, and each is used.

use crate::{error::ProveError, tools, workspace::Workspace};
use serde_json::Value;
use std::collections::BTreeSet;

/// The crate that uses the functions in code that its build script writes. cargo-shear does not read
/// that code, so its findings about the functions are left out.
const TESTS: &str = "tests";

/// The dependencies of [`TESTS`] that get a feature of it. Cargo gives none to a dev-dependency.
const WITH_FEATURES: [&str; 1] = ["accounts"];

/// Checks deny.toml and looks for unused dependencies.
pub fn run() -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    let deny = ["check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    tools::DENY.run(&workspace, &deny)?;
    tools::SHEAR.run(&workspace, &["--exclude", TESTS])?;
    let report = tools::SHEAR.output(&workspace, &["--package", TESTS, "--format", "json"])?;
    let findings = findings(&report, &workspace.functions())?;
    if findings.is_empty() { Ok(()) } else { Err(ProveError::new(findings.join("\n"))) }
}

/// The findings in a report of cargo-shear that are not about a function.
fn findings(report: &str, functions: &BTreeSet<&str>) -> Result<Vec<String>, ProveError> {
    let report: Value =
        serde_json::from_str(report).map_err(ProveError::during("reading the report of cargo-shear"))?;
    let all = report["findings"].as_array();
    let all = all.ok_or_else(|| ProveError::new("the report of cargo-shear has no list of findings"))?;
    let messages = all.iter().filter_map(|finding| Some((finding["file"].as_str()?, finding["message"].as_str()?)));
    let is_meant = |message: &str| {
        let name = message.split('`').nth(1).unwrap_or_default();
        !functions.contains(name) && !WITH_FEATURES.contains(&name)
    };
    Ok(messages.filter(|(_, text)| is_meant(text)).map(|(file, text)| format!("{file}: {text}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn findings_about_functions_are_left_out() {
        let finding = |message: &str| json!({ "file": "tests/Cargo.toml", "message": message });
        let report = json!({ "findings": [
            finding("unused dependency `generate`"),
            finding("misplaced dependency `accounts`"),
            finding("unused dependency `url`"),
        ] });
        let found = findings(&report.to_string(), &BTreeSet::from(["generate"])).unwrap();
        assert_eq!(found, ["tests/Cargo.toml: unused dependency `url`"]);
        assert!(findings("{}", &BTreeSet::new()).is_err(), "another form of the report is an error");
    }
}
