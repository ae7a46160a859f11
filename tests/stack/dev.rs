//! `cargo dev` as a separate process.

use crate::stack::PATIENCE;
use local::Environment;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// The command behind the alias `cargo dev` in `.cargo/config.toml`.
const DEV: [&str; 5] = ["run", "--quiet", "--bin", "local", "--"];

/// A running `cargo dev`. Dropping it kills it.
pub struct Dev {
    child: Child,
    output: BufReader<ChildStdout>,
    errors: PathBuf,
}

/// The result of a `cargo dev` that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit status.
    pub status: ExitStatus,
    /// Its standard output since the last read.
    pub output: String,
    /// Its standard error.
    pub errors: String,
}

/// The variables of the caller that cargo needs. Cargo sets further ones for its children, and those
/// would rebuild the crates that watch them.
pub fn environment() -> BTreeMap<OsString, OsString> {
    Environment::of_caller().for_cargo()
}

/// A port that is free now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

impl Dev {
    /// Starts `cargo dev` with these arguments.
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        let cargo = Environment::of_caller().get("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        Self::spawn(name, &cargo, &[&DEV, arguments].concat(), environment())
    }

    /// Starts the program behind `cargo dev`, with this environment. It must already be built.
    pub fn program(name: &str, arguments: &[&str], environment: BTreeMap<OsString, OsString>) -> Self {
        Self::spawn(name, &program(), arguments, environment)
    }

    fn spawn(name: &str, program: &Path, arguments: &[&str], environment: BTreeMap<OsString, OsString>) -> Self {
        let errors = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.stderr"));
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(environment)
            .current_dir(local::workspace())
            // Its own process group, as in a shell, so that Ctrl-C reaches the whole group.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).expect("the log can be made"))
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        Self { child, output, errors }
    }

    /// The origin, from the line that reports that it is ready.
    pub async fn ready(&mut self) -> String {
        let mut line = String::new();
        let read = timeout(10 * PATIENCE, self.output.read_line(&mut line)).await;
        assert!(matches!(read, Ok(Ok(_))), "it should be ready by now: {}", self.said());
        let origin =
            line.strip_prefix("ready: ").unwrap_or_else(|| panic!("no `ready:` but {line:?}: {}", self.said()));
        origin.trim_end().to_owned()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it should still run")
    }

    /// Its standard error so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// Sends a signal to its group, as a terminal does.
    pub fn signal(&self, signal: &str) {
        let group = format!("-{}", self.pid());
        let sent = std::process::Command::new("kill").args([signal, "--", &group]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal} {group} should work");
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> Ended {
        let status = timeout(PATIENCE, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("it should end within {PATIENCE:?}: {}", self.said()));
        let mut output = String::new();
        let rest = timeout(Duration::from_secs(5), self.output.read_to_string(&mut output)).await;
        assert!(rest.is_ok(), "a child still holds its standard output");
        Ended { status: status.expect("it can be waited for"), output, errors: self.said() }
    }
}

/// The program in the folder of this test's program.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test has the path of its program");
    let folder = test.ancestors().nth(2).expect("tests lie in <profile>/deps");
    folder.join("local")
}
