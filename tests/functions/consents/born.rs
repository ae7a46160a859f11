//! The content of the page of the first sign-in: the account keeps it, and no later sign-in changes it.

use super::account;
use crate::partners::{PARTNERS, authorize, begin_link};
use kernel::limits::ADVERTISING_AGE;
use serde_json::{Value, json};
use testkit::ACCOUNTS_TABLE;
use tests::{App, Browser, Event, Person};

/// The parameters of our page.
const SHOWN: [(&str, &str); 3] = [("policy", "2026-12-01"), ("terms", "2026-11-01"), ("age", "18")];

/// Signs in through a page that showed this.
async fn sign_in(app: &App, provider: &str, who: &str, shown: &[(&str, &str)]) -> Person {
    let mut browser: Browser = app.browser();
    let event = Event::recorded("login").path("provider", provider).query(shown).cookies(&browser.jar());
    let begun = app.send(event).await.expect(303);
    browser.keep(&begun);
    let back = authorize(app, provider, begun.header("location").unwrap(), who);
    let arrived = app.send(back.event(&browser)).await.expect(303);
    browser.keep(&arrived);
    Person::of(browser)
}

async fn acceptance(person: &Person) -> Value {
    account(person).await["acceptance"].clone()
}

/// The acceptance of somebody who was shown nothing.
fn nothing() -> Value {
    json!({ "policy": null, "terms": null, "declared_age": null, "notices": [] })
}

#[tokio::test(start_paused = true)]
async fn a_new_account_keeps_the_versions_and_the_age_that_its_page_showed() {
    for provider in PARTNERS {
        let app = App::new(1).await;
        let person = sign_in(&app, provider, "alice", &SHOWN).await;
        let born = "2027-01-15T08:00:00Z";
        let expected = json!({
            "policy": { "version": "2026-12-01", "accepted_at": born },
            "terms": { "version": "2026-11-01", "accepted_at": born },
            "declared_age": 18, "notices": [],
        });
        assert_eq!(acceptance(&person).await, expected, "{provider}");
        let exported = crate::personal::exported(&app, person.account()).await;
        assert!(exported.contains(r#""policy_version":"2026-12-01""#) && exported.contains(r#""declared_age":18"#));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_shows_nothing_gets_an_account_too() {
    let app = App::new(2).await;
    assert_eq!(acceptance(&app.sign_in("alice").await).await, nothing());
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_never_fails_because_of_what_its_link_says() {
    let app = App::new(3).await;
    let long = "9".repeat(5_000);
    for (number, strange) in
        ["", "x", "2026-13-01", "<script>", "\u{1f30d}", "17", "0", "+18", "-1", long.as_str()].into_iter().enumerate()
    {
        let shown = [("policy", strange), ("terms", strange), ("age", strange)];
        let person = sign_in(&app, "google", &format!("person-{number}"), &shown).await;
        assert_eq!(acceptance(&person).await, nothing(), "{strange:?}");
    }
    let person = sign_in(&app, "google", "half", &[("policy", "2026-12-01"), ("age", "seventeen")]).await;
    let kept = acceptance(&person).await;
    assert_eq!((&kept["policy"]["version"], &kept["declared_age"]), (&json!("2026-12-01"), &Value::Null));
}

/// The parameters of the link to a partner on the page to sign in.
fn shown_by(html: &str, provider: &str) -> Vec<(String, String)> {
    let link = html.split(&format!("href=\"/v1/login/{provider}?")).nth(1).and_then(|rest| rest.split('"').next());
    let link = link.expect("the page has a link to each partner").replace("&#38;", "&");
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The page, the terms and the account have one age. The age of advertising is another one.
#[tokio::test(start_paused = true)]
async fn the_page_and_the_account_have_the_age_that_the_operator_has_set() {
    for age in [16_u8, ADVERTISING_AGE, 21] {
        let app = App::new(6).await;
        app.world().set_variable("MINIMUM_AGE", &age.to_string());
        let app = app.restarted().await;
        let read = async |path: &str| {
            let answer = app.send(Event::recorded("site").raw_path(path)).await.expect(200);
            String::from_utf8(answer.body().to_vec()).unwrap()
        };
        let html = read("/sign-in").await;
        assert!(html.contains(&format!("and say that you are {age} or older.")), "{html}");
        let terms = read("/terms").await;
        assert!(terms.contains(&format!("You must be at least {age} years old.")), "{terms}");
        let shown = shown_by(&html, "google");
        let shown: Vec<_> = shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let person = sign_in(&app, "google", "alice", &shown).await;
        assert_eq!(acceptance(&person).await["declared_age"], json!(age), "the page and the callback must agree");
        let younger = (age - 1).to_string();
        let person = sign_in(&app, "google", "bob", &[("age", &younger)]).await;
        assert_eq!(acceptance(&person).await["declared_age"], Value::Null, "{younger} is below {age}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_later_sign_in_and_no_link_changes_what_an_account_keeps() {
    let app = App::new(4).await;
    let (with, without) = (sign_in(&app, "google", "alice", &SHOWN).await, app.sign_in("bob").await);
    let kept = acceptance(&with).await;
    let newer = [("policy", "2027-01-01"), ("terms", "2027-01-01"), ("age", "40")];
    for (who, first, expected) in [("alice", &with, &kept), ("bob", &without, &nothing())] {
        for shown in [&newer[..], &[]] {
            let again = sign_in(&app, "google", who, shown).await;
            assert_eq!((again.account(), &acceptance(&again).await), (first.account(), expected), "{who}");
        }
    }
    let person = sign_in(&app, "google", "carol", &[]).await;
    let mut browser = person.browser().clone();
    let page = begin_link(&app, &person, &mut browser, "apple").await;
    app.send(authorize(&app, "apple", &page, "carol").event(&browser)).await.expect(303);
    assert_eq!(acceptance(&person).await, nothing());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_shown_nothing_stores_nothing_of_it() {
    let app = App::new(5).await;
    let person = sign_in(&app, "google", "alice", &[]).await;
    let profile = app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), "profile").unwrap();
    for attribute in ["policy_version", "terms_version", "declared_age", "consents", "notices"] {
        assert!(profile[attribute].is_null(), "an account without {attribute} must not store it: {profile}");
    }
    let shown = account(&person).await;
    assert_eq!((&shown["consents"], &shown["acceptance"]), (&json!({ "advertising": null }), &nothing()));
}
