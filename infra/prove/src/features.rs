//! Crates alone, and with each of their features.
//!
//! A build of the workspace unifies the features of its members. It hides a crate that
//! compiles only with a feature that another member enables.

use crate::{
    error::ProveError,
    workspace::{Cargo, Member, Workspace},
};
use std::collections::BTreeSet;

/// Checks every function and every shared crate alone: without features, with each one, and with
/// its tests.
pub fn run() -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    for member in workspace.members.iter().filter(|member| member.is_function_or_shared()) {
        println!("{}", member.name);
        let manifest = crate::workspace::root().join(&member.folder).join("Cargo.toml");
        for check in checks(&manifest.to_string_lossy(), &member.features) {
            Cargo::run(&check)?;
        }
    }
    Ok(())
}

/// The commands that check one member.
///
/// `--tests` enables the features that its dev-dependencies name. So a check with `--tests` does
/// not replace the check without it, and the other way round.
fn checks<'text>(manifest: &'text str, features: &'text [String]) -> Vec<Vec<&'text str>> {
    let check = vec!["check", "--quiet", "--no-default-features", "--manifest-path", manifest];
    let with = |more: &[&'text str]| [check.as_slice(), more].concat();
    let mut checks = vec![check.clone(), with(&["--tests"])];
    for feature in features {
        checks.push(with(&["--features", feature]));
        checks.push(with(&["--tests", "--features", feature]));
    }
    checks
}

/// Checks all members at once, except those that enable a feature of another member. The
/// features of other packages stay unified, so that few crates are compiled again.
pub fn run_quick() -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    let enabling = enabling(&workspace.members);
    let mut check = vec!["check", "--quiet", "--workspace"];
    check.extend(enabling.into_iter().flat_map(|name| ["--exclude", name]));
    Cargo::run(&check)
}

/// The members that enable a feature of a member, and the members that depend on them.
fn enabling(members: &[Member]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    loop {
        let more = members.iter().filter(|member| !found.contains(member.name.as_str())).find(|member| {
            let mut used = member.uses.iter();
            used.any(|(name, features)| !features.is_empty() || found.contains(name.as_str()))
        });
        match more {
            Some(member) => found.insert(member.name.as_str()),
            None => return found,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, uses: &[(&str, &[&str])]) -> Member {
        let owned = |features: &[&str]| features.iter().map(|feature| (*feature).to_owned()).collect();
        Member {
            name: name.to_owned(),
            folder: format!("shared/{name}").into(),
            features: Vec::new(),
            uses: uses.iter().map(|(name, features)| ((*name).to_owned(), owned(features))).collect(),
        }
    }

    #[test]
    fn a_member_is_checked_with_and_without_its_tests_for_each_feature() {
        let features = ["thumbnails".to_owned()];
        let checks: Vec<_> = checks("Cargo.toml", &features).iter().map(|check| check[5..].join(" ")).collect();
        assert_eq!(checks, ["", "--tests", "--features thumbnails", "--tests --features thumbnails"]);
    }

    #[test]
    fn members_that_enable_a_feature_are_left_out_with_their_dependents() {
        let members = [
            member("tests", &[("make-thumbnails", &[]), ("generate", &[])]),
            member("generate", &[("generations", &[])]),
            member("make-thumbnails", &[("generations", &["thumbnails"])]),
            member("generations", &[]),
        ];
        assert_eq!(enabling(&members), BTreeSet::from(["make-thumbnails", "tests"]));
    }
}
