//! Each message comes one to five times, and all of them in any order: the stored state is the same.

use super::{
    messages::{apple, facebook, facebook_deletion, google},
    people::{APPLE, FACEBOOK, at_apple, everywhere, only_with},
};
use local::fakes::AppleEvent;
use serde_json::Value;
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE};
use tests::{App, Event};

/// Everything that is stored about people. The shard of a deletion is drawn at random.
pub fn stored(app: &App) -> Vec<Value> {
    let tables = [ACCOUNTS_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE];
    let mut items: Vec<_> = tables.into_iter().flat_map(|table| app.world().items(table)).collect();
    for item in &mut items {
        item.as_object_mut().unwrap().remove("due");
    }
    items
}

/// All orders of these numbers.
fn orders(numbers: &[usize]) -> Vec<Vec<usize>> {
    let Some((first, others)) = numbers.split_first() else { return vec![Vec::new()] };
    let with_first = |order: Vec<usize>| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, *first);
            order
        })
    };
    orders(others).into_iter().flat_map(with_first).collect()
}

/// The messages in this order, each one to five times. The repetitions of one message come between the others.
fn repeated(order: &[usize], salt: usize) -> Vec<usize> {
    let rounds = (0..5).flat_map(|round| {
        let again = move |(at, number): (usize, &usize)| (round <= (at + salt) % 5).then_some(*number);
        order.iter().enumerate().filter_map(again).collect::<Vec<_>>()
    });
    rounds.collect()
}

/// Sends the messages in many orders, each to a new service, and compares what is stored in the end.
async fn same_in_any_order(messages: impl AsyncFn(&App) -> Vec<Event>, orders: Vec<Vec<usize>>) {
    let mut expected = None;
    for (salt, order) in orders.into_iter().enumerate() {
        let app = App::new(7).await;
        let events = messages(&app).await;
        app.world().advance(Duration::from_secs(60));
        let sent = repeated(&order, salt);
        for number in &sent {
            let answer = app.send(events[*number].clone()).await;
            assert!(answer.status() < 300, "{sent:?}: {answer:?}");
        }
        let stored = stored(&app);
        let expected = expected.get_or_insert_with(|| stored.clone());
        assert_eq!(&stored, expected, "{sent:?}");
    }
}

/// The orders of so many messages.
fn all(count: usize) -> Vec<Vec<usize>> {
    orders(&(0..count).collect::<Vec<_>>())
}

#[tokio::test(start_paused = true)]
async fn the_order_of_googles_messages_changes_nothing() {
    let messages = async |app: &App| {
        everywhere(app, "alice").await;
        let mut events = Vec::new();
        for event in ["sessions-revoked", "account-disabled", "account-enabled", "account-credential-change-required"] {
            app.world().advance(Duration::from_secs(5));
            events.push(google(app, event, "alice"));
        }
        events
    };
    same_in_any_order(messages, all(4)).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_apples_messages_changes_nothing() {
    let messages = async |app: &App| {
        everywhere(app, "alice").await;
        let mut events = Vec::new();
        for event in
            [AppleEvent::EmailDisabled, AppleEvent::EmailEnabled, AppleEvent::ConsentRevoked, AppleEvent::AccountDelete]
        {
            app.world().advance(Duration::from_secs(5));
            events.push(apple(app, event, APPLE));
        }
        events
    };
    same_in_any_order(messages, all(4)).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_mail_messages_changes_nothing() {
    let messages = async |app: &App| {
        everywhere(app, "alice").await;
        let mut events = Vec::new();
        for event in [AppleEvent::EmailDisabled, AppleEvent::EmailEnabled, AppleEvent::EmailDisabled] {
            app.world().advance(Duration::from_secs(5));
            events.push(apple(app, event, APPLE));
        }
        events
    };
    same_in_any_order(messages, all(3)).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_facebooks_messages_changes_nothing() {
    let messages = async |app: &App| {
        everywhere(app, "alice").await;
        app.world().advance(Duration::from_secs(5));
        let first = facebook(app, FACEBOOK);
        app.world().advance(Duration::from_secs(5));
        vec![first, facebook_deletion(app, FACEBOOK), facebook(app, FACEBOOK)]
    };
    same_in_any_order(messages, all(3)).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_all_partners_messages_changes_nothing() {
    let messages = async |app: &App| {
        everywhere(app, "alice").await;
        let mut events = Vec::new();
        for number in 0..7 {
            app.world().advance(Duration::from_secs(5));
            events.push(match number {
                0 => google(app, "sessions-revoked", "alice"),
                1 => apple(app, AppleEvent::EmailDisabled, APPLE),
                2 => facebook(app, FACEBOOK),
                3 => apple(app, AppleEvent::ConsentRevoked, APPLE),
                4 => google(app, "account-disabled", "alice"),
                5 => facebook_deletion(app, FACEBOOK),
                _ => apple(app, AppleEvent::AccountDelete, APPLE),
            });
        }
        events
    };
    // Every 211th of the 5,040 orders.
    same_in_any_order(messages, all(7).into_iter().step_by(211).collect()).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_messages_about_the_last_identity_changes_nothing() {
    let messages = async |app: &App| {
        only_with(app, "alice", &at_apple(APPLE)).await;
        let mut events = Vec::new();
        for event in [AppleEvent::EmailDisabled, AppleEvent::ConsentRevoked, AppleEvent::AccountDelete] {
            app.world().advance(Duration::from_secs(5));
            events.push(apple(app, event, APPLE));
        }
        events
    };
    same_in_any_order(messages, all(3)).await;
}

#[test]
fn every_order_comes_once_and_each_message_one_to_five_times() {
    let mut found = all(4);
    assert_eq!(found.len(), 24);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 24);
    for salt in 0..5 {
        let sent = repeated(&[2, 0, 1], salt);
        for number in 0..3 {
            assert!((1..=5).contains(&sent.iter().filter(|sent| **sent == number).count()), "{sent:?}");
        }
    }
    assert!((0..5).any(|salt| repeated(&[0], salt).len() == 5));
}
