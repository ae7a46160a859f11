//! The pinned Python environments under `target/`.

use crate::{
    children::Program,
    environment::Environment,
    error::LocalError,
    installation,
    prerequisites::{self, Prerequisites},
    programs,
};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// The packages of the platform. Nothing else is installed.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// The arguments of the installation. pip refuses a file whose hash is not in the list.
const PIP_INSTALL: &[&str] = &[
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--no-deps",
    "--require-hashes",
    "--requirement",
];

/// A virtual environment with a pinned list of packages.
#[derive(Debug, Clone)]
pub struct Python {
    folder: PathBuf,
}

impl Python {
    /// The environment of the platform, under `target/local`: see [`Python::prepare_with`].
    ///
    /// # Errors
    /// As [`Python::prepare_with`].
    pub async fn prepare(environment: &Environment, progress: impl Fn(&str)) -> Result<Self, LocalError> {
        Self::prepare_with(environment, "local", REQUIREMENTS, progress).await
    }

    /// An environment under `target/<name>` with the packages of `requirements`: a list in pip's form, with the hashes
    /// of all files. Makes it unless it exists. An existing one needs neither network nor pip.
    ///
    /// # Errors
    /// When this machine lacks a tool, or the environment cannot be made. pip's messages go
    /// to standard error.
    pub async fn prepare_with(
        environment: &Environment,
        name: &str,
        requirements: &str,
        progress: impl Fn(&str),
    ) -> Result<Self, LocalError> {
        let Prerequisites { python } = prerequisites::check(environment)?;
        let made = Self { folder: programs::target_folder(environment).await?.join(name) };
        let folder = made.folder();
        fs::create_dir_all(folder).map_err(LocalError::during(folder.display()))?;
        // Two starts at the same time share one environment: the second waits for the first.
        let _held = installation::wait_for_turn(&folder.join("python.lock")).await?;

        let home = folder.join("python");
        let stamp = home.join("requirements.sha256");
        let wanted = installation::fingerprint(&python, requirements);
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) && made.program("python").exists() {
            return Ok(made);
        }
        progress("installing the pinned Python packages (once)");
        if home.exists() {
            fs::remove_dir_all(&home).map_err(LocalError::during(home.display()))?;
        }
        let list = folder.join("requirements.txt");
        fs::write(&list, requirements)?;
        run(folder, environment, &python, &["-m".as_ref(), "venv".as_ref(), home.as_os_str()]).await?;
        let mut pip: Vec<&OsStr> = PIP_INSTALL.iter().map(OsStr::new).collect();
        pip.push(list.as_os_str());
        run(folder, environment, &made.program("python"), &pip).await?;
        fs::write(&stamp, wanted)?;
        Ok(made)
    }

    /// The path of one of its programs, such as `python` or `cfn-lint`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("python/bin").join(name)
    }

    /// The folder of the environment. Its user keeps other files there too.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

async fn run(folder: &Path, environment: &Environment, program: &Path, arguments: &[&OsStr]) -> Result<(), LocalError> {
    let step = Program {
        path: program.as_os_str(),
        arguments: arguments.to_vec(),
        environment: environment.for_pip(),
        folder,
    };
    installation::run(step, "the Python environment").await
}
