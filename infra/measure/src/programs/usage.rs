//! The resources that a process has used, from the kernel's files.

use crate::error::{MeasureError, Result};
use std::{fs, path::PathBuf, time::Duration};

/// The id of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pid(pub u32);

impl Pid {
    /// The CPU time of all its threads so far, without the threads that have ended. tokio
    /// keeps the threads of its blocking pool for ten seconds, which is longer than any
    /// measurement.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn cpu(self) -> Result<Duration> {
        let mut all = Duration::ZERO;
        for task in self.tasks()? {
            match fs::read_to_string(task.join("schedstat")) {
                Ok(text) => all += schedstat(&text)?,
                // The thread has ended since the list was read.
                Err(_) if !task.exists() => {}
                Err(error) => return Err(MeasureError::during(format!("reading {}", task.display()))(error)),
            }
        }
        Ok(all)
    }

    /// The number of its threads.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn threads(self) -> Result<usize> {
        Ok(self.tasks()?.len())
    }

    /// Its peak memory, in bytes.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn peak_memory(self) -> Result<u64> {
        high_water(&read(&self.folder().join("status"))?)
    }

    fn folder(self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.0))
    }

    fn tasks(self) -> Result<Vec<PathBuf>> {
        let tasks = self.folder().join("task");
        let entries = fs::read_dir(&tasks).map_err(MeasureError::during(format!("reading {}", tasks.display())))?;
        entries.map(|entry| Ok(entry?.path())).collect()
    }
}

fn read(path: &std::path::Path) -> Result<String> {
    fs::read_to_string(path).map_err(MeasureError::during(format!("reading {}", path.display())))
}

/// The first field of `schedstat`: nanoseconds on a CPU
/// (<https://docs.kernel.org/scheduler/sched-stats.html>).
fn schedstat(text: &str) -> Result<Duration> {
    let nanos = text.split_whitespace().next().and_then(|field| field.parse().ok());
    nanos.map(Duration::from_nanos).ok_or_else(|| MeasureError::new(format!("no schedstat: {text:?}")))
}

/// `VmHWM` of `status`, which is in KiB (`man 5 proc_pid_status`).
fn high_water(text: &str) -> Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()).and_then(|field| field.parse::<u64>().ok());
    kibibytes.map(|kibibytes| kibibytes * 1_024).ok_or_else(|| MeasureError::new("no VmHWM in the process's status"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        process::{Child, Command},
        time::Instant,
    };

    #[test]
    fn the_time_on_a_cpu_is_the_first_field() {
        assert_eq!(schedstat("680671 44396 2\n").unwrap(), Duration::from_nanos(680_671));
        for wrong in ["", "x 1 2", "-1 0 0"] {
            assert!(schedstat(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_peak_of_memory_is_in_bytes() {
        let status = "Name:\thello\nVmPeak:\t   9000 kB\nVmHWM:\t    2700 kB\nVmRSS:\t    2600 kB\n";
        assert_eq!(high_water(status).unwrap(), 2_700 * 1_024);
        assert!(high_water("Name:\tzombie\n").is_err(), "a process that has ended has none");
    }

    /// Ends its process when it is dropped.
    struct Busy(Child);

    impl Drop for Busy {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_busy_process_uses_more_and_more() {
        let busy = Busy(Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap());
        let pid = Pid(busy.0.id());
        let (before, deadline) = (pid.cpu().unwrap(), Instant::now() + Duration::from_secs(30));
        while pid.cpu().unwrap() < before + Duration::from_millis(20) {
            assert!(Instant::now() < deadline, "a busy process must use the CPU");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(pid.threads().unwrap(), 1);
        assert!(pid.peak_memory().unwrap() > 100_000);
    }
}
