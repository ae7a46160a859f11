//! One process of a function, from its start to its end.

use super::{
    emulator::{Emulator, RuntimeEvent},
    usage::Pid,
};
use crate::error::{MeasureError, Result};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::Sender,
    thread,
    time::{Duration, Instant},
};

/// How long a process may be silent while an event is expected of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the process gets to fall asleep after its last event, before its CPU time is
/// read.
const SETTLE: Duration = Duration::from_millis(2);

/// A process that waits for an invocation.
#[derive(Debug)]
pub struct MeasuredProcess {
    child: Child,
    emulator: Emulator,
    events: Option<Sender<Vec<u8>>>,
    log: PathBuf,
}

/// One call of a function.
#[derive(Debug)]
pub struct TimedCall {
    /// The time from the sent event to the whole answer.
    pub took: Duration,
    /// The answer.
    pub body: Vec<u8>,
}

impl MeasuredProcess {
    /// Starts `program` with exactly this environment. Returns the time until it asked for its
    /// first invocation. Its output goes to `log`.
    ///
    /// # Errors
    /// When it does not start; the message has its output.
    pub fn start(program: &Path, environment: &[(&str, String)], log: &Path) -> Result<(Self, Duration)> {
        let emulator = Emulator::start()?;
        let printed = File::create(log).map_err(MeasureError::during(format!("creating {}", log.display())))?;
        let mut command = Command::new(program);
        command.env_clear().envs(environment.iter().map(|(name, value)| (*name, value)));
        command.env("AWS_LAMBDA_RUNTIME_API", emulator.address());
        command.stdin(Stdio::null()).stdout(printed.try_clone()?).stderr(printed);
        let started = Instant::now();
        let child = command.spawn().map_err(MeasureError::during(format!("starting {}", program.display())))?;
        let mut process = Self { child, emulator, events: None, log: log.to_owned() };
        let ready = process.ready()?;
        Ok((process, ready.saturating_duration_since(started)))
    }

    /// Calls the function and waits until it is ready for the next call.
    ///
    /// # Errors
    /// When it ends, fails or does not answer; the message has its output.
    pub fn call(&mut self, event: &[u8]) -> Result<TimedCall> {
        let events = self.events.take().ok_or_else(|| MeasureError::new("the process waits for no invocation"))?;
        events.send(event.to_vec()).map_err(|_| self.broken("it closed its connection"))?;
        match self.seen()? {
            RuntimeEvent::Answered { took, body } => {
                self.ready()?;
                Ok(TimedCall { took, body })
            }
            RuntimeEvent::Failed(why) => Err(self.broken(&why)),
            RuntimeEvent::Ready { .. } => Err(self.broken("it asked for another invocation before it answered")),
        }
    }

    /// The process id, once the process sleeps.
    #[must_use]
    pub fn settled(&self) -> Pid {
        thread::sleep(SETTLE);
        self.pid()
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid(self.child.id())
    }

    fn ready(&mut self) -> Result<Instant> {
        match self.seen()? {
            RuntimeEvent::Ready { at, events } => {
                self.events = Some(events);
                Ok(at)
            }
            RuntimeEvent::Failed(why) => Err(self.broken(&why)),
            RuntimeEvent::Answered { .. } => Err(self.broken("it answered without an invocation")),
        }
    }

    fn seen(&mut self) -> Result<RuntimeEvent> {
        // A process that ends sends no event, so its status is checked now and then.
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(seen) = self.emulator.seen(Duration::from_millis(100))? {
                return Ok(seen);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.broken(&format!("it ended ({status})")));
            }
        }
        Err(self.broken(&format!("it did nothing for {} s", PATIENCE.as_secs())))
    }

    fn broken(&self, why: &str) -> MeasureError {
        let printed = fs::read_to_string(&self.log).unwrap_or_default();
        MeasureError::new(format!("{why}; its last line of output: {}", printed.lines().last().unwrap_or("nothing")))
    }
}

impl Drop for MeasuredProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
