//! `cargo prove NAME`: proofs about the whole workspace, and the larger forms of proofs that
//! `cargo test` and `.ci/run` run in a smaller form.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command reads its arguments and the environment, and prints its answer"
)]

mod cross;
mod dependencies;
mod failure;
mod features;
mod proofs;
mod tools;
mod units;
mod workspace;

use crate::proofs::PROOFS;
use std::{process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["list"] => {
            print!("{}", proofs::list());
            return ExitCode::SUCCESS;
        }
        [name] => (*name).to_owned(),
        _ => String::new(),
    };
    let Some(proof) = PROOFS.iter().find(|proof| proof.name == name) else {
        eprint!("usage: cargo prove NAME\n\n{}", proofs::list());
        return ExitCode::FAILURE;
    };
    let begun = Instant::now();
    let proven = (proof.run)();
    let took = begun.elapsed().as_secs();
    let took = format!("{}:{:02} min", took / 60, took % 60);
    match proven {
        Ok(()) => {
            println!("{name}: proven in {took}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{name}: failed after {took}: {failure}");
            ExitCode::FAILURE
        }
    }
}
