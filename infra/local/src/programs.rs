//! Builds the functions' programs with cargo.

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

/// The root of the workspace that this program was built from.
#[must_use]
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A line of cargo's output about one compiled target.
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
    workspace_root: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

impl Metadata {
    async fn read(environment: &Environment) -> Result<Self, LocalError> {
        let mut cargo = cargo(environment, &["metadata", "--no-deps", "--format-version", "1"])?;
        let lines = lines(&mut cargo).await?;
        let metadata = lines.iter().find_map(|line| serde_json::from_str(line).ok());
        metadata.ok_or_else(|| LocalError::new("cargo metadata does not describe this workspace"))
    }

    /// The names of the functions. Package and program have the same name.
    fn functions(&self) -> impl Iterator<Item = &str> {
        let folder = self.workspace_root.join("functions");
        let packages = self.packages.iter().filter(move |package| package.manifest_path.starts_with(&folder));
        packages.map(|package| package.name.as_str())
    }
}

/// The folder of cargo's output.
///
/// # Errors
/// When `cargo metadata` fails.
pub async fn target_folder(environment: &Environment) -> Result<PathBuf, LocalError> {
    Ok(Metadata::read(environment).await?.target_directory)
}

/// Builds the functions and returns the paths of their programs by name.
///
/// Cargo unifies the features of all selected packages. `--workspace` selects the same
/// packages as `cargo test`, so that no dependency is compiled twice; `--bin` limits the
/// build to the functions. The feature `local-clock` compiles `runtime` and its dependents
/// a second time.
///
/// # Errors
/// When the build fails. The compiler's messages go to standard error.
pub async fn build(environment: &Environment) -> Result<BTreeMap<String, PathBuf>, LocalError> {
    let metadata = Metadata::read(environment).await?;
    let mut arguments = vec!["build", "--workspace", "--features", "runtime/local-clock"];
    arguments.extend(["--message-format", "json-render-diagnostics"]);
    arguments.extend(metadata.functions().flat_map(|name| ["--bin", name]));
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
        // `cargo run` and `cargo test` set this variable to their own path.
        path: environment.get("CARGO").unwrap_or(OsStr::new("cargo")),
        arguments: arguments.iter().map(OsStr::new).collect(),
        environment: environment.for_cargo(),
        folder: workspace(),
    }
    .start(Stdio::piped(), Stdio::inherit())
}

/// Waits until the process has succeeded and returns the lines of its output.
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
    fn programs_are_read_from_the_messages_of_cargo() {
        let line = |kind: &str, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"login","kind":["{kind}"]}},"executable":{executable}}}"#
            )
        };
        assert_eq!(program(&line("bin", r#""/t/login""#)), Some(("login".to_owned(), "/t/login".into())));
        assert_eq!(program(&line("lib", "null")), None);
        assert_eq!(program(r#"{"reason":"build-finished","success":true}"#), None);
    }

    #[test]
    fn functions_are_the_packages_below_their_folder() {
        let metadata = r#"{"target_directory":"/w/target","workspace_root":"/w","packages":[
            {"name":"login","manifest_path":"/w/functions/identity/login/Cargo.toml"},
            {"name":"kernel","manifest_path":"/w/shared/kernel/Cargo.toml"},
            {"name":"tests","manifest_path":"/w/tests/Cargo.toml"}]}"#;
        let metadata: Metadata = serde_json::from_str(metadata).unwrap();
        assert_eq!(metadata.functions().collect::<Vec<_>>(), ["login"]);
    }
}
