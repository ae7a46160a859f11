//! `cargo simulate`: lives seed after seed, or one of them again.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command reads what was typed, and answers it"
)]

use std::{
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};
use tests::simulation::{Coverage, Outcome, simulate};

const USAGE: &str = "usage: cargo simulate [--seeds N | --seed S]\n\n  \
    --seeds N   lives N seeds (2000 when nothing is said), from SIM_START_SEED on, or from 0\n  \
    --seed S    lives one seed and prints every outside call\n";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |text: &String| text.parse::<u64>().ok();
    match arguments.as_slice() {
        [] => many(2_000),
        [flag, count] if flag == "--seeds" && number(count).is_some() => many(number(count).unwrap_or_default()),
        [flag, seed] if flag == "--seed" && number(seed).is_some() => one(number(seed).unwrap_or_default()),
        _ => {
            eprint!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn one(seed: u64) -> ExitCode {
    let Outcome { trace, coverage, broken, .. } = simulate(seed);
    for (n, call) in trace.iter().enumerate() {
        let fault = call.fault.map_or(String::new(), |fault| format!(" [{fault:?}]"));
        println!("{n:>5} {}{fault}: {}", call.name, call.answer);
    }
    print!("{coverage}");
    if let Some(broken) = broken {
        println!("BROKEN: {broken}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn many(count: u64) -> ExitCode {
    let start = std::env::var("SIM_START_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    // What breaks is told below, once and with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    let (next, all) = (AtomicU64::new(start), Mutex::new((Coverage::default(), Vec::new())));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= start + count {
                        break;
                    }
                    let outcome = simulate(seed);
                    let Ok(mut all) = all.lock() else { break };
                    all.0.add(&outcome.coverage);
                    if let Some(broken) = outcome.broken {
                        eprintln!("seed {seed}: {broken}");
                        all.1.push(seed);
                    }
                }
            });
        }
    });
    let (coverage, mut broken) = all.into_inner().unwrap_or_default();
    broken.sort_unstable();
    print!("{coverage}");
    let missing = coverage.missing();
    if !missing.is_empty() {
        println!("did not occur: {}", missing.join(", "));
    }
    match broken.first() {
        None => {
            println!("{count} seeds from {start} on: everything held");
            ExitCode::SUCCESS
        }
        Some(first) => {
            println!("{} of {count} seeds broke; look at the first one: cargo simulate --seed {first}", broken.len());
            ExitCode::FAILURE
        }
    }
}
