//! The local Google: `oidc-provider-mock`, made strict by `google.py`.

use crate::{
    children::{LongRunning, Program},
    clock,
    error::LocalError,
    python::Python,
};
use serde::Deserialize;
use std::{collections::BTreeMap, ffi::OsStr, fs::File, path::Path, process::Stdio, time::Duration};
use tokio::io::{AsyncBufReadExt, BufReader};

/// How long the start may take. It takes about a second; a busy machine needs many.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The running provider and our client there.
#[derive(Debug)]
pub struct LocalGoogle {
    /// Its process.
    pub(super) process: LongRunning,
    registered: Registered,
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
        python: &Python,
        script: &Path,
        folder: &Path,
        clock_file: &Path,
        addresses: [&str; 2],
    ) -> Result<Self, LocalError> {
        let log = folder.join("google.log");
        let mut child = Program {
            path: python.program("python").as_os_str(),
            arguments: ["-W", "ignore"]
                .map(OsStr::new)
                .into_iter()
                .chain([script.as_os_str()])
                .chain(addresses.map(OsStr::new))
                .collect(),
            environment: BTreeMap::from([("HOME".into(), folder.into()), (clock::VARIABLE.into(), clock_file.into())]),
            folder,
        }
        .start(Stdio::piped(), File::create(&log)?)?;
        let failed = || LocalError::new(format!("the local Google does not start; its log is {}", log.display()));
        let mut output = BufReader::new(child.take_output().ok_or_else(failed)?).lines();
        let line = tokio::time::timeout(START_TIMEOUT, output.next_line()).await.map_err(|_| failed())??;
        let registered = serde_json::from_str(&line.ok_or_else(failed)?).map_err(|_| failed())?;
        Ok(Self { process: LongRunning::new(child, "the local Google", log), registered })
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
        format!("http://localhost:{}/oauth2/authorize", self.registered.port)
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
