//! The steps that the installations under `target/` share.

use crate::{children::Program, error::LocalError};
use ring::digest::{SHA256, digest};
use std::{fs::File, path::Path, process::Stdio};

/// Waits until no other start holds this file. Dropping the answer lets the next one go on.
///
/// # Errors
/// When the file cannot be made or locked.
pub async fn wait_for_turn(file: &Path) -> Result<File, LocalError> {
    let lock = File::create(file).map_err(LocalError::during(file.display()))?;
    let locked = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
    Ok(locked.map_err(LocalError::during(file.display()))??)
}

/// A digest that changes with the interpreter and with the text of the packages.
pub fn fingerprint(interpreter: &Path, packages: &str) -> String {
    let text = format!("{}\n{packages}", interpreter.display());
    hex::encode(digest(&SHA256, text.as_bytes()))
}

/// Runs one step. Its messages go to standard error. `made` is what it makes, for the error.
///
/// # Errors
/// When the program cannot be started, or fails.
pub async fn run(step: Program<'_>, made: &str) -> Result<(), LocalError> {
    let mut child = step.start(Stdio::null(), Stdio::inherit())?;
    let status = child.ended().await?;
    child.kill().await;
    if status.success() {
        return Ok(());
    }
    Err(LocalError::new(format!("{made} could not be made ({status}); the lines above say why")))
}
