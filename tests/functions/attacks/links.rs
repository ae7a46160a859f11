//! Attacks on the links of identities, and what a link and its removal do.

use crate::partners::{
    PARTNERS, arrival, authorize, begin, begin_link, cancel, identity, leads_to, link, sign_in, sign_in_with,
};
use futures_util::future::join;
use serde_json::json;
use std::collections::BTreeSet;
use testkit::{ACCOUNTS_TABLE, Fault, Faults};
use tests::{App, Person, slow, unauthenticated};

const TARGETS: [&str; 2] = ["apple", "facebook"];

fn path(provider: &str) -> String {
    format!("/v1/account/identities/{provider}")
}

/// Whether an identity leads to the account of a person, with both of its items.
fn is_linked(app: &App, person: &Person, provider: &str, who: &str) -> bool {
    let leads = leads_to(app, provider, who) == Some(json!(person.account().to_string()));
    assert_eq!(identity(app, person, provider).is_some(), leads, "{provider}: both items, or none");
    leads
}

#[tokio::test(start_paused = true)]
async fn a_link_keeps_the_session_and_leads_back_to_the_account() {
    for provider in TARGETS {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        let mut browser = person.browser().clone();
        let page = begin_link(&app, &person, &mut browser, provider).await;
        let back = authorize(&app, provider, &page, "alice-elsewhere");
        let (answer, counts) = app.world().counted(app.send(back.event(&browser))).await;
        let location = format!("/account?linked={provider}");
        assert_eq!((answer.status(), answer.header("location")), (303, Some(location.as_str())), "{provider}");
        let cookies = answer.cookies();
        assert!(cookies.keys().all(|name| name.starts_with("__Host-sign-in-")), "{provider}: {cookies:?}");
        let message = u64::from(provider == "facebook");
        let what = "the counter, the attempt, the account, the transaction, and a message about Facebook's picture";
        assert_eq!(counts.aws_total(), 4 + message, "{what}: {counts}");
        assert!(is_linked(&app, &person, provider, "alice-elsewhere"), "{provider}");
        assert_eq!(person.session_ids().await, [person.session().to_string()], "{provider}: no session began or ended");
        let name = person.get("/v1/account").await.expect(200).json()["name"].clone();
        assert_eq!(name, "Person alice", "{provider}: the new partner overwrites nothing");
        let again = sign_in(&app, provider, "alice-elsewhere").await;
        assert_eq!(again.account(), person.account(), "{provider}: the linked identity signs in");
        assert_eq!(app.balance(person.account()).version, 1, "{provider}: a link brings no welcome");
        app.check_invariants().none();
    }
}

/// The attacker brings the browser of the victim into another account of Facebook, and waits for the victim to link "their"
/// Facebook. Facebook would answer at once, without a page.
#[tokio::test(start_paused = true)]
async fn facebook_asks_for_the_password_before_it_answers_a_link() {
    let app = App::new(1).await;
    let person = sign_in(&app, "google", "alice").await;
    let mut browser = person.browser().clone();
    let pages =
        [begin_link(&app, &person, &mut browser, "facebook").await, begin(&app, &mut browser, "facebook").await];
    assert_eq!(pages.each_ref().map(|page| page.contains("&auth_type=reauthenticate&")), [true, false], "{pages:?}");
}

#[tokio::test(start_paused = true)]
async fn an_identity_of_another_account_is_not_moved() {
    for provider in TARGETS {
        let app = App::new(1).await;
        let victim = sign_in(&app, provider, "victim").await;
        let mallory = sign_in(&app, "google", "mallory").await;
        let before = app.world().snapshot();
        let answer = link(&app, &mallory, provider, "victim").await;
        assert_eq!(answer.outcome(), (409, "identity_taken".to_owned()), "{provider}");
        app.world().assert_unchanged(&before);
        let mut browser = mallory.browser().clone();
        let page = begin_link(&app, &mallory, &mut browser, provider).await;
        let event = authorize(&app, provider, &page, "victim").event(&browser).header("accept", "text/html");
        let answer = app.send(event).await.expect(303);
        assert_eq!(answer.header("location"), Some("/account?problem=identity_taken"), "{provider}");
        app.world().assert_unchanged(&before);
        assert!(is_linked(&app, &victim, provider, "victim"), "{provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_identity_of_a_partner_replaces_none() {
    for provider in TARGETS {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        link(&app, &person, provider, "one").await.expect(303);
        let before = app.world().snapshot();
        let answer = link(&app, &person, provider, "two").await;
        assert_eq!(answer.outcome(), (409, "provider_linked".to_owned()), "{provider}");
        app.world().assert_unchanged(&before);
        // The same one again is no mistake.
        link(&app, &person, provider, "one").await.expect(303);
        assert!(is_linked(&app, &person, provider, "one"), "{provider}");
    }
}

/// The attacker begins a link to their own account, and lures the victim, who is signed in at the partner, to the end of
/// it. Then the victim's identity would lead to the attacker's account.
#[tokio::test(start_paused = true)]
async fn the_link_of_an_attacker_does_not_end_in_another_browser() {
    for provider in TARGETS {
        let app = App::new(1).await;
        let (mallory, victim) = (sign_in(&app, "google", "mallory").await, sign_in(&app, "google", "alice").await);
        let mut browser = mallory.browser().clone();
        let page = begin_link(&app, &mallory, &mut browser, provider).await;
        let back = authorize(&app, provider, &page, "alice");
        let before = app.world().snapshot();
        for stranger in [victim.browser().clone(), app.browser()] {
            let answer = app.send(back.event(&stranger)).await;
            assert_eq!(answer.outcome(), (400, "sign_in_failed".to_owned()), "{provider}");
        }
        app.world().assert_unchanged(&before);
    }
}

/// An attempt that links is not one that signs in, and the other way round: `state` cannot be exchanged between them.
#[tokio::test(start_paused = true)]
async fn an_attempt_to_link_signs_nobody_in() {
    for provider in TARGETS {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        let mut browser = person.browser().clone();
        let link = begin_link(&app, &person, &mut browser, provider).await;
        let sign_in = arrival(&app, &mut browser, provider, "bob").await;
        let of_the_link = authorize(&app, provider, &link, "bob");
        let before = app.world().snapshot();
        for (state, code) in [(&of_the_link, &sign_in), (&sign_in, &of_the_link)] {
            let mixed = state.clone().with("code", code.get("code"));
            let answer = app.send(mixed.event(&browser)).await;
            assert_eq!(answer.outcome(), (400, "sign_in_failed".to_owned()), "{provider}: PKCE binds code and attempt");
        }
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn leaving_the_partners_page_links_nothing_and_leads_back_to_the_account() {
    for provider in TARGETS {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        let mut browser = person.browser().clone();
        let page = begin_link(&app, &person, &mut browser, provider).await;
        let before = app.world().snapshot();
        let event = cancel(&app, provider, &page).event(&browser).header("accept", "text/html");
        let answer = app.send(event).await.expect(303);
        assert_eq!(answer.header("location"), Some("/account?problem=sign_in_canceled"), "{provider}");
        let used = authorize(&app, provider, &page, "alice").event(&browser).header("accept", "text/html");
        let answer = app.send(used).await.expect(303);
        assert_eq!(answer.header("location"), Some("/account?problem=sign_in_failed"), "{provider}");
        app.world().assert_unchanged(&before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_identity_that_two_accounts_link_at_once_leads_to_one() {
    for provider in TARGETS {
        let mut winners = BTreeSet::new();
        for seed in 0..10 {
            let app = App::new(seed).await;
            let (one, two) = (sign_in(&app, "google", "one").await, sign_in(&app, "google", "two").await);
            app.world().inject(slow(0.4, 1..31));
            let answers = join(link(&app, &one, provider, "shared"), link(&app, &two, provider, "shared")).await;
            app.world().inject(Faults::none());
            let mut statuses = [answers.0.status(), answers.1.status()];
            winners.insert(statuses[0]);
            statuses.sort_unstable();
            assert_eq!(statuses, [303, 409], "{provider} {seed}");
            let linked = [&one, &two].map(|person| is_linked(&app, person, provider, "shared"));
            assert_eq!(linked.into_iter().filter(|linked| *linked).count(), 1, "{provider} {seed}");
            app.check_invariants().none();
        }
        assert!(!winners.is_empty(), "{provider}");
    }
}

/// A first sign-in and a link of the same identity at once: it leads to one account, and nobody has two.
#[tokio::test(start_paused = true)]
async fn a_link_and_a_first_sign_in_at_once_lead_to_one_account() {
    for provider in TARGETS {
        for seed in 0..10 {
            let app = App::new(seed).await;
            let person = sign_in(&app, "google", "alice").await;
            app.world().inject(slow(0.4, 1..31));
            let ways = join(link(&app, &person, provider, "shared"), sign_in(&app, provider, "shared"));
            let (linked, signed_in) = ways.await;
            app.world().inject(Faults::none());
            match linked.status() {
                303 => assert_eq!(signed_in.account(), person.account(), "{provider} {seed}: the link came first"),
                _ => assert_eq!(linked.outcome(), (409, "identity_taken".to_owned()), "{provider} {seed}"),
            }
            let leads = Some(json!(signed_in.account().to_string()));
            assert_eq!(leads_to(&app, provider, "shared"), leads, "{provider} {seed}");
            app.check_invariants().none();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_identity_stays() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let person = sign_in(&app, provider, "alice").await;
        let before = app.world().snapshot();
        let (answer, counts) = app.world().counted(person.ask("DELETE", &path(provider))).await;
        assert_eq!(answer.outcome(), (409, "last_identity".to_owned()), "{provider}");
        assert_eq!((counts.aws_total(), counts.vendors_total()), (2, 0), "{provider}: session, account: {counts}");
        for other in PARTNERS.into_iter().filter(|other| *other != provider).chain(["github", "", ".."]) {
            let answer = person.ask("DELETE", &path(other)).await;
            assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{provider}: {other:?}");
        }
        app.world().assert_unchanged(&before);
        assert_eq!(sign_in(&app, provider, "alice").await.account(), person.account(), "{provider}");
    }
}

/// Somebody has come in by an identity. Its removal throws them out, whoever they are.
#[tokio::test(start_paused = true)]
async fn a_removal_ends_every_session_but_the_callers() {
    for provider in TARGETS {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        link(&app, &person, provider, "mallory").await.expect(303);
        let (intruder, phone) = (sign_in(&app, provider, "mallory").await, sign_in(&app, "google", "alice").await);
        assert_eq!((intruder.account(), phone.account()), (person.account(), person.account()), "{provider}");
        person.ask("DELETE", &path(provider)).await.expect(200);
        for ended in [&intruder, &phone] {
            assert_eq!(ended.ask("POST", "/v1/uploads").await.outcome(), unauthenticated(), "{provider}");
            assert_eq!(app.refresh(ended.refresh_token()).await.outcome(), unauthenticated(), "{provider}");
        }
        assert_eq!(person.session_ids().await, [person.session().to_string()], "{provider}");
        app.send(person.renewal()).await.expect(200);
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_removals_at_once_one_identity_stays() {
    for seed in 0..20 {
        let app = App::new(seed).await;
        let person = sign_in(&app, "google", "alice").await;
        link(&app, &person, "facebook", "alice").await.expect(303);
        let (google, facebook) = (path("google"), path("facebook"));
        app.world().inject(slow(0.4, 1..31));
        let (one, two) = join(person.ask("DELETE", &google), person.ask("DELETE", &facebook)).await;
        app.world().inject(Faults::none());
        let mut statuses = [one.status(), two.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "seed {seed}");
        let left = ["google", "facebook"].into_iter().filter(|it| is_linked(&app, &person, it, "alice"));
        let left: Vec<_> = left.collect();
        let [left] = left[..] else { panic!("seed {seed}: {left:?}") };
        assert_eq!(sign_in(&app, left, "alice").await.account(), person.account(), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn apple_is_asked_to_revoke_the_token_of_a_removed_identity() {
    let app = App::new(1).await;
    let person = sign_in(&app, "google", "alice").await;
    for provider in TARGETS {
        link(&app, &person, provider, "alice").await.expect(303);
        let (answer, counts) = app.world().counted(person.ask("DELETE", &path(provider))).await;
        // At Apple, the token is read and revoked before the removal.
        let (outcome, asked) = if provider == "apple" { ("requested", 1) } else { ("not_needed", 0) };
        let expected = json!({ "provider": provider, "revocation": outcome, "advice": null });
        assert_eq!(answer.expect(200).json(), expected);
        let what = "session, account, transaction";
        assert_eq!((counts.aws_total(), counts.vendors_total()), (3 + asked, asked), "{what}: {counts}");
        assert!(!is_linked(&app, &person, provider, "alice"), "{provider}");
        assert_eq!(person.ask("DELETE", &path(provider)).await.outcome().0, 404, "{provider}: it is gone");
        person.get("/v1/account").await.expect(200);
    }
    assert!(!app.apple().is_authorized("alice"), "the token was the one of this person");
    assert_eq!((app.apple().counts().revocations, app.apple().counts().revoked), (1, 1));
}

/// If the request to Apple fails, the identity goes all the same. The answer says so, and tells the person what to do.
#[tokio::test(start_paused = true)]
async fn an_identity_goes_although_apple_cannot_be_asked() {
    let silent = Fault::Delay(::identity::REVOCATION_TIMEOUT * 2);
    for fault in [Fault::Refused, Fault::ServerError, Fault::AnswerLost, Fault::Throttled, silent] {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        link(&app, &person, "apple", "alice").await.expect(303);
        app.world().inject(Faults::every("http.", fault));
        let answer = person.ask("DELETE", &path("apple")).await.expect(200).json();
        app.world().inject(Faults::none());
        assert_eq!(answer["revocation"], "failed", "{fault:?}");
        assert!(answer["advice"].as_str().is_some_and(|it| it.contains("Sign in with Apple")), "{fault:?}: {answer}");
        assert!(!is_linked(&app, &person, "apple", "alice"), "{fault:?}");
        // The same identity may be linked again.
        link(&app, &person, "apple", "alice").await.expect(303);
        assert!(is_linked(&app, &person, "apple", "alice"), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_the_removal_is_no_failure() {
    for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::ServerError, Fault::TransactionConflict] {
        let app = App::new(1).await;
        let person = sign_in(&app, "google", "alice").await;
        link(&app, &person, "apple", "alice").await.expect(303);
        app.world().inject(Faults::nth("dynamodb.TransactWriteItems", 1, fault));
        let answer = person.ask("DELETE", &path("apple")).await.expect(200).json();
        assert_eq!(answer["revocation"], "requested", "{fault:?}");
        assert!(!is_linked(&app, &person, "apple", "alice"), "{fault:?}");
        assert_eq!(app.apple().counts().revocations, 1, "{fault:?}");
    }
}

/// The removal of an identity also removes the data that came from it. A later sign-in with the identity makes a new
/// account.
#[tokio::test(start_paused = true)]
async fn nothing_of_a_removed_identity_is_kept() {
    let app = App::new(1).await;
    let person = sign_in(&app, "apple", "alice-at-apple").await;
    link(&app, &person, "google", "alice").await.expect(303);
    person.ask("DELETE", &path("apple")).await.expect(200);
    let stored: Vec<_> = app.world().items(ACCOUNTS_TABLE);
    let kept: Vec<_> = stored.iter().filter(|item| !item["sk"].as_str().unwrap().starts_with("signin#")).collect();
    let text = json!(kept).to_string();
    let subject = crate::partners::subject(&app, "apple", "alice-at-apple");
    for gone in ["alice-at-apple", subject.as_str(), "apple"] {
        assert!(!text.contains(gone), "{gone} is still stored: {text}");
    }
    let account = person.get("/v1/account").await.expect(200).json();
    assert_eq!((&account["name"], &account["email"]), (&json!("Person alice"), &json!("alice@example.com")));
    // The same person at Apple is a stranger now.
    let stranger = sign_in_with(&app, app.browser(), "apple", "alice-at-apple").await;
    assert_ne!(stranger.account(), person.account());
}

/// Otherwise a person could link an identity, remove it, and get a new account with a welcome lot, again and again.
#[tokio::test(start_paused = true)]
async fn an_identity_that_left_its_account_brings_no_second_welcome() {
    for provider in TARGETS {
        let app = App::new(1).await;
        let person = sign_in(&app, provider, "alice").await;
        assert_eq!(app.balance(person.account()).available(app.world().now()).0, 50, "{provider}");
        link(&app, &person, "google", "alice").await.expect(303);
        person.ask("DELETE", &path(provider)).await.expect(200);
        let again = sign_in(&app, provider, "alice").await;
        assert_ne!(again.account(), person.account(), "{provider}");
        assert_eq!(app.balance(again.account()).available(app.world().now()).0, 0, "{provider}: it had a welcome");
        let other = sign_in(&app, provider, "bob").await;
        assert_eq!(app.balance(other.account()).available(app.world().now()).0, 50, "{provider}: others have theirs");
        app.check_invariants().none();
    }
}

/// A removal and a sign-in with the same identity at once: the account is whole, and nobody gets it twice.
#[tokio::test(start_paused = true)]
async fn a_sign_in_while_its_identity_is_removed_ends_in_a_whole_account() {
    for seed in 0..10 {
        let app = App::new(seed).await;
        let person = sign_in(&app, "google", "alice").await;
        link(&app, &person, "facebook", "alice").await.expect(303);
        let mut browser = app.browser();
        let event = arrival(&app, &mut browser, "facebook", "alice").await.event(&browser);
        let facebook = path("facebook");
        app.world().inject(slow(0.4, 1..31));
        let (removed, arrived) = join(person.ask("DELETE", &facebook), app.send(event)).await;
        app.world().inject(Faults::none());
        assert_eq!((removed.status(), arrived.status()), (200, 303), "seed {seed}");
        browser.keep(&arrived);
        let signed_in = Person::of(browser);
        signed_in.get("/v1/account").await.expect(200);
        assert!(identity(&app, &person, "facebook").is_none(), "seed {seed}");
        let leads = leads_to(&app, "facebook", "alice");
        let is_whole = match signed_in.account() == person.account() {
            true => {
                let renewed = app.refresh(signed_in.refresh_token()).await;
                assert_eq!(renewed.outcome(), unauthenticated(), "seed {seed}: the removal ends what came in by it");
                leads.is_none()
            }
            false => leads == Some(json!(signed_in.account().to_string())),
        };
        assert!(is_whole, "seed {seed}: {leads:?}");
        app.check_invariants().none();
    }
}
