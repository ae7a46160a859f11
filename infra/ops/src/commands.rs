//! The commands.

mod account;
mod browsers;
mod case;
mod end_sessions;
mod gift;
mod lot;
mod show_work;
mod spenders;
mod switch;
mod typical;
mod who;
mod work;

use crate::{
    arguments::{Command, Switch},
    console::Console,
    refusal::Refusal,
    report::CommandOutcome,
};
use credits::{AccountSwitch, LotSwitch};

/// Runs a command. A change without `confirmed` checks its rules and says what it would do.
pub(crate) async fn execute(
    command: &Command,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    use CommandOutcome::Done;
    match command {
        Command::Account(who) => account::show(who, console).await.map(Done),
        Command::TopSpenders { day, provider, limit } => {
            spenders::show(*day, *provider, *limit, console).await.map(Done)
        }
        Command::Browsers(day) => browsers::show(*day, console).await.map(Done),
        Command::TypicalSeconds { days } => typical::show(*days, console).await.map(Done),
        Command::Resolve(pseudonym, day) => who::resolve(*pseudonym, *day, console).await.map(Done),
        Command::Work { work, prompt } => show_work::show(*work, *prompt, console).await.map(Done),
        Command::Cases { all } => case::list(*all, console).await.map(Done),
        Command::Case(number) => case::show(number, console).await.map(Done),
        Command::Switch(switch, account, None, note) => {
            let switch = match switch {
                Switch::Freeze => AccountSwitch::Freeze,
                Switch::Thaw => AccountSwitch::Thaw,
            };
            switch::run(*account, switch, note, confirmed, console).await
        }
        Command::Switch(switch, account, Some(lot), note) => {
            let switch = match switch {
                Switch::Freeze => LotSwitch::Freeze,
                Switch::Thaw => LotSwitch::Thaw,
            };
            lot::run(*account, lot, switch, note, confirmed, console).await
        }
        Command::EndSessions(account, note) => end_sessions::run(*account, note, confirmed, console).await,
        Command::Grant { account, credits, kind, expires, key, note } => {
            let asked = gift::AskedGift { credits: *credits, kind: *kind, expires: *expires, key: key.clone() };
            gift::run(*account, asked, note, confirmed, console).await
        }
        Command::DisableWork { account, generation, ground, note } => {
            work::disable(*account, *generation, ground, note, confirmed, console).await
        }
        Command::EnableWork { account, generation, note } => {
            work::enable(*account, *generation, note, confirmed, console).await
        }
        Command::Reply { number, text, note } => case::reply(number, text, note, confirmed, console).await,
        Command::Close { number, granted, note } => case::close(number, *granted, note, confirmed, console).await,
    }
}
