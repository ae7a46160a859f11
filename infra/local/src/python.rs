//! The pinned Python environment under `target/`.

use crate::{
    Environment, Error,
    children::Program,
    prerequisites::{self, Found},
    programs,
};
use ring::digest::{SHA256, digest};
use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
};

/// What is installed, and nothing else.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

const PIP_INSTALL: &[&str] =
    &["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps", "--requirement"];

/// An environment that has everything in `requirements.txt`.
#[derive(Debug, Clone)]
pub struct Python {
    shelf: PathBuf,
}

impl Python {
    /// The environment under `target/local`, made unless it is there already. Once made it
    /// needs neither network nor pip.
    ///
    /// # Errors
    /// What this machine lacks, or why it cannot be made; what pip says about it goes to
    /// standard error.
    pub async fn prepare(environment: &Environment, progress: impl Fn(&str)) -> Result<Self, Error> {
        let Found { python } = prerequisites::check(environment)?;
        let made = Self { shelf: programs::target_folder(environment).await?.join("local") };
        let shelf = made.shelf();
        fs::create_dir_all(shelf).map_err(Error::during(shelf.display()))?;
        // Two that start at the same time share one environment: the second waits.
        let lock = File::create(shelf.join("python.lock"))?;
        let locked = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let _held = locked.map_err(Error::during("python.lock"))??;

        let home = shelf.join("python");
        let stamp = home.join("requirements.sha256");
        let wanted = fingerprint(&python);
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) && made.program("python").exists() {
            return Ok(made);
        }
        progress("installing the pinned Python packages (once)");
        if home.exists() {
            fs::remove_dir_all(&home).map_err(Error::during(home.display()))?;
        }
        let requirements = shelf.join("requirements.txt");
        fs::write(&requirements, REQUIREMENTS)?;
        run(shelf, environment, &python, &["-m".as_ref(), "venv".as_ref(), home.as_os_str()]).await?;
        let mut pip: Vec<&OsStr> = PIP_INSTALL.iter().map(OsStr::new).collect();
        pip.push(requirements.as_os_str());
        run(shelf, environment, &made.program("python"), &pip).await?;
        fs::write(&stamp, wanted)?;
        Ok(made)
    }

    /// One of its programs, such as `python` or `cfn-lint`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.shelf.join("python/bin").join(name)
    }

    /// The folder that it lies in, where the platform keeps everything else as well.
    pub(crate) fn shelf(&self) -> &Path {
        &self.shelf
    }
}

/// Changes when another interpreter or another version of a package is wanted.
fn fingerprint(python: &Path) -> String {
    let text = format!("{}\n{REQUIREMENTS}", python.display());
    hex::encode(digest(&SHA256, text.as_bytes()))
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
