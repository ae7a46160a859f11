//! Many requests of one account at the same moment.

use futures_util::future::join_all;
use std::{collections::BTreeMap, time::Duration};
use testkit::{Fault, Faults};
use tests::{Answer, App, Person, prompt, slow};

/// Seeds of the race for the last credits. Each seed orders the requests differently.
const SEEDS: u64 = 20;

/// Seeds of the longer races.
const FEW_SEEDS: u64 = 5;

/// Requests `count` generations at once.
async fn at_once(app: &App, person: &Person, count: usize) -> Vec<Answer> {
    let events: Vec<_> = (0..count).map(|n| person.generate_event(&prompt(&format!("boat {n}")))).collect();
    join_all(events.into_iter().map(|event| app.send(event))).await
}

fn tally(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut tally = BTreeMap::new();
    answers.iter().for_each(|answer| *tally.entry(answer.outcome()).or_default() += 1);
    tally
}

/// Twenty requests at once, with credits for five.
async fn credits_for_five(seed: u64, faults: Faults) -> App {
    let app = App::new(seed).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 20, 32).await;
    app.world().inject(faults);
    let answers = at_once(&app, &person, 20).await;
    app.world().inject(Faults::none());
    let wanted = BTreeMap::from([((202, String::new()), 5), ((402, "insufficient_credits".to_owned()), 15)]);
    assert_eq!(
        tally(&answers),
        wanted,
        "seed {seed}: five must be accepted, fifteen refused, and no other answer given"
    );
    let credits = person.get("/v1/credits").await.expect(200).json();
    assert_eq!((&credits["available"], &credits["held"]), (&0.into(), &20.into()), "seed {seed}");
    assert_eq!(app.world().messages("generation").len(), 5, "seed {seed}: each must be queued once");
    app.check_invariants().none();
    app
}

#[tokio::test(start_paused = true)]
async fn of_twenty_requests_at_once_with_credits_for_five_five_are_accepted() {
    for seed in 0..SEEDS {
        credits_for_five(seed, Faults::none()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_holds_while_two_in_five_transactions_are_canceled() {
    let mut canceled = 0;
    for seed in 0..SEEDS {
        let faults = Faults::sometimes("dynamodb.TransactWriteItems", 0.4, Fault::TransactionConflict);
        let app = credits_for_five(seed, faults).await;
        canceled += app.world().trace().iter().filter(|it| it.fault == Some(Fault::TransactionConflict)).count();
    }
    assert!(canceled as u64 > 5 * SEEDS, "conflicts must have occurred: {canceled}");
}

#[tokio::test(start_paused = true)]
async fn the_same_holds_while_every_call_takes_its_time() {
    for seed in 0..SEEDS {
        credits_for_five(seed, slow(0.4, 5..20)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn thirty_two_requests_at_once_with_thirty_two_places_are_all_accepted() {
    for seed in 0..FEW_SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        app.welcome_with(person.account(), 1_000, 32).await;
        app.world().inject(slow(0.4, 5..20));
        let answers = at_once(&app, &person, 32).await;
        app.world().inject(Faults::none());
        assert_eq!(tally(&answers), BTreeMap::from([((202, String::new()), 32)]), "seed {seed}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn of_twelve_requests_at_once_with_three_places_three_are_accepted() {
    for seed in 0..SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let answers = at_once(&app, &person, 12).await;
        let wanted = BTreeMap::from([((202, String::new()), 3), ((429, "too_many_generations".to_owned()), 9)]);
        assert_eq!(tally(&answers), wanted, "seed {seed}");
        for answer in answers.iter().filter(|answer| answer.status() == 429) {
            let wait: u64 = answer.header("retry-after").expect("429 says how long to wait").parse().unwrap();
            assert!(wait > 0, "seed {seed}");
        }
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn another_generation_may_start_when_one_ends() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    at_once(&app, &person, 12).await;
    app.rest().await;
    let (taken, refused) = (tally(&at_once(&app, &person, 3).await), person.generate(&prompt("one more")).await);
    assert_eq!(taken, BTreeMap::from([((202, String::new()), 3)]));
    assert_eq!(refused.status(), 429);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn credits_are_checked_before_the_limit_of_generations() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 12, 3).await;
    for n in 0..3 {
        person.ask_for(&format!("boat {n}")).await;
    }
    let answer = person.generate(&prompt("one more")).await;
    assert_eq!(answer.outcome(), (402, "insufficient_credits".to_owned()), "waiting would not help this person");
    assert!(answer.header("retry-after").is_none());
}

#[tokio::test(start_paused = true)]
async fn collecting_and_requesting_at_once_lose_no_credit() {
    for seed in 0..FEW_SEEDS {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        app.welcome_with(person.account(), 64, 8).await;
        at_once(&app, &person, 8).await;
        app.work_on("generation").await;
        app.world().advance(Duration::from_secs(2));
        app.deliver_webhooks().await;
        app.world().inject(slow(0.4, 5..20));
        let messages = app.world().take_messages("media");
        assert_eq!(messages.len(), 8, "seed {seed}");
        let collecting = join_all(messages.iter().map(|message| app.hand_over("collect-media", message)));
        let (collected, asked) = futures_util::future::join(collecting, at_once(&app, &person, 16)).await;
        app.world().inject(Faults::none());
        assert!(collected.iter().all(|done| *done), "seed {seed}: every message must be done");
        let known = [(202, String::new()), (429, "too_many_generations".to_owned())];
        assert!(asked.iter().all(|answer| known.contains(&answer.outcome())), "seed {seed}: {:?}", tally(&asked));
        app.check_invariants().none();
        app.rest().await;
        app.check_invariants().none();
        let taken = 8 + asked.iter().filter(|answer| answer.status() == 202).count();
        assert_eq!(app.balance(person.account()).usage.month_total("2027-01").generations, taken as u64, "seed {seed}");
    }
}
