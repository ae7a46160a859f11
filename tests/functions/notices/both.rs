//! An account has two identities, and both partners report that the person has deleted them. Google sends no such
//! message, so the partners are Apple and Facebook.
//!
//! The message that comes first removes its identity. Then the other identity is the last one. It stays as the person's
//! way back until the account is erased, and its partner is named as the one that asked. All else is the same in every
//! order.

use super::{
    is_signed_in,
    messages::{apple, facebook_deletion},
    order::stored,
    people::{APPLE, FACEBOOK, at_apple, at_facebook, identities, link, only_with},
};
use credits::BalanceStatus;
use local::fakes::AppleEvent;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use testkit::{ACCOUNTS_TABLE, DELETION_RECEIPTS_TABLE};
use tests::{App, Event, Person};

/// The partners, in the order of their messages.
const PARTNERS: [&str; 2] = ["apple", "facebook"];

/// The time between two messages.
const PAUSE: Duration = Duration::from_secs(5);

/// Every order of the two messages, each of which comes one to three times.
fn orders() -> Vec<Vec<usize>> {
    let of_length = |length: u32| {
        (0..1_u32 << length)
            .map(move |bits| (0..length).map(|at| usize::from(bits & (1 << at) != 0)).collect::<Vec<_>>())
    };
    let comes = |order: &Vec<usize>, number: usize| order.iter().filter(|sent| **sent == number).count();
    let is_wanted = |order: &Vec<usize>| [0, 1].into_iter().all(|number| (1..=3).contains(&comes(order, number)));
    (2..=6).flat_map(of_length).filter(is_wanted).collect()
}

/// A person with an identity at each of the two partners, and no other.
async fn with_both(app: &App) -> Person {
    let person = only_with(app, "alice", &at_apple(APPLE)).await;
    link(app, &person, &at_facebook(FACEBOOK)).await;
    person
}

/// The messages of the two partners, the later one last.
fn messages(app: &App) -> [Event; 2] {
    app.world().advance(PAUSE);
    let at_apple = apple(app, AppleEvent::AccountDelete, APPLE);
    app.world().advance(PAUSE);
    let at_facebook = facebook_deletion(app, FACEBOOK);
    app.world().advance(PAUSE);
    [at_apple, at_facebook]
}

/// The keyed hashes that are left of erased accounts and of their people.
fn hashes(app: &App) -> BTreeSet<String> {
    let items = app.world().items(DELETION_RECEIPTS_TABLE);
    let keys = items.iter().filter_map(|item| item["pk"].as_str());
    keys.filter(|key| key.contains('#')).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn two_partners_that_delete_their_identities_in_any_order_erase_one_account_once() {
    let mut closing: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    let mut erased = None;
    for sent in orders() {
        let app = App::new(7).await;
        let person = with_both(&app).await;
        let events = messages(&app);
        let mut told_facebook = BTreeSet::new();
        for number in &sent {
            let answer = app.send(events[*number].clone()).await.expect(200);
            if PARTNERS[*number] == "facebook" {
                told_facebook.insert(answer.body().to_vec());
            }
        }
        app.check_invariants().none();
        assert_eq!(told_facebook.len(), 1, "{sent:?}: one request has one code");

        let stored = stored(&app);
        let expected = closing.entry(sent[0]).or_insert_with(|| stored.clone());
        assert_eq!(&stored, expected, "{sent:?}: what comes after the first message must change nothing");
        let last = PARTNERS[1 - sent[0]];
        assert_eq!(identities(&app, person.account()).await, [last], "{sent:?}: the last identity is the way back");
        assert_eq!(app.balance(person.account()).status, BalanceStatus::Closing, "{sent:?}");
        let mark = app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), "deletion").unwrap();
        assert_eq!(mark["requested_by"], last, "{sent:?}");
        assert!(!is_signed_in(&app, &person).await, "{sent:?}: the sessions of before end with the first identity");

        app.purge(mark["code"].as_str().unwrap()).await;
        assert!(app.world().items(ACCOUNTS_TABLE).is_empty(), "{sent:?}: nothing is left of the account");
        let expected = erased.get_or_insert_with(|| hashes(&app));
        assert_eq!(&hashes(&app), expected, "{sent:?}: one tombstone, and a mark of each identity");
        let before = app.world().snapshot();
        for event in events {
            app.send(event).await.expect(200);
        }
        app.world().assert_unchanged(&before);
    }
    assert_eq!(closing.len(), 2, "each partner must come first in some order");
    assert_eq!(erased.map(|hashes| hashes.len()), Some(3), "one tombstone, and a mark of each identity");
}

#[test]
fn every_order_of_two_messages_comes_once() {
    let orders = orders();
    assert_eq!(orders.len(), 62, "the sum of (a + b)! / (a! b!) for a and b of 1 to 3");
    assert_eq!(orders.iter().collect::<BTreeSet<_>>().len(), orders.len());
}
