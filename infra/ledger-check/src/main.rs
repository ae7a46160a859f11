//! The process of `cargo ledger-check`. The proof goes to standard output, all other output to
//! standard error.

use ledger_check::{LedgerReport, USAGE, run};
use std::{
    io::{stderr, stdout},
    path::PathBuf,
    process::ExitCode,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let report = run(machine::arguments(), &machine::variables().collect(), &dev_folder()).await;
    match &report {
        LedgerReport::Proven(text) => machine::tell(&mut stdout(), &format!("proven: {text}\n")),
        LedgerReport::Broken(text) => machine::tell(&mut stderr(), &format!("broken: {text}\n")),
        LedgerReport::Unchecked(text) => machine::tell(&mut stderr(), &format!("not checked: {text}\n")),
        LedgerReport::Help => machine::tell(&mut stderr(), USAGE),
    }
    ExitCode::from(report.code())
}

/// The folder with the files of each `cargo dev`, inside cargo's output folder.
fn dev_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or("target".as_ref()).join("local")
}
