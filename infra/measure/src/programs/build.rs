//! Builds the measured programs as for a release.

use crate::error::{MeasureError, Result};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The workspace, as it was when this program was built.
#[must_use]
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// Builds `functions` and hello world in the profile `measure`. It equals `release`, but has
/// another folder: so a program that trusts our own root never lies where a release is taken
/// from. Returns the paths of the programs by name.
///
/// # Errors
/// When a build fails; the compiler's messages go to standard error.
pub fn build(functions: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let mut programs = cargo(&["hello"], &[])?;
    programs.extend(cargo(functions, &["--features", "runtime/extra-roots"])?);
    Ok(programs)
}

fn cargo(packages: &[&str], more: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--profile", "measure", "--bins", "--message-format", "json-render-diagnostics"]);
    cargo.args(packages.iter().flat_map(|package| ["-p", package])).args(more).current_dir(workspace());
    let built = cargo.stderr(Stdio::inherit()).output().map_err(MeasureError::during("starting cargo"))?;
    if !built.status.success() {
        return Err(MeasureError::new(format!("building {} failed ({})", packages.join(", "), built.status)));
    }
    Ok(String::from_utf8_lossy(&built.stdout).lines().filter_map(program).collect())
}

/// Name and path of the program in one of cargo's messages.
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
    fn only_programs_are_taken_from_the_messages_of_cargo() {
        let line = |kind: &str, executable: &str| {
            format!(r#"{{"target":{{"name":"generate","kind":["{kind}"]}},"executable":{executable}}}"#)
        };
        assert_eq!(program(&line("bin", r#""/t/generate""#)), Some(("generate".to_owned(), "/t/generate".into())));
        assert_eq!(program(&line("lib", "null")), None);
        assert_eq!(program(r#"{"reason":"build-finished","success":true}"#), None);
    }

    /// A program that trusts `EXTRA_ROOTS` must not be deployed: only `cargo measure` may build
    /// with it.
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
