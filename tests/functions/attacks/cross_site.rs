//! Attacks from pages of other sites on the routes of sign-ins, sessions and identities.

use crate::partners::{PARTNERS, link, sign_in};
use testkit::{PUBLIC_ORIGIN, TRANSIENT_TABLE};
use tests::{App, Event, Person};

/// The requests of a person that change something in this area, as our own pages send them.
fn changes(person: &Person, other: &Person) -> Vec<Event> {
    let mut events = vec![
        person.page_event("DELETE", "/v1/session"),
        person.page_event("DELETE", "/v1/sessions"),
        person.page_event("DELETE", &format!("/v1/sessions/{}", other.session())),
        person.browser().renewal(),
    ];
    for provider in PARTNERS {
        let path = format!("/v1/account/identities/{provider}");
        events.push(person.page_event("POST", &path));
        events.push(person.page_event("DELETE", &path));
    }
    events
}

/// The same request, as a browser sends it from a page of another site.
fn from_another_site(event: &Event) -> Vec<Event> {
    let with = |origin: Option<&str>, site: Option<&str>| {
        let event = event.clone().without_header("origin").without_header("sec-fetch-site");
        let event = origin.into_iter().fold(event, |event, origin| event.header("origin", origin));
        site.into_iter().fold(event, |event, site| event.header("sec-fetch-site", site))
    };
    vec![
        with(Some("https://evil.example"), Some("cross-site")),
        with(Some("https://evil.example"), None),
        // Apple's own page may not do it either.
        with(Some("https://appleid.apple.com"), Some("cross-site")),
        with(Some("null"), Some("cross-site")),
        with(Some("null"), None),
        with(None, Some("cross-site")),
        with(None, Some("same-site")),
        with(None, None),
        with(Some(&PUBLIC_ORIGIN.replace("https://", "http://")), Some("same-origin")),
        with(Some(&format!("{PUBLIC_ORIGIN}.evil.example")), Some("same-origin")),
    ]
}

#[tokio::test(start_paused = true)]
async fn no_page_of_another_site_changes_anything_of_a_person_who_is_signed_in() {
    let app = App::new(1).await;
    let (person, other) = (sign_in(&app, "google", "alice").await, sign_in(&app, "google", "alice").await);
    link(&app, &person, "apple", "alice").await.expect(303);
    let before = app.world().snapshot();
    for event in changes(&person, &other) {
        for event in from_another_site(&event) {
            let answer = app.send(event.clone()).await;
            let what = format!("{} with {}", event.route(), event.json()["headers"]);
            assert_eq!(answer.outcome(), (403, "cross_origin".to_owned()), "{what}");
            assert!(answer.cookies().is_empty(), "{what}: {answer:?}");
        }
    }
    app.world().assert_unchanged(&before);
}

/// Link CSRF: a page of an attacker makes the victim's browser begin a link, and hopes that the victim is signed in at
/// the attacker's identity, or the other way round.
#[tokio::test(start_paused = true)]
async fn a_page_of_another_site_begins_no_link() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        let before = app.world().snapshot();
        let event = person.page_event("POST", &format!("/v1/account/identities/{provider}"));
        for event in from_another_site(&event) {
            for accept in ["application/json", "text/html,*/*;q=0.8"] {
                let form = event.clone().header("content-type", "application/x-www-form-urlencoded").body("");
                let answer = app.send(form.header("accept", accept)).await.expect(403);
                assert!(answer.cookies().is_empty() && answer.header("location").is_none(), "{provider}: {answer:?}");
            }
        }
        app.world().assert_unchanged(&before);
    }
}

/// A page of an attacker sends the browser to a sign-in. A partner that knows the person answers at once, and the session
/// would become one of another account.
#[tokio::test(start_paused = true)]
async fn a_page_of_another_site_begins_no_sign_in() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        let login = |site: &str| {
            let event = Event::recorded("login").path("provider", provider).cookies(&person.browser().jar());
            event.header("sec-fetch-site", site)
        };
        let before = app.world().snapshot();
        let counted = app.world().items(TRANSIENT_TABLE);
        // Another host of this site may show the content of strangers.
        for site in ["cross-site", "same-site"] {
            let answer = app.send(login(site).header("accept", "application/json")).await;
            assert_eq!(answer.outcome(), (403, "cross_origin".to_owned()), "{provider}: {site}");
            assert!(answer.cookies().is_empty(), "{provider}: {answer:?}");
            let answer = app.send(login(site)).await.expect(303);
            assert_eq!(
                answer.header("location"),
                Some("/?problem=cross_origin"),
                "{provider}: a page of ours explains it"
            );
            assert!(answer.cookies().is_empty(), "{provider}: {answer:?}");
        }
        app.world().assert_unchanged(&before);
        assert_eq!(app.world().items(TRANSIENT_TABLE), counted, "{provider}: it uses nothing up");
        person.ask("POST", "/v1/uploads").await.expect(201);
        // A person who types the address, our own pages, and clients that do not say it.
        for site in ["none", "same-origin"] {
            app.send(login(site)).await.expect(303);
        }
        app.send(login("none").without_header("sec-fetch-site")).await.expect(303);
    }
}

/// Browsers send no `Lax` cookie with the form of another site. Even if one did, the session must not act.
#[tokio::test(start_paused = true)]
async fn apples_form_acts_for_nobody_who_is_signed_in() {
    let app = App::new(1).await;
    let person = sign_in(&app, "google", "alice").await;
    let before = app.world().snapshot();
    let form = Event::recorded("login-callback.apple").body("state=a.b&code=c").cookies(&person.browser().jar());
    assert_eq!(app.send(form).await.outcome(), (400, "sign_in_failed".to_owned()));
    app.world().assert_unchanged(&before);
    person.get("/v1/account").await.expect(200);
}
