//! Attacks on what a partner says about the person: tokens of other clients, other attempts and other people, and
//! Apple's unverified form.

use crate::partners::{PARTNERS, apple, arrival, authorize, begin, identity, leads_to, sign_in, subject};
use local::fakes::{
    AppleProfile,
    apple::{AppleFlags, AppleIdTokenMode},
    facebook::FacebookTokenMode,
};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, Tampering};
use tests::{App, Person};
use tokio::time::Instant;

/// Sends the callback of an attempt at a partner. Nobody may be signed in, and nothing stored.
async fn signs_nobody_in(app: &App, what: &str, provider: &str) {
    let before = app.world().snapshot();
    let mut browser = app.browser();
    let back = arrival(app, &mut browser, provider, "alice").await;
    let answer = app.send(back.event(&browser)).await;
    assert_eq!(answer.outcome(), (400, "sign_in_failed".to_owned()), "{provider}: {what}: {answer:?}");
    assert!(answer.cookies().is_empty(), "{provider}: {what}: {answer:?}");
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_token_for_another_client_signs_nobody_in() {
    let app = App::new(1).await;
    app.google().tamper(Tampering::Audience);
    signs_nobody_in(&app, "an ID token for another client", "google").await;
    app.apple().knobs(|knobs| knobs.id_token = AppleIdTokenMode::Audience);
    signs_nobody_in(&app, "an ID token for another client", "apple").await;
    app.facebook().knobs(|knobs| knobs.token = FacebookTokenMode::OtherApp);
    signs_nobody_in(&app, "an access token of another app", "facebook").await;
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_attempt_signs_nobody_in() {
    let app = App::new(1).await;
    for tampering in [Tampering::Nonce, Tampering::NoNonce] {
        app.google().tamper(tampering);
        signs_nobody_in(&app, &format!("{tampering:?}"), "google").await;
    }
    for mode in [AppleIdTokenMode::Nonce, AppleIdTokenMode::NoNonce] {
        app.apple().knobs(|knobs| knobs.id_token = mode);
        signs_nobody_in(&app, &format!("{mode:?}"), "apple").await;
    }
}

/// The page of the partner was opened with another nonce, so its token has that one.
#[tokio::test(start_paused = true)]
async fn a_nonce_that_was_changed_on_the_way_signs_nobody_in() {
    for provider in ["google", "apple"] {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, provider).await;
        let nonce = page.split("nonce=").nth(1).unwrap().split('&').next().unwrap();
        let other: String = nonce.chars().rev().collect();
        let back = authorize(&app, provider, &page.replace(nonce, &other), "alice");
        let before = app.world().snapshot();
        let answer = app.send(back.event(&browser)).await;
        assert_eq!(answer.outcome(), (400, "sign_in_failed".to_owned()), "{provider}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_of_apple_or_facebook_signs_nobody_in() {
    let app = App::new(1).await;
    for mode in AppleIdTokenMode::WRONG {
        app.apple().knobs(|knobs| knobs.id_token = mode);
        signs_nobody_in(&app, &format!("{mode:?}"), "apple").await;
    }
    for mode in FacebookTokenMode::WRONG {
        app.facebook().knobs(|knobs| knobs.token = mode);
        signs_nobody_in(&app, &format!("{mode:?}"), "facebook").await;
    }
}

/// The name and the address of a person, as `GET /v1/account` answers them.
async fn profile(person: &Person) -> (Value, Value) {
    let account = person.get("/v1/account").await.expect(200).json();
    (account["name"].clone(), account["email"].clone())
}

/// Apple's form passes through the browser, so its person can write anything into it.
#[tokio::test(start_paused = true)]
async fn an_address_in_apples_form_is_not_believed() {
    let app = App::new(1).await;
    let victim = sign_in(&app, "google", "alice").await;
    let mut browser = app.browser();
    let back = arrival(&app, &mut browser, "apple", "mallory").await;
    let forged = json!({
        "name": { "firstName": "Mal", "lastName": "Lory" }, "email": "alice@example.com", "email_verified": true,
        "sub": subject(&app, "apple", "alice"), "account": victim.account(), "is_private_email": false,
    });
    browser.keep(&app.send(back.with("user", &forged.to_string()).event(&browser)).await.expect(303));
    let mallory = Person::of(browser);
    assert_ne!(mallory.account(), victim.account(), "an address leads to no account");
    assert_eq!(profile(&mallory).await, (json!("Mal Lory"), json!("mallory@example.com")));
    let stored: Vec<_> = app
        .world()
        .items(ACCOUNTS_TABLE)
        .into_iter()
        .filter(|item| item["pk"] == mallory.account().to_string())
        .collect();
    assert!(!json!(stored).to_string().contains("alice@example.com"), "a foreign address is not stored: {stored:?}");
    assert_eq!(leads_to(&app, "apple", "alice"), None, "a foreign subject is not stored");
}

#[tokio::test(start_paused = true)]
async fn a_form_of_apple_that_cannot_be_read_is_a_person_without_a_name() {
    let long = format!(r#"{{"name":{{"firstName":"{}"}}}}"#, "x".repeat(10_000));
    for user in [
        "",
        "{",
        "[]",
        "null",
        "7",
        "\"Ada\"",
        "{\"name\":7}",
        "{\"name\":{\"firstName\":{},\"lastName\":[]}}",
        "{\"name\":{\"firstName\":\"\\u0000\"}}",
        "\u{0}",
        &"[".repeat(10_000),
        &long,
    ] {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, "apple", "alice").await.with("user", user);
        browser.keep(&app.send(back.event(&browser)).await.expect(303));
        let name = profile(&Person::of(browser)).await.0;
        let is_short = name.as_str().is_none_or(|name| name.chars().count() <= 200);
        assert!(is_short, "{user:.20}: {name}");
    }
}

/// Apple sends the name once. It must be kept whatever fails after the transaction that creates the account.
#[tokio::test(start_paused = true)]
async fn the_name_is_kept_though_everything_after_the_first_transaction_fails() {
    for fault in [Fault::DieAfter, Fault::AnswerLost] {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, "apple").await;
        let back = apple(&app, &page, &AppleProfile::new("ada").named("Ada", "Lovelace"));
        assert!(back.get("user").contains("Lovelace"));
        app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        // The process dies, or the answer to the transaction is lost and the next round finds the account.
        let _ = app.world().run(app.send(back.event(&browser))).await;
        app.world().inject(Faults::none());
        let mut again = app.browser();
        let page = begin(&app, &mut again, "apple").await;
        let second = apple(&app, &page, &AppleProfile::new("ada").named("Ada", "Lovelace"));
        assert!(!second.encoded().contains("user="), "{fault:?}: Apple sends the name once");
        again.keep(&app.send(second.event(&again)).await.expect(303));
        let person = Person::of(again);
        assert_eq!(profile(&person).await, (json!("Ada Lovelace"), json!("ada@example.com")), "{fault:?}");
        assert_eq!(app.accounts(), [person.account()], "{fault:?}");
    }
}

/// Apple's keys are fetched before the code and the attempt are used up, so the browser may send the form again.
#[tokio::test(start_paused = true)]
async fn the_name_is_kept_though_apples_keys_do_not_come_at_first() {
    for fault in [Fault::ServerError, Fault::Refused, Fault::AnswerLost, Fault::Delay(Duration::from_secs(60))] {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, "apple").await;
        let back = apple(&app, &page, &AppleProfile::new("ada").named("Ada", "Lovelace"));
        app.world().inject(Faults::every("http.GET", fault));
        let answer = app.send(back.event(&browser)).await;
        assert_eq!(answer.outcome(), (503, "unavailable".to_owned()), "{fault:?}");
        app.world().inject(Faults::none());
        app.world().advance(Duration::from_secs(10));
        browser.keep(&app.send(back.event(&browser)).await.expect(303));
        assert_eq!(profile(&Person::of(browser)).await.0, json!("Ada Lovelace"), "{fault:?}");
    }
}

/// The function lives for 29 seconds. Until then the person must have an answer.
#[tokio::test(start_paused = true)]
async fn a_partner_that_does_not_answer_holds_the_person_for_eighteen_seconds() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let back = arrival(&app, &mut browser, provider, "alice").await;
        app.world().inject(Faults::every("http.POST", Fault::Delay(Duration::from_secs(60))));
        let begun = Instant::now();
        let answer = app.send(back.event(&browser)).await;
        assert_eq!(answer.outcome(), (503, "unavailable".to_owned()), "{provider}");
        assert_eq!(begun.elapsed().as_secs(), ::identity::EXCHANGE_TIMEOUT.as_secs(), "{provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_address_of_apples_relay_is_known_as_one_in_both_spellings() {
    for flags in [AppleFlags::Text, AppleFlags::Boolean] {
        let app = App::new(1).await;
        app.apple().knobs(|knobs| knobs.flags = flags);
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, "apple").await;
        let back = apple(&app, &page, &AppleProfile::new("ada").hiding_email());
        browser.keep(&app.send(back.event(&browser)).await.expect(303));
        let person = Person::of(browser);
        let stored = identity(&app, &person, "apple").unwrap();
        assert_eq!((&stored["is_private_email"], &stored["email_verified"]), (&json!(true), &json!(true)), "{flags:?}");
        assert_eq!(stored["email"], app.apple().settings().relay_address("ada"), "{flags:?}");
    }
}

/// An attacker who reads only the table can do nothing at Apple.
#[tokio::test(start_paused = true)]
async fn apples_refresh_token_is_stored_sealed_for_its_identity() {
    let app = App::new(1).await;
    let person = sign_in(&app, "apple", "alice").await;
    let sealed = identity(&app, &person, "apple").unwrap()["token"].as_str().unwrap().to_owned();
    let seal = session::Seal::from_keys([app.world().secret("partner-token-key").as_str()]).unwrap();
    let purpose = |who: &str| accounts::keys::reverse("apple", &subject(&app, "apple", who));
    let token = String::from_utf8(seal.open(&purpose("alice"), &sealed).unwrap()).unwrap();
    assert!(seal.open(&purpose("bob"), &sealed).is_none(), "it opens for its own identity alone");
    let stored = json!(app.world().items(ACCOUNTS_TABLE)).to_string();
    assert!(token.len() > 20 && !stored.contains(&token), "the table has the sealed token alone");
    for provider in ["google", "facebook"] {
        let person = sign_in(&app, provider, "bob").await;
        assert_eq!(identity(&app, &person, provider).unwrap().get("token"), None, "{provider}: no token is kept");
    }
}
