//! The process of `cargo ledger-check`. The proof goes to standard output, all other output to
//! standard error.

use ledger_check::{LedgerReport, USAGE, run};
use std::{path::PathBuf, process::ExitCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let report = run(std::env::args().skip(1), &machine::variables().collect(), &dev_folder()).await;
    match &report {
        LedgerReport::Proven(text) => println!("proven: {text}"),
        LedgerReport::Broken(text) => eprintln!("broken: {text}"),
        LedgerReport::Unchecked(text) => eprintln!("not checked: {text}"),
        LedgerReport::Help => eprint!("{USAGE}"),
    }
    ExitCode::from(report.code())
}

/// The folder with the files of each `cargo dev`, inside cargo's output folder.
fn dev_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or("target".as_ref()).join("local")
}
