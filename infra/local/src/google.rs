//! The local Google: `oidc-provider-mock`, made strict by `google.py`.

use crate::{
    Error,
    children::{Guarded, Program},
    clock,
    python::Python,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::io::{AsyncBufReadExt, BufReader};

/// Its start takes about a second; a machine that is busy building may need many.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The running provider and our client there.
#[derive(Debug)]
pub struct Google {
    child: Guarded,
    log: PathBuf,
    registered: Registered,
}

#[derive(Debug, Deserialize)]
struct Registered {
    port: u16,
    client_id: String,
    client_secret: String,
}

impl Google {
    /// Starts it with one registered client, which may come back to `redirect_uri` alone.
    /// Its tokens go by the clock of `clock_file`.
    ///
    /// # Errors
    /// When it does not start; the message names its log.
    pub async fn start(
        python: &Python,
        script: &Path,
        folder: &Path,
        clock_file: &Path,
        redirect_uri: &str,
    ) -> Result<Self, Error> {
        let log = folder.join("google.log");
        let mut child = Program {
            path: python.program("python").as_os_str(),
            arguments: vec!["-W".as_ref(), "ignore".as_ref(), script.as_os_str(), OsStr::new(redirect_uri)],
            environment: BTreeMap::from([("HOME".into(), folder.into()), (clock::VARIABLE.into(), clock_file.into())]),
            folder,
        }
        .start(Stdio::piped(), File::create(&log)?)?;
        let failed = || Error::new(format!("the local Google does not start; its log is {}", log.display()));
        let mut output = BufReader::new(child.take_output().ok_or_else(failed)?).lines();
        let line = tokio::time::timeout(START_TIMEOUT, output.next_line()).await.map_err(|_| failed())??;
        let registered = serde_json::from_str(&line.ok_or_else(failed)?).map_err(|_| failed())?;
        Ok(Self { child, log, registered })
    }

    /// The issuer, as the functions reach it.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.registered.port)
    }

    /// Where a person signs in: under the other name of loopback, because ports do not
    /// make a site, and a sign-in that works only within one site must fail here too.
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

    /// Waits until it ends by itself, which it should not.
    pub async fn ended(&mut self) -> Error {
        let log = self.log.display();
        match self.child.ended().await {
            Ok(status) => Error::new(format!("the local Google has ended ({status}); its log is {log}")),
            Err(error) => error,
        }
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.pid()
    }

    /// Kills it.
    pub async fn stop(self) {
        self.child.kill().await;
    }
}
