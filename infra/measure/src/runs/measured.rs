//! Programs with their measurements.

use crate::functions::MeasuredFunction;
use std::{path::PathBuf, time::Duration};

/// How long a request waits for its answer in the measurement of latency.
pub const ROUND_TRIP: Duration = Duration::from_millis(2);

/// The memory in MB that sets the CPU share of throttled calls.
pub const MEMORY_MB: u64 = 128;

/// The periods of a quota. The budget is for the kernel's usual period; a shorter period
/// begins with less CPU time.
pub const PERIODS: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(20)];

/// A program with its measurements. Times in milliseconds, memory in MB.
#[derive(Debug, Default)]
pub struct MeasuredProgram {
    /// The program's name.
    pub name: &'static str,
    /// The function; `None` for hello world.
    pub function: Option<MeasuredFunction>,
    /// The path of the program.
    pub path: PathBuf,
    /// The time from the start of the process to its first request for an invocation.
    pub init: Vec<f64>,
    /// The time of the first call.
    pub first: Vec<f64>,
    /// The time of both.
    pub start: Vec<f64>,
    /// The CPU time of init.
    pub init_cpu: Vec<f64>,
    /// The CPU time of the first call.
    pub first_cpu: Vec<f64>,
    /// The time of the first call under a quota, for each of [`PERIODS`].
    pub throttled: [Vec<f64>; 2],
    /// The CPU time of a warm call, one value for each process.
    pub warm_cpu: Vec<f64>,
    /// The time of a warm call whose requests each wait for [`ROUND_TRIP`].
    pub latency: Vec<f64>,
    /// The peak memory.
    pub memory: Vec<f64>,
    /// The number of threads after the warm calls.
    pub threads: usize,
    /// The number of requests to AWS of one warm call.
    pub requests: f64,
}
