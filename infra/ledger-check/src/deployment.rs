//! The deployment to check, and the access to its table.

use aws::{ClientConfig, Clients, Credentials};
use credits::CreditStore;
use serde::Deserialize;
use std::{collections::HashMap, fmt, fs, path::Path};

/// A deployment with a table of credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployment {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) region: String,
    pub(crate) endpoint: Option<String>,
    key: String,
    secret: String,
    token: Option<String>,
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Deployment {
    /// Finds the deployment: the local one behind `port`; else the one that the variables
    /// name; else the one local deployment that runs.
    ///
    /// # Errors
    /// When there is none or more than one; the message says what to do.
    pub(crate) fn find(
        port: Option<u16>,
        variables: &HashMap<String, String>,
        dev_folder: &Path,
    ) -> Result<Self, String> {
        let table = variables.get("CREDITS_TABLE").filter(|table| !table.is_empty());
        match (port, table) {
            (Some(port), _) => Self::local(port, dev_folder),
            (None, Some(table)) => Self::named(table, variables),
            (None, None) => match running(dev_folder).as_slice() {
                [] => Err("Which deployment? Set CREDITS_TABLE, or start `cargo dev`.".to_owned()),
                [port] => Self::local(*port, dev_folder),
                several => Err(format!("Which deployment? `cargo dev` runs several times: --port one of {several:?}.")),
            },
        }
    }

    /// The store of its table.
    ///
    /// # Errors
    /// When no client can be built.
    pub(crate) fn store(&self) -> Result<CreditStore, String> {
        let settings = ClientConfig {
            region: self.region.clone(),
            credentials: Credentials::new(&self.key, &self.secret, self.token.clone(), None, "ledger-check"),
            endpoint: self.endpoint.clone(),
            retries: true,
        };
        let http = aws::https_client().map_err(|error| format!("No client can be built: {error}"))?;
        Ok(CreditStore::new(Clients::new(settings, http).dynamodb().table(&self.table)))
    }

    fn named(table: &str, variables: &HashMap<String, String>) -> Result<Self, String> {
        let some = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        let wanted = |name: &str| some(name).ok_or(format!("CREDITS_TABLE is set, and {name} is not."));
        Ok(Self {
            name: format!("the table {table}"),
            table: table.to_owned(),
            region: some("AWS_REGION")
                .or(some("AWS_DEFAULT_REGION"))
                .ok_or("CREDITS_TABLE is set, and AWS_REGION is not.")?,
            endpoint: some("AWS_ENDPOINT_URL"),
            key: wanted("AWS_ACCESS_KEY_ID")?,
            secret: wanted("AWS_SECRET_ACCESS_KEY")?,
            token: some("AWS_SESSION_TOKEN"),
        })
    }

    fn local(port: u16, dev_folder: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(dev_folder.join(format!("{port}.json")));
        let text = text.map_err(|_| format!("No `cargo dev` runs on port {port}."))?;
        let map: DevFile =
            serde_json::from_str(&text).map_err(|error| format!("{port}.json does not read: {error}"))?;
        let table = map.resources.get("Credits").ok_or(format!("{port}.json names no table of credits."))?;
        let LocalCloud { endpoint, region, key, secret } = map.cloud;
        let name = format!("the `cargo dev` of port {port}");
        Ok(Self { name, table: table.id.clone(), region, endpoint: Some(endpoint), key, secret, token: None })
    }
}

/// The ports of the running `cargo dev`s, from their files.
fn running(dev_folder: &Path) -> Vec<u16> {
    let files = fs::read_dir(dev_folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let maps = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let mut ports: Vec<u16> = maps.filter_map(|path| path.file_stem()?.to_str()?.parse().ok()).collect();
    ports.sort_unstable();
    ports
}

/// The part of `cargo dev`'s file that matters here.
#[derive(Deserialize)]
struct DevFile {
    cloud: LocalCloud,
    resources: HashMap<String, LocalResource>,
}

#[derive(Deserialize)]
struct LocalCloud {
    endpoint: String,
    region: String,
    key: String,
    secret: String,
}

#[derive(Deserialize)]
struct LocalResource {
    id: String,
}
