//! Attacks on the accounts of people: two sign-ins at once, and accounts that have something in common.

use crate::partners::{PARTNERS, arrival, identity, leads_to, sign_in, sign_in_with};
use futures_util::future::join;
use serde_json::json;
use std::collections::BTreeSet;
use testkit::{Fault, Faults};
use tests::{App, Person, slow};

#[tokio::test(start_paused = true)]
async fn two_first_sign_ins_at_once_make_one_account_with_one_welcome_at_each_partner() {
    for provider in PARTNERS {
        for seed in 0..10 {
            let app = App::new(seed).await;
            let (mut one, mut two) = (app.browser(), app.browser());
            let first = arrival(&app, &mut one, provider, "alice").await.event(&one);
            let second = arrival(&app, &mut two, provider, "alice").await.event(&two);
            app.world().inject(slow(0.4, 1..31));
            let (first, second) = join(app.send(first), app.send(second)).await;
            app.world().inject(Faults::none());
            one.keep(&first.expect(303));
            two.keep(&second.expect(303));
            let (one, two) = (Person::of(one), Person::of(two));
            assert_eq!((app.accounts(), one.account()), (vec![one.account()], two.account()), "{provider} {seed}");
            assert_eq!(app.balance(one.account()).version, 1, "{provider} {seed}: one welcome");
            app.check_invariants().none();
        }
    }
}

/// An attacker who gets an address at one partner must not get the account that has it from another partner.
#[tokio::test(start_paused = true)]
async fn an_address_leads_to_no_account() {
    let app = App::new(1).await;
    let accounts = [
        sign_in(&app, "google", "alice").await,
        sign_in(&app, "apple", "alice").await,
        sign_in(&app, "facebook", "alice").await,
    ];
    for person in &accounts {
        assert_eq!(person.get("/v1/account").await.expect(200).json()["email"], "alice@example.com");
    }
    let distinct: BTreeSet<_> = accounts.iter().map(Person::account).collect();
    assert_eq!(distinct.len(), 3, "the same address at three partners is three accounts");
}

/// The ids of two partners may be the same text.
#[tokio::test(start_paused = true)]
async fn a_subject_counts_at_its_own_partner_alone() {
    let app = App::new(1).await;
    let victim = sign_in(&app, "facebook", "alice").await;
    let id = app.facebook().settings().user_id("alice");
    let mallory = sign_in(&app, "google", &id).await;
    assert_ne!(mallory.account(), victim.account());
    assert_eq!(leads_to(&app, "facebook", "alice"), Some(json!(victim.account().to_string())));
}

#[tokio::test(start_paused = true)]
async fn a_person_comes_back_to_the_same_account_at_each_partner() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let (first, second) = (sign_in(&app, provider, "alice").await, sign_in(&app, provider, "alice").await);
        assert_eq!(first.account(), second.account(), "{provider}");
        assert_ne!(first.session(), second.session(), "{provider}");
        assert_eq!(app.balance(first.account()).version, 1, "{provider}: one welcome");
        assert!(identity(&app, &first, provider).is_some(), "{provider}");
    }
}

/// A sign-in that dies leaves a whole account or none, and the next one finds it or makes it.
#[tokio::test(start_paused = true)]
async fn a_death_at_any_call_leaves_a_whole_account_or_none_at_apple_and_facebook() {
    for provider in ["apple", "facebook"] {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            for call in 1.. {
                let app = App::new(call).await;
                let mut browser = app.browser();
                let event = arrival(&app, &mut browser, provider, "alice").await.event(&browser);
                app.world().inject(Faults::at(call, fault));
                let ended = app.world().run(app.send(event)).await;
                app.world().inject(Faults::none());
                app.check_invariants().none();
                let person = sign_in_with(&app, app.browser(), provider, "alice").await;
                assert_eq!(app.accounts(), [person.account()], "{provider}, call {call}, {fault:?}");
                assert_eq!(app.balance(person.account()).version, 1, "{provider}, call {call}, {fault:?}");
                if ended.is_ok() {
                    break;
                }
            }
        }
    }
}
