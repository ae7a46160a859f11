//! `cases`, `case`, `reply` and `close`.

use crate::{
    console::{Console, scanned},
    report::{CommandOutcome, Report, note_json, time},
};
use aws::ScanProgress;
use cases::{Case, CaseNumber, CaseState, CaseSummary, CaseText};
use kernel::{Note, Result, Timestamp};
use serde_json::{Value, json};

pub(super) async fn list(all: bool, console: &Console<'_>) -> Result<Report> {
    let (cases, mut last) = (&console.stores.cases, ScanProgress::default());
    let mut found = match all {
        true => cases.list_all(console.now, console.watch("Cases", &mut last)).await?,
        false => cases.list_open().await?,
    };
    // Those that wait for us come first, the most urgent at the top.
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
        late => report.line(format!("{late} of them are due now.")),
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

pub(super) async fn show(number: &CaseNumber, console: &Console<'_>) -> Result<Report> {
    let case = console.stores.cases.read(number, console.now).await?;
    Ok(shown(&case, console.now))
}

fn shown(case: &Case, now: Timestamp) -> Report {
    let none = || "none".to_owned();
    let late = if case.state == CaseState::Open && case.due_at <= now { ", which is now" } else { "" };
    let mut facts = vec![
        ("case", case.number.to_string()),
        ("kind", case.kind.as_str().to_owned()),
        ("state", case.state.as_str().to_owned()),
        ("received", time(case.received_at)),
        ("answer due", format!("{}{late}", time(case.due_at))),
        ("answer to", case.reply_to.clone().unwrap_or_else(none)),
        ("account", case.account.map_or_else(none, |account| account.to_string())),
    ];
    if let Some(subject) = &case.subject {
        facts.push(("about", subject.clone()));
    }
    if let Some(closing) = &case.closing {
        let granted = if closing.granted { ", granted" } else { "" };
        facts.push((
            "closed",
            format!("{} by {}{granted}: {}", time(closing.at), closing.note.actor(), closing.note.reason()),
        ));
    }
    let mut report = Report::new(case_json(case)).facts(facts).line(quoted(&case.text));
    for reply in &case.replies {
        let head = format!("Reply of {} by {} ({}):", time(reply.at), reply.note.actor(), reply.note.reason());
        report = report.line(format!("{head}\n{}", quoted(&reply.text)));
    }
    next(case, report)
}

/// Marks each line of a text that a person wrote, so that none looks like a line of ours.
fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

fn next(case: &Case, report: Report) -> Report {
    let (number, note) = (&case.number, "--actor ROLE --reason TEXT");
    let report = match case.account {
        Some(account) => report.next(format!("cargo ops account {account}")),
        None => report,
    };
    if case.state == CaseState::Closed {
        return report;
    }
    let report = match case.kind {
        cases::CaseKind::Objection => report.next(format!("cargo ops close {number} --grant {note}")),
        cases::CaseKind::Report => {
            report.next(format!("cargo ops disable-work ACCOUNT GENERATION --ground TEXT {note}"))
        }
        _ => report,
    };
    report.next(format!("cargo ops reply {number} --text TEXT {note}")).next(format!("cargo ops close {number} {note}"))
}

fn case_json(case: &Case) -> Value {
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
    })
}

pub(super) async fn reply(
    number: &CaseNumber,
    text: &CaseText,
    note: &Note,
    confirmed: bool,
    console: &Console<'_>,
) -> Result<CommandOutcome> {
    if !confirmed {
        let case = console.stores.cases.read(number, console.now).await?;
        case.reply(text, note, console.now)?;
        let report = would(&case, "reply", note).line(quoted(text.as_str()));
        return Ok(CommandOutcome::Planned(report));
    }
    let case = console.case_work().reply(number, text, note, console.ids, console.now).await?;
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
) -> Result<CommandOutcome> {
    if !confirmed {
        let case = console.stores.cases.read(number, console.now).await?;
        case.close(granted, note, console.now)?;
        let report = would(&case, if granted { "grant and close" } else { "close" }, note);
        let report = match granted {
            true => report.line(
                "The account's sign-in log keeps no IP addresses from then on, and the stored ones are removed for ever.",
            ),
            false => report,
        };
        return Ok(CommandOutcome::Planned(report));
    }
    let done = console.case_work().close(number, granted, note, console.ids, console.now).await?;
    let ends = done.case.expires_at;
    let json = json!({
        "done": true, "number": done.case.number, "state": done.case.state, "granted": granted,
        "removed_addresses": done.removed_addresses, "expires_at": ends,
    });
    let report = Report::new(json).line(format!("The case {number} is closed."));
    let report = match granted {
        true => report.line(format!(
            "The objection is granted: {} addresses were removed, and none is kept any more.",
            done.removed_addresses
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
            "1 of them are due now",
            "cargo ops case C-0000-0001",
        ] {
            assert!(text.contains(part), "{part:?} must be in:\n{text}");
        }
        assert_eq!(report.json["cases"][0]["number"], "C-0000-0001");
        let scan = ScanProgress { pages: 1, read: 2, found: 0, units: 0.5 };
        let none = listed(&[], Some(&scan), "2026-11-30T03:00:00Z".parse().unwrap());
        assert!(none.text().contains("No cases.") && none.text().contains("2 items in 1 pages"), "{}", none.text());
    }

    #[test]
    fn a_line_that_a_person_wrote_does_not_look_like_ours() {
        assert_eq!(quoted("help\nNext:\n  cargo ops freeze"), "> help\n> Next:\n>   cargo ops freeze");
    }
}
