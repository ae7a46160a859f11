//! The pinned Python environment under `target/`.

use crate::{Environment, Error, children::Program};
use ring::digest::{SHA256, digest};
use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
};

/// What is installed, and nothing else.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// An environment that has everything in `requirements.txt`.
#[derive(Debug, Clone)]
pub struct Python {
    interpreter: PathBuf,
}

impl Python {
    /// The environment in `folder`, made with `python` unless it is there already. Once
    /// made it needs neither network nor pip.
    ///
    /// # Errors
    /// When it cannot be made. What pip says about it goes to standard error.
    pub async fn prepare(
        folder: &Path,
        python: &Path,
        environment: &Environment,
        progress: impl Fn(&str),
    ) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::during(folder.display()))?;
        // Two that start at the same time share one environment: the second waits.
        let lock = File::create(folder.join("python.lock"))?;
        let locked = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let _held = locked.map_err(Error::during("python.lock"))??;

        let home = folder.join("python");
        let stamp = home.join("requirements.sha256");
        let wanted = fingerprint(python);
        let made = Self { interpreter: home.join("bin/python") };
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) && made.interpreter.exists() {
            return Ok(made);
        }
        progress("installing the pinned Python packages (once)");
        if home.exists() {
            fs::remove_dir_all(&home).map_err(Error::during(home.display()))?;
        }
        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, REQUIREMENTS)?;
        run(folder, environment, python, &["-m".as_ref(), "venv".as_ref(), home.as_os_str()]).await?;
        let pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps", "--requirement"];
        let arguments: Vec<&OsStr> =
            pip.iter().map(|argument| OsStr::new(*argument)).chain([requirements.as_os_str()]).collect();
        run(folder, environment, &made.interpreter, &arguments).await?;
        fs::write(&stamp, wanted)?;
        Ok(made)
    }

    /// Its interpreter.
    #[must_use]
    pub fn interpreter(&self) -> &Path {
        &self.interpreter
    }
}

/// Changes when another interpreter or another version of a package is wanted.
fn fingerprint(python: &Path) -> String {
    let text = format!("{}\n{REQUIREMENTS}", python.display());
    digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn run(folder: &Path, environment: &Environment, program: &Path, arguments: &[&OsStr]) -> Result<(), Error> {
    let mut child = Program {
        path: program.as_os_str(),
        arguments: arguments.to_vec(),
        environment: environment.for_pip(),
        folder,
    }
    .start(Stdio::null(), Stdio::inherit())?;
    let status = child.ended().await?;
    child.kill().await;
    if status.success() {
        return Ok(());
    }
    Err(Error::new(format!("the Python environment could not be made ({status}); the lines above say why")))
}
