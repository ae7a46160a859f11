//! Signing in: the first sign-in makes the complete account or no item, once, and only for its person.

use std::collections::BTreeSet;
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, Died, Fault, Faults, GoogleProfile, TRANSIENT_TABLE, Tampering};
use tests::{Answer, App, Event, Person};

/// The sort keys of all items, without the part after `#`.
fn kinds(app: &App) -> Vec<String> {
    let items = [ACCOUNTS_TABLE, CREDITS_TABLE].into_iter().flat_map(|table| app.world().items(table));
    items.map(|item| item["sk"].as_str().unwrap().split('#').next().unwrap().to_owned()).collect()
}

/// The items of a new account, in the order of the tables.
const BORN: [&str; 7] = ["identity", "profile", "session", "signin", "account", "balance", "entry"];

#[tokio::test(start_paused = true)]
async fn a_first_sign_in_makes_the_whole_account_in_one_transaction() {
    let app = App::new(1).await;
    let mut browser = app.browser();
    let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
    let (answer, counts) = app.world().counted(browser.arrive(&callback)).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.header("location"), Some("/gallery"), "back to where the sign-in was begun");
    assert_eq!(counts.of("dynamodb.TransactWriteItems"), 1, "{counts}");
    assert_eq!(
        (counts.aws_total(), counts.vendors_total()),
        (6, 2),
        "counter, attempt, three looks and the transaction: {counts}"
    );
    assert_eq!(kinds(&app), BORN);
    for cookie in answer.set_cookies() {
        for flag in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
            assert!(cookie.starts_with("__Host-") && cookie.contains(flag), "{cookie} needs {flag}");
        }
    }
    let person = Person::of(browser);
    assert_eq!(app.balance(person.account()).lots[0].remaining.0, 50);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_dies_leaves_a_whole_account_or_none() {
    let mut outcomes = BTreeSet::new();
    for call in 1.. {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let app = App::new(call).await;
            let mut browser = app.browser();
            let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
            app.world().inject(Faults::at(call, fault));
            let arrived = app.world().run(browser.arrive(&callback)).await;
            if arrived.is_ok() {
                assert_eq!(outcomes, BTreeSet::from([0, BORN.len()]), "both must have been seen");
                return;
            }
            assert_eq!(arrived.unwrap_err(), Died);
            let stored = kinds(&app);
            assert!(stored.is_empty() || stored == BORN, "call {call}, {fault:?}: {stored:?}");
            outcomes.insert(stored.len());
            app.world().inject(Faults::none());
            let person = app.sign_in("alice").await;
            assert_eq!(app.accounts(), [person.account()], "the next sign-in must find the account or make it");
            assert_eq!(app.balance(person.account()).lots[0].remaining.0, 50, "one welcome for one person");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_any_fault_of_any_call_the_next_sign_in_finds_one_account_with_one_welcome() {
    for fault in [Fault::ServerError, Fault::RequestLost, Fault::AnswerLost, Fault::Throttled, Fault::DieAfter] {
        for call in 1.. {
            let app = App::new(call).await;
            let mut browser = app.browser();
            let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
            let (begun, faults) = (app.world().count(), Faults::at(call, fault));
            app.world().inject(faults);
            let arrived = app.world().run(browser.arrive(&callback)).await;
            app.world().inject(Faults::none());
            let calls = app.world().count().aws_total() + app.world().count().vendors_total();
            // Keys that did not come are not fetched again for ten seconds.
            app.world().advance(Duration::from_secs(10));
            if arrived.is_ok_and(|answer| answer.status() != 303) {
                // The attempt is used up, or was never reached. Either way it signs nobody in twice.
                let again = app.send(browser.callback(&callback)).await;
                assert!(matches!(again.status(), 303 | 400), "call {call}, {fault:?}: {again:?}");
            }
            let person = app.sign_in("alice").await;
            assert_eq!(app.accounts(), [person.account()], "call {call}, {fault:?}");
            assert_eq!(app.balance(person.account()).lots[0].remaining.0, 50, "call {call}, {fault:?}");
            let welcomes = app.world().items(TRANSIENT_TABLE).into_iter().find(|item| item["sk"] == "welcomes");
            assert_eq!(welcomes.unwrap()["count"], 1, "call {call}, {fault:?}: one person counts once");
            app.check_invariants().none();
            if call > calls - begun.aws_total() - begun.vendors_total() {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_survives_a_disturbed_transaction() {
    for fault in
        [Fault::AnswerLost, Fault::RequestLost, Fault::ServerError, Fault::Throttled, Fault::TransactionConflict]
    {
        let app = App::new(1).await;
        app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        let person = app.sign_in("alice").await;
        assert_eq!(app.accounts(), [person.account()], "{fault:?}");
        person.get("/v1/account").await.expect(200);
        assert_eq!(app.balance(person.account()).version, 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_sign_in_finds_the_account_and_updates_it() {
    let app = App::new(1).await;
    let first = app.sign_in("alice").await;
    app.world().advance(Duration::from_secs(3600));
    let profile = GoogleProfile { email: "new@example.com".to_owned(), name: None, ..GoogleProfile::new("alice") };
    let second = app.browser().sign_in(&profile).await;
    assert_eq!(second.account(), first.account());
    assert_ne!(second.session(), first.session(), "each browser has a session of its own");
    assert_eq!(app.balance(first.account()).version, 1, "the person must not get a second welcome lot");
    let account = second.get("/v1/account").await.expect(200).json();
    assert_eq!(account["email"], "new@example.com");
    assert_eq!(account["name"], "Person alice", "fields that the partner omits must stay");
}

#[tokio::test(start_paused = true)]
async fn two_first_sign_ins_at_once_make_one_account() {
    for seed in 0..20 {
        let app = App::new(seed).await;
        let (mut one, mut two) = (app.browser(), app.browser());
        let profile = GoogleProfile::new("alice");
        let callbacks = (one.sign_in_at_google(&profile).await, two.sign_in_at_google(&profile).await);
        let answers = futures_util::future::join(one.arrive(&callbacks.0), two.arrive(&callbacks.1)).await;
        assert_eq!((answers.0.status(), answers.1.status()), (303, 303), "seed {seed}");
        let (one, two) = (Person::of(one), Person::of(two));
        assert_eq!(app.accounts(), [one.account()], "seed {seed}");
        assert_eq!(one.account(), two.account(), "seed {seed}");
        one.get("/v1/account").await.expect(200);
        two.get("/v1/account").await.expect(200);
        assert_eq!(app.balance(one.account()).version, 1, "seed {seed}: one welcome");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tampered_id_token_signs_nobody_in() {
    for tampering in Tampering::ALL {
        let app = App::new(1).await;
        app.sign_in("alice").await;
        let before = app.world().snapshot();
        for accept in ["application/json", "text/html"] {
            let mut browser = app.browser();
            let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
            app.google().tamper(tampering);
            let answer = app.send(browser.callback(&callback).header("accept", accept)).await;
            app.google().tamper(None);
            match accept {
                "text/html" => {
                    let seen = (answer.status(), answer.header("location"));
                    // A fresh token that has expired shows that Google's clock and ours differ.
                    let reason = if tampering == Tampering::Expired { "&reason=clock" } else { "" };
                    let page = format!("/?problem=sign_in_failed{reason}");
                    assert_eq!(seen, (303, Some(page.as_str())), "{tampering:?}");
                }
                _ => assert_eq!(answer.outcome(), (400, "sign_in_failed".to_owned()), "{tampering:?}"),
            }
            let cookies = answer.cookies();
            assert!(!cookies.keys().any(|name| name == "__Host-session"), "{tampering:?}: no session: {cookies:?}");
        }
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_callback_in_another_browser_signs_nobody_in() {
    let app = App::new(1).await;
    let mut mallory = app.browser();
    let callback = mallory.sign_in_at_google(&GoogleProfile::new("mallory")).await;
    let (mut victim, stranger) = (app.browser(), app.browser());
    let before = app.world().snapshot();
    let asked = app.world().count();
    victim.begin().await;
    for (what, event) in [
        ("without an attempt", stranger.callback(&callback)),
        ("with an attempt of its own", victim.callback(&callback)),
        ("without a state", mallory.callback(&callback).raw_query("code=4%2Fx")),
        ("with an empty state", mallory.callback(&callback).raw_query("state=&code=4%2Fx")),
        ("with half of the state", mallory.callback(&half_of_the_state(&callback))),
    ] {
        let answer = app.send(event).await;
        assert_eq!(answer.outcome(), (400, "sign_in_failed".to_owned()), "{what}");
    }
    assert_eq!(app.world().count().vendors_total(), asked.vendors_total(), "the partner need not be asked");
    app.world().assert_unchanged(&before);
}

fn half_of_the_state(callback: &str) -> String {
    let (start, rest) = callback.split_once("state=").unwrap();
    let (state, rest) = rest.split_once('&').unwrap();
    format!("{start}state={}&{rest}", &state[..state.len() - 4])
}

#[tokio::test(start_paused = true)]
async fn a_callback_cannot_be_used_twice() {
    let app = App::new(1).await;
    let mut browser = app.browser();
    let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
    let recorded = browser.callback(&callback);
    assert_eq!(browser.arrive(&callback).await.status(), 303);
    let before = app.world().snapshot();
    assert_eq!(browser.arrive(&callback).await.outcome().0, 400, "the attempt's cookie must be deleted");
    assert_eq!(app.send(recorded).await.outcome().0, 400, "and its code is spent");
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_takes_too_long_or_is_refused_ends() {
    let app = App::new(1).await;
    let mut browser = app.browser();
    let page = browser.begin().await;
    let refusal = app.google().refuse(&page);
    assert_eq!(app.send(browser.callback(&refusal)).await.outcome(), (400, "sign_in_failed".to_owned()));
    let callback = app.google().sign_in(&page, &GoogleProfile::new("alice"));
    app.world().advance(Duration::from_secs(601));
    assert_eq!(app.send(browser.callback(&callback)).await.outcome(), (400, "sign_in_failed".to_owned()));
    assert!(kinds(&app).is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let app = App::new(1).await;
    for to in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\tx"] {
        let begun = app.send(Event::recorded("login").query(&[("return_to", to)])).await.expect(303);
        let mut browser = app.browser();
        browser.keep(&begun);
        let callback = app.google().sign_in(begun.header("location").unwrap(), &GoogleProfile::new("alice"));
        let answer = browser.arrive(&callback).await;
        assert_eq!((answer.status(), answer.header("location")), (303, Some("/")), "{to:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn people_can_sign_in_after_the_partner_changed_its_key() {
    let app = App::new(1).await;
    app.sign_in("alice").await;
    app.google().rotate_key();
    app.world().advance(Duration::from_secs(3600));
    app.sign_in("alice").await;
    assert_eq!(app.accounts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_partner_is_answered_as_unavailable() {
    for (name, fault) in [
        ("http.POST oauth2.google.test/token", Fault::ServerError),
        ("http.POST oauth2.google.test/token", Fault::AnswerLost),
        ("http.GET www.google.test/oauth2/v3/certs", Fault::Refused),
    ] {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
        app.world().inject(Faults::every(name, fault));
        let answer = browser.arrive(&callback).await;
        assert_eq!(answer.outcome(), (503, "unavailable".to_owned()), "{name}: {fault:?}");
        assert!(answer.header("retry-after").is_some(), "{name}: {fault:?}");
        assert!(kinds(&app).is_empty(), "{name}: {fault:?}");
    }
}

/// A sign-in is opened in a browser, and by no script of our page. So a person reads every answer.
#[tokio::test(start_paused = true)]
async fn a_person_whose_sign_in_fails_reads_a_page() {
    let html_of = |answer: &Answer| {
        let html = String::from_utf8(answer.body().to_vec()).unwrap();
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{html}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(
            html.contains("You are not signed in") && html.contains("<a href=\"/\">Go to Cinemaxsai</a>"),
            "{html}"
        );
        html
    };
    for fault in ["http.POST oauth2.google.test/token", "dynamodb."] {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
        app.world().inject(Faults::every(fault, Fault::ServerError));
        let failed = app.send(browser.callback(&callback).header("accept", "text/html")).await.expect(503);
        assert!(html_of(&failed).contains("Try again later."), "{fault}");
        assert!(failed.header("retry-after").is_some() && failed.cookies().is_empty(), "{fault}: {failed:?}");
    }
    let app = App::new(2).await;
    let wrong = |function: &str| Event::recorded(function).path("provider", "github").header("accept", "text/html");
    for event in [wrong("login"), wrong("login-callback").raw_query("state=a.b&code=c").cookies(&[])] {
        assert!(html_of(&app.send(event).await.expect(404)).contains("There is no sign-in at this address."));
    }
    html_of(&app.send(Event::recorded("login").header("sec-purpose", "prefetch")).await.expect(403));
    app.world().inject(Faults::every("dynamodb.", Fault::ServerError));
    let failed = app.send(Event::recorded("login")).await.expect(503);
    assert!(html_of(&failed).contains("Try again later.") && failed.header("retry-after").is_some());
    let program = app.send(Event::recorded("login").header("accept", "*/*")).await;
    assert_eq!(program.outcome(), (503, "unavailable".to_owned()));
}
