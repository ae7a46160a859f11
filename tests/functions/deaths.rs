//! Processes that die before or after each outside call. The sweep brings every generation to its
//! end, and the ledger is exact.

use generations::GenerationStatus;
use local::fakes::replicate::{JobOutcome, WebhookMode};
use std::time::Duration;
use testkit::{Fault, Faults};
use tests::App;

const DEATHS: [Fault; 2] = [Fault::DieBefore, Fault::DieAfter];

/// A service with one requested generation whose webhook never comes.
async fn asked(seed: u64) -> (App, String) {
    let app = App::new(seed).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.webhook = WebhookMode::Never);
    let id = person.ask_for("a boat").await;
    (app, id)
}

/// Lets the process that works on `queue` die at `call`. Returns whether it reached that call.
async fn dies(app: &App, queue: &str, call: u64, fault: Fault) -> bool {
    let (function, mut messages) = match queue {
        "generation" => ("run-generation", app.world().take_messages(queue)),
        _ => ("collect-media", app.world().take_messages(queue)),
    };
    let message = messages.pop().expect("a message waits");
    app.world().inject(Faults::at(call, fault));
    let done = app.hand_over(function, &message).await;
    app.world().inject(Faults::none());
    if !done {
        app.world().return_message(message);
    }
    !done
}

#[tokio::test(start_paused = true)]
async fn a_submitter_that_dies_submits_at_most_once() {
    for call in 1.. {
        for fault in DEATHS {
            let (app, id) = asked(call).await;
            if !dies(&app, "generation", call, fault).await {
                assert_eq!(call, 5, "the claim, the submission, then the state and the count");
                return;
            }
            app.rest().await;
            app.check_invariants().none();
            let counts = app.replicate().counts();
            assert!(counts.submits <= 1, "call {call}, {fault:?}: submitted {} times", counts.submits);
            let status = app.generation(&id).status;
            // No submission was made, or its arrival is unknown. Then the deadline releases the hold.
            let wanted = match (call, fault) {
                (1, Fault::DieBefore) => GenerationStatus::Succeeded,
                (1, _) | (2, Fault::DieBefore) => GenerationStatus::TimedOut,
                _ => GenerationStatus::Succeeded,
            };
            assert_eq!(status, wanted, "call {call}, {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_dies_delivers_once() {
    for call in 1.. {
        for fault in DEATHS {
            let (app, id) = asked(call).await;
            app.work_on("generation").await;
            app.world().advance(Duration::from_secs(31));
            assert!(app.sweep().await);
            if !dies(&app, "media", call, fault).await {
                assert_eq!(call, 8, "update, status, output, put, balance, transaction, message");
                return;
            }
            app.rest().await;
            assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "call {call}, {fault:?}");
            // A process that dies between writing the object and recording it leaves a version behind.
            app.check_invariants().none();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_dies_while_giving_up_releases_once() {
    for call in 1.. {
        for fault in DEATHS {
            let (app, id) = asked(call).await;
            app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Fail);
            app.work_on("generation").await;
            app.world().advance(Duration::from_secs(31));
            assert!(app.sweep().await);
            if !dies(&app, "media", call, fault).await {
                assert_eq!(call, 7, "update, status, balance, transaction, and two for the health of the model");
                return;
            }
            app.rest().await;
            app.check_invariants().none();
            assert_eq!(app.generation(&id).status, GenerationStatus::Failed, "call {call}, {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_dies_beyond_the_deadline_still_delivers() {
    let (app, id) = asked(1).await;
    app.work_on("generation").await;
    // The provider was done in time, and a collector began to copy just before the deadline.
    app.world().advance(Duration::from_secs(590));
    assert!(app.sweep().await);
    assert!(dies(&app, "media", 5, Fault::DieBefore).await);
    app.rest().await;
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "outputs made in time must be delivered");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn the_next_sweep_finishes_the_work_of_one_that_died() {
    for call in 1.. {
        for fault in DEATHS {
            let (app, id) = asked(call).await;
            app.work_on("generation").await;
            app.world().advance(Duration::from_secs(60));
            app.world().inject(Faults::at(call, fault));
            let ran = app.sweep().await;
            app.world().inject(Faults::none());
            if ran {
                assert_eq!(call, 8, "four shards, the question, the claim, the message");
                return;
            }
            app.rest().await;
            app.check_invariants().none();
            assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded, "call {call}, {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_dies_while_canceling_releases_once() {
    for call in 1.. {
        for fault in DEATHS {
            let (app, id) = asked(call).await;
            app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::UnknownStatus);
            app.work_on("generation").await;
            app.world().advance(Duration::from_secs(601));
            app.world().inject(Faults::at(call, fault));
            let ran = app.sweep().await;
            app.world().inject(Faults::none());
            if ran {
                assert_eq!(
                    call, 11,
                    "four shards, claim, cancellation, balance, transaction, two for the health of the model"
                );
                return;
            }
            app.rest().await;
            app.check_invariants().none();
            assert_eq!(app.generation(&id).status, GenerationStatus::TimedOut, "call {call}, {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_may_fail_once_and_nothing_is_lost() {
    let faults = [Fault::AnswerLost, Fault::RequestLost, Fault::ServerError, Fault::Throttled, Fault::Refused];
    for fault in faults {
        for call in 1..=12 {
            let app = App::new(call).await;
            let person = app.sign_in("alice").await;
            let id = person.ask_for("a boat").await;
            app.world().inject(Faults::at(call, fault));
            app.rest().await;
            app.world().inject(Faults::none());
            let strays = app.check_invariants();
            assert!(strays.0.len() <= 1, "call {call}, {fault:?}: {strays:?}");
            let status = app.generation(&id).status;
            assert!(status.is_final(), "call {call}, {fault:?}: {status:?}");
            assert!(app.replicate().counts().predictions <= 1, "call {call}, {fault:?}");
        }
    }
}
