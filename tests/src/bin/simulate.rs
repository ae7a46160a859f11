//! `cargo simulate`: lives seed after seed, one of them again, or looks whether faults that
//! are put in on purpose are found.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command reads what was typed, and answers it"
)]

use std::process::ExitCode;
use tests::simulation::{Lived, Outcome, live, simulate};

const USAGE: &str = "usage: cargo simulate [--seeds N | --seed S] [--plant FAULT]\n\n  \
    --seeds N      lives N seeds (2000 when nothing is said), from SIM_START_SEED on, or from 0\n  \
    --seed S       lives one seed and prints every outside call\n  \
    --plant FAULT  puts a fault in and lives seeds until it is found; `all` takes one after another\n";

/// Seeds that are lived, within which a planted fault must be found and everything must occur.
const SEEDS: u64 = 2_000;

/// Seeds between two words of how far it has come.
const PORTION: u64 = 1_000;

/// What was typed.
#[derive(Default)]
struct Asked {
    seeds: Option<u64>,
    seed: Option<u64>,
    plant: Option<String>,
}

fn main() -> ExitCode {
    match asked() {
        Some(Asked { plant: Some(fault), seeds, seed: None }) => planted(&fault, seeds.unwrap_or(SEEDS)),
        Some(Asked { seed: Some(seed), seeds: None, plant }) => one(seed, plant.as_deref()),
        Some(Asked { seeds, seed: None, plant: None }) => many(seeds.unwrap_or(SEEDS)),
        _ => {
            eprint!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn asked() -> Option<Asked> {
    let mut asked = Asked::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next()?;
        match flag.as_str() {
            "--seeds" => asked.seeds = Some(value.parse().ok()?),
            "--seed" => asked.seed = Some(value.parse().ok()?),
            "--plant" => asked.plant = Some(value),
            _ => return None,
        }
    }
    Some(asked)
}

/// One life with everything that happened in it.
fn one(seed: u64, fault: Option<&str>) -> ExitCode {
    if fault.is_some_and(|fault| !plant(fault)) {
        return unknown();
    }
    let Outcome { trace, coverage, broken, .. } = simulate(seed);
    for (n, call) in trace.iter().enumerate() {
        let fault = call.fault.map_or(String::new(), |fault| format!(" [{fault:?}]"));
        println!("{n:>5} {}{fault}: {}", call.name, call.answer);
    }
    print!("{coverage}");
    match broken {
        None => ExitCode::SUCCESS,
        Some(broken) => {
            println!("BROKEN: {broken}");
            ExitCode::FAILURE
        }
    }
}

fn many(count: u64) -> ExitCode {
    let start = start();
    let Lived { coverage, broken } = in_portions(start, count);
    print!("{coverage}");
    let missing = coverage.missing();
    if !missing.is_empty() {
        println!("did not occur: {}", missing.join(", "));
    }
    match broken.first() {
        None if count >= SEEDS && !missing.is_empty() => {
            println!("{count} seeds from {start} on: everything held, and not everything occurred that must");
            ExitCode::FAILURE
        }
        None => {
            println!("{count} seeds from {start} on: everything held");
            ExitCode::SUCCESS
        }
        Some((first, _)) => {
            println!("{} of {count} seeds broke; look at the first one: cargo simulate --seed {first}", broken.len());
            ExitCode::FAILURE
        }
    }
}

/// Lives many seeds and tells how far it has come, and at once of what broke.
fn in_portions(start: u64, count: u64) -> Lived {
    let mut all = Lived::default();
    for first in (start..start + count).step_by(PORTION as usize) {
        let portion = lived(first, PORTION.min(start + count - first), None);
        for (seed, what) in &portion.broken {
            eprintln!("seed {seed}: {what}");
        }
        all.coverage.add(&portion.coverage);
        all.broken.extend(portion.broken);
        let done = (first + PORTION - start).min(count);
        eprintln!("{done} of {count} seeds, {} broke", all.broken.len());
    }
    all
}

/// Whether each fault is found.
fn planted(fault: &str, count: u64) -> ExitCode {
    let faults = if fault == "all" { all() } else { vec![fault.to_owned()] };
    if faults.is_empty() || faults.iter().any(|fault| !plant(fault)) {
        return unknown();
    }
    let mut found = 0;
    for fault in &faults {
        match lived(start(), count, Some(fault)).broken.first() {
            Some((seed, what)) => {
                found += 1;
                println!("{fault}: found by seed {seed}: {}", what.lines().next().unwrap_or_default());
            }
            None => println!("{fault}: NOT FOUND within {count} seeds"),
        }
    }
    println!("{found} of {} planted faults were found", faults.len());
    if found == faults.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn unknown() -> ExitCode {
    eprintln!("there is no such fault; there are: {}", all().join(", "));
    ExitCode::FAILURE
}

fn start() -> u64 {
    std::env::var("SIM_START_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Lives seeds; with a fault planted, only until it is found.
fn lived(start: u64, count: u64, fault: Option<&str>) -> Lived {
    // What breaks is told once, with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    let plant = || _ = fault.map(plant);
    live(start..start + count, fault.is_some(), plant)
}

/// Puts a fault into what this thread does. Answers whether there is one of this name.
#[cfg(feature = "planted-faults")]
fn plant(name: &str) -> bool {
    use tests::simulation::{Planted, plant};
    let fault = Planted::ALL.into_iter().find(|fault| fault.name() == name);
    plant(fault);
    fault.is_some()
}

#[cfg(not(feature = "planted-faults"))]
fn plant(_: &str) -> bool {
    false
}

/// The names of all faults.
#[cfg(feature = "planted-faults")]
fn all() -> Vec<String> {
    tests::simulation::Planted::ALL.iter().map(|fault| fault.name().to_owned()).collect()
}

#[cfg(not(feature = "planted-faults"))]
fn all() -> Vec<String> {
    Vec::new()
}
