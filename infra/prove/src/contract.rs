//! The contract, tried by Schemathesis (<https://schemathesis.readthedocs.io>).

use crate::{
    error::ProveError,
    tools,
    verdict::{self, DOCUMENT},
    workspace::{Cargo, Workspace, as_caller, root},
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

/// The folder of the settings and of the list of packages.
const FOLDER: &str = "infra/prove/contract";

/// The program that serves all functions in one process.
const FRONT: &str = "contract-front";

/// The path of the counts of the program.
const COUNTS: &str = "/_front/counts";

/// The program of the local platform.
const PLATFORM: &str = "local";

/// The token of the person who is always signed in.
const TOKEN: &str = "signed-in";

/// The requests of the long form, at least.
const CASES: u64 = 50_000;

/// The requests of the short form, at least.
const QUICK_CASES: u64 = 1_000;

/// Tries the contract with 50,000 requests, against all functions in one process.
///
/// Two runs go on at the same time, each with a service of its own: signed in, and not.
pub fn run() -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    Cargo::run(&["build", "--quiet", "--bin", FRONT])?;
    let front = workspace.target.join("debug").join(FRONT);
    let tried = Tried { workspace: &workspace, examples: "800" };
    let services = [Service::in_process(&front)?, Service::in_process(&front)?];
    let signed_in = tried.start("signed-in", &services[0], Some(SignIn::Token))?;
    let anonymous = tried.start("anonymous", &services[1], None)?;
    let mut failures: Vec<_> = [signed_in.ended()?.failure, anonymous.ended()?.failure].into_iter().flatten().collect();
    let document = document()?;
    let counts = [services[0].counts()?, services[1].counts()?];
    for (name, counts) in ["signed in", "anonymous"].into_iter().zip(&counts) {
        println!("requests by status, {name}: {}", counts["statuses"]);
        failures.extend(verdict::unexpected(&document, counts).into_iter().map(|finding| format!("{name}: {finding}")));
    }
    failures.extend(verdict::unreached(&document, &counts[0]));
    let requests: u64 = counts.iter().filter_map(|counts| counts["requests"].as_u64()).sum();
    failures.extend(too_few(requests, CASES));
    concluded(&failures)
}

/// Tries the contract with some 1,000 requests, against the template on the local platform.
pub fn run_quick() -> Result<(), ProveError> {
    let workspace = Workspace::read()?;
    Cargo::run(&["build", "--quiet", "--bin", PLATFORM])?;
    let platform = Service::platform(&workspace.target.join("debug").join(PLATFORM), &workspace)?;
    let tried = Tried { workspace: &workspace, examples: "4" };
    let signed_in = tried.start("signed-in-quick", &platform, Some(SignIn::Google))?.ended()?;
    let anonymous = tried.start("anonymous-quick", &platform, None)?.ended()?;
    let logged = tried.search_logs(&platform, &[signed_in.sent, anonymous.sent]).err().map(|error| error.to_string());
    let mut failures: Vec<_> = [signed_in.failure, anonymous.failure, logged].into_iter().flatten().collect();
    failures.extend(too_few(signed_in.requests + anonymous.requests, QUICK_CASES));
    concluded(&failures)
}

/// Prints the number of requests. Says so if it is too small for the claim.
fn too_few(requests: u64, wanted: u64) -> Option<String> {
    println!("{requests} requests");
    (requests < wanted).then(|| format!("only {requests} requests were sent, not {wanted}: raise the examples"))
}

/// The published contract.
fn document() -> Result<Value, ProveError> {
    let text = fs::read_to_string(root().join(DOCUMENT)).map_err(ProveError::during(DOCUMENT))?;
    serde_json::from_str(&text).map_err(ProveError::during(DOCUMENT))
}

fn concluded(failures: &[String]) -> Result<(), ProveError> {
    if failures.is_empty() { Ok(()) } else { Err(ProveError::new(failures.join("\n"))) }
}

/// The way in which a run is signed in.
#[derive(Debug, Clone, Copy)]
enum SignIn {
    /// With the token of the person who is always there.
    Token,
    /// With a token that the hooks get by a sign-in at the local Google.
    Google,
}

/// The settings that all runs share.
struct Tried<'a> {
    workspace: &'a Workspace,
    /// The examples of each operation, beside those of the coverage phase and of the sequences.
    examples: &'a str,
}

impl Tried<'_> {
    fn start(&self, name: &'static str, service: &Service, sign_in: Option<SignIn>) -> Result<Run, ProveError> {
        let folder = root().join(FOLDER);
        let program = self.schemathesis()?.join("schemathesis");
        let reports = self.workspace.target.join("contract");
        fs::create_dir_all(&reports).map_err(ProveError::during(reports.display()))?;
        let report = reports.join(format!("{name}.txt"));
        let output = fs::File::create(&report).map_err(ProveError::during(report.display()))?;
        let errors = output.try_clone().map_err(ProveError::during(report.display()))?;
        let mut settings = fs::read_to_string(folder.join("schemathesis.toml")).map_err(ProveError::during(FOLDER))?;
        if let Some(SignIn::Token) = sign_in {
            settings += &format!("\n[auth.openapi.bearer]\nbearer = \"{TOKEN}\"\n");
        }
        let file = reports.join(format!("{name}.toml"));
        fs::write(&file, settings).map_err(ProveError::during(file.display()))?;
        let mut command = as_caller(Command::new(program));
        command.arg("--config-file").arg(&file).args(["run", DOCUMENT, "--url", &service.origin]);
        command.args(["--phases", "examples,coverage,fuzzing,stateful", "--max-redirects", "0"]);
        command.args(["--max-examples", self.examples, "--no-color"]);
        command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", &folder).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("CONTRACT_AT", &service.origin);
        match sign_in {
            Some(SignIn::Token) => command.env("CONTRACT_TOKEN", TOKEN),
            Some(SignIn::Google) => command.env("CONTRACT_SIGNS_IN", "1"),
            None => &mut command,
        };
        let (count, sent) = (reports.join(format!("{name}.count")), reports.join(format!("{name}.sent")));
        fs::write(&count, "0").map_err(ProveError::during(count.display()))?;
        command.env("CONTRACT_COUNT", &count);
        if service.description.is_some() {
            command.env("CONTRACT_SENT", &sent);
        }
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let schemathesis = command.spawn().map_err(ProveError::during("starting Schemathesis"))?;
        Ok(Run { name, schemathesis, report, count, sent })
    }

    /// The folder of the programs of Schemathesis, which is installed first where it is missing.
    fn schemathesis(&self) -> Result<PathBuf, ProveError> {
        let requirements = root().join(FOLDER).join("requirements.txt");
        let program = tools::SCHEMATHESIS.installed(self.workspace, &requirements)?;
        program.parent().map(Path::to_owned).ok_or_else(|| ProveError::new("Schemathesis is in no folder"))
    }

    /// Searches the logs of the local platform for the texts of the requests, which are in the files `sent`.
    fn search_logs(&self, platform: &Service, sent: &[PathBuf]) -> Result<(), ProveError> {
        let description = platform.description.as_ref().ok_or_else(|| ProveError::new("only a platform has logs"))?;
        let mut search = as_caller(Command::new(self.schemathesis()?.join("python")));
        let found = search.arg(root().join(FOLDER).join("sent.py")).arg(description).args(sent).output();
        let found = found.map_err(ProveError::during("searching the logs"))?;
        print!("{}", String::from_utf8_lossy(&found.stdout));
        if found.status.success() { Ok(()) } else { Err(ProveError::new(String::from_utf8_lossy(&found.stderr))) }
    }
}

/// A run of Schemathesis.
struct Run {
    name: &'static str,
    schemathesis: Child,
    report: PathBuf,
    /// The file into which the hooks write the number of requests.
    count: PathBuf,
    /// The file into which they write the texts of the requests to a platform.
    sent: PathBuf,
}

/// A run that has ended.
struct Ended {
    /// The end of the report, if a check has failed.
    failure: Option<String>,
    /// The requests that were answered.
    requests: u64,
    /// The file with the texts of the requests to a platform.
    sent: PathBuf,
}

impl Run {
    /// Waits for the end.
    fn ended(mut self) -> Result<Ended, ProveError> {
        let status = self.schemathesis.wait().map_err(ProveError::during("waiting for Schemathesis"))?;
        let report = self.report.display();
        let failure =
            (!status.success()).then(|| format!("{}: see {report}; its end:\n{}", self.name, end_of(&self.report)));
        let count = fs::read_to_string(&self.count).map_err(ProveError::during(self.count.display()))?;
        let requests = count.trim().parse().map_err(ProveError::during(self.count.display()))?;
        Ok(Ended { failure, requests, sent: std::mem::take(&mut self.sent) })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.schemathesis.kill();
        let _ = self.schemathesis.wait();
    }
}

/// A service on loopback.
struct Service {
    origin: String,
    /// The file in which a platform says what runs where.
    description: Option<PathBuf>,
    process: Child,
    /// Kept open: a program may end with its output.
    _output: BufReader<ChildStdout>,
}

impl Service {
    /// All functions in one process. It ends with its standard input.
    fn in_process(program: &Path) -> Result<Self, ProveError> {
        Self::start(&mut Command::new(program))
    }

    /// The template on the local platform.
    fn platform(program: &Path, workspace: &Workspace) -> Result<Self, ProveError> {
        let mut platform = Self::start(Command::new(program).args(["--port", "0"]))?;
        let port = platform.origin.rsplit(':').next().unwrap_or_default();
        platform.description = Some(workspace.target.join("local").join(format!("{port}.json")));
        Ok(platform)
    }

    fn start(command: &mut Command) -> Result<Self, ProveError> {
        command.current_dir(root()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(ProveError::during("starting the service"))?;
        let output = process.stdout.take().ok_or_else(|| ProveError::new("the service has no output"))?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line).map_err(ProveError::during("reading the address of the service"))?;
        let origin = line.trim().trim_start_matches("ready: ").to_owned();
        Ok(Self { origin, description: None, process, _output: output })
    }

    /// The counts of a service in one process.
    fn counts(&self) -> Result<Value, ProveError> {
        let address = self.origin.trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).map_err(ProveError::during("connecting to the service"))?;
        let request = format!("GET {COUNTS} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).map_err(ProveError::during("asking the service"))?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).map_err(ProveError::during("reading the answer of the service"))?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        serde_json::from_str(body).map_err(ProveError::during("reading the counts"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // As Ctrl-C: the platform ends its own processes.
        let interrupted = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        if interrupted.is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// The last lines of a report.
fn end_of(report: &Path) -> String {
    let text = fs::read_to_string(report).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
