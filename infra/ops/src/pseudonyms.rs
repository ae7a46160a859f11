//! The pseudonyms of accounts in the log lines of one day, from the secret of the deployment.

use crate::refusal::sentence;
use aws::{Clients, Secrets};
use jiff::civil::Date;
use kernel::{AccountId, Error, Result};
use serde_json::{Value, json};
use session::{DayKeys, PseudonymKeys};
use std::fmt;

/// The secret of the pseudonyms.
const SECRET: &str = "pseudonym-key";

/// The place of a deployment's secrets.
#[derive(Clone)]
pub struct SecretPlace {
    clients: Clients,
    path: Option<String>,
}

impl SecretPlace {
    /// The secrets below `path` in SSM, if it is known.
    #[must_use]
    pub fn new(clients: Clients, path: Option<String>) -> Self {
        Self { clients, path }
    }

    /// Reads the keys of the pseudonyms in one request.
    ///
    /// # Errors
    /// `invalid` without a path; `unavailable` when AWS does not answer; `internal` when it refuses, or
    /// the secret is missing.
    pub(crate) async fn pseudonym_keys(&self) -> Result<PseudonymKeys> {
        let unknown = || Error::invalid("SECRETS_PATH", "Set SECRETS_PATH, such as /cinemaxsai/production.");
        let path = self.path.as_deref().ok_or_else(unknown)?;
        let secrets = Secrets::read(&self.clients.ssm(), path, &[SECRET]).await?;
        PseudonymKeys::from_keys(secrets.get(SECRET)?.accepted())
    }

    /// The pseudonyms of one day, for a command that also answers without them.
    pub(crate) async fn pseudonyms_of(&self, day: Date) -> DayPseudonyms {
        DayPseudonyms(self.pseudonym_keys().await.map(|keys| keys.of_day(day)))
    }
}

impl fmt::Debug for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretPlace").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The pseudonyms of one day, or the reason for which they are not known.
#[derive(Debug)]
pub(crate) struct DayPseudonyms(Result<DayKeys>);

impl DayPseudonyms {
    /// Keys that are known.
    #[cfg(test)]
    pub(crate) fn known(keys: DayKeys) -> Self {
        Self(Ok(keys))
    }

    /// The pseudonyms of an account for a person. Several while the secret is being replaced.
    pub(crate) fn text(&self, account: AccountId) -> String {
        match &self.0 {
            Ok(keys) => texts(keys, account).join(" "),
            Err(_) => "unknown".to_owned(),
        }
    }

    /// The pseudonyms of an account, as JSON; `null` if they are not known.
    pub(crate) fn json(&self, account: AccountId) -> Value {
        self.0.as_ref().map_or(Value::Null, |keys| json!(texts(keys, account)))
    }

    /// A sentence about the reason for which they are not known.
    pub(crate) fn problem(&self) -> Option<String> {
        let error = self.0.as_ref().err()?;
        Some(format!("The pseudonyms are unknown, because the secret {SECRET} was not read. {}", sentence(error)))
    }
}

fn texts(keys: &DayKeys, account: AccountId) -> Vec<String> {
    keys.pseudonyms(account).map(|pseudonym| pseudonym.to_string()).collect()
}
