//! The contract, tried by Schemathesis (<https://schemathesis.readthedocs.io>).

use crate::{
    error::ProveError,
    tools,
    workspace::{Cargo, Workspace, as_caller, root},
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The folder of the settings and of the list of packages.
const FOLDER: &str = "infra/prove/contract";

/// The document, as `site` serves it.
const DOCUMENT: &str = "functions/site/site/assets/openapi.json";

/// The program that serves all functions in one process.
const FRONT: &str = "contract-front";

/// The path of the counts of the program.
const COUNTS: &str = "/_front/counts";

/// The token of the person who is always signed in.
const TOKEN: &str = "signed-in";

/// The examples of each operation in a run of the long form. With the coverage phase and the sequences, both
/// runs together make more than [`CASES`] requests.
const EXAMPLES: &str = "800";

/// The examples of each operation in a run of the short form.
const FEW_EXAMPLES: &str = "10";

/// The requests of the long form, at least.
const CASES: u64 = 50_000;

/// The requests of the short form, at least.
const FEW_CASES: u64 = 1_000;

/// Tries the contract with many requests.
pub fn run() -> Result<(), ProveError> {
    prove(EXAMPLES, CASES)
}

/// Tries the contract with some requests.
pub fn run_quick() -> Result<(), ProveError> {
    prove(FEW_EXAMPLES, FEW_CASES)
}

/// Two runs at the same time, each on a service of its own: signed in and not.
fn prove(examples: &str, cases: u64) -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    let schemathesis = tools::SCHEMATHESIS.installed(&workspace, &root().join(FOLDER).join("requirements.txt"))?;
    Cargo::run(&["build", "--quiet", "--bin", FRONT])?;
    let front = workspace.target.join("debug").join(FRONT);
    let reports = workspace.target.join("contract");
    fs::create_dir_all(&reports).map_err(ProveError::during(reports.display()))?;
    let runs = [("signed-in", Some(TOKEN)), ("anonymous", None)];
    let runs = runs.map(|(name, token)| Run::start(name, token, &schemathesis, &front, &reports, examples));
    let mut requests = 0;
    let mut failures = Vec::new();
    for run in runs {
        let mut run = run?;
        let has_passed = run.ended()?;
        let counts = run.front.counts()?;
        let sent = counts["requests"].as_u64().unwrap_or_default();
        requests += sent;
        println!("{}: {sent} requests, by status {}", run.name, counts["statuses"]);
        if !has_passed {
            let report = run.report.display();
            failures.push(format!("{}: see {report}; its end:\n{}", run.name, end_of(&run.report)));
        }
    }
    if requests < cases {
        failures.push(format!("only {requests} requests were sent, not {cases}: raise the number of examples"));
    }
    if failures.is_empty() { Ok(()) } else { Err(ProveError::new(failures.join("\n"))) }
}

/// A run of Schemathesis against a service of its own.
struct Run {
    name: &'static str,
    front: Front,
    schemathesis: Child,
    report: PathBuf,
}

impl Run {
    fn start(
        name: &'static str,
        token: Option<&str>,
        schemathesis: &Path,
        front: &Path,
        reports: &Path,
        examples: &str,
    ) -> Result<Self, ProveError> {
        let front = Front::start(front)?;
        let report = reports.join(format!("{name}.txt"));
        let output = fs::File::create(&report).map_err(ProveError::during(report.display()))?;
        let errors = output.try_clone().map_err(ProveError::during(report.display()))?;
        let folder = root().join(FOLDER);
        let mut settings = fs::read_to_string(folder.join("schemathesis.toml")).map_err(ProveError::during(FOLDER))?;
        if let Some(token) = token {
            settings += &format!("\n[auth.openapi.bearer]\nbearer = \"{token}\"\n");
        }
        let file = reports.join(format!("{name}.toml"));
        fs::write(&file, settings).map_err(ProveError::during(file.display()))?;
        let mut command = as_caller(Command::new(schemathesis));
        command.arg("--config-file").arg(&file).args(["run", DOCUMENT, "--url", &front.origin]);
        command.args(["--phases", "examples,coverage,fuzzing,stateful", "--checks", "all", "--max-redirects", "0"]);
        command.args(["--max-examples", examples, "--no-color"]);
        command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", &folder);
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let schemathesis = command.spawn().map_err(ProveError::during("starting Schemathesis"))?;
        Ok(Self { name, front, schemathesis, report })
    }

    /// Waits for the end. Returns whether no check has failed.
    fn ended(&mut self) -> Result<bool, ProveError> {
        Ok(self.schemathesis.wait().map_err(ProveError::during("waiting for Schemathesis"))?.success())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.schemathesis.kill();
        let _ = self.schemathesis.wait();
    }
}

/// The service. It ends when its standard input is closed.
struct Front {
    origin: String,
    process: Child,
}

impl Front {
    fn start(program: &Path) -> Result<Self, ProveError> {
        let mut command = as_caller(Command::new(program));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(ProveError::during(program.display()))?;
        let output = process.stdout.take().ok_or_else(|| ProveError::new("the front has no output"))?;
        let mut origin = String::new();
        BufReader::new(output).read_line(&mut origin).map_err(ProveError::during("reading the front's address"))?;
        Ok(Self { origin: origin.trim().to_owned(), process })
    }

    fn counts(&self) -> Result<Value, ProveError> {
        let address = self.origin.trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).map_err(ProveError::during("connecting to the front"))?;
        let request = format!("GET {COUNTS} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).map_err(ProveError::during("asking the front"))?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).map_err(ProveError::during("reading the front's answer"))?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        serde_json::from_str(body).map_err(ProveError::during("reading the front's counts"))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The last lines of a report.
fn end_of(report: &Path) -> String {
    let text = fs::read_to_string(report).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
