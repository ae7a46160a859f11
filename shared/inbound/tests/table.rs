//! Every row of `mails.toml`: a mail, what is known beside it, and what is right.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests stop at what is wrong with the table")]

mod table {
    pub mod case;
    pub mod generated;
}

use inbound::{Action, Answer, Judgement, Known, Letter, Limits, decide, judge, read};
use table::case::{Case, Table, ours};

/// What happened to a mail of the table.
struct Outcome {
    judgement: Judgement,
    action: Action,
}

fn play(table: &Table, case: &Case) -> Outcome {
    let judgement = match read(&case.raw(), &Limits::default()) {
        Ok(mail) => judge(&mail, &case.receipt(), &ours()),
        Err(why) => Judgement::unreadable(why),
    };
    let action = decide(&judgement, &case.known(table, &judgement));
    Outcome { judgement, action }
}

/// What of the outcome is not as the row says.
fn differences(table: &Table, case: &Case, outcome: &Outcome) -> Vec<String> {
    let Outcome { judgement, action } = outcome;
    let reasons: Vec<_> = judgement.reasons.iter().map(|reason| reason.code()).collect();
    let (does, kind) = described(action);
    let kind = kind.unwrap_or_default();
    let automatic = judgement.automatic.map_or("", inbound::Automatic::code);
    let unreadable = judgement.unreadable.map_or("", inbound::Unreadable::code);
    let token = judgement.reply_token.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    let mut expect = |what: &str, is: &str, right: &str| {
        if is != right {
            found.push(format!("{what} is {is:?}, and {right:?} is right"));
        }
    };
    expect("does", does, &case.does);
    expect("kind", kind, &case.kind);
    expect("automatic", automatic, &case.automatic);
    expect("unreadable", unreadable, &case.unreadable);
    expect("token", token, &case.token);
    if !case.why.is_empty() && !reasons.contains(&case.why.as_str()) {
        found.push(format!("the reasons must name {:?}", case.why));
    }
    if let Action::Schedule { accounts } = action
        && *accounts != table.accounts_of(&case.holder)
    {
        found.push(format!("{accounts:?} is scheduled, and the holder of {:?} asks", case.holder));
    }
    if !found.is_empty() {
        found.push(format!(
            "request {:?}, strength {:?}, reasons {reasons:?}, from {:?}",
            judgement.request,
            judgement.strength,
            judgement.from.as_ref().map(ToString::to_string)
        ));
    }
    found
}

/// The action and the kind of a case, as the table names them.
fn described(action: &Action) -> (&'static str, Option<&'static str>) {
    match action {
        Action::Schedule { .. } => ("schedule", None),
        Action::SendLink { acknowledge: Some(_), .. } => ("link_and_acknowledge", None),
        Action::SendLink { acknowledge: None, .. } => ("link", None),
        Action::Acknowledge { .. } => ("acknowledge", None),
        Action::List => ("list", None),
        Action::ListToKeep { .. } => ("list_to_keep", None),
        Action::OpenCase { kind, acknowledge: Some(_) } => ("case", Some(kind.code())),
        Action::OpenCase { kind, acknowledge: None } => ("case_unanswered", Some(kind.code())),
        Action::Join { .. } => ("join", None),
        Action::Copy => ("copy", None),
        Action::Ignore => ("ignore", None),
    }
}

#[test]
fn every_mail_of_the_table_has_the_outcome_that_is_right() {
    let table = Table::read();
    assert!(table.mail.len() >= 200, "the table must keep at least 200 mails");
    let wrong = table.mail.iter().filter_map(|case| {
        let differences = differences(&table, case, &play(&table, case));
        (!differences.is_empty())
            .then(|| format!("{} (row {}):\n    {}", case.name, case.row, differences.join("\n    ")))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(
        wrong.is_empty(),
        "{} of {} mails differ from tests/mails.toml. Correct the code, or the row if the rule of its row says so:\n\n{}",
        wrong.len(),
        table.mail.len(),
        wrong.join("\n")
    );
}

#[test]
fn no_account_of_somebody_else_is_scheduled() {
    let table = Table::read();
    let mut scheduled = 0;
    for case in &table.mail {
        if let Action::Schedule { accounts } = play(&table, case).action {
            scheduled += 1;
            assert!(
                !case.holder.is_empty(),
                "{}: nobody who holds an account asks, and {accounts:?} is scheduled",
                case.name
            );
            assert_eq!(
                accounts,
                table.accounts_of(&case.holder),
                "{}: somebody else's account is scheduled",
                case.name
            );
        }
    }
    assert!(scheduled > 50, "{scheduled} mails are scheduled: the table proves nothing if none is");
}

#[test]
fn a_mail_that_nobody_proved_or_nobody_wrote_is_answered_to_nobody() {
    let table = Table::read();
    for case in &table.mail {
        let Outcome { judgement, action } = play(&table, case);
        if !judgement.is_aligned() || judgement.automatic.is_some() {
            assert_eq!(action.answers(), [], "{}: an answer would be backscatter, or a loop", case.name);
        }
    }
}

#[test]
fn the_acknowledgement_is_the_same_whether_or_not_an_account_exists() {
    let table = Table::read();
    let mut compared = 0;
    let to_sender = |action: &Action| {
        let to_sender = |answer: &Answer| matches!(answer, Answer::Sender(_, Letter::Acknowledgement));
        action.answers().into_iter().filter(to_sender).collect::<Vec<_>>()
    };
    for case in &table.mail {
        let Outcome { judgement, action } = play(&table, case);
        if matches!(action, Action::SendLink { acknowledge: Some(_), .. }) {
            let without = decide(&judgement, &Known { accounts: Vec::new(), ..case.known(&table, &judgement) });
            assert_eq!(to_sender(&action), to_sender(&without), "{}", case.name);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} acknowledgements were compared");
}

#[test]
fn what_concerns_an_account_goes_to_the_address_on_file_alone() {
    let table = Table::read();
    for case in &table.mail {
        for answer in play(&table, case).action.answers() {
            let is_right = match answer {
                Answer::OnFile(_, letter) => matches!(letter, Letter::DeletionScheduled | Letter::DeletionConfirm),
                Answer::Sender(_, letter) => matches!(letter, Letter::Acknowledgement | Letter::CaseReceived),
            };
            assert!(is_right, "{}: {answer:?}", case.name);
        }
    }
}

#[test]
fn what_is_printed_has_no_address_and_no_text_of_the_mail() {
    let table = Table::read();
    for case in &table.mail {
        let Outcome { judgement, action } = play(&table, case);
        let printed = format!("{judgement:?} {action:?} {:?} {:?}", action.answers(), case.receipt());
        let said = ["@", "example", "Doe", "Thank", "k7r2t9"].into_iter().find(|text| printed.contains(text));
        assert_eq!(said, None, "{}: {printed}", case.name);
    }
}

#[test]
fn every_file_has_its_row() {
    let table = Table::read();
    let folder = table::case::folder().join("mails");
    let files = std::fs::read_dir(&folder).expect("the folder of the mails is readable");
    for path in files.map(|file| file.expect("an entry is readable").path()) {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let is_mail = path.extension().is_some_and(|extension| extension == "eml");
        assert!(!is_mail || table.mail.iter().any(|case| case.name == name), "mails/{name}.eml has no row: delete it");
    }
}
