//! Child processes that never outlive this process.
//!
//! Each child leads a process group of its own, in which a watchdog holds the reading end
//! of a pipe. Our end closes when we close it or when this process ends, even by `kill -9`.
//! Then the watchdog kills the whole group: the child and its own children, such as the
//! functions of MiniStack.

use crate::error::LocalError;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::File,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Starts the watchdog and then becomes the program, which keeps the process id. File
/// descriptor 3 is the pipe, because the standard input of a background job is not the
/// shell's.
const GUARD: &str = r#"exec 3<&0; { cat <&3; kill -KILL 0; } >/dev/null 2>&1 & exec "$@" </dev/null 3<&-"#;

/// A program to start.
#[derive(Debug)]
pub struct Program<'a> {
    /// The path of the program.
    pub path: &'a OsStr,
    /// The arguments.
    pub arguments: Vec<&'a OsStr>,
    /// The whole environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// The working directory.
    pub folder: &'a Path,
}

/// A running program and its group. Dropping it kills all of them.
#[derive(Debug)]
pub struct GuardedChild {
    leader: Child,
    /// Our end of the watchdog's pipe.
    leash: Option<ChildStdin>,
}

/// A program of the platform that runs until the platform stops it, with its name and its log.
#[derive(Debug)]
pub struct LongRunning {
    child: GuardedChild,
    /// The name, for messages.
    name: &'static str,
    log: PathBuf,
}

impl Program<'_> {
    /// Starts it with this standard output and this standard error.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(self, output: impl Into<Stdio>, errors: impl Into<Stdio>) -> Result<GuardedChild, LocalError> {
        let mut leader = Command::new("/bin/sh")
            .args(["-c", GUARD, "guard"])
            .arg(self.path)
            .args(self.arguments)
            .env_clear()
            .envs(self.environment)
            .current_dir(self.folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(LocalError::during(format_args!("{} cannot be started", self.path.display())))?;
        Ok(GuardedChild { leash: leader.stdin.take(), leader })
    }

    /// Starts it with standard output and error in a new file.
    ///
    /// # Errors
    /// When it cannot be started or the file cannot be made.
    pub fn start_with_log(self, log: &Path) -> Result<GuardedChild, LocalError> {
        let log = File::create(log).map_err(LocalError::during(log.display()))?;
        let errors = log.try_clone()?;
        self.start(log, errors)
    }
}

impl GuardedChild {
    /// The id of the process and of its group. `None` once the process has ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.leader.id()
    }

    /// The standard output, if it is piped. Can be taken once.
    pub fn take_output(&mut self) -> Option<ChildStdout> {
        self.leader.stdout.take()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.leader.try_wait(), Ok(None))
    }

    /// Waits for the end of the process. Does not kill it, nor its group.
    ///
    /// # Errors
    /// When waiting itself fails.
    pub async fn ended(&mut self) -> Result<ExitStatus, LocalError> {
        Ok(self.leader.wait().await?)
    }

    /// Kills the group and waits until the process is gone.
    pub async fn kill(mut self) {
        drop(self.leash.take());
        // Nothing more can be done when waiting fails.
        let _ = self.leader.wait().await;
    }
}

impl LongRunning {
    /// A started program.
    #[must_use]
    pub fn new(child: GuardedChild, name: &'static str, log: PathBuf) -> Self {
        Self { child, name, log }
    }

    /// Waits until the process ends, which is always an error.
    pub async fn ended(&mut self) -> LocalError {
        let (name, log) = (self.name, self.log.display());
        match self.child.ended().await {
            Ok(status) => LocalError::new(format!("{name} has ended ({status}); its log is {log}")),
            Err(error) => error,
        }
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.pid()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.is_running()
    }

    /// Kills it and its own children.
    pub async fn stop(self) {
        self.child.kill().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncBufReadExt, BufReader};

    fn shell(script: &str) -> Program<'_> {
        Program {
            path: OsStr::new("/bin/sh"),
            arguments: vec![OsStr::new("-c"), OsStr::new(script)],
            environment: BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]),
            folder: Path::new("/"),
        }
    }

    async fn first_line(child: &mut GuardedChild) -> String {
        let output = child.take_output().unwrap();
        BufReader::new(output).lines().next_line().await.unwrap().unwrap()
    }

    async fn is_gone(pid: &str) -> bool {
        for _ in 0..200 {
            if !std::process::Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().unwrap().success() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    #[tokio::test]
    async fn killing_a_child_kills_its_own_children() {
        let mut child = shell("sleep 600 & echo $!; wait").start(Stdio::piped(), Stdio::null()).unwrap();
        let grandchild = first_line(&mut child).await;
        child.kill().await;
        assert!(is_gone(&grandchild).await, "process {grandchild} is left over");
    }

    #[tokio::test]
    async fn dropping_a_child_kills_its_own_children() {
        let mut child = shell("sleep 600 & echo $!; wait").start(Stdio::piped(), Stdio::null()).unwrap();
        let grandchild = first_line(&mut child).await;
        drop(child);
        assert!(is_gone(&grandchild).await, "process {grandchild} is left over");
    }

    #[tokio::test]
    async fn waiting_returns_the_exit_code() {
        let mut child = shell("sleep 0.1; exit 7").start(Stdio::null(), Stdio::null()).unwrap();
        assert!(child.is_running());
        assert_eq!(child.ended().await.unwrap().code(), Some(7));
    }

    #[tokio::test]
    async fn a_child_has_the_given_environment_only() {
        let mut child = shell("env | grep -v ^PWD= | grep -v ^_= | sort | tr '\\n' ' '; echo")
            .start(Stdio::piped(), Stdio::null())
            .unwrap();
        let seen = first_line(&mut child).await;
        assert_eq!(seen.trim().replace("SHLVL=1 ", "").replace("OLDPWD=/ ", ""), "PATH=/usr/bin:/bin");
    }
}
