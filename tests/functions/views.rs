//! The counts of page views are about nobody (P07).

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{App, Event, Printed};

/// The names of everything in a line, by the families and the metric.
const FIELDS: [&str; 6] = ["Browser", "Device", "PageViews", "Stage", "System", "_aws"];

/// Headers of browsers, with the families of browser, device and system.
const KNOWN: [(&str, &str); 14] = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "chrome desktop windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        "edge desktop windows",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
        "safari desktop macos",
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "firefox desktop linux"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
        "safari phone ios",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/145.0 Mobile/15E148 Safari/605.1.15",
        "firefox phone ios",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1",
        "chrome tablet ios",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        "samsung phone android",
    ),
    ("Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0", "firefox tablet android"),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "chrome desktop other",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 OPR/124.0.0.0",
        "other desktop linux",
    ),
    (
        "Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Safari/605.1.15",
        "safari other other",
    ),
    ("Lynx/2.9.2 libwww-FM/2.14", "other other other"),
    ("", "other other other"),
];

/// The lines of page views so far.
fn views(printed: &Printed) -> Vec<Value> {
    let text = printed.text();
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("every line is one JSON object"));
    lines.filter(|line: &Value| !line["PageViews"].is_null()).collect()
}

fn page(user_agent: &str) -> Event {
    Event::recorded("site").header("user-agent", user_agent)
}

/// The families in the one line of a page view.
async fn families(app: &App, printed: &Printed, event: Event) -> [String; 3] {
    let before = views(printed).len();
    app.send(event).await.expect(200);
    let views = views(printed);
    assert_eq!(views.len(), before + 1, "a page view has one line");
    ["Browser", "Device", "System"].map(|name| views[before][name].as_str().unwrap().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_page_view_is_one_line_with_three_families() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    let huge = format!("Mozilla/5.0 {}Firefox/145.0", "x".repeat(9_000));
    let far = format!("{}Firefox/145.0 (Windows)", "\u{e9}".repeat(400));
    let odd = [
        (huge.as_str(), "other other other"),
        (far.as_str(), "other other other"),
        ("\u{1f3ac} Firefox/145.0", "other other other"),
    ];
    for (user_agent, expected) in KNOWN.into_iter().chain(odd) {
        let found = families(&app, &printed, page(user_agent)).await;
        assert_eq!(found.join(" "), expected, "{user_agent}");
    }
    let without = families(&app, &printed, Event::recorded("site").without_header("user-agent")).await;
    assert_eq!(without.join(" "), "other other other");
    let old = Event::recorded("site").without_header("sec-fetch-dest");
    assert_eq!(families(&app, &printed, old).await.join(" "), "firefox desktop linux", "old browsers count too");
    for name in ["sec-gpc", "dnt"] {
        let signal = Event::recorded("site").header(name, "1");
        assert_eq!(families(&app, &printed, signal).await.join(" "), "firefox desktop linux", "it is about nobody");
    }
}

/// The line has constants of the program and the time. Nothing of the request is in it.
#[tokio::test(start_paused = true)]
async fn a_line_has_nothing_of_the_request_but_the_families() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let before = app.world().snapshot();
    let event = Event::recorded("site")
        .raw_path("/contact")
        .raw_query("kind=canary-query")
        .header("user-agent", "Mozilla/5.0 (Windows NT 10.0; canary-model) Firefox/987.65 canary-agent")
        .header("accept-language", "canary-language")
        .header("referer", "https://cinemaxsai.com/canary-referrer")
        .header("x-forwarded-for", "203.0.113.77")
        .header("sec-ch-ua-platform-version", "canary-platform")
        .from_address("203.0.113.77")
        .cookies(&person.browser().jar());
    app.send(event).await.expect(200);
    let views = views(&printed);
    let [line] = &views[..] else { panic!("one view has one line: {views:?}") };
    let names: BTreeSet<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(FIELDS), "a line has no other field: {line}");
    let at = app.world().now().as_millisecond();
    let definition =
        json!([{ "Namespace": "Cinemaxsai", "Dimensions": [["Stage"]], "Metrics": [{ "Name": "PageViews" }] }]);
    assert_eq!(line["_aws"], json!({ "Timestamp": at, "CloudWatchMetrics": definition }), "families are no dimensions");
    assert_eq!(
        (&line["PageViews"], &line["Browser"], &line["System"]),
        (&json!(1.0), &json!("firefox"), &json!("windows"))
    );
    let text = line.to_string();
    let account = person.account().to_string();
    for canary in ["canary", "203.0.113", "987", "65", "Windows", "/contact", "kind", &account, &account[..8]] {
        let stripped = text.replace(&at.to_string(), "");
        assert!(!stripped.contains(canary), "{canary} must not be in the line: {text}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn programs_assets_and_pages_that_nobody_sees_count_nothing() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    let site = || Event::recorded("site");
    for (status, event) in [
        (200, page("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")),
        (200, page("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36")),
        (200, page("facebookexternalhit/1.1")),
        (200, page("curl/8.14.1")),
        (200, site().raw_path("/site.css")),
        (200, site().raw_path("/icon.svg")),
        (200, Event::recorded("site.contract")),
        (200, site().method("HEAD")),
        (204, site().method("OPTIONS")),
        (405, site().method("POST")),
        (404, site().raw_path("/nothing")),
        (200, site().header("sec-purpose", "prefetch;prerender")),
        (200, site().header("purpose", "prefetch")),
        (200, site().header("sec-fetch-dest", "empty")),
        (200, site().header("sec-fetch-dest", "iframe")),
        (200, Event::recorded("list-models")),
    ] {
        let what = event.json()["rawPath"].clone();
        app.send(event).await.expect(status);
        assert!(views(&printed).is_empty(), "{what} that answers {status} is no page view");
    }
    // The browser has the page already, and shows it.
    app.send(site().header("if-none-match", "*")).await.expect(304);
    assert_eq!(views(&printed).len(), 1, "a page that is shown again is a view");
}
