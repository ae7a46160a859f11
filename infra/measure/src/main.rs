//! `cargo measure`: the costs of our functions compared with hello world, for the budgets in
//! ARCHITECTURE.md. Standard output is the report; all other output is standard error.
//!
//! Fails when a measurement is impossible, or when the check of an access token is above its budget: a ratio within one
//! run, which no machine excuses. Every other figure above its budget is a line of the report.

mod clock;
mod error;
mod functions;
mod mock;
mod programs;
mod report;
mod runs;
mod wire;

use crate::{
    error::{MeasureError, Result},
    functions::FUNCTIONS,
    mock::{answers::MockAccount, authority::Authority, server::MockAws},
    programs::quota::CgroupVersion,
    report::{machine, table::CostReport},
    runs::{
        bench::Bench,
        effort::Effort,
        events::{PUBLIC_ORIGIN, SignedInAccount},
        measured::MeasuredProgram,
        session_check::SessionCheck,
    },
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "usage: cargo measure [--quick]\n\n  --quick  few rounds: shows that everything can be measured\n";

/// The load from which the machine counts as busy: processes that want a CPU, on average.
const BUSY: f64 = 1.0;

fn main() -> ExitCode {
    let effort = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => Effort::FULL,
        [flag] if flag == "--quick" => Effort::QUICK,
        _ => {
            eprint!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match measure(effort) {
        Ok((report, broken)) => {
            print!("{report}");
            // A quick run has too few rounds to judge by.
            match broken.filter(|_| effort == Effort::FULL) {
                None => ExitCode::SUCCESS,
                Some(broken) => {
                    eprintln!("above its budget: {broken}");
                    ExitCode::FAILURE
                }
            }
        }
        Err(broken) => {
            eprintln!("error: {broken}");
            ExitCode::FAILURE
        }
    }
}

/// The report, and the sentence about the session check if it is above its budget.
fn measure(effort: Effort) -> Result<(String, Option<String>)> {
    eprintln!("building");
    let mut all = programs()?;
    let folder = TemporaryFolder::new()?;
    let (authority, person) = (Authority::new()?, SignedInAccount::new()?);
    let roots = folder.0.join("root.der");
    fs::write(&roots, authority.root()).map_err(MeasureError::during("writing the root certificate"))?;
    let account = MockAccount { id: person.account(), secrets: person.secrets() };
    let cloud = MockAws::start(&authority, account)?;
    let (platform, ours) = (platform(&cloud, &roots), ours(&person));
    let bench = Bench { cloud: &cloud, person: &person, platform, ours, log: folder.0.join("log") };
    let load = machine::load();
    if load > BUSY {
        eprintln!("the machine is busy (load {load:.2}): the figures will be noisy");
    }
    eprintln!("starts");
    bench.cold(&mut all, effort.cold)?;
    eprintln!("first calls under a quota");
    let version = CgroupVersion::here();
    if let Ok(version) = version {
        bench.throttled(&mut all, effort.throttled, version)?;
    }
    eprintln!("warm calls");
    bench.warm(&mut all, effort.warm, effort.calls)?;
    eprintln!("warm calls with 2 ms a request");
    bench.latency(&mut all, effort.warm, effort.calls)?;
    let check = SessionCheck::measure(&person, effort.calls)?;
    let [hello, again, functions @ ..] = all.as_slice() else {
        return Err(MeasureError::new("there is no hello world"));
    };
    let report = text(&CostReport { hello, again, functions }, check, effort, load, &version);
    Ok((report, check.broken()))
}

fn text(
    report: &CostReport<'_>,
    check: SessionCheck,
    effort: Effort,
    load: f64,
    version: &Result<CgroupVersion>,
) -> String {
    let Effort { cold, throttled, warm, calls } = effort;
    let quota = match version {
        Ok(version) => format!("{version}, {throttled} first calls for each period"),
        Err(why) => format!("not possible here: {why}"),
    };
    let mut text = format!(
        "{}\n\nLoad before: {load:.2}. Starts: {cold}. Warm calls: {warm} × {calls}. Quota: {quota}.\n\
         Medians; functions as multiples of hello, with their budgets.\n\n{}\n{}\n{check}\n",
        machine::describe(),
        report.table(),
        report.absolute(),
    );
    if report.void() {
        text.push_str("VOID: hello world differs from itself by 3 % or more. Measure again on a quiet machine.\n");
    }
    let breaks: Vec<String> = report.breaks().into_iter().chain(check.broken()).collect();
    match breaks.as_slice() {
        [] => text.push_str("Everything is within its budget.\n"),
        breaks => text.push_str(&format!("Above their budgets:\n- {}\n", breaks.join("\n- "))),
    }
    text
}

/// Builds hello world and the functions. Hello world is in the list twice.
fn programs() -> Result<Vec<MeasuredProgram>> {
    let built = programs::build::build(&FUNCTIONS.map(|function| function.name))?;
    let program =
        |name: &str| built.get(name).cloned().ok_or_else(|| MeasureError::new(format!("cargo built no {name}")));
    let mut all = Vec::new();
    for _ in 0..2 {
        all.push(MeasuredProgram { name: "hello", path: program("hello")?, ..MeasuredProgram::default() });
    }
    for function in FUNCTIONS {
        let (name, path) = (function.name, program(function.name)?);
        all.push(MeasuredProgram { name, path, function: Some(function), ..MeasuredProgram::default() });
    }
    Ok(all)
}

type Variables = Vec<(&'static str, String)>;

/// The variables that Lambda sets.
fn platform(cloud: &MockAws, roots: &Path) -> Variables {
    [
        ("AWS_ACCESS_KEY_ID", "AKIDMEASURE"),
        ("AWS_ENDPOINT_URL", &cloud.endpoint()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_NAME", "measured"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "measured"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "measured"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_SECRET_ACCESS_KEY", "measure"),
        ("AWS_SESSION_TOKEN", "measure"),
        ("EXTRA_ROOTS", &roots.display().to_string()),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// The variables that the template's `Globals` give every function.
fn ours(person: &SignedInAccount) -> Variables {
    let queue = |name: &str| format!("https://sqs.eu-central-1.amazonaws.com/123456789012/{name}");
    let fixed = [
        ("ACCOUNTS_TABLE", "Accounts"),
        ("ALLOW_TRAINING_VENDORS", "bfl,fal,replicate"),
        ("APPLE_CLIENT_ID", "com.cinemaxsai.measured"),
        ("APPLE_ISSUER", "https://appleid.apple.com"),
        ("APPLE_JWKS_URL", "https://appleid.apple.com/auth/keys"),
        ("BFL_API", "https://api.eu.bfl.ai/v1"),
        ("BFL_DAILY_CAP", "50"),
        ("CASES_TABLE", "Cases"),
        ("CREDITS_TABLE", "Credits"),
        ("DELETION_RECEIPTS_TABLE", "DeletionReceipts"),
        ("EDGE_PROOF_HASH", "none"),
        ("FAL_API", "https://queue.fal.run"),
        ("FAL_DAILY_CAP", "50"),
        ("FAL_PLATFORM_API", "https://api.fal.ai/v1"),
        ("GENERATIONS_TABLE", "Generations"),
        ("GOOGLE_AUTHORIZE_URL", "https://accounts.google.com/o/oauth2/v2/auth"),
        ("GOOGLE_CLIENT_ID", "measured.apps.googleusercontent.com"),
        ("GOOGLE_ISSUER", "https://accounts.google.com"),
        ("GOOGLE_JWKS_URL", "https://www.googleapis.com/oauth2/v3/certs"),
        ("LOG_DAYS", "7"),
        ("MEDIA_BUCKET", "media"),
        ("MEDIA_ORIGIN", "https://media.s3.eu-central-1.amazonaws.com"),
        ("PAUSED", "none"),
        ("PITR_DAYS", "7"),
        ("PUBLIC_ORIGIN", PUBLIC_ORIGIN),
        ("REPLICATE_API", "https://api.replicate.com/v1"),
        ("REPLICATE_DAILY_CAP", "100"),
        ("SECRETS_PATH", "/cinemaxsai/measure"),
        ("SESSION_PUBLIC_KEYS", person.public_key()),
        ("STAGE", "measure"),
        ("TRANSIENT_TABLE", "Transient"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let queues = [
        ("GENERATION_QUEUE_URL", queue("generation")),
        ("MEDIA_QUEUE_URL", queue("media")),
        ("PICTURE_QUEUE_URL", queue("picture")),
        ("THUMBNAIL_QUEUE_URL", queue("thumbnail")),
    ];
    fixed.into_iter().chain(queues).collect()
}

/// A folder for the files of the processes, removed at the end.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("measure-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(MeasureError::during(format!("creating {}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
