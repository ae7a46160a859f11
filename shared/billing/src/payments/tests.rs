use super::*;
use credits::{Balance, BalanceStatus, Currency};
use futures_util::future::join_all;
use kernel::{Erased, PersonalData};
use testkit::{CREDITS_TABLE, Fault, Faults, World};

fn account(world: &World) -> AccountId {
    AccountId::new(world.ids().uuid_v7(world.now()))
}

fn payments(world: &World) -> PaymentStore {
    PaymentStore::new(world.clients().dynamodb().table(CREDITS_TABLE))
}

/// An account with its welcome lot.
async fn born(world: &World) -> AccountId {
    let (account, credits) = (account(world), payments(world).credits);
    transact(payments(world).table.db(), &world.ids(), async || {
        Ok(Decision::Commit(credits.welcome_changes(account, Lot::welcome(world.now()), world.now())?, ()))
    })
    .await
    .unwrap();
    account
}

async fn set_status(world: &World, account: AccountId, status: &str) {
    let update = payments(world).table.update(&account.to_string(), "balance").set("status", status);
    update.when(Condition::Exists).apply().await.unwrap();
}

async fn balance(world: &World, account: AccountId) -> Balance {
    payments(world).credits.read_balance(account).await.unwrap().unwrap()
}

fn payment(account: AccountId, intent: &str) -> Payment {
    Payment {
        account,
        intent: intent.to_owned(),
        order: "01929e6b-6c00-7000-8000-0123456789ab".to_owned(),
        plan: "pack-500".to_owned(),
        paid: Money { amount: 999, currency: Currency::Eur },
        credits: Credits(500),
        event: "evt_1".to_owned(),
    }
}

async fn grant(world: &World, payment: &Payment) -> Result<GrantOutcome> {
    payments(world).grant(payment, &world.ids(), world.now()).await
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_granted_once_in_two_requests() {
    let world = World::new(1);
    let account = born(&world).await;
    let (granted, counts) = world.counted(grant(&world, &payment(account, "pi_1"))).await;
    assert_eq!(granted.unwrap(), GrantOutcome::Granted);
    assert_eq!((counts.of("dynamodb.BatchGetItem"), counts.of("dynamodb.TransactWriteItems")), (1, 1), "{counts}");
    assert_eq!(counts.aws_total(), 2, "{counts}");
    let after = balance(&world, account).await;
    assert_eq!((after.available(world.now()), after.version), (Credits(550), 2));
    let row = world.item(CREDITS_TABLE, &account.to_string(), "payment#stripe#pi_1").unwrap();
    assert_eq!((&row["payment"], &row["granted"], &row["paid"]["amount"]), (&"pi_1".into(), &500.into(), &999.into()));
    let lot = after.lots.iter().find(|lot| Some(lot.id.as_str()) == row["lot"].as_str()).unwrap();
    assert_eq!(lot.paid.unwrap(), Money { amount: 999, currency: Currency::Eur });

    let before = world.snapshot();
    let other_event = Payment { event: "evt_2".to_owned(), ..payment(account, "pi_1") };
    let (again, counts) = world.counted(grant(&world, &other_event)).await;
    assert_eq!((again.unwrap(), counts.aws_total()), (GrantOutcome::Granted, 1), "a known payment takes one read");
    world.assert_unchanged(&before);
    assert_eq!(grant(&world, &payment(account, "pi_2")).await.unwrap(), GrantOutcome::Granted);
    assert_eq!(balance(&world, account).await.available(world.now()), Credits(1_050));
}

#[tokio::test(start_paused = true)]
async fn ten_at_once_grant_once() {
    for seed in 0..20 {
        let world = World::new(seed);
        let account = born(&world).await;
        let payment = payment(account, "pi_1");
        let all = join_all((0..10).map(|_| grant(&world, &payment))).await;
        assert!(all.iter().all(|granted| matches!(granted, Ok(GrantOutcome::Granted))), "seed {seed}: {all:?}");
        assert_eq!(balance(&world, account).await.available(world.now()), Credits(550), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn ten_payments_at_once_are_all_granted_or_delivered_again() {
    let world = World::new(1);
    let account = born(&world).await;
    let wanted: Vec<_> = (0..10).map(|n| payment(account, &format!("pi_{n}"))).collect();
    let first = join_all(wanted.iter().map(|payment| grant(&world, payment))).await;
    assert!(first.iter().flatten().count() > 0);
    for payment in &wanted {
        assert_eq!(grant(&world, payment).await.unwrap(), GrantOutcome::Granted);
    }
    assert_eq!(balance(&world, account).await.available(world.now()), Credits(5_050));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_and_a_conflict_are_retried() {
    let write = "dynamodb.TransactWriteItems";
    for fault in
        [Fault::AnswerLost, Fault::RequestLost, Fault::TransactionConflict, Fault::Throttled, Fault::ServerError]
    {
        let world = World::new(1);
        let account = born(&world).await;
        world.inject(Faults::nth(write, 1, fault));
        assert_eq!(grant(&world, &payment(account, "pi_1")).await.unwrap(), GrantOutcome::Granted, "{fault:?}");
        assert_eq!(balance(&world, account).await.available(world.now()), Credits(550), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_being_deleted_gets_nothing_now() {
    let world = World::new(1);
    let account = born(&world).await;
    set_status(&world, account, "closing").await;
    let before = world.snapshot();
    assert_eq!(grant(&world, &payment(account, "pi_1")).await.unwrap_err().code(), "account_not_active");
    world.assert_unchanged(&before);
    set_status(&world, account, "active").await;
    assert_eq!(grant(&world, &payment(account, "pi_1")).await.unwrap(), GrantOutcome::Granted);
    assert_eq!(balance(&world, account).await.status, BalanceStatus::Active);
}

#[tokio::test(start_paused = true)]
async fn a_frozen_account_gets_what_it_paid_for() {
    let world = World::new(1);
    let account = born(&world).await;
    set_status(&world, account, "frozen").await;
    assert_eq!(grant(&world, &payment(account, "pi_1")).await.unwrap(), GrantOutcome::Granted);
    let after = balance(&world, account).await;
    assert_eq!((after.status, after.available(world.now()), after.version), (BalanceStatus::Frozen, Credits(550), 2));
}

#[tokio::test(start_paused = true)]
async fn a_payment_during_an_erasure_leaves_nothing() {
    let world = World::new(1);
    let stranger = account(&world);
    let before = world.snapshot();
    assert_eq!(grant(&world, &payment(stranger, "pi_1")).await.unwrap(), GrantOutcome::NoAccount);
    world.assert_unchanged(&before);

    // The account is erased between the read and the transaction, in either order.
    for seed in 0..40 {
        let world = World::new(seed);
        let account = born(&world).await;
        let (payments, payment) = (payments(&world), payment(account, "pi_1"));
        let erase = async {
            payments.credits.erase(account).await.unwrap();
            payments.erase(account).await.unwrap();
        };
        let (granted, ()) = tokio::join!(grant(&world, &payment), erase);
        assert!(granted.is_ok(), "seed {seed}: {granted:?}");
        // The next run finds the entries that a grant wrote before its balance was erased.
        payments.credits.erase(account).await.unwrap();
        payments.erase(account).await.unwrap();
        assert_eq!(grant(&world, &payment).await.unwrap(), GrantOutcome::NoAccount, "seed {seed}");
        assert!(world.items(CREDITS_TABLE).is_empty(), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn credits_and_payments_each_erase_their_own() {
    let world = World::new(1);
    let (mine, other) = (born(&world).await, born(&world).await);
    for (account, intent) in [(mine, "pi_1"), (mine, "pi_2"), (other, "pi_3")] {
        grant(&world, &payment(account, intent)).await.unwrap();
    }
    let payments = payments(&world);
    assert_eq!((payments.find(mine).await.unwrap().len(), payments.credits.find(mine).await.unwrap().len()), (2, 4));
    let exported = payments.export(mine).await.unwrap();
    assert_eq!(exported.len(), 2);
    assert!(exported[0].json.contains("pi_1") && exported[0].section == "payments", "{exported:?}");
    assert_eq!(payments.credits.export(mine).await.unwrap().len(), 4, "payments are exported by billing alone");

    assert_eq!(payments.credits.erase(mine).await.unwrap(), Erased { items: 4, objects: 0 });
    assert_eq!(payments.find(mine).await.unwrap().len(), 2);
    assert_eq!(payments.erase(mine).await.unwrap(), Erased { items: 2, objects: 0 });
    assert_eq!(payments.erase(mine).await.unwrap(), Erased::default(), "a second run must find nothing");
    assert!(payments.find(mine).await.unwrap().is_empty() && payments.credits.find(mine).await.unwrap().is_empty());
    assert_eq!(payments.find(other).await.unwrap().len(), 1, "payments of other accounts must stay");
}
