//! The world: one platform, in process, from one seed.

pub(crate) mod browser;
pub(crate) mod messages;
pub(crate) mod snapshot;
pub(crate) mod trace;

use crate::{
    calls::{
        faults::Faults,
        process::{Died, Process},
    },
    lock::locked,
    names::{ACCESS_KEY, REGION, SECRET_KEY, SECRETS_PATH},
    partners::{partner::Partner, transport::PartnerTransport},
    random::{Random, SeededIds},
    sdk,
    state::WorldState,
};
use kernel::{BoxFuture, Ids, Timestamp};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// One deterministic platform: DynamoDB, S3, SQS, SSM and the partners, in process.
/// Cheap to clone; clones are the same world.
///
/// Single-threaded: a seed replays exactly when the test runs on a `current_thread`
/// runtime with paused time.
#[derive(Clone)]
pub struct World {
    state: WorldState,
    settings: Arc<WorldSettings>,
}

struct WorldSettings {
    ids: Ids,
    variables: Mutex<BTreeMap<&'static str, String>>,
    sdk_retries: AtomicBool,
}

impl World {
    /// An empty world: the tables of the template, an empty bucket, empty queues, our own
    /// secrets, no partners, no faults.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let settings = WorldSettings {
            ids: Ids::new(SeededIds(Mutex::new(Random::stream(seed, "ids")))),
            variables: Mutex::default(),
            sdk_retries: AtomicBool::new(false),
        };
        let world = Self { state: WorldState::new(seed), settings: Arc::new(settings) };
        world.put_own_secrets(Random::stream(seed, "secrets"));
        world
    }

    /// The time in the world. Only [`World::advance`] and injected delays move it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.state.now()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.state.advance(by);
    }

    /// Ids and random bytes from the seed.
    #[must_use]
    pub fn ids(&self) -> Ids {
        self.settings.ids.clone()
    }

    /// Random numbers for the test itself, from the seed.
    pub fn chance<T>(&self, draw: impl FnOnce(&mut Random) -> T) -> T {
        self.state.chance(draw)
    }

    /// Switches the SDK's retries on for clients that are made from now on, as in
    /// production. Each attempt is a call of its own. The pauses between attempts do not
    /// come from the seed, so no trace replays exactly.
    pub fn let_the_sdk_repeat(&self) {
        self.settings.sdk_retries.store(true, Ordering::Relaxed);
    }

    /// AWS clients that reach this world. They retry nothing, except after
    /// [`World::let_the_sdk_repeat`].
    #[must_use]
    pub fn clients(&self) -> aws::Clients {
        aws::Clients::new(self.settings(), self.http_client())
    }

    /// The configuration of [`World::clients`].
    #[must_use]
    pub fn settings(&self) -> aws::ClientConfig {
        aws::ClientConfig {
            region: REGION.to_owned(),
            credentials: aws::Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None),
            endpoint: None,
            retries: self.settings.sdk_retries.load(Ordering::Relaxed),
        }
    }

    /// The HTTP client of the SDK that reaches this world.
    #[must_use]
    pub fn http_client(&self) -> aws::SharedHttpClient {
        sdk::http_client(self.state.clone())
    }

    /// HTTP to the partners of this world.
    #[must_use]
    pub fn net(&self) -> net::Http {
        net::Http::new(self.clone())
    }

    /// Lets `partner` answer for `host` (with the port, where it has one).
    pub fn register(&self, host: &str, partner: impl Partner + 'static) {
        self.state.partners().insert(host.to_owned(), Arc::new(partner));
    }

    /// Replaces the policy of faults, and counts calls from 1 again.
    pub fn inject(&self, faults: Faults) {
        self.state.journal().inject(faults);
    }

    /// Runs `work` as a process of its own, which an injected fault may end. Then `work` is
    /// dropped at its current await point, and only its effects outside remain. The calls
    /// must be made in this task: a task that `work` spawns belongs to no process.
    ///
    /// # Errors
    /// [`Died`].
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Died> {
        Process::run(work).await
    }

    /// Sets a variable of functions that start from now on, in place of the value that
    /// [`World::variables`] has.
    pub fn set_variable(&self, name: &'static str, value: &str) {
        self.set_variables().insert(name, value.to_owned());
    }

    /// Keeps a secret below [`SECRETS_PATH`], as `name` or as an absolute path.
    pub fn put_secret(&self, name: &str, value: &str) {
        self.state.secrets().insert(secret_path(name), value.to_owned());
    }

    /// A secret that the world keeps, by name or absolute path.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn secret(&self, name: &str) -> String {
        let value = self.state.secrets().get(&secret_path(name)).cloned();
        value.unwrap_or_else(|| self.violated(&format!("the world keeps no secret {name}: use World::put_secret")))
    }

    /// The URL of a queue of the world. The world has the queues of the template:
    /// `generation`, `media`, `picture`, `purge` and `thumbnail`.
    #[must_use]
    pub fn queue_url(&self, name: &str) -> String {
        format!("https://sqs.{REGION}.amazonaws.com/000000000000/{name}")
    }

    /// Fails the test, as [`WorldState::violated`].
    pub(crate) fn violated(&self, message: &str) -> ! {
        self.state.violated(message)
    }

    pub(crate) fn state(&self) -> &WorldState {
        &self.state
    }

    /// The variables that [`World::set_variable`] has set.
    pub(crate) fn set_variables(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        locked(&self.settings.variables)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl net::Transport for World {
    fn send(&self, request: net::Request) -> BoxFuture<'_, Result<net::Response, net::RequestFailure>> {
        Box::pin(async move { PartnerTransport(&self.state).send(request).await })
    }
}

fn secret_path(name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("{SECRETS_PATH}/{name}") }
}
