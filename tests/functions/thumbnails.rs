//! Thumbnails: each delivered picture gets one, also when processes die, run twice or meet a
//! deletion. No thumbnail is left without its generation.

use generations::{Generation, GenerationStatus};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults, GENERATIONS_TABLE, MEDIA_BUCKET, QueueMessage};
use tests::{App, Event, Person};

/// A generation that was just delivered. The message about its thumbnail waits.
async fn delivered(seed: u64) -> (App, Person, String, QueueMessage) {
    let app = App::new(seed).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 0);
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.deliver_webhooks().await;
    app.work_on("media").await;
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
    let message = app.world().take_messages("thumbnail").remove(0);
    (app, person, id, message)
}

async fn make(app: &App, message: &QueueMessage) -> bool {
    app.hand_over("make-thumbnails", message).await
}

/// Checks that the generation has its thumbnail, in one version only, and is at rest.
fn has_one_thumbnail(app: &App, id: &str) {
    let Generation { outputs, open, next_check, .. } = app.generation(id);
    let thumbnail = outputs[0].thumbnail.clone().expect("it must have a thumbnail");
    assert!(open.is_none() && next_check.is_none());
    assert!(thumbnail.key.ends_with(&format!("/{id}/0.thumbnail.webp")), "{}", thumbnail.key);
    app.check_invariants().none();
}

/// Checks that no object of the generation is left.
fn nothing_is_left(app: &App, id: &str, when: &str) {
    let left: Vec<_> = app.objects().into_iter().filter(|object| object.key.contains(id)).collect();
    assert!(left.is_empty(), "{when}: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_picture_is_shown_with_its_thumbnail_as_soon_as_it_is_made() {
    let (app, person, id, message) = delivered(1).await;
    let shown = async || person.get(&format!("/v1/generations/{id}")).await.expect(200).json()["outputs"][0].clone();
    let before = shown().await;
    assert_eq!(before["thumbnail_url"], Value::Null, "it is delivered without waiting for that: {before}");
    assert!(app.generation(&id).open.is_some(), "the sweep looks after it until then");
    assert!(make(&app, &message).await);
    let after = shown().await;
    let listed = person.get("/v1/generations").await.expect(200).json()["items"][0]["outputs"][0].clone();
    for output in [&after, &listed] {
        let small = app.world().fetch(output["thumbnail_url"].as_str().unwrap());
        assert_eq!((small.status().as_u16(), &small.headers()["content-type"]), (200, &"image/webp".parse().unwrap()));
        assert_eq!(small.headers()["cache-control"], "private");
        let disposition = small.headers()["content-disposition"].to_str().unwrap();
        assert_eq!(disposition, format!("inline; filename=\"cinemaxsai-ai-generated-{id}-1.thumbnail.webp\""));
        let size = imagesize::blob_size(small.body()).unwrap();
        assert_eq!((size.width, size.height), (512, 512));
    }
    let whole = app.world().fetch(after["url"].as_str().unwrap());
    assert_eq!((whole.status().as_u16(), &whole.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
    has_one_thumbnail(&app, &id);
}

#[tokio::test(start_paused = true)]
async fn a_film_owes_no_thumbnail_and_is_in_no_index() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let order = json!({ "model": "wan-2.2-t2v-fast", "prompt": "a boat" });
    let id = person.generate(&order).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    app.work_on("generation").await;
    app.world().advance(Duration::from_secs(2));
    app.deliver_webhooks().await;
    app.work_on("media").await;
    let Generation { status, open, next_check, .. } = app.generation(&id);
    assert_eq!((status, open, next_check), (GenerationStatus::Succeeded, None, None));
    assert!(app.world().take_messages("thumbnail").is_empty());
    let shown = person.get(&format!("/v1/generations/{id}")).await.expect(200).json();
    assert_eq!(shown["outputs"][0]["thumbnail_url"], Value::Null);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_lost_is_sent_again_by_the_sweep() {
    let (app, _, id, _) = delivered(1).await;
    assert_eq!(app.rest().await, 1);
    has_one_thumbnail(&app, &id);
    // A message that could not be sent does not harm the delivery.
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.world().inject(Faults::nth("sqs.SendMessage", 3, Fault::ServerError));
    let id = person.ask_for("a boat").await;
    app.settle().await;
    assert_eq!(
        (app.generation(&id).status, app.generation(&id).outputs[0].thumbnail.is_some()),
        (GenerationStatus::Succeeded, false)
    );
    app.world().inject(Faults::none());
    assert_eq!(app.rest().await, 1);
    has_one_thumbnail(&app, &id);
}

#[tokio::test(start_paused = true)]
async fn an_undecodable_picture_gets_no_thumbnail_and_is_not_retried() {
    let (app, person, id, message) = delivered(1).await;
    // The file looks like a whole picture: its header and its end are valid.
    let mut broken = app.objects()[0].bytes.clone().unwrap().to_vec();
    let middle = broken.len() / 2;
    broken[60..middle].fill(0);
    let key = app.generation(&id).outputs[0].key.clone();
    let s3 = app.world().clients().s3();
    let put = s3.put_object().bucket(MEDIA_BUCKET).key(&key).content_type("image/png").body(broken.into());
    let version = put.send().await.unwrap().version_id.unwrap();
    let mut outputs = app.generation(&id).outputs;
    version.clone_into(&mut outputs[0].version_id);
    let table = app.world().clients().dynamodb().table(GENERATIONS_TABLE);
    table.update(&person.account().to_string(), &id).set("outputs", &outputs).apply().await.unwrap();
    assert!(make(&app, &message).await, "there is nothing to try again");
    let Generation { outputs, open, next_check, .. } = app.generation(&id);
    assert_eq!((outputs[0].thumbnail.clone(), open, next_check), (None, None, None));
    assert!(!app.objects().iter().any(|object| object.key.ends_with(".webp")));
    app.minute().await;
    assert!(app.world().take_messages("thumbnail").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_thumbnail_is_given_up_after_a_day() {
    let (app, _, id, _) = delivered(1).await;
    app.world().inject(Faults::every("s3.GetObject", Fault::ServerError));
    let begun = app.world().now();
    let mut tries = 0;
    while let Some(next) = app.generation(&id).next_check {
        app.world().advance(next.duration_since(app.world().now()).unsigned_abs());
        assert!(app.sweep().await);
        let messages = app.world().take_messages("thumbnail");
        tries += messages.len();
        for message in messages {
            assert!(!make(&app, &message).await, "a fault of S3 gives the message back");
        }
    }
    let took = app.world().now().duration_since(begun);
    assert_eq!(tries, 11, "it is tried less and less often, within {took:#}");
    assert!((24..49).contains(&took.as_hours()), "{took:#}");
    let Generation { status, outputs, open, .. } = app.generation(&id);
    assert_eq!((status, outputs[0].thumbnail.clone(), open), (GenerationStatus::Succeeded, None, None));
    app.world().inject(Faults::none());
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn several_runs_at_once_make_one_thumbnail() {
    for seed in 0..10 {
        let (app, _, id, message) = delivered(seed).await;
        app.world()
            .inject(Faults::with(|_, random| Some(Fault::Delay(Duration::from_millis(1 + random.below(50) as u64)))));
        let (one, two, swept) = tokio::join!(make(&app, &message), make(&app, &message), app.sweep());
        app.world().inject(Faults::none());
        assert!(one && two && swept, "seed {seed}: a repetition is no failure");
        app.rest().await;
        has_one_thumbnail(&app, &id);
        let before = app.world().snapshot();
        assert!(make(&app, &message).await);
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_at_any_call_leaves_nothing_of_a_deleted_generation() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::AnswerLost, Fault::ServerError] {
        for call in 1.. {
            let (app, person, id, message) = delivered(call).await;
            app.world().inject(Faults::at(call, fault));
            let done = make(&app, &message).await;
            let hit = app.world().calls() >= call;
            app.world().inject(Faults::none());
            if !done {
                app.world().return_message(message);
            }
            app.rest().await;
            assert!(app.generation(&id).outputs[0].thumbnail.is_some(), "{fault:?} at {call}");
            let strays = app.check_invariants();
            assert!(strays.0.iter().all(|stray| stray.key.ends_with(".thumbnail.webp")), "{fault:?} at {call}");
            person.delete(&id).await.expect(204);
            nothing_is_left(&app, &id, &format!("{fault:?} at {call}"));
            if !hit {
                assert_eq!(call, 5, "item, picture, thumbnail, update");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_thumbnail_made_during_the_deletion_is_deleted_too() {
    for (call, dies) in [(1, false), (2, false), (3, false), (4, false), (1, true), (2, true), (3, true)] {
        let (app, person, id, message) = delivered(call).await;
        let slow = Faults::at(call, Fault::Delay(Duration::from_secs(2)));
        // The first two updates are the start of the run and the mark of the deletion.
        let death = Faults::nth("dynamodb.UpdateItem", 3, Fault::DieBefore);
        app.world().inject(if dies { slow.or(death) } else { slow });
        let deleting = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            person.delete(&id).await.expect(204);
        };
        let (done, ()) = tokio::join!(make(&app, &message), deleting);
        app.world().inject(Faults::none());
        if !done {
            app.world().return_message(message);
        }
        app.settle().await;
        nothing_is_left(&app, &id, &format!("slow at call {call}, dies: {dies}"));
        app.minute().await;
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_at_any_moment_of_making_leaves_nothing() {
    for seed in 0..40 {
        let (app, person, id, message) = delivered(seed).await;
        app.world()
            .inject(Faults::with(|_, random| Some(Fault::Delay(Duration::from_millis(1 + random.below(50) as u64)))));
        let (one, two, answer) = tokio::join!(make(&app, &message), make(&app, &message), person.delete(&id));
        app.world().inject(Faults::none());
        assert!(one && two && answer.status() == 204, "seed {seed}: {answer:?}");
        nothing_is_left(&app, &id, &format!("seed {seed}"));
        app.rest().await;
        app.check_invariants().none();
    }
}

#[tokio::test(start_paused = true)]
async fn a_generation_of_several_pictures_has_a_thumbnail_of_each() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let order = json!({ "model": "flux-schnell", "prompt": "boats", "settings": { "num_outputs": 3 } });
    let id = person.generate(&order).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    app.settle().await;
    let names = app.generation(&id).outputs.into_iter().map(|output| output.thumbnail.unwrap().key);
    let names: Vec<_> = names.map(|key| key.rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["0.thumbnail.webp", "1.thumbnail.webp", "2.thumbnail.webp"]);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_late_message_about_a_deleted_generation_writes_nothing() {
    let (app, person, id, _) = delivered(1).await;
    person.delete(&id).await.expect(204);
    let before = app.world().snapshot();
    let event = Event::recorded("make-thumbnails").fill("account", &person.account().to_string());
    let (given_back, counts) = app.world().counted(app.work(&event.fill("generation", &id))).await;
    assert!(given_back.is_empty());
    assert_eq!(counts.aws_total(), 2, "the item, and the objects that may be left: {counts}");
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_recorded_thumbnail_is_never_deleted_by_a_later_run() {
    for fault in [Fault::ServerError, Fault::DieAfter] {
        let (app, _, id, message) = delivered(1).await;
        assert!(make(&app, &message).await);
        let recorded = app.generation(&id);
        app.world().inject(Faults::nth("s3.GetObject", 1, fault));
        assert!(make(&app, &message).await, "a repeated message must have nothing to do");
        app.world().inject(Faults::none());
        app.rest().await;
        assert_eq!(app.generation(&id), recorded, "{fault:?}");
        has_one_thumbnail(&app, &id);
    }
}

#[tokio::test(start_paused = true)]
async fn the_run_that_began_last_records_its_thumbnail() {
    // The first run is slow at one of its calls, and may die before it records or deletes its
    // thumbnail.
    for (slow, dies) in [("s3.GetObject", None), ("s3.PutObject", None), ("s3.PutObject", Some(4))] {
        let (app, _, id, message) = delivered(1).await;
        let death = dies.map(|update| Faults::nth("dynamodb.UpdateItem", update, Fault::DieBefore));
        let slow = Faults::nth(slow, 1, Fault::Delay(Duration::from_secs(2)));
        app.world().inject(match death {
            Some(death) => slow.or(death),
            None => slow,
        });
        let second = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            make(&app, &message).await
        };
        let (first, second) = tokio::join!(make(&app, &message), second);
        app.world().inject(Faults::none());
        assert_eq!((first, second), (dies.is_none(), true));
        let named = app.generation(&id).outputs[0].thumbnail.clone().expect("the second has recorded it");
        app.rest().await;
        assert_eq!(app.generation(&id).outputs[0].thumbnail, Some(named.clone()));
        let left: Vec<_> = app.objects().into_iter().filter(|object| object.key == named.key).collect();
        assert_eq!(left.iter().map(|object| &object.version).collect::<Vec<_>>(), [&named.version_id]);
        has_one_thumbnail(&app, &id);
    }
}
