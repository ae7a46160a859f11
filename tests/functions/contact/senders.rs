//! The account of a message: a session that the browser can prove, or none.

use super::{cases, form, page, stored};
use crate::{ops::done, partners::sign_in};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{CASES_TABLE, PUBLIC_ORIGIN};
use tests::{Answer, App, Event, Person};

/// A minute more than the lifetime of an access token.
const LATE: Duration = Duration::from_secs(11 * 60);

/// The sentence of a page for a person whose session is over.
const UNLINKED: &str = "this message is not linked to an account";

/// Forms without an address, each of another kind.
const FORMS: [(&str, &str); 3] = [
    ("contact", "kind=support&text=Where+is+my+film%3F"),
    ("contact", "kind=objection&text=Keep+no+addresses+of+mine."),
    ("report", "what=It+shows+me.&where=https%3A%2F%2Fexample.com&good_faith=on"),
];

/// The cookies of a browser that has dropped the access token, because its time is over.
fn late(person: &Person) -> Vec<String> {
    vec![format!("__Host-refresh={}", person.refresh_token())]
}

/// The number on the page.
fn number(answer: &Answer) -> Value {
    let html = page(answer);
    let (_, rest) = html.split_once("<strong>").unwrap_or_else(|| panic!("no number in {html}"));
    json!(rest.split('<').next().unwrap())
}

/// Facebook does not say whether an address is the person's own. An answer to it could go to somebody else.
#[tokio::test(start_paused = true)]
async fn an_address_that_its_partner_has_not_verified_gets_no_answer() {
    let app = App::new(11).await;
    let mallory = sign_in(&app, "facebook", "mallory").await;
    let account = mallory.get("/v1/account").await.expect(200).json();
    assert!(account["email"].is_string(), "Facebook has given an address: {account}");
    let contact = |body: &Value| Event::recorded("contact").json_body(body).bearer(mallory.token());
    let message = json!({ "kind": "support", "text": "Where is my film?" });
    let refused = app.send(contact(&message)).await;
    assert_eq!((refused.outcome(), &refused.json()["field"]), ((422, "invalid".to_owned()), &json!("reply_to")));
    assert_eq!(cases(&app), 0);
    let report = app.send(Event::recorded("report").bearer(mallory.token())).await.expect(201).json();
    let case = stored(&app, &report["number"]);
    assert_eq!((&case["account"], &case["reply_to"]), (&json!(mallory.account()), &Value::Null));
    let given = json!({ "kind": "support", "text": "Where is my film?", "reply_to": "m@example.com" });
    let given = app.send(contact(&given)).await.expect(201).json();
    assert_eq!(stored(&app, &given["number"])["reply_to"], "m@example.com", "the person may still give one");
}

#[tokio::test(start_paused = true)]
async fn a_form_belongs_to_the_account_also_after_the_access_token() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.world().advance(LATE);
    let mut numbers = Vec::new();
    for (function, body) in FORMS {
        let event = form(function).body(body).cookies(&late(&person));
        let thanks = app.send(event.clone()).await.expect(201);
        assert!(!page(&thanks).contains(UNLINKED));
        assert_eq!(app.send(event).await.expect(201).body(), thanks.body(), "the same form again is the same case");
        let case = stored(&app, &number(&thanks));
        assert_eq!((&case["account"], &case["reply_to"]), (&json!(person.account()), &json!("alice@example.com")));
        numbers.push(number(&thanks).as_str().unwrap().to_owned());
    }
    let message = Event::recorded("contact").json_body(&json!({ "kind": "support", "text": "By a script." }));
    let by_script = app.send(message.cookies(&late(&person)).header("origin", PUBLIC_ORIGIN)).await.expect(201).json();
    assert_eq!(stored(&app, &by_script["number"])["account"], json!(person.account()));
    // The token was not rotated, so it renews the session.
    app.send(person.renewal()).await.expect(200);
    let closed = done(&app, &["close", &numbers[1], "--grant"]).await;
    assert!(closed.contains("1 address was removed"), "the objection takes effect on the account: {closed}");
    assert!(crate::personal::exported(&app, person.account()).await.contains("Where is my film?"));
    crate::personal::erase(&app, person.account()).await;
    assert_eq!(cases(&app), 0, "all are erased with the account");
}

#[tokio::test(start_paused = true)]
async fn a_message_and_its_repetition_after_the_access_token_are_one_case() {
    let app = App::new(2).await;
    let person = app.sign_in("alice").await;
    let (function, body) = FORMS[0];
    let early = app.send(form(function).body(body).cookies(&person.browser().jar())).await.expect(201);
    app.world().advance(LATE);
    let again = app.send(form(function).body(body).cookies(&late(&person))).await.expect(201);
    assert_eq!((again.body(), cases(&app)), (early.body(), 1));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_proves_nothing_for_another_page_or_with_another_secret() {
    let app = App::new(3).await;
    let (alice, mallory) = (app.sign_in("alice").await, app.sign_in("mallory").await);
    app.world().advance(LATE);
    let with = |cookie: String, text: &str| {
        let body = format!("kind=support&text={text}&reply_to=m%40example.com");
        form("contact").body(&body).cookies(&[format!("__Host-refresh={cookie}")])
    };
    let silent = |event: Event| event.without_header("origin").without_header("sec-fetch-site");
    let renewed = app.sign_in("alice").await.browser().jar();
    let own = alice.refresh_token().to_owned();
    let secret = mallory.refresh_token().rsplit('.').next().unwrap();
    let forged = format!("{}.{}.{secret}", alice.account(), alice.session());
    for (what, event) in [
        ("another secret", with(forged, "1")),
        ("no token", with("x".to_owned(), "2")),
        ("an empty cookie", with(String::new(), "3")),
        ("a client that does not say which page it is on", silent(with(own.clone(), "4"))),
        ("the same with an access token", silent(with(own.clone(), "5").cookies(&renewed))),
    ] {
        let before = app.world().items(testkit::ACCOUNTS_TABLE);
        let thanks = app.send(event).await.expect(201);
        assert!(stored(&app, &number(&thanks))["account"].is_null(), "{what}");
        assert!(page(&thanks).contains(UNLINKED), "{what}");
        assert_eq!(app.world().items(testkit::ACCOUNTS_TABLE), before, "{what}: no session ends");
    }
    for event in [
        with(own.clone(), "6").header("origin", "https://evil.example"),
        with(own, "7").header("origin", "null").header("sec-fetch-site", "cross-site"),
    ] {
        app.send(event).await.expect(403);
    }
}

/// Cookies of sessions that are over: ended on another device, before and after the access token has
/// expired; with a key that was replaced; and rubbish.
async fn dead_cookies(app: &App, person: &Person) -> [(&'static str, Vec<String>); 4] {
    let other = app.sign_in("alice").await;
    other.ask("DELETE", &format!("/v1/sessions/{}", person.session())).await.expect(204);
    [
        ("an ended session", person.browser().jar()),
        ("an ended session, late", late(person)),
        ("a token of another key", vec!["__Host-session=a.b.c".to_owned()]),
        ("empty cookies", vec!["__Host-session=".to_owned(), "__Host-refresh=".to_owned()]),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_cookies_of_a_dead_session_block_no_form() {
    let app = App::new(4).await;
    let person = app.sign_in("alice").await;
    for (number_of, (what, cookies)) in dead_cookies(&app, &person).await.into_iter().enumerate() {
        let body = format!("what=It+shows+me+{number_of}.&where=https%3A%2F%2Fexample.com&good_faith=on");
        let thanks = app.send(form("report").body(&body).cookies(&cookies)).await.expect(201);
        assert!(page(&thanks).contains(UNLINKED), "{what}");
        assert!(stored(&app, &number(&thanks))["account"].is_null(), "{what}");

        let body = format!("kind=support&text=Help+{number_of}.");
        let refused = app.send(form("contact").body(&body).cookies(&cookies)).await.expect(422);
        let sentence = "You are no longer signed in. Give the mail address to which we may answer.";
        assert!(page(&refused).contains(sentence), "{what}: {}", page(&refused));
        let body = format!("{body}&reply_to=a%40example.com");
        let thanks = app.send(form("contact").body(&body).cookies(&cookies)).await.expect(201);
        assert!(page(&thanks).contains(UNLINKED), "{what}");
    }
    assert!(app.world().items(CASES_TABLE).iter().all(|item| item["account"].is_null()));
    // A program can renew its token, and the message shall not be a stranger's.
    let refused = app.send(form("report").bearer(person.token())).await;
    assert_eq!(refused.status(), 401);
    let by_script = Event::recorded("report").cookies(&person.browser().jar()).header("origin", PUBLIC_ORIGIN);
    assert_eq!(app.send(by_script).await.outcome(), (401, "unauthenticated".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_valid_session_goes_before_a_token_of_another_key() {
    let app = App::new(5).await;
    let person = app.sign_in("alice").await;
    let cookies = [vec!["__Host-session=a.b.c".to_owned()], late(&person)].concat();
    let (function, body) = FORMS[0];
    let thanks = app.send(form(function).body(body).cookies(&cookies)).await.expect(201);
    assert_eq!(stored(&app, &number(&thanks))["account"], json!(person.account()), "the key of tokens was replaced");
    assert!(!page(&thanks).contains(UNLINKED));
}

/// Safari before 16.4 sends no `Sec-Fetch-Site`. A browser that hides its referrers sends the origin `null`.
#[tokio::test(start_paused = true)]
async fn the_form_of_our_page_is_known_by_its_origin_or_by_fetch_metadata() {
    let app = App::new(6).await;
    let person = app.sign_in("alice").await;
    for (number_of, event) in [
        form("contact").without_header("sec-fetch-site"),
        form("contact").header("origin", "null"),
        form("contact").without_header("origin"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!("kind=support&text=Message+{number_of}.");
        let thanks = app.send(event.body(&body).cookies(&person.browser().jar())).await.expect(201);
        assert_eq!(stored(&app, &number(&thanks))["account"], json!(person.account()), "{number_of}");
    }
}
