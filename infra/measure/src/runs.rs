//! The measurements: each in rounds in which every program has its turn, so that whatever
//! the machine does meanwhile befalls all of them. The first round is dropped.

use crate::{
    Broken, Result,
    cloud::Cloud,
    events::Person,
    functions::Function,
    process::Process,
    quota::{Quota, Way},
};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

/// How long a request waits for its answer where latency is measured.
pub const ROUND_TRIP: Duration = Duration::from_millis(2);

/// The memory whose share of a CPU the throttled calls get, in MB.
pub const MEMORY_MB: u64 = 128;

/// How often a share is given out anew. The budget is for the kernel's usual period; with
/// the shorter one there is less to begin with.
pub const PERIODS: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(20)];

/// Calls that a process answers before its warm ones are measured.
const WARM_UP: usize = 30;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Processes whose start is measured.
    pub cold: usize,
    /// Processes whose first call is measured under a quota, for each period.
    pub throttled: usize,
    /// Processes whose warm calls are measured, with and without delay.
    pub warm: usize,
    /// Warm calls of each of these.
    pub calls: usize,
}

impl Effort {
    /// For figures that are written down.
    pub const FULL: Self = Self { cold: 100, throttled: 40, warm: 10, calls: 100 };
    /// To see that everything can still be measured.
    pub const QUICK: Self = Self { cold: 5, throttled: 2, warm: 1, calls: 20 };
}

/// A program with all that was measured of it. Times in milliseconds, memory in MB.
#[derive(Debug, Default)]
pub struct Variant {
    /// The program's name.
    pub name: &'static str,
    /// What is known of the function; `None` for hello world.
    pub function: Option<Function>,
    /// Where the program is.
    pub program: PathBuf,
    /// From the start of the process to its first request for an invocation.
    pub init: Vec<f64>,
    /// The first call.
    pub first: Vec<f64>,
    /// Both.
    pub start: Vec<f64>,
    /// CPU of init.
    pub init_cpu: Vec<f64>,
    /// CPU of the first call.
    pub first_cpu: Vec<f64>,
    /// The first call under a quota, for each of [`PERIODS`].
    pub throttled: [Vec<f64>; 2],
    /// CPU of a warm call, one value for each process.
    pub warm_cpu: Vec<f64>,
    /// A warm call whose requests each wait for [`ROUND_TRIP`].
    pub latency: Vec<f64>,
    /// The most memory.
    pub memory: Vec<f64>,
    /// Threads after the warm calls.
    pub threads: usize,
    /// Requests to AWS of one warm call.
    pub requests: f64,
}

/// Where everything is measured.
#[derive(Debug)]
pub struct Bench<'a> {
    /// The mock of AWS.
    pub cloud: &'a Cloud,
    /// Who calls.
    pub person: &'a Person,
    /// The variables that Lambda sets.
    pub platform: Vec<(&'static str, String)>,
    /// Those of our own, of which each function gets what it uses.
    pub ours: Vec<(&'static str, String)>,
    /// Where processes print.
    pub log: PathBuf,
}

impl Bench<'_> {
    /// Measures starts and first calls without delay or quota.
    ///
    /// # Errors
    /// When a program does not do what is measured.
    pub fn cold(&self, variants: &mut [Variant], rounds: usize) -> Result<()> {
        self.rounds(variants, rounds, |variant, counts| {
            let (mut process, init) = self.start(variant)?;
            let init_cpu = process.settled().cpu()?;
            let first = self.call(variant, &mut process, &self.person.event(variant.name)?)?;
            let first_cpu = process.settled().cpu()?.saturating_sub(init_cpu);
            if counts {
                variant.init.push(millis(init));
                variant.first.push(millis(first));
                variant.start.push(millis(init + first));
                variant.init_cpu.push(millis(init_cpu));
                variant.first_cpu.push(millis(first_cpu));
            }
            Ok(())
        })
    }

    /// Measures first calls at a share of a CPU. Init has a whole one, as on Lambda.
    ///
    /// # Errors
    /// When a program does not do what is measured.
    pub fn throttled(&self, variants: &mut [Variant], rounds: usize, way: Way) -> Result<()> {
        for (at, period) in PERIODS.into_iter().enumerate() {
            self.rounds(variants, rounds, |variant, counts| {
                let quota = Quota::new(way, MEMORY_MB, period)?;
                let (mut process, _) = self.start(variant)?;
                quota.limit(process.settled())?;
                let first = self.call(variant, &mut process, &self.person.event(variant.name)?)?;
                if counts {
                    variant.throttled[at].push(millis(first));
                }
                drop(process);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Measures the CPU of warm calls, the memory and the threads after them, and how
    /// many requests they make.
    ///
    /// # Errors
    /// When a program does not do what is measured.
    pub fn warm(&self, variants: &mut [Variant], rounds: usize, calls: usize) -> Result<()> {
        self.rounds(variants, rounds, |variant, counts| {
            let (mut process, event) = self.warmed_up(variant)?;
            let (cpu, requests) = (process.settled().cpu()?, self.cloud.requests());
            for _ in 0..calls {
                self.call(variant, &mut process, &event)?;
            }
            let pid = process.settled();
            if counts {
                variant.warm_cpu.push(millis(pid.cpu()?.saturating_sub(cpu)) / calls as f64);
                variant.memory.push(pid.peak_memory()? as f64 / 1e6);
                variant.threads = variant.threads.max(pid.threads()?);
                variant.requests = (self.cloud.requests() - requests) as f64 / calls as f64;
            }
            Ok(())
        })
    }

    /// Measures warm calls whose requests have to wait for their answers.
    ///
    /// # Errors
    /// When a program does not do what is measured.
    pub fn latency(&self, variants: &mut [Variant], rounds: usize, calls: usize) -> Result<()> {
        self.cloud.delay(ROUND_TRIP);
        let measured = self.rounds(variants, rounds, |variant, counts| {
            let (mut process, event) = self.warmed_up(variant)?;
            for _ in 0..calls {
                let took = self.call(variant, &mut process, &event)?;
                if counts {
                    variant.latency.push(millis(took));
                }
            }
            Ok(())
        });
        self.cloud.delay(Duration::ZERO);
        measured
    }

    fn rounds(
        &self,
        variants: &mut [Variant],
        rounds: usize,
        mut measure: impl FnMut(&mut Variant, bool) -> Result<()>,
    ) -> Result<()> {
        for round in 0..=rounds {
            for at in order(variants.len(), round) {
                let variant = &mut variants[at];
                let name = variant.name;
                measure(variant, round > 0).map_err(Broken::during(format!("measuring {name}")))?;
            }
        }
        Ok(())
    }

    fn start(&self, variant: &Variant) -> Result<(Process, Duration)> {
        // Hello world has no variables of ours.
        let ours = variant.function.map_or(&[][..], |_| &self.ours);
        let environment: Vec<_> = self.platform.iter().chain(ours).cloned().collect();
        Process::start(&variant.program, &environment, &self.log)
    }

    fn warmed_up(&self, variant: &Variant) -> Result<(Process, Vec<u8>)> {
        let (mut process, _) = self.start(variant)?;
        let event = self.person.event(variant.name)?;
        for _ in 0..WARM_UP {
            self.call(variant, &mut process, &event)?;
        }
        Ok((process, event))
    }

    /// One call, which must be answered well and with no more requests than its floor:
    /// the time of a refusal is nobody's.
    fn call(&self, variant: &Variant, process: &mut Process, event: &[u8]) -> Result<Duration> {
        let before = self.cloud.requests();
        let call = process.call(event)?;
        let answer: Value = serde_json::from_slice(&call.body).map_err(Broken::during("reading the answer"))?;
        let status = answer["statusCode"].as_u64().unwrap_or_default();
        if !(200..300).contains(&status) {
            return Err(Broken::new(format!("the answer is {status}: {}", answer["body"])));
        }
        let (requests, floor) = (self.cloud.requests() - before, variant.function.map_or(0, |known| known.requests));
        if requests != floor {
            return Err(Broken::new(format!("a call made {requests} requests to AWS; its floor is {floor}")));
        }
        Ok(call.took)
    }
}

/// The order of a round: each time another, because a program starts faster after itself
/// than after one that left the caches full of its own.
fn order(count: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = round as u64 + 1;
    for last in (1..count).rev() {
        // Knuth's multiplier; the high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, (state >> 33) as usize % (last + 1));
    }
    order
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_round_has_everybody_once_in_an_order_of_its_own() {
        let orders: HashSet<Vec<usize>> = (0..100).map(|round| order(6, round)).collect();
        assert!(orders.len() > 80, "{} orders in 100 rounds", orders.len());
        for order in orders {
            assert_eq!(order.iter().collect::<HashSet<_>>().len(), 6, "{order:?}");
        }
    }
}
