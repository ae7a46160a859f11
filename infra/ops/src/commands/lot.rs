//! `freeze --lot` and `thaw --lot`.

use crate::{
    console::Console,
    refusal::Refusal,
    report::{CommandOutcome, Report, note_json},
};
use credits::{Balance, LotSwitch, OperatorOutcome};
use kernel::{AccountId, Credits, Error, Note, Timestamp};
use serde_json::json;

/// Freezes or thaws one lot of an account. The ledger's entry has the note.
pub(super) async fn run(
    account: AccountId,
    lot: &str,
    switch: LotSwitch,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    let credits = &console.stores.credits;
    if !confirmed {
        let balance = console.balance(account).await?;
        return plan(account, lot, switch, note, balance, console).map(CommandOutcome::Planned);
    }
    let done = match credits.switch_lot(account, lot, switch, note, console.ids, console.now).await {
        Ok(done) => done,
        Err(error @ Error::WrongState { .. }) => {
            return Err(refused(lot, error, &console.balance(account).await?, console.now));
        }
        Err(error) => return Err(Refusal::of(error, || Refusal::no_account(account))),
    };
    let (changed, balance) = (matches!(done, OperatorOutcome::Changed(_)), done.balance());
    let (available, frozen) = (balance.available(console.now), balance.frozen_credits(console.now));
    let state = match switch {
        LotSwitch::Freeze => "frozen",
        LotSwitch::Thaw => "thawed",
    };
    let json = json!({
        "done": true, "account": account, "lot": lot, "state": state, "changed": changed, "available": available,
        "frozen": frozen, "note": note_json(note),
    });
    let said = match changed {
        true => format!("The lot {lot} is {state}. {available} credits are available, {frozen} are frozen."),
        false => format!("The lot {lot} is {state} already, with this reason. Nothing was changed."),
    };
    let report = Report::new(json).line(said).next(format!("cargo ops account {account}"));
    Ok(CommandOutcome::Done(match switch {
        LotSwitch::Freeze => report
            .line("Generations under way go on. What they give back to the lot is frozen.")
            .line("GET /v1/credits shows the person the lot and your reason. The person can appeal.")
            .next(format!("cargo ops thaw {account} --lot {lot} --actor ROLE --reason TEXT")),
        LotSwitch::Thaw => report,
    }))
}

/// The effect that the change would have, as the rule decides it.
fn plan(
    account: AccountId,
    lot: &str,
    switch: LotSwitch,
    note: &Note,
    balance: Balance,
    console: &Console<'_>,
) -> Result<Report, Refusal> {
    let word = match switch {
        LotSwitch::Freeze => "freeze",
        LotSwitch::Thaw => "thaw",
    };
    let same_freeze = balance.lot_freezes().get(lot).is_some_and(|freeze| freeze.note == *note);
    let mut after = balance.clone();
    if switch == LotSwitch::Thaw || !same_freeze {
        let adjusted = after.adjust(switch.adjustment(lot), note.clone(), console.now);
        adjusted.map_err(|error| refused(lot, error, &balance, console.now))?;
    }
    let credits: Credits = balance.lots.iter().filter(|known| known.id == lot).map(|known| known.remaining).sum();
    let pinned = balance.holds.iter().flat_map(|hold| hold.parts.iter().chain(&hold.due));
    let held: Credits = pinned.filter(|part| part.id == lot).map(|part| part.remaining).sum();
    let facts = vec![
        ("would", format!("{word} the lot {lot} of the account {account}")),
        ("in the lot", format!("{credits} credits, and {held} in holds, which settle as before")),
        ("available now", format!("{} credits", balance.available(console.now))),
        ("available after", format!("{} credits", after.available(console.now))),
        ("actor", note.actor().to_owned()),
        ("the person reads", note.reason().to_owned()),
    ];
    let json = json!({
        "would": word, "account": account, "lot": lot, "credits": credits, "held": held,
        "available_after": after.available(console.now), "note": note_json(note),
    });
    Ok(Report::new(json).facts(facts))
}

/// The refusal of the rule. If no open lot has this id, it has the ids of those that are open.
fn refused(lot: &str, error: Error, balance: &Balance, now: Timestamp) -> Refusal {
    let open: Vec<&str> = balance.open_lots(now).into_iter().collect();
    match error {
        Error::WrongState { .. } if !open.contains(&lot) => {
            let known = match open.as_slice() {
                [] => "It has no open lot.".to_owned(),
                [one] => format!("Its open lot is {one}."),
                several => format!("Its open lots are {}.", several.join(", ")),
            };
            Refusal::wrong_state(format!("The account has no open lot with this id: {lot}. {known}"))
        }
        error => error.into(),
    }
}
