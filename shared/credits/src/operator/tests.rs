use super::*;
use crate::{
    lot::{Lot, WAITING_WELCOME_REASON},
    operator::lot::LotSwitch,
};
use futures_util::future::join_all;
use kernel::PersonalData;
use testkit::{CREDITS_TABLE, Fault, Faults, World};

async fn born(world: &World) -> (CreditStore, AccountId) {
    born_with(world, Lot::welcome(world.now())).await
}

async fn born_with(world: &World, lot: Lot) -> (CreditStore, AccountId) {
    let store = CreditStore::new(world.clients().dynamodb().table(CREDITS_TABLE));
    let (account, now) = (AccountId::new(world.ids().uuid_v7(world.now())), world.now());
    let born = async || Ok(Decision::Commit(store.welcome_changes(account, lot.clone(), now)?, ()));
    transact(store.table().db(), &world.ids(), born).await.unwrap();
    (store, account)
}

fn note(reason: &str) -> Note {
    Note::new("night-shift", reason).unwrap()
}

fn gift(key: &str, credits: u64) -> Gift {
    Gift { key: key.parse().unwrap(), kind: GiftKind::Compensation, credits: Credits(credits), expires_at: None }
}

async fn prove(store: &CreditStore, account: AccountId) -> Balance {
    let (balance, entries) = store.read_ledger(account).await.unwrap().unwrap();
    balance.prove(&entries).unwrap();
    balance
}

#[tokio::test(start_paused = true)]
async fn a_freeze_keeps_its_reason_until_the_thaw_and_repetitions_change_nothing() {
    let world = World::new(1);
    let (store, account) = born(&world).await;
    let switch = async |switch, reason: &str| {
        store.switch_account(account, switch, &note(reason), &world.ids(), world.now()).await
    };
    let changed = |outcome: &Result<OperatorOutcome>| matches!(outcome, Ok(OperatorOutcome::Changed(_)));
    let unchanged = |outcome: &Result<OperatorOutcome>| matches!(outcome, Ok(OperatorOutcome::Unchanged(_)));

    assert_eq!(switch(AccountSwitch::Thaw, "Nothing.").await.unwrap_err().code(), "wrong_state");
    assert!(changed(&switch(AccountSwitch::Freeze, "Too much spend.").await));
    let before = world.snapshot();
    assert!(unchanged(&switch(AccountSwitch::Freeze, "Too much spend.").await));
    assert_eq!(switch(AccountSwitch::Freeze, "Another reason.").await.unwrap_err().code(), "wrong_state");
    world.assert_unchanged(&before);
    let frozen = prove(&store, account).await;
    assert_eq!((frozen.status, frozen.freeze_note), (BalanceStatus::Frozen, Some(note("Too much spend."))));

    assert!(changed(&switch(AccountSwitch::Thaw, "A mistake.").await));
    assert!(unchanged(&switch(AccountSwitch::Thaw, "A mistake.").await));
    let thawed = prove(&store, account).await;
    assert_eq!((thawed.status, thawed.freeze_note, thawed.version), (BalanceStatus::Active, None, 3));
    // The same reason as before the thaw is a new freeze.
    assert!(changed(&switch(AccountSwitch::Freeze, "Too much spend.").await));
    assert_eq!(prove(&store, account).await.version, 4);
}

#[tokio::test(start_paused = true)]
async fn a_gift_is_given_once_for_each_key_whatever_is_lost() {
    let world = World::new(2);
    let (store, account) = born(&world).await;
    let give = async |gift: Gift| store.give(account, &gift, &note("An outage."), &world.ids(), world.now()).await;
    world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::AnswerLost));
    give(gift("one", 20)).await.unwrap();
    assert!(matches!(give(gift("one", 20)).await, Ok(OperatorOutcome::Unchanged(_))));
    assert_eq!(prove(&store, account).await.available(world.now()), Credits(70));
    let before = world.snapshot();
    for other in [gift("one", 21), Gift { kind: GiftKind::Promotion, ..gift("one", 20) }] {
        assert_eq!(give(other).await.unwrap_err().code(), "idempotency_key_reused");
    }
    assert_eq!(give(gift("none", 0)).await.unwrap_err().code(), "invalid");
    world.assert_unchanged(&before);
    give(gift("two", 20)).await.unwrap();
    assert_eq!(prove(&store, account).await.available(world.now()), Credits(90));
}

#[tokio::test(start_paused = true)]
async fn racing_operators_keep_the_ledger_exact() {
    let world = World::new(3);
    let (store, account) = born(&world).await;
    let note = note("A race.");
    let (ids, now) = (world.ids(), world.now());
    let gifts = (0..8).map(|n| gift(&format!("race-{}", n % 4), 10));
    let given = join_all(gifts.map(|gift| {
        let (store, note, ids) = (&store, &note, &ids);
        async move { store.give(account, &gift, note, ids, now).await.unwrap() }
    }))
    .await;
    let changed = given.iter().filter(|outcome| matches!(outcome, OperatorOutcome::Changed(_))).count();
    assert_eq!(changed, 4, "each key gives once");
    let freezes =
        join_all((0..4).map(|_| store.switch_account(account, AccountSwitch::Freeze, &note, &ids, now))).await;
    let changed = freezes.iter().filter(|outcome| matches!(outcome, Ok(OperatorOutcome::Changed(_)))).count();
    assert_eq!((changed, freezes.iter().filter(|outcome| outcome.is_ok()).count()), (1, 4));
    let balance = prove(&store, account).await;
    let all: Credits = balance.lots.iter().map(|lot| lot.remaining).sum();
    assert_eq!((all, balance.status), (Credits(90), BalanceStatus::Frozen));
    let refused = store.give(account, &gift("late", 1), &note, &ids, now).await.unwrap_err();
    assert_eq!(refused.code(), "account_not_active");
}

#[tokio::test(start_paused = true)]
async fn a_lot_is_frozen_and_thawed_once_whatever_is_lost() {
    let world = World::new(5);
    let (store, account) = born(&world).await;
    store.give(account, &gift("one", 20), &note("An outage."), &world.ids(), world.now()).await.unwrap();
    let switch = async |lot: &str, switch, reason: &str| {
        store.switch_lot(account, lot, switch, &note(reason), &world.ids(), world.now()).await
    };
    let changed = |outcome: &Result<OperatorOutcome>| matches!(outcome, Ok(OperatorOutcome::Changed(_)));
    let unchanged = |outcome: &Result<OperatorOutcome>| matches!(outcome, Ok(OperatorOutcome::Unchanged(_)));
    for (lot, asked, part) in [
        ("pack", LotSwitch::Freeze, "no open lot"),
        ("pack", LotSwitch::Thaw, "no open lot"),
        ("welcome", LotSwitch::Thaw, "not frozen"),
    ] {
        let refused = switch(lot, asked, "Nothing.").await.unwrap_err();
        assert!(refused.code() == "wrong_state" && refused.to_string().contains(part), "{lot}: {refused}");
    }
    for fault in [Fault::AnswerLost, Fault::TransactionConflict, Fault::RequestLost] {
        let before = prove(&store, account).await;
        let reason = format!("{fault:?}");
        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        switch("welcome", LotSwitch::Freeze, &reason).await.unwrap();
        let stored = world.snapshot();
        assert!(unchanged(&switch("welcome", LotSwitch::Freeze, &reason).await), "{reason}");
        let refused = switch("welcome", LotSwitch::Freeze, "Another reason.").await.unwrap_err();
        assert!(refused.to_string().contains("for another reason"), "{refused}");
        world.assert_unchanged(&stored);
        let frozen = prove(&store, account).await;
        assert_eq!((frozen.available(world.now()), frozen.frozen_credits(world.now())), (Credits(20), Credits(50)));

        world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        switch("welcome", LotSwitch::Thaw, &reason).await.unwrap();
        assert!(unchanged(&switch("welcome", LotSwitch::Thaw, &reason).await), "{reason}");
        let thawed = prove(&store, account).await;
        assert_eq!(Balance { version: before.version, ..thawed.clone() }, before, "{reason}: it is as before");
        assert_eq!(thawed.version, before.version + 2, "{reason}: each change has one entry");
    }
    // The same reason as before the thaw is a new freeze.
    assert!(changed(&switch("welcome", LotSwitch::Freeze, "RequestLost").await));
}

#[tokio::test(start_paused = true)]
async fn operators_who_race_freeze_a_lot_once() {
    let world = World::new(6);
    let (store, account) = born(&world).await;
    let (ids, now, note) = (world.ids(), world.now(), note("A race."));
    let freeze = store.switch_lot(account, "welcome", LotSwitch::Freeze, &note, &ids, now);
    let (frozen, counts) = world.counted(freeze).await;
    frozen.unwrap();
    assert_eq!(counts.aws_total(), 2, "a query and a transaction: {counts}");
    store.switch_lot(account, "welcome", LotSwitch::Thaw, &note, &ids, now).await.unwrap();
    let freezes =
        join_all((0..4).map(|_| store.switch_lot(account, "welcome", LotSwitch::Freeze, &note, &ids, now))).await;
    let changed = freezes.iter().filter(|outcome| matches!(outcome, Ok(OperatorOutcome::Changed(_)))).count();
    assert_eq!((changed, freezes.iter().filter(|outcome| outcome.is_ok()).count()), (1, 4));
    assert_eq!(prove(&store, account).await.version, 4);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_welcome_lot_is_stored_exported_and_thawed() {
    let world = World::new(7);
    let (store, account) = born_with(&world, Lot::waiting_welcome(world.now()).unwrap()).await;
    let balance = prove(&store, account).await;
    assert_eq!((balance.available(world.now()), balance.frozen_credits(world.now())), (Credits(0), Credits(50)));
    let records = store.export(account).await.unwrap();
    assert_eq!(records.len(), 2);
    for record in &records {
        assert!(record.json.contains(WAITING_WELCOME_REASON), "the person gets the reason: {}", record.json);
    }
    let reply = note("You wrote to us.");
    store.switch_lot(account, "welcome", LotSwitch::Thaw, &reply, &world.ids(), world.now()).await.unwrap();
    assert_eq!(prove(&store, account).await.available(world.now()), Credits(50));
    assert_eq!(store.erase(account).await.unwrap().items, 3);
}

#[tokio::test(start_paused = true)]
async fn no_change_restores_an_erased_account() {
    let world = World::new(4);
    let store = CreditStore::new(world.clients().dynamodb().table(CREDITS_TABLE));
    let account = AccountId::new(world.ids().uuid_v7(world.now()));
    let (ids, now, note, before) = (world.ids(), world.now(), note("Gone."), world.snapshot());
    let frozen = store.switch_account(account, AccountSwitch::Freeze, &note, &ids, now).await;
    let given = store.give(account, &gift("x", 1), &note, &ids, now).await;
    assert_eq!((frozen.unwrap_err().code(), given.unwrap_err().code()), ("not_found", "not_found"));
    for switch in [LotSwitch::Freeze, LotSwitch::Thaw] {
        let switched = store.switch_lot(account, "welcome", switch, &note, &ids, now).await;
        assert_eq!(switched.unwrap_err().code(), "not_found");
    }
    world.assert_unchanged(&before);
}

#[test]
fn a_key_has_its_form() {
    assert!("outage-2027-03".parse::<GiftKey>().is_ok());
    for wrong in ["", "A", "a b", "a#b", &*"a".repeat(41)] {
        assert_eq!(wrong.parse::<GiftKey>().unwrap_err().code(), "invalid", "{wrong:?}");
    }
}
