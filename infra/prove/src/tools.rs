//! Tools that are not in the toolchain, pinned and installed below the target folder.

use crate::{
    failure::Failure,
    workspace::{Cargo, Workspace, succeed},
};
use std::{fs, path::PathBuf, process::Command};

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
/// Checks crates one by one, with each feature.
pub const HACK: Tool = Tool { name: "cargo-hack", version: "0.6.46" };

impl Tool {
    /// Runs the tool with these arguments, and installs it first where it is missing.
    pub fn run(self, workspace: &Workspace, arguments: &[&str]) -> Result<(), Failure> {
        let subcommand = self.name.strip_prefix("cargo-").unwrap_or(self.name);
        let program = self.installed(workspace)?;
        let mut command = Cargo::command(&[]);
        let folder = program.parent().unwrap_or(&program);
        let mut path = vec![folder.to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let path = std::env::join_paths(path).map_err(Failure::during("extending PATH"))?;
        succeed(command.env("PATH", path).arg(subcommand).args(arguments))
    }

    fn installed(self, workspace: &Workspace) -> Result<PathBuf, Failure> {
        let Self { name, version } = self;
        let tools = workspace.target.join("tools");
        let program = tools.join("bin").join(name);
        if self.answers(&program) {
            return Ok(program);
        }
        eprintln!("installing {name} {version} into {}", tools.display());
        let build = tools.join("build");
        let mut install = Cargo::command(&["install", name, "--quiet", "--locked", "--version", version, "--root"]);
        succeed(install.arg(&tools).env("CARGO_TARGET_DIR", &build))?;
        fs::remove_dir_all(&build).map_err(Failure::during(format!("removing {}", build.display())))?;
        Ok(program)
    }

    /// Whether the program is there in the pinned version.
    fn answers(self, program: &PathBuf) -> bool {
        let subcommand = self.name.strip_prefix("cargo-").unwrap_or(self.name);
        let answer = Command::new(program).args([subcommand, "--version"]).output();
        answer.is_ok_and(|answer| {
            String::from_utf8_lossy(&answer.stdout).split_whitespace().any(|word| word == self.version)
        })
    }
}
