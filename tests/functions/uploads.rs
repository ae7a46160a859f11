//! Uploads: their slots, their forms and their files.

use futures_util::future::join_all;
use kernel::limits;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use testkit::{GENERATIONS_TABLE, MEDIA_BUCKET};
use tests::{App, Event, Person};

/// The uploads that have a slot, by id.
fn placed(app: &App) -> BTreeSet<String> {
    let items = app.world().items(GENERATIONS_TABLE).into_iter();
    let places = items.filter(|item| item["sk"].as_str().is_some_and(|key| key.starts_with("upload#")));
    places.map(|item| item["upload"].as_str().unwrap().to_owned()).collect()
}

fn keys(app: &App) -> BTreeSet<String> {
    app.world().objects(MEDIA_BUCKET).into_iter().map(|object| object.key).collect()
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_a_form_for_one_picture() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let event = Event::recorded("upload").fill("token", alice.token());
    let (answer, counts) = app.world().counted(app.send(event)).await;
    assert_eq!(counts.aws_total(), 2, "session, balance and places; the transaction: {counts}");
    let open = answer.expect(201).json();
    let names: Vec<_> = open.as_object().unwrap().keys().collect();
    assert_eq!(names, ["expires_at", "fields", "id", "url"]);
    assert_eq!(open["expires_at"], "2027-01-15T08:05:00Z");
    let key = format!("uploads/{}/{}", alice.account(), open["id"].as_str().unwrap());
    assert_eq!((&open["fields"]["key"], &open["fields"]["Content-Type"]), (&json!(key), &json!("image/png")));
    assert_eq!(alice.post(&open, &vec![7; 183_205]), 400, "one byte too long");
    assert_eq!(alice.post(&open, &vec![7; 183_204]), 204);
    assert_eq!(keys(&app), BTreeSet::from([key]));
    app.world().advance(limits::UPLOAD_OPEN + Duration::from_secs(1));
    assert_eq!(alice.post(&open, b"late"), 403);
}

#[tokio::test(start_paused = true)]
async fn an_upload_without_a_known_type_and_size_is_refused() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let before = app.world().snapshot();
    let most = limits::INPUT_BYTES;
    for body in [
        json!({ "content_type": "image/svg+xml", "bytes": 1 }),
        json!({ "content_type": "image/gif", "bytes": 1 }),
        json!({ "content_type": "text/html", "bytes": 1 }),
        json!({ "content_type": "IMAGE/PNG", "bytes": 1 }),
        json!({ "content_type": "image/png; charset=utf-8", "bytes": 1 }),
        json!({ "content_type": "image/png", "bytes": 0 }),
        json!({ "content_type": "image/png", "bytes": most + 1 }),
        json!({ "content_type": "image/png", "bytes": u64::MAX }),
        json!({ "content_type": "image/png", "bytes": -1 }),
        json!({ "content_type": "image/png", "bytes": "1" }),
        json!({ "content_type": "image/png" }),
        json!({ "bytes": 1 }),
        json!({ "content_type": "image/png", "bytes": 1, "key": "uploads/x" }),
        json!([]),
        Value::Null,
    ] {
        let answer = app.send(alice.event("POST", "/v1/uploads").json_body(&body)).await;
        assert_eq!(answer.outcome(), (422, "invalid".to_owned()), "{body}");
    }
    app.world().assert_unchanged(&before);
    alice.open_upload("image/webp", most).await.expect(201);
}

#[tokio::test(start_paused = true)]
async fn of_twenty_concurrent_uploads_ten_get_a_slot() {
    for seed in 1..=3 {
        let app = App::new(seed).await;
        let alice = app.sign_in("alice").await;
        let answers = join_all((0..20).map(|_| alice.open_upload("image/png", 9))).await;
        let taken: BTreeSet<_> = answers.iter().filter(|answer| answer.status() == 201).map(id).collect();
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status() != 201).collect();
        assert_eq!((taken.len(), refused.len()), (10, 10), "seed {seed}");
        for answer in refused {
            assert_eq!(answer.outcome(), (429, "too_many_uploads".to_owned()));
            assert_eq!(answer.header("retry-after"), Some("300"));
        }
        assert_eq!(placed(&app), taken);
        assert_eq!(placed(&app).len(), limits::UPLOADS_MAX);
        app.sign_in("bob").await.open_upload("image/png", 9).await.expect(201);
    }
}

fn id(answer: &tests::Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Ten uploads, each of them sent, oldest first.
async fn ten(person: &Person) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..10 {
        ids.push(person.upload("image/png", &[n]).await);
        person.app().world().advance(Duration::from_millis(1));
    }
    ids
}

#[tokio::test(start_paused = true)]
async fn after_five_minutes_a_new_upload_replaces_the_oldest_with_its_picture() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    let ids = ten(&alice).await;
    assert_eq!(alice.open_upload("image/png", 9).await.status(), 429);
    app.world().advance(limits::UPLOAD_OPEN);
    let (answer, counts) = app.world().counted(alice.open_upload("image/png", 9)).await;
    assert_eq!(counts.aws_total(), 4, "and the picture, found and deleted: {counts}");
    let new = id(&answer.expect(201));
    let places = placed(&app);
    assert!(places.contains(&new) && !places.contains(&ids[0]) && places.len() == 10, "{places:?}");
    let kept: BTreeSet<_> = ids[1..].iter().map(|id| format!("uploads/{}/{id}", alice.account())).collect();
    assert_eq!(keys(&app), kept);
    // Ten concurrent requests replace the nine others, one after the other.
    let answers = join_all((0..10).map(|_| alice.open_upload("image/png", 9))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 201).count(), 9);
    assert!(keys(&app).is_empty(), "{:?}", keys(&app));
}

#[tokio::test(start_paused = true)]
async fn a_picture_whose_deletion_failed_is_deleted_by_the_next_upload() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    ten(&alice).await;
    app.world().advance(limits::UPLOAD_OPEN);
    app.world().inject(testkit::Faults::nth("s3.DeleteObjects", 1, testkit::Fault::ServerError));
    alice.open_upload("image/png", 9).await.expect(201);
    assert_eq!(keys(&app).len(), 10);
    alice.open_upload("image/png", 9).await.expect(201);
    assert_eq!(keys(&app).len(), 8);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_may_not_generate_may_not_upload() {
    let app = App::new(1).await;
    let alice = app.sign_in("alice").await;
    alice.delete_account().await.expect(202);
    let again = app.sign_in("alice").await;
    let before = app.world().snapshot();
    assert_eq!(again.open_upload("image/png", 9).await.outcome(), (403, "account_not_active".to_owned()));
    app.world().assert_unchanged(&before);
}
