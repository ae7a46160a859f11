//! Cookies of other programs on our host. Our cookies are read beside them, and no other cookie is
//! read as ours.

use testkit::{GoogleProfile, PUBLIC_ORIGIN};
use tests::{App, Event, Person, prompt};

/// Cookies that other programs of our host may have set. The gateway passes bytes that are no UTF-8 on
/// as U+FFFD or as the characters of Latin-1.
const FOREIGN: [&str; 7] =
    ["name=J\u{f6}rg", "name=J\u{fffd}rg", "name=J\u{c3}\u{b6}rg", "name=\u{1}", "name=\"a b\"", "broken", ""];

/// A browser's cookies with a foreign one before and one behind them.
fn among(foreign: &str, ours: Vec<String>) -> Vec<String> {
    let foreign = foreign.to_owned();
    [vec![foreign.clone()], ours, vec![foreign]].concat()
}

#[tokio::test(start_paused = true)]
async fn a_foreign_cookie_does_not_sign_anybody_out() {
    for foreign in FOREIGN {
        let app = App::new(1).await;
        let person = app.sign_in("alice").await;
        let jar = among(foreign, person.browser().jar());
        app.send(person.page_event("GET", "/v1/account").cookies(&jar)).await.expect(200);
        let generate = person.generate_event(&prompt("a boat")).anonymous().header("origin", PUBLIC_ORIGIN);
        app.send(generate.cookies(&jar)).await.expect(202);
        app.send(person.browser().renewal().cookies(&jar)).await.expect(200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_with_a_foreign_cookie_can_sign_in() {
    for foreign in FOREIGN {
        let app = App::new(1).await;
        let mut browser = app.browser();
        let begun = app.send(Event::recorded("login").cookies(&[foreign.to_owned()])).await.expect(303);
        browser.keep(&begun);
        let callback = app.google().sign_in(begun.header("location").unwrap(), &GoogleProfile::new("alice"));
        let event = browser.callback(&callback).cookies(&among(foreign, browser.jar()));
        browser.keep(&app.send(event).await.expect(303));
        Person::of(browser).get("/v1/account").await.expect(200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cookie_whose_name_has_white_space_is_not_ours() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let token = person.token();
    for space in [" ", "\t", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{2003}", "\u{3000}"] {
        for cookie in [
            format!("{space}__Host-session={token}"),
            format!("__Host-session{space}={token}"),
            format!("__Host-{space}session={token}"),
        ] {
            for cookies in [vec![cookie.clone()], vec!["a=b".to_owned(), cookie.clone()]] {
                let event = person.page_event("GET", "/v1/account").cookies(&cookies);
                assert_eq!(app.send(event).await.status(), 401, "{}", cookie[..20].escape_debug());
            }
        }
    }
}
