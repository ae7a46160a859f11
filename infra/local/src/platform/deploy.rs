//! Deploying the real template to MiniStack, by `deploy.py`.

use super::ministack::{MiniStack, REGION};
use crate::{error::LocalError, python::Python};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{io::AsyncWriteExt, process::Command};

/// The name of the local stack, with which most physical names begin.
const STACK: &str = "cinemaxsai";

/// The input of a deployment.
#[derive(Debug)]
pub struct StackDeployment<'a> {
    /// The path of the template.
    pub template: &'a Path,
    /// Its parameters.
    pub parameters: BTreeMap<&'static str, String>,
    /// SecureStrings by their full names.
    pub secrets: BTreeMap<String, &'a str>,
    /// The paths of the functions' programs, by their names.
    pub programs: &'a BTreeMap<String, PathBuf>,
}

/// The deployed stack.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct DeployedStack {
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
    /// The resources by the logical ids of the processed template.
    pub resources: BTreeMap<String, DeployedResource>,
    /// The HTTP API's id.
    pub api: String,
    /// The routes of the API.
    pub routes: Vec<DeployedRoute>,
    /// The logical ids of the functions that run by a schedule.
    pub schedules: Vec<String>,
    /// The logical id of each function's log group, by that of the function.
    pub log_groups: BTreeMap<String, String>,
}

impl DeployedStack {
    /// The physical id of the log group of a function, named by its logical id.
    ///
    /// # Errors
    /// When the template has no such function.
    pub fn log_group(&self, function: &str) -> Result<String, LocalError> {
        let group = self.log_groups.get(function);
        self.physical(group.ok_or_else(|| LocalError::new(format!("the template has no function {function}")))?)
    }

    /// The physical id of a logical one.
    ///
    /// # Errors
    /// When the template has no such resource.
    pub fn physical(&self, logical_id: &str) -> Result<String, LocalError> {
        let resource = self.resources.get(logical_id);
        Ok(resource.ok_or_else(|| LocalError::new(format!("the template has no {logical_id}")))?.id.clone())
    }
}

/// A deployed resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct DeployedResource {
    /// Its CloudFormation type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its physical id.
    pub id: String,
}

/// A route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct DeployedRoute {
    /// Method and path, or `$default`.
    pub key: String,
    /// The logical id of the function behind it.
    pub function: String,
}

#[derive(Serialize)]
struct ScriptInput<'a> {
    endpoint: &'a str,
    region: &'a str,
    stack: &'a str,
    template: &'a Path,
    parameters: &'a BTreeMap<&'static str, String>,
    secrets: &'a BTreeMap<String, &'a str>,
    binaries: &'a BTreeMap<String, PathBuf>,
}

/// Deploys into an empty MiniStack and waits until the stack is complete.
///
/// # Errors
/// When the stack cannot be made; the message has MiniStack's reasons.
pub async fn deploy(
    python: &Python,
    script: &Path,
    folder: &Path,
    cloud: &MiniStack,
    deployment: &StackDeployment<'_>,
) -> Result<DeployedStack, LocalError> {
    let input = ScriptInput {
        endpoint: cloud.endpoint(),
        region: REGION,
        stack: STACK,
        template: deployment.template,
        parameters: &deployment.parameters,
        secrets: &deployment.secrets,
        binaries: deployment.programs,
    };
    let input = serde_json::to_vec(&input).map_err(LocalError::during("the deployment"))?;
    // It has no watchdog, because its standard input carries the deployment. It ends by
    // itself, at the latest when MiniStack is gone.
    let mut child = Command::new(python.program("python"))
        .args(["-W", "ignore"])
        .arg(script)
        .env_clear()
        .envs([(OsString::from("HOME"), folder.as_os_str())])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&input).await?;
    }
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        let reasons = String::from_utf8_lossy(&output.stderr);
        return Err(LocalError::new(format!("the template cannot be deployed: {}", reasons.trim())));
    }
    serde_json::from_slice(&output.stdout).map_err(LocalError::during("the deployment's report"))
}

#[cfg(test)]
mod tests {
    /// The script's tests need only Python's standard library.
    #[test]
    fn the_deploy_script_passes_its_own_tests() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/");
        let output = std::process::Command::new("python3")
            .args(["-B", "-m", "unittest", "deploy_test"])
            .current_dir(here)
            .output()
            .expect("python3 should be installed, as the README says");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
