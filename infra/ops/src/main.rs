//! The process of `cargo ops`. The answer goes to standard output, all other text to standard error.

use kernel::{IdSource, Ids};
use ring::rand::{SecureRandom, SystemRandom};
use std::{collections::HashMap, path::PathBuf, process::ExitCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (arguments, ids) = (std::env::args().skip(1), Ids::new(SystemIds(SystemRandom::new())));
    let progress = |line: &str| eprintln!("{line}");
    let outcome = ops::run(arguments, &variables(), &dev_folder(), now(), &ids, &progress).await;
    print!("{}", outcome.answer);
    eprint!("{}", outcome.problem);
    ExitCode::from(outcome.code)
}

#[allow(clippy::disallowed_methods, reason = "a command takes its settings from its caller's environment")]
fn variables() -> HashMap<String, String> {
    std::env::vars().collect()
}

/// The machine's time now, in whole milliseconds, as the items have it.
#[allow(clippy::disallowed_methods, reason = "a command is no function: nobody hands it the time")]
fn now() -> kernel::Timestamp {
    let now = kernel::Timestamp::now();
    kernel::Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The folder with the files of each `cargo dev`, inside cargo's output folder.
fn dev_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or("target".as_ref()).join("local")
}

/// The operating system's randomness.
struct SystemIds(SystemRandom);

impl IdSource for SystemIds {
    #[allow(clippy::expect_used, reason = "without randomness, keys could be guessed")]
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system must give random bytes");
    }
}
