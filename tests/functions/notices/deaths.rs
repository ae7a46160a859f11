//! Processes that die before or after any of their calls. The repeated message brings the account to the state that
//! it would have without the death.

use super::{
    messages::{apple, facebook_deletion, google},
    order::stored,
    people::{APPLE, FACEBOOK, at_apple, at_facebook, everywhere, only_with},
};
use local::fakes::AppleEvent;
use std::time::Duration;
use testkit::{Fault, Faults};
use tests::{App, Event};

const DEATHS: [Fault; 3] = [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost];

/// Lets the process that takes a message die at each of its calls, and sends the message again.
async fn heals(calls: u64, prepared: impl AsyncFn(&App) -> Event) {
    let app = App::new(3).await;
    let event = prepared(&app).await;
    app.send(event).await;
    let expected = stored(&app);
    for fault in DEATHS {
        for call in 1.. {
            let app = App::new(3).await;
            let event = prepared(&app).await;
            app.world().inject(Faults::at(call, fault));
            let _ = app.world().run(app.send(event.clone())).await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            // The message comes to another process, which has not learned that a partner's keys do not come.
            let app = app.restarted().await;
            let answer = app.send(event).await;
            assert!(answer.status() < 300, "{fault:?} at call {call}: {answer:?}");
            assert_eq!(stored(&app), expected, "{fault:?} at call {call}");
            app.check_invariants().none();
            if !hit {
                assert!(call > calls, "only {call} calls were made");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_sessions_heals() {
    let prepared = async |app: &App| {
        everywhere(app, "alice").await;
        app.world().advance(Duration::from_secs(5));
        google(app, "sessions-revoked", "alice")
    };
    // Google's keys, the reverse key, the account, the transaction.
    heals(4, prepared).await;
}

#[tokio::test(start_paused = true)]
async fn the_removal_of_an_identity_heals() {
    let prepared = async |app: &App| {
        everywhere(app, "alice").await;
        app.world().advance(Duration::from_secs(5));
        facebook_deletion(app, FACEBOOK)
    };
    heals(5, prepared).await;
}

#[tokio::test(start_paused = true)]
async fn the_closing_of_an_account_heals() {
    let prepared = async |app: &App| {
        let person = only_with(app, "alice", &at_apple(APPLE)).await;
        person.ask_for("a boat").await;
        app.world().advance(Duration::from_secs(5));
        apple(app, AppleEvent::AccountDelete, APPLE)
    };
    heals(8, prepared).await;
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_facebook_heals() {
    let prepared = async |app: &App| {
        only_with(app, "alice", &at_facebook(FACEBOOK)).await;
        app.world().advance(Duration::from_secs(5));
        facebook_deletion(app, FACEBOOK)
    };
    heals(7, prepared).await;
}
