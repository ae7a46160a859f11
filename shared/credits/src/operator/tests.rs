use super::*;
use crate::lot::Lot;
use futures_util::future::join_all;
use testkit::{CREDITS_TABLE, Fault, Faults, World};

async fn born(world: &World) -> (CreditStore, AccountId) {
    let store = CreditStore::new(world.clients().dynamodb().table(CREDITS_TABLE));
    let (account, now) = (AccountId::new(world.ids().uuid_v7(world.now())), world.now());
    let born = async || Ok(Decision::Commit(store.welcome_changes(account, Lot::welcome(now), now)?, ()));
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
async fn no_change_restores_an_erased_account() {
    let world = World::new(4);
    let store = CreditStore::new(world.clients().dynamodb().table(CREDITS_TABLE));
    let account = AccountId::new(world.ids().uuid_v7(world.now()));
    let (ids, now, note, before) = (world.ids(), world.now(), note("Gone."), world.snapshot());
    let frozen = store.switch_account(account, AccountSwitch::Freeze, &note, &ids, now).await;
    let given = store.give(account, &gift("x", 1), &note, &ids, now).await;
    assert_eq!((frozen.unwrap_err().code(), given.unwrap_err().code()), ("not_found", "not_found"));
    world.assert_unchanged(&before);
}

#[test]
fn a_key_has_its_form() {
    assert!("outage-2027-03".parse::<GiftKey>().is_ok());
    for wrong in ["", "A", "a b", "a#b", &*"a".repeat(41)] {
        assert_eq!(wrong.parse::<GiftKey>().unwrap_err().code(), "invalid", "{wrong:?}");
    }
}
