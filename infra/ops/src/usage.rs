//! The commands, their forms and their options.

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommandUsage {
    /// Its word.
    pub(crate) name: &'static str,
    /// Its form after `cargo ops`.
    pub(crate) form: &'static str,
    /// The purpose of the command, in a few words.
    pub(crate) about: &'static str,
    /// The number of its arguments.
    pub(crate) arguments: usize,
    /// Its options, beside those of every command.
    pub(crate) options: &'static [&'static str],
    /// Whether it changes something.
    pub(crate) changes: bool,
}

/// The options of every command.
pub(crate) const EVERYWHERE: [&str; 2] = ["--port", "--json"];

/// The options of every change.
pub(crate) const CHANGES: [&str; 3] = ["--actor", "--reason", "--yes"];

/// The options without a value.
pub(crate) const FLAGS: [&str; 5] = ["--json", "--yes", "--grant", "--all", "--prompt"];

/// All commands.
pub(crate) static COMMANDS: [CommandUsage; 16] = [
    read("account", "account ID|EMAIL", "the state of an account", 1, &[]),
    read(
        "top-spenders",
        "top-spenders DAY [--provider P] [--limit N]",
        "who cost most at the providers",
        1,
        &["--provider", "--limit"],
    ),
    read("browsers", "browsers DAY", "the page views by browser, device and system", 1, &[]),
    read(
        "typical-seconds",
        "typical-seconds [--days N]",
        "how long works take, by model; 30 days unless you say other",
        0,
        &["--days"],
    ),
    read("who", "who PSEUDONYM DAY", "the account that log lines of that day name by `who`", 2, &[]),
    read("work", "work GENERATION|URL [--prompt]", "a work and its account; also ACCOUNT/GENERATION", 1, &["--prompt"]),
    read("cases", "cases [--all]", "the cases that are not closed, the most urgent first", 0, &["--all"]),
    read("case", "case NUMBER", "one case with its text and its address", 1, &[]),
    change("freeze", "freeze ID [--lot LOT]", "an account, or one lot of its credits, cannot be used", 1, &["--lot"]),
    change("thaw", "thaw ID [--lot LOT]", "undoes freeze", 1, &["--lot"]),
    change("end-sessions", "end-sessions ID", "ends all sessions of an account", 1, &[]),
    change(
        "grant",
        "grant ID CREDITS --key KEY [--kind compensation|promotion] [--expires DATE]",
        "gives credits; a key gives once",
        2,
        &["--key", "--kind", "--expires"],
    ),
    change(
        "disable-work",
        "disable-work ACCOUNT GENERATION --ground TEXT",
        "its owner sees a work without its files",
        2,
        &["--ground"],
    ),
    change("enable-work", "enable-work ACCOUNT GENERATION", "undoes disable-work", 2, &[]),
    change("reply", "reply NUMBER --text TEXT", "records a reply to a case", 1, &["--text"]),
    change("close", "close NUMBER [--grant]", "closes a case; --grant grants an objection", 1, &["--grant"]),
];

const fn read(
    name: &'static str,
    form: &'static str,
    about: &'static str,
    arguments: usize,
    options: &'static [&'static str],
) -> CommandUsage {
    CommandUsage { name, form, about, arguments, options, changes: false }
}

const fn change(
    name: &'static str,
    form: &'static str,
    about: &'static str,
    arguments: usize,
    options: &'static [&'static str],
) -> CommandUsage {
    CommandUsage { name, form, about, arguments, options, changes: true }
}

impl CommandUsage {
    /// The command of this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|usage| usage.name == name)
    }

    /// The right form of the command, for a message.
    pub(crate) fn line(&self) -> String {
        let note = if self.changes { " --actor ROLE --reason TEXT [--yes]" } else { "" };
        format!("Usage: cargo ops {}{note} [--json] [--port N]", self.form)
    }

    /// The usage of the command alone.
    pub(crate) fn help(&self) -> String {
        let change = match self.changes {
            true => "Without --yes it only says what it would do. ROLE is a role such as night-shift, never a name.\n",
            false => "",
        };
        let Self { name, about, .. } = self;
        format!("{name}: {about}.\n\n{}\n\n{change}`cargo ops help` lists all commands and options.\n", self.line())
    }

    /// Whether the command has this option.
    pub(crate) fn takes(&self, option: &str) -> bool {
        EVERYWHERE.contains(&option) || self.options.contains(&option) || self.changes && CHANGES.contains(&option)
    }
}

/// The whole usage.
pub(crate) fn usage() -> String {
    let lines = |changes: bool| {
        let width = COMMANDS.iter().map(|usage| usage.form.len()).filter(|width| *width < 50).max().unwrap_or_default();
        let commands = COMMANDS.iter().filter(move |usage| usage.changes == changes);
        commands.map(move |usage| format!("  {:width$}  {}\n", usage.form, usage.about)).collect::<String>()
    };
    format!(
        "Shows and changes accounts, works and cases, for operators.\n\n\
         Usage: cargo ops COMMAND [--json] [--port N]\n\n\
         Commands that only read:\n{}\n\
         Commands that change something, each with --actor ROLE and --reason TEXT:\n{}\n\
         Without --yes, a change only says what it would do. ROLE is a role such as night-shift, never a name or an\n\
         address. The person reads the reason of freeze, thaw, end-sessions, grant and disable-work. A frozen account\n\
         spends no credits, and gets only what it has paid for. `account` lists the ids of the lots. DAY is 2026-11-30,\n\
         today or yesterday (UTC).\n\
         `work` shows the prompt only with --prompt. `cargo ops help COMMAND` shows one command. --json answers for scripts.\n\n\
         --port N works on the `cargo dev` of this port. Without it: on the deployment that ACCOUNTS_TABLE, CASES_TABLE,\n\
         CREDITS_TABLE and GENERATIONS_TABLE name, with AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is\n\
         one, AWS_SESSION_TOKEN; pseudonyms need SECRETS_PATH too, and browsers SITE_LOGS. If none of the tables is named: on the one `cargo dev` that runs. infra/operations.md has the\n\
         permissions.\n\n\
         Exit codes: 0 done, 1 refused, not found or only planned, 2 wrong usage, 3 unknown: run it again, the same change\n\
         again changes nothing.\n",
        lines(false),
        lines(true)
    )
}
