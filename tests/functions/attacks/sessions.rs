//! Attacks with sessions: ones that were planted, have ended, or whose tokens were used.

use crate::{
    notices::messages,
    partners::{PARTNERS, arrival, authorize, begin_link, identity, leads_to, link, sign_in, sign_in_with},
};
use kernel::limits::RECENT_SIGN_IN;
use std::time::Duration;
use tests::{App, Event, Person, unauthenticated};

/// Session fixation: the attacker plants the cookies of a session of their own, and waits for the victim to sign in.
#[tokio::test(start_paused = true)]
async fn a_session_that_was_planted_is_not_taken_over() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mallory = sign_in(&app, "google", "mallory").await;
        let victim = sign_in_with(&app, mallory.browser().clone(), provider, "alice").await;
        assert_ne!(victim.account(), mallory.account(), "{provider}");
        assert_ne!(victim.session(), mallory.session(), "{provider}");
        assert_ne!(victim.refresh_token(), mallory.refresh_token(), "{provider}");
        let seen = mallory.get("/v1/account").await.expect(200).json();
        assert_eq!(seen["id"], mallory.account().to_string(), "{provider}: the planted token is still the attacker's");
        // The sign-in ends the session that its browser had, also behind Apple's form, which brings no session cookie.
        assert_eq!(app.refresh(mallory.refresh_token()).await.outcome(), unauthenticated(), "{provider}");
        victim.get("/v1/account").await.expect(200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_ends_the_session_that_its_browser_had_at_each_partner() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let first = sign_in(&app, provider, "alice").await;
        let second = sign_in_with(&app, first.browser().clone(), provider, "alice").await;
        assert_eq!(second.session_ids().await, [second.session().to_string()], "{provider}: one browser, one session");
        assert_eq!(app.refresh(first.refresh_token()).await.outcome(), unauthenticated(), "{provider}");
    }
}

/// Apple's form brings no cookie of the session, so the refresh token of the beginning proves it: also after one renewal
/// in another tab. After two it proves nothing, and the person finds the session in the list.
#[tokio::test(start_paused = true)]
async fn a_former_session_ends_at_apple_unless_it_was_renewed_twice_meanwhile() {
    for (renewals, left) in [(0, 1), (1, 1), (2, 2)] {
        let app = App::new(1).await;
        let mut other_tab = sign_in(&app, "apple", "alice").await;
        let mut browser = other_tab.browser().clone();
        let back = arrival(&app, &mut browser, "apple", "alice").await;
        for _ in 0..renewals {
            other_tab = renewed(&app, &other_tab).await;
        }
        browser.keep(&app.send(back.event(&browser)).await.expect(303));
        let listed = Person::of(browser).session_ids().await;
        assert_eq!(listed.len(), left, "{renewals} renewals");
        assert_eq!(listed.contains(&other_tab.session().to_string()), left == 2, "{renewals} renewals");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_was_used_ends_the_session_of_each_partner() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let person = sign_in(&app, provider, "alice").await;
        let next = app.refresh(person.refresh_token()).await.refresh_token();
        app.world().advance(Duration::from_secs(31));
        assert_eq!(app.refresh(person.refresh_token()).await.outcome(), unauthenticated(), "{provider}: used");
        assert_eq!(app.refresh(&next).await.outcome(), unauthenticated(), "{provider}: its successor");
    }
}

/// An ended session begins no link and removes no identity, although its access token is valid for minutes more.
#[tokio::test(start_paused = true)]
async fn an_ended_session_links_and_unlinks_nothing() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        link(&app, &person, "apple", "alice").await.expect(303);
        app.send(person.page_event("DELETE", "/v1/session")).await.expect(204);
        let before = app.world().snapshot();
        let path = format!("/v1/account/identities/{provider}");
        for method in ["POST", "DELETE"] {
            for event in [person.event(method, &path), person.page_event(method, &path)] {
                assert_eq!(app.send(event).await.outcome(), unauthenticated(), "{method} {provider}");
            }
        }
        app.world().assert_unchanged(&before);
    }
}

/// The person, after the browser has renewed the session by its cookies.
async fn renewed(app: &App, person: &Person) -> Person {
    let mut browser = person.browser().clone();
    browser.keep(&app.send(browser.renewal()).await.expect(200));
    Person::of(browser)
}

/// A stolen token of a session that began long ago must not become a lasting way into the account, nor take the
/// person's ways away. A refresh does not make the session recent, and a new sign-in does.
#[tokio::test(start_paused = true)]
async fn a_session_that_began_long_ago_links_and_unlinks_nothing() {
    for provider in ["apple", "facebook"] {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        link(&app, &person, provider, "alice").await.expect(303);
        app.world().advance(RECENT_SIGN_IN);
        let person = renewed(&app, &person).await;
        app.world().advance(Duration::from_secs(1));
        let before = app.world().snapshot();
        let sign_in_again = (403, "sign_in_again".to_owned());
        for target in PARTNERS {
            let path = format!("/v1/account/identities/{target}");
            for method in ["POST", "DELETE"] {
                for event in [person.event(method, &path), person.page_event(method, &path)] {
                    let answer = app.send(event.header("accept", "application/json")).await;
                    assert_eq!(answer.outcome(), sign_in_again, "{method} {target}");
                    assert!(answer.cookies().is_empty(), "{method} {target}: {answer:?}");
                }
            }
            let form = person.page_event("POST", &path).header("accept", "text/html,*/*;q=0.8");
            let answer = app.send(form).await.expect(303);
            assert_eq!(answer.header("location"), Some("/account?problem=sign_in_again"), "{target}");
            assert!(answer.cookies().is_empty(), "{target}: {answer:?}");
        }
        app.world().assert_unchanged(&before);
        let again = sign_in_with(&app, person.browser().clone(), provider, "alice").await;
        assert_eq!(again.account(), person.account(), "{provider}");
        again.ask("DELETE", &format!("/v1/account/identities/{provider}")).await.expect(200);
    }
}

/// The link was begun in time. Its attempt lasts ten minutes, and the session need not be recent at its end.
#[tokio::test(start_paused = true)]
async fn a_link_that_was_begun_in_time_ends_also_when_the_sign_in_is_not_recent_any_more() {
    for provider in ["apple", "facebook"] {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        app.world().advance(RECENT_SIGN_IN);
        let person = renewed(&app, &person).await;
        let mut browser = person.browser().clone();
        let page = begin_link(&app, &person, &mut browser, provider).await;
        app.world().advance(Duration::from_secs(60));
        let back = authorize(&app, provider, &page, "alice");
        app.send(back.event(&browser)).await.expect(303);
        assert!(identity(&app, &person, provider).is_some(), "{provider}");
    }
}

/// A stale session: it began the link, and has ended when the partner sends the browser back.
#[tokio::test(start_paused = true)]
async fn a_link_ends_with_the_session_that_began_it() {
    for provider in ["apple", "facebook"] {
        for (accept, status) in [("application/json", 401), ("text/html,*/*;q=0.8", 303)] {
            let app = App::new(1).await;
            let (person, other) = (sign_in(&app, "google", "alice").await, sign_in(&app, "google", "alice").await);
            let mut browser = person.browser().clone();
            let page = begin_link(&app, &person, &mut browser, provider).await;
            other.ask("DELETE", &format!("/v1/sessions/{}", person.session())).await.expect(204);
            let back = authorize(&app, provider, &page, "alice");
            let before = app.world().snapshot();
            let answer = app.send(back.event(&browser).header("accept", accept)).await.expect(status);
            if status == 303 {
                assert_eq!(answer.header("location"), Some("/account?problem=unauthenticated"), "{provider}");
            } else {
                assert_eq!(answer.outcome(), unauthenticated(), "{provider}");
            }
            assert!(answer.cookies().is_empty(), "{provider}: {answer:?}");
            app.world().assert_unchanged(&before);
            assert_eq!(leads_to(&app, provider, "alice"), None, "{provider}");
        }
    }
}

/// Each way in which a session ends.
#[derive(Debug, Clone, Copy)]
enum End {
    SignOut,
    ByAnotherSession,
    ByAPartner,
    ReusedToken,
}

impl End {
    const ALL: [Self; 4] = [Self::SignOut, Self::ByAnotherSession, Self::ByAPartner, Self::ReusedToken];

    /// Ends the session of a person. `other` is another session of the same person.
    async fn come(self, app: &App, person: &Person, other: &Person) {
        match self {
            Self::SignOut => drop(app.send(person.page_event("DELETE", "/v1/session")).await.expect(204)),
            Self::ByAnotherSession => drop(other.ask("DELETE", "/v1/sessions").await.expect(204)),
            Self::ByAPartner => {
                app.world().advance(Duration::from_secs(5));
                app.send(messages::google(app, "sessions-revoked", "alice")).await.expect(202);
            }
            Self::ReusedToken => {
                app.refresh(person.refresh_token()).await.expect(200);
                app.world().advance(Duration::from_secs(31));
                assert_eq!(app.refresh(person.refresh_token()).await.outcome(), unauthenticated());
            }
        }
    }
}

/// The browser has everything that a link needs, and its access token is valid for minutes more.
#[tokio::test(start_paused = true)]
async fn a_link_whose_session_has_ended_meanwhile_links_nothing() {
    for provider in ["apple", "facebook"] {
        for end in End::ALL {
            let app = App::new(1).await;
            let (person, other) = (sign_in(&app, "google", "alice").await, sign_in(&app, "google", "alice").await);
            let mut browser = person.browser().clone();
            let page = begin_link(&app, &person, &mut browser, provider).await;
            let back = authorize(&app, provider, &page, "alice");
            end.come(&app, &person, &other).await;
            let before = app.world().snapshot();
            let answer = app.send(back.event(&browser)).await;
            assert_eq!(answer.outcome(), unauthenticated(), "{provider}: {end:?}");
            assert!(answer.cookies().is_empty(), "{provider}: {end:?}: {answer:?}");
            app.world().assert_unchanged(&before);
            assert_eq!(leads_to(&app, provider, "alice"), None, "{provider}: {end:?}");
            assert!(identity(&app, &person, provider).is_none(), "{provider}: {end:?}");
        }
    }
}

/// On a shared computer somebody else has signed in meanwhile: the link must go to neither account.
#[tokio::test(start_paused = true)]
async fn a_link_does_not_go_to_the_person_who_signed_in_meanwhile() {
    for provider in ["apple", "facebook"] {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        let mut browser = person.browser().clone();
        let page = begin_link(&app, &person, &mut browser, provider).await;
        let next = arrival(&app, &mut browser, "google", "bob").await;
        browser.keep(&app.send(next.event(&browser)).await.expect(303));
        let bob = Person::of(browser.clone());
        let back = authorize(&app, provider, &page, "alice");
        let before = app.world().snapshot();
        assert_eq!(app.send(back.event(&browser)).await.outcome(), unauthenticated(), "{provider}");
        app.world().assert_unchanged(&before);
        assert!(identity(&app, &bob, provider).is_none() && identity(&app, &person, provider).is_none(), "{provider}");
    }
}

/// A token in the header acts without cookies. A wrong one is not replaced by the right cookie.
#[tokio::test(start_paused = true)]
async fn a_wrong_token_links_and_unlinks_nothing() {
    let app = App::new(1).await;
    let person = sign_in(&app, "google", "alice").await;
    let before = app.world().snapshot();
    for method in ["POST", "DELETE"] {
        let event: Event = person.page_event(method, "/v1/account/identities/google");
        let wrong = event.header("authorization", "Bearer wrong");
        assert_eq!(app.send(wrong).await.outcome(), unauthenticated(), "{method}");
    }
    app.world().assert_unchanged(&before);
}
