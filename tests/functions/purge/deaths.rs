//! Purges that die, run at the same time, or run out of time: the purge ends, and counts once.

use super::{assert_gone, code, due, late::try_everything, stored};
use crate::partners::arrival;
use kernel::limits::{DELETION_GRACE, ERASURE_SETTLES};
use privacy::{PurgeMessage, PurgeOutcome};
use runtime::Ctx;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use testkit::{Fault, Faults};
use tests::{App, Person};

#[tokio::test(start_paused = true)]
async fn a_purge_that_dies_at_any_call_is_finished_and_counts_right() {
    for (phase, calls) in [("erasure", 40), ("verification", 12)] {
        for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost] {
            for call in 1.. {
                let (app, alice, code, there) = due(call, phase).await;
                let message = app.world().take_messages("purge").pop().expect("the schedule queued the purge");
                app.world().inject(Faults::at(call, fault));
                let done = app.hand_over("purge-account", &message).await;
                let hit = app.world().calls() >= call;
                app.world().inject(Faults::none());
                if !done {
                    app.world().return_message(message);
                }
                // In the middle of the purge an old token is used on every route.
                try_everything(&app, &alice).await;
                app.until(&code, if phase == "erasure" { "settling" } else { "erased" }).await;
                app.world().advance(ERASURE_SETTLES);
                let deletion = app.until(&code, "erased").await;
                assert_gone(&app, &alice, "alice");
                let receipt = &deletion["receipt"];
                assert_eq!(receipt["erased"], there, "{phase}: {fault:?} at call {call}");
                assert_eq!(receipt["rounds"], 1, "{phase}: {fault:?} at call {call}");
                if !hit {
                    assert!(call > calls, "{phase}: the purge made only {call} calls");
                    break;
                }
            }
        }
    }
}

/// The purge asks Apple once about its tokens. A later sign-in would bring another token, which nobody would revoke.
#[tokio::test(start_paused = true)]
async fn nobody_comes_into_an_account_whose_purge_has_died() {
    for call in 1.. {
        let (app, alice, code, _) = due(call, "erasure").await;
        let message = app.world().take_messages("purge").pop().expect("the schedule queued the purge");
        app.world().inject(Faults::at(call, Fault::DieAfter));
        let done = app.hand_over("purge-account", &message).await;
        let hit = app.world().calls() >= call;
        app.world().inject(Faults::none());
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, "google", "alice").await;
        let answer = app.send(back.event(&browser)).await;
        if answer.status() == 303 {
            browser.keep(&answer);
            let account = Person::of(browser).account();
            assert_ne!(account, alice.account(), "call {call}: refuse sign-ins until the profile is gone");
        } else {
            assert_eq!(answer.outcome(), (503, "unavailable".to_owned()), "call {call}");
        }
        if !done {
            app.world().return_message(message);
        }
        app.until(&code, "settling").await;
        if !hit {
            assert!(call > 40, "the purge made only {call} calls");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_schedule_finishes_the_work_of_one_that_died() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost] {
        for call in 1.. {
            let app = App::new(call).await;
            let alice = app.sign_in("alice").await;
            let deletion = alice.delete_account().await.expect(202).json();
            app.world().advance(DELETION_GRACE);
            app.world().inject(Faults::at(call, fault));
            app.tick("schedule-purges").await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            app.until(code(&deletion), "settling").await;
            if !hit {
                assert_eq!(call, 7, "four shards, the next check, the message");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_purges_at_once_count_once() {
    let (app, alice, code, there) = due(1, "erasure").await;
    let message = app.world().take_messages("purge").pop().unwrap();
    let (one, other) = tokio::join!(app.hand_over("purge-account", &message), app.hand_over("purge-account", &message));
    assert!(one && other);
    app.world().advance(ERASURE_SETTLES);
    let deletion = app.until(&code, "erased").await;
    assert_gone(&app, &alice, "alice");
    assert_eq!((&deletion["receipt"]["erased"], &deletion["receipt"]["rounds"]), (&there, &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_purge_stops_before_the_platform_ends_it_and_goes_on_later() {
    let (app, alice, code, there) = due(1, "erasure").await;
    app.world().take_messages("purge");
    let deps = Arc::new(purge_account::Deps::new(&app.world().init("purge-account")).await.unwrap());
    // Every call is slow, and Lambda ends the process after two minutes.
    let ctx = app.world().ctx("purge-account");
    let ctx = Ctx { deadline: ctx.now + Duration::from_secs(2 * 60), ..ctx };
    app.world().inject(Faults::every("", Fault::Delay(Duration::from_secs(2))));
    let done = purge_account::handle(deps, ctx.clone(), PurgeMessage { code: code.parse().unwrap() }).await;
    app.world().inject(Faults::none());
    assert_eq!(done.unwrap(), PurgeOutcome::OutOfTime);
    let left = ctx.deadline.duration_since(app.world().now()).as_secs();
    assert!((50..70).contains(&left), "it must stop a minute before its end, not {left} s");
    assert_ne!(stored(&app, alice.account()), there, "it must have erased something");
    app.until(&code, "settling").await;
    app.world().advance(ERASURE_SETTLES);
    let deletion = app.until(&code, "erased").await;
    assert_gone(&app, &alice, "alice");
    assert_eq!(deletion["receipt"]["erased"], there);
}
