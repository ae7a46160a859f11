//! The list of a person's sessions.

use serde_json::json;
use std::time::Duration;
use tests::{App, HOUR, unauthenticated};

#[tokio::test(start_paused = true)]
async fn a_session_is_listed_with_device_address_and_times() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let began = "2027-01-15T08:00:00Z";
    let item = json!({
        "id": person.session().to_string(), "device": "Firefox on Linux", "ip": "203.0.113.7",
        "created_at": began, "last_used_at": began, "current": true,
    });
    person.expect_private_list("/v1/sessions", &json!([item])).await;
}

#[tokio::test(start_paused = true)]
async fn each_browser_is_current_in_its_own_list() {
    let app = App::new(1).await;
    let laptop = app.sign_in("alice").await;
    app.world().advance(Duration::from_secs(60));
    let phone = app.sign_in("alice").await;
    let newest_first = [phone.session().to_string(), laptop.session().to_string()];
    for (person, is_current) in [(&phone, [true, false]), (&laptop, [false, true])] {
        assert_eq!(person.session_ids().await, newest_first);
        let items = person.sessions().await;
        assert_eq!(items.iter().map(|item| &item["current"]).collect::<Vec<_>>(), is_current.each_ref());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_moves_the_last_use_and_a_request_does_not() {
    let app = App::new(1).await;
    let mut laptop = app.sign_in("alice").await;
    app.world().advance(HOUR);
    let phone = app.sign_in("alice").await;
    assert_eq!(phone.session_ids().await[0], phone.session().to_string());
    app.world().advance(Duration::from_secs(60));
    laptop.renew().await;
    app.world().advance(Duration::from_secs(60));
    laptop.get("/v1/account").await.expect(200);
    let items = phone.sessions().await;
    assert_eq!(phone.session_ids().await, [laptop.session().to_string(), phone.session().to_string()]);
    let times = (&items[0]["created_at"], &items[0]["last_used_at"]);
    assert_eq!(times, (&json!("2027-01-15T08:00:00Z"), &json!("2027-01-15T09:01:00Z")));
    assert_eq!(items[1]["last_used_at"], "2027-01-15T09:00:00Z");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_signed_out_is_not_listed_and_reads_no_addresses() {
    let app = App::new(1).await;
    let (laptop, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
    assert_eq!(laptop.sessions().await.len(), 2);
    app.send(phone.page_event("DELETE", "/v1/session")).await.expect(204);
    assert_eq!(laptop.session_ids().await, [laptop.session().to_string()]);
    let before = app.world().snapshot();
    phone.get("/v1/account").await.expect(200);
    let answer = phone.get("/v1/sessions").await;
    assert_eq!(answer.outcome(), unauthenticated(), "its access token is still valid, but the session has ended");
    assert!(!String::from_utf8_lossy(answer.body()).contains("203.0.113."));
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_a_reused_token_ended_is_not_listed() {
    let app = App::new(1).await;
    let victim = app.sign_in("alice").await;
    app.refresh(victim.refresh_token()).await.expect(200);
    app.world().advance(Duration::from_secs(31));
    assert_eq!(app.refresh(victim.refresh_token()).await.outcome(), unauthenticated());
    let person = app.sign_in("alice").await;
    assert_eq!(person.session_ids().await, [person.session().to_string()]);
}

#[tokio::test(start_paused = true)]
async fn no_parameter_leads_to_another_accounts_sessions() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let before = app.world().snapshot();
    let own = mallory.sessions().await;
    assert_eq!(mallory.session_ids().await, [mallory.session().to_string()]);
    let (account, session) = (alice.account().to_string(), alice.session().to_string());
    let parameters =
        [("account", account.as_str()), ("id", &session), ("cursor", &session), ("limit", "0"), ("limit", "1000")];
    for parameter in parameters {
        let event = mallory.event("GET", "/v1/sessions").query(&[parameter]);
        assert_eq!(app.send(event).await.expect(200).json()["items"], json!(own), "{parameter:?}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_read_is_refused_and_prints_no_address() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    person.expect_failures_without_an_address("/v1/sessions").await;
}
