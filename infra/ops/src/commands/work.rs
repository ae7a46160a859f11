//! `disable-work` and `enable-work`.

use crate::{
    console::Console,
    refusal::Refusal,
    report::{CommandOutcome, Report, note_json, time},
};
use generations::{Disabled, Enabled, Generation};
use kernel::{AccountId, GenerationId, Note};
use serde_json::{Value, json};

pub(super) async fn disable(
    account: AccountId,
    id: GenerationId,
    ground: &str,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    let statement = Disabled::new(note.clone(), ground, console.now)?;
    let (generations, missing) = (&console.stores.generations, || Refusal::no_work(account, id));
    if !confirmed {
        let found = generations.get(account, id).await;
        let generation = found.map_err(|error| Refusal::of(error, missing))?;
        if generation.disabled.as_ref().is_some_and(|before| !before.says_the_same_as(&statement)) {
            return Err(Refusal::wrong_state("The work is disabled already, for another reason."));
        }
        let report = facts(&generation, "disable", note).facts(vec![("ground", statement.ground.clone())]);
        return Ok(CommandOutcome::Planned(report));
    }
    let done = generations.disable(account, id, &statement).await;
    let generation = done.map_err(|error| Refusal::of(error, missing))?;
    let since = generation.disabled.as_ref().map_or(console.now, |disabled| disabled.at);
    let changed = since == console.now;
    let json = json!({ "done": true, "account": account, "generation": id, "disabled_at": since, "changed": changed });
    let report = Report::new(json)
        .line(match changed {
            true => format!("The work {id} is disabled since {}.", time(since)),
            false => {
                format!(
                    "The work {id} is disabled already, since {}, with this reason. Nothing was changed.",
                    time(since)
                )
            }
        })
        .line("Its owner sees it without links, with your reason, the ground, and how to appeal.")
        .line("Links that were made before end within five minutes. The files stay until the owner deletes them.")
        .next(format!("cargo ops enable-work {account} {id} --actor ROLE --reason TEXT"));
    Ok(CommandOutcome::Done(report))
}

pub(super) async fn enable(
    account: AccountId,
    id: GenerationId,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    let (generations, missing) = (&console.stores.generations, || Refusal::no_work(account, id));
    if !confirmed {
        let found = generations.get(account, id).await;
        let generation = found.map_err(|error| Refusal::of(error, missing))?;
        let repeated = generation.enabled.as_ref().is_some_and(|before| before.note == *note);
        if generation.disabled.is_none() && !repeated {
            return Err(Refusal::wrong_state("The work is not disabled."));
        }
        return Ok(CommandOutcome::Planned(facts(&generation, "enable", note)));
    }
    let enabled = Enabled { at: console.now, note: note.clone() };
    let done = generations.enable(account, id, &enabled).await;
    let generation = done.map_err(|error| Refusal::of(error, missing))?;
    let since = generation.enabled.as_ref().map_or(console.now, |enabled| enabled.at);
    let changed = since == console.now;
    let json = json!({ "done": true, "account": account, "generation": id, "enabled_at": since, "changed": changed });
    let said = match changed {
        true => format!("The work {id} is enabled again since {}.", time(since)),
        false => format!("The work {id} is enabled already, since {}. Nothing was changed.", time(since)),
    };
    Ok(CommandOutcome::Done(Report::new(json).line(said)))
}

/// The planned change and its generation. The report leaves out the prompt.
fn facts(generation: &Generation, would: &str, note: &Note) -> Report {
    let Generation { account, id, model, status, outputs, .. } = generation;
    let json: Value = json!({ "would": would, "account": account, "generation": id, "note": note_json(note) });
    Report::new(json).facts(vec![
        ("would", format!("{would} the work {id}")),
        ("account", account.to_string()),
        ("model", model.clone()),
        ("status", status.as_str().to_owned()),
        ("files", outputs.len().to_string()),
        ("actor", note.actor().to_owned()),
        ("the person reads", note.reason().to_owned()),
    ])
}
