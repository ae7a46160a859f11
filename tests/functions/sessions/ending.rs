//! The routes that end sessions.

use testkit::{Fault, Faults};
use tests::{Answer, App, Person, unauthenticated};

async fn end(by: &Person, session: impl std::fmt::Display) -> Answer {
    by.ask("DELETE", &format!("/v1/sessions/{session}")).await
}

#[tokio::test(start_paused = true)]
async fn one_session_is_ended_and_the_others_continue() {
    let app = App::new(1).await;
    let (laptop, phone, tablet) = (app.sign_in("alice").await, app.sign_in("alice").await, app.sign_in("alice").await);
    let answer = end(&laptop, phone.session()).await.expect(204);
    assert!(answer.set_cookies().is_empty() && answer.header("clear-site-data").is_none(), "its own cookies stay");
    assert_eq!(app.refresh(phone.refresh_token()).await.outcome(), unauthenticated());
    app.refresh(tablet.refresh_token()).await.expect(200);
    assert_eq!(laptop.sessions().await.len(), 2);
    let before = app.world().snapshot();
    app.world().advance(std::time::Duration::from_secs(60));
    end(&laptop, phone.session()).await.expect(204);
    app.world().assert_unchanged(&before);
    app.sign_in("alice").await;
    assert_eq!(end(&laptop, phone.session()).await.outcome(), (404, "not_found".to_owned()), "its item is removed");
}

#[tokio::test(start_paused = true)]
async fn ending_the_own_session_signs_the_browser_out() {
    let app = App::new(1).await;
    let (laptop, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
    let event = laptop.page_event("DELETE", &format!("/v1/sessions/{}", laptop.session()));
    let answer = app.send(event).await.expect(204);
    answer.expect_signed_out();
    assert_eq!(end(&laptop, laptop.session()).await.outcome(), unauthenticated());
    assert_eq!(phone.sessions().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_session_of_another_account_or_of_nobody_is_not_found() {
    let app = App::new(1).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    let before = app.world().snapshot();
    let theirs = alice.session().to_string();
    for session in [
        theirs.as_str(),
        "0198c0de-0000-7000-8000-000000000000",
        &alice.account().to_string(),
        &theirs.to_uppercase(),
        &format!("{}%23", mallory.session()),
        "session",
        "..",
    ] {
        assert_eq!(end(&mallory, session).await.outcome(), (404, "not_found".to_owned()), "{session}");
    }
    app.world().assert_unchanged(&before);
    assert_eq!(alice.sessions().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_other_sessions_of_the_account_are_ended() {
    let app = App::new(1).await;
    let (laptop, phone, tablet) = (app.sign_in("alice").await, app.sign_in("alice").await, app.sign_in("alice").await);
    let bob = app.sign_in("bob").await;
    for _ in 0..2 {
        let answer = phone.ask("DELETE", "/v1/sessions").await.expect(204);
        assert!(answer.set_cookies().is_empty() && answer.header("clear-site-data").is_none());
        assert_eq!(phone.sessions().await.len(), 1);
    }
    for ended in [&laptop, &tablet] {
        assert_eq!(app.refresh(ended.refresh_token()).await.outcome(), unauthenticated());
        assert_eq!(
            ended.ask("DELETE", "/v1/sessions").await.outcome(),
            unauthenticated(),
            "an ended session ends no other"
        );
    }
    app.refresh(phone.refresh_token()).await.expect(200);
    app.refresh(bob.refresh_token()).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn an_ending_that_is_disturbed_can_be_repeated() {
    for path in ["/v1/sessions", "/v1/sessions/"] {
        for call in 1..=2 {
            for fault in [Fault::RequestLost, Fault::AnswerLost, Fault::ServerError] {
                let app = App::new(call).await;
                let (laptop, phone) = (app.sign_in("alice").await, app.sign_in("alice").await);
                let path = if path.ends_with('/') { format!("{path}{}", phone.session()) } else { path.to_owned() };
                app.world().inject(Faults::at(call, fault));
                let first = laptop.ask("DELETE", &path).await.status();
                assert!([204, 503].contains(&first), "{path}: {fault:?} at {call}: {first}");
                app.world().inject(Faults::none());
                laptop.ask("DELETE", &path).await.expect(204);
                assert_eq!(laptop.sessions().await.len(), 1, "{path}: {fault:?} at {call}");
            }
        }
    }
}
