//! A caller without a valid token reads nothing and changes nothing.

use testkit::{GoogleProfile, PUBLIC_ORIGIN};
use tests::{App, Event, Person, forged, protected, unauthenticated};

/// The recorded event of a protected route, valid except that it has no token.
pub fn event(function: &str, person: &Person, generation: &str) -> Event {
    let values = [("key", "a-new-key"), ("origin", PUBLIC_ORIGIN), ("refresh_token", person.refresh_token())];
    let event = Event::recorded(function).fill_all(&values);
    let has_id = event.json()["pathParameters"]["id"].is_string();
    if has_id { event.path("id", generation) } else { event }.anonymous()
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_token_is_refused() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let generation = person.ask_for("a boat").await;
    for function in protected() {
        let before = app.world().snapshot();
        let answer = app.send(event(function, &person, &generation)).await;
        assert_eq!(answer.outcome(), unauthenticated(), "{function}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{function}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_forged_token_is_refused_in_the_header_and_in_the_cookie() {
    let app = App::new(2).await;
    let (mallory, alice) = (app.sign_in("mallory").await, app.sign_in("alice").await);
    let generation = alice.ask_for("a boat").await;
    let before = app.world().snapshot();
    for forged in forged(&app, &mallory, &alice) {
        for function in protected() {
            let event = event(function, &alice, &generation);
            let in_header = event.clone().bearer(&forged.token);
            let cookies = [format!("__Host-session={}", forged.token)];
            let in_cookie = event.cookies(&cookies).header("origin", PUBLIC_ORIGIN);
            for (way, event) in [("header", in_header), ("cookie", in_cookie)] {
                let answer = app.send(event).await;
                assert_eq!(
                    answer.outcome(),
                    unauthenticated(),
                    "{function} believes a token in the {way} that is wrong: {}",
                    forged.what
                );
            }
        }
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn another_scheme_than_bearer_is_no_token() {
    let app = App::new(3).await;
    let person = app.sign_in("alice").await;
    let before = app.world().snapshot();
    for scheme in ["Basic", "Token", ""] {
        let value = format!("{scheme} {}", person.token());
        let answer = app.send(person.event("GET", "/v1/account").header("authorization", value.trim())).await;
        assert_eq!(answer.status(), 401, "{scheme:?}");
    }
    let lower = format!("bearer {}", person.token());
    let answer = app.send(person.event("GET", "/v1/account").header("authorization", &lower)).await;
    assert_eq!(answer.status(), 200, "the scheme's case does not matter (RFC 9110 §11.1)");
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_in_the_header_is_refused_despite_a_right_cookie() {
    let app = App::new(4).await;
    let person = app.sign_in("alice").await;
    let event = person.page_event("GET", "/v1/account").header("authorization", "Bearer wrong");
    assert_eq!(app.send(event).await.status(), 401, "a token in the header must be used instead of the cookie");
}

#[tokio::test(start_paused = true)]
async fn a_change_by_cookie_from_another_site_is_refused() {
    let app = App::new(5).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    let before = app.world().snapshot();
    let changing = protected().filter(|function| !Event::recorded(function).route().starts_with("GET "));
    let changing: Vec<_> = changing.collect();
    assert!(changing.len() > 8, "most protected routes change something: {changing:?}");
    for function in changing {
        let cookie = format!("__Host-session={}", person.token());
        let event = event(function, &person, &id).cookies(&[cookie]).header("origin", PUBLIC_ORIGIN);
        let strange = [
            event.clone().header("origin", "https://evil.example"),
            event.clone().header("origin", "null").without_header("sec-fetch-site"),
            event.clone().header("origin", "null").header("sec-fetch-site", "cross-site"),
            event.clone().without_header("origin").header("sec-fetch-site", "cross-site"),
            event.clone().without_header("origin").header("sec-fetch-site", "same-site"),
            event.clone().without_header("origin").without_header("sec-fetch-site"),
        ];
        for event in strange {
            let answer = app.send(event.clone()).await;
            assert_eq!(answer.outcome(), (403, "cross_origin".to_owned()), "{function}: {:?}", event.json()["headers"]);
        }
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_token_does_not_restore_an_erased_account() {
    let app = App::new(6).await;
    let person = app.sign_in("alice").await;
    crate::personal::erase(&app, person.account()).await;
    let before = app.world().snapshot();
    let cases = [
        (person.event("GET", "/v1/account"), 401),
        (person.event("GET", "/v1/credits"), 401),
        (person.event("GET", "/v1/sessions"), 401),
        (person.generate_event(&tests::prompt("a boat")), 401),
        (person.event("GET", "/v1/generations"), 200),
        (person.event("DELETE", "/v1/session"), 204),
    ];
    for (event, status) in cases {
        assert_eq!(app.send(event.clone()).await.status(), status, "{}", event.function());
    }
    app.world().assert_unchanged(&before);
    let again = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    assert_ne!(again.account(), person.account(), "a returning person must get a new account");
}
