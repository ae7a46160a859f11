//! `cargo ops COMMAND`: shows and changes accounts, works and cases, for operators.
//!
//! It only reads unless a change is confirmed with `--yes`. The slices' own rules decide each change,
//! and each is one transaction or safe to repeat. It prints no IP address, no prompt unless
//! the operator asks for it, and no mail address except the one of a case.

mod arguments;
mod commands;
mod console;
mod day;
mod log_place;
mod pseudonyms;
mod refusal;
mod report;
mod usage;
mod work_ref;

pub use console::{Console, Stores};
pub use log_place::LogPlace;
pub use pseudonyms::SecretPlace;

use arguments::{Arguments, Asked};
use deployment::Deployment;
use kernel::{Ids, Timestamp, later};
use refusal::UNKNOWN;
use report::CommandOutcome;
use serde_json::json;
use std::{collections::HashMap, path::Path, time::Duration};
use usage::{CommandUsage, usage};

/// The end of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandExit {
    /// The exit code: 0 done, 1 refused, not found or only planned, 2 wrong usage, 3 unknown whether it
    /// was done.
    pub code: u8,
    /// The text for standard output.
    pub answer: String,
    /// The text for standard error.
    pub problem: String,
}

impl CommandExit {
    fn usage(problem: String) -> Self {
        Self { code: 2, answer: String::new(), problem: format!("{problem}\n") }
    }

    /// The usage of one command, or the whole one.
    fn help(command: Option<&CommandUsage>) -> Self {
        Self { code: 0, answer: command.map_or_else(usage, CommandUsage::help), problem: String::new() }
    }
}

/// Runs the command in the arguments (without the program's name), on the deployment in the arguments
/// or the variables. `dev_folder` is the folder with the files of each `cargo dev`.
/// `machine_clock` tells the machine's time.
pub async fn run(
    arguments: impl IntoIterator<Item = String>,
    variables: &HashMap<String, String>,
    dev_folder: &Path,
    machine_clock: &dyn Fn() -> Timestamp,
    ids: &Ids,
    progress: &dyn Fn(&str),
) -> CommandExit {
    let arguments = match Arguments::parse(arguments) {
        Ok(Asked::Run(arguments)) => *arguments,
        Ok(Asked::Help(command)) => return CommandExit::help(command),
        Err(problem) => return CommandExit::usage(problem),
    };
    let connected = Deployment::find(arguments.port, variables, dev_folder, &console::TABLES).and_then(|deployment| {
        let connection = deployment.connect("ops")?;
        let (clients, ahead) = (connection.clients(), Duration::from_millis(deployment.ahead_ms().unsigned_abs()));
        let secrets = SecretPlace::new(clients.clone(), deployment.secrets_path().map(str::to_owned));
        let http = net::vendors().map_err(|error| format!("No client can be built: {error}"))?;
        let group = deployment.site_logs().map(str::to_owned);
        let logs = LogPlace::new(clients.clone(), http, group, ahead, machine_clock);
        Ok((Stores::on(|table| connection.table(table))?, secrets, logs, later(machine_clock(), ahead), deployment))
    });
    match connected {
        Ok((stores, secrets, logs, now, deployment)) => {
            progress(&format!("on {deployment}"));
            let console = Console { stores: &stores, secrets: &secrets, logs: &logs, now, ids, progress };
            execute(&arguments, &console).await
        }
        Err(problem) => CommandExit::usage(problem),
    }
}

/// Runs a command on stores that are open already.
pub async fn run_on(console: &Console<'_>, arguments: impl IntoIterator<Item = String>) -> CommandExit {
    match Arguments::parse(arguments) {
        Ok(Asked::Run(arguments)) => execute(&arguments, console).await,
        Ok(Asked::Help(command)) => CommandExit::help(command),
        Err(problem) => CommandExit::usage(problem),
    }
}

async fn execute(arguments: &Arguments, console: &Console<'_>) -> CommandExit {
    let json = arguments.json;
    match commands::execute(&arguments.command, arguments.yes, console).await {
        Ok(CommandOutcome::Done(report)) => {
            let answer = if json { format!("{}\n", report.json) } else { report.text() };
            CommandExit { code: 0, answer, problem: String::new() }
        }
        Ok(CommandOutcome::Planned(report)) => match json {
            true => {
                let plan = json!({ "done": false, "code": "planned", "plan": report.json });
                CommandExit { code: 1, answer: format!("{plan}\n"), problem: String::new() }
            }
            false => {
                let problem = format!("{}\nNothing was changed. Add {} to do it.\n", report.text(), report.needed());
                CommandExit { code: 1, answer: String::new(), problem }
            }
        },
        Err(refusal) if arguments.yes && refusal.is_unknown() => {
            let (answer, problem) = match json {
                true => (format!("{}\n", refusal.unknown_json()), String::new()),
                false => (String::new(), format!("Unknown: {}\n{UNKNOWN}\n", refusal.detail())),
            };
            CommandExit { code: 3, answer, problem }
        }
        Err(refusal) if json => {
            CommandExit { code: 1, answer: format!("{}\n", refusal.json()), problem: String::new() }
        }
        Err(refusal) => {
            CommandExit { code: 1, answer: String::new(), problem: format!("Refused: {}\n", refusal.detail()) }
        }
    }
}
