//! Deleting with undo: hidden at once, whole again when it is undone in time, and gone afterwards.

use super::{assert_gone, delivered, litter};
use crate::{ops::done, purge};
use generations::{Generation, GenerationStatus};
use kernel::limits::UNDO_WINDOW;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Faults};
use tests::{Answer, App, Person, prompt, unauthenticated};

pub const MILLISECOND: Duration = Duration::from_millis(1);

fn path(id: &str) -> String {
    format!("/v1/generations/{id}")
}

async fn change(person: &Person, id: &str, body: &Value) -> Answer {
    person.app().send(person.event("PATCH", &path(id)).json_body(body)).await
}

/// The ids of a list, newest first.
async fn listed(person: &Person, query: &str) -> Vec<Value> {
    let list = person.get(&format!("/v1/generations?{query}")).await.expect(200).json();
    list["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
}

/// Checks that no route shows or changes the generation.
async fn is_hidden(person: &Person, id: &str, when: &str) {
    let before = person.app().world().snapshot();
    let mut variation = prompt("another boat");
    variation["based_on"] = json!(id);
    for answer in [
        person.get(&path(id)).await,
        person.cancel(id).await,
        change(person, id, &json!({ "favourite": true })).await,
        change(person, id, &json!({ "title": null })).await,
        person.generate(&variation).await,
        person.app().send(person.keyed_event("the-key", &prompt("a boat"))).await,
    ] {
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{when}");
    }
    for query in ["", "text=boat", "favourite=false", "kind=text_to_image"] {
        assert!(!listed(person, query).await.contains(&json!(id)), "{when}: {query}");
    }
    person.app().world().assert_unchanged(&before);
}

/// Checks that the generation is as it was before its deletion, with every object.
pub fn is_back(app: &App, before: &Generation, when: &str) {
    assert_eq!(app.generation(&before.id.to_string()), *before, "{when}");
    app.check_invariants().none();
}

/// Lets a time pass that ends when the deletion cannot be undone any more, or this much before.
pub fn until_the_end(app: &App, before: Duration) {
    app.world().advance(UNDO_WINDOW - before);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_hides_at_once_and_its_undo_brings_everything_back() {
    let (app, person, id) = delivered(1).await;
    let (before, objects) = (app.generation(&id), app.objects().len());
    let (now, shown) = (app.world().now(), person.get(&path(&id)).await.expect(200).json());
    let answer = person.delete_with_undo(&id).await.expect(202).json();
    let until = now + UNDO_WINDOW;
    assert_eq!(answer, json!({ "deleted_at": now.to_string(), "undo_until": until.to_string() }));
    is_hidden(&person, &id, "after the deletion").await;
    app.check_invariants().none();
    until_the_end(&app, MILLISECOND);
    app.sweep().await;
    is_hidden(&person, &id, "in the last moment").await;
    assert_eq!(app.objects().len(), objects, "the sweep must not delete before the end");
    let mut back = person.undo_deletion(&id).await.expect(200).json();
    back["outputs"] = shown["outputs"].clone();
    assert_eq!(back, shown);
    is_back(&app, &before, "after the undo");
    assert_eq!(listed(&person, "").await, [json!(id)]);
    let again = app.send(person.keyed_event("the-key", &prompt("a boat"))).await.expect(202).json();
    assert_eq!(again["id"], json!(id), "the key names it again");
    app.minute().await;
    is_back(&app, &before, "a minute later");
}

#[tokio::test(start_paused = true)]
async fn after_its_time_an_undo_is_too_late_also_before_the_sweep() {
    let (app, person, id) = delivered(1).await;
    litter(&app, &person, &id).await;
    person.delete_with_undo(&id).await.expect(202);
    until_the_end(&app, Duration::ZERO);
    let before = app.world().snapshot();
    for body in [json!({ "deleted": false }), json!({ "deleted": false, "title": "Come back" })] {
        assert_eq!(change(&person, &id, &body).await.outcome(), (404, "not_found".to_owned()), "{body}");
    }
    assert_eq!(person.delete_with_undo(&id).await.outcome(), (404, "not_found".to_owned()));
    is_hidden(&person, &id, "after its time").await;
    app.world().assert_unchanged(&before);
    assert!(app.sweep().await);
    assert_gone(&app, &id);
    assert_eq!(person.undo_deletion(&id).await.status(), 404);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_undo_changes_the_notes_in_the_same_write() {
    let (app, person, id) = delivered(1).await;
    person.delete_with_undo(&id).await.expect(202);
    let body = json!({ "deleted": false, "favourite": true, "title": "The storm" });
    let (answer, counts) = app.world().counted(change(&person, &id, &body)).await;
    let back = answer.expect(200).json();
    assert_eq!((&back["favourite"], &back["title"]), (&json!(true), &json!("The storm")));
    assert_eq!(counts.of("dynamodb.UpdateItem"), 1, "one write: {counts}");
    assert_eq!(person.get(&path(&id)).await.expect(200).json()["title"], "The storm");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_undo_of_what_is_not_deleted_changes_the_notes_alone() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    for status in [GenerationStatus::Queued, GenerationStatus::Succeeded] {
        assert_eq!(app.generation(&id).status, status);
        let before = app.world().snapshot();
        assert_eq!(person.undo_deletion(&id).await.expect(200).json()["id"], json!(id));
        app.world().assert_unchanged(&before);
        let titled = Generation { title: Some(status.as_str().to_owned()), ..app.generation(&id) };
        let answer = change(&person, &id, &json!({ "deleted": false, "title": status.as_str() })).await;
        assert_eq!(answer.expect(200).json()["title"], status.as_str());
        assert_eq!(app.generation(&id), titled);
        app.settle().await;
    }
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_invalid_undo_changes_nothing() {
    let (app, person, id) = delivered(1).await;
    for is_deleted in [false, true] {
        if is_deleted {
            person.delete_with_undo(&id).await.expect(202);
        }
        let before = app.world().snapshot();
        for body in [
            json!({ "deleted": true }),
            json!({ "deleted": true, "favourite": true }),
            json!({ "deleted": null }),
            json!({ "deleted": null, "favourite": null }),
            json!({ "deleted": "false" }),
            json!({ "deleted": 0 }),
            json!({ "deleted": false, "title": "" }),
            json!({ "deleted": false, "undo_until": null }),
        ] {
            assert_eq!(change(&person, &id, &body).await.outcome(), (422, "invalid".to_owned()), "{body}");
        }
        for undo in ["yes", "", "TRUE", "1"] {
            let answer = person.ask("DELETE", &format!("{}?undo={undo}", path(&id))).await;
            assert_eq!(answer.outcome(), (422, "invalid".to_owned()), "undo={undo}");
        }
        app.world().assert_unchanged(&before);
    }
    assert_eq!(person.ask("DELETE", &format!("{}?undo=false", path(&id))).await.status(), 204);
    assert_gone(&app, &id);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_deletion_keeps_its_first_time() {
    let (app, person, id) = delivered(1).await;
    let first = person.delete_with_undo(&id).await.expect(202).json();
    app.world().advance(Duration::from_secs(20));
    let before = app.world().snapshot();
    assert_eq!(person.delete_with_undo(&id).await.expect(202).json(), first);
    app.world().assert_unchanged(&before);
    // Undone and deleted again, it has a time of its own.
    person.undo_deletion(&id).await.expect(200);
    let second = person.delete_with_undo(&id).await.expect(202).json();
    assert_ne!(second["undo_until"], first["undo_until"]);
    app.world().advance(Duration::from_secs(20));
    assert!(app.sweep().await, "the time of the first deletion is over");
    person.undo_deletion(&id).await.expect(200);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_plain_deletion_is_final_at_once() {
    let (app, person, id) = delivered(1).await;
    person.delete_with_undo(&id).await.expect(202);
    person.delete(&id).await.expect(204);
    assert_gone(&app, &id);
    assert_eq!(person.undo_deletion(&id).await.outcome(), (404, "not_found".to_owned()));
    app.check_invariants().none();

    // It dies before it has deleted an object: nobody can bring it back, and nobody starts another time.
    let (app, person, id) = delivered(2).await;
    person.delete_with_undo(&id).await.expect(202);
    app.world().inject(Faults::nth("s3.", 1, Fault::DieBefore));
    assert!(app.world().run(person.delete(&id)).await.is_err());
    app.world().inject(Faults::none());
    let before = app.world().snapshot();
    for answer in [person.undo_deletion(&id).await, person.delete_with_undo(&id).await] {
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()));
    }
    app.world().assert_unchanged(&before);
    app.rest().await;
    assert_gone(&app, &id);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_generation_under_way_cannot_be_deleted_with_undo() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 3_600_000);
    let id = person.ask_for("a boat").await;
    for status in [GenerationStatus::Queued, GenerationStatus::Running] {
        assert_eq!(app.generation(&id).status, status);
        let before = app.world().snapshot();
        assert_eq!(person.delete_with_undo(&id).await.outcome(), (409, "wrong_state".to_owned()), "{status:?}");
        app.world().assert_unchanged(&before);
        app.work_on("generation").await;
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_else_and_no_ended_session_deletes_or_undoes() {
    let (app, person, id) = delivered(1).await;
    let (mallory, other) = (app.sign_in("mallory").await, app.sign_in("alice").await);
    app.send(other.event("DELETE", "/v1/session")).await.expect(204);
    for is_deleted in [false, true] {
        if is_deleted {
            person.delete_with_undo(&id).await.expect(202);
        }
        let before = app.world().snapshot();
        for (who, expected) in [(&mallory, (404, "not_found".to_owned())), (&other, unauthenticated())] {
            assert_eq!(who.delete_with_undo(&id).await.outcome(), expected, "deleted: {is_deleted}");
            assert_eq!(who.undo_deletion(&id).await.outcome(), expected, "deleted: {is_deleted}");
        }
        app.world().assert_unchanged(&before);
    }
    person.undo_deletion(&id).await.expect(200);
}

/// A service that has delivered a picture, and the thumbnail is not made yet.
pub async fn owing(seed: u64) -> (App, Person, String) {
    let app = App::new(seed).await;
    let person = app.sign_in("alice").await;
    app.replicate().knobs(|knobs| knobs.success_after_ms = 0);
    let id = person.ask_for("a boat").await;
    app.work_on("generation").await;
    app.deliver_webhooks().await;
    app.work_on("media").await;
    assert!(app.generation(&id).owes_thumbnails);
    (app, person, id)
}

#[tokio::test(start_paused = true)]
async fn what_comes_back_gets_the_thumbnails_that_it_owed() {
    let (app, person, id) = owing(1).await;
    person.delete_with_undo(&id).await.expect(202);
    let hidden = app.generation(&id);
    assert_eq!(app.work_on("thumbnail").await, 1, "the message comes while it is hidden");
    assert_eq!(app.generation(&id), hidden, "a hidden work gets no thumbnail");
    person.undo_deletion(&id).await.expect(200);
    app.check_invariants().none();
    app.rest().await;
    assert!(app.generation(&id).outputs[0].thumbnail.is_some(), "the sweep must have sent another message");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_list_counts_no_hidden_generation() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(json!(person.ask_for(&format!("boat {n}")).await));
        app.settle().await;
        app.world().advance(MILLISECOND);
    }
    ids.reverse();
    for n in [1, 3] {
        person.delete_with_undo(ids[n].as_str().unwrap()).await.expect(202);
    }
    let shown = [ids[0].clone(), ids[2].clone(), ids[4].clone()];
    for query in ["", "text=boat", "favourite=false"] {
        assert_eq!(listed(&person, query).await, shown, "{query}");
    }
    for (filter, first) in [("text=boat", &shown[..2]), ("favourite=false", &shown[..2])] {
        assert_eq!(listed(&person, &format!("{filter}&limit=2")).await, first, "{filter}: two that can be seen");
    }
    person.undo_deletion(ids[1].as_str().unwrap()).await.expect(200);
    assert_eq!(listed(&person, "text=boat&limit=2").await, ids[..2]);
}

#[tokio::test(start_paused = true)]
async fn a_frozen_or_closing_account_may_delete_and_undo() {
    let (app, person, id) = delivered(1).await;
    let before = app.generation(&id);
    done(&app, &["freeze", &person.account().to_string()]).await;
    person.delete_with_undo(&id).await.expect(202);
    person.undo_deletion(&id).await.expect(200);
    is_back(&app, &before, "frozen");

    let (app, person, id) = delivered(2).await;
    let before = app.generation(&id);
    app.world().advance(Duration::from_secs(1));
    person.delete_account().await.expect(202);
    app.world().advance(Duration::from_secs(1));
    let person = app.sign_in("alice").await;
    person.delete_with_undo(&id).await.expect(202);
    person.undo_deletion(&id).await.expect(200);
    is_back(&app, &before, "closing");
}

#[tokio::test(start_paused = true)]
async fn the_purge_erases_what_could_still_be_undone() {
    let (app, person, id) = delivered(1).await;
    person.delete_with_undo(&id).await.expect(202);
    let deletion = person.delete_account().await.expect(202).json();
    // No sweep comes.
    app.purge(purge::code(&deletion)).await;
    purge::assert_gone(&app, &person, "alice");
    assert!(app.sweep().await);
    assert!(app.objects().is_empty() && app.all_generations().is_empty());
}
