//! The process of `cargo ops`. The answer goes to standard output, all other text to standard error.

use std::{
    io::{stderr, stdout},
    path::PathBuf,
    process::ExitCode,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (arguments, variables) = (machine::arguments(), machine::variables().collect());
    let progress = |line: &str| machine::tell(&mut stderr(), &format!("{line}\n"));
    let outcome = ops::run(arguments, &variables, &dev_folder(), &machine::now, &machine::ids(), &progress).await;
    machine::tell(&mut stdout(), &outcome.answer);
    machine::tell(&mut stderr(), &outcome.problem);
    ExitCode::from(outcome.code)
}

/// The folder with the files of each `cargo dev`, inside cargo's output folder.
fn dev_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or("target".as_ref()).join("local")
}
