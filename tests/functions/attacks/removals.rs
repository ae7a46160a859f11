//! The token of a removed identity at Apple: whatever happens meanwhile, Apple is asked to revoke it.

use crate::partners::{identity, link, sign_in};
use futures_util::future::join;
use std::time::Duration;
use testkit::{Fault, Faults};
use tests::{App, Person};

const APPLE: &str = "/v1/account/identities/apple";

/// A person with identities at Google and at Apple.
async fn linked(app: &App) -> Person {
    let person = sign_in(app, "google", "alice").await;
    link(app, &person, "apple", "alice").await.expect(303);
    person
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
            let is_authorized = app.apple().is_authorized("alice");
            assert!(!(is_gone && is_authorized), "{fault:?} at call {call}: ask Apple before the identity goes");
            if !died {
                assert!(call > 5, "the session, the token, Apple, the account, the transaction: not {call}");
                break;
            }
            let again = app.send(event).await;
            assert_eq!(again.status(), if is_gone { 404 } else { 200 }, "{fault:?} at call {call}: {again:?}");
            assert!(
                identity(&app, &person, "apple").is_none(),
                "{fault:?} at call {call}: the repetition must heal it"
            );
            assert!(!app.apple().is_authorized("alice"), "{fault:?} at call {call}: the repetition must ask Apple");
            app.check_invariants().none();
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
