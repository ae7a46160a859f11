//! Tools that are not in the toolchain, pinned and installed below the target folder.

use crate::{
    error::ProveError,
    workspace::{Cargo, Workspace, as_caller, succeed},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A subcommand of cargo.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// The name of its package and of its program.
    name: &'static str,
    /// Its version. A newer one may find more, so a change of it is a commit.
    version: &'static str,
}

/// Checks bans, licences and sources.
pub const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
/// Finds unused and misplaced dependencies. Later versions need a compiler newer than ours.
pub const SHEAR: Tool = Tool { name: "cargo-shear", version: "1.13.3" };

impl Tool {
    /// Runs the tool with these arguments, and installs it first where it is missing.
    pub fn run(self, workspace: &Workspace, arguments: &[&str]) -> Result<(), ProveError> {
        succeed(&mut self.command(workspace, arguments)?)
    }

    /// Runs the tool as [`Self::run`], and returns its standard output, also if it ends with an error.
    pub fn output(self, workspace: &Workspace, arguments: &[&str]) -> Result<String, ProveError> {
        let mut command = self.command(workspace, arguments)?;
        let done = command.stderr(Stdio::inherit()).output();
        let done = done.map_err(ProveError::during(format!("starting {}", self.name)))?;
        String::from_utf8(done.stdout).map_err(ProveError::during(format!("reading the output of {}", self.name)))
    }

    fn command(self, workspace: &Workspace, arguments: &[&str]) -> Result<Command, ProveError> {
        let program = self.installed(&workspace.target.join("tools"))?;
        let subcommand = self.name.strip_prefix("cargo-").unwrap_or(self.name);
        // As cargo calls it: the first argument is the name of the subcommand.
        let mut command = as_caller(Command::new(program));
        command.arg(subcommand).args(arguments);
        Ok(command)
    }

    /// The path of the program, after it was installed where that was necessary.
    fn installed(self, tools: &Path) -> Result<PathBuf, ProveError> {
        let Self { name, version } = self;
        let program = tools.join("bin").join(name);
        // Cargo lists in this file what `cargo install` has put into the folder.
        let list = fs::read_to_string(tools.join(".crates.toml")).unwrap_or_default();
        if program.exists() && list.contains(&format!("\"{name} {version} (")) {
            return Ok(program);
        }
        eprintln!("installing {name} {version} into {}", tools.display());
        let build = tools.join("build");
        let mut install = Cargo::command(&["install", name, "--quiet", "--locked", "--version", version, "--root"]);
        succeed(install.arg(tools).env("CARGO_TARGET_DIR", &build))?;
        fs::remove_dir_all(&build).map_err(ProveError::during(format!("removing {}", build.display())))?;
        Ok(program)
    }
}
