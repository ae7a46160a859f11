//! `cargo prove NAME`: proofs about the whole workspace, and the long variants of proofs that
//! `cargo test` and `.ci/run` run in a short variant.

mod contract;
mod cross;
mod dependencies;
mod error;
mod features;
mod proofs;
mod tools;
mod units;
mod verdict;
mod workspace;

use crate::proofs::PROOFS;
use std::{process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (name, quick) = match arguments.as_slice() {
        ["list"] => {
            print!("{}", proofs::list());
            return ExitCode::SUCCESS;
        }
        [name] => (*name, false),
        [name, "--quick"] => (*name, true),
        _ => ("", false),
    };
    let proof = PROOFS.iter().find(|proof| proof.name == name);
    let Some(run) = proof.and_then(|proof| if quick { proof.run_quick } else { Some(proof.run) }) else {
        eprint!("usage: cargo prove NAME [--quick]\n\n{}", proofs::list());
        return ExitCode::FAILURE;
    };
    let begun = Instant::now();
    let proven = run();
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
