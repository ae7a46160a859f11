//! The functions' programs, built by cargo.

use crate::{
    children::{GuardedChild, Program},
    environment::Environment,
    error::LocalError,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::io::{AsyncBufReadExt, BufReader};

/// The workspace, as it was when this program was built.
#[must_use]
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// One line of cargo's messages about a build.
#[derive(Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// The folder of cargo's output.
///
/// # Errors
/// When cargo does not answer.
pub async fn target_folder(environment: &Environment) -> Result<PathBuf, LocalError> {
    let mut cargo = cargo(environment, &["metadata", "--no-deps", "--format-version", "1"])?;
    let lines = lines(&mut cargo).await?;
    let metadata = lines.iter().find_map(|line| serde_json::from_str::<Metadata>(line).ok());
    Ok(metadata.ok_or_else(|| LocalError::new("cargo metadata names no target directory"))?.target_directory)
}

/// Builds every program of the workspace in one build, so that features are unified as in
/// any other build of it. A feature lets the functions' clock move; it adds a second build
/// of `runtime` and its dependents only. Returns the paths of the programs by name.
///
/// # Errors
/// When the build fails. The compiler's messages go to standard error.
pub async fn build(environment: &Environment) -> Result<BTreeMap<String, PathBuf>, LocalError> {
    let build = ["build", "--workspace", "--bins", "--features", "runtime/local-clock"];
    let arguments = [&build[..], &["--message-format", "json-render-diagnostics"]].concat();
    let mut cargo = cargo(environment, &arguments)?;
    Ok(lines(&mut cargo).await?.iter().filter_map(|line| program(line)).collect())
}

fn program(line: &str) -> Option<(String, PathBuf)> {
    let artifact: Artifact = serde_json::from_str(line).ok()?;
    let target = artifact.target.filter(|target| target.kind.iter().any(|kind| kind == "bin"))?;
    Some((target.name, artifact.executable?))
}

fn cargo(environment: &Environment, arguments: &[&str]) -> Result<GuardedChild, LocalError> {
    Program {
        // Cargo sets this variable for its child processes: the same cargo built this program.
        path: environment.get("CARGO").unwrap_or(OsStr::new("cargo")),
        arguments: arguments.iter().map(OsStr::new).collect(),
        environment: environment.for_cargo(),
        folder: workspace(),
    }
    .start(Stdio::piped(), Stdio::inherit())
}

/// All lines of its output, once it has succeeded.
async fn lines(child: &mut GuardedChild) -> Result<Vec<String>, LocalError> {
    let mut all = Vec::new();
    if let Some(output) = child.take_output() {
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            all.push(line);
        }
    }
    let status = child.ended().await?;
    if status.success() { Ok(all) } else { Err(LocalError::new(format!("cargo failed ({status})"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_are_taken_from_the_messages_of_cargo() {
        let line = |kind: &str, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"login","kind":["{kind}"]}},"executable":{executable}}}"#
            )
        };
        assert_eq!(program(&line("bin", r#""/t/login""#)), Some(("login".to_owned(), "/t/login".into())));
        assert_eq!(program(&line("lib", "null")), None);
        assert_eq!(program(r#"{"reason":"build-finished","success":true}"#), None);
    }
}
