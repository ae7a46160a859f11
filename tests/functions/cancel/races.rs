//! Calling off beside everybody else, and processes that die while they do it.

use super::{CALLED_OFF, asked, available_and_held, end};
use futures_util::future::join_all;
use generations::GenerationStatus;
use local::fakes::replicate::{SubmitMode, WebhookMode};
use std::{collections::BTreeSet, time::Duration};
use testkit::{Fault, Faults, OutsideCall, Random};
use tests::App;

/// Every call takes its time, so that others come between any two.
fn slow() -> Faults {
    Faults::with(|call: &OutsideCall, random: &mut Random| match call.name.as_str() {
        "dynamodb.TransactWriteItems" if random.chance(0.2) => Some(Fault::TransactionConflict),
        _ => Some(Fault::Delay(Duration::from_millis(1 + random.below(400) as u64))),
    })
}

#[tokio::test(start_paused = true)]
async fn many_at_once_release_once() {
    for seed in 0..20 {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        let id = person.ask_for("a boat").await;
        app.world().inject(slow());
        let answers = join_all((0..6).map(|_| person.cancel(&id))).await;
        app.world().inject(Faults::none());
        let seen: BTreeSet<_> =
            answers.iter().map(|answer| (answer.status(), answer.json()["status"].to_string())).collect();
        assert_eq!(seen, BTreeSet::from([(200, "\"canceled\"".to_owned())]), "seed {seed}");
        assert_eq!((end(&app, &id), available_and_held(&app, &person)), (CALLED_OFF, (50, 0)), "seed {seed}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_submits_collects_or_sweeps_beside_it_loses_no_credit() {
    let mut ends = BTreeSet::new();
    for seed in 0..120 {
        let app = App::new(seed).await;
        let person = app.sign_in("alice").await;
        app.replicate().knobs(|knobs| {
            knobs.success_after_ms = [0, 300, 3_600_000][seed as usize % 3];
            knobs.long_side = 16;
        });
        let id = person.ask_for("a boat").await;
        app.world().inject(slow());
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
    assert_eq!(ends.len(), 4, "each way must have been gone, but there were {ends:?}");
}

/// How a provider answers the submission that is under way when it is called off, and
/// whether it has the job then.
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
                "{submit:?}: its word is waited for"
            ),
            false => assert_eq!(end(&app, &id), CALLED_OFF, "{submit:?}: there is nothing to wait for"),
        }
        if submit == SubmitMode::Accept {
            assert!(app.generation(&id).provider_job.is_some(), "the job's id must be known");
            assert_eq!(app.replicate().counts().cancels, 1, "who submitted it stops it at once");
        }
        app.rest().await;
        assert_eq!((end(&app, &id), available_and_held(&app, &person)), (CALLED_OFF, (50, 0)), "{submit:?}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn who_dies_while_calling_off_is_made_up_for() {
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
                // Somebody who got no answer asks again.
                let answer = person.cancel(&id).await;
                assert!([200, 202].contains(&answer.status()), "{place}, {fault:?} at {call}: {answer:?}");
                app.minute().await;
                assert_eq!(
                    (end(&app, &id), available_and_held(&app, &person)),
                    (CALLED_OFF, (50, 0)),
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
async fn nothing_but_the_first_answer_is_needed() {
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
                true => assert_eq!(end(&app, &id), CALLED_OFF, "{fault:?} at {call}: the sweep goes on"),
                false => assert_eq!(app.generation(&id).status, GenerationStatus::Running, "{fault:?} at {call}"),
            }
            person.cancel(&id).await;
            app.rest().await;
            app.check_invariants().none();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_together_is_read_again_and_never_written() {
    let (app, person, id) = asked(|_| {}).await;
    let mut balance = app.balance(person.account());
    balance.holds.clear();
    let table = app.world().clients().dynamodb().table(testkit::CREDITS_TABLE);
    table.put(&person.account().to_string(), credits::keys::BALANCE, &balance).apply().await.unwrap();
    let before = app.world().snapshot();
    let (answer, counts) = app.world().counted(person.cancel(&id)).await;
    assert_eq!(answer.outcome(), (503, "unavailable".to_owned()));
    assert!(counts.of("dynamodb.BatchGetItem") > 10, "it must have been read again: {counts}");
    app.world().assert_unchanged(&before);
}
