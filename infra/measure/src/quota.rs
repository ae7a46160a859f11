//! A share of a CPU, as Lambda gives it: memory / 1,769 MB
//! (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).

use crate::{Broken, Result, usage::Pid};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// The memory at which a function gets one whole CPU, in MB.
const WHOLE_CPU_MB: u64 = 1_769;

/// Where control groups are mounted.
const ROOT: &str = "/sys/fs/cgroup";

/// A control group that gets the share of `memory_mb`, in periods of `period`. Its first
/// period is whole: nothing has been used of it.
#[derive(Debug)]
pub struct Quota {
    folder: PathBuf,
}

/// How the kernel at hand is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `cpu.max` of the second version of control groups.
    Two,
    /// `cpu.cfs_quota_us` of the first.
    One,
}

impl Way {
    /// What this machine has, if it has any that may be written.
    ///
    /// # Errors
    /// Why there is none.
    pub fn here() -> Result<Self> {
        let second = fs::read_to_string(format!("{ROOT}/cgroup.controllers"));
        let way = match second {
            Ok(controllers) if controllers.split_whitespace().any(|name| name == "cpu") => Self::Two,
            _ if Path::new(ROOT).join("cpu/cpu.cfs_quota_us").exists() => Self::One,
            _ => return Err(Broken::new("no control groups for CPUs")),
        };
        if way == Self::Two {
            // Children may only be limited when the parent hands the controller down.
            fs::write(format!("{ROOT}/cgroup.subtree_control"), "+cpu")
                .map_err(Broken::during("handing down the controller `cpu`"))?;
        }
        Quota::new(way, 128, Duration::from_millis(100)).map(|_| way)
    }

    fn parent(self) -> PathBuf {
        let root = Path::new(ROOT);
        match self {
            Self::Two => root.to_owned(),
            Self::One => root.join("cpu"),
        }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Two => "cgroup v2, cpu.max",
            Self::One => "cgroup v1, cpu.cfs_quota_us",
        })
    }
}

impl Quota {
    /// A new group.
    ///
    /// # Errors
    /// When this process may not make one.
    pub fn new(way: Way, memory_mb: u64, period: Duration) -> Result<Self> {
        let folder = way.parent().join(format!("measure-{}", std::process::id()));
        fs::create_dir(&folder).map_err(Broken::during(format!("creating {}", folder.display())))?;
        let quota = Self { folder };
        let (quota_us, period_us) = limits(memory_mb, period);
        match way {
            Way::Two => quota.write("cpu.max", &format!("{quota_us} {period_us}"))?,
            Way::One => {
                quota.write("cpu.cfs_period_us", &period_us.to_string())?;
                quota.write("cpu.cfs_quota_us", &quota_us.to_string())?;
            }
        }
        Ok(quota)
    }

    /// Limits a process from now on.
    ///
    /// # Errors
    /// When it has ended.
    pub fn limit(&self, process: Pid) -> Result<()> {
        self.write("cgroup.procs", &process.0.to_string())
    }

    fn write(&self, name: &str, value: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, value).map_err(Broken::during(format!("writing {}", path.display())))
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // A process that has just ended may still be in it for a moment.
        for _ in 0..100 {
            if fs::remove_dir(&self.folder).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Quota and period in microseconds.
fn limits(memory_mb: u64, period: Duration) -> (u128, u128) {
    let period_us = period.as_micros();
    (period_us * u128::from(memory_mb) / u128::from(WHOLE_CPU_MB), period_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_memory_over_1769() {
        assert_eq!(limits(1_769, Duration::from_millis(100)), (100_000, 100_000));
        assert_eq!(limits(128, Duration::from_millis(100)), (7_235, 100_000));
        assert_eq!(limits(128, Duration::from_millis(20)), (1_447, 20_000));
    }
}
