//! The process of `cargo ledger-check`: the proof on standard output, all else on standard
//! error.

use ledger_check::{Report, USAGE, run};
use std::{collections::HashMap, path::PathBuf, process::ExitCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let report = run(std::env::args().skip(1), &variables(), &shelf()).await;
    match &report {
        Report::Proven(text) => println!("proven: {text}"),
        Report::Broken(text) => eprintln!("broken: {text}"),
        Report::Unchecked(text) => eprintln!("not checked: {text}"),
        Report::Help => eprint!("{USAGE}"),
    }
    ExitCode::from(report.code())
}

#[allow(clippy::disallowed_methods, reason = "a command of an operator is told by its caller's environment")]
fn variables() -> HashMap<String, String> {
    std::env::vars().collect()
}

/// Where `cargo dev` says what runs where: in the folder that cargo has built this into.
fn shelf() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or("target".as_ref()).join("local")
}
