//! The deployment that an operators' command works on, and the access to its tables and secrets.
//!
//! A deployment is a running `cargo dev`, which describes itself in a file, or the one that the
//! variables of the environment name.

use aws::{ClientConfig, Clients, Credentials, Table};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    fmt, fs,
    path::{Path, PathBuf},
};

/// A deployment with the tables that a command needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The deployment in a sentence for people.
    pub name: String,
    /// The AWS region.
    pub region: String,
    /// The endpoint of a local platform.
    pub endpoint: Option<String>,
    /// The deployed names of the tables, by their names in the template.
    tables: BTreeMap<&'static str, String>,
    /// The path of its secrets in SSM, if it is known.
    secrets_path: Option<String>,
    /// The name of the log group of its pages, if it is known.
    site_logs: Option<String>,
    access: Access,
    /// The file with the local platform's clock.
    clock: Option<PathBuf>,
}

#[derive(Clone, PartialEq, Eq)]
struct Access {
    key: String,
    secret: String,
    token: Option<String>,
}

impl fmt::Debug for Access {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("key", &self.key).finish_non_exhaustive()
    }
}

impl fmt::Display for Deployment {
    /// With the region and the endpoint: tables of two regions may have the same names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.name, self.region)?;
        match &self.endpoint {
            Some(endpoint) => write!(f, " at {endpoint}"),
            None => f.write_str(" at AWS"),
        }
    }
}

impl Deployment {
    /// Finds the deployment: the local one behind `port`; else the one that the variables name; else
    /// the one local deployment that runs. `tables` are the names of tables in the template. The
    /// variable of `Credits` is `CREDITS_TABLE`, as in the functions. `SECRETS_PATH` and `SITE_LOGS` may be
    /// missing.
    ///
    /// # Errors
    /// When there is none or more than one; the message says what to do.
    pub fn find(
        port: Option<u16>,
        variables: &HashMap<String, String>,
        dev_folder: &Path,
        tables: &[&'static str],
    ) -> Result<Self, String> {
        let is_set = |table: &&str| variables.get(&variable(table)).is_some_and(|name| !name.is_empty());
        if let Some(port) = port {
            return Self::local(port, dev_folder, tables);
        }
        if tables.iter().any(is_set) {
            return Self::named(variables, tables);
        }
        match running(dev_folder).as_slice() {
            [] => Err(format!("Which deployment? Set {}, or start `cargo dev`.", list(tables))),
            [port] => Self::local(*port, dev_folder, tables),
            several => Err(format!("Which deployment? `cargo dev` runs several times: --port one of {several:?}.")),
        }
    }

    /// The path of its secrets in SSM. `None` if `SECRETS_PATH` is not set.
    #[must_use]
    pub fn secrets_path(&self) -> Option<&str> {
        self.secrets_path.as_deref()
    }

    /// The name of the log group of its pages. `None` if `SITE_LOGS` is not set.
    #[must_use]
    pub fn site_logs(&self) -> Option<&str> {
        self.site_logs.as_deref()
    }

    /// The clients of its tables. `who` is the name of the command, for AWS's own logs.
    ///
    /// # Errors
    /// When no client can be built.
    pub fn connect(&self, who: &'static str) -> Result<Connection, String> {
        let Access { key, secret, token } = &self.access;
        let settings = ClientConfig {
            region: self.region.clone(),
            credentials: Credentials::new(key, secret, token.clone(), None, who),
            endpoint: self.endpoint.clone(),
            retries: true,
        };
        let http = aws::https_client().map_err(|error| format!("No client can be built: {error}"))?;
        Ok(Connection { clients: Clients::new(settings, http), tables: self.tables.clone() })
    }

    /// The milliseconds by which the deployment's clock is ahead of the machine's: 0, except on a local
    /// platform whose time was moved.
    #[must_use]
    pub fn ahead_ms(&self) -> i64 {
        let text = self.clock.as_ref().and_then(|file| fs::read_to_string(file).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or_default()
    }

    fn named(variables: &HashMap<String, String>, tables: &[&'static str]) -> Result<Self, String> {
        let some = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        let first = tables.iter().map(|table| variable(table)).find(|name| some(name).is_some()).unwrap_or_default();
        let wanted = |name: &str| some(name).ok_or(format!("{first} is set, and {name} is not."));
        let mut named = BTreeMap::new();
        for table in tables {
            named.insert(*table, wanted(&variable(table))?);
        }
        let region = some("AWS_REGION").or(some("AWS_DEFAULT_REGION"));
        Ok(Self {
            name: match named.values().collect::<Vec<_>>().as_slice() {
                [table] => format!("the table {table}"),
                _ => format!("the tables of {first}={}", wanted(&first)?),
            },
            tables: named,
            region: region.ok_or(format!("{first} is set, and AWS_REGION is not."))?,
            endpoint: some("AWS_ENDPOINT_URL"),
            secrets_path: some("SECRETS_PATH"),
            site_logs: some("SITE_LOGS"),
            access: Access {
                key: wanted("AWS_ACCESS_KEY_ID")?,
                secret: wanted("AWS_SECRET_ACCESS_KEY")?,
                token: some("AWS_SESSION_TOKEN"),
            },
            clock: None,
        })
    }

    fn local(port: u16, dev_folder: &Path, tables: &[&'static str]) -> Result<Self, String> {
        let text = fs::read_to_string(dev_folder.join(format!("{port}.json")));
        let text = text.map_err(|_| format!("No `cargo dev` runs on port {port}."))?;
        let map: DevFile =
            serde_json::from_str(&text).map_err(|error| format!("{port}.json does not read: {error}"))?;
        let mut named = BTreeMap::new();
        for table in tables {
            let resource = map.resources.get(*table).ok_or(format!("{port}.json names no table {table}."))?;
            named.insert(*table, resource.id.clone());
        }
        let site_logs = map.resources.get("SiteLogs").map(|group| group.id.clone());
        let LocalCloud { endpoint, region, key, secret } = map.cloud;
        Ok(Self {
            name: format!("the `cargo dev` of port {port}"),
            region,
            endpoint: Some(endpoint),
            tables: named,
            secrets_path: map.secrets_path,
            site_logs,
            access: Access { key, secret, token: None },
            clock: Some(dev_folder.join(port.to_string()).join("clock")),
        })
    }
}

/// The clients of a deployment's tables.
#[derive(Debug)]
pub struct Connection {
    clients: Clients,
    tables: BTreeMap<&'static str, String>,
}

impl Connection {
    /// The clients of all services.
    #[must_use]
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// A table, by its name in the template.
    ///
    /// # Errors
    /// When the deployment was not asked for this table.
    pub fn table(&self, name: &str) -> Result<Table, String> {
        let deployed = self.tables.get(name).ok_or(format!("The command did not ask for the table {name}."))?;
        Ok(self.clients.dynamodb().table(deployed))
    }
}

/// The variable with the deployed name of a table.
fn variable(table: &str) -> String {
    format!("{}_TABLE", table.to_uppercase())
}

/// The variables of the tables, for a sentence.
fn list(tables: &[&'static str]) -> String {
    tables.iter().map(|table| variable(table)).collect::<Vec<_>>().join(", ")
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
    secrets_path: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [&str; 2] = ["Cases", "Credits"];

    /// An empty folder for this test.
    fn dev_folder(test: &str) -> PathBuf {
        let dev_folder = std::env::temp_dir().join(format!("deployment-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&dev_folder);
        fs::create_dir_all(&dev_folder).unwrap();
        dev_folder
    }

    fn variables(of: &[(&str, &str)]) -> HashMap<String, String> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn arguments_and_variables_choose_the_deployment() {
        let dev_folder = dev_folder("meant");
        let none = HashMap::new();
        let find = |port, variables: &HashMap<String, String>| Deployment::find(port, variables, &dev_folder, &TABLES);
        let credits = |found: Result<Deployment, String>| found.unwrap().tables["Credits"].clone();
        let problem = find(None, &none).unwrap_err();
        assert!(problem.contains("CASES_TABLE, CREDITS_TABLE") && problem.contains("start `cargo dev`"), "{problem}");
        let map = |table: &str| {
            format!(
                r#"{{"cloud": {{"endpoint": "http://127.0.0.1:1", "region": "eu-central-1", "key": "test", "secret": "test"}},
                    "secrets_path": "/secrets/of/{table}",
                    "resources": {{"Credits": {{"id": "{table}", "kind": "AWS::DynamoDB::Table"}},
                                   "Cases": {{"id": "cases-of-{table}", "kind": "AWS::DynamoDB::Table"}},
                                   "SiteLogs": {{"id": "logs-of-{table}", "kind": "AWS::Logs::LogGroup"}}}}}}"#
            )
        };
        fs::write(dev_folder.join("8080.json"), map("one")).unwrap();
        fs::create_dir_all(dev_folder.join("python")).unwrap();
        assert_eq!(credits(find(None, &none)), "one");
        let found = find(None, &none).unwrap();
        assert_eq!((found.secrets_path(), found.site_logs()), (Some("/secrets/of/one"), Some("logs-of-one")));
        fs::write(dev_folder.join("9000.json"), map("two")).unwrap();
        assert!(find(None, &none).unwrap_err().contains("[8080, 9000]"));
        assert_eq!(credits(find(Some(9_000), &none)), "two");
        assert!(find(Some(9_001), &none).unwrap_err().contains("9001"));

        let mut production =
            vec![("CREDITS_TABLE", "credits"), ("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "k")];
        assert!(find(None, &variables(&production)).unwrap_err().contains("CASES_TABLE is not"));
        production.push(("CASES_TABLE", "cases"));
        assert!(find(None, &variables(&production)).unwrap_err().contains("AWS_SECRET_ACCESS_KEY is not"));
        production.push(("AWS_SECRET_ACCESS_KEY", "very-secret"));
        let found = find(None, &variables(&production)).unwrap();
        assert_eq!((credits(Ok(found.clone())).as_str(), found.endpoint.as_deref()), ("credits", None));
        assert!(!format!("{found:?}").contains("very-secret"), "a debug output must have no secret");
        assert_eq!(found.to_string(), "the tables of CASES_TABLE=cases in eu-central-1 at AWS");
        production.push(("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"));
        let elsewhere = find(None, &variables(&production)).unwrap().to_string();
        assert_eq!(elsewhere, "the tables of CASES_TABLE=cases in eu-central-1 at http://127.0.0.1:4566");
        production.pop();
        let local = find(Some(8_080), &none).unwrap().to_string();
        assert_eq!(local, "the `cargo dev` of port 8080 in eu-central-1 at http://127.0.0.1:1");
        assert_eq!((found.secrets_path(), found.site_logs()), (None, None), "most commands need neither");
        production.extend([("SECRETS_PATH", "/cinemaxsai/production"), ("SITE_LOGS", "site")]);
        let found = find(None, &variables(&production)).unwrap();
        assert_eq!((found.secrets_path(), found.site_logs()), (Some("/cinemaxsai/production"), Some("site")));
        assert_eq!(credits(find(Some(8_080), &variables(&production))), "one", "a port goes first");
        fs::remove_dir_all(dev_folder).unwrap();
    }

    #[test]
    fn the_clock_of_a_local_platform_may_be_ahead() {
        let dev_folder = dev_folder("clock");
        let file = r#"{"cloud": {"endpoint": "", "region": "r", "key": "k", "secret": "s"}, "resources": {}}"#;
        fs::write(dev_folder.join("8080.json"), file).unwrap();
        let found = Deployment::find(Some(8_080), &HashMap::new(), &dev_folder, &[]).unwrap();
        assert_eq!(found.ahead_ms(), 0, "without its file, the clock is the machine's");
        fs::create_dir_all(dev_folder.join("8080")).unwrap();
        fs::write(dev_folder.join("8080/clock"), "691200000\n").unwrap();
        assert_eq!(found.ahead_ms(), 691_200_000);
        fs::remove_dir_all(dev_folder).unwrap();
    }
}
