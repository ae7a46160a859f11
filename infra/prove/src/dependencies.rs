//! Checks of the dependencies: each is allowed, and each is used.

use crate::{error::ProveError, tools, workspace::Workspace};

/// Checks deny.toml and looks for unused dependencies.
pub fn run() -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    let deny = ["check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    tools::DENY.run(&workspace, &deny)?;
    // The crate `tests` uses the functions in code that its build script writes, which cargo-shear does
    // not read.
    tools::SHEAR.run(&workspace, &["--exclude", "tests"])
}
