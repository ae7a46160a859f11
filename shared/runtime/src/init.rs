//! What a cold start builds a function's `Deps` from.

use aws::{ClientConfig, Clients, Credentials, Queue, Secrets, Table};
use kernel::{Error, Result};
use net::Http;
use session::Verifier;
use std::{collections::HashMap, fmt, sync::OnceLock};
use tokio::task::JoinHandle;

/// Where a function runs: the clients of AWS and of partners.
#[derive(Debug, Clone)]
pub struct Platform {
    /// The AWS clients.
    pub aws: Clients,
    /// HTTP to partners.
    pub vendors: Http,
}

/// The configuration and the platform at cold start. Clients are built when they are
/// first asked for, so a function that needs none pays for none.
pub struct Init {
    variables: HashMap<String, String>,
    aws: OnceLock<Clients>,
    vendors: OnceLock<Http>,
    /// Opens the connection that the first request would have to wait for. `None` inside where
    /// the platform is a given one, which has no connections.
    warming: OnceLock<Option<JoinHandle<()>>>,
}

impl Init {
    /// From the environment that Lambda sets.
    pub(crate) fn from_environment(variables: impl Iterator<Item = (String, String)>) -> Self {
        Self {
            variables: variables.collect(),
            aws: OnceLock::new(),
            vendors: OnceLock::new(),
            warming: OnceLock::new(),
        }
    }

    /// On a given platform: how tests run the functions in one process.
    #[must_use]
    pub fn on(platform: Platform, variables: HashMap<String, String>) -> Self {
        let init = Self::from_environment(variables.into_iter());
        let _ = init.aws.set(platform.aws);
        let _ = init.vendors.set(platform.vendors);
        let _ = init.warming.set(None);
        init
    }

    /// A variable that must be set.
    ///
    /// # Errors
    /// `internal`, with the variable's name: the cold start fails.
    pub fn var(&self, name: &str) -> Result<&str> {
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

    /// The table whose name is in `variable`. The first one begins to open the connection to
    /// DynamoDB: whoever names it before the secrets gets both in the time of one.
    ///
    /// # Errors
    /// `internal`, with the variable's name.
    pub fn table(&self, variable: &str) -> Result<Table> {
        // Here, so that a function without tables does not carry the client.
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
        Secrets::read(&self.aws()?.ssm(), self.var("SECRETS_PATH")?, names).await
    }

    /// What checks access tokens, from `SESSION_PUBLIC_KEYS` and `PUBLIC_ORIGIN`.
    ///
    /// # Errors
    /// `internal`, with the variable's name, or when a key does not read.
    pub fn verifier(&self) -> Result<Verifier> {
        Verifier::from_public_keys(self.var("SESSION_PUBLIC_KEYS")?, self.var("PUBLIC_ORIGIN")?)
    }

    /// Waits for the connection that a table began to open.
    pub(crate) async fn warmed(self) {
        if let Some(Some(warming)) = self.warming.into_inner() {
            // Whatever went wrong, the first request will find out.
            let _ = warming.await;
        }
    }
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
    }
}
