//! The store on the engine of the tests: races, lost answers, late events, suppression and erasure in between.

mod personal;

use crate::{
    mailbox::Mailbox,
    row::{
        admission::{Admission, Recipient, admit},
        facts::Mail,
        key::{MailKey, MailTable},
        mail_row::{DropReason, MailRow, MailState, NewMail},
        sending::{Answer, EVENT_WAIT, GIVE_UP_AFTER, REPEATS_MAX, WAKE_LOST_AFTER},
    },
    store::mail_store::{Begun, MAIL_SHARDS, MailStore, Recorded},
    suppression::{
        list::SuppressionList,
        state::{Feedback, Suppression},
    },
    tokens::keys::tests::keys,
};
use aws::{Decision, transact};
use kernel::{MailId, limits::MAIL_ROW_LIFETIME};
use serde_json::json;
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, DELETION_RECEIPTS_TABLE, Fault, Faults, World};

const ACCOUNT: &str = "01929e6b-6c00-7000-8000-0123456789ab";

fn store(world: &World) -> MailStore {
    MailStore::new(world.clients().dynamodb().table(ACCOUNTS_TABLE), MailTable::Accounts)
}

fn wait(time: jiff::SignedDuration) -> Duration {
    time.unsigned_abs()
}

fn new_mail(world: &World, mail: Mail) -> NewMail {
    let id = MailId::new(world.ids().uuid_v7(world.now()));
    NewMail { partition: ACCOUNT.to_owned(), id, mail, address: None }
}

/// Causes a mail, as a transaction does, and answers its key.
async fn cause(world: &World, mail: Mail) -> MailKey {
    let (store, new, ids) = (store(world), new_mail(world, mail), world.ids());
    let written = transact(store.table().db(), &ids, async || {
        Ok(match store.read(&store.key(&new), world.now()).await? {
            Some(_) => Decision::Answer(()),
            None => Decision::Commit(vec![store.mail_change(&new, world.now())?], ()),
        })
    });
    written.await.unwrap();
    store.key(&new)
}

async fn welcome(world: &World) -> MailKey {
    cause(world, Mail::Welcome { credits: 50 }).await
}

async fn low(world: &World) -> MailKey {
    cause(world, Mail::CreditsLow { available: 2 }).await
}

async fn claim(world: &World, key: &MailKey, run: &str) -> MailRow {
    match store(world).begin(key, run, world.now()).await.unwrap() {
        Begun::Send(row) => *row,
        other => panic!("the run must get the mail, not {other:?}"),
    }
}

async fn answer(world: &World, key: &MailKey, run: &str, answer: Answer) -> Recorded {
    store(world).record_answer(key, run, &answer, world.now()).await.unwrap()
}

async fn event(world: &World, key: &MailKey, id: &str) -> Recorded {
    store(world).record_sent(key, id, world.now()).await.unwrap()
}

async fn row(world: &World, key: &MailKey) -> MailRow {
    store(world).read(key, world.now()).await.unwrap().expect("the row must be there")
}

fn took(id: &str) -> Answer {
    Answer::Accepted { message_id: id.to_owned() }
}

/// The keys that the sweep finds in all shards.
async fn due(world: &World) -> Vec<MailKey> {
    let mut found = Vec::new();
    for shard in 0..MAIL_SHARDS {
        found.extend(store(world).due(shard, world.now()).await.unwrap());
    }
    found
}

#[tokio::test(start_paused = true)]
async fn a_mail_is_written_once_and_sent_and_keeps_no_facts() {
    let world = World::new(1);
    world.inject(Faults::nth("dynamodb.TransactWriteItems", 1, Fault::AnswerLost));
    let key = welcome(&world).await;
    assert_eq!(world.items(ACCOUNTS_TABLE).len(), 1, "a repeated round writes the same row");
    let claimed = claim(&world, &key, "run").await;
    assert_eq!(claimed.facts, Some(Mail::Welcome { credits: 50 }));
    assert_eq!(answer(&world, &key, "run", took("m1")).await, Recorded::Sent);
    let stored = world.item(ACCOUNTS_TABLE, &key.pk, &key.sk).unwrap();
    assert_eq!((&stored["state"], &stored["message_id"]), (&json!("sent"), &json!("m1")));
    for name in ["facts", "address", "outbox", "next_check", "claim"] {
        assert_eq!(stored.get(name), None, "a sent mail keeps no {name}");
    }
    assert_eq!(store(&world).begin(&key, "late", world.now()).await.unwrap(), Begun::Over);
    assert_eq!(event(&world, &key, "m1").await, Recorded::Unchanged, "the event comes after the answer");
    world.advance(MAIL_ROW_LIFETIME);
    assert_eq!(store(&world).read(&key, world.now()).await.unwrap(), None, "time to live removes items late");
    assert_eq!(event(&world, &key, "m1").await, Recorded::Gone);
}

#[tokio::test(start_paused = true)]
async fn of_two_senders_at_once_one_gets_the_mail() {
    for seed in 0..40 {
        let world = World::new(seed);
        let key = welcome(&world).await;
        let (store, now) = (store(&world), world.now());
        let (one, two) = tokio::join!(store.begin(&key, "one", now), store.begin(&key, "two", now));
        let sends = [one.unwrap(), two.unwrap()].iter().filter(|begun| matches!(begun, Begun::Send(_))).count();
        assert_eq!(sends, 1, "seed {seed}");
        assert_eq!(row(&world, &key).await.attempt, 1, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_was_lost_is_the_runs_own_when_the_sdk_repeats_it() {
    let world = World::new(2);
    world.let_the_sdk_repeat();
    let key = welcome(&world).await;
    world.inject(Faults::nth("dynamodb.PutItem", 1, Fault::AnswerLost));
    let claimed = claim(&world, &key, "run").await;
    assert_eq!((claimed.attempt, claimed.claim.as_deref()), (1, Some("run")));
    world.inject(Faults::nth("dynamodb.PutItem", 1, Fault::AnswerLost));
    assert_eq!(answer(&world, &key, "run", took("m1")).await, Recorded::Sent);
}

#[tokio::test(start_paused = true)]
async fn a_claim_without_an_answer_waits_as_long_as_an_unknown_answer_of_ses() {
    let world = World::new(3);
    let key = welcome(&world).await;
    world.inject(Faults::nth("dynamodb.PutItem", 1, Fault::AnswerLost));
    let lost = store(&world).begin(&key, "run", world.now()).await;
    assert_eq!(lost.unwrap_err().code(), "unavailable");
    world.inject(Faults::none());
    assert_eq!(store(&world).begin(&key, "other", world.now()).await.unwrap(), Begun::NotYet);
    world.advance(wait(EVENT_WAIT));
    assert_eq!(claim(&world, &key, "other").await.repeats, 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_answer_waits_for_the_event_and_a_late_event_ends_the_wait() {
    let world = World::new(4);
    let key = welcome(&world).await;
    claim(&world, &key, "run").await;
    let before = world.snapshot();
    assert_eq!(answer(&world, &key, "run", Answer::Unknown).await, Recorded::Unchanged);
    world.assert_unchanged(&before);
    world.advance(wait(EVENT_WAIT) - Duration::from_secs(1));
    assert_eq!(store(&world).begin(&key, "sweep", world.now()).await.unwrap(), Begun::NotYet);
    assert_eq!(event(&world, &key, "m1").await, Recorded::Sent);
    world.advance(Duration::from_secs(1));
    assert_eq!(store(&world).begin(&key, "sweep", world.now()).await.unwrap(), Begun::Over);
}

#[tokio::test(start_paused = true)]
async fn without_answer_and_event_a_mail_is_sent_again_and_the_double_is_told() {
    let world = World::new(5);
    let key = welcome(&world).await;
    claim(&world, &key, "one").await;
    world.advance(wait(EVENT_WAIT));
    assert_eq!(claim(&world, &key, "two").await.repeats, 1, "a possible double is counted");
    assert_eq!(event(&world, &key, "m1").await, Recorded::Sent, "the event of the first arrives late");
    assert_eq!(answer(&world, &key, "two", took("m2")).await, Recorded::Double);
    assert_eq!(row(&world, &key).await.message_id.as_deref(), Some("m1"));
}

#[tokio::test(start_paused = true)]
async fn the_doubles_of_a_mail_are_bounded() {
    let world = World::new(6);
    let key = welcome(&world).await;
    for attempt in 0..=REPEATS_MAX {
        claim(&world, &key, &attempt.to_string()).await;
        world.advance(wait(EVENT_WAIT));
    }
    let last = store(&world).begin(&key, "last", world.now()).await.unwrap();
    assert_eq!(last, Begun::Dropped(DropReason::Unknown));
    assert_eq!(store(&world).begin(&key, "late", world.now()).await.unwrap(), Begun::Over);
}

#[tokio::test(start_paused = true)]
async fn product_mail_with_an_unknown_outcome_is_dropped() {
    let world = World::new(7);
    let key = low(&world).await;
    claim(&world, &key, "run").await;
    world.advance(wait(EVENT_WAIT));
    let begun = store(&world).begin(&key, "sweep", world.now()).await.unwrap();
    assert_eq!(begun, Begun::Dropped(DropReason::Unknown));
    assert_eq!(event(&world, &key, "m1").await, Recorded::Sent, "a late event still tells the truth");
    assert_eq!(row(&world, &key).await.state, MailState::Sent);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_before_the_answer_is_stored_wins() {
    for seed in 0..40 {
        let world = World::new(seed);
        let key = welcome(&world).await;
        claim(&world, &key, "run").await;
        let (store, now, taken) = (store(&world), world.now(), took("m1"));
        let (event, answer) =
            tokio::join!(store.record_sent(&key, "m1", now), store.record_answer(&key, "run", &taken, now));
        for recorded in [event.unwrap(), answer.unwrap()] {
            assert!(matches!(recorded, Recorded::Sent | Recorded::Unchanged), "seed {seed}: {recorded:?}");
        }
        assert_eq!(row(&world, &key).await.message_id.as_deref(), Some("m1"), "seed {seed}");
    }
    let world = World::new(8);
    let key = welcome(&world).await;
    claim(&world, &key, "run").await;
    assert_eq!(event(&world, &key, "m1").await, Recorded::Sent);
    assert_eq!(answer(&world, &key, "run", Answer::Busy).await, Recorded::Unchanged);
    assert_eq!(answer(&world, &key, "run", took("m1")).await, Recorded::Unchanged);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_mail_waits_longer_each_time_and_is_given_up_after_a_day() {
    let world = World::new(9);
    let key = welcome(&world).await;
    let started = world.now();
    for attempt in 1.. {
        claim(&world, &key, "run").await;
        match answer(&world, &key, "run", Answer::Busy).await {
            Recorded::Postponed => {}
            Recorded::Dropped(reason) => {
                assert_eq!(reason, DropReason::TooLate);
                assert!(attempt > 20 && world.now() <= started + GIVE_UP_AFTER, "after {attempt} attempts");
                break;
            }
            other => panic!("attempt {attempt}: {other:?}"),
        }
        let early = store(&world).begin(&key, "early", world.now()).await.unwrap();
        assert_eq!(early, Begun::NotYet, "attempt {attempt}: a message that comes twice does not shorten the pause");
        let pause = row(&world, &key).await.next_check.unwrap().duration_since(world.now());
        world.advance(wait(pause));
    }
    assert_eq!(row(&world, &key).await.facts, None);
}

#[tokio::test(start_paused = true)]
async fn a_refused_mail_is_dropped_at_once() {
    let world = World::new(10);
    let key = welcome(&world).await;
    claim(&world, &key, "run").await;
    assert_eq!(answer(&world, &key, "run", Answer::Refused).await, Recorded::Dropped(DropReason::Refused));
    assert_eq!(answer(&world, &key, "run", Answer::Refused).await, Recorded::Unchanged, "a repetition is normal");
}

#[tokio::test(start_paused = true)]
async fn a_bounce_between_two_attempts_ends_the_mail() {
    let world = World::new(11);
    let list = SuppressionList::new(world.clients().dynamodb().table(ACCOUNTS_TABLE), keys(&[1]));
    let key = welcome(&world).await;
    let person =
        Recipient::Account { address: Some("Ada@Example.com"), is_verified: true, is_relay_off: false, wants: false };
    let first = claim(&world, &key, "one").await;
    let mailbox = person.mailbox(first.kind).unwrap();
    assert_eq!(admit(first.kind, list.read(&mailbox).await.unwrap()), Admission::Send);
    assert_eq!(answer(&world, &key, "one", Answer::Busy).await, Recorded::Postponed);
    let spelled = Mailbox::parse("ada@EXAMPLE.COM").unwrap();
    list.record(&spelled, Feedback::Bounced, world.now()).await.unwrap();

    world.advance(Duration::from_secs(30));
    let second = claim(&world, &key, "two").await;
    let admission = admit(second.kind, list.read(&mailbox).await.unwrap());
    assert_eq!(admission, Admission::Drop(DropReason::Bounced));
    let store = store(&world);
    let dropped = store.drop_claimed(&key, "one", DropReason::Bounced, world.now()).await.unwrap();
    assert_eq!(dropped, Recorded::Unchanged, "another run has claimed the mail");
    let dropped = store.drop_claimed(&key, "two", DropReason::Bounced, world.now()).await.unwrap();
    assert_eq!(dropped, Recorded::Dropped(DropReason::Bounced));
}

#[tokio::test(start_paused = true)]
async fn a_suppressed_mailbox_is_a_keyed_hash_that_survives_a_new_key() {
    let world = World::new(12);
    let list = |bytes: &[u8]| SuppressionList::new(world.clients().dynamodb().table(ACCOUNTS_TABLE), keys(bytes));
    let ada = Mailbox::parse("ada@example.com").unwrap();
    list(&[1]).record(&ada, Feedback::Complained, world.now()).await.unwrap();
    list(&[1]).record(&ada, Feedback::Complained, world.now()).await.unwrap();
    assert_eq!(list(&[2, 1]).read(&ada).await.unwrap(), Suppression { bounced: false, complained: true });
    list(&[2, 1]).record(&ada, Feedback::Bounced, world.now()).await.unwrap();
    assert_eq!(list(&[2, 1]).read(&ada).await.unwrap(), Suppression { bounced: true, complained: true });
    assert_eq!(list(&[3]).read(&ada).await.unwrap(), Suppression::default());
    let other = Mailbox::parse("a.da@example.com").unwrap();
    assert_eq!(list(&[2, 1]).read(&other).await.unwrap(), Suppression::default());
    let rows = world.items(ACCOUNTS_TABLE);
    assert_eq!(rows.len(), 2, "one row for each key");
    for stored in rows {
        assert!(!stored.to_string().contains("example"), "{stored}");
        assert!(stored["pk"].as_str().unwrap().starts_with("mailbox#") && stored["sk"] == "account", "{stored}");
        assert_eq!(stored.get("account"), None, "the row leads to no account");
    }
}

#[tokio::test(start_paused = true)]
async fn the_sweep_finds_what_is_due_and_nothing_that_is_over() {
    let world = World::new(13);
    let mut all = vec![welcome(&world).await, low(&world).await, welcome(&world).await];
    all.sort();
    assert_eq!(due(&world).await, [], "the messages that follow the transactions come first");
    world.advance(wait(WAKE_LOST_AFTER));
    let mut found = due(&world).await;
    found.sort();
    assert_eq!(found, all);
    for key in &all {
        claim(&world, key, "run").await;
    }
    assert_eq!(due(&world).await, [], "a claimed mail is due after its event had time to come");
    answer(&world, &all[0], "run", took("m1")).await;
    answer(&world, &all[1], "run", Answer::Refused).await;
    world.advance(wait(EVENT_WAIT));
    assert_eq!(due(&world).await, [all[2].clone()]);
}

#[tokio::test(start_paused = true)]
async fn an_address_is_stored_in_receipts_alone_and_goes_when_the_mail_is_sent() {
    let world = World::new(15);
    let code = "AQIDBAUGBwgJCgsMDQ4PEBESExQ".to_owned();
    let mail = Mail::DeletionCanceled { code: code.clone(), at: world.now() };
    let new = NewMail { partition: code, address: Some("ada@example.com".into()), ..new_mail(&world, mail) };
    let refused = store(&world).mail_change(&new, world.now());
    assert_eq!(refused.unwrap_err().code(), "internal", "the address of an account is in its profile");

    let db = world.clients().dynamodb();
    let receipts = MailStore::new(db.table(DELETION_RECEIPTS_TABLE), MailTable::DeletionReceipts);
    let change = || receipts.mail_change(&new, world.now());
    transact(&db, &world.ids(), async || Ok(Decision::Commit(vec![change()?], ()))).await.unwrap();
    let key = receipts.key(&new);
    let begun = receipts.begin(&key, "run", world.now()).await.unwrap();
    let Begun::Send(claimed) = begun else { panic!("the run must get the mail, not {begun:?}") };
    assert_eq!(claimed.address.as_deref(), Some("ada@example.com"));
    receipts.record_answer(&key, "run", &took("m1"), world.now()).await.unwrap();
    let stored = world.items(DELETION_RECEIPTS_TABLE);
    assert_eq!(stored.len(), 1);
    assert!(!stored[0].to_string().contains("ada"), "{}", stored[0]);
}

#[tokio::test(start_paused = true)]
async fn the_rows_of_an_announcement_have_one_id_and_several_shards() {
    let world = World::new(14);
    let id = MailId::new(world.ids().uuid_v7(world.now()));
    let mut shards = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let partition = world.ids().uuid_v7(world.now()).to_string();
        let new = NewMail { partition, id, mail: Mail::CreditsLow { available: 1 }, address: None };
        let change = |new: &NewMail| store(&world).mail_change(new, world.now());
        let db = world.clients().dynamodb();
        transact(&db, &world.ids(), async || Ok(Decision::Commit(vec![change(&new)?], ()))).await.unwrap();
        let stored = world.item(ACCOUNTS_TABLE, &new.partition, &store(&world).key(&new).sk).unwrap();
        shards.insert(stored["outbox"].as_str().unwrap().parse::<u64>().unwrap());
    }
    assert_eq!(shards, (0..MAIL_SHARDS).collect(), "one partition of the index would be too hot");
}
