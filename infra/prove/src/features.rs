//! Crates alone, and with each of their features.

use crate::{failure::Failure, tools, workspace::Workspace};

/// Checks every function and every shared crate alone, without features and with each one.
/// A build of the workspace unifies the features of its members, so it hides a crate that
/// compiles only with a feature that another member enables.
pub fn run() -> Result<(), Failure> {
    let workspace = Workspace::read()?;
    for folder in workspace.deployed() {
        let manifest = crate::workspace::root().join(folder).join("Cargo.toml");
        let manifest = manifest.to_string_lossy();
        tools::HACK.run(&workspace, &["check", "--quiet", "--each-feature", "--manifest-path", &manifest])?;
    }
    Ok(())
}
