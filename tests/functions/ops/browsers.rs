//! The page views of a day, from the lines of the pages.

use super::{SITE_LOGS, json_of, ops, with_progress, with_secrets};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use testkit::REGION;
use tests::{App, Event, Printed};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/26.0 Mobile/15E148 Safari/604.1";

/// The lines of one answer of the log.
const PAGE: usize = 4;

async fn view(app: &App, user_agent: &str, times: usize) {
    for _ in 0..times {
        app.send(Event::recorded("site").header("user-agent", user_agent)).await.expect(200);
    }
}

fn answer(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder().status(status).body(body.to_string().into()).unwrap()
}

/// A refusal of the log by the number of the call: its status and its code.
type Refuse = fn(usize) -> Option<(u16, &'static str)>;

/// Lets CloudWatch Logs answer with what `refuse` gives for the number of the call, or else with the lines that have
/// the word of the question, page by page.
fn log(app: &App, printed: &Printed, refuse: Refuse) {
    let lines: Vec<String> = printed.text().lines().map(str::to_owned).collect();
    let calls = AtomicUsize::new(0);
    let partner = move |request: net::Request| {
        if let Some((status, code)) = refuse(calls.fetch_add(1, Ordering::Relaxed)) {
            return answer(status, &json!({ "__type": code, "message": "canary of AWS" }));
        }
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        assert_eq!(header("x-amz-target"), "Logs_20140328.FilterLogEvents");
        assert!(header("authorization").starts_with("AWS4-HMAC-SHA256 Credential="), "{request:?}");
        let asked: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(asked["logGroupName"], SITE_LOGS);
        let (from, to) = (asked["startTime"].as_i64().unwrap(), asked["endTime"].as_i64().unwrap());
        let day = 24 * 60 * 60 * 1_000;
        assert!((day..day + 3_600_000).contains(&(to - from)), "a day is asked for, and a little more: {asked}");
        let word = asked["filterPattern"].as_str().unwrap();
        let begin: usize = asked["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let found: Vec<_> = lines.iter().filter(|line| line.contains(word)).collect();
        let events = found.iter().skip(begin).take(PAGE).map(|line| json!({ "message": line, "timestamp": 1 }));
        let next = (begin + PAGE < found.len()).then(|| (begin + PAGE).to_string());
        answer(200, &json!({ "events": events.collect::<Vec<_>>(), "nextToken": next, "searchedLogStreams": [] }))
    };
    app.world().register(&format!("logs.{REGION}.amazonaws.com"), partner);
}

#[tokio::test(start_paused = true)]
async fn the_views_of_a_day_are_summed_from_the_lines_of_the_pages() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    view(&app, FIREFOX, 11).await;
    view(&app, IPHONE, 3).await;
    app.send(Event::recorded("service-status")).await.expect(200);
    app.world().advance(Duration::from_secs(24 * 60 * 60));
    view(&app, IPHONE, 5).await;
    log(&app, &printed, |_| None);
    let before = app.world().snapshot();
    let shown = json_of(&app, &["browsers", "yesterday"]).await;
    assert_eq!(shown["page_views"], 10, "14 views, rounded down: {shown}");
    assert_eq!(shown["browsers"], json!({ "firefox": 10, "safari": null }));
    assert_eq!(shown["devices"], json!({ "desktop": 10, "phone": null }));
    assert_eq!(shown["systems"], json!({ "linux": 10, "ios": null }));
    let today = json_of(&app, &["browsers", "today"]).await;
    assert_eq!((&today["page_views"], &today["browsers"]), (&json!(5), &json!({ "safari": 5 })));
    let (outcome, progress) = with_progress(&app, &["browsers", "yesterday"]).await;
    for part in ["firefox  10\n", "safari   <5\n", "of nobody in particular", "in 5 answers"] {
        assert!(outcome.answer.contains(part), "{part:?} must be in:\n{}", outcome.answer);
    }
    assert!(progress.iter().any(|line| line.contains("19 page views")), "{progress:?}");
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_busy_is_asked_again() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    view(&app, FIREFOX, 5).await;
    log(&app, &printed, |call| match call {
        0 => Some((400, "ThrottlingException")),
        1 => Some((503, "ServiceUnavailableException")),
        _ => None,
    });
    assert_eq!(json_of(&app, &["browsers", "today"]).await["page_views"], 5);
    log(&app, &printed, |_| Some((400, "com.amazonaws.logs#ThrottlingException")));
    let refused = ops(&app, &["browsers", "today"]).await;
    assert!(refused.code == 1 && refused.problem.contains("ThrottlingException"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_read_is_named_with_what_to_do() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    let cases: [(Refuse, [&str; 2]); 2] = [
        (|_| Some((400, "ResourceNotFoundException")), [SITE_LOGS, "output SiteLogs"]),
        (|_| Some((400, "AccessDeniedException")), [SITE_LOGS, "400 AccessDeniedException"]),
    ];
    for (refuse, parts) in cases {
        log(&app, &printed, refuse);
        let refused = ops(&app, &["browsers", "today"]).await;
        assert_eq!(refused.code, 1, "{refused:?}");
        for part in parts {
            assert!(refused.problem.contains(part), "{part} must be in {refused:?}");
        }
        assert!(!refused.problem.contains("canary"), "{refused:?}");
    }
    let (refused, _) = with_secrets(&app, None, &["browsers", "today"]).await;
    assert!(refused.code == 1 && refused.problem.contains("Set SITE_LOGS"), "{refused:?}");
    let future = ops(&app, &["browsers", "2099-01-31"]).await;
    assert!(future.problem.contains("2099-01-31 is in the future"), "{future:?}");
}
