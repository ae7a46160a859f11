//! The whole platform: MiniStack, the local Google, the fakes, and one origin in front.

mod control;
pub mod deploy;
mod fakes;
mod folders;
mod front;
pub mod google;
mod listener;
mod ministack;
mod schedules;
mod secrets;

use crate::{
    clock::LocalClock,
    environment::Environment,
    error::LocalError,
    fakes::{FakeApple, FakeBfl, FakeFacebook, FakeFal, FakeReplicate, FakeStripe},
    programs,
    python::Python,
};
use deploy::{DeployedResource, DeployedRoute, DeployedStack, StackDeployment};
use fakes::RunningFakes;
use google::{GoogleProgram, LocalGoogle, StandIn};
use jiff::Timestamp;
use listener::listen;
use ministack::MiniStack;
use schedules::PlatformClock;
use secrets::LocalSecrets;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// The name of this platform's stage in the template.
const STAGE: &str = "local";

/// The path of its secrets, as the template makes it from the stage.
const SECRETS_PATH: &str = "/cinemaxsai/local";

/// How a platform is started.
#[derive(Debug, Clone)]
pub struct PlatformOptions {
    /// The port of the one origin on 127.0.0.1; `None` is any free one.
    pub port: Option<u16>,
    /// The caller's environment. Children get the allowed part.
    pub environment: Environment,
    /// Called with a line for each step.
    pub progress: fn(&str),
    /// Parameters of the template beside those that the platform sets itself.
    pub parameters: BTreeMap<&'static str, String>,
    /// The places of the account: calls of functions that run at once. Lambda refuses all others.
    pub places: u32,
    /// The program that stands in for Google.
    pub google: GoogleProgram,
}

impl Default for PlatformOptions {
    fn default() -> Self {
        Self {
            port: None,
            environment: Environment::of_caller(),
            progress: |line| eprintln!("{line}"),
            parameters: BTreeMap::new(),
            places: ministack::PLACES,
            google: GoogleProgram::default(),
        }
    }
}

/// A running platform. Dropping it stops everything and leaves the logs under
/// `target/local/<port>`; [`LocalPlatform::stop`] also waits, and removes them.
///
/// The origin and the fakes run on the runtime that started the platform. A test that
/// blocks its thread needs `flavor = "multi_thread"`.
#[derive(Debug)]
pub struct LocalPlatform {
    base_url: String,
    folder: PathBuf,
    map: PathBuf,
    cloud: MiniStack,
    google: LocalGoogle,
    fakes: RunningFakes,
    secrets: LocalSecrets,
    deployed: DeployedStack,
    clock: PlatformClock,
    servers: JoinSet<()>,
}

impl LocalPlatform {
    /// Starts everything and returns when the origin answers.
    ///
    /// # Errors
    /// When something is missing, taken or broken; the message names it.
    pub async fn start(options: PlatformOptions) -> Result<Self, LocalError> {
        let begun = Instant::now();
        let PlatformOptions { port, environment, progress, parameters: own, places, google } = options;
        let progress = |line: &str| progress(&format!("[{:6.1} s] {line}", begun.elapsed().as_secs_f64()));
        // This comes first, so that a taken port is an error before anything is built.
        let listener = listen(port.unwrap_or(0)).await?;
        let port = listener.local_addr()?.port();
        let base_url = format!("http://127.0.0.1:{port}");
        let python = Python::prepare(&environment, progress).await?;
        let stand_in = StandIn::prepare(google, &environment, &python, progress).await?;
        progress("building the functions");
        let programs = programs::build(&environment).await?;

        folders::remove_dead_runs(python.folder());
        let folder = python.folder().join(port.to_string());
        folders::clear(&folder)?;
        let clock = LocalClock::start(&folder)?;
        progress("starting MiniStack and the fakes");
        let here = programs::workspace().join("infra/local");
        let cloud_script = here.join("cloud.py");
        let redirect_uri = format!("{base_url}/v1/login/google/callback");
        let webhook_url = format!("{base_url}/v1/webhooks/identity/google");
        let (cloud, google) = tokio::try_join!(
            MiniStack::start(&python, &cloud_script, &folder, clock.file(), places),
            LocalGoogle::start(&stand_in, &folder, clock.file(), [&redirect_uri, &webhook_url]),
        )?;
        let secrets = LocalSecrets::generate(google.client_secret())?;
        let mut servers = JoinSet::new();
        let fakes = RunningFakes::start(&mut servers, &secrets, &clock, &base_url).await?;

        progress("deploying the template");
        let deployment = StackDeployment {
            template: &programs::workspace().join("infra/template.yaml"),
            parameters: parameters(&base_url, &cloud, &google, &fakes, &secrets).into_iter().chain(own).collect(),
            secrets: secrets.iter().map(|(name, value)| (format!("{SECRETS_PATH}/{name}"), value)).collect(),
            programs: &programs,
        };
        let deployed = deploy::deploy(&python, &here.join("deploy.py"), &folder, &cloud, &deployment).await?;
        let scheduled =
            deployed.schedules.iter().map(|function| deployed.physical(function)).collect::<Result<_, _>>()?;
        let clock = PlatformClock::new(clock, cloud.root().clone(), scheduled);
        let api = front::ApiProxy::new(cloud.endpoint(), &deployed.api)?;
        servers.spawn(front::serve(listener, api, clock.clone()));

        let map = python.folder().join(format!("{port}.json"));
        let platform = Self { base_url, folder, map, cloud, google, fakes, secrets, deployed, clock, servers };
        fs::write(&platform.map, format!("{:#}\n", platform.description()))?;
        progress(&format!("what runs where: {}", platform.map.display()));
        Ok(platform)
    }

    /// The one origin, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The address of MiniStack. Its root key and secret are both `test`.
    #[must_use]
    pub fn cloud(&self) -> &str {
        self.cloud.endpoint()
    }

    /// The issuer of the local Google. With [`GoogleProgram::OidcProviderMock`], `PUT <issuer>/users/<sub>` sets a
    /// person's claims, and `POST <issuer>/_local/security-event` sends us an event about a person.
    #[must_use]
    pub fn google(&self) -> String {
        self.google.issuer()
    }

    /// The fake Apple, with its knobs and counts.
    #[must_use]
    pub fn apple(&self) -> &FakeApple {
        &self.fakes.apple
    }

    /// The fake Black Forest Labs, with its knobs and counts.
    #[must_use]
    pub fn bfl(&self) -> &FakeBfl {
        &self.fakes.bfl
    }

    /// The fake Facebook, with its knobs and counts.
    #[must_use]
    pub fn facebook(&self) -> &FakeFacebook {
        &self.fakes.facebook
    }

    /// The fake fal, with its knobs and counts.
    #[must_use]
    pub fn fal(&self) -> &FakeFal {
        &self.fakes.fal
    }

    /// The fake Replicate, with its knobs and counts.
    #[must_use]
    pub fn replicate(&self) -> &FakeReplicate {
        &self.fakes.replicate
    }

    /// The fake Stripe, with its knobs and counts.
    #[must_use]
    pub fn stripe(&self) -> &FakeStripe {
        &self.fakes.stripe
    }

    /// The value of a secret in SSM, by the last part of its name.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.secrets.get(name)
    }

    /// The values of all secrets in SSM.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|(_, value)| value)
    }

    /// The deployed resource of a logical id of the template.
    #[must_use]
    pub fn resource(&self, logical_id: &str) -> Option<&DeployedResource> {
        self.deployed.resources.get(logical_id)
    }

    /// All deployed resources by logical id.
    #[must_use]
    pub fn resources(&self) -> &BTreeMap<String, DeployedResource> {
        &self.deployed.resources
    }

    /// The routes of the API.
    #[must_use]
    pub fn routes(&self) -> &[DeployedRoute] {
        &self.deployed.routes
    }

    /// Invokes a function, named by its logical id, and returns its answer.
    ///
    /// # Errors
    /// When there is no such function, or it ends with an error.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value, LocalError> {
        self.cloud.root().invoke(&self.deployed.physical(function)?, event).await
    }

    /// The log lines of a function, named by its logical id.
    ///
    /// # Errors
    /// When there is no such function, or MiniStack does not answer.
    pub async fn logs(&self, function: &str) -> Result<Vec<String>, LocalError> {
        let name = self.deployed.physical(function)?;
        let events = self.cloud.root().log_events(&self.deployed.log_group(function)?).await?;
        Ok(events.into_iter().filter(|event| event.is_of(&name)).map(|event| event.message).collect())
    }

    /// Every line of a log group, named by its logical id.
    ///
    /// # Errors
    /// When there is no such group, or MiniStack does not answer.
    pub async fn log_group(&self, group: &str) -> Result<Vec<String>, LocalError> {
        let events = self.cloud.root().log_events(&self.deployed.physical(group)?).await?;
        Ok(events.into_iter().map(|event| event.message).collect())
    }

    /// The time of the functions and the fakes.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock forward (at most ten years), runs every schedule once and waits for
    /// the functions. MiniStack itself keeps the machine's time.
    ///
    /// # Errors
    /// When a scheduled function ends with an error; the clock has moved nevertheless.
    pub async fn advance(&self, by: Duration) -> Result<Timestamp, LocalError> {
        self.clock.advance(by).await
    }

    /// MiniStack's own log. Only this log has the output of a failing cold start: MiniStack
    /// does not put it into the function's log group.
    #[must_use]
    pub fn cloud_log(&self) -> PathBuf {
        self.folder.join("ministack.log")
    }

    /// Waits until a part of the platform ends, which is always an error.
    pub async fn broken(&mut self) -> LocalError {
        tokio::select! {
            error = self.cloud.process.ended() => error,
            error = self.google.process.ended() => error,
        }
    }

    /// Stops everything, and removes the files of this run.
    pub async fn stop(mut self) {
        self.servers.shutdown().await;
        tokio::join!(self.cloud.process.stop(), self.google.process.stop());
        // The next start on this port removes the rest.
        let _ = fs::remove_file(&self.map);
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn description(&self) -> Value {
        let (apple, facebook) = (self.apple().settings(), self.facebook().settings());
        json!({
            "base_url": self.base_url,
            "cloud": {"endpoint": self.cloud(), "region": ministack::REGION, "key": "test", "secret": "test"},
            "google": {"issuer": self.google(), "authorize_url": self.google.authorize_url()},
            "apple": {"issuer": apple.issuer(), "authorize_url": apple.authorize_url()},
            "facebook": {"graph_url": facebook.graph_url(), "authorize_url": facebook.authorize_url()},
            "bfl": self.bfl().settings().public_base,
            "fal": self.fal().settings().public_base,
            "replicate": self.replicate().settings().public_base,
            "stripe": self.stripe().settings().public_base,
            "logs": self.folder,
            "secrets_path": SECRETS_PATH,
            "pids": {"local": std::process::id(), "ministack": self.cloud.process.pid(), "google": self.google.process.pid()},
            "outputs": self.deployed.outputs,
            "resources": self.deployed.resources,
            "routes": self.deployed.routes,
        })
    }
}

fn parameters(
    base_url: &str,
    cloud: &MiniStack,
    google: &LocalGoogle,
    fakes: &RunningFakes,
    secrets: &LocalSecrets,
) -> BTreeMap<&'static str, String> {
    let (apple, facebook) = (fakes.apple.settings(), fakes.facebook.settings());
    BTreeMap::from([
        ("Stage", STAGE.to_owned()),
        ("PublicOrigin", base_url.to_owned()),
        ("MediaOrigin", cloud.endpoint().to_owned()),
        ("SessionPublicKeys", secrets.session_public_key().to_owned()),
        ("GoogleClientId", google.client_id().to_owned()),
        ("GoogleIssuer", google.issuer()),
        ("GoogleAuthorizeUrl", google.authorize_url()),
        ("GoogleTokenUrl", google.token_url()),
        ("GoogleJwksUrl", google.jwks_url()),
        ("AppleClientId", apple.client_id.clone()),
        ("AppleNoticeClientIds", apple.app_id.clone()),
        ("AppleTeamId", apple.team_id.clone()),
        ("AppleKeyId", apple.key_id.clone()),
        ("AppleIssuer", apple.issuer().to_owned()),
        ("AppleAuthorizeUrl", apple.authorize_url()),
        ("AppleTokenUrl", apple.token_url()),
        ("AppleRevokeUrl", apple.revoke_url()),
        ("AppleJwksUrl", apple.jwks_url()),
        ("FacebookAppId", facebook.app_id.clone()),
        ("FacebookAuthorizeUrl", facebook.authorize_url()),
        ("FacebookGraphUrl", facebook.graph_url()),
        // The fakes stand in for the vendors, and train nothing.
        ("AllowTrainingVendors", "bfl,fal,replicate".to_owned()),
        ("BflApi", format!("{}/v1", fakes.bfl.settings().public_base)),
        ("FalApi", fakes.fal.settings().public_base.clone()),
        ("FalJwksUrl", fakes.fal.settings().jwks_url()),
        ("FalPlatformApi", fakes.fal.settings().platform_api()),
        ("ReplicateApi", format!("{}/v1", fakes.replicate.settings().public_base)),
        ("StripeApi", fakes.stripe.settings().public_base.clone()),
    ])
}
