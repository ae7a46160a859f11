//! `freeze` and `thaw`.

use crate::{
    console::Console,
    report::{CommandOutcome, Report, note_json},
};
use credits::{AccountSwitch, Adjustment, Balance, OperatorOutcome};
use kernel::{AccountId, Error, Note, Result};
use serde_json::json;

/// Freezes or thaws an account. The ledger's entry has the note.
pub(super) async fn run(
    account: AccountId,
    switch: AccountSwitch,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome> {
    let credits = &console.stores.credits;
    if !confirmed {
        let balance = credits.read_balance(account).await?.ok_or(Error::NotFound)?;
        return plan(account, switch, note, &balance, console).map(CommandOutcome::Planned);
    }
    let done = credits.switch_account(account, switch, note, console.ids, console.now).await;
    let done = match done {
        Err(Error::WrongState { .. }) => return Err(refused(switch)),
        done => done?,
    };
    let (status, changed) = (done.balance().status, matches!(done, OperatorOutcome::Changed(_)));
    let json =
        json!({ "done": true, "account": account, "status": status, "changed": changed, "note": note_json(note) });
    let said = match changed {
        true => format!("The account {account} is {status}."),
        false => format!("The account {account} is {status} already, with this reason. Nothing was changed."),
    };
    let report = Report::new(json).line(said).next(format!("cargo ops account {account}"));
    Ok(CommandOutcome::Done(match switch {
        AccountSwitch::Freeze => report
            .line("Generations under way go on. The person still reads, downloads, exports and can appeal.")
            .line("GET /v1/account shows the person the status and your reason.")
            .next(format!("cargo ops thaw {account} --actor ROLE --reason TEXT")),
        AccountSwitch::Thaw => report,
    }))
}

fn plan(
    account: AccountId,
    switch: AccountSwitch,
    note: &Note,
    balance: &Balance,
    console: &Console<'_>,
) -> Result<Report> {
    let (word, adjustment) = match switch {
        AccountSwitch::Freeze => ("freeze", Adjustment::Freeze),
        AccountSwitch::Thaw => ("thaw", Adjustment::Thaw),
    };
    let same_freeze = switch == AccountSwitch::Freeze && balance.freeze_note.as_ref() == Some(note);
    if !same_freeze {
        balance.clone().adjust(adjustment, note.clone(), console.now).map_err(|error| match error {
            Error::WrongState { .. } => refused(switch),
            error => error,
        })?;
    }
    let facts = vec![
        ("would", format!("{word} the account {account}")),
        ("status now", balance.status.to_string()),
        ("available", format!("{} credits", balance.available(console.now))),
        ("held", format!("{} credits in {} holds", balance.held(), balance.holds.len())),
        ("actor", note.actor().to_owned()),
        ("the person reads", note.reason().to_owned()),
    ];
    let json = json!({ "would": word, "account": account, "status": balance.status, "note": note_json(note) });
    Ok(Report::new(json).facts(facts))
}

fn refused(switch: AccountSwitch) -> Error {
    Error::WrongState {
        detail: match switch {
            AccountSwitch::Freeze => {
                "Only an active account can be frozen. `cargo ops account ID` shows its status and the reason of its freeze."
            }
            AccountSwitch::Thaw => "Only a frozen account can be thawed. `cargo ops account ID` shows its status.",
        },
    }
}
