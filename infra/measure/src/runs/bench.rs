//! The measurements. Each runs in rounds in which every program has its turn, so that the
//! machine's other work affects all of them. The first round is dropped.

use super::{
    events::SignedInAccount,
    measured::{MEMORY_MB, MeasuredProgram, PERIODS, ROUND_TRIP},
};
use crate::{
    error::{MeasureError, Result},
    mock::server::MockAws,
    programs::{
        process::MeasuredProcess,
        quota::{CgroupVersion, CpuQuota},
    },
};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

/// Calls that a process answers before its warm ones are measured.
const WARM_UP: usize = 30;

/// The environment of the measurements.
#[derive(Debug)]
pub struct Bench<'a> {
    /// The mock of AWS.
    pub cloud: &'a MockAws,
    /// The account that calls.
    pub person: &'a SignedInAccount,
    /// The variables that Lambda sets.
    pub platform: Vec<(&'static str, String)>,
    /// The variables of `Globals` in the template. Each of our functions gets all of them.
    pub ours: Vec<(&'static str, String)>,
    /// The file for the output of processes.
    pub log: PathBuf,
}

impl Bench<'_> {
    /// Measures starts and first calls without delay or quota.
    ///
    /// # Errors
    /// When a program fails or does not answer.
    pub fn cold(&self, programs: &mut [MeasuredProgram], rounds: usize) -> Result<()> {
        self.rounds(programs, rounds, |program, counts| {
            let (mut process, init) = self.start(program)?;
            let init_cpu = process.settled().cpu()?;
            let first = self.call(program, &mut process, &self.person.event(program.name)?)?;
            let first_cpu = process.settled().cpu()?.saturating_sub(init_cpu);
            if counts {
                program.init.push(millis(init));
                program.first.push(millis(first));
                program.start.push(millis(init + first));
                program.init_cpu.push(millis(init_cpu));
                program.first_cpu.push(millis(first_cpu));
            }
            Ok(())
        })
    }

    /// Measures first calls at a share of a CPU. Init has a whole CPU, as on Lambda.
    ///
    /// # Errors
    /// When a program fails or does not answer.
    pub fn throttled(&self, programs: &mut [MeasuredProgram], rounds: usize, version: CgroupVersion) -> Result<()> {
        for (at, period) in PERIODS.into_iter().enumerate() {
            self.rounds(programs, rounds, |program, counts| {
                let quota = CpuQuota::new(version, MEMORY_MB, period)?;
                let (mut process, _) = self.start(program)?;
                quota.limit(process.settled())?;
                let first = self.call(program, &mut process, &self.person.event(program.name)?)?;
                if counts {
                    program.throttled[at].push(millis(first));
                }
                drop(process);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Measures the CPU time of warm calls, the memory and the threads after them, and their
    /// number of requests.
    ///
    /// # Errors
    /// When a program fails or does not answer.
    pub fn warm(&self, programs: &mut [MeasuredProgram], rounds: usize, calls: usize) -> Result<()> {
        self.rounds(programs, rounds, |program, counts| {
            let (mut process, event) = self.warmed_up(program)?;
            let (cpu, requests) = (process.settled().cpu()?, self.cloud.requests());
            for _ in 0..calls {
                self.call(program, &mut process, &event)?;
            }
            let pid = process.settled();
            if counts {
                program.warm_cpu.push(millis(pid.cpu()?.saturating_sub(cpu)) / calls as f64);
                program.memory.push(pid.peak_memory()? as f64 / 1e6);
                program.threads = program.threads.max(pid.threads()?);
                program.requests = (self.cloud.requests() - requests) as f64 / calls as f64;
            }
            Ok(())
        })
    }

    /// Measures warm calls whose requests wait for their answers.
    ///
    /// # Errors
    /// When a program fails or does not answer.
    pub fn latency(&self, programs: &mut [MeasuredProgram], rounds: usize, calls: usize) -> Result<()> {
        self.cloud.delay(ROUND_TRIP);
        let measured = self.rounds(programs, rounds, |program, counts| {
            let (mut process, event) = self.warmed_up(program)?;
            for _ in 0..calls {
                let took = self.call(program, &mut process, &event)?;
                if counts {
                    program.latency.push(millis(took));
                }
            }
            Ok(())
        });
        self.cloud.delay(Duration::ZERO);
        measured
    }

    fn rounds(
        &self,
        programs: &mut [MeasuredProgram],
        rounds: usize,
        mut measure: impl FnMut(&mut MeasuredProgram, bool) -> Result<()>,
    ) -> Result<()> {
        for round in 0..=rounds {
            for at in order(programs.len(), round) {
                let program = &mut programs[at];
                let name = program.name;
                measure(program, round > 0).map_err(MeasureError::during(format!("measuring {name}")))?;
            }
        }
        Ok(())
    }

    fn start(&self, program: &MeasuredProgram) -> Result<(MeasuredProcess, Duration)> {
        // Hello world has no variables of ours.
        let ours = program.function.map_or(&[][..], |_| &self.ours);
        let environment: Vec<_> = self.platform.iter().chain(ours).cloned().collect();
        MeasuredProcess::start(&program.path, &environment, &self.log)
    }

    fn warmed_up(&self, program: &MeasuredProgram) -> Result<(MeasuredProcess, Vec<u8>)> {
        let (mut process, _) = self.start(program)?;
        let event = self.person.event(program.name)?;
        for _ in 0..WARM_UP {
            self.call(program, &mut process, &event)?;
        }
        Ok((process, event))
    }

    /// One call. Its answer must be a 2xx with as many requests as its floor, because the time
    /// of a refusal is not comparable.
    fn call(&self, program: &MeasuredProgram, process: &mut MeasuredProcess, event: &[u8]) -> Result<Duration> {
        let before = self.cloud.requests();
        let call = process.call(event)?;
        let answer: Value = serde_json::from_slice(&call.body).map_err(MeasureError::during("reading the answer"))?;
        let status = answer["statusCode"].as_u64().unwrap_or_default();
        if !(200..300).contains(&status) {
            return Err(MeasureError::new(format!("the answer is {status}: {}", answer["body"])));
        }
        let (requests, floor) = (self.cloud.requests() - before, program.function.map_or(0, |known| known.requests));
        if requests != floor {
            return Err(MeasureError::new(format!("a call made {requests} requests to AWS; its floor is {floor}")));
        }
        Ok(call.took)
    }
}

/// The order of a round. Each round has another order, because a program starts faster after
/// itself than after a program that has filled the caches.
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
    fn each_round_has_every_program_once_in_its_own_order() {
        let orders: HashSet<Vec<usize>> = (0..100).map(|round| order(6, round)).collect();
        assert!(orders.len() > 80, "{} orders in 100 rounds", orders.len());
        for order in orders {
            assert_eq!(order.iter().collect::<HashSet<_>>().len(), 6, "{order:?}");
        }
    }
}
