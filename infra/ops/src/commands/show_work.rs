//! `work`: a work and its account.

use crate::{
    console::{Console, scanned},
    refusal::Refusal,
    report::{Report, note_json, quoted, time, word},
    work_ref::WorkRef,
};
use aws::ScanProgress;
use generations::{Disabled, Generation, PastDecision};
use kernel::{AccountId, GenerationId, limits::UNDO_WINDOW};
use serde_json::{Value, json};

/// Shows a work without its prompt, or with it. Reads by key if the account is known.
pub(super) async fn show(work: WorkRef, with_prompt: bool, console: &Console<'_>) -> Result<Report, Refusal> {
    let (account, cost) = match work.account {
        Some(account) => (account, None),
        None => find(work.generation, console).await.map(|(account, cost)| (account, Some(cost)))?,
    };
    let found = console.stores.generations.get(account, work.generation).await;
    let missing = || match &cost {
        None => Refusal::no_work(account, work.generation),
        Some(cost) => Refusal::missing(format!(
            "The work {} of the account {account} was deleted. The person can bring it back for {} seconds; then its files are removed. {cost}",
            work.generation,
            UNDO_WINDOW.as_secs()
        )),
    };
    let generation = found.map_err(|error| Refusal::of(error, missing))?;
    let report = shown(&generation, with_prompt);
    Ok(match cost {
        Some(cost) => report.line(cost),
        None => report,
    })
}

/// The account of a generation, and a line about the cost of the search.
async fn find(id: GenerationId, console: &Console<'_>) -> Result<(AccountId, String), Refusal> {
    let mut last = ScanProgress::default();
    let found = console.stores.generations.find_account_of(id, console.watch("Generations", &mut last)).await?;
    let cost = format!("No index leads from a work to its account, so the whole table was read: {}.", scanned(&last));
    match found {
        Some(account) => Ok((account, cost)),
        None => Err(Refusal::missing(format!("No account has a generation {id}, or it was deleted. {cost}"))),
    }
}

fn shown(generation: &Generation, with_prompt: bool) -> Report {
    let Generation { account, id, model, kind, status, created_at, outputs, disabled, decisions, prompt, .. } =
        generation;
    let disabled_line = |disabled: &Disabled| {
        let Disabled { at, note, ground } = disabled;
        format!("since {} by {}: {} ({ground})", time(*at), note.actor(), note.reason())
    };
    let report = Report::new(json(generation, with_prompt)).facts(vec![
        ("account", account.to_string()),
        ("generation", id.to_string()),
        ("model", model.clone()),
        ("kind", word(kind)),
        ("created", time(*created_at)),
        ("status", status.as_str().to_owned()),
        ("disabled", disabled.as_ref().map_or_else(|| "no".to_owned(), disabled_line)),
        ("outputs", outputs.len().to_string()),
    ]);
    let files = outputs.iter().map(|output| {
        vec![output.key.clone(), output.version_id.clone(), output.content_type.clone(), output.bytes.to_string()]
    });
    let report = report.table(&["key of the file", "version", "type", "bytes"], files.collect(), "No files.");
    let past = decisions.iter().map(|PastDecision { disabled, enabled }| {
        let (by, again) = (disabled_line(disabled), enabled.note.actor());
        vec![by, format!("{} by {again}: {}", time(enabled.at), enabled.note.reason())]
    });
    let report = match decisions.is_empty() {
        true => report,
        false => report.table(&["was disabled", "enabled again"], past.collect(), ""),
    };
    let report = match with_prompt {
        true => report.line(format!("The prompt:\n{}", quoted(prompt))),
        false => report.line("The prompt is not shown. Add --prompt if the decision needs it."),
    };
    let note = "--actor ROLE --reason TEXT";
    let report = match disabled {
        None => report.next(format!("cargo ops disable-work {account} {id} --ground TEXT {note}")),
        Some(_) => report.next(format!("cargo ops enable-work {account} {id} {note}")),
    };
    report.next(format!("cargo ops account {account}"))
}

fn json(generation: &Generation, with_prompt: bool) -> Value {
    let files = generation.outputs.iter().map(|output| {
        json!({
            "key": output.key, "version_id": output.version_id, "content_type": output.content_type,
            "bytes": output.bytes,
        })
    });
    let disabled = generation
        .disabled
        .as_ref()
        .map(|disabled| json!({ "at": disabled.at, "ground": disabled.ground, "note": note_json(&disabled.note) }));
    let past = generation.decisions.iter().map(|PastDecision { disabled, enabled }| {
        json!({
            "disabled_at": disabled.at, "ground": disabled.ground, "disabled": note_json(&disabled.note),
            "enabled_at": enabled.at, "enabled": note_json(&enabled.note),
        })
    });
    json!({
        "account": generation.account, "generation": generation.id, "model": generation.model,
        "kind": generation.kind, "created_at": generation.created_at, "status": generation.status,
        "disabled": disabled, "past_decisions": past.collect::<Vec<_>>(), "outputs": generation.outputs.len(), "files": files.collect::<Vec<_>>(),
        "prompt": with_prompt.then_some(&generation.prompt),
    })
}
