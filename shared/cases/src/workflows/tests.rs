use super::*;
use crate::{
    address::ReplyAddress,
    kind::{CaseKind, CaseState},
};
use accounts::{Person, SignIn};
use kernel::{AccountId, Caller, PersonalData, limits::CLOSED_CASE_LIFETIME};
use std::{cell::Cell, time::Duration};
use testkit::{ACCOUNTS_TABLE, CASES_TABLE, Fault, Faults, World};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn receive(world: &World) -> Receive {
    let table = |name: &str| world.clients().dynamodb().table(name);
    Receive { cases: CaseStore::new(table(CASES_TABLE)), accounts: AccountStore::new(table(ACCOUNTS_TABLE)) }
}

fn operator(world: &World) -> CloseCase {
    let Receive { cases, accounts } = receive(world);
    CloseCase { cases, accounts }
}

fn message(kind: CaseKind, text: &str) -> NewCase {
    let reply_to = Some(ReplyAddress::parse("ada@example.com").unwrap());
    NewCase { kind, text: CaseText::parse("text", text).unwrap(), reply_to, subject: None }
}

fn note(reason: &str) -> Note {
    Note::new("support", reason).unwrap()
}

/// A new person who has signed in.
async fn ada(world: &World) -> FreshCaller {
    let person = Person {
        provider: "google",
        issuer: "https://accounts.google.com".into(),
        subject: "1172".into(),
        email: Some("ada@example.com".into()),
        email_verified: true,
        is_private_email: false,
        name: None,
        picture_url: None,
        sealed_token: None,
    };
    let accounts = receive(world).accounts;
    let account = AccountId::new(world.ids().uuid_v7(world.now()));
    let sign_in = SignIn::new("203.0.113.7", "curl/8.14.1", &world.ids(), world.now());
    let born = async || Ok(Decision::Commit(accounts.birth_changes(account, &person, &sign_in)?, ()));
    transact(accounts.db(), &world.ids(), born).await.unwrap();
    let caller = Caller { account, session: sign_in.session, issued_at: world.now() };
    accounts.require_fresh(&caller, world.now()).await.unwrap()
}

async fn write(world: &World, caller: Option<&FreshCaller>, key: Option<&str>, message: &NewCase) -> Result<Case> {
    write_if(world, caller, key, message, async || Ok(())).await
}

async fn write_if(
    world: &World,
    caller: Option<&FreshCaller>,
    key: Option<&str>,
    message: &NewCase,
    allow: impl AsyncFnOnce() -> Result<()>,
) -> Result<Case> {
    let key = key.map(|key| RequestKey::parse(key).unwrap());
    receive(world).receive(message, key.as_ref(), caller, &world.ids(), world.now(), allow).await
}

#[tokio::test(start_paused = true)]
async fn a_message_is_one_case_however_often_it_comes() {
    let world = World::new(1);
    let caller = ada(&world).await;
    for (caller, key) in [(None, None), (None, Some("k")), (Some(&caller), None), (Some(&caller), Some("k"))] {
        let text = format!("{} {}", caller.is_some(), key.is_some());
        let message = message(CaseKind::Support, &text);
        let (first, counts) = world.counted(write(&world, caller, key, &message)).await;
        assert_eq!(counts.aws_total(), 2, "one read and one transaction: {counts}");
        let first = first.unwrap();
        let before = world.snapshot();
        assert_eq!(write(&world, caller, key, &message).await.unwrap(), first);
        world.assert_unchanged(&before);
        world.advance(DAY);
        let later = write(&world, caller, key, &message).await.unwrap();
        assert_ne!(later.number, first.number, "after a day it is a new case");
    }
    assert_eq!(operator(&world).cases.list_open().await.unwrap().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_a_conflict_and_a_race_make_one_case() {
    for fault in [Fault::AnswerLost, Fault::TransactionConflict, Fault::ServerError] {
        let world = World::new(2);
        let caller = ada(&world).await;
        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        let message = message(CaseKind::Appeal, "Please look again.");
        let case = write(&world, Some(&caller), None, &message).await.unwrap();
        let (one, two) =
            tokio::join!(write(&world, Some(&caller), None, &message), write(&world, Some(&caller), None, &message));
        assert_eq!((one.unwrap(), two.unwrap()), (case.clone(), case), "{fault:?}");
        assert_eq!(operator(&world).cases.list_open().await.unwrap().len(), 1, "{fault:?}");
    }
    let world = World::new(3);
    let message = message(CaseKind::Support, "At the same time.");
    let (one, two) = tokio::join!(write(&world, None, Some("k"), &message), write(&world, None, Some("k"), &message));
    assert_eq!(one.unwrap(), two.unwrap());
}

#[tokio::test(start_paused = true)]
async fn only_a_new_case_asks_whether_it_is_allowed_and_asks_once() {
    let world = World::new(11);
    let asked = Cell::new(0);
    let count = || -> Result<()> {
        asked.set(asked.get() + 1);
        Ok(())
    };
    let refuse = || -> Result<()> { Err(Error::AccountNotActive) };
    let new = message(CaseKind::Support, "new");
    let before = world.snapshot();
    let refused = write_if(&world, None, Some("k"), &new, async || refuse()).await;
    assert_eq!(refused.unwrap_err().code(), "account_not_active");
    let without = NewCase { reply_to: None, ..message(CaseKind::Support, "Hello?") };
    assert_eq!(write_if(&world, None, None, &without, async || count()).await.unwrap_err().code(), "invalid");
    world.assert_unchanged(&before);
    assert_eq!(asked.get(), 0, "a message without an address");

    world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::TransactionConflict));
    let case = write_if(&world, None, Some("k"), &new, async || count()).await.unwrap();
    assert_eq!(asked.get(), 1, "a second round is the same message");
    let again = write_if(&world, None, Some("k"), &new, async || refuse()).await.unwrap();
    assert_eq!(again, case, "a repetition is answered");
    let other = write_if(&world, None, Some("k"), &message(CaseKind::Support, "other"), async || refuse()).await;
    assert_eq!(other.unwrap_err().code(), "idempotency_key_reused");
}

#[tokio::test(start_paused = true)]
async fn a_key_belongs_to_its_message_and_its_account() {
    let world = World::new(4);
    let caller = ada(&world).await;
    let one = write(&world, Some(&caller), Some("k"), &message(CaseKind::Support, "one")).await.unwrap();
    let before = world.snapshot();
    let other = write(&world, Some(&caller), Some("k"), &message(CaseKind::Support, "two")).await;
    assert_eq!(other.unwrap_err().code(), "idempotency_key_reused");
    world.assert_unchanged(&before);
    let stranger = write(&world, None, Some("k"), &message(CaseKind::Support, "one")).await.unwrap();
    assert_ne!(stranger.number, one.number);
    assert_eq!((one.account, stranger.account), (Some(caller.account()), None));
}

#[tokio::test(start_paused = true)]
async fn the_answer_goes_to_the_profile_where_no_address_is_given() {
    let world = World::new(5);
    let caller = ada(&world).await;
    let without = NewCase { reply_to: None, ..message(CaseKind::Support, "Hello?") };
    let case = write(&world, Some(&caller), None, &without).await.unwrap();
    assert_eq!(case.reply_to.as_deref(), Some("ada@example.com"));
    let before = world.snapshot();
    assert_eq!(write(&world, None, None, &without).await.unwrap_err().code(), "invalid");
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_stored_for_an_erased_account() {
    let world = World::new(6);
    let caller = ada(&world).await;
    receive(&world).accounts.erase(caller.account()).await.unwrap();
    let before = world.snapshot();
    let refused = write(&world, Some(&caller), None, &message(CaseKind::Support, "Hello?")).await;
    assert_eq!(refused.unwrap_err().code(), "unauthenticated");
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_report_is_first_on_the_list_and_a_closed_case_leaves_it() {
    let world = World::new(7);
    let first = write(&world, None, None, &message(CaseKind::Complaint, "one")).await.unwrap();
    world.advance(DAY);
    let report = write(&world, None, None, &message(CaseKind::Report, "two")).await.unwrap();
    let operator = operator(&world);
    let numbers = async || {
        let listed = operator.cases.list_open().await.unwrap();
        listed.into_iter().map(|case| case.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers().await, [report.number.clone(), first.number.clone()]);
    let (ids, note) = (world.ids(), note("Done."));
    let text = CaseText::parse("text", "Thank you.").unwrap();
    let answered = operator.reply(&report.number, &text, &note, &ids, world.now()).await.unwrap();
    assert_eq!(answered.state, CaseState::Answered);
    assert_eq!(numbers().await.len(), 2, "an answered case stays on the list until it is closed");
    operator.close(&report.number, false, &note, &ids, world.now()).await.unwrap();
    assert_eq!(numbers().await, std::slice::from_ref(&first.number));
    let all = operator.cases.list_all(world.now(), |_| ()).await.unwrap();
    assert_eq!(all.len(), 2, "the whole list has closed cases too");
    world.advance(CLOSED_CASE_LIFETIME);
    assert_eq!(operator.cases.read(&report.number, world.now()).await.unwrap_err().code(), "not_found");
    assert_eq!(operator.cases.list_all(world.now(), |_| ()).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_operators_reply_at_once_and_both_replies_stay() {
    let world = World::new(8);
    let case = write(&world, None, None, &message(CaseKind::Support, "Help")).await.unwrap();
    let (operator, ids, now) = (operator(&world), world.ids(), world.now());
    let texts = ["one", "two"].map(|text| CaseText::parse("text", text).unwrap());
    let notes = ["first", "second"].map(note);
    let (one, two) = tokio::join!(
        operator.reply(&case.number, &texts[0], &notes[0], &ids, now),
        operator.reply(&case.number, &texts[1], &notes[1], &ids, now)
    );
    one.unwrap();
    two.unwrap();
    let stored = operator.cases.read(&case.number, now).await.unwrap();
    assert_eq!((stored.replies.len(), stored.version), (2, 3));
    world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::AnswerLost));
    let done = note("Done.");
    operator.close(&case.number, false, &done, &ids, now).await.unwrap();
    let before = world.snapshot();
    operator.close(&case.number, false, &done, &ids, now).await.unwrap();
    world.assert_unchanged(&before);
    let other = note("Closed by somebody else.");
    assert_eq!(operator.close(&case.number, false, &other, &ids, now).await.unwrap_err().code(), "wrong_state");
}

#[tokio::test(start_paused = true)]
async fn a_granted_objection_is_stored_then_takes_effect_then_closes() {
    let world = World::new(9);
    let (caller, case) = objection(&world).await;
    let (operator, ids, now, granted) = (operator(&world), world.ids(), world.now(), note("Granted."));
    world.inject(Faults::every("dynamodb.TransactWriteItems", Fault::Refused));
    let before = world.snapshot();
    let failed = operator.close(&case, true, &granted, &ids, now).await;
    assert_eq!(failed.unwrap_err().code(), "unavailable");
    world.assert_unchanged(&before);
    world.inject(Faults::every("dynamodb.UpdateItem", Fault::Refused));
    let failed = operator.close(&case, true, &granted, &ids, now).await;
    assert_eq!(failed.unwrap_err().code(), "unavailable");
    world.inject(Faults::none());
    let open = operator.cases.read(&case, now).await.unwrap();
    assert_eq!(open.state, CaseState::Open, "a run that failed leaves the case on the list");
    assert_eq!(open.grant.map(|grant| grant.note), Some(granted.clone()));
    let closed = operator.close(&case, true, &granted, &ids, now).await.unwrap();
    assert_eq!((closed.removed_addresses, closed.case.closing.unwrap().granted), (1, true));
    assert!(are_removed(&operator, &caller, now).await);
    let before = world.snapshot();
    assert_eq!(operator.close(&case, true, &granted, &ids, now).await.unwrap().removed_addresses, 0);
    world.assert_unchanged(&before);
    let refused = operator.close(&case, false, &granted, &ids, now).await;
    assert_eq!(refused.unwrap_err().code(), "wrong_state");
}

/// Ada, and the number of her objection.
async fn objection(world: &World) -> (FreshCaller, CaseNumber) {
    let caller = ada(world).await;
    let case = write(world, Some(&caller), None, &message(CaseKind::Objection, "No addresses.")).await.unwrap();
    (caller, case.number)
}

/// Whether the addresses of the only session are removed.
async fn are_removed(operator: &CloseCase, caller: &FreshCaller, now: Timestamp) -> bool {
    let sessions = operator.accounts.list_sessions(caller, now).await.unwrap();
    assert_eq!(sessions.len(), 1);
    sessions[0].ip.is_none()
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_dies_at_any_call_is_stored_first_and_finished_by_anybody() {
    let (mut deaths, mut finished) = (0, 0);
    for (fault, call) in [Fault::DieBefore, Fault::DieAfter].into_iter().flat_map(|it| (1..=9).map(move |n| (it, n))) {
        let world = World::new(12);
        let (caller, case) = objection(&world).await;
        let (operator, ids, now, granted) = (operator(&world), world.ids(), world.now(), note("Granted."));
        world.inject(Faults::with(move |it, _| (it.number == call && it.allows(fault)).then_some(fault)));
        let ran = world.run(operator.close(&case, true, &granted, &ids, now)).await;
        world.inject(Faults::none());
        deaths += usize::from(ran.is_err());
        let stored = operator.cases.read(&case, now).await.unwrap();
        let is_stored = stored.grant.as_ref().is_some_and(|grant| grant.note == granted);
        let removed = are_removed(&operator, &caller, now).await;
        assert!(is_stored || !removed, "{fault:?} at call {call}: removed without a decision");
        assert!(removed || stored.state == CaseState::Open, "{fault:?} at call {call}: closed before the effect");
        if is_stored {
            let other = operator.close(&case, false, &note("Compelling reasons."), &ids, now).await;
            assert_eq!(other.unwrap_err().code(), "wrong_state", "{fault:?} at call {call}");
        }
        let by = note("Finished by another operator.");
        match operator.close(&case, true, &by, &ids, now).await {
            Ok(closed) => {
                finished += 1;
                let wanted = if is_stored { &granted } else { &by };
                assert_eq!(&closed.case.closing.unwrap().note, wanted, "{fault:?} at call {call}");
            }
            Err(error) => {
                assert_eq!(
                    (error.code(), stored.state),
                    ("wrong_state", CaseState::Closed),
                    "{fault:?} at call {call}"
                );
            }
        }
        assert!(are_removed(&operator, &caller, now).await, "{fault:?} at call {call}");
    }
    assert!(deaths >= 10 && finished >= 10, "{deaths} deaths, {finished} finished");
}

#[tokio::test(start_paused = true)]
async fn two_operators_decide_an_objection_at_once_and_one_decision_counts() {
    for seed in 0..40 {
        let world = World::new(seed);
        let (caller, case) = objection(&world).await;
        let (operator, ids, now) = (operator(&world), world.ids(), world.now());
        let (yes, no) = (note("Granted."), note("Compelling reasons."));
        let (one, two) =
            tokio::join!(operator.close(&case, true, &yes, &ids, now), operator.close(&case, false, &no, &ids, now));
        let stored = operator.cases.read(&case, now).await.unwrap();
        let (removed, closing) = (are_removed(&operator, &caller, now).await, stored.closing.unwrap());
        match (one, two) {
            (Ok(_), Err(refused)) => {
                assert_eq!((refused.code(), closing.granted, removed), ("wrong_state", true, true), "seed {seed}");
                assert_eq!(closing.note, yes, "seed {seed}");
            }
            (Err(refused), Ok(_)) => {
                assert_eq!((refused.code(), closing.granted, removed), ("wrong_state", false, false), "seed {seed}");
                assert_eq!((closing.note, stored.grant), (no, None), "seed {seed}: nothing was granted");
            }
            both => panic!("seed {seed}: one decision counts, not {both:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_operators_grant_at_once_and_the_first_note_stays() {
    for seed in 0..20 {
        let world = World::new(seed);
        let (caller, case) = objection(&world).await;
        let (operator, ids, now) = (operator(&world), world.ids(), world.now());
        let notes = [note("Granted."), note("Granted by another operator.")];
        let (one, two) = tokio::join!(
            operator.close(&case, true, &notes[0], &ids, now),
            operator.close(&case, true, &notes[1], &ids, now)
        );
        assert!(one.is_ok() || two.is_ok(), "seed {seed}: one of them is done");
        let mut refused = [one.err(), two.err()].into_iter().flatten();
        assert!(refused.all(|error| error.code() == "wrong_state"), "seed {seed}");
        let stored = operator.cases.read(&case, now).await.unwrap();
        let grant = stored.grant.unwrap();
        assert_eq!(stored.closing.unwrap().note, grant.note, "seed {seed}");
        assert!(notes.contains(&grant.note) && are_removed(&operator, &caller, now).await, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_cases_of_an_account_are_found_exported_and_erased_with_it() {
    let world = World::new(10);
    let caller = ada(&world).await;
    let mine = write(&world, Some(&caller), None, &message(CaseKind::Support, "mine")).await.unwrap();
    write(&world, Some(&caller), Some("k"), &message(CaseKind::Appeal, "mine too")).await.unwrap();
    let other = write(&world, None, None, &message(CaseKind::Support, "a stranger's")).await.unwrap();
    let cases = operator(&world).cases;
    let found = cases.find(caller.account()).await.unwrap();
    assert_eq!(found.len(), 6, "two cases, two names and two rows: {found:?}");
    let exported = cases.export(caller.account()).await.unwrap();
    let text: String = exported.iter().map(|record| record.json.as_str()).collect();
    assert!(exported.len() == 2 && text.contains("mine too") && text.contains("ada@example.com"));

    // A run that ends after one removal leaves the names of the rest.
    world.inject(Faults::nth("dynamodb.DeleteItem", 2, Fault::ServerError));
    cases.erase(caller.account()).await.unwrap_err();
    assert!(!cases.find(caller.account()).await.unwrap().is_empty());
    let erased = cases.erase(caller.account()).await.unwrap();
    assert_eq!(erased.items, 5);
    assert_eq!(cases.find(caller.account()).await.unwrap(), []);
    assert_eq!(cases.erase(caller.account()).await.unwrap().items, 0);
    let text = CaseText::parse("text", "Too late.").unwrap();
    let gone = operator(&world).reply(&mine.number, &text, &note("x"), &world.ids(), world.now()).await;
    assert_eq!(gone.unwrap_err().code(), "not_found");
    assert!(cases.read(&other.number, world.now()).await.is_ok(), "a stranger's case stays");
}
