//! Attacks on the attempt: `state`, cookie, code, PKCE, and the way back.

use crate::partners::{PARTNERS, arrival, authorize, begin, begin_for, cancel, sign_in};
use std::time::Duration;
use tests::{Answer, App, Event};

/// Checks that the answer signs nobody in.
pub(super) fn refused(what: &str, answer: &Answer) {
    assert_eq!(answer.outcome(), (400, "sign_in_failed".to_owned()), "{what}: {answer:?}");
    let cookies = answer.cookies();
    assert!(!cookies.contains_key("__Host-session") && !cookies.contains_key("__Host-refresh"), "{what}: {cookies:?}");
}

#[tokio::test(start_paused = true)]
async fn a_callback_without_a_state_signs_nobody_in() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, provider, "alice").await;
        let before = app.world().snapshot();
        let half = back.get("state")[..20].to_owned();
        for (what, changed) in [
            ("no state", back.clone().without("state")),
            ("an empty state", back.clone().with("state", "")),
            ("half of the state", back.clone().with("state", &half)),
        ] {
            let (answer, counts) = app.world().counted(app.send(changed.event(&browser))).await;
            refused(&format!("{provider}: {what}"), &answer);
            assert_eq!((counts.aws_total(), counts.vendors_total()), (0, 0), "{provider}: {what}: {counts}");
        }
        app.world().assert_unchanged(&before);
        app.send(back.event(&browser)).await.expect(303);
    }
}

/// Login CSRF: the victim would use the account of the attacker without noticing.
#[tokio::test(start_paused = true)]
async fn the_callback_of_an_attacker_signs_no_victim_in() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let (mut mallory, mut victim, stranger) = (app.browser(), app.browser(), app.browser());
        let back = arrival(&app, &mut mallory, provider, "mallory").await;
        let before = app.world().snapshot();
        begin(&app, &mut victim, provider).await;
        for (what, browser) in [("without an attempt", &stranger), ("with an attempt of its own", &victim)] {
            refused(&format!("{provider}: {what}"), &app.send(back.event(browser)).await);
        }
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_is_used_once() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, provider).await;
        let (first, second) = (authorize(&app, provider, &page, "alice"), authorize(&app, provider, &page, "alice"));
        app.send(first.event(&browser)).await.expect(303);
        let before = app.world().snapshot();
        // The browser of an attacker keeps the attempt's cookie, and has another code for it.
        refused(provider, &app.send(first.event(&browser)).await);
        refused(provider, &app.send(second.event(&browser)).await);
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_after_ten_minutes() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, provider).await;
        let before = app.world().snapshot();
        app.world().advance(Duration::from_secs(601));
        let back = authorize(&app, provider, &page, "alice");
        refused(provider, &app.send(back.event(&browser)).await);
        app.world().assert_unchanged(&before);
    }
}

/// Mix-up: an answer of one partner is taken to the callback of another.
#[tokio::test(start_paused = true)]
async fn an_attempt_at_one_partner_does_not_end_at_another() {
    for provider in PARTNERS {
        for other in PARTNERS.into_iter().filter(|other| *other != provider) {
            let app = App::new(1).await;
            let mut browser = app.browser();
            let back = arrival(&app, &mut browser, provider, "alice").await;
            let before = app.world().snapshot();
            let asked = app.world().count().vendors_total();
            refused(&format!("{provider} to {other}"), &app.send(back.clone().taken_to(other).event(&browser)).await);
            assert_eq!(app.world().count().vendors_total(), asked, "{provider} to {other}: no partner is asked");
            app.world().assert_unchanged(&before);
            app.send(back.event(&browser)).await.expect(303);
        }
    }
}

/// Mix-up of codes: the attempt is right, and the code is one of another partner.
#[tokio::test(start_paused = true)]
async fn a_code_of_one_partner_is_worth_nothing_at_another() {
    for provider in PARTNERS {
        for other in PARTNERS.into_iter().filter(|other| *other != provider) {
            let app = App::new(1).await;
            let (mut browser, mut elsewhere) = (app.browser(), app.browser());
            let back = arrival(&app, &mut browser, provider, "alice").await;
            let code = arrival(&app, &mut elsewhere, other, "mallory").await.get("code").to_owned();
            let before = app.world().snapshot();
            let answer = app.send(back.with("code", &code).event(&browser)).await;
            refused(&format!("a code of {other} at {provider}"), &answer);
            app.world().assert_unchanged(&before);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_was_exchanged_signs_nobody_in() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, provider, "alice").await;
        let code = back.get("code").to_owned();
        app.send(back.event(&browser)).await.expect(303);
        let mut again = app.browser();
        let fresh = arrival(&app, &mut again, provider, "alice").await;
        let before = app.world().snapshot();
        refused(provider, &app.send(fresh.with("code", &code).event(&again)).await);
        app.world().assert_unchanged(&before);
    }
}

/// Code injection: the attacker has the victim's code, and puts it into an attempt of their own. PKCE binds the code
/// to the victim's attempt.
#[tokio::test(start_paused = true)]
async fn a_stolen_code_does_not_fit_into_another_attempt() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let (mut victim, mut mallory) = (app.browser(), app.browser());
        let stolen = arrival(&app, &mut victim, provider, "alice").await.get("code").to_owned();
        let own = arrival(&app, &mut mallory, provider, "mallory").await;
        let before = app.world().snapshot();
        refused(provider, &app.send(own.with("code", &stolen).event(&mallory)).await);
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_nobody_issued_signs_nobody_in() {
    for provider in PARTNERS {
        for code in ["", "x", &"x".repeat(5_000), "\u{1}\u{2}", "../../token?code=x"] {
            let app = App::new(1).await;
            let mut browser = app.browser();
            let back = arrival(&app, &mut browser, provider, "alice").await;
            let before = app.world().snapshot();
            refused(&format!("{provider}: {code:.20}"), &app.send(back.with("code", code).event(&browser)).await);
            app.world().assert_unchanged(&before);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_sent_to_another_site_by_any_partner() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        for to in
            ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\tx", "/a//b"]
        {
            let mut browser = app.browser();
            let page = begin_for(&app, &mut browser, provider, to).await;
            let back = authorize(&app, provider, &page, "alice");
            let answer = app.send(back.event(&browser)).await.expect(303);
            assert_eq!(answer.header("location"), Some("/"), "{provider}: {to:?}");
        }
        let mut browser = app.browser();
        let page = begin_for(&app, &mut browser, provider, "/gallery?page=2").await;
        let back = authorize(&app, provider, &page, "alice");
        let answer = app.send(back.event(&browser)).await.expect(303);
        assert_eq!(answer.header("location"), Some("/gallery?page=2"), "{provider}");
    }
}

/// A person who leaves the partner's page is told so calmly. The attempt is used up.
#[tokio::test(start_paused = true)]
async fn leaving_the_partners_page_signs_nobody_in_and_uses_the_attempt_up() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        sign_in(&app, provider, "alice").await;
        let before = app.world().snapshot();
        let asked = app.world().count().vendors_total();
        for (accept, status) in [("application/json", 400), ("text/html,*/*;q=0.8", 303)] {
            let mut browser = app.browser();
            let page = begin(&app, &mut browser, provider).await;
            let left = cancel(&app, provider, &page);
            let answer = app.send(left.event(&browser).header("accept", accept)).await.expect(status);
            if status == 303 {
                assert_eq!(answer.header("location"), Some("/?problem=sign_in_canceled"), "{provider}");
            } else {
                assert_eq!(answer.json()["detail"], "You left the sign-in. You can start again.", "{provider}");
            }
            assert!(answer.cookies().is_empty(), "{provider}: {answer:?}");
            assert_eq!(app.world().count().vendors_total(), asked, "{provider}: the partner is not asked");
            let late = authorize(&app, provider, &page, "alice");
            refused(provider, &app.send(late.event(&browser)).await);
        }
        // An error with a code is an error.
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, provider, "alice").await.with("error", "server_error");
        refused(provider, &app.send(back.event(&browser)).await);
        app.world().assert_unchanged(&before);
    }
}

/// The attempt's cookie is sealed: no page and no person can make one.
#[tokio::test(start_paused = true)]
async fn a_forged_attempt_signs_nobody_in() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, provider, "alice").await;
        let before = app.world().snapshot();
        let cookie = browser.jar().remove(0);
        let (name, value) = cookie.split_once('=').unwrap();
        let open = r#"{"provider":"google","state":"a.b","nonce":"n","verifier":"v","return_to":"/","started_at":"2027-01-15T08:00:00Z"}"#;
        let swapped: String = value.chars().rev().collect();
        for forged in [String::new(), open.to_owned(), swapped, value[..value.len() - 1].to_owned()] {
            let event = back.event(&browser).cookies(&[format!("{name}={forged}")]);
            refused(provider, &app.send(event).await);
        }
        app.world().assert_unchanged(&before);
        app.send(back.event(&browser)).await.expect(303);
    }
}

/// Only the cookie of an attempt at Apple is sent with requests of other sites.
#[tokio::test(start_paused = true)]
async fn no_cookie_but_apples_attempt_goes_across_sites() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let begun = app.send(Event::recorded("login").path("provider", provider)).await.expect(303);
        let expected = if provider == "apple" { "; SameSite=None" } else { "; SameSite=Lax" };
        let [attempt] = begun.set_cookies()[..] else { panic!("{provider}: one cookie: {begun:?}") };
        for part in [expected, "; Secure", "; HttpOnly", "; Path=/", "; Max-Age=600"] {
            assert!(attempt.starts_with("__Host-sign-in-") && attempt.contains(part), "{provider}: {attempt}");
        }
        browser.keep(&begun);
        let back = authorize(&app, provider, begun.header("location").unwrap(), "alice");
        let answer = app.send(back.event(&browser)).await.expect(303);
        assert_eq!(answer.set_cookies().len(), 3, "{provider}: both tokens, and the end of the attempt");
        for cookie in answer.set_cookies() {
            assert!(cookie.contains("; SameSite=Lax"), "{provider}: {cookie}");
        }
    }
}
