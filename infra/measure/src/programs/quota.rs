//! A share of a CPU, as Lambda gives it: memory / 1,769 MB
//! (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).

use super::usage::Pid;
use crate::error::{MeasureError, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// The memory at which a function gets one whole CPU, in MB.
const WHOLE_CPU_MB: u64 = 1_769;

/// The mount point of control groups.
const ROOT: &str = "/sys/fs/cgroup";

/// A control group with the CPU share of `memory_mb`, in periods of `period`. Its first
/// period is whole: none of it is used yet.
#[derive(Debug)]
pub struct CpuQuota {
    folder: PathBuf,
}

/// The version of control groups, and so the way to set a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CgroupVersion {
    /// `cpu.max` of the second version of control groups.
    V2,
    /// `cpu.cfs_quota_us` of the first.
    V1,
}

impl CgroupVersion {
    /// The version on this machine, if this process may write to it.
    ///
    /// # Errors
    /// When there is none; the message has the reason.
    pub fn here() -> Result<Self> {
        let second = fs::read_to_string(format!("{ROOT}/cgroup.controllers"));
        let way = match second {
            Ok(controllers) if controllers.split_whitespace().any(|name| name == "cpu") => Self::V2,
            _ if Path::new(ROOT).join("cpu/cpu.cfs_quota_us").exists() => Self::V1,
            _ => return Err(MeasureError::new("no control groups for CPUs")),
        };
        if way == Self::V2 {
            // A group can limit its processes only when its parent delegates the controller.
            fs::write(format!("{ROOT}/cgroup.subtree_control"), "+cpu")
                .map_err(MeasureError::during("delegating the controller `cpu`"))?;
        }
        CpuQuota::new(way, 128, Duration::from_millis(100)).map(|_| way)
    }

    fn parent(self) -> PathBuf {
        let root = Path::new(ROOT);
        match self {
            Self::V2 => root.to_owned(),
            Self::V1 => root.join("cpu"),
        }
    }
}

impl std::fmt::Display for CgroupVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::V2 => "cgroup v2, cpu.max",
            Self::V1 => "cgroup v1, cpu.cfs_quota_us",
        })
    }
}

impl CpuQuota {
    /// A new group.
    ///
    /// # Errors
    /// When this process may not make a group.
    pub fn new(way: CgroupVersion, memory_mb: u64, period: Duration) -> Result<Self> {
        let folder = way.parent().join(format!("measure-{}", std::process::id()));
        fs::create_dir(&folder).map_err(MeasureError::during(format!("creating {}", folder.display())))?;
        let quota = Self { folder };
        let (quota_us, period_us) = limits(memory_mb, period);
        match way {
            CgroupVersion::V2 => quota.write("cpu.max", &format!("{quota_us} {period_us}"))?,
            CgroupVersion::V1 => {
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
        fs::write(&path, value).map_err(MeasureError::during(format!("writing {}", path.display())))
    }
}

impl Drop for CpuQuota {
    fn drop(&mut self) {
        // A process that has just ended may stay in the group for a moment.
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
