//! The workspace: its folders, its functions, and commands of cargo in it.

use crate::failure::Failure;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The root of the workspace that this program was built from.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// The members of the workspace, and where cargo builds them.
#[derive(Debug)]
pub struct Workspace {
    /// The target folder.
    pub target: PathBuf,
    /// Each member's name and folder, relative to the root.
    pub members: Vec<(String, PathBuf)>,
}

impl Workspace {
    /// Reads `cargo metadata`.
    pub fn read() -> Result<Self, Failure> {
        let text = Cargo::output(&["metadata", "--no-deps", "--format-version", "1"], &[])?;
        let metadata: Value = serde_json::from_str(&text).map_err(Failure::during("reading cargo metadata"))?;
        let target = metadata["target_directory"].as_str().map(PathBuf::from);
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let members = packages.filter_map(|package| {
            let folder = Path::new(package["manifest_path"].as_str()?).parent()?.strip_prefix(root()).ok()?;
            Some((package["name"].as_str()?.to_owned(), folder.to_owned()))
        });
        let members = members.collect();
        Ok(Self { target: target.ok_or_else(|| Failure::new("cargo metadata names no target folder"))?, members })
    }

    /// The names of the functions. Package and program have the same name.
    pub fn functions(&self) -> BTreeSet<&str> {
        let functions = self.members.iter().filter(|(_, folder)| folder.starts_with("functions"));
        functions.map(|(name, _)| name.as_str()).collect()
    }

    /// The folders of the functions and of the shared crates, relative to the root.
    pub fn deployed(&self) -> impl Iterator<Item = &Path> {
        let folders = self.members.iter().map(|(_, folder)| folder.as_path());
        folders.filter(|folder| folder.starts_with("functions") || folder.starts_with("shared"))
    }
}

/// Cargo, run in the workspace.
#[derive(Debug)]
pub struct Cargo;

impl Cargo {
    /// Runs cargo with these arguments. The output goes to the caller's.
    pub fn run(arguments: &[&str]) -> Result<(), Failure> {
        succeed(&mut Self::command(arguments))
    }

    /// Runs cargo with these arguments and variables, and returns its standard output.
    pub fn output(arguments: &[&str], variables: &[(&str, &str)]) -> Result<String, Failure> {
        let mut command = Self::command(arguments);
        command.envs(variables.iter().copied()).stderr(Stdio::inherit());
        let done = command.output().map_err(Failure::during("starting cargo"))?;
        if !done.status.success() {
            return Err(Failure::new(format!("cargo {} failed ({})", arguments.join(" "), done.status)));
        }
        String::from_utf8(done.stdout).map_err(Failure::during("reading the output of cargo"))
    }

    /// Cargo with the environment of the person who called this program.
    pub fn command(arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(root());
        // `cargo run` sets variables that describe this program. A build script that reads one of
        // them, such as ring's, would run again, and every crate above it would be compiled again.
        for (name, _) in std::env::vars_os() {
            let described = ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_"];
            if described.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        command
    }
}

/// Runs a command to its end.
pub fn succeed(command: &mut Command) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(Failure::during(format!("starting {program}")))?;
    let arguments = command.get_args().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ");
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{program} {arguments} failed ({status})"))) }
}
