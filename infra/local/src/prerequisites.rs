//! The tools that a machine must have before anything is built.

use crate::{environment::Environment, error::LocalError};
use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
    process::{Command, Stdio},
};

/// A script that prints the interpreter's path, if Python is new enough and can make
/// environments.
const PYTHON_CHECK: &str = "import sys, venv, ensurepip; assert sys.version_info >= (3, 10); print(sys.executable)";

/// The names of Python in the order of the search: first `python3`, then the names of newer
/// versions beside an older one.
const PYTHONS: &[&str] = &["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/// A script that prints the path of Node, if it is new enough.
const NODE_CHECK: &str = "if (parseInt(process.versions.node) < 20) process.exit(1); console.log(process.execPath)";

/// The tools that were found.
#[derive(Debug)]
pub struct Prerequisites {
    /// The path of a Python that can make the environment.
    pub python: PathBuf,
}

/// Looks for a C compiler (some crates and every link need one) and for Python.
///
/// # Errors
/// When tools are missing: one message names all of them, with the commands that install
/// them.
pub fn check(environment: &Environment) -> Result<Prerequisites, LocalError> {
    let compiler = environment.get("CC").unwrap_or(OsStr::new("cc"));
    let mut missing = Vec::new();
    if output(environment, compiler, &["--version"]).is_none() {
        missing.push(COMPILER);
    }
    let arguments = ["-W", "ignore", "-c", PYTHON_CHECK];
    let python = PYTHONS.iter().find_map(|name| output(environment, OsStr::new(name), &arguments));
    if python.is_none() {
        missing.push(PYTHON);
    }
    match python {
        Some(python) if missing.is_empty() => Ok(Prerequisites { python: python.into() }),
        _ => Err(LocalError::new(message(&missing))),
    }
}

/// Looks for Node and npm, which the certified OpenID provider alone needs. Answers the path of Node.
///
/// # Errors
/// When one of them is missing or too old: the message has the commands that install them.
pub fn check_node(environment: &Environment) -> Result<PathBuf, LocalError> {
    let npm = output(environment, OsStr::new("npm"), &["--version"]);
    let node = output(environment, OsStr::new("node"), &["-e", NODE_CHECK]).filter(|_| npm.is_some());
    node.map(PathBuf::from).ok_or_else(|| LocalError::new(message(&[NODE])))
}

/// A tool, and the packages that install it.
struct Requirement {
    name: &'static str,
    debian: &'static str,
    fedora: &'static str,
    alpine: &'static str,
    mac: &'static str,
}

const COMPILER: Requirement = Requirement {
    name: "a C compiler (cc)",
    debian: "gcc libc6-dev",
    fedora: "gcc",
    alpine: "gcc musl-dev",
    mac: "xcode-select --install",
};

const PYTHON: Requirement = Requirement {
    name: "Python 3.10 or later with venv and pip",
    debian: "python3 python3-venv",
    fedora: "python3",
    alpine: "python3",
    mac: "brew install python",
};

const NODE: Requirement = Requirement {
    name: "Node 20 or later with npm",
    debian: "nodejs npm",
    fedora: "nodejs nodejs-npm",
    alpine: "nodejs npm",
    mac: "brew install node",
};

fn message(missing: &[Requirement]) -> String {
    let all =
        |pick: fn(&Requirement) -> &'static str, between| missing.iter().map(pick).collect::<Vec<_>>().join(between);
    [
        format!("this machine lacks {}. Install what is missing:", all(|need| need.name, " and ")),
        format!("  Debian, Ubuntu  sudo apt-get install -y {}", all(|need| need.debian, " ")),
        format!("  Fedora          sudo dnf install -y {}", all(|need| need.fedora, " ")),
        format!("  Alpine          sudo apk add {}", all(|need| need.alpine, " ")),
        format!("  macOS           {}", all(|need| need.mac, " && ")),
    ]
    .join("\n")
}

/// The trimmed output of a program that succeeds.
fn output(environment: &Environment, program: &OsStr, arguments: &[&str]) -> Option<OsString> {
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment.common())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_missing_tools_are_named_at_once() {
        let empty = Environment::new([("PATH".into(), "/nonexistent".into())]);
        let message = check(&empty).unwrap_err().to_string();
        for part in
            ["C compiler", "Python 3.10", "apt-get install -y gcc libc6-dev python3 python3-venv", "brew install"]
        {
            assert!(message.contains(part), "the message should name {part}:\n{message}");
        }
    }

    #[test]
    fn a_missing_node_is_named_with_its_packages() {
        let empty = Environment::new([("PATH".into(), "/nonexistent".into())]);
        let message = check_node(&empty).unwrap_err().to_string();
        for part in ["Node 20", "npm", "apt-get install -y nodejs npm", "brew install node"] {
            assert!(message.contains(part), "the message should name {part}:\n{message}");
        }
    }

    #[test]
    fn only_missing_tools_are_named() {
        let text = message(&[PYTHON]);
        assert!(!text.contains("compiler") && !text.contains("gcc"), "{text}");
        assert!(message(&[COMPILER]).contains("xcode-select --install"));
    }
}
