//! The token of a removed identity at Apple: whatever happens meanwhile, Apple is asked to revoke it.

use crate::partners::{identity, link, sign_in};
use futures_util::future::join;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use testkit::{Fault, Faults};
use tests::{App, Person};

const APPLE: &str = "/v1/account/identities/apple";

/// A person with identities at Google and at Apple.
async fn linked(app: &App) -> Person {
    let person = sign_in(app, "google", "alice").await;
    link(app, &person, "apple", "alice").await.expect(303);
    person
}

/// Checks that the repetition has removed the identity, and that Apple was asked to revoke its token.
fn is_whole(app: &App, person: &Person, died: &str) {
    assert!(identity(app, person, "apple").is_none(), "{died}: the repetition must heal it");
    assert!(!app.apple().is_authorized("alice"), "{died}: the repetition must ask Apple");
    app.check_invariants().none();
}

/// Our service has the only copy of the token. Once the identity is gone, nobody can ask Apple any more.
#[tokio::test(start_paused = true)]
async fn a_removal_that_dies_at_any_call_is_repeated_or_has_asked_apple() {
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        for call in 1.. {
            let app = App::new(1).await;
            let person = linked(&app).await;
            let event = person.event("DELETE", APPLE);
            app.world().inject(Faults::at(call, fault));
            let died = app.world().run(app.send(event.clone())).await.is_err();
            app.world().inject(Faults::none());
            let is_gone = identity(&app, &person, "apple").is_none();
            assert!(!is_gone || !app.apple().is_authorized("alice"), "{fault:?} at call {call}: ask Apple first");
            if !died {
                assert!(call > 5, "the session, the token, Apple, the account, the transaction: not {call}");
                break;
            }
            let again = app.send(event).await;
            assert_eq!(again.status(), if is_gone { 404 } else { 200 }, "{fault:?} at call {call}: {again:?}");
            is_whole(&app, &person, &format!("{fault:?} at call {call}"));
        }
    }
}

/// Apple takes its time. Meanwhile somebody signs in with the identity, which brings another token.
#[tokio::test(start_paused = true)]
async fn a_token_that_comes_while_apple_is_asked_is_revoked_too() {
    let app = App::new(1).await;
    let person = linked(&app).await;
    app.world().inject(Faults::nth("http.POST", 1, Fault::Delay(Duration::from_secs(5))));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        sign_in(&app, "apple", "alice").await
    };
    let (removed, again) = join(person.ask("DELETE", APPLE), meanwhile).await;
    app.world().inject(Faults::none());
    assert_eq!(again.account(), person.account(), "the identity is not removed before Apple has answered");
    assert_eq!(removed.expect(200).json()["revocation"], "requested");
    assert!(identity(&app, &person, "apple").is_none(), "the identity is removed with the newer token");
    assert_eq!(app.apple().counts().revocations, 2, "Apple must be asked about both tokens");
    app.check_invariants().none();
}

/// A sign-in brings another token after Apple was asked about the first, and then the run dies.
#[tokio::test(start_paused = true)]
async fn a_removal_that_dies_after_another_token_came_is_repeated_or_has_asked_apple() {
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        for call in 1.. {
            let app = App::new(1).await;
            let person = linked(&app).await;
            let (has_come, mut queries, mut calls) = (Arc::<AtomicBool>::default(), 0, 0);
            let comes = has_come.clone();
            app.world().inject(Faults::with(move |outside, _| {
                // The first query finds the first token, about which Apple is asked. The second one waits.
                queries += u64::from(outside.name == "dynamodb.Query");
                if outside.name == "dynamodb.Query" && queries == 2 {
                    return Some(Fault::Delay(Duration::from_millis(1_500)));
                }
                calls += u64::from(comes.load(Ordering::Relaxed));
                (calls == call).then_some(fault)
            }));
            let event = person.event("DELETE", APPLE);
            let meanwhile = async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let again = sign_in(&app, "apple", "alice").await;
                has_come.store(true, Ordering::Relaxed);
                again
            };
            let (run, again) = join(app.world().run(app.send(event.clone())), meanwhile).await;
            app.world().inject(Faults::none());
            assert_eq!(again.account(), person.account(), "{fault:?} at call {call}: the identity is still there");
            let is_gone = identity(&app, &person, "apple").is_none();
            assert!(!is_gone || !app.apple().is_authorized("alice"), "{fault:?} at call {call}: ask about it first");
            if run.is_ok() {
                assert_eq!(call, 4, "Apple, the account, the transaction");
                break;
            }
            app.send(event).await;
            is_whole(&app, &person, &format!("{fault:?} at call {call}"));
        }
    }
}

/// Each sign-in of the meantime brings another token. After two of them, the person is asked to come again.
#[tokio::test(start_paused = true)]
async fn apple_is_asked_about_two_tokens_at_most() {
    let app = App::new(1).await;
    let person = linked(&app).await;
    let slowly = |outside: &testkit::OutsideCall, _: &mut testkit::Random| {
        outside.name.ends_with("/auth/revoke").then_some(Fault::Delay(Duration::from_secs(5)))
    };
    app.world().inject(Faults::with(slowly));
    let meanwhile = async {
        for wait in [1, 5] {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            sign_in(&app, "apple", "alice").await;
        }
    };
    let (refused, ()) = join(person.ask("DELETE", APPLE), meanwhile).await;
    app.world().inject(Faults::none());
    assert_eq!(refused.outcome(), (503, "unavailable".to_owned()));
    assert_eq!(app.apple().counts().revocations, 2);
    assert!(identity(&app, &person, "apple").is_some(), "the newest token is still there");
    assert_eq!(person.ask("DELETE", APPLE).await.expect(200).json()["revocation"], "requested");
    assert!(!app.apple().is_authorized("alice"));
    app.check_invariants().none();
}
