//! The tag of an advertising network: on two pages, after consent, and never with Global Privacy Control (P18).

use super::{asks, asks_signed_in, page, paths};
use kernel::limits::ADVERTISING_AGE;
use tests::App;

const TAG: &str = "https://ads.example/pixel?event={event}&value={value}";

async fn with_tag() -> App {
    let app = App::new(1).await;
    app.world().set_variable("ADVERTISING_TAG", TAG);
    app.restarted().await
}

fn script() -> &'static str {
    std::str::from_utf8(pages::named("consent.js").unwrap().content).unwrap()
}

#[tokio::test(start_paused = true)]
async fn without_a_tag_nothing_is_asked_and_no_other_site_is_allowed() {
    let app = App::new(1).await;
    for path in paths() {
        let answer = app.send(asks(&path)).await.expect(200);
        let html = String::from_utf8(answer.body().to_vec()).unwrap();
        assert!(!html.contains("id=\"consent\"") && !html.contains("data-tag"), "{path}");
        assert!(!answer.header("content-security-policy").unwrap().contains("ads.example"), "{path}");
    }
    assert!(page(&app, asks("/cookies")).await.contains("there is nothing to choose"));
}

#[tokio::test(start_paused = true)]
async fn the_tag_is_named_on_two_pages_alone_and_only_asked_for() {
    let app = with_tag().await;
    for path in paths() {
        let answer = app.send(asks(&path)).await.expect(200);
        let html = String::from_utf8(answer.body().to_vec()).unwrap();
        let policy = answer.header("content-security-policy").unwrap();
        let may = path == "/" || path.starts_with("/plans");
        assert_eq!((html.contains("data-tag=\""), policy.contains("https://ads.example")), (may, may), "{path}");
        assert!(!policy.contains("https://ads.example/"), "the policy names the origin alone: {policy}");
        assert!(!html.contains("src=\"https://ads.example"), "no page loads it by itself: {path}");
    }
    let home = page(&app, asks("/")).await;
    let (_, dialog) = home.split_once("<dialog class=\"consent").unwrap();
    let (dialog, _) = dialog.split_once("</dialog>").unwrap();
    assert!(!dialog.contains(" open") && !dialog.contains("checked"), "nothing is chosen before: {dialog}");
    let buttons: Vec<&str> =
        dialog.split("<button ").skip(1).map(|rest| rest.split(" value").next().unwrap()).collect();
    assert!(matches!(buttons[..], [no, yes] if no == yes), "the two answers are equal: {buttons:?}");
}

#[tokio::test(start_paused = true)]
async fn global_privacy_control_removes_the_tag_and_is_shown_as_honoured() {
    let app = with_tag().await;
    for path in paths() {
        let answer = app.send(asks(&path).header("sec-gpc", "1")).await.expect(200);
        let html = String::from_utf8(answer.body().to_vec()).unwrap();
        assert!(!html.contains("data-tag") && html.contains("data-gpc"), "{path}");
        assert!(!answer.header("content-security-policy").unwrap().contains("ads.example"), "{path}");
    }
    let own = "All cookies are our own.";
    assert!(!page(&app, asks("/cookies")).await.contains(own), "a network sets cookies of its own");
    assert!(page(&App::new(1).await, asks("/cookies")).await.contains(own), "without a tag they are");
    let cookies = page(&app, asks("/cookies").header("sec-gpc", "1")).await;
    assert!(cookies.contains("Your browser sends Global Privacy Control. We take that as a no"), "{cookies}");
    let asked = page(&app, asks("/cookies")).await;
    assert!(asked.contains("id=\"consent\"") && !asked.contains("data-tag"), "the choice can be changed here: {asked}");
}

#[test]
fn the_tag_is_loaded_after_consent_alone_and_tells_an_event_and_a_value_alone() {
    let tell = script().split("function tell(").nth(1).unwrap().split("\n}\n").next().unwrap();
    let (before, after) = tell.split_once("const src").unwrap();
    assert!(before.contains("gpc() || await chosen() !== \"given\") return"), "{tell}");
    assert!(after.contains("referrerPolicy: \"no-referrer\", src"), "{tell}");
    assert_eq!(script().matches("new Image").count(), 1, "one place loads it");
    let own = script().split("function choiceOf(").nth(1).unwrap().split("\n}\n").next().unwrap();
    let (age, choice) = own.split_once("last?.choice").unwrap();
    assert!(age.contains("if (!(age >= asked().age)) return \"refused\""), "the age comes first: {own}");
    assert!(age.contains("acceptance: { declared_age: age }") && choice.contains("in_force"), "{own}");
}

/// One person's choice must not become the proof of the next one: only a visitor's choice stays in the browser.
#[test]
fn the_cookie_of_a_choice_ends_with_the_sign_in_and_the_sign_out() {
    let function = |name: &str| {
        let (_, rest) = script().split_once(&format!("function {name}(")).unwrap();
        rest.split("\n}\n").next().unwrap().to_owned()
    };
    let choose = function("choose");
    let (of_an_account, of_a_visitor) = choose.split_once("else {").unwrap();
    assert!(!of_an_account.contains("document.cookie") && of_a_visitor.contains("document.cookie"), "{choose}");
    let earlier = function("recordEarlier");
    let (recorded, forgotten) = (earlier.find("await record(").unwrap(), earlier.find("forget(key)").unwrap());
    assert!(recorded < forgotten, "a choice that was not recorded must stay: {earlier}");
    let store = std::str::from_utf8(pages::named("store.js").unwrap().content).unwrap();
    let adopt = store.split("function adopt(").nth(1).unwrap().split("\n}\n").next().unwrap();
    let (kept, forgotten) = (adopt.find("own(\"consent\", account)").unwrap(), adopt.find("forgetChoice()").unwrap());
    assert!(kept < forgotten, "the choice of a visitor becomes one of the account that signs in: {adopt}");
    let forget_all = store.split("function forgetAll(").nth(1).unwrap().split("\n}\n").next().unwrap();
    assert!(forget_all.contains("forgetChoice()"), "signing out forgets it too: {forget_all}");
    assert!(
        store.contains("document.cookie = `consent=; Path=/; Max-Age=0;"),
        "the cookie of consent.js goes: {store}"
    );
}

/// The age of advertising is not the age from which a person may sign in.
#[tokio::test(start_paused = true)]
async fn the_question_has_the_age_of_advertising_at_any_age_of_signing_in() {
    for minimum in ["16", "18", "21"] {
        let app = with_tag().await;
        app.world().set_variable("MINIMUM_AGE", minimum);
        let app = app.restarted().await;
        let age = format!("data-age=\"{ADVERTISING_AGE}\"");
        for path in ["/", "/plans", "/cookies"] {
            let html = page(&app, asks(path)).await;
            assert!(html.contains(&age), "{path} must have {age} with MinimumAge={minimum}: {html}");
        }
        assert!(page(&app, asks_signed_in("/account")).await.contains(&age), "/account, MinimumAge={minimum}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_would_break_the_content_policy_stops_the_cold_start() {
    for wrong in [
        "http://ads.example/?e={event}&v={value}",
        "https://ads.example/?e={event}",
        "https://ads.example/;script-src *?e={event}&v={value}",
        "https://ads.example/ x?e={event}&v={value}",
    ] {
        let app = App::new(1).await;
        app.world().set_variable("ADVERTISING_TAG", wrong);
        assert!(site::Deps::new(&app.world().init("site")).await.is_err(), "{wrong} must be refused");
    }
}
