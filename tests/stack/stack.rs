//! The platform that most tests share.
//!
//! It starts with the first test that needs it and ends with the process, by its
//! children's own watchdogs. After every test all logs are searched for what the tests
//! have typed so far, so whichever test ends last has searched for everything.

use crate::{person, tables::Tables};
use local::{LocalPlatform, PlatformOptions};
use std::{sync::LazyLock, time::Duration};
use tokio::{
    runtime::Runtime,
    sync::{OnceCell, RwLock},
    time::{Instant, sleep},
};

/// How long anything may take that has no reason to take long: a machine that builds
/// something beside the tests is slow.
pub const PATIENCE: Duration = Duration::from_secs(60);

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime can be built"));
static STACK: OnceCell<Stack> = OnceCell::const_new();

/// Held for reading by tests that want the partners to behave, for writing by tests that
/// make them misbehave.
static PARTNERS: RwLock<()> = RwLock::const_new(());

/// The shared platform.
pub struct Stack {
    /// The platform.
    pub platform: LocalPlatform,
    /// Its tables, as root.
    pub tables: Tables,
}

/// Runs a test that needs no platform, or one of its own.
pub fn run(test: impl Future<Output = ()>) {
    RUNTIME.block_on(test);
}

/// Runs a test beside others.
pub fn together(test: impl AsyncFnOnce(&Stack)) {
    RUNTIME.block_on(async {
        let stack = shared().await;
        let well_behaved = PARTNERS.read().await;
        test(stack).await;
        drop(well_behaved);
        no_log_holds_what_was_said(&stack.platform).await;
    });
}

/// Runs a test that turns the partners' knobs. They are turned back at its end.
pub fn alone(test: impl AsyncFnOnce(&Stack)) {
    RUNTIME.block_on(async {
        let stack = shared().await;
        let misbehaving = PARTNERS.write().await;
        let knobs = Knobs(stack);
        test(stack).await;
        drop(knobs);
        drop(misbehaving);
        no_log_holds_what_was_said(&stack.platform).await;
    });
}

/// Turns the knobs back, whatever came of the test.
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
    /// A platform of one's own.
    pub async fn start(options: PlatformOptions) -> Self {
        match LocalPlatform::start(PlatformOptions { port: None, ..options }).await {
            Ok(platform) => Self { tables: Tables::of(&platform), platform },
            Err(error) => panic!("the platform does not start: {error}"),
        }
    }

    /// The one origin.
    pub fn base(&self) -> &str {
        self.platform.base_url()
    }

    /// How many requests a function has answered so far.
    pub async fn told(&self, function: &str) -> usize {
        self.logged(function).await.iter().filter(|line| line["message"] == "answered").count()
    }

    /// The lines that a function has logged, as JSON objects, and all other lines left out.
    pub async fn logged(&self, function: &str) -> Vec<serde_json::Value> {
        let lines = self.platform.logs(function).await.unwrap_or_else(|error| panic!("{error}"));
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// Asks again and again until there is something.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} should have come within {PATIENCE:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// No log group of the template holds a prompt, an address, a token or a secret.
pub async fn no_log_holds_what_was_said(platform: &LocalPlatform) {
    let mut secrets = person::secrets();
    for name in [
        "erasure-hash-key",
        "google-client-secret",
        "order-mac-key",
        "receipt-signing-key",
        "replicate-api-token",
        "replicate-webhook-secret",
        "session-signing-key",
        "sign-in-sealing-key",
        "stripe-secret-key",
        "stripe-webhook-secret",
        "webhook-mac-key",
    ] {
        let value = platform.secret(name).unwrap_or_else(|| panic!("the platform has no secret {name}"));
        secrets.insert(value.to_owned());
    }
    // What every prompt, every address and every signed link has in common.
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
