//! The tag of an advertising network: on two pages, after consent, and never with Global Privacy Control (P18).

use super::{asks, page, paths};
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
    assert!(script().contains("person.acceptance?.declared_age >= 18"), "nobody under 18 is asked");
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
