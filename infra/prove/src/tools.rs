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

/// A program of Python, in an environment of its own.
#[derive(Debug, Clone, Copy)]
pub struct PythonTool {
    name: &'static str,
}

/// Tries a service with requests that its contract allows, and with others.
pub const SCHEMATHESIS: PythonTool = PythonTool { name: "schemathesis" };

impl PythonTool {
    /// The path of the program, after it was installed where that was necessary. pip installs exactly the
    /// packages of the list, and refuses a file whose hash is not in it.
    pub fn installed(self, workspace: &Workspace, requirements: &Path) -> Result<PathBuf, ProveError> {
        let home = workspace.target.join("tools").join(self.name);
        let program = home.join("bin").join(self.name);
        let stamp = home.join("requirements.txt");
        let wanted = fs::read_to_string(requirements).map_err(ProveError::during(requirements.display()))?;
        if program.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            return Ok(program);
        }
        eprintln!("installing {} into {}", self.name, home.display());
        let environment = ["-m", "venv", "--clear"];
        succeed(as_caller(Command::new("python3")).args(environment).arg(&home))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
        let mut pip = as_caller(Command::new(home.join("bin/python")));
        succeed(pip.args(install).args(["--require-hashes", "--requirement"]).arg(requirements))?;
        fs::write(&stamp, wanted).map_err(ProveError::during(stamp.display()))?;
        Ok(program)
    }
}

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
