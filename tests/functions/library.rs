//! The library: favourites, titles, search, and generations based on others.

use generations::{Generation, GenerationStatus, ModelKind};
use kernel::{Credits, GenerationId};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use testkit::GENERATIONS_TABLE;
use tests::{App, Event, Person, prompt};

async fn change(person: &Person, id: &str, body: &Value) -> tests::Answer {
    person.app().send(changing(person, id, body)).await
}

fn changing(person: &Person, id: &str, body: &Value) -> Event {
    person.event("PATCH", &format!("/v1/generations/{id}")).json_body(body)
}

#[tokio::test(start_paused = true)]
async fn a_favourite_and_a_title_are_stored_and_shown() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    let path = format!("/v1/generations/{id}");
    let fresh = person.get(&path).await.expect(200).json();
    assert_eq!((&fresh["favourite"], &fresh["title"]), (&json!(false), &Value::Null));
    // A generation under way can get a favourite and a title, and continues.
    let steps = [
        (json!({ "favourite": true }), true, Value::Null),
        (json!({ "title": "  The storm \n" }), true, json!("The storm")),
        (json!({ "favourite": false, "title": "é".repeat(200) }), false, json!("é".repeat(200))),
        (json!({ "favourite": true, "title": null }), true, Value::Null),
    ];
    for (n, (body, favourite, title)) in steps.into_iter().enumerate() {
        if n == 2 {
            app.settle().await;
        }
        let answer = change(&person, &id, &body).await.expect(200).json();
        assert_eq!((&answer["favourite"], &answer["title"]), (&json!(favourite), &title), "{body}");
        let shown = person.get(&path).await.expect(200).json();
        assert_eq!((&shown["favourite"], &shown["title"]), (&json!(favourite), &title), "{body}");
        assert_eq!(answer["outputs"].as_array().unwrap().len(), usize::from(n >= 2), "{body}: with its outputs");
    }
    assert_eq!(app.generation(&id).status, GenerationStatus::Succeeded);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn an_invalid_favourite_or_title_changes_nothing() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    let before = app.world().snapshot();
    for body in [
        json!({}),
        json!({ "title": "" }),
        json!({ "title": " \n\t" }),
        json!({ "title": "x".repeat(201) }),
        json!({ "title": 7 }),
        json!({ "favourite": "yes" }),
        json!({ "favourite": null }),
        json!({ "prompt": "another" }),
        json!({ "favourite": true, "status": "succeeded" }),
        json!([]),
    ] {
        let answer = change(&person, &id, &body).await;
        assert_eq!(answer.outcome(), (422, "invalid".to_owned()), "{body}");
    }
    let event = changing(&person, &id, &json!({}));
    assert_eq!(app.send(event.clone().body("{")).await.outcome(), (400, "malformed".to_owned()));
    assert_eq!(app.send(event.header("content-type", "text/plain")).await.status(), 415);
    app.world().assert_unchanged(&before);
}

/// The prompts that a person finds with a query, page after page, and the number of pages.
async fn found(person: &Person, query: &str) -> (Vec<String>, usize) {
    let (mut prompts, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = person.get(&format!("/v1/generations?{query}{cursor}")).await.expect(200).json();
        pages += 1;
        let items = page["items"].as_array().unwrap();
        prompts.extend(items.iter().map(|item| item["prompt"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (prompts, pages),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_applies_all_filters_together() {
    let app = App::new(1).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    app.welcome_with(alice.account(), 1_000, 32).await;
    bob.ask_for("a boat of bob's").await;
    let mut ids = Vec::new();
    for (text, model) in
        [("A Boat", "flux-schnell"), ("a house", "flux-schnell"), ("a boat that moves", "wan-2.2-t2v-fast")]
    {
        let answer = alice.generate(&json!({ "model": model, "prompt": text })).await.expect(202).json();
        ids.push(answer["id"].as_str().unwrap().to_owned());
        app.world().advance(Duration::from_millis(5));
    }
    change(&alice, &ids[0], &json!({ "favourite": true })).await.expect(200);
    change(&alice, &ids[1], &json!({ "favourite": true, "title": "Beside the BOATyard" })).await.expect(200);
    let cases: [(&str, &[&str]); 13] = [
        ("", &["a boat that moves", "a house", "A Boat"]),
        ("text=boat", &["a boat that moves", "a house", "A Boat"]),
        ("text=BOAT%20that", &["a boat that moves"]),
        ("text=boatyard", &["a house"]),
        ("text=ship", &[]),
        ("kind=text_to_video", &["a boat that moves"]),
        ("kind=text_to_image", &["a house", "A Boat"]),
        ("model=flux-schnell", &["a house", "A Boat"]),
        ("model=gone-long-ago", &[]),
        ("favourite=true", &["a house", "A Boat"]),
        ("favourite=false", &["a boat that moves"]),
        ("favourite=true&kind=text_to_image&model=flux-schnell&text=a%20b", &["A Boat"]),
        ("favourite=true&kind=text_to_video", &[]),
    ];
    for (query, wanted) in cases {
        assert_eq!(found(&alice, query).await.0, wanted, "{query}");
        assert_eq!(found(&alice, &format!("{query}&limit=1")).await.0, wanted, "{query}, one by one");
    }
    let before = app.world().snapshot();
    let long = "x".repeat(201);
    for wrong in ["kind=painting", "kind=", "favourite=yes", "favourite=", "text=", "text=%20", &format!("text={long}")]
    {
        let answer = alice.get(&format!("/v1/generations?{wrong}")).await;
        assert_eq!(answer.outcome(), (422, "invalid".to_owned()), "{wrong}");
    }
    app.world().assert_unchanged(&before);
}

/// Stores generations of an account that were delivered long ago.
async fn old_ones(app: &App, person: &Person, count: usize, named: impl Fn(usize) -> String) {
    let id = person.ask_for("a template").await;
    app.settle().await;
    let table = app.world().clients().dynamodb().table(GENERATIONS_TABLE);
    let last = app.generation(&id);
    person.delete(&id).await.expect(204);
    let ids = app.world().ids();
    for n in 0..count {
        let at = app.world().now();
        let id = GenerationId::new(ids.uuid_v7(at));
        let old = Generation { id, prompt: named(n), outputs: Vec::new(), cost: Some(Credits(0)), ..last.clone() };
        table.put(&old.account.to_string(), &old.id.to_string(), &old).apply().await.unwrap();
        app.world().advance(Duration::from_millis(2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_with_few_matches_ends_with_a_cursor() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    // One in 400 is a needle. The last one is the newest.
    old_ones(&app, &person, 1_202, |n| if n % 400 == 1 { format!("needle {n}") } else { "hay".to_owned() }).await;
    let (page, counts) = app.world().counted(person.get("/v1/generations?text=needle&limit=2")).await;
    let page = page.expect(200).json();
    assert_eq!(counts.aws_total(), 5, "a page looks at 500: {counts}");
    let prompts: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["prompt"].clone()).collect();
    assert_eq!(prompts, ["needle 1201", "needle 801"], "the page must have all matches of the 500 that it read");
    let (found_all, pages) = found(&person, "text=needle&limit=2").await;
    assert_eq!(found_all, ["needle 1201", "needle 801", "needle 401", "needle 1"], "each once");
    assert!(pages <= 4, "{pages} pages");
    let (none, pages) = found(&person, "text=nothing").await;
    assert_eq!((none.len(), pages), (0, 3), "500, 500 and the rest: pages without items must have a cursor");
    let (all, counts) = app.world().counted(person.get("/v1/generations?text=hay&limit=100")).await;
    assert_eq!((all.expect(200).json()["items"].as_array().unwrap().len(), counts.aws_total()), (100, 2));
    let distinct: BTreeSet<_> = found(&person, "kind=text_to_image&limit=100").await.0.into_iter().collect();
    assert_eq!(distinct.len(), 5, "the four needles and the other prompt");
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = app.sign_in("bob").await;
    let nothing = other.get(&format!("/v1/generations?text=needle&cursor={cursor}")).await.expect(200).json();
    assert_eq!(nothing["items"], json!([]), "another account's cursor must show none of its items");
}

#[tokio::test(start_paused = true)]
async fn a_generation_names_its_base() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let first = alice.ask_for("a boat").await;
    assert_eq!(alice.get(&format!("/v1/generations/{first}")).await.json()["based_on"], Value::Null);
    let body = |id: &str| {
        let mut body = prompt("a boat at night");
        body["based_on"] = json!(id);
        body
    };
    let (answer, counts) = app.world().counted(alice.generate(&body(&first))).await;
    let second = answer.expect(202).json();
    assert_eq!(second["based_on"], json!(first));
    assert_eq!(counts.aws_total(), 3, "the base must be read in the same request: {counts}");
    let before = app.world().snapshot();
    for (person, id) in [
        (&mallory, first.as_str()),
        (&alice, "0198c0de-0000-7000-8000-000000000000"),
        (&alice, "balance"),
        (&alice, ""),
    ] {
        assert_eq!(person.generate(&body(id)).await.outcome(), (404, "not_found".to_owned()), "{id:?}");
    }
    app.world().assert_unchanged(&before);
    app.settle().await;
    alice.delete(&first).await.expect(204);
    let shown = alice.get(&format!("/v1/generations/{}", second["id"].as_str().unwrap())).await.expect(200).json();
    assert_eq!(shown["based_on"], json!(first), "the base must be named although it is deleted");
    assert_eq!(alice.generate(&body(&first)).await.status(), 404, "nothing new may be based on a deleted generation");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_known_key_answers_after_its_base_is_deleted() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let first = person.ask_for("a boat").await;
    let mut body = prompt("a boat at night");
    body["based_on"] = json!(first);
    let event = person.keyed_event("the-key", &body);
    let second = app.send(event.clone()).await.expect(202).json();
    app.settle().await;
    person.delete(&first).await.expect(204);
    assert_eq!(app.send(event).await.expect(202).json()["id"], second["id"]);
    let without = person.keyed_event("the-key", &prompt("a boat at night"));
    assert_eq!(
        app.send(without).await.outcome(),
        (422, "idempotency_key_reused".to_owned()),
        "it must be another request"
    );
}

#[test]
fn the_filter_takes_each_kind_as_answers_write_it() {
    for kind in [ModelKind::TextToImage, ModelKind::TextToVideo] {
        let word = serde_json::to_value(kind).unwrap();
        assert_eq!(word.as_str().unwrap().parse::<ModelKind>().unwrap(), kind);
    }
}
