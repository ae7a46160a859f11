//! `freeze` and `thaw` of an account.

use crate::{
    console::Console,
    refusal::Refusal,
    report::{CommandOutcome, Report, counted, note_json},
};
use credits::{AccountSwitch, Balance, BalanceStatus, OperatorOutcome};
use kernel::{AccountId, Error, Note};
use serde_json::json;

/// Freezes or thaws an account. The ledger's entry has the note.
pub(super) async fn run(
    account: AccountId,
    switch: AccountSwitch,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    let credits = &console.stores.credits;
    if !confirmed {
        let balance = console.balance(account).await?;
        return plan(account, switch, note, &balance, console).map(CommandOutcome::Planned);
    }
    let done = match credits.switch_account(account, switch, note, console.ids, console.now).await {
        Ok(done) => done,
        Err(Error::WrongState { .. }) => return Err(refused(account, switch, console.balance(account).await?.status)),
        Err(error) => return Err(Refusal::of(error, || Refusal::no_account(account))),
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
            .line("Generations under way go on. The person still reads and downloads, and can appeal.")
            .line("A payment under way still brings its credits. They cannot be spent until the thaw.")
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
) -> Result<Report, Refusal> {
    let word = match switch {
        AccountSwitch::Freeze => "freeze",
        AccountSwitch::Thaw => "thaw",
    };
    let same_freeze = switch == AccountSwitch::Freeze && balance.freeze_note.as_ref() == Some(note);
    if !same_freeze {
        balance.clone().adjust(switch.adjustment(), note.clone(), console.now).map_err(|error| match error {
            Error::WrongState { .. } => refused(account, switch, balance.status),
            error => error.into(),
        })?;
    }
    let facts = vec![
        ("would", format!("{word} the account {account}")),
        ("status now", balance.status.to_string()),
        ("available", format!("{} credits", balance.available(console.now))),
        ("held", format!("{} credits in {}", balance.held(), counted(balance.holds.len() as u64, "hold", "holds"))),
        ("actor", note.actor().to_owned()),
        ("the person reads", note.reason().to_owned()),
    ];
    let json = json!({ "would": word, "account": account, "status": balance.status, "note": note_json(note) });
    Ok(Report::new(json).facts(facts))
}

fn refused(account: AccountId, switch: AccountSwitch, status: BalanceStatus) -> Refusal {
    let thaw = format!("`cargo ops thaw {account}`");
    Refusal::wrong_state(match (switch, status) {
        (AccountSwitch::Freeze, BalanceStatus::Frozen) => {
            format!(
                "The account is frozen already, for another reason. To correct the reason, thaw it ({thaw}), then \
                 freeze it again."
            )
        }
        (AccountSwitch::Freeze, BalanceStatus::Closing) => {
            "The account is being deleted, so it cannot be frozen. It spends nothing any more.".to_owned()
        }
        (AccountSwitch::Thaw, BalanceStatus::Closing) => {
            "The account is being deleted, so it cannot be thawed.".to_owned()
        }
        (AccountSwitch::Thaw, BalanceStatus::Active) => "The account is not frozen.".to_owned(),
        (AccountSwitch::Freeze, BalanceStatus::Active) | (AccountSwitch::Thaw, BalanceStatus::Frozen) => {
            format!("The account has changed meanwhile. `cargo ops account {account}` shows its status.")
        }
    })
}
