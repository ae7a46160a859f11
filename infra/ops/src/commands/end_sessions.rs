//! `end-sessions`: ends all sessions of an account.

use crate::{
    console::Console,
    refusal::Refusal,
    report::{CommandOutcome, Report, counted, note_json, time},
};
use kernel::{AccountId, Note};
use serde_json::json;

/// Ends the sessions. The ledger's entry has the note, and comes first: a run that ends half-way is
/// finished by its repetition, which ends no later session.
pub(super) async fn run(
    account: AccountId,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    let (accounts, credits, now) = (&console.stores.accounts, &console.stores.credits, console.now);
    if !confirmed {
        let status = console.balance(account).await?.status;
        let alive = accounts.count_sessions(account, now).await?;
        let json = json!({ "would": "end-sessions", "account": account, "sessions": alive, "note": note_json(note) });
        let facts = vec![
            ("would", format!("end all sessions of the account {account}")),
            ("status now", status.to_string()),
            ("sessions now", alive.to_string()),
            ("actor", note.actor().to_owned()),
            ("the person reads", note.reason().to_owned()),
        ];
        return Ok(CommandOutcome::Planned(Report::new(json).facts(facts)));
    }
    let recorded = credits.record_end_of_sessions(account, note, console.ids, now).await;
    let recorded = recorded.map_err(|error| Refusal::of(error, || Refusal::no_account(account)))?;
    let ended = accounts.end_sessions_for_operator(account, recorded.at, now).await?;
    let changed = recorded.is_new || ended > 0;
    let json = json!({
        "done": true, "account": account, "ended": ended, "at": recorded.at, "changed": changed, "note": note_json(note),
    });
    let sessions = counted(ended, "session", "sessions");
    let said = match (recorded.is_new, ended) {
        (true, _) => format!("Ended: {sessions} of the account {account}."),
        (false, 0) => format!(
            "The sessions of the account {account} are ended already, at {}, with this reason. Nothing was changed. \
             To end later ones, give another reason.",
            time(recorded.at)
        ),
        (false, _) => format!("Ended: {sessions} that the run of {} had left.", time(recorded.at)),
    };
    let report = Report::new(json)
        .line(said)
        .line("Access tokens of these sessions still read for ten minutes at most, and spend nothing.")
        .line("The person signs in again, and reads the reason in the statement of credits.");
    Ok(CommandOutcome::Done(report.next(format!("cargo ops account {account}"))))
}
