//! The rules for the life of a case.

use super::*;
use kernel::{Fixed, Ids};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn message(kind: CaseKind) -> NewCase {
    NewCase { kind, text: CaseText::parse("text", "Please help.").unwrap(), reply_to: None, subject: None }
}

fn opened(kind: CaseKind, account: Option<AccountId>) -> Case {
    let number = CaseNumber::fresh(&Ids::new(Fixed(1)));
    Case::opened(number, &message(kind), account, Some("ada@example.com"), at("2026-11-30T08:00:00Z")).unwrap()
}

fn account() -> Option<AccountId> {
    Some("01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap())
}

fn note(reason: &str) -> Note {
    Note::new("support", reason).unwrap()
}

fn next(step: Result<CaseStep>) -> Case {
    match step.unwrap() {
        CaseStep::Next(case) => *case,
        CaseStep::Unchanged => panic!("the case must change"),
    }
}

#[test]
fn only_a_report_needs_no_address() {
    let number = CaseNumber::fresh(&Ids::new(Fixed(1)));
    for (kind, good) in [(CaseKind::Support, false), (CaseKind::Objection, false), (CaseKind::Report, true)] {
        let case = Case::opened(number.clone(), &message(kind), None, None, Timestamp::UNIX_EPOCH);
        assert_eq!(case.is_ok(), good, "{kind:?}");
    }
    let given = NewCase { reply_to: Some(ReplyAddress::parse("b@example.com").unwrap()), ..message(CaseKind::Support) };
    let case = Case::opened(number, &given, None, Some("ada@example.com"), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(case.reply_to.as_deref(), Some("b@example.com"), "the address in the message goes first");
}

#[test]
fn a_reply_answers_and_its_repetition_changes_nothing() {
    let case = opened(CaseKind::Support, None);
    let text = CaseText::parse("text", "Here is how.").unwrap();
    let answered = next(case.reply(&text, &note("Help."), at("2026-12-01T08:00:00Z")));
    assert_eq!((answered.state, answered.version, answered.replies.len()), (CaseState::Answered, 2, 1));
    assert!(answered.open.is_some(), "it stays on the list until it is closed");
    let later = at("2026-12-02T08:00:00Z");
    assert_eq!(answered.reply(&text, &note("Help."), later).unwrap(), CaseStep::Unchanged);
    let more = next(answered.reply(&text, &note("Asked again."), later));
    assert_eq!(more.replies.len(), 2);
    assert_eq!(more.reply(&text, &note("Help."), later).unwrap(), CaseStep::Unchanged, "another reply came meanwhile");
    let mut full = more;
    for n in full.replies.len()..REPLIES_MAX {
        full = next(full.reply(&text, &note(&n.to_string()), later));
    }
    assert_eq!(full.reply(&text, &note("Too much."), later).unwrap_err().code(), "wrong_state");
    let bytes = serde_json::to_string(&full).unwrap().len() + REPLIES_MAX * 4 * 4_000;
    assert!(bytes < 400_000, "the item must fit into DynamoDB");
}

#[test]
fn a_case_closes_once_and_ends_ninety_days_later() {
    let now = at("2026-12-01T08:00:00Z");
    let closed = next(opened(CaseKind::Support, None).close(false, &note("Done."), now));
    assert_eq!((closed.state, closed.version, closed.open.is_none()), (CaseState::Closed, 2, true));
    assert_eq!(closed.expires_at, Some(at("2027-03-01T08:00:00Z")));
    assert!(!closed.has_expired(at("2027-03-01T07:59:59Z")) && closed.has_expired(at("2027-03-01T08:00:00Z")));
    assert_eq!(closed.close(false, &note("Done."), now).unwrap(), CaseStep::Unchanged);
    assert_eq!(closed.close(false, &note("Done again."), now).unwrap_err().code(), "wrong_state");
    let text = CaseText::parse("text", "More.").unwrap();
    assert_eq!(closed.reply(&text, &note("More."), now).unwrap_err().code(), "wrong_state");
}

#[test]
fn only_the_objection_of_an_account_can_be_granted() {
    let now = at("2026-12-01T08:00:00Z");
    for (kind, account, good) in [
        (CaseKind::Objection, account(), true),
        (CaseKind::Objection, None, false),
        (CaseKind::Support, account(), false),
        (CaseKind::Report, account(), false),
    ] {
        let step = opened(kind, account).grant(&note("Granted."), now);
        assert_eq!(step.is_ok(), good, "{kind:?}");
    }
    let granted = granted(&opened(CaseKind::Objection, account()), now);
    assert!(granted.closing.as_ref().unwrap().granted);
    assert_eq!(granted.close(false, &note("Granted."), now).unwrap_err().code(), "wrong_state");
    assert_eq!(granted.grant(&note("Granted."), now).unwrap(), CaseStep::Unchanged);
    assert_eq!(granted.grant(&note("Another."), now).unwrap_err().code(), "wrong_state");
}

fn granted(case: &Case, now: Timestamp) -> Case {
    next(next(case.grant(&note("Granted."), now)).close(true, &note("Granted."), now))
}

#[test]
fn a_stored_grant_can_only_be_finished() {
    let now = at("2026-12-01T08:00:00Z");
    let case = opened(CaseKind::Objection, account());
    assert_eq!(case.close(true, &note("Granted."), now).unwrap_err().code(), "internal", "the grant comes first");
    let open = next(case.grant(&note("Granted."), now));
    assert_eq!((open.state, open.version, open.open.is_some()), (CaseState::Open, 2, true), "it stays on the list");
    assert_eq!(open.grant.as_ref().map(|grant| &grant.note), Some(&note("Granted.")));
    assert_eq!(open.grant(&note("Another."), now).unwrap(), CaseStep::Unchanged, "the first decision counts");
    let refused = open.close(false, &note("Compelling reasons."), now).unwrap_err();
    assert!(refused.code() == "wrong_state" && refused.to_string().contains("--grant"), "{refused}");
    let text = CaseText::parse("text", "It is granted.").unwrap();
    let answered = next(open.reply(&text, &note("Help."), now));
    assert_eq!(answered.grant, open.grant, "a reply keeps the grant");
    let stored: Case = serde_json::from_value(serde_json::to_value(&case).unwrap()).unwrap();
    assert_eq!(stored.grant, None, "a case of before has none");
}

#[test]
fn a_debug_output_has_nothing_of_the_person() {
    let case = opened(CaseKind::Support, None);
    let printed = format!(
        "{case:?} {:?}",
        case.reply(&CaseText::parse("text", "Yes.").unwrap(), &note("x"), at("2026-12-01T08:00:00Z"))
    );
    for text in ["Please help", "ada@example.com", "Yes."] {
        assert!(!printed.contains(text), "{printed}");
    }
}
