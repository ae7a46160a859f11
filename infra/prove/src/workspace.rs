//! The workspace: its folders, its functions, and commands of cargo in it.

use crate::error::ProveError;
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
    /// All members.
    pub members: Vec<Member>,
}

/// A member of the workspace.
#[derive(Debug)]
pub struct Member {
    /// The name of its package, and of its program where it has one.
    pub name: String,
    /// Its folder, relative to the root.
    pub folder: PathBuf,
    /// The features that it declares.
    pub features: Vec<String>,
    /// The members that it depends on outside its tests, each with the features that it enables.
    pub uses: Vec<(String, Vec<String>)>,
}

impl Workspace {
    /// Reads `cargo metadata`.
    pub fn read() -> Result<Self, ProveError> {
        let text = Cargo::output(&["metadata", "--no-deps", "--format-version", "1"], &[])?;
        let metadata: Value = serde_json::from_str(&text).map_err(ProveError::during("reading cargo metadata"))?;
        let target = metadata["target_directory"].as_str().map(PathBuf::from);
        let target = target.ok_or_else(|| ProveError::new("cargo metadata names no target folder"))?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        Ok(Self { target, members: packages.filter_map(Member::read).collect() })
    }

    /// The names of the functions.
    pub fn functions(&self) -> BTreeSet<&str> {
        let functions = self.members.iter().filter(|member| member.folder.starts_with("functions"));
        functions.map(|member| member.name.as_str()).collect()
    }
}

impl Member {
    fn read(package: &Value) -> Option<Self> {
        let folder = Path::new(package["manifest_path"].as_str()?).parent()?.strip_prefix(root()).ok()?;
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let used = dependencies.filter(|used| used["path"].is_string() && used["kind"] != "dev");
        let used = used.filter_map(|used| Some((used["name"].as_str()?.to_owned(), texts(&used["features"]))));
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            folder: folder.to_owned(),
            features: package["features"].as_object()?.keys().cloned().collect(),
            uses: used.collect(),
        })
    }

    /// Whether it is a function, or a library that functions may use.
    pub fn is_deployed(&self) -> bool {
        self.is_function_or_shared() && self.name != "testkit"
    }

    /// Whether it is a function or a crate in `shared/`.
    pub fn is_function_or_shared(&self) -> bool {
        self.folder.starts_with("functions") || self.folder.starts_with("shared")
    }
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// Cargo, run in the workspace.
#[derive(Debug)]
pub struct Cargo;

impl Cargo {
    /// Runs cargo with these arguments. The output goes to the caller's.
    pub fn run(arguments: &[&str]) -> Result<(), ProveError> {
        succeed(&mut Self::command(arguments))
    }

    /// Runs cargo with these arguments and variables, and returns its standard output.
    pub fn output(arguments: &[&str], variables: &[(&str, &str)]) -> Result<String, ProveError> {
        let mut command = Self::command(arguments);
        command.envs(variables.iter().copied()).stderr(Stdio::inherit());
        let done = command.output().map_err(ProveError::during("starting cargo"))?;
        if !done.status.success() {
            return Err(ProveError::new(format!("cargo {} failed ({})", arguments.join(" "), done.status)));
        }
        String::from_utf8(done.stdout).map_err(ProveError::during("reading the output of cargo"))
    }

    /// Cargo with these arguments, in the environment of the caller.
    pub fn command(arguments: &[&str]) -> Command {
        let mut command = as_caller(Command::new("cargo"));
        command.args(arguments);
        command
    }
}

/// Gives a command the root as its folder and the environment of the caller.
///
/// `cargo run` sets variables that describe this program. A build script that reads one of
/// them, such as ring's, would run again, and every crate above it would be compiled again.
pub fn as_caller(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let described = ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_"];
        if described.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.current_dir(root());
    command
}

/// Runs a command to its end.
pub fn succeed(command: &mut Command) -> Result<(), ProveError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(ProveError::during(format!("starting {program}")))?;
    let arguments = command.get_args().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ");
    if status.success() { Ok(()) } else { Err(ProveError::new(format!("{program} {arguments} failed ({status})"))) }
}
