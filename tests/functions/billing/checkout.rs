//! Plans, and the checkout that opens Stripe's page.

use super::shop::{Shop, checkout_event};
use crate::personal::erase;
use serde_json::json;
use testkit::{Fault, Faults};
use tests::{App, Event};

#[tokio::test(start_paused = true)]
async fn the_plans_are_public() {
    let app = App::new(1).await;
    let (answer, counts) = app.world().counted(app.send(Event::recorded("list-plans"))).await;
    let pack = json!({
        "id": "pack-500", "name": "500 credits", "kind": "pack", "price": {"amount": 999, "currency": "EUR"},
        "credits": 500, "interval": null,
    });
    assert_eq!(answer.expect(200).json(), json!({"items": [pack], "next_cursor": null}));
    assert_eq!(counts.aws_total() + counts.vendors_total(), 0, "{counts}");
}

#[tokio::test(start_paused = true)]
async fn a_page_is_opened_once_for_a_key() {
    let app = App::new(1).await;
    let (buyer, other) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let before = app.world().snapshot();
    let (answer, counts) = app.world().counted(app.send(checkout_event(&buyer, "k"))).await;
    let page = answer.expect(201).json();
    assert_eq!((counts.aws_total(), counts.vendors_total()), (3, 1), "session, balance, counter and Stripe: {counts}");
    assert!(page["url"].as_str().unwrap().ends_with(page["id"].as_str().unwrap()), "{page}");
    assert_eq!(page["expires_at"], "2027-01-15T10:00:00Z");
    let again = app.send(checkout_event(&buyer, "k")).await.expect(201).json();
    assert_eq!(again, page, "the same key must answer the same page");
    assert_ne!(app.open_page(&buyer, "l").await, page["id"]);
    assert_ne!(app.open_page(&other, "k").await, page["id"], "keys of two accounts must be independent");
    assert_eq!(app.stripe().counts().sessions, 3);
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_may_not_buy_gets_no_page() {
    let app = App::new(1).await;
    let buyer = app.sign_in("alice").await;
    let good = checkout_event(&buyer, "k");
    let by_cookie = good.clone().anonymous().cookies(&buyer.browser().jar());
    let cases = [
        (401, "unauthenticated", good.clone().anonymous()),
        (403, "cross_origin", by_cookie.header("origin", "https://evil.example")),
        (400, "idempotency_key_required", good.clone().without_header("idempotency-key")),
        (400, "idempotency_key_required", good.clone().header("idempotency-key", "a b")),
        (400, "malformed", good.clone().body("{")),
        (415, "unsupported_media_type", good.clone().header("content-type", "text/plain")),
        (422, "invalid", good.clone().body("{}")),
        (422, "invalid", good.clone().body(r#"{"plan": "pack-1"}"#)),
        (422, "invalid", good.clone().body(r#"{"plan": "pack-500", "amount": 1}"#)),
    ];
    let before = app.world().snapshot();
    for (status, code, event) in cases {
        assert_eq!(app.send(event).await.outcome(), (status, code.to_owned()));
    }
    app.world().assert_unchanged(&before);

    for status in ["closing", "frozen"] {
        app.set_status(&buyer, status).await;
        assert_eq!(app.send(good.clone()).await.outcome(), (403, "account_not_active".to_owned()), "{status}");
    }
    app.set_status(&buyer, "active").await;
    app.send(buyer.event("DELETE", "/v1/session")).await.expect(204);
    let ended = app.send(good).await.outcome();
    assert_eq!(ended, (401, "unauthenticated".to_owned()), "the token outlives the session");
    let gone = app.sign_in("bob").await;
    erase(&app, gone.account()).await;
    assert_eq!(app.send(checkout_event(&gone, "k")).await.outcome(), (401, "unauthenticated".to_owned()));
    assert_eq!(app.stripe().counts().sessions, 0, "no page may be opened");
}

#[tokio::test(start_paused = true)]
async fn a_checkout_can_be_repeated_when_stripe_does_not_answer() {
    for fault in [Fault::AnswerLost, Fault::Refused, Fault::ServerError, Fault::Throttled] {
        let app = App::new(1).await;
        let buyer = app.sign_in("alice").await;
        app.world().inject(Faults::nth("http.POST", 1, fault));
        let lost = app.send(checkout_event(&buyer, "k")).await;
        assert_eq!(lost.outcome(), (503, "unavailable".to_owned()), "{fault:?}");
        assert!(lost.header("retry-after").is_some());
        app.open_page(&buyer, "k").await;
        assert_eq!(app.stripe().counts().sessions, 1, "{fault:?}");
    }
}
