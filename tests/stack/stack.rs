//! The platform that most tests share.
//!
//! It starts with the first test that needs it. It ends with the process, through the watchdogs of
//! its children. After every test all logs are searched for the texts that the tests have sent so
//! far, so the last test searches for all of them.

use crate::{
    person::{self, MODEL},
    tables::Tables,
};
use kernel::Timestamp;
use local::{LocalPlatform, PlatformOptions};
use session::{PseudonymKeys, Signer};
use std::{sync::LazyLock, time::Duration};
use tokio::{
    runtime::Runtime,
    sync::{OnceCell, RwLock},
    time::{Instant, sleep},
};

/// The time limit for a short wait. It is generous, because a build at the same time slows the tests.
pub const PATIENCE: Duration = Duration::from_secs(60);

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime can be built"));
static STACK: OnceCell<Stack> = OnceCell::const_new();

/// Tests with default partners hold it for reading, and tests that turn the knobs for writing.
static PARTNERS: RwLock<()> = RwLock::const_new(());

/// The shared platform.
pub struct Stack {
    /// The platform.
    pub platform: LocalPlatform,
    /// Its tables, as root.
    pub tables: Tables,
}

/// Runs a test without a platform, or with its own.
pub fn run(test: impl Future<Output = ()>) {
    RUNTIME.block_on(test);
}

/// Runs a test on the shared platform, at the same time as others.
pub fn together(test: impl AsyncFnOnce(&Stack)) {
    RUNTIME.block_on(async {
        let stack = shared().await;
        let well_behaved = PARTNERS.read().await;
        test(stack).await;
        drop(well_behaved);
        no_log_holds_a_sent_text(&stack.platform).await;
    });
}

/// Runs a test that turns the partners' knobs, alone. At its end the knobs are reset, and the jobs that
/// it made fail are forgotten.
pub fn alone(test: impl AsyncFnOnce(&Stack)) {
    RUNTIME.block_on(async {
        let stack = shared().await;
        let misbehaving = PARTNERS.write().await;
        let knobs = Knobs(stack);
        test(stack).await;
        drop(knobs);
        stack.tables.forget_failures(MODEL).await;
        drop(misbehaving);
        no_log_holds_a_sent_text(&stack.platform).await;
    });
}

/// Resets the knobs when it is dropped, also after a failure.
struct Knobs<'a>(&'a Stack);

impl Drop for Knobs<'_> {
    fn drop(&mut self) {
        self.0.platform.replicate().knobs(|knobs| *knobs = local::fakes::replicate::Knobs::default());
    }
}

async fn shared() -> &'static Stack {
    STACK.get_or_init(async || Stack::start(PlatformOptions::default()).await).await
}

impl Stack {
    /// Starts a platform for one test.
    pub async fn start(options: PlatformOptions) -> Self {
        match LocalPlatform::start(PlatformOptions { port: None, ..options }).await {
            Ok(platform) => Self { tables: Tables::of(&platform), platform },
            Err(error) => panic!("the platform does not start: {error}"),
        }
    }

    /// The origin of the service.
    pub fn base(&self) -> &str {
        self.platform.base_url()
    }

    /// The number of requests that a function has answered so far.
    pub async fn told(&self, function: &str) -> usize {
        self.logged(function).await.iter().filter(|line| line["message"] == "answered").count()
    }

    /// A signer of access tokens with this seed, and with the platform's own key of pseudonyms.
    pub fn signer(&self, seed: &str, origin: &str) -> Signer {
        Signer::from_seed(seed, self.pseudonym_keys(), origin).unwrap()
    }

    /// The name of an account in the logs of the day of `at`.
    pub fn pseudonym(&self, account: &str, at: Timestamp) -> String {
        self.pseudonym_keys().pseudonym(account.parse().expect("an account id"), at).to_string()
    }

    fn pseudonym_keys(&self) -> PseudonymKeys {
        let key = self.platform.secret("pseudonym-key").expect("the platform has this secret");
        PseudonymKeys::from_keys([key]).unwrap()
    }

    /// The log lines of a function that are JSON objects.
    pub async fn logged(&self, function: &str) -> Vec<serde_json::Value> {
        let lines = self.platform.logs(function).await.unwrap_or_else(|error| panic!("{error}"));
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// Repeats the question until it has an answer.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} must come within {PATIENCE:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// No log group of the template holds a prompt, an address, a token or a secret.
pub async fn no_log_holds_a_sent_text(platform: &LocalPlatform) {
    let mut secrets = person::secrets();
    secrets.extend(platform.secrets().map(str::to_owned));
    secrets.extend(["canary-", "people.example", "X-Amz-Signature=", "mac="].map(str::to_owned));
    let groups = platform.resources().iter().filter(|(_, resource)| resource.kind == "AWS::Logs::LogGroup");
    for (group, _) in groups {
        let lines = platform.log_group(group).await.unwrap_or_else(|error| panic!("{error}"));
        for line in lines {
            let told = secrets.iter().find(|secret| line.contains(secret.as_str()));
            assert!(
                told.is_none(),
                "{group} has logged {told:?}: find the line's source and log an id instead:\n{line}"
            );
        }
    }
}
