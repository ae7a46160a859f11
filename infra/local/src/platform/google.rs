//! The local Google: `oidc-provider-mock`, made strict by `google.py`, or the certified
//! `oidc-provider`.

use crate::{
    children::{LongRunning, Program},
    clock,
    environment::Environment,
    error::LocalError,
    node::OidcProvider,
    programs,
    python::Python,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::io::{AsyncBufReadExt, BufReader};

/// How long the start may take. It takes about a second; a busy machine needs many.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The programs that can stand in for Google.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GoogleProgram {
    /// `oidc-provider-mock` of Python, made strict by `google.py`. A test can set the claims of a person, and let
    /// it send security events.
    #[default]
    OidcProviderMock,
    /// `oidc-provider` of npm, a certified OpenID provider. It needs Node, and can do neither of the two.
    OidcProvider,
}

impl GoogleProgram {
    /// All programs.
    pub const ALL: [Self; 2] = [Self::OidcProviderMock, Self::OidcProvider];

    /// Its name on the command line, which is that of its package.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OidcProviderMock => "oidc-provider-mock",
            Self::OidcProvider => "oidc-provider",
        }
    }
}

/// A program in place of Google, installed and ready to be started.
#[derive(Debug)]
pub struct StandIn {
    program: PathBuf,
    /// The arguments before the addresses.
    arguments: Vec<OsString>,
    paths: Paths,
}

/// The paths of the endpoints.
#[derive(Debug, Clone, Copy)]
struct Paths {
    authorize: &'static str,
    token: &'static str,
    jwks: &'static str,
}

impl StandIn {
    /// Installs the program where that is necessary.
    ///
    /// # Errors
    /// When this machine lacks a tool, or the program cannot be installed.
    pub async fn prepare(
        program: GoogleProgram,
        environment: &Environment,
        python: &Python,
        progress: impl Fn(&str),
    ) -> Result<Self, LocalError> {
        match program {
            GoogleProgram::OidcProviderMock => {
                let script = programs::workspace().join("infra/local/google.py");
                Ok(Self {
                    program: python.program("python"),
                    arguments: vec!["-W".into(), "ignore".into(), script.into()],
                    paths: Paths { authorize: "/oauth2/authorize", token: "/oauth2/token", jwks: "/jwks" },
                })
            }
            GoogleProgram::OidcProvider => {
                let provider = OidcProvider::prepare(environment, python.folder(), progress).await?;
                Ok(Self {
                    program: provider.node,
                    arguments: vec![provider.script.into()],
                    paths: Paths { authorize: "/auth", token: "/token", jwks: "/jwks" },
                })
            }
        }
    }
}

/// The running provider and our client there.
#[derive(Debug)]
pub struct LocalGoogle {
    /// Its process.
    pub(super) process: LongRunning,
    registered: Registered,
    paths: Paths,
}

#[derive(Debug, Deserialize)]
struct Registered {
    port: u16,
    client_id: String,
    client_secret: String,
}

impl LocalGoogle {
    /// Starts it with one registered client. The first of `addresses` is the client's only
    /// redirect URI, and the second hears of security events. Its tokens follow the clock of
    /// `clock_file`.
    ///
    /// # Errors
    /// When it does not start; the message names its log.
    pub async fn start(
        stand_in: &StandIn,
        folder: &Path,
        clock_file: &Path,
        addresses: [&str; 2],
    ) -> Result<Self, LocalError> {
        let log = folder.join("google.log");
        let own = stand_in.arguments.iter().map(OsString::as_os_str);
        let mut child = Program {
            path: stand_in.program.as_os_str(),
            arguments: own.chain(addresses.map(OsStr::new)).collect(),
            environment: BTreeMap::from([("HOME".into(), folder.into()), (clock::VARIABLE.into(), clock_file.into())]),
            folder,
        }
        .start(Stdio::piped(), File::create(&log)?)?;
        let failed = || LocalError::new(format!("the local Google does not start; its log is {}", log.display()));
        let mut output = BufReader::new(child.take_output().ok_or_else(failed)?).lines();
        let line = tokio::time::timeout(START_TIMEOUT, output.next_line()).await.map_err(|_| failed())??;
        let registered = serde_json::from_str(&line.ok_or_else(failed)?).map_err(|_| failed())?;
        Ok(Self { process: LongRunning::new(child, "the local Google", log), registered, paths: stand_in.paths })
    }

    /// The issuer; the functions reach it at this URL.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.registered.port)
    }

    /// The sign-in page, under the other name of loopback. Ports do not make a site, and a
    /// sign-in that works only within one site must fail here too.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        format!("http://localhost:{}{}", self.registered.port, self.paths.authorize)
    }

    /// The token endpoint, for the functions.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}{}", self.issuer(), self.paths.token)
    }

    /// The URL of the key set, for the functions.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}{}", self.issuer(), self.paths.jwks)
    }

    /// Our client's id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.registered.client_id
    }

    /// Our client's secret.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.registered.client_secret
    }
}
