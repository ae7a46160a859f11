//! The bounds of sessions: how many an account has, how long one lasts, and one in each browser.

use futures_util::future::join_all;
use kernel::limits::SESSIONS_MAX;
use std::time::Duration;
use testkit::{Fault, Faults, GoogleProfile};
use tests::{App, Browser, DAY, Person, prompt, slow, unauthenticated};

/// Signs in again in this browser, as this person.
async fn sign_in_again(browser: &Browser, name: &str) -> Person {
    browser.clone().sign_in(&GoogleProfile::new(name)).await
}

#[tokio::test(start_paused = true)]
async fn one_session_too_many_ends_the_one_that_was_used_longest_ago() {
    let app = App::new(1).await;
    let mut people = Vec::new();
    for _ in 0..SESSIONS_MAX {
        people.push(app.sign_in("alice").await);
        app.world().advance(Duration::from_secs(60));
    }
    people[0].renew().await;
    let last = app.sign_in("alice").await;
    let listed = last.session_ids().await;
    assert_eq!(listed.len(), SESSIONS_MAX);
    assert!(listed.contains(&people[0].session().to_string()), "it was used a moment ago");
    assert_eq!(app.refresh(people[1].refresh_token()).await.outcome(), unauthenticated());
    app.refresh(people[2].refresh_token()).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn the_session_that_had_to_go_spends_nothing() {
    let app = App::new(1).await;
    let first = app.sign_in("alice").await;
    for _ in 0..SESSIONS_MAX {
        app.world().advance(Duration::from_secs(1));
        app.sign_in("alice").await;
    }
    assert_eq!(first.generate(&prompt("a boat")).await.outcome(), unauthenticated());
}

#[tokio::test(start_paused = true)]
async fn sign_ins_at_once_leave_no_more_than_the_limit() {
    for seed in 0..5 {
        let app = App::new(seed).await;
        for _ in 0..SESSIONS_MAX {
            app.sign_in("alice").await;
        }
        app.world().advance(Duration::from_secs(1));
        let mut browsers: Vec<_> = (0..4).map(|_| app.browser()).collect();
        let mut callbacks = Vec::new();
        for browser in &mut browsers {
            callbacks.push(browser.sign_in_at_google(&GoogleProfile::new("alice")).await);
        }
        app.world().inject(slow(0.0, 1..21));
        let arriving = browsers.iter_mut().zip(&callbacks).map(|(browser, callback)| browser.arrive(callback));
        let answers = join_all(arriving).await;
        app.world().inject(Faults::none());
        assert!(answers.iter().all(|answer| answer.status() == 303), "seed {seed}: {answers:?}");
        let people: Vec<_> = browsers.into_iter().map(Person::of).collect();
        let listed = people[0].session_ids().await;
        assert_eq!(listed.len(), SESSIONS_MAX, "seed {seed}");
        assert!(people.iter().all(|person| listed.contains(&person.session().to_string())), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn signing_in_again_in_the_same_browser_ends_the_session_it_had() {
    let app = App::new(1).await;
    let (first, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
    // The access token has expired, and the refresh token has not.
    app.world().advance(Duration::from_secs(11 * 60));
    let again = sign_in_again(first.browser(), "alice").await;
    assert_eq!(again.account(), first.account());
    assert_eq!(app.refresh(first.refresh_token()).await.outcome(), unauthenticated());
    let mut left = [again.session().to_string(), phone.session().to_string()];
    left.sort();
    let mut listed = again.session_ids().await;
    listed.sort();
    assert_eq!(listed, left);
    let mut browser = again.browser().clone();
    for _ in 0..30 {
        browser = sign_in_again(&browser, "alice").await.browser().clone();
    }
    assert_eq!(Person::of(browser).sessions().await.len(), 2, "one browser has one session");
}

#[tokio::test(start_paused = true)]
async fn signing_in_again_after_a_lost_refresh_ends_the_session_too() {
    let app = App::new(1).await;
    let first = app.sign_in("alice").await;
    // The browser did not get the answer, so it still has the token before.
    let lost = app.refresh(first.refresh_token()).await.refresh_token();
    sign_in_again(first.browser(), "alice").await;
    assert_eq!(app.refresh(&lost).await.outcome(), unauthenticated());
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_ends_only_a_session_that_its_browser_proves() {
    let app = App::new(1).await;
    let (alice, bob) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let other = app.sign_in("alice").await;
    let secret = |person: &Person| person.refresh_token().rsplit('.').next().unwrap().to_owned();
    let token = |account, session, secret: &str| format!("{account}.{session}.{secret}");
    for (what, token) in [
        ("another account's session and another secret", token(bob.account(), bob.session(), &secret(&alice))),
        ("another session's secret", token(alice.account(), alice.session(), &secret(&other))),
        ("another account with our session", token(bob.account(), alice.session(), &secret(&alice))),
        ("no token", "x".to_owned()),
    ] {
        let mut browser = app.browser();
        let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
        let mut cookies = browser.jar();
        cookies.push(format!("__Host-refresh={token}"));
        app.send(browser.callback(&callback).cookies(&cookies)).await.expect(303);
        app.send(alice.event("POST", "/v1/uploads")).await.expect(201);
        for person in [&bob, &other] {
            assert!(person.session_ids().await.contains(&person.session().to_string()), "{what}");
        }
        app.world().advance(Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn signing_in_as_another_person_ends_the_session_that_the_browser_had() {
    let app = App::new(1).await;
    let (alice, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
    app.sign_in("bob").await;
    app.world().advance(Duration::from_secs(11 * 60));
    // Bob has an account, and Carol gets one.
    let mut browser = alice.browser().clone();
    for name in ["bob", "carol"] {
        let former = Person::of(browser.clone());
        let person = sign_in_again(&browser, name).await;
        assert_ne!(person.account(), former.account());
        assert_eq!(app.refresh(former.refresh_token()).await.outcome(), unauthenticated(), "{name}");
        person.get("/v1/account").await.expect(200);
        browser = person.browser().clone();
    }
    app.refresh(phone.refresh_token()).await.expect(200);
    assert_eq!(app.sign_in("bob").await.sessions().await.len(), 2, "his first browser, and this one");
    app.check_invariants().none();
}

/// The former session ends after the transaction of the sign-in. If that fails, the browser still has its
/// old cookies, and the next sign-in ends the session.
#[tokio::test(start_paused = true)]
async fn the_end_of_another_accounts_session_heals_after_each_fault() {
    for fault in [Fault::ServerError, Fault::RequestLost, Fault::AnswerLost, Fault::DieBefore, Fault::DieAfter] {
        let app = App::new(2).await;
        let alice = app.sign_in("alice").await;
        let bob = app.sign_in("bob").await;
        let mut browser = alice.browser().clone();
        let callback = browser.sign_in_at_google(&GoogleProfile::new("bob")).await;
        app.world().inject(Faults::every("dynamodb.DeleteItem", fault));
        if let Ok(answer) = app.world().run(browser.arrive(&callback)).await {
            assert_eq!(answer.outcome(), (503, "unavailable".to_owned()), "{fault:?}");
        }
        app.world().inject(Faults::none());
        let again = sign_in_again(&browser, "bob").await;
        assert_eq!(again.account(), bob.account(), "{fault:?}");
        assert_eq!(app.refresh(alice.refresh_token()).await.outcome(), unauthenticated(), "{fault:?}");
        app.refresh(bob.refresh_token()).await.expect(200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_lasts_at_most_180_days_and_its_cookie_no_longer() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let mut browser = person.browser().clone();
    let mut lifetimes = Vec::new();
    for days in [29, 29, 29, 29, 29, 29, 5] {
        app.world().advance(days * DAY);
        let answer = app.send(browser.renewal()).await.expect(200);
        let cookie = answer.set_cookies().into_iter().find(|cookie| cookie.starts_with("__Host-refresh=")).unwrap();
        let (_, lifetime) = cookie.split_once("Max-Age=").unwrap();
        lifetimes.push(Duration::from_secs(lifetime.split(';').next().unwrap().parse().unwrap()));
        browser.keep(&answer);
    }
    assert_eq!(lifetimes, [30 * DAY, 30 * DAY, 30 * DAY, 30 * DAY, 30 * DAY, 6 * DAY, DAY]);
    let token = Person::of(browser.clone()).refresh_token().to_owned();
    app.world().advance(DAY);
    assert_eq!(app.refresh(&token).await.outcome(), unauthenticated(), "180 days after the sign-in");
}
