//! Everything together.

use crate::{
    Environment, Error, Resource, Route,
    clock::{LocalClock, Time},
    deploy::{self, Deployed, Job},
    fakes::{self, Bfl, BflSettings, Fake, Fal, FalSettings, Replicate, ReplicateSettings, Stripe, StripeSettings},
    front,
    google::Google,
    ministack::Cloud,
    programs,
    python::Python,
    secrets::Secrets,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, task::JoinSet};

/// The stage that the template knows as this platform.
const STAGE: &str = "local";

/// How a platform is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port of the one origin on 127.0.0.1; none means any free one.
    pub port: Option<u16>,
    /// The caller's environment, of which children get the allowed part.
    pub environment: Environment,
    /// Gets a line for each step.
    pub progress: fn(&str),
}

impl Default for Options {
    fn default() -> Self {
        Self { port: None, environment: Environment::of_caller(), progress: |line| eprintln!("{line}") }
    }
}

/// A running platform. Dropping it stops everything and leaves the logs under
/// `target/local/<port>`; [`Platform::stop`] also waits, and removes them.
///
/// The origin and the fakes run on the runtime that started it: a test that blocks its
/// thread needs `flavor = "multi_thread"`.
#[derive(Debug)]
pub struct Platform {
    base_url: String,
    folder: PathBuf,
    map: PathBuf,
    cloud: Cloud,
    google: Google,
    partners: Partners,
    secrets: Secrets,
    deployed: Deployed,
    time: Time,
    servers: JoinSet<()>,
}

/// The fakes that serve on sockets of their own.
#[derive(Debug)]
struct Partners {
    bfl: Bfl,
    fal: Fal,
    replicate: Replicate,
    stripe: Stripe,
}

impl Platform {
    /// Starts everything and returns when the origin answers.
    ///
    /// # Errors
    /// What is missing, taken or broken, as a message for a person.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let begun = Instant::now();
        let Options { port, environment, progress } = options;
        let progress = |line: &str| progress(&format!("[{:6.1} s] {line}", begun.elapsed().as_secs_f64()));
        // First of all, so that a taken port is said before anything is built.
        let listener = listen(port.unwrap_or(0)).await?;
        let port = listener.local_addr()?.port();
        let base_url = format!("http://127.0.0.1:{port}");
        let python = Python::prepare(&environment, progress).await?;
        progress("building the functions");
        let programs = programs::build(&environment).await?;

        forget_the_dead(python.shelf());
        let folder = python.shelf().join(port.to_string());
        clear(&folder)?;
        let clock = LocalClock::start(&folder)?;
        progress("starting MiniStack and the partners");
        let here = programs::workspace().join("infra/local");
        let (cloud_script, google_script) = (here.join("cloud.py"), here.join("google.py"));
        let redirect_uri = format!("{base_url}/v1/login/google/callback");
        let (cloud, google) = tokio::try_join!(
            Cloud::start(&python, &cloud_script, &folder, clock.file()),
            Google::start(&python, &google_script, &folder, clock.file(), &redirect_uri),
        )?;
        let secrets = Secrets::generate(google.client_secret())?;
        let mut servers = JoinSet::new();
        let partners = Partners::start(&mut servers, &secrets, &clock, &base_url).await?;

        progress("deploying the template");
        let job = Job {
            template: &programs::workspace().join("infra/template.yaml"),
            parameters: parameters(&base_url, &cloud, &google, &partners, &secrets),
            secrets: secrets.iter().map(|(name, value)| (format!("/cinemaxsai/{STAGE}/{name}"), value)).collect(),
            programs: &programs,
        };
        let deployed = deploy::deploy(&python, &here.join("deploy.py"), &folder, &cloud, &job).await?;
        let scheduled =
            deployed.schedules.iter().map(|function| deployed.physical(function)).collect::<Result<_, _>>()?;
        let time = Time::new(clock, cloud.root().clone(), scheduled);
        let api = front::Api::new(cloud.endpoint(), &deployed.api)?;
        servers.spawn(front::serve(listener, api, time.clone()));

        let map = python.shelf().join(format!("{port}.json"));
        let platform = Self { base_url, folder, map, cloud, google, partners, secrets, deployed, time, servers };
        fs::write(&platform.map, format!("{:#}\n", platform.description()))?;
        progress(&format!("what runs where: {}", platform.map.display()));
        Ok(platform)
    }

    /// The one origin, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where MiniStack answers. Its root key and secret are both `test`.
    #[must_use]
    pub fn cloud(&self) -> &str {
        self.cloud.endpoint()
    }

    /// The issuer of the local Google. `PUT <issuer>/users/<sub>` sets a person's claims.
    #[must_use]
    pub fn google(&self) -> String {
        self.google.issuer()
    }

    /// The fake Black Forest Labs: its knobs and what it has counted.
    #[must_use]
    pub fn bfl(&self) -> &Bfl {
        &self.partners.bfl
    }

    /// The fake fal: its knobs and what it has counted.
    #[must_use]
    pub fn fal(&self) -> &Fal {
        &self.partners.fal
    }

    /// The fake Replicate: its knobs and what it has counted.
    #[must_use]
    pub fn replicate(&self) -> &Replicate {
        &self.partners.replicate
    }

    /// The fake Stripe: its knobs and what it has counted.
    #[must_use]
    pub fn stripe(&self) -> &Stripe {
        &self.partners.stripe
    }

    /// The value of a secret in SSM, by the last part of its name.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.secrets.get(name)
    }

    /// What a logical id of the template became.
    #[must_use]
    pub fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.deployed.resources.get(logical_id)
    }

    /// Everything that was deployed, by logical id.
    #[must_use]
    pub fn resources(&self) -> &BTreeMap<String, Resource> {
        &self.deployed.resources
    }

    /// The routes that the API has.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.deployed.routes
    }

    /// Invokes a function, named by its logical id, and waits for what it returns.
    ///
    /// # Errors
    /// When there is none, or it ends with an error.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value, Error> {
        self.cloud.root().invoke(&self.deployed.physical(function)?, event).await
    }

    /// Every line that a function, named by its logical id, has logged so far.
    ///
    /// # Errors
    /// When there is none, or MiniStack does not answer.
    pub async fn logs(&self, function: &str) -> Result<Vec<String>, Error> {
        let name = self.deployed.physical(function)?;
        let events = self.cloud.root().log_events(&self.deployed.log_group(function)?).await?;
        Ok(events.into_iter().filter(|event| event.is_of(&name)).map(|event| event.message).collect())
    }

    /// Every line of a log group, named by its logical id.
    ///
    /// # Errors
    /// When there is none, or MiniStack does not answer.
    pub async fn log_group(&self, group: &str) -> Result<Vec<String>, Error> {
        let events = self.cloud.root().log_events(&self.deployed.physical(group)?).await?;
        Ok(events.into_iter().map(|event| event.message).collect())
    }

    /// The time that the functions and the partners see.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// Moves that time forward (at most ten years), runs every schedule once and waits for
    /// all of them. MiniStack itself keeps the machine's time.
    ///
    /// # Errors
    /// When a scheduled function ends with an error; the time has moved all the same.
    pub async fn advance(&self, by: Duration) -> Result<Timestamp, Error> {
        self.time.advance(by).await
    }

    /// MiniStack's own log. What a function says while its cold start fails is there alone:
    /// MiniStack does not put that into the function's log group.
    #[must_use]
    pub fn cloud_log(&self) -> PathBuf {
        self.folder.join("ministack.log")
    }

    /// Waits until a part of it ends by itself, which none should.
    pub async fn broken(&mut self) -> Error {
        tokio::select! {
            error = self.cloud.ended() => error,
            error = self.google.ended() => error,
        }
    }

    /// Stops everything that was started and forgets all of it.
    pub async fn stop(mut self) {
        self.servers.shutdown().await;
        tokio::join!(self.cloud.stop(), self.google.stop());
        // What cannot be removed is cleared by the next start on this port.
        let _ = fs::remove_file(&self.map);
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn description(&self) -> Value {
        json!({
            "base_url": self.base_url,
            "cloud": {"endpoint": self.cloud(), "region": crate::ministack::REGION, "key": "test", "secret": "test"},
            "google": {"issuer": self.google(), "authorize_url": self.google.authorize_url()},
            "bfl": self.bfl().settings().public_base,
            "fal": self.fal().settings().public_base,
            "replicate": self.replicate().settings().public_base,
            "stripe": self.stripe().settings().public_base,
            "logs": self.folder,
            "pids": {"local": std::process::id(), "ministack": self.cloud.pid(), "google": self.google.pid()},
            "outputs": self.deployed.outputs,
            "resources": self.deployed.resources,
            "routes": self.deployed.routes,
        })
    }
}

fn parameters(
    base_url: &str,
    cloud: &Cloud,
    google: &Google,
    partners: &Partners,
    secrets: &Secrets,
) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("Stage", STAGE.to_owned()),
        ("PublicOrigin", base_url.to_owned()),
        ("MediaOrigin", cloud.endpoint().to_owned()),
        ("SessionPublicKeys", secrets.session_public_key().to_owned()),
        ("GoogleClientId", google.client_id().to_owned()),
        ("GoogleIssuer", google.issuer()),
        ("GoogleAuthorizeUrl", google.authorize_url()),
        ("GoogleTokenUrl", format!("{}/oauth2/token", google.issuer())),
        ("GoogleJwksUrl", format!("{}/jwks", google.issuer())),
        ("BflApi", format!("{}/v1", partners.bfl.settings().public_base)),
        ("FalApi", partners.fal.settings().public_base.clone()),
        ("FalJwksUrl", partners.fal.settings().jwks_url()),
        ("FalPlatformApi", partners.fal.settings().platform_api()),
        ("ReplicateApi", format!("{}/v1", partners.replicate.settings().public_base)),
        ("StripeApi", partners.stripe.settings().public_base.clone()),
    ])
}

async fn listen(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        Error::new(format!("port {port} cannot be used ({error}). Choose another one: cargo dev --port N, 0 for any"))
    })
}

/// Removes what runs left behind that were killed, as tests are at their end. A port that
/// can be taken belongs to none that lives; it is held meanwhile, so that none begins.
fn forget_the_dead(shelf: &Path) {
    for entry in fs::read_dir(shelf).into_iter().flatten().flatten() {
        let path = entry.path();
        let port = path.file_stem().and_then(|name| name.to_str()?.parse::<u16>().ok());
        let Some(Ok(_held)) = port.map(|port| std::net::TcpListener::bind(("127.0.0.1", port))) else { continue };
        // What cannot be removed now is removed by the next start.
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
}

/// An empty folder for what this run writes.
fn clear(folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::during(folder.display()))?;
    }
    fs::create_dir_all(folder.join("tmp")).map_err(Error::during(folder.display()))
}

impl Partners {
    async fn start(
        servers: &mut JoinSet<()>,
        secrets: &Secrets,
        clock: &LocalClock,
        origin: &str,
    ) -> Result<Self, Error> {
        let secret = |name: &str| {
            let value = secrets.get(name).map(str::to_owned);
            value.ok_or_else(|| Error::new(format!("there is no secret {name}")))
        };
        let clock = clock.for_fakes();
        let api_key = secret("bfl-api-key")?;
        let bfl =
            start(servers, |base| Bfl::new(BflSettings { api_key, clock: clock.clone(), ..BflSettings::new(base) }));
        let bfl = bfl.await?;
        let api_key = secret("fal-api-key")?;
        let fal =
            start(servers, |base| Fal::new(FalSettings { api_key, clock: clock.clone(), ..FalSettings::new(base) }));
        let fal = fal.await?;
        let (api_token, webhook_secret) = (secret("replicate-api-token")?, secret("replicate-webhook-secret")?);
        let replicate = start(servers, |base| {
            let settings = ReplicateSettings::new(base);
            Replicate::new(ReplicateSettings { api_token, webhook_secret, clock: clock.clone(), ..settings })
        });
        let replicate = replicate.await?;
        let (secret_key, webhook_secret) = (secret("stripe-secret-key")?, secret("stripe-webhook-secret")?);
        let stripe = start(servers, |base| {
            let settings = StripeSettings::new(base, format!("{origin}/v1/webhooks/stripe"));
            Stripe::new(StripeSettings { secret_key, webhook_secret, clock: clock.clone(), ..settings })
        });
        let stripe = stripe.await?;
        Ok(Self { bfl, fal, replicate, stripe })
    }
}

/// Serves the fake that is made for a free address.
async fn start<F: Fake>(servers: &mut JoinSet<()>, make: impl FnOnce(String) -> F) -> Result<F, Error> {
    let listener = listen(0).await?;
    let fake = make(format!("http://{}", listener.local_addr()?));
    servers.spawn(fakes::serve(fake.clone(), listener));
    Ok(fake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_forgotten_and_nothing_else() {
        let taken = || std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = |listener: &std::net::TcpListener| listener.local_addr().unwrap().port().to_string();
        let (alive, dead) = (taken(), taken());
        let shelf = std::env::temp_dir().join(format!("cinemaxsai-{}-{}", std::process::id(), port(&alive)));
        let (alive_folder, dead_folder) = (shelf.join(port(&alive)), shelf.join(port(&dead)));
        let dead_map = dead_folder.with_extension("json");
        drop(dead);
        for folder in [&alive_folder, &dead_folder, &shelf.join("python")] {
            fs::create_dir_all(folder.join("tmp")).unwrap();
        }
        fs::write(&dead_map, "{}").unwrap();
        forget_the_dead(&shelf);
        assert!(!dead_folder.exists() && !dead_map.exists(), "{} is of a run that is over", dead_folder.display());
        assert!(alive_folder.exists(), "{} is of a run that lives", alive_folder.display());
        assert!(shelf.join("python").exists(), "only runs may be forgotten");
        fs::remove_dir_all(shelf).unwrap();
    }
}
