//! `cargo simulate`: simulates many seeds, replays one, or checks that the simulation finds planted
//! faults.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command reads its arguments and prints its result"
)]

use std::process::ExitCode;
use tests::simulation::{SeedResult, Summary, simulate, simulate_all};

const USAGE: &str = "usage: cargo simulate [--seeds N | --seed S] [--plant FAULT]\n\n  \
    --seeds N      simulates N seeds (default 2000), from SIM_START_SEED on (default 0)\n  \
    --seed S       replays one seed and prints every outside call\n  \
    --plant FAULT  plants a fault and simulates seeds until it is found; `all` tries each fault\n";

/// The default number of seeds. Within it a planted fault must be found and every case must occur.
const SEEDS: u64 = 2_000;

/// The number of seeds between two lines of progress.
const PORTION: u64 = 1_000;

/// The arguments.
#[derive(Default)]
struct Arguments {
    seeds: Option<u64>,
    seed: Option<u64>,
    plant: Option<String>,
}

fn main() -> ExitCode {
    match arguments() {
        Some(Arguments { plant: Some(fault), seeds, seed: None }) => planted(&fault, seeds.unwrap_or(SEEDS)),
        Some(Arguments { seed: Some(seed), seeds: None, plant }) => one(seed, plant.as_deref()),
        Some(Arguments { seeds, seed: None, plant: None }) => many(seeds.unwrap_or(SEEDS)),
        _ => {
            eprint!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Option<Arguments> {
    let mut parsed = Arguments::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next()?;
        match flag.as_str() {
            "--seeds" => parsed.seeds = Some(value.parse().ok()?),
            "--seed" => parsed.seed = Some(value.parse().ok()?),
            "--plant" => parsed.plant = Some(value),
            _ => return None,
        }
    }
    Some(parsed)
}

/// Replays one seed and prints every outside call.
fn one(seed: u64, fault: Option<&str>) -> ExitCode {
    if fault.is_some_and(|fault| !plant(fault)) {
        return unknown();
    }
    let SeedResult { trace, coverage, broken, .. } = simulate(seed);
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
    let Summary { coverage, broken } = in_portions(start, count);
    print!("{coverage}");
    let missing = coverage.missing();
    if !missing.is_empty() {
        println!("did not occur: {}", missing.join(", "));
    }
    match broken.first() {
        None if count >= SEEDS && !missing.is_empty() => {
            println!("{count} seeds from {start} on: everything held, but not every case occurred");
            ExitCode::FAILURE
        }
        None => {
            println!("{count} seeds from {start} on: everything held");
            ExitCode::SUCCESS
        }
        Some((first, _)) => {
            println!(
                "{} of {count} seeds broke an invariant; replay the first: cargo simulate --seed {first}",
                broken.len()
            );
            ExitCode::FAILURE
        }
    }
}

/// Simulates many seeds. Prints the progress, and each broken invariant at once.
fn in_portions(start: u64, count: u64) -> Summary {
    let mut all = Summary::default();
    for first in (start..start + count).step_by(PORTION as usize) {
        let portion = simulate_range(first, PORTION.min(start + count - first), None);
        for (seed, what) in &portion.broken {
            eprintln!("seed {seed}: {what}");
        }
        all.coverage.add(&portion.coverage);
        all.broken.extend(portion.broken);
        let done = (first + PORTION - start).min(count);
        eprintln!("{done} of {count} seeds, {} broke an invariant", all.broken.len());
    }
    all
}

/// Plants each fault and prints whether a seed finds it.
fn planted(fault: &str, count: u64) -> ExitCode {
    let faults = if fault == "all" { all() } else { vec![fault.to_owned()] };
    if faults.is_empty() || faults.iter().any(|fault| !plant(fault)) {
        return unknown();
    }
    let mut found = 0;
    for fault in &faults {
        match simulate_range(start(), count, Some(fault)).broken.first() {
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
    eprintln!("there is no such fault; the faults are: {}", all().join(", "));
    ExitCode::FAILURE
}

fn start() -> u64 {
    std::env::var("SIM_START_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Simulates seeds. With a planted fault it stops when a seed finds the fault.
fn simulate_range(start: u64, count: u64, fault: Option<&str>) -> Summary {
    // The caller prints each broken invariant once, with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    let plant = || _ = fault.map(plant);
    simulate_all(start..start + count, fault.is_some(), plant)
}

/// Plants a fault for this thread. Returns whether a fault of this name exists.
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
