//! The programs that are deployed: built for Lambda, and their sizes.

use crate::{
    error::ProveError,
    workspace::{Cargo, Workspace},
};
use std::{collections::BTreeMap, fs, path::Path};

/// The most bytes of a program. Lambda loads a larger one more slowly at each cold start.
const LARGEST: u64 = 8_000_000;

/// Builds all functions as infra/deploy.md says, and prints a table of their sizes.
pub fn run() -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    let folder = workspace.target.join("lambda");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(ProveError::during(format!("removing {}", folder.display())))?;
    }
    Cargo::run(&["lambda", "build", "--release", "--arm64"])?;
    let sizes = sizes(&folder)?;
    print!("{}", table(&sizes));
    let functions = workspace.functions();
    let built = sizes.keys().map(String::as_str);
    if !built.clone().eq(functions.iter().copied()) {
        let (built, functions) = (sizes.len(), functions.len());
        return Err(ProveError::new(format!(
            "cargo lambda built {built} programs for {functions} functions: see [workspace.metadata.lambda.build]"
        )));
    }
    let large: Vec<&str> = sizes.iter().filter(|(_, size)| **size > LARGEST).map(|(name, _)| name.as_str()).collect();
    if large.is_empty() {
        Ok(())
    } else {
        Err(ProveError::new(format!("larger than {:.1} MB: {}", LARGEST as f64 / 1e6, large.join(", "))))
    }
}

/// The size in bytes of each program that cargo-lambda left in its folder.
fn sizes(folder: &Path) -> Result<BTreeMap<String, u64>, ProveError> {
    let entries = fs::read_dir(folder).map_err(ProveError::during(format!("reading {}", folder.display())))?;
    let mut sizes = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(ProveError::during(format!("reading {}", folder.display())))?;
        let program = entry.path().join("bootstrap");
        let file = fs::metadata(&program).map_err(ProveError::during(format!("reading {}", program.display())))?;
        sizes.insert(entry.file_name().to_string_lossy().into_owned(), file.len());
    }
    Ok(sizes)
}

/// The sizes as Markdown, the largest first.
fn table(sizes: &BTreeMap<String, u64>) -> String {
    let mut rows: Vec<_> = sizes.iter().collect();
    rows.sort_by_key(|(_, size)| std::cmp::Reverse(**size));
    let rows = rows.into_iter().map(|(name, size)| format!("| {name} | {:.2} |\n", *size as f64 / 1e6));
    format!("| function | MB |\n|---|---|\n{}", rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_begins_with_the_largest_program() {
        let sizes = BTreeMap::from([("login".to_owned(), 1_500_000), ("site".to_owned(), 2_250_000)]);
        assert_eq!(table(&sizes), "| function | MB |\n|---|---|\n| site | 2.25 |\n| login | 1.50 |\n");
    }

    /// cargo-lambda builds the members that the root manifest does not exclude.
    #[test]
    fn only_functions_and_their_libraries_are_built_for_lambda() {
        let manifest = fs::read_to_string(crate::workspace::root().join("Cargo.toml")).unwrap();
        let (_, section) = manifest.split_once("[workspace.metadata.lambda.build]").unwrap();
        let (_, list) = section.split_once("exclude = [").unwrap();
        let (list, _) = list.split_once(']').unwrap();
        let mut excluded: Vec<&str> = list.split(',').map(|name| name.trim().trim_matches('"')).collect();
        excluded.retain(|name| !name.is_empty());
        excluded.sort_unstable();
        let workspace = Workspace::read().unwrap();
        let others = workspace.members.iter().filter(|member| !member.is_deployed());
        let mut others: Vec<&str> = others.map(|member| member.name.as_str()).collect();
        others.sort_unstable();
        assert_eq!(excluded, others, "Cargo.toml: exclude from the build for Lambda what is not deployed");
    }
}
