//! Deleting with undo beside the sweep, beside the thumbnails, and with lost answers: a generation is whole, or
//! gone.

use super::{
    assert_gone, delivered, litter,
    undo::{MILLISECOND, is_back, owing, until_the_end},
};
use serde_json::json;
use std::time::Duration;
use testkit::{Fault, Faults};
use tests::{App, slow};

#[tokio::test(start_paused = true)]
async fn a_run_that_makes_thumbnails_meanwhile_leaves_nothing_unnamed() {
    // It is at the picture, at the thumbnail, or at its record when the deletion and the undo come; or it dies there.
    for (call, dies, undoes) in
        [(2, false, true), (3, false, true), (4, false, true), (3, true, true), (3, false, false), (3, true, false)]
    {
        let (app, person, id) = owing(call).await;
        let message = app.world().take_messages("thumbnail").remove(0);
        let slow = Faults::at(call, Fault::Delay(Duration::from_secs(2)));
        // The updates before are the start of the run, the deletion and the undo.
        let death = Faults::nth("dynamodb.UpdateItem", if undoes { 4 } else { 3 }, Fault::DieBefore);
        app.world().inject(if dies { slow.or(death) } else { slow });
        let meanwhile = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            person.delete_with_undo(&id).await.expect(202);
            if undoes {
                person.undo_deletion(&id).await.expect(200);
            }
        };
        let (made, ()) = tokio::join!(app.hand_over("make-thumbnails", &message), meanwhile);
        app.world().inject(Faults::none());
        let when = format!("slow at call {call}, dies: {dies}, undoes: {undoes}");
        assert_eq!(made, !dies, "{when}");
        if !made {
            app.world().return_message(message);
        }
        if !undoes {
            // The run was turned away while the generation was hidden.
            person.undo_deletion(&id).await.expect(200);
        }
        app.rest().await;
        assert!(app.generation(&id).outputs[0].thumbnail.is_some(), "{when}");
        assert_eq!(app.generation(&id).open, None, "{when}");
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn of_an_undo_and_the_sweep_one_has_effect() {
    let slow =
        |name: &'static str, nth: u64, seconds: u64| Faults::nth(name, nth, Fault::Delay(Duration::from_secs(seconds)));
    let cases = [
        // The undo has decided in time, and the sweep makes the deletion final before the undo is written.
        ("the sweep is first", slow("dynamodb.UpdateItem", 1, 2), false),
        // The sweep has decided, and the undo, which began in time, is written before.
        ("the undo is first", slow("dynamodb.GetItem", 1, 1).or(slow("dynamodb.UpdateItem", 1, 2)), true),
        // The sweep makes it final and dies before it deletes an object, and then the undo reads it.
        ("the sweep dies", slow("dynamodb.GetItem", 2, 2).or(Faults::nth("s3.", 1, Fault::DieBefore)), false),
    ];
    for (what, faults, comes_back) in cases {
        let (app, person, id) = delivered(1).await;
        let before = app.generation(&id);
        person.delete_with_undo(&id).await.expect(202);
        until_the_end(&app, MILLISECOND);
        app.world().inject(faults);
        let sweeping = async {
            tokio::time::sleep(MILLISECOND).await;
            app.world().advance(MILLISECOND);
            app.sweep().await
        };
        let (answer, _) = tokio::join!(person.undo_deletion(&id), sweeping);
        app.world().inject(Faults::none());
        assert_eq!(answer.status(), if comes_back { 200 } else { 404 }, "{what}: {answer:?}");
        app.rest().await;
        match comes_back {
            true => is_back(&app, &before, what),
            false => assert_gone(&app, &id),
        }
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn deletions_undos_and_sweeps_at_any_moment_leave_it_whole_or_gone() {
    for seed in 0..40 {
        let (app, person, id) = delivered(seed).await;
        let before = app.generation(&id);
        person.delete_with_undo(&id).await.expect(202);
        until_the_end(&app, 60 * MILLISECOND);
        app.world().inject(slow(0.0, 1..40));
        let (one, two, again, _, _) = tokio::join!(
            person.undo_deletion(&id),
            person.undo_deletion(&id),
            person.delete_with_undo(&id),
            app.sweep(),
            async {
                tokio::time::sleep(30 * MILLISECOND).await;
                app.world().advance(30 * MILLISECOND);
                app.sweep().await
            }
        );
        app.world().inject(Faults::none());
        for answer in [&one, &two] {
            assert!([200, 404].contains(&answer.status()), "seed {seed}: {answer:?}");
        }
        assert!([202, 404].contains(&again.status()), "seed {seed}: {again:?}");
        app.check_invariants().none();
        if app.all_generations().iter().any(|it| it.deleted_at.is_none()) {
            is_back(&app, &before, &format!("seed {seed}"));
            continue;
        }
        app.rest().await;
        assert_gone(&app, &id);
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_dies_at_any_call_is_made_good_by_the_next() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
        for call in 1.. {
            let (app, person, id) = delivered(call).await;
            litter(&app, &person, &id).await;
            person.delete_with_undo(&id).await.expect(202);
            until_the_end(&app, Duration::ZERO);
            app.world().inject(Faults::at(call, fault));
            app.sweep().await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            assert_eq!(person.undo_deletion(&id).await.status(), 404, "{fault:?} at {call}");
            app.rest().await;
            assert_gone(&app, &id);
            app.check_invariants().none();
            if !hit {
                assert!(call > 9, "{fault:?}: the shards, the claim, the bucket, the item; only {call} calls");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_repeated_to_the_same_effect() {
    for repeats in [false, true] {
        let app = if repeats { App::repeating(1).await } else { App::new(1).await };
        let person = app.sign_in("alice").await;
        let id = person.ask_for("a boat").await;
        app.settle().await;
        let before = app.generation(&id);
        let lost = || Faults::nth("dynamodb.UpdateItem", 1, Fault::AnswerLost);
        app.world().inject(lost());
        let first = person.delete_with_undo(&id).await;
        app.world().inject(Faults::none());
        assert_eq!(first.status(), if repeats { 202 } else { 503 });
        let now = person.delete_with_undo(&id).await.expect(202).json();
        assert_eq!(now["deleted_at"], json!(app.generation(&id).deleted_at.unwrap().to_string()));
        app.world().inject(lost());
        let back = person.undo_deletion(&id).await;
        app.world().inject(Faults::none());
        assert_eq!(back.status(), if repeats { 200 } else { 503 });
        person.undo_deletion(&id).await.expect(200);
        is_back(&app, &before, "after the repetition");
    }
}
