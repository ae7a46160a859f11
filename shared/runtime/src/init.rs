//! The configuration and the clients from which a cold start builds a function's `Deps`.

use crate::http::Edge;
use aws::{ClientConfig, Clients, Credentials, Queue, Secrets, Table};
use kernel::{Error, Result};
use net::Http;
use session::Verifier;
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::task::JoinHandle;

/// The clients of AWS and of partners.
#[derive(Debug, Clone)]
pub struct Platform {
    /// The AWS clients.
    pub aws: Clients,
    /// HTTP to partners.
    pub vendors: Http,
}

/// The names that a function's `Deps` asked for. Tables, queues and the bucket are in `variables`:
/// a function knows each by a variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The names of environment variables.
    pub variables: BTreeSet<String>,
    /// The names of secrets.
    pub secrets: BTreeSet<String>,
}

/// The configuration and the platform at cold start. A client is built when it is first
/// asked for, so a function without clients does not pay for one.
pub struct Init {
    variables: HashMap<String, String>,
    aws: OnceLock<Clients>,
    vendors: OnceLock<Http>,
    /// Opens the connection that the first request would otherwise wait for. `None` inside on a
    /// given platform, which has no connections.
    warming: OnceLock<Option<JoinHandle<()>>>,
    /// Present on a given platform alone: production records nothing.
    asked: Option<Mutex<Asked>>,
}

impl Init {
    /// From the environment that Lambda sets.
    pub(crate) fn from_environment(variables: impl Iterator<Item = (String, String)>) -> Self {
        Self {
            variables: variables.collect(),
            aws: OnceLock::new(),
            vendors: OnceLock::new(),
            warming: OnceLock::new(),
            asked: None,
        }
    }

    /// On a given platform, for tests that run all functions in one process. It records each name
    /// that is asked for: see [`Self::asked`].
    #[must_use]
    pub fn on(platform: Platform, variables: HashMap<String, String>) -> Self {
        let init = Self { asked: Some(Mutex::default()), ..Self::from_environment(variables.into_iter()) };
        let _ = init.aws.set(platform.aws);
        let _ = init.vendors.set(platform.vendors);
        let _ = init.warming.set(None);
        init
    }

    /// The names that were asked for so far. Empty unless [`Self::on`] built it.
    #[must_use]
    pub fn asked(&self) -> Asked {
        self.asked.as_ref().map_or_else(Asked::default, |asked| lock(asked).clone())
    }

    /// A variable that must be set.
    ///
    /// # Errors
    /// `internal`, with the variable's name: the cold start fails.
    pub fn var(&self, name: &str) -> Result<&str> {
        if let Some(asked) = &self.asked {
            lock(asked).variables.insert(name.to_owned());
        }
        match self.variables.get(name) {
            Some(value) if !value.is_empty() => Ok(value),
            _ => Err(Error::internal(format!("the environment variable {name} is not set"))),
        }
    }

    /// The AWS clients.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub fn aws(&self) -> Result<&Clients> {
        if let Some(clients) = self.aws.get() {
            return Ok(clients);
        }
        let credentials = Credentials::new(
            self.var("AWS_ACCESS_KEY_ID")?,
            self.var("AWS_SECRET_ACCESS_KEY")?,
            self.var("AWS_SESSION_TOKEN").ok().map(str::to_owned),
            None,
            "lambda",
        );
        let settings = ClientConfig {
            region: self.var("AWS_REGION")?.to_owned(),
            credentials,
            endpoint: self.var("AWS_ENDPOINT_URL").ok().map(str::to_owned),
            retries: true,
        };
        let clients = Clients::new(settings, self.https_client()?);
        Ok(self.aws.get_or_init(|| clients))
    }

    #[cfg(not(feature = "extra-roots"))]
    fn https_client(&self) -> Result<aws::SharedHttpClient> {
        aws::https_client().map_err(Error::internal)
    }

    /// Trusts the mock of `cargo measure` too, whose root is in the file `EXTRA_ROOTS`.
    #[cfg(feature = "extra-roots")]
    fn https_client(&self) -> Result<aws::SharedHttpClient> {
        let roots = std::fs::read(self.var("EXTRA_ROOTS")?).map_err(Error::internal)?;
        aws::https_client_trusting(&roots).map_err(Error::internal)
    }

    /// HTTP to partners.
    ///
    /// # Errors
    /// `internal` when TLS cannot be set up.
    pub fn vendors(&self) -> Result<Http> {
        if let Some(http) = self.vendors.get() {
            return Ok(http.clone());
        }
        let http = net::vendors().map_err(Error::internal)?;
        Ok(self.vendors.get_or_init(|| http).clone())
    }

    /// The table whose name is in `variable`. The first call begins to open the connection to
    /// DynamoDB. A function that asks for a table before its secrets opens both connections at once.
    ///
    /// # Errors
    /// `internal`, with the variable's name.
    pub fn table(&self, variable: &str) -> Result<Table> {
        // The client is named here, so that a function without tables does not link it.
        let (dynamodb, name) = (self.aws()?.dynamodb(), self.var(variable)?);
        self.warming.get_or_init(|| {
            let dynamodb = dynamodb.clone();
            Some(tokio::spawn(async move { dynamodb.warm().await }))
        });
        Ok(dynamodb.table(name))
    }

    /// The queue whose URL is in `variable`.
    ///
    /// # Errors
    /// `internal`, with the variable's name.
    pub fn queue(&self, variable: &str) -> Result<Queue> {
        Ok(Queue::new(self.aws()?.sqs(), self.var(variable)?))
    }

    /// Secrets below `SECRETS_PATH`, read in one request.
    ///
    /// # Errors
    /// `internal`, with the name of a secret that is missing.
    pub async fn secrets(&self, names: &[&str]) -> Result<Secrets> {
        if let Some(asked) = &self.asked {
            lock(asked).secrets.extend(names.iter().map(|name| (*name).to_owned()));
        }
        Secrets::read(&self.aws()?.ssm(), self.var("SECRETS_PATH")?, names).await
    }

    /// The verifier of access tokens, from `SESSION_PUBLIC_KEYS` and `PUBLIC_ORIGIN`.
    ///
    /// # Errors
    /// `internal`, with the variable's name, or when a key does not parse.
    pub fn verifier(&self) -> Result<Verifier> {
        Verifier::from_public_keys(self.var("SESSION_PUBLIC_KEYS")?, self.var("PUBLIC_ORIGIN")?)
    }

    /// The edge, from `EDGE_PROOF_HASH`.
    ///
    /// # Errors
    /// `internal`, with the variable's name, or when its value does not parse.
    pub fn edge(&self) -> Result<Edge> {
        Edge::parse(self.var("EDGE_PROOF_HASH")?)
    }

    /// Waits for the connection that [`Self::table`] began to open.
    pub(crate) async fn warmed(self) {
        if let Some(Some(warming)) = self.warming.into_inner() {
            // An error shows again at the first request, which reports it.
            let _ = warming.await;
        }
    }
}

fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Init")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_empty_variable_is_named() {
        let init = Init::from_environment([("EMPTY".to_owned(), String::new())].into_iter());
        for name in ["EMPTY", "ACCOUNTS_TABLE"] {
            let error = init.var(name).unwrap_err();
            assert!(error.cause().unwrap().to_string().contains(name), "the error must name {name}");
        }
        assert_eq!(init.asked(), Asked::default(), "production records nothing");
    }
}
