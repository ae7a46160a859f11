//! `cargo openapi`: writes the files that are made of the contracts of all routes.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints its result")]

use std::{fs, process::ExitCode};

fn main() -> ExitCode {
    let files = match openapi::files() {
        Ok(files) => files,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    for file in files {
        let path = policy::tree::root().join(file.path);
        if fs::read_to_string(&path).is_ok_and(|stored| stored == file.text) {
            continue;
        }
        if let Err(error) = fs::write(&path, file.text) {
            eprintln!("{}: {error}", file.path);
            return ExitCode::FAILURE;
        }
        println!("wrote {}", file.path);
    }
    ExitCode::SUCCESS
}
