//! `cases`, `case`, `reply` and `close`.

use crate::{
    console::{Console, scanned},
    refusal::Refusal,
    report::{CommandOutcome, Report, counted, note_json, quoted, time},
    work_ref::{self, WorkRef},
};
use aws::ScanProgress;
use cases::{Case, CaseNumber, CaseState, CaseSummary, CaseText};
use kernel::{AccountId, Error, Note, Timestamp};
use serde_json::{Value, json};

pub(super) async fn list(all: bool, console: &Console<'_>) -> Result<Report, Refusal> {
    let (cases, mut last) = (&console.stores.cases, ScanProgress::default());
    let mut found = match all {
        true => cases.list_all(console.now, console.watch("Cases", &mut last)).await?,
        false => cases.list_open().await?,
    };
    // The open cases come first, those with the earliest due time at the top.
    found.sort_by_key(|case| (case.state, case.due_at, case.received_at));
    Ok(listed(&found, all.then_some(&last), console.now))
}

fn listed(found: &[CaseSummary], scan: Option<&ScanProgress>, now: Timestamp) -> Report {
    let late = found.iter().filter(|case| case.state == CaseState::Open && case.due_at <= now).count();
    let report = Report::new(json!({ "cases": found, "due": late }));
    let report =
        report.table(&["case", "kind", "state", "due", "received"], found.iter().map(row).collect(), "No cases.");
    let report = match late {
        0 => report,
        late => report.line(counted(late as u64, "of them is due now.", "of them are due now.")),
    };
    let report = match scan {
        Some(scan) => report.line(format!("The whole table was read: {}.", scanned(scan))),
        None => report,
    };
    match found.first().filter(|case| case.state == CaseState::Open) {
        Some(first) => report.next(format!("cargo ops case {}", first.number)),
        None => report,
    }
}

/// The row of a case in a table.
pub(super) fn row(case: &CaseSummary) -> Vec<String> {
    vec![
        case.number.to_string(),
        case.kind.as_str().to_owned(),
        case.state.as_str().to_owned(),
        time(case.due_at),
        time(case.received_at),
    ]
}

async fn read(number: &CaseNumber, console: &Console<'_>) -> Result<Case, Refusal> {
    let case = console.stores.cases.read(number, console.now).await;
    case.map_err(|error| Refusal::of(error, || Refusal::no_case(number)))
}

pub(super) async fn show(number: &CaseNumber, console: &Console<'_>) -> Result<Report, Refusal> {
    let case = read(number, console).await?;
    let subject = CaseSubject::read(&case, console).await?;
    Ok(shown(&case, subject.as_ref(), console.now))
}

/// The work that a report seems to be about. Anybody can write a URL with ids.
struct CaseSubject {
    work: WorkRef,
    /// The host of the URL, if the report has one.
    host: Option<String>,
    place: WorkPlace,
}

/// The result of a read by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WorkPlace {
    /// The writer has it.
    Own,
    /// This account has it, and not the writer, who was signed in or not.
    Of(AccountId),
    /// The account that the report names has it not.
    Missing,
    /// The report names no account, and the writer has it not.
    NotOfWriter,
    /// The report names no account, and the writer was not signed in. So nothing was read.
    Unknown,
}

impl CaseSubject {
    /// `None` when the case names no work. One request, if the report or the writer leads to an account.
    async fn read(case: &Case, console: &Console<'_>) -> Result<Option<Self>, Refusal> {
        let Some(subject) = case.subject.as_deref() else { return Ok(None) };
        let Ok(work) = subject.parse::<WorkRef>() else { return Ok(None) };
        let place = match work.account.or(case.account) {
            None => WorkPlace::Unknown,
            Some(account) => match console.stores.generations.get(account, work.generation).await {
                Ok(_) if case.account == Some(account) => WorkPlace::Own,
                Ok(_) => WorkPlace::Of(account),
                Err(Error::NotFound) if work.account.is_some() => WorkPlace::Missing,
                Err(Error::NotFound) => WorkPlace::NotOfWriter,
                Err(error) => return Err(error.into()),
            },
        };
        let account = work.account.or(case.account.filter(|_| place == WorkPlace::Own));
        let host = work_ref::host(subject).map(str::to_owned);
        Ok(Some(Self { work: WorkRef { account, ..work }, host, place }))
    }

    fn owner(&self, case: &Case) -> String {
        match (self.place, case.account) {
            (WorkPlace::Own, _) => "the writer's own".to_owned(),
            (WorkPlace::Of(account), Some(_)) => format!("of the account {account}, and not the writer's own"),
            (WorkPlace::Of(account), None) => format!("of the account {account}; the writer was not signed in"),
            (WorkPlace::Missing, _) => "not found or deleted".to_owned(),
            (WorkPlace::NotOfWriter, _) => "not found with the writer's account: of another one, or deleted".to_owned(),
            (WorkPlace::Unknown, _) => "unknown: the writer was not signed in".to_owned(),
        }
    }

    /// Whether it is the writer's own, if that is known.
    fn is_own(&self, case: &Case) -> Option<bool> {
        match self.place {
            WorkPlace::Own => Some(true),
            WorkPlace::Of(_) => case.account.map(|_| false),
            WorkPlace::Missing | WorkPlace::NotOfWriter | WorkPlace::Unknown => None,
        }
    }
}

fn shown(case: &Case, subject: Option<&CaseSubject>, now: Timestamp) -> Report {
    let none = || "none".to_owned();
    let late = if case.state == CaseState::Open && case.due_at <= now { ", which is now" } else { "" };
    let writer = || "a person who was not signed in".to_owned();
    let mut facts = vec![
        ("case", case.number.to_string()),
        ("kind", case.kind.as_str().to_owned()),
        ("state", case.state.as_str().to_owned()),
        ("received", time(case.received_at)),
        ("answer due", format!("{}{late}", time(case.due_at))),
        ("answer to", case.reply_to.clone().unwrap_or_else(none)),
        ("written by", case.account.map_or_else(writer, |account| account.to_string())),
    ];
    if let Some(about) = &case.subject {
        facts.push(("about", about.clone()));
        let none = || "none: the report names no work of ours".to_owned();
        facts.push(("work", subject.map_or_else(none, |subject| subject.owner(case))));
        if let Some(host) = subject.and_then(|subject| subject.host.as_ref()) {
            facts.push(("host of the URL", format!("{host}. Anybody can write our ids into a URL of another site")));
        }
    }
    if let Some(grant) = case.grant.as_ref().filter(|_| case.closing.is_none()) {
        let (at, actor, reason) = (time(grant.at), grant.note.actor(), grant.note.reason());
        facts.push(("granted", format!("{at} by {actor}: {reason} (not finished: close the case with --grant)")));
    }
    if let Some(closing) = &case.closing {
        let granted = if closing.granted { ", granted" } else { "" };
        facts.push((
            "closed",
            format!("{} by {}{granted}: {}", time(closing.at), closing.note.actor(), closing.note.reason()),
        ));
    }
    let mut report = Report::new(case_json(case, subject)).facts(facts).line(quoted(&case.text));
    for reply in &case.replies {
        let head = format!("Reply of {} by {} ({}):", time(reply.at), reply.note.actor(), reply.note.reason());
        report = report.line(format!("{head}\n{}", quoted(&reply.text)));
    }
    next(case, subject, report)
}

fn next(case: &Case, subject: Option<&CaseSubject>, report: Report) -> Report {
    let (number, note) = (&case.number, "--actor ROLE --reason TEXT");
    let report = match subject {
        Some(subject) => report.next(format!("cargo ops work {}", subject.work)),
        None => report,
    };
    let report = match case.account {
        Some(account) => report.next(format!("cargo ops account {account}")),
        None => report,
    };
    if case.state == CaseState::Closed {
        return report;
    }
    let report = match case.kind {
        cases::CaseKind::Objection => report.next(format!("cargo ops close {number} --grant {note}")),
        _ => report,
    };
    let report = report.next(format!("cargo ops reply {number} --text TEXT {note}"));
    match case.grant {
        Some(_) => report,
        None => report.next(format!("cargo ops close {number} {note}")),
    }
}

fn case_json(case: &Case, subject: Option<&CaseSubject>) -> Value {
    let replies =
        case.replies.iter().map(|reply| json!({ "at": reply.at, "text": reply.text, "note": note_json(&reply.note) }));
    let closing = case
        .closing
        .as_ref()
        .map(|closing| json!({ "at": closing.at, "note": note_json(&closing.note), "granted": closing.granted }));
    json!({
        "number": case.number, "kind": case.kind, "state": case.state, "text": case.text, "reply_to": case.reply_to,
        "account": case.account, "subject": case.subject, "received_at": case.received_at, "due_at": case.due_at,
        "replies": replies.collect::<Vec<_>>(), "closing": closing,
        "grant": case.grant.as_ref().map(|grant| json!({ "at": grant.at, "note": note_json(&grant.note) })),
        "work": subject.map(|subject| subject.work.to_string()),
        "own_work": subject.and_then(|subject| subject.is_own(case)),
        "work_host": subject.and_then(|subject| subject.host.as_ref()),
        "work_found": subject.and_then(|subject| match subject.place {
            WorkPlace::Own | WorkPlace::Of(_) => Some(true),
            WorkPlace::Missing | WorkPlace::NotOfWriter => Some(false),
            WorkPlace::Unknown => None,
        }),
    })
}

pub(super) async fn reply(
    number: &CaseNumber,
    text: &CaseText,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    if !confirmed {
        let case = read(number, console).await?;
        case.reply(text, note, console.now)?;
        let report = would(&case, "reply", note).line(quoted(text.as_str()));
        return Ok(CommandOutcome::Planned(report));
    }
    let case = console.case_work().reply(number, text, note, console.ids, console.now).await;
    let case = case.map_err(|error| Refusal::of(error, || Refusal::no_case(number)))?;
    let json = json!({ "done": true, "number": case.number, "state": case.state, "replies": case.replies.len() });
    let report = Report::new(json).line(format!("The reply to {number} is recorded."));
    let report = match &case.reply_to {
        Some(address) => report.next(format!("send the text yourself to {address}: no mail is sent yet")),
        None => report.line("The person left no address, so nobody can be answered."),
    };
    Ok(CommandOutcome::Done(report.next(format!("cargo ops close {number} --actor ROLE --reason TEXT"))))
}

pub(super) async fn close(
    number: &CaseNumber,
    granted: bool,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome, Refusal> {
    if !confirmed {
        let case = read(number, console).await?;
        let (does, by) = match (granted, &case.grant) {
            (true, Some(grant)) => ("finish the grant and close", &grant.note),
            (true, None) => ("grant and close", note),
            (false, _) => ("close", note),
        };
        let step = if granted { case.grant(note, console.now) } else { case.close(false, note, console.now) };
        step?;
        let report = would(&case, does, by);
        let report = match granted {
            true => report.line(
                "The account's sign-in log keeps no IP addresses from then on, and the stored ones are removed for ever.",
            ),
            false => report,
        };
        return Ok(CommandOutcome::Planned(report));
    }
    let done = console.case_work().close(number, granted, note, console.ids, console.now).await;
    let done = done.map_err(|error| Refusal::of(error, || Refusal::no_case(number)))?;
    let ends = done.case.expires_at;
    let json = json!({
        "done": true, "number": done.case.number, "state": done.case.state, "granted": granted,
        "removed_addresses": done.removed_addresses, "expires_at": ends,
    });
    let report = Report::new(json).line(format!("The case {number} is closed."));
    let report = match granted {
        true => report.line(format!(
            "The objection is granted by {}: {} removed by this run, and none is kept any more.",
            done.case.closing.as_ref().map_or(note, |closing| &closing.note).actor(),
            counted(done.removed_addresses, "address was", "addresses were")
        )),
        false => report,
    };
    let ends = ends.map_or_else(|| "later".to_owned(), time);
    Ok(CommandOutcome::Done(report.line(format!("It is kept until {ends}."))))
}

fn would(case: &Case, would: &str, note: &Note) -> Report {
    let json = json!({ "would": would, "number": case.number, "state": case.state, "note": note_json(note) });
    Report::new(json).facts(vec![
        ("would", format!("{would}: {}", case.number)),
        ("kind", case.kind.as_str().to_owned()),
        ("state now", case.state.as_str().to_owned()),
        ("actor", note.actor().to_owned()),
        ("reason", note.reason().to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use cases::CaseKind;

    fn summary(number: &str, state: CaseState, due: &str) -> CaseSummary {
        let (due_at, received_at) = (due.parse().unwrap(), "2026-11-01T00:00:00Z".parse().unwrap());
        CaseSummary { number: number.parse().unwrap(), kind: CaseKind::Report, state, received_at, due_at }
    }

    #[test]
    fn a_list_says_what_is_due_and_what_to_do() {
        let found = [
            summary("C-0000-0001", CaseState::Open, "2026-11-01T00:00:00Z"),
            summary("C-0000-0002", CaseState::Answered, "2026-11-01T00:00:00Z"),
        ];
        let report = listed(&found, None, "2026-11-30T03:00:00Z".parse().unwrap());
        let text = report.text();
        for part in [
            "C-0000-0001  report  open      2026-11-01 00:00:00 UTC",
            "1 of them is due now",
            "cargo ops case C-0000-0001",
        ] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
        assert_eq!(report.json["cases"][0]["number"], "C-0000-0001");
        let scan = ScanProgress { pages: 1, read: 2, found: 0, units: 0.5 };
        let none = listed(&[], Some(&scan), "2026-11-30T03:00:00Z".parse().unwrap());
        assert!(none.text().contains("No cases.") && none.text().contains("2 items in 1 page,"), "{}", none.text());
    }
}
