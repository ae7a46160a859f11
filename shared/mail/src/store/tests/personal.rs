//! The mails of an account: exported, found and erased, also while they are being sent.

use crate::{
    mailbox::Mailbox,
    row::{facts::Mail, mail_row::DropReason, sending::Answer},
    store::{
        mail_store::{Begun, Recorded},
        personal::AccountMails,
        tests::{ACCOUNT, answer, cause, claim, event, low, store, took, welcome},
    },
    suppression::{list::SuppressionList, state::Feedback},
    tokens::keys::tests::keys,
};
use kernel::{AccountId, Claim, MailId, PersonalData};
use serde_json::{Value, json};
use testkit::{ACCOUNTS_TABLE, World};

fn mails(world: &World) -> AccountMails {
    AccountMails::new(world.clients().dynamodb().table(ACCOUNTS_TABLE))
}

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

/// Adds an item of another slice to the partition, and a mail of another account.
async fn strangers(world: &World) {
    let table = world.clients().dynamodb().table(ACCOUNTS_TABLE);
    for (pk, sk) in [(ACCOUNT, "profile"), ("01929e6b-6c00-7000-8000-000000000000", "mail#1")] {
        table.put(pk, sk, &json!({ "theirs": true })).apply().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_mails_of_an_account_are_exported_found_and_erased_with_it() {
    let world = World::new(1);
    strangers(&world).await;
    let device = "Firefox on Linux".to_owned();
    let key = cause(&world, Mail::NewDevice { device, provider: "Google".into(), at: world.now() }).await;
    let done = low(&world).await;
    claim(&world, &done, "run").await;
    answer(&world, &done, "run", took("m1")).await;

    let exported = mails(&world).export(account()).await.unwrap();
    assert!(exported.iter().all(|record| record.section == "mails"));
    let json: Vec<Value> = exported.iter().map(|record| serde_json::from_str(&record.json).unwrap()).collect();
    let of = |id: MailId| json.iter().find(|record| record["id"] == id.to_string()).unwrap();
    assert_eq!(of(key.id().unwrap())["facts"]["device"], "Firefox on Linux");
    let sent = of(done.id().unwrap());
    assert_eq!((&sent["state"], &sent["facts"], &sent["message_id"]), (&json!("sent"), &Value::Null, &json!("m1")));

    assert_eq!(mails(&world).find(account()).await.unwrap().len(), 2);
    assert_eq!(mails(&world).reverse_keys(account()).await.unwrap(), []);
    assert_eq!(mails(&world).erase(account()).await.unwrap().items, 2);
    assert_eq!(mails(&world).find(account()).await.unwrap(), []);
    assert_eq!(mails(&world).erase(account()).await.unwrap().items, 0);
    assert_eq!(world.items(ACCOUNTS_TABLE).len(), 2, "items of others stay");
}

#[tokio::test(start_paused = true)]
async fn no_answer_and_no_event_brings_an_erased_mail_back() {
    let world = World::new(2);
    let key = welcome(&world).await;
    claim(&world, &key, "run").await;
    mails(&world).erase(account()).await.unwrap();
    let before = world.snapshot();
    for given in [took("m1"), Answer::Busy, Answer::Refused, Answer::Unknown] {
        assert_eq!(answer(&world, &key, "run", given).await, Recorded::Gone);
    }
    assert_eq!(event(&world, &key, "m1").await, Recorded::Gone);
    let dropped = store(&world).drop_claimed(&key, "run", DropReason::RecipientGone, world.now()).await.unwrap();
    assert_eq!(dropped, Recorded::Gone);
    assert_eq!(store(&world).begin(&key, "late", world.now()).await.unwrap(), Begun::Over);
    world.assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_erasure_between_the_read_and_the_write_of_a_step_wins() {
    for seed in 0..40 {
        let world = World::new(seed);
        let key = welcome(&world).await;
        let (store, mails, now) = (store(&world), mails(&world), world.now());
        let (begun, erased) = tokio::join!(store.begin(&key, "run", now), mails.erase(account()));
        assert_eq!(erased.unwrap().items, 1, "seed {seed}");
        assert!(matches!(begun.unwrap(), Begun::Send(_) | Begun::Over), "seed {seed}");
        assert_eq!(mails.find(account()).await.unwrap(), [], "seed {seed}: a write may not recreate the row");
    }
}

#[tokio::test(start_paused = true)]
async fn every_key_that_is_written_is_claimed_once() {
    let world = World::new(3);
    let key = welcome(&world).await;
    let list = SuppressionList::new(world.clients().dynamodb().table(ACCOUNTS_TABLE), keys(&[1]));
    let mailbox = Mailbox::parse("ada@example.com").unwrap();
    list.record(&mailbox, Feedback::Bounced, world.now()).await.unwrap();
    let mut claimed = Vec::new();
    for stored in world.items(ACCOUNTS_TABLE) {
        let (pk, sk) = (stored["pk"].as_str().unwrap(), stored["sk"].as_str().unwrap());
        let claims = mails(&world).claims().iter().filter(|claim| match claim {
            Claim::Items { table: "Accounts", partition: "account_id", prefix } => {
                pk == key.pk && sk.starts_with(prefix)
            }
            Claim::Items { table: "Accounts", partition, prefix } => pk.starts_with(partition) && sk == *prefix,
            _ => false,
        });
        claimed.push(claims.count());
    }
    assert_eq!(claimed, [1, 1]);
}
