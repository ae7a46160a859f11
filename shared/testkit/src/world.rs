//! The world: one platform, in process, from one seed.

use crate::{
    Died, Faults, Random, dynamodb::Engine, process::Process, random::SeededIds, s3, sdk, sqs::Queues, trace::Journal,
    vendors::Vendors,
};
use kernel::{Ids, Timestamp};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

/// The region of the world.
pub const REGION: &str = "eu-west-1";
/// The bucket that the world has.
pub const MEDIA_BUCKET: &str = "media";
/// The path below which [`World::put_secret`] puts secrets.
pub const SECRETS_PATH: &str = "/cinemaxsai/test";

/// 2027-01-15T08:00:00Z: where the clock of every world starts, in milliseconds.
const START: i64 = 1_800_000_000_000;

/// One deterministic platform: DynamoDB, S3, SQS, SSM and the partners, in process.
/// Cheap to clone; clones are the same world.
///
/// Single-threaded: a seed replays exactly when the test runs on a `current_thread`
/// runtime with paused time.
#[derive(Clone)]
pub struct World(Arc<Inner>);

struct Inner {
    clock: Clock,
    ids: Ids,
    chance: Mutex<Random>,
    journal: Mutex<Journal>,
    dynamodb: Engine,
    s3: Mutex<s3::Store>,
    queues: Mutex<Queues>,
    secrets: Mutex<BTreeMap<String, String>>,
    variables: Mutex<BTreeMap<&'static str, String>>,
    vendors: Mutex<Vendors>,
    violation: Mutex<Option<String>>,
    repeats: AtomicBool,
}

impl World {
    /// An empty world: the tables of the template, an empty bucket, empty queues, our own
    /// secrets, no partners, no faults.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let clock = Clock::default();
        let world = Self(Arc::new(Inner {
            ids: Ids::new(SeededIds(Mutex::new(Random::stream(seed, "ids")))),
            chance: Mutex::new(Random::stream(seed, "chance")),
            journal: Mutex::new(Journal::new(seed)),
            dynamodb: Engine::new(&clock),
            s3: Mutex::new(s3::Store::new(Random::stream(seed, "s3"))),
            queues: Mutex::new(Queues::new(Random::stream(seed, "sqs"))),
            secrets: Mutex::default(),
            variables: Mutex::default(),
            vendors: Mutex::default(),
            violation: Mutex::default(),
            repeats: AtomicBool::new(false),
            clock,
        }));
        world.put_own_secrets(Random::stream(seed, "secrets"));
        world
    }

    /// The time in the world. It moves by [`World::advance`] and injected delays alone.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.clock.advance(by);
    }

    /// Ids and random bytes from the seed.
    #[must_use]
    pub fn ids(&self) -> Ids {
        self.0.ids.clone()
    }

    /// Chance for the test itself, from the seed.
    pub fn chance<T>(&self, draw: impl FnOnce(&mut Random) -> T) -> T {
        draw(&mut locked(&self.0.chance))
    }

    /// Lets the SDK of clients that are made from now on repeat what failed, as it does in
    /// production. Each attempt is a call of its own. How long it waits in between is not the
    /// seed's, so no trace replays exactly.
    pub fn let_the_sdk_repeat(&self) {
        self.0.repeats.store(true, Ordering::Relaxed);
    }

    /// AWS clients that reach this world. Their SDK repeats nothing unless it was let.
    #[must_use]
    pub fn clients(&self) -> aws::Clients {
        aws::Clients::new(self.settings(), self.http_client())
    }

    /// What [`World::clients`] is made with.
    #[must_use]
    pub fn settings(&self) -> aws::ClientConfig {
        aws::ClientConfig {
            region: REGION.to_owned(),
            credentials: aws::Credentials::from_keys(s3::ACCESS_KEY, s3::SECRET_KEY, None),
            endpoint: None,
            retries: self.0.repeats.load(Ordering::Relaxed),
        }
    }

    /// The HTTP client of the SDK that reaches this world.
    #[must_use]
    pub fn http_client(&self) -> aws::SharedHttpClient {
        sdk::http_client(self.clone())
    }

    /// HTTP to the partners of this world.
    #[must_use]
    pub fn net(&self) -> net::Http {
        net::Http::new(self.clone())
    }

    /// Sets what goes wrong from now on, and counts calls from 1 again.
    pub fn inject(&self, faults: Faults) {
        self.journal().inject(faults);
    }

    /// Runs `work` as a process of its own, which an injected fault may end: then `work`
    /// is dropped where it stands, and only what it had done outside remains. The calls
    /// must be made in this task: one that `work` spawns belongs to no process.
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
        self.secrets().insert(secret_path(name), value.to_owned());
    }

    /// A secret that the world keeps, by name or absolute path.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn secret(&self, name: &str) -> String {
        let value = self.secrets().get(&secret_path(name)).cloned();
        value.unwrap_or_else(|| self.violated(&format!("the world keeps no secret {name}: use World::put_secret")))
    }

    /// Where a queue of the world is. The world has the queues `generation`, `media` and
    /// `purge`.
    #[must_use]
    pub fn queue_url(&self, name: &str) -> String {
        format!("https://sqs.{REGION}.amazonaws.com/000000000000/{name}")
    }

    /// Fails the test: something did what the world does not allow. The world remembers
    /// it, so that a caller that swallows the panic does not hide it.
    pub(crate) fn violated(&self, what: &str) -> ! {
        locked(&self.0.violation).get_or_insert_with(|| what.to_owned());
        panic!("{what}");
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        locked(&self.0.journal)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn dynamodb(&self) -> &Engine {
        &self.0.dynamodb
    }

    pub(crate) fn s3(&self) -> MutexGuard<'_, s3::Store> {
        locked(&self.0.s3)
    }

    pub(crate) fn queues(&self) -> MutexGuard<'_, Queues> {
        locked(&self.0.queues)
    }

    pub(crate) fn set_variables(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        locked(&self.0.variables)
    }

    pub(crate) fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        locked(&self.0.secrets)
    }

    pub(crate) fn vendors(&self) -> MutexGuard<'_, Vendors> {
        locked(&self.0.vendors)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(violation) = locked(&self.violation).take()
            && !std::thread::panicking()
        {
            panic!("{violation}");
        }
    }
}

fn secret_path(name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("{SECRETS_PATH}/{name}") }
}

/// Locks; a panic elsewhere has failed the test already and is no reason for a second.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The clock of a world, in milliseconds since 1970.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }
}

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        let millis = self.0.load(Ordering::Relaxed);
        Timestamp::from_millisecond(millis).expect("no test advances the clock to the year 9999")
    }

    fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("no test advances the clock by more than the year 9999");
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl dynoxide::storage_backend::Clock for Clock {
    fn now_unix_secs(&self) -> u64 {
        self.now().as_second().unsigned_abs()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.now().as_millisecond() as f64 / 1000.0
    }
}
