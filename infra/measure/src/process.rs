//! One process of a function, from its start to its end.

use crate::{
    Broken, Result,
    emulator::{Emulator, Seen},
    usage::Pid,
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::Sender,
    thread,
    time::{Duration, Instant},
};

/// How long a process may do nothing while something is expected of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// After the last sign of a step the process still has to go to sleep; its CPU time is
/// read so much later.
const SETTLE: Duration = Duration::from_millis(2);

/// A process that waits for an invocation.
#[derive(Debug)]
pub struct Process {
    child: Child,
    emulator: Emulator,
    events: Option<Sender<Vec<u8>>>,
    log: PathBuf,
}

/// One call of a function.
#[derive(Debug)]
pub struct Call {
    /// From when the event was sent to when the whole answer was there.
    pub took: Duration,
    /// The answer.
    pub body: Vec<u8>,
}

impl Process {
    /// Starts `program` in nothing but `environment`, and says how long it took to ask
    /// for its first invocation. What it prints goes to `log`.
    ///
    /// # Errors
    /// When it does not start, with what it printed.
    pub fn start(program: &Path, environment: &[(&str, String)], log: &Path) -> Result<(Self, Duration)> {
        let emulator = Emulator::start()?;
        let printed = File::create(log).map_err(Broken::during(format!("creating {}", log.display())))?;
        let mut command = Command::new(program);
        command.env_clear().envs(environment.iter().map(|(name, value)| (*name, value)));
        command.env("AWS_LAMBDA_RUNTIME_API", emulator.address());
        command.stdin(Stdio::null()).stdout(printed.try_clone()?).stderr(printed);
        let started = Instant::now();
        let child = command.spawn().map_err(Broken::during(format!("starting {}", program.display())))?;
        let mut process = Self { child, emulator, events: None, log: log.to_owned() };
        let ready = process.ready()?;
        Ok((process, ready.saturating_duration_since(started)))
    }

    /// Calls the function and waits until it is ready for the next call.
    ///
    /// # Errors
    /// When it ends, fails or does not answer, with what it printed.
    pub fn call(&mut self, event: &[u8]) -> Result<Call> {
        let events = self.events.take().ok_or_else(|| Broken::new("the process waits for no invocation"))?;
        events.send(event.to_vec()).map_err(|_| self.broken("it closed its connection"))?;
        match self.seen()? {
            Seen::Answered { took, body } => {
                self.ready()?;
                Ok(Call { took, body })
            }
            Seen::Failed(why) => Err(self.broken(&why)),
            Seen::Ready { .. } => Err(self.broken("it asked for another invocation before it answered")),
        }
    }

    /// The process, once it sleeps.
    #[must_use]
    pub fn settled(&self) -> Pid {
        thread::sleep(SETTLE);
        self.pid()
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid(self.child.id())
    }

    fn ready(&mut self) -> Result<Instant> {
        match self.seen()? {
            Seen::Ready { at, events } => {
                self.events = Some(events);
                Ok(at)
            }
            Seen::Failed(why) => Err(self.broken(&why)),
            Seen::Answered { .. } => Err(self.broken("it answered what nobody asked")),
        }
    }

    fn seen(&mut self) -> Result<Seen> {
        // A process that ends says nothing, so somebody has to look now and then.
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

    fn broken(&self, why: &str) -> Broken {
        let printed = fs::read_to_string(&self.log).unwrap_or_default();
        Broken::new(format!("{why}; the last that it printed: {}", printed.lines().last().unwrap_or("nothing")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
