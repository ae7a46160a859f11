//! The list of a person's sign-ins.

use serde_json::{Value, json};
use std::time::Duration;
use tests::{App, DAY, Person};

async fn page(person: &Person, query: &str) -> Value {
    person.get(&format!("/v1/account/sign-ins{query}")).await.expect(200).json()
}

fn sessions(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["session"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_is_listed_with_time_address_device_and_provider() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let item = json!({
        "at": "2027-01-15T08:00:00Z", "ip": "203.0.113.7", "device": "Firefox on Linux", "provider": "google",
        "session": person.session().to_string(), "current": true,
    });
    person.expect_private_list("/v1/account/sign-ins", &json!([item])).await;
}

#[tokio::test(start_paused = true)]
async fn sign_ins_come_newest_first_and_in_pages() {
    let app = App::new(1).await;
    let mut begun = Vec::new();
    for _ in 0..5 {
        begun.push(app.sign_in("alice").await);
        app.world().advance(Duration::from_secs(1));
    }
    let person = &begun[1];
    app.send(begun[4].page_event("DELETE", "/v1/session")).await.expect(204);
    let (mut found, mut current, mut query) = (Vec::new(), Vec::new(), "?limit=2".to_owned());
    loop {
        let page = page(person, &query).await;
        found.extend(sessions(&page).into_iter().map(str::to_owned));
        current.extend(page["items"].as_array().unwrap().iter().map(|item| item["current"].as_bool().unwrap()));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let newest_first: Vec<_> = begun.iter().rev().map(|person| person.session().to_string()).collect();
    assert_eq!(found, newest_first, "also the sign-in whose session has ended");
    assert_eq!(current, [false, false, false, true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_is_listed_for_ninety_days() {
    let app = App::new(1).await;
    let first = app.sign_in("alice").await;
    app.world().advance(90 * DAY - Duration::from_secs(1));
    let last = app.sign_in("alice").await;
    assert_eq!(sessions(&page(&last, "").await).len(), 2);
    let page_of_one = page(&last, "?limit=1").await;
    app.world().advance(Duration::from_secs(1));
    assert_eq!(sessions(&page(&last, "").await), [last.session().to_string()]);
    let cursor = page_of_one["next_cursor"].as_str().unwrap();
    let rest = page(&last, &format!("?limit=1&cursor={cursor}")).await;
    assert_eq!(rest, json!({ "items": [], "next_cursor": null }), "the cursor is still good");
    let stored = app.world().snapshot().to_string();
    assert!(stored.contains(&first.session().to_string()), "DynamoDB removes it later");
}

#[tokio::test(start_paused = true)]
async fn no_parameter_leads_to_another_accounts_sign_ins() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    app.sign_in("alice").await;
    let before = app.world().snapshot();
    let theirs = page(&alice, "?limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    for query in ["".to_owned(), format!("?account={}", alice.account()), format!("?cursor={theirs}")] {
        let page = page(&mallory, &query).await;
        let found = sessions(&page);
        assert!(found.iter().all(|session| *session == mallory.session().to_string()), "{query}: {page}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_read_is_refused_and_prints_no_address() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    person.expect_failures_without_an_address("/v1/account/sign-ins").await;
}
