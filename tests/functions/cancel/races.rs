//! Cancellations that run beside other functions, and cancellations whose process dies.

use super::{CANCELED, asked, available_and_held, end};
use futures_util::future::join_all;
use generations::GenerationStatus;
use local::fakes::replicate::{SubmitMode, WebhookMode};
use std::{collections::BTreeSet, time::Duration};
use testkit::{Fault, Faults};
use tests::{App, slow};

#[tokio::test(start_paused = true)]
async fn concurrent_cancellations_release_the_hold_once() {
    for seed in 0..20 {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let id = person.ask_for("a boat").await;
        app.world().inject(slow(0.2, 1..401));
        let answers = join_all((0..6).map(|_| person.cancel(&id))).await;
        app.world().inject(Faults::none());
        let seen: BTreeSet<_> =
            answers.iter().map(|answer| (answer.status(), answer.json()["status"].to_string())).collect();
        assert_eq!(seen, BTreeSet::from([(200, "\"canceled\"".to_owned())]), "seed {seed}");
        assert_eq!((end(&app, &id), available_and_held(&app, &person)), (CANCELED, (50, 0)), "seed {seed}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn canceling_beside_other_functions_loses_no_credit() {
    let mut ends = BTreeSet::new();
    for seed in 0..120 {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        app.replicate().knobs(|knobs| {
            knobs.success_after_ms = [0, 300, 3_600_000][seed as usize % 3];
            knobs.long_side = 16;
        });
        let id = person.ask_for("a boat").await;
        app.world().inject(slow(0.2, 1..401));
        let wait = Duration::from_millis(seed * 37 % 2_500);
        let (_, answer) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                app.work_on("generation").await;
                app.deliver_webhooks().await;
                app.work_on("media").await;
                app.sweep().await;
            },
            async {
                tokio::time::sleep(wait).await;
                person.cancel(&id).await
            },
        );
        app.world().inject(Faults::none());
        app.rest().await;
        let status = app.generation(&id).status;
        ends.insert((answer.status(), status));
        let known = match answer.status() {
            200 => status == GenerationStatus::Canceled,
            202 => [GenerationStatus::Canceled, GenerationStatus::Succeeded].contains(&status),
            409 => status == GenerationStatus::Succeeded,
            _ => false,
        };
        assert!(known, "seed {seed}: {answer:?} led to {status:?}");
        assert!(app.replicate().counts().predictions <= 1, "seed {seed}");
        app.check_invariants().none();
    }
    assert_eq!(ends.len(), 4, "every end must occur, and these occurred: {ends:?}");
}

/// The provider's answers to a submission that is under way during the cancellation, and whether the
/// provider then has the job.
const ANSWERS: [(SubmitMode, bool); 6] = [
    (SubmitMode::Accept, true),
    (SubmitMode::AnswerLost, true),
    (SubmitMode::Throttled, false),
    (SubmitMode::OutOfCredit, false),
    (SubmitMode::Unavailable, false),
    (SubmitMode::Retired, false),
];

#[tokio::test(start_paused = true)]
async fn a_submission_under_way_ends_as_its_answer_says() {
    for (submit, has_it) in ANSWERS {
        let (app, person, id) = asked(|knobs| {
            knobs.submit = submit;
            knobs.webhook = WebhookMode::Never;
        })
        .await;
        app.world().inject(Faults::nth("http.POST", 1, Fault::Delay(Duration::from_secs(3))));
        let message = app.world().take_messages("generation").pop().unwrap();
        let meanwhile = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(person.cancel(&id).await.expect(202).json()["status"], "canceling", "{submit:?}");
        };
        let (done, ()) = tokio::join!(app.hand_over("run-generation", &message), meanwhile);
        assert!(done, "{submit:?}");
        app.world().inject(Faults::none());
        match has_it {
            true => assert_eq!(
                app.generation(&id).status,
                GenerationStatus::Canceling,
                "{submit:?}: the provider's confirmation must be awaited"
            ),
            false => assert_eq!(end(&app, &id), CANCELED, "{submit:?}: there is no job to wait for"),
        }
        if submit == SubmitMode::Accept {
            assert!(app.generation(&id).provider_job.is_some(), "the job's id must be stored");
            assert_eq!(app.replicate().counts().cancels, 1, "the function that submitted the job must stop it at once");
        }
        app.rest().await;
        assert_eq!((end(&app, &id), available_and_held(&app, &person)), (CANCELED, (50, 0)), "{submit:?}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_dies_can_be_repeated() {
    for (place, calls) in [("queued", 3), ("running", 5)] {
        for call in 1.. {
            let mut died = false;
            for fault in [Fault::DieBefore, Fault::DieAfter] {
                let (app, person, id) = asked(|knobs| knobs.webhook = WebhookMode::Never).await;
                if place == "running" {
                    app.work_on("generation").await;
                }
                app.world().inject(Faults::at(call, fault));
                died |= app.world().run(person.cancel(&id)).await.is_err();
                app.world().inject(Faults::none());
                // The person gets no answer and repeats the request.
                let answer = person.cancel(&id).await;
                assert!([200, 202].contains(&answer.status()), "{place}, {fault:?} at {call}: {answer:?}");
                app.minute().await;
                assert_eq!(
                    (end(&app, &id), available_and_held(&app, &person)),
                    (CANCELED, (50, 0)),
                    "{place}, {fault:?} at {call}"
                );
                app.check_invariants().none();
            }
            if !died {
                assert_eq!(call, calls + 1, "{place}: session, both items, the transaction; the provider, a message");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_sweep_finishes_a_cancellation_that_was_recorded() {
    for call in 1..=5 {
        for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
            let (app, person, id) = asked(|knobs| knobs.webhook = WebhookMode::Never).await;
            app.work_on("generation").await;
            app.world().inject(Faults::at(call, fault));
            drop(app.world().run(person.cancel(&id)).await);
            app.world().inject(Faults::none());
            let canceling = app.generation(&id).status == GenerationStatus::Canceling;
            app.minute().await;
            match canceling {
                true => assert_eq!(end(&app, &id), CANCELED, "{fault:?} at {call}: the sweep must finish it"),
                false => assert_eq!(app.generation(&id).status, GenerationStatus::Running, "{fault:?} at {call}"),
            }
            person.cancel(&id).await;
            app.rest().await;
            app.check_invariants().none();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn inconsistent_reads_are_repeated_and_never_written() {
    let (app, person, id) = asked(|_| {}).await;
    let mut balance = app.balance(person.account());
    balance.holds.clear();
    let table = app.world().clients().dynamodb().table(testkit::CREDITS_TABLE);
    table.put(&person.account().to_string(), credits::keys::BALANCE, &balance).apply().await.unwrap();
    let before = app.world().snapshot();
    let (answer, counts) = app.world().counted(person.cancel(&id)).await;
    assert_eq!(answer.outcome(), (503, "unavailable".to_owned()));
    assert!(counts.of("dynamodb.BatchGetItem") > 10, "the items must be read again: {counts}");
    app.world().assert_unchanged(&before);
}
