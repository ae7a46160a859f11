//! The platform, Chromium and the Python environment that all tests share.
//!
//! The first test starts the platform. It ends with the process, through the watchdogs of the platform's children.
//!
//! | variable | meaning |
//! |---|---|
//! | `CHROMIUM` | the path of the browser; without it the program `chromium` of the `PATH` |
//! | `CI` | anything but nothing and `false`: a missing browser is a failure. `.ci/run` sets it |
//! | `BROWSER_SCREENSHOTS` | anything but nothing: the scenarios make pictures of the pages in `target/screenshots` |

use local::{Environment, LocalPlatform, PlatformOptions, Python};
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Stdio,
    sync::LazyLock,
    time::Duration,
};
use tokio::{
    process::Command,
    runtime::Runtime,
    sync::{OnceCell, RwLock, Semaphore},
    time::timeout,
};

/// The packages that drive the browser. They bring none.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The longest time for one scenario. Each wait in it has a limit of its own, which names the missing condition.
const LIMIT: Duration = Duration::from_secs(300);

/// How the browser is installed.
const HELP: &str = "Debian, Ubuntu: apt-get install chromium. Another Chromium: say its path in the variable CHROMIUM";

/// Most browsers at once. With more of them on few cores, waits would run out that pass on an idle machine.
const BROWSERS: usize = 3;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime can be built"));
static FIXTURE: OnceCell<Option<Fixture>> = OnceCell::const_new();

static PLACES: Semaphore = Semaphore::const_new(BROWSERS);

/// Scenarios that leave the clock and the knobs that all share alone hold it for reading, and the others for writing.
static SHARED: RwLock<()> = RwLock::const_new(());

/// The parts that all tests share.
struct Fixture {
    platform: LocalPlatform,
    environment: Environment,
    python: Python,
    chromium: PathBuf,
}

/// Plays a scenario, at the same time as others.
pub fn together(scenario: &str) {
    RUNTIME.block_on(async {
        let Some(fixture) = shared().await else { return };
        // The place comes first. A scenario that waits for one does not delay one that plays alone.
        let _place = PLACES.acquire().await.expect("the places are never closed");
        let _steady = SHARED.read().await;
        fixture.play(scenario).await;
    });
}

/// Plays a scenario that moves the clock, or turns knobs that others need as they are, alone. Then asks the platform.
pub fn alone(scenario: &str, ask: impl AsyncFnOnce(&LocalPlatform)) {
    RUNTIME.block_on(async {
        let Some(fixture) = shared().await else { return };
        let _moving = SHARED.write().await;
        fixture.play(scenario).await;
        ask(&fixture.platform).await;
    });
}

/// The shared fixture. `None` on a machine without Chromium that is not in CI.
async fn shared() -> Option<&'static Fixture> {
    FIXTURE.get_or_init(Fixture::start).await.as_ref()
}

impl Fixture {
    async fn start() -> Option<Self> {
        let environment = Environment::of_caller();
        let Some(chromium) = chromium(&environment) else {
            let is_ci = environment.get("CI").is_some_and(|value| !value.is_empty() && value != "false");
            assert!(!is_ci, "the browser tests must run in CI, and there is no Chromium. {HELP}");
            // Not by a macro, whose output the test program keeps to itself.
            let _ = writeln!(io::stderr(), "\nTHE BROWSER TESTS ARE SKIPPED: there is no Chromium. {HELP}\n");
            return None;
        };
        let progress = |line: &str| eprintln!("{line}");
        let python = Python::prepare_with(&environment, "browser", REQUIREMENTS, progress).await;
        let python = python.unwrap_or_else(|error| panic!("playwright cannot be installed: {error}"));
        let options = PlatformOptions { advertises: true, ..PlatformOptions::default() };
        let platform = LocalPlatform::start(options).await;
        let platform = platform.unwrap_or_else(|error| panic!("the platform does not start: {error}"));
        fs::create_dir_all(python.folder().join("home")).expect("the browser's home can be made");
        Some(Self { platform, environment, python, chromium })
    }

    /// Plays the script `tests/browser/<scenario>.py`. Fails with its message, which names the pictures that it left.
    async fn play(&self, scenario: &str) {
        let folder = self.python.folder();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser").join(scenario).with_extension("py");
        let mut command = Command::new(self.python.program("python"));
        // `-B`: no compiled files in the source tree.
        command.args(["-B", "-W", "ignore"]).arg(script).arg(self.map());
        command.arg("--chromium").arg(&self.chromium).arg("--into").arg(folder);
        if self.environment.get("BROWSER_SCREENSHOTS").is_some_and(|value| !value.is_empty()) {
            command.arg("--screenshots").arg(folder.with_file_name("screenshots"));
        }
        command.env_clear().envs(self.environment.common()).env("HOME", folder.join("home"));
        command.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
        let ended = timeout(LIMIT, command.output()).await;
        let ended = ended.unwrap_or_else(|_| panic!("{scenario}.py has not ended within {LIMIT:?}"));
        let ended = ended.unwrap_or_else(|error| panic!("{scenario}.py cannot be started: {error}"));
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "tests/browser/{scenario}.py ({}):\n{}", ended.status, told.trim_end());
    }

    /// The description of the platform, which has the addresses of all its parts.
    fn map(&self) -> PathBuf {
        let (_, port) = self.platform.base_url().rsplit_once(':').expect("the origin has a port");
        self.python.folder().with_file_name("local").join(port).with_extension("json")
    }
}

/// The browser. A path in `CHROMIUM` is taken as it is, so a wrong one is a failure.
fn chromium(environment: &Environment) -> Option<PathBuf> {
    let named = environment.get("CHROMIUM").filter(|path| !path.is_empty()).map(PathBuf::from);
    let search = || {
        let mut programs = env::split_paths(environment.get("PATH")?).map(|folder| folder.join("chromium"));
        programs.find(|program| program.is_file())
    };
    named.or_else(search)
}
