//! Builds the measured programs as for a release.

use crate::error::{MeasureError, Result};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The root of the workspace that this program was built from.
#[must_use]
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// Builds `functions` and hello world in the profile `measure`, and returns the paths of the
/// programs by name. The profile is `release` in a folder of its own: a program that trusts
/// the root of this command never lies in the folder of a release.
///
/// # Errors
/// When a build fails. The compiler's messages go to standard error.
pub fn build(functions: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let mut programs = programs(&["-p", "hello", "--bins"])?;
    let excluded = not_deployed()?;
    // The packages that `cargo lambda build` selects, so that their features are the same.
    let mut arguments = vec!["--workspace", "--features", "runtime/extra-roots"];
    arguments.extend(excluded.iter().flat_map(|package| ["--exclude", package]));
    arguments.extend(functions.iter().flat_map(|function| ["--bin", function]));
    programs.extend(self::programs(&arguments)?);
    Ok(programs)
}

/// The members that the root manifest excludes from the build for Lambda.
fn not_deployed() -> Result<Vec<String>> {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"])?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(MeasureError::during("reading cargo metadata"))?;
    let excluded = metadata["metadata"]["lambda"]["build"]["exclude"].as_array();
    let excluded = excluded.ok_or_else(|| MeasureError::new("Cargo.toml has no [workspace.metadata.lambda.build]"))?;
    Ok(excluded.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
}

/// Builds programs and returns their paths by name.
fn programs(arguments: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let always = ["build", "--quiet", "--profile", "measure", "--message-format", "json-render-diagnostics"];
    Ok(cargo(&[&always, arguments].concat())?.lines().filter_map(program).collect())
}

/// Runs cargo and returns its standard output.
fn cargo(arguments: &[&str]) -> Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).current_dir(workspace()).stderr(Stdio::inherit());
    // `cargo run` describes this program in variables. ring's build script reads some of them, so
    // each of the two cargos would compile ring, and every crate above it, after the other.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(&name);
        }
    }
    let done = cargo.output().map_err(MeasureError::during("starting cargo"))?;
    if !done.status.success() {
        return Err(MeasureError::new(format!("cargo {} failed ({})", arguments.join(" "), done.status)));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Name and path of the program in a line of cargo's messages.
fn program(line: &str) -> Option<(String, PathBuf)> {
    let artifact: Value = serde_json::from_str(line).ok()?;
    let kinds = artifact["target"]["kind"].as_array()?;
    let is_program = kinds.iter().any(|kind| kind == "bin");
    let path = artifact["executable"].as_str().filter(|_| is_program)?;
    Some((artifact["target"]["name"].as_str()?.to_owned(), path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{ffi::OsStr, fs};

    #[test]
    fn programs_are_read_from_the_messages_of_cargo() {
        let line = |kind: &str, executable: &str| {
            format!(r#"{{"target":{{"name":"generate","kind":["{kind}"]}},"executable":{executable}}}"#)
        };
        assert_eq!(program(&line("bin", r#""/t/generate""#)), Some(("generate".to_owned(), "/t/generate".into())));
        assert_eq!(program(&line("lib", "null")), None);
        assert_eq!(program(r#"{"reason":"build-finished","success":true}"#), None);
    }

    /// A program that trusts `EXTRA_ROOTS` must not be deployed, so only this command enables the
    /// feature.
    #[test]
    fn no_release_has_the_extra_roots() {
        let declares = ["shared/aws/Cargo.toml", "shared/runtime/Cargo.toml"];
        let mut folders = vec![workspace().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = entry.strip_prefix(workspace()).unwrap().to_string_lossy().into_owned();
                match entry.extension().and_then(OsStr::to_str) {
                    _ if ["target", ".git", "infra/measure"].contains(&name.as_str()) => {}
                    _ if entry.is_dir() => folders.push(entry),
                    None | Some("toml" | "yaml" | "yml" | "sh" | "py") if !declares.contains(&name.as_str()) => {
                        let text = String::from_utf8_lossy(&fs::read(&entry).unwrap()).into_owned();
                        assert!(!text.contains("extra-roots"), "{name} must not ask for the feature `extra-roots`");
                    }
                    _ => {}
                }
            }
        }
        for name in declares {
            let manifest = fs::read_to_string(workspace().join(name)).unwrap();
            assert!(!manifest.contains("default = ["), "{name}: no feature may be on by itself");
        }
    }
}
