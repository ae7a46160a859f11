//! The command line.

use crate::{
    day::Day,
    report::counted,
    usage::{COMMANDS, CommandUsage, FLAGS, usage},
    work_ref::WorkRef,
};
use cases::{CaseNumber, CaseText};
use credits::{GiftKey, GiftKind};
use jiff::civil::Date;
use kernel::{AccountId, Credits, GenerationId, Note};
use providers::ProviderName;
use session::Pseudonym;
use std::{collections::BTreeMap, num::NonZeroUsize, str::FromStr};

/// The accounts of `top-spenders` unless it has a limit.
const SPENDERS: usize = 10;

/// The days of `typical-seconds` unless it has a number of them, and the most.
const TYPICAL_DAYS: (u16, u16) = (30, 366);

/// The arguments of `cargo ops`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// The port of a `cargo dev`, if it is the deployment.
    pub(crate) port: Option<u16>,
    /// Whether the answer is JSON.
    pub(crate) json: bool,
    /// Whether a change is made, and not only planned.
    pub(crate) yes: bool,
    /// The command.
    pub(crate) command: Command,
}

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Account(Who),
    /// Freezes or thaws an account, or one lot of it.
    Switch(Switch, AccountId, Option<String>, Note),
    /// Ends all sessions of an account.
    EndSessions(AccountId, Note),
    Grant {
        account: AccountId,
        credits: Credits,
        kind: GiftKind,
        expires: Option<Date>,
        key: Option<GiftKey>,
        note: Note,
    },
    /// The account of a pseudonym in a log line of this day.
    Resolve(Pseudonym, Day),
    TopSpenders {
        day: Day,
        provider: Option<ProviderName>,
        limit: usize,
    },
    /// The page views of a day, by families.
    Browsers(Day),
    /// How long works take, of requests of this many days.
    TypicalSeconds {
        days: u16,
    },
    /// Shows a work, with its prompt if the operator asks for it.
    Work {
        work: WorkRef,
        prompt: bool,
    },
    DisableWork {
        account: AccountId,
        generation: GenerationId,
        ground: String,
        note: Note,
    },
    EnableWork {
        account: AccountId,
        generation: GenerationId,
        note: Note,
    },
    Cases {
        all: bool,
    },
    Case(CaseNumber),
    Reply {
        number: CaseNumber,
        text: CaseText,
        note: Note,
    },
    Close {
        number: CaseNumber,
        granted: bool,
        note: Note,
    },
}

/// A freeze or a thaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    Freeze,
    Thaw,
}

/// An account by its id or by a mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    Id(AccountId),
    Email(String),
}

/// The command of a command line, with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Run(Box<Arguments>),
    /// The usage of one command, or the whole one.
    Help(Option<&'static CommandUsage>),
}

impl Arguments {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// A sentence about the first problem, and the right form.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Asked, String> {
        let mut arguments = arguments.into_iter();
        let Some(name) = arguments.next() else { return Err(format!("Which command?\n\n{}", usage())) };
        if ["--help", "-h", "help"].contains(&name.as_str()) {
            let about = arguments.next().map(|name| find(&name)).transpose()?;
            return Ok(Asked::Help(about));
        }
        if name.starts_with('-') {
            return Err(format!("Options come after the command: cargo ops COMMAND … {name} …"));
        }
        let known = find(&name)?;
        let read = Words::read(known, arguments).and_then(|words| match words {
            None => Ok(Asked::Help(Some(known))),
            Some(words) => words.arguments(known).map(|arguments| Asked::Run(Box::new(arguments))),
        });
        read.map_err(|problem| format!("{problem}\n{}", known.line()))
    }
}

/// The command of this name.
fn find(name: &str) -> Result<&'static CommandUsage, String> {
    CommandUsage::find(name).ok_or_else(|| {
        let names: Vec<&str> = COMMANDS.iter().map(|usage| usage.name).collect();
        format!("There is no command {name}. The commands are {}.", names.join(", "))
    })
}

/// The words of a command line: arguments, and options with their values.
struct Words {
    arguments: Vec<String>,
    options: BTreeMap<String, String>,
}

impl Words {
    fn read(known: &CommandUsage, given: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut words, mut given) = (Self { arguments: Vec::new(), options: BTreeMap::new() }, given.peekable());
        while let Some(word) = given.next() {
            if word == "--help" || word == "-h" {
                return Ok(None);
            }
            if !word.starts_with("--") {
                words.arguments.push(word);
                continue;
            }
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            if !known.takes(&name) {
                return Err(format!("{} has no option {name}.", known.name));
            }
            let value = match (FLAGS.contains(&name.as_str()), value) {
                (true, None) => String::new(),
                (true, Some(_)) => return Err(format!("{name} takes no value.")),
                (false, Some(value)) => value,
                // The next option is no value. A text that begins with hyphens is written as `--text=--x`.
                (false, None) => {
                    let value = given.next_if(|next| !next.starts_with("--"));
                    value.ok_or_else(|| format!("{name} needs a value after it."))?
                }
            };
            if words.options.insert(name.clone(), value).is_some() {
                return Err(format!("{name} is there twice."));
            }
        }
        match (words.arguments.len(), known.arguments) {
            (given, wanted) if given == wanted => Ok(Some(words)),
            (given, wanted) => {
                let wanted = counted(wanted as u64, "argument", "arguments");
                Err(format!("{} takes {wanted}, not {given}.", known.name))
            }
        }
    }

    fn arguments(&self, known: &CommandUsage) -> Result<Arguments, String> {
        let port = self
            .option("--port")
            .map(|port| port.parse().map_err(|_| format!("A port is a number from 1 to 65535, not {port}.")));
        Ok(Arguments {
            port: port.transpose()?,
            json: self.flag("--json"),
            yes: self.flag("--yes"),
            command: self.command(known)?,
        })
    }

    fn command(&self, known: &CommandUsage) -> Result<Command, String> {
        Ok(match known.name {
            "account" => Command::Account(self.who()?),
            "freeze" => Command::Switch(Switch::Freeze, self.account(0)?, self.lot()?, self.note()?),
            "thaw" => Command::Switch(Switch::Thaw, self.account(0)?, self.lot()?, self.note()?),
            "end-sessions" => Command::EndSessions(self.account(0)?, self.note()?),
            "grant" => Command::Grant {
                account: self.account(0)?,
                credits: self.credits()?,
                kind: self.kind()?,
                expires: self.parsed("--expires", "A date looks like 2027-01-31.")?,
                key: self.option("--key").map(|key| key.parse().map_err(sentence)).transpose()?,
                note: self.note()?,
            },
            "who" => Command::Resolve(self.argument(0).to_ascii_lowercase().parse().map_err(sentence)?, self.day(1)?),
            "top-spenders" => Command::TopSpenders {
                day: self.day(0)?,
                provider: self.parsed("--provider", "A provider is bfl, fal or replicate.")?,
                limit: self.limit()?,
            },
            "browsers" => Command::Browsers(self.day(0)?),
            "typical-seconds" => Command::TypicalSeconds { days: self.days()? },
            "work" => Command::Work { work: self.argument(0).parse()?, prompt: self.flag("--prompt") },
            "disable-work" => Command::DisableWork {
                account: self.account(0)?,
                generation: self.generation()?,
                ground: self.needed("--ground", "the law, or the part of the terms, that the work breaks")?.to_owned(),
                note: self.note()?,
            },
            "enable-work" => {
                Command::EnableWork { account: self.account(0)?, generation: self.generation()?, note: self.note()? }
            }
            "cases" => Command::Cases { all: self.flag("--all") },
            "case" => Command::Case(self.number()?),
            "reply" => Command::Reply {
                number: self.number()?,
                text: CaseText::parse("text", self.needed("--text", "what the person reads")?).map_err(sentence)?,
                note: self.note()?,
            },
            _ => Command::Close { number: self.number()?, granted: self.flag("--grant"), note: self.note()? },
        })
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    fn flag(&self, name: &str) -> bool {
        self.options.contains_key(name)
    }

    fn needed(&self, name: &str, what: &str) -> Result<&str, String> {
        self.option(name).ok_or_else(|| format!("Add {name}: {what}."))
    }

    fn parsed<T: FromStr>(&self, name: &str, form: &str) -> Result<Option<T>, String> {
        self.option(name).map(|text| text.parse().map_err(|_| format!("{form} {text} is none."))).transpose()
    }

    fn argument(&self, at: usize) -> &str {
        self.arguments.get(at).map_or("", String::as_str)
    }

    fn account(&self, at: usize) -> Result<AccountId, String> {
        let text = self.argument(at);
        text.parse().map_err(|_| {
            format!("{text} is no id of an account. `cargo ops account EMAIL` finds the id of a mail address.")
        })
    }

    fn generation(&self) -> Result<GenerationId, String> {
        let text = self.argument(1);
        text.parse().map_err(|_| format!("{text} is no id of a generation."))
    }

    fn who(&self) -> Result<Who, String> {
        match self.argument(0) {
            text if text.contains('@') => Ok(Who::Email(text.trim().to_owned())),
            text => match text.parse() {
                Ok(account) => Ok(Who::Id(account)),
                Err(_) => Err(format!("{text} is neither the id of an account nor a mail address.")),
            },
        }
    }

    fn number(&self) -> Result<CaseNumber, String> {
        self.argument(0).parse().map_err(sentence)
    }

    fn credits(&self) -> Result<Credits, String> {
        let text = self.argument(1);
        match text.parse::<u64>() {
            Ok(credits) if credits > 0 => Ok(Credits(credits)),
            _ => Err(format!("Credits are a whole number from 1 on, not {text}.")),
        }
    }

    fn lot(&self) -> Result<Option<String>, String> {
        match self.option("--lot").map(str::trim) {
            Some("") => Err("--lot needs a value, such as welcome. `cargo ops account ID` lists the lots.".to_owned()),
            lot => Ok(lot.map(str::to_owned)),
        }
    }

    fn limit(&self) -> Result<usize, String> {
        let limit = self.parsed::<NonZeroUsize>("--limit", "A limit is a number from 1 on, such as 10.")?;
        Ok(limit.map_or(SPENDERS, NonZeroUsize::get))
    }

    fn days(&self) -> Result<u16, String> {
        let (usual, most) = TYPICAL_DAYS;
        match self.option("--days") {
            None => Ok(usual),
            Some(text) => match text.parse() {
                Ok(days) if (1..=most).contains(&days) => Ok(days),
                _ => Err(format!("Days are a number from 1 to {most}, not {text}.")),
            },
        }
    }

    fn kind(&self) -> Result<GiftKind, String> {
        match self.option("--kind") {
            None | Some("compensation") => Ok(GiftKind::Compensation),
            Some("promotion") => Ok(GiftKind::Promotion),
            Some(other) => Err(format!("--kind is compensation or promotion, not {other}.")),
        }
    }

    fn day(&self, at: usize) -> Result<Day, String> {
        match self.argument(at) {
            "today" => Ok(Day::Today),
            "yesterday" => Ok(Day::Yesterday),
            text => match text.parse() {
                Ok(date) => Ok(Day::Date(date)),
                Err(_) => Err(format!("A day is 2026-11-30, today or yesterday, not {text}.")),
            },
        }
    }

    fn note(&self) -> Result<Note, String> {
        let actor = self.needed("--actor", "your role, such as night-shift")?;
        let reason = self.needed("--reason", "why, in one line")?;
        Note::new(actor, reason).map_err(sentence)
    }
}

fn sentence(error: kernel::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests;
