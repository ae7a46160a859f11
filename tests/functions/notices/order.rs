//! Each message comes one to five times, and all of them in any order. Meanwhile Google and Apple change their keys,
//! and strangers send messages that are signed wrongly. The stored state is the same, and it is what the rules demand.

use super::{
    is_signed_in,
    messages::{apple, facebook, facebook_deletion, google, signed_request},
    people::{APPLE, FACEBOOK, at_apple, everywhere, identities, only_with, store},
};
use local::fakes::{AppleEvent, apple::AppleNoticeMode};
use serde_json::Value;
use std::{ops::Range, time::Duration};
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE, GoogleProfile, Random, Tampering};
use tests::{App, Event, Person};

/// The time between two messages.
const PAUSE: Duration = Duration::from_secs(5);

/// The time after the last message: longer than the clocks of partners may differ, and than the time in which unknown
/// keys are not fetched again.
const LATER: Duration = Duration::from_secs(180);

/// The subject of each identity of the person, by its partner.
const SUBJECTS: [(&str, &str); 3] = [("apple", APPLE), ("facebook", FACEBOOK), ("google", "alice")];

/// A message of a partner about the person.
#[derive(Debug, Clone, Copy)]
enum Message {
    Google(&'static str),
    Apple(AppleEvent),
    FacebookDeauthorise,
    FacebookDeletion,
}

impl Message {
    /// The message, as of now in the world.
    fn event(self, app: &App) -> Event {
        match self {
            Self::Google(event) => google(app, event, "alice"),
            Self::Apple(event) => apple(app, event, APPLE),
            Self::FacebookDeauthorise => facebook(app, FACEBOOK),
            Self::FacebookDeletion => facebook_deletion(app, FACEBOOK),
        }
    }
}

/// The identities of the person before the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Everywhere,
    AtAppleAlone,
}

/// The state of the person's account after all messages.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    /// The partners whose identities lead to the account.
    identities: Vec<String>,
    /// Whether a session of before the messages is alive.
    is_signed_in: bool,
    /// Whether Apple's token is still stored.
    has_token: bool,
    /// Whether Apple's address takes no mail.
    is_mail_disabled: bool,
    /// Whether the deletion of the account is scheduled.
    is_closing: bool,
}

impl Left {
    /// A person whose messages have changed nothing.
    fn everything() -> Self {
        let identities = SUBJECTS.map(|(provider, _)| provider.to_owned()).to_vec();
        Self { identities, is_signed_in: true, has_token: true, is_mail_disabled: false, is_closing: false }
    }

    /// Without these identities, and without the sessions. Apple's token goes with its identity.
    fn without(gone: &[&str]) -> Self {
        let mut left = Self { is_signed_in: false, ..Self::everything() };
        left.identities.retain(|provider| !gone.contains(&provider.as_str()));
        left.has_token = !gone.contains(&"apple");
        left
    }

    async fn of(app: &App, person: &Person) -> Self {
        let account = person.account();
        let (store, item) = (store(app), |sort: &str| app.world().item(ACCOUNTS_TABLE, &account.to_string(), sort));
        let identities = identities(app, account).await;
        for (provider, subject) in SUBJECTS {
            let leads = store.find_by_identity(provider, subject).await.unwrap();
            let is_listed = identities.iter().any(|listed| listed == provider);
            assert_eq!(leads, is_listed.then_some(account), "{provider}: both items are there, or none");
        }
        let listed = store.list_identities(account).await.unwrap();
        Self {
            identities,
            has_token: item("identity#apple").is_some_and(|identity| identity["token"].is_string()),
            is_mail_disabled: listed.iter().any(|identity| identity.mail_disabled),
            is_closing: item("deletion").is_some(),
            is_signed_in: is_signed_in(app, person).await,
        }
    }
}

/// A person and the messages about them, which are not sent yet.
struct Prepared {
    person: Person,
    /// A session that began after the last message.
    later: Option<Person>,
    events: Vec<Event>,
    /// Messages of strangers about the person.
    forged: Vec<Event>,
}

impl Prepared {
    /// Google and Apple change their keys after half of the messages. Our service knows the keys of before.
    async fn new(app: &App, before: Before, messages: &[Message]) -> Self {
        let person = match before {
            Before::Everywhere => everywhere(app, "alice").await,
            Before::AtAppleAlone => only_with(app, "alice", &at_apple(APPLE)).await,
        };
        for event in [google(app, "verification", ""), apple(app, AppleEvent::EmailEnabled, "nobody")] {
            let answer = app.send(event).await;
            assert!(answer.status() < 300, "{answer:?}");
        }
        let mut events = Vec::new();
        for (number, message) in messages.iter().enumerate() {
            if number == messages.len() / 2 {
                app.google().rotate_key();
                app.apple().rotate_key();
            }
            app.world().advance(PAUSE);
            events.push(message.event(app));
        }
        app.world().advance(LATER);
        let later = match before {
            Before::Everywhere => Some(app.browser().sign_in(&GoogleProfile::new("alice")).await),
            Before::AtAppleAlone => None,
        };
        Self { person, later, events, forged: forged(app) }
    }
}

/// Messages about the person that no partner has signed for us. Each would end sessions or remove an identity.
fn forged(app: &App) -> Vec<Event> {
    let mut forged = Vec::new();
    for tampering in Tampering::OF_EVENTS {
        app.google().tamper(tampering);
        forged.push(google(app, "sessions-revoked", "alice"));
    }
    app.google().tamper(None);
    for mode in
        [AppleNoticeMode::OtherKey, AppleNoticeMode::UnknownKey, AppleNoticeMode::Audience, AppleNoticeMode::Issuer]
    {
        app.apple().knobs(|knobs| knobs.notices = mode);
        forged.push(apple(app, AppleEvent::AccountDelete, APPLE));
    }
    app.apple().knobs(|knobs| knobs.notices = AppleNoticeMode::Once);
    let by_a_stranger = signed_request("another secret", FACEBOOK, app.world().now());
    for make in [facebook as fn(&App, &str) -> Event, facebook_deletion] {
        forged.push(make(app, FACEBOOK).body(&format!("signed_request={by_a_stranger}")));
    }
    forged
}

/// Everything that is stored about people. The shard of a deletion is drawn at random.
pub fn stored(app: &App) -> Vec<Value> {
    let tables = [ACCOUNTS_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE];
    let mut items: Vec<_> = tables.into_iter().flat_map(|table| app.world().items(table)).collect();
    for item in &mut items {
        item.as_object_mut().unwrap().remove("due");
    }
    items
}

/// Sends the messages in each of these orders, each order to a new service. Before each message comes a forged one,
/// which must be refused and change nothing. Compares what is stored in the end, and what is left of the person.
async fn same_in_any_order(before: Before, messages: &[Message], orders: Vec<Vec<usize>>, demanded: &Left) {
    let mut expected = None;
    for (salt, sent) in orders.into_iter().enumerate() {
        let app = App::new(7).await;
        let Prepared { person, later, events, forged } = Prepared::new(&app, before, messages).await;
        for (place, number) in sent.iter().enumerate() {
            let unchanged = app.world().snapshot();
            let answer = app.send(forged[(place + salt) % forged.len()].clone()).await;
            assert!(answer.status() >= 400, "{sent:?}: a forged message at {place} is taken: {answer:?}");
            app.world().assert_unchanged(&unchanged);
            let answer = app.send(events[*number].clone()).await;
            assert!(answer.status() < 300, "{sent:?} at {place}: {answer:?}");
        }
        app.check_invariants().none();
        let stored = stored(&app);
        let expected = expected.get_or_insert_with(|| stored.clone());
        assert_eq!(&stored, expected, "{sent:?}");
        assert_eq!(&Left::of(&app, &person).await, demanded, "{sent:?}");
        if let Some(later) = later {
            assert!(is_signed_in(&app, &later).await, "{sent:?}: a session of after the messages must continue");
        }
    }
}

/// All orders of these numbers.
fn permutations(numbers: &[usize]) -> Vec<Vec<usize>> {
    let Some((first, others)) = numbers.split_first() else { return vec![Vec::new()] };
    let with_first = |order: Vec<usize>| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, *first);
            order
        })
    };
    permutations(others).into_iter().flat_map(with_first).collect()
}

/// The messages in this order, each one to five times. The repetitions of one message come between the others.
fn repeated(order: &[usize], salt: usize) -> Vec<usize> {
    let rounds = (0..5).flat_map(|round| {
        let again = move |(at, number): (usize, &usize)| (round <= (at + salt) % 5).then_some(*number);
        order.iter().enumerate().filter_map(again).collect::<Vec<_>>()
    });
    rounds.collect()
}

/// Every order of so many messages, each one to five times.
fn all(count: usize) -> Vec<Vec<usize>> {
    let orders = permutations(&(0..count).collect::<Vec<_>>());
    orders.iter().enumerate().map(|(salt, order)| repeated(order, salt)).collect()
}

/// One order of so many messages for each seed. Each message comes one to five times, at any place.
fn sampled(count: usize, seeds: Range<u64>) -> Vec<Vec<usize>> {
    let shuffled = |seed: u64| {
        let mut random = Random::stream(seed, "the order of messages");
        let mut order = Vec::new();
        for number in 0..count {
            order.extend(vec![number; 1 + random.below(5)]);
        }
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        order
    };
    seeds.map(shuffled).collect()
}

#[tokio::test(start_paused = true)]
async fn the_order_of_googles_messages_changes_nothing() {
    let events = ["tokens-revoked", "sessions-revoked", "account-enabled", "token-revoked"];
    same_in_any_order(Before::Everywhere, &events.map(Message::Google), all(4), &Left::without(&[])).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_all_of_googles_messages_changes_nothing() {
    let events = [
        "account-credential-change-required",
        "token-revoked",
        "account-disabled",
        "account-enabled",
        "sessions-revoked",
        "tokens-revoked",
        "an-event-of-tomorrow",
    ];
    same_in_any_order(Before::Everywhere, &events.map(Message::Google), sampled(7, 0..24), &Left::without(&[])).await;
}

#[tokio::test(start_paused = true)]
async fn googles_messages_that_mean_nothing_change_nothing() {
    let events = ["account-enabled", "verification", "an-event-of-tomorrow"];
    same_in_any_order(Before::Everywhere, &events.map(Message::Google), all(3), &Left::everything()).await;
}

/// Apple's messages, one of each kind.
const APPLES: [Message; 4] = [
    Message::Apple(AppleEvent::EmailDisabled),
    Message::Apple(AppleEvent::EmailEnabled),
    Message::Apple(AppleEvent::ConsentRevoked),
    Message::Apple(AppleEvent::AccountDelete),
];

#[tokio::test(start_paused = true)]
async fn the_order_of_apples_messages_changes_nothing() {
    same_in_any_order(Before::Everywhere, &APPLES, all(4), &Left::without(&["apple"])).await;
}

/// The identity stays until the account is erased, so that the person can cancel.
#[tokio::test(start_paused = true)]
async fn the_order_of_messages_about_the_last_identity_changes_nothing() {
    let identities = vec!["apple".to_owned()];
    let demanded = Left { identities, has_token: false, is_closing: true, ..Left::without(&[]) };
    same_in_any_order(Before::AtAppleAlone, &APPLES, all(4), &demanded).await;
}

/// Apple takes its consent back, and the token of then goes. The identity and its address stay.
#[tokio::test(start_paused = true)]
async fn the_order_of_mail_messages_and_a_revoked_consent_changes_nothing() {
    let events =
        [AppleEvent::EmailEnabled, AppleEvent::ConsentRevoked, AppleEvent::EmailDisabled, AppleEvent::EmailEnabled];
    let demanded = Left { has_token: false, ..Left::without(&[]) };
    same_in_any_order(Before::Everywhere, &events.map(Message::Apple), all(4), &demanded).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_mail_messages_changes_nothing() {
    let events = [AppleEvent::EmailDisabled, AppleEvent::EmailEnabled, AppleEvent::EmailDisabled];
    let demanded = Left { is_mail_disabled: true, ..Left::everything() };
    same_in_any_order(Before::Everywhere, &events.map(Message::Apple), all(3), &demanded).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_facebooks_messages_changes_nothing() {
    let messages = [Message::FacebookDeauthorise, Message::FacebookDeletion, Message::FacebookDeauthorise];
    same_in_any_order(Before::Everywhere, &messages, all(3), &Left::without(&["facebook"])).await;
}

/// One message of each kind, from two partners each: the end of sessions, mail off, mail on, the end of an identity.
#[tokio::test(start_paused = true)]
async fn the_order_of_one_message_of_each_kind_changes_nothing() {
    let messages = [
        Message::Apple(AppleEvent::EmailEnabled),
        Message::Google("tokens-revoked"),
        Message::Apple(AppleEvent::EmailDisabled),
        Message::FacebookDeletion,
    ];
    let demanded = Left { is_mail_disabled: true, ..Left::without(&["facebook"]) };
    same_in_any_order(Before::Everywhere, &messages, all(4), &demanded).await;
}

#[tokio::test(start_paused = true)]
async fn the_order_of_all_partners_messages_changes_nothing() {
    let messages = [
        Message::Google("sessions-revoked"),
        Message::Apple(AppleEvent::EmailDisabled),
        Message::FacebookDeauthorise,
        Message::Apple(AppleEvent::ConsentRevoked),
        Message::Google("tokens-revoked"),
        Message::Google("account-disabled"),
        Message::FacebookDeletion,
        Message::Google("token-revoked"),
        Message::Apple(AppleEvent::AccountDelete),
    ];
    let demanded = Left::without(&["apple", "facebook"]);
    same_in_any_order(Before::Everywhere, &messages, sampled(9, 0..32), &demanded).await;
}

#[test]
fn every_order_comes_once_and_each_message_one_to_five_times() {
    let mut found = permutations(&[0, 1, 2, 3]);
    assert_eq!(found.len(), 24);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 24);
    for (count, orders) in [(3, all(3)), (4, all(4)), (9, sampled(9, 0..32))] {
        for sent in &orders {
            for number in 0..count {
                assert!((1..=5).contains(&sent.iter().filter(|sent| **sent == number).count()), "{sent:?}");
            }
        }
        for times in 1..=5 {
            let comes = |sent: &Vec<usize>, number| sent.iter().filter(|sent| **sent == number).count() == times;
            let is_there = orders.iter().any(|sent| (0..count).any(|number| comes(sent, number)));
            assert!(is_there, "a message that comes {times} times");
        }
    }
    assert_ne!(sampled(9, 0..1), sampled(9, 1..2), "each seed has an order of its own");
}
