//! `cargo measure`: what our functions cost beside hello world, as the budgets in
//! ARCHITECTURE.md name it. Standard output is the report, all else is standard error.
//!
//! Fails only when something could not be measured, never on a figure.

mod answers;
mod authority;
mod broken;
mod clock;
mod cloud;
mod emulator;
mod events;
mod functions;
mod machine;
mod process;
mod programs;
mod quota;
mod report;
mod runs;
mod statistics;
mod usage;
mod wire;

pub use broken::{Broken, Result};

use crate::{
    answers::Account,
    authority::Authority,
    cloud::Cloud,
    events::{PUBLIC_ORIGIN, Person},
    functions::FUNCTIONS,
    quota::Way,
    report::Report,
    runs::{Bench, Effort, Variant},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "usage: cargo measure [--quick]\n\n  --quick  few rounds: shows that everything can be measured\n";

/// More than this many processes waiting for a CPU, and the machine has other things to do.
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
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(broken) => {
            eprintln!("error: {broken}");
            ExitCode::FAILURE
        }
    }
}

fn measure(effort: Effort) -> Result<String> {
    eprintln!("building");
    let mut all = variants()?;
    let folder = Folder::new()?;
    let (authority, person) = (Authority::new()?, Person::new()?);
    let roots = folder.0.join("root.der");
    fs::write(&roots, authority.root()).map_err(Broken::during("writing the root certificate"))?;
    let account = Account { id: person.account(), secrets: person.secrets() };
    let cloud = Cloud::start(&authority, account)?;
    let (platform, ours) = (platform(&cloud, &roots), ours(&person));
    let bench = Bench { cloud: &cloud, person: &person, platform, ours, log: folder.0.join("log") };
    let load = machine::load();
    if load > BUSY {
        eprintln!("the machine is busy (load {load:.2}): the figures will be noisy");
    }
    eprintln!("starts");
    bench.cold(&mut all, effort.cold)?;
    eprintln!("first calls under a quota");
    let way = Way::here();
    if let Ok(way) = way {
        bench.throttled(&mut all, effort.throttled, way)?;
    }
    eprintln!("warm calls");
    bench.warm(&mut all, effort.warm, effort.calls)?;
    eprintln!("warm calls with 2 ms a request");
    bench.latency(&mut all, effort.warm, effort.calls)?;
    let [hello, again, functions @ ..] = all.as_slice() else { return Err(Broken::new("there is no hello world")) };
    Ok(text(&Report { hello, again, functions }, effort, load, &way))
}

fn text(report: &Report<'_>, effort: Effort, load: f64, way: &Result<Way>) -> String {
    let Effort { cold, throttled, warm, calls } = effort;
    let quota = match way {
        Ok(way) => format!("{way}, {throttled} first calls for each period"),
        Err(why) => format!("not possible here: {why}"),
    };
    let mut text = format!(
        "{}\n\nLoad before: {load:.2}. Starts: {cold}. Warm calls: {warm} × {calls}. Quota: {quota}.\n\
         Medians; functions as multiples of hello, with their budgets.\n\n{}\n{}\n",
        machine::describe(),
        report.table(),
        report.absolute(),
    );
    if report.void() {
        text.push_str("VOID: hello world differs from itself by 3 % or more. Measure again on a quiet machine.\n");
    }
    match report.breaks().as_slice() {
        [] => text.push_str("Everything is within its budget.\n"),
        breaks => text.push_str(&format!("Above their budgets:\n- {}\n", breaks.join("\n- "))),
    }
    text
}

/// Hello world twice, then the functions, all built.
fn variants() -> Result<Vec<Variant>> {
    let programs = programs::build(&FUNCTIONS.map(|function| function.name))?;
    let program = |name: &str| programs.get(name).cloned().ok_or_else(|| Broken::new(format!("cargo built no {name}")));
    let mut all = Vec::new();
    for _ in 0..2 {
        all.push(Variant { name: "hello", program: program("hello")?, ..Variant::default() });
    }
    for function in FUNCTIONS {
        let (name, program) = (function.name, program(function.name)?);
        all.push(Variant { name, program, function: Some(function), ..Variant::default() });
    }
    Ok(all)
}

type Variables = Vec<(&'static str, String)>;

/// The variables that Lambda sets.
fn platform(cloud: &Cloud, roots: &Path) -> Variables {
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
fn ours(person: &Person) -> Variables {
    let queue = |name: &str| format!("https://sqs.eu-central-1.amazonaws.com/123456789012/{name}");
    let fixed = [
        ("ACCOUNTS_TABLE", "Accounts"),
        ("BFL_API", "https://api.eu.bfl.ai/v1"),
        ("BFL_DAILY_CAP", "50"),
        ("CREDITS_TABLE", "Credits"),
        ("DELETION_RECEIPTS_TABLE", "DeletionReceipts"),
        ("FAL_API", "https://queue.fal.run"),
        ("FAL_DAILY_CAP", "50"),
        ("FAL_JWKS_URL", "https://rest.fal.ai/.well-known/jwks.json"),
        ("FAL_PLATFORM_API", "https://api.fal.ai/v1"),
        ("GENERATIONS_TABLE", "Generations"),
        ("GOOGLE_AUTHORIZE_URL", "https://accounts.google.com/o/oauth2/v2/auth"),
        ("GOOGLE_CLIENT_ID", "measured.apps.googleusercontent.com"),
        ("GOOGLE_ISSUER", "https://accounts.google.com"),
        ("GOOGLE_JWKS_URL", "https://www.googleapis.com/oauth2/v3/certs"),
        ("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token"),
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
        ("STRIPE_API", "https://api.stripe.com"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let queues = [
        ("GENERATION_QUEUE_URL", queue("generation")),
        ("MEDIA_QUEUE_URL", queue("media")),
        ("PURGE_QUEUE_URL", queue("purge")),
        ("THUMBNAIL_QUEUE_URL", queue("thumbnail")),
    ];
    fixed.into_iter().chain(queues).collect()
}

/// A folder for what the processes read and print, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("measure-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(Broken::during(format!("creating {}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
