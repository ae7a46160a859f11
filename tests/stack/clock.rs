//! The platform's clock: eight days pass in a moment, on a platform of its own.

use crate::{
    answer::Answer,
    journey::{self, download, finished},
    person::{Person, client, id, send, unique},
    stack::{Stack, run},
};
use jiff::{SignedDuration, Timestamp};
use local::PlatformOptions;
use serde_json::Value;
use std::time::Duration;

const CLOCK: &str = "/_local/clock";

async fn turn(stack: &Stack, body: &str) -> Answer {
    send(client().post(format!("{}{CLOCK}", stack.base())).body(body.to_owned()), format!("POST {CLOCK}")).await
}

fn time(value: &Value) -> Timestamp {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} should be a time"))
}

async fn now(stack: &Stack) -> Timestamp {
    time(&Person::stranger(stack.base()).get(CLOCK).await.ok(200)["now"])
}

async fn sweeps(stack: &Stack) -> usize {
    stack.logged("SweepGenerations").await.iter().filter(|line| line["message"] == "ran").count()
}

async fn accepted_webhooks(stack: &Stack) -> usize {
    let lines = stack.logged("ProviderWebhook").await;
    lines.iter().filter(|line| line["message"] == "answered" && line["status"] == 204).count()
}

#[test]
fn eight_days_pass_at_once_and_everything_goes_on() {
    run(async {
        let stack = Stack::start(PlatformOptions::default()).await;
        let who = format!("canary-{}@people.example", unique());
        let mut person = Person::sign_in(stack.base(), &who).await.unwrap();
        let early = person.submit().await.ok(202);
        finished(&person, &id(&early)).await.unwrap();

        let (before, swept, called) = (now(&stack).await, sweeps(&stack).await, accepted_webhooks(&stack).await);
        let answer = turn(&stack, r#"{"advance":"8d"}"#).await.ok(200);
        let passed = time(&answer["now"]).duration_since(before);
        let eight_days = SignedDuration::from_hours(8 * 24);
        assert!(passed >= eight_days && passed < eight_days + SignedDuration::from_mins(2), "{passed} have passed");
        assert!(sweeps(&stack).await > swept, "every schedule must have run when the answer comes");

        person.get("/v1/account").await.is_problem(401, "unauthenticated");
        journey::refresh(&mut person).await.unwrap_or_else(|error| panic!("a session lives for 30 days: {error}"));
        person.get("/v1/account").await.ok(200);
        let again = Person::sign_in(stack.base(), &who).await.unwrap();
        assert_eq!(again.account, person.account, "the local Google must use the same clock");

        let late = person.submit().await.ok(202);
        assert!(time(&late["created_at"]).duration_since(time(&early["created_at"])) >= eight_days, "{late}");
        let late = finished(&person, &id(&late)).await.unwrap();
        assert_eq!(late["status"], "succeeded", "{late}");
        assert!(accepted_webhooks(&stack).await > called, "the provider's webhooks must not count as stale");
        for generation in [person.generation(&id(&early)).await, late] {
            download(&generation).await.unwrap_or_else(|error| panic!("links go by the platform's own clock: {error}"));
        }

        stack.platform.advance(Duration::from_secs(31 * 24 * 60 * 60)).await.unwrap();
        let ended = journey::refresh(&mut person).await;
        assert!(ended.is_err(), "a session that was not used for 30 days has ended");
        stack.platform.stop().await;
    });
}

#[test]
fn the_platform_answers_for_itself_and_says_what_to_send() {
    run(async {
        let stack = Stack::start(PlatformOptions::default()).await;
        let before = now(&stack).await;
        for body in
            ["", "8d", r#"{"advance":8}"#, r#"{"advance":"8 days"}"#, r#"{"advance":"-1d"}"#, r#"{"back":"1d"}"#]
        {
            let refused = turn(&stack, body).await.ok(400);
            assert!(refused["detail"].as_str().unwrap().contains(r#"{"advance":"8d"}"#), "{body}: {refused}");
        }
        assert!(now(&stack).await.duration_since(before) < SignedDuration::from_mins(2), "nothing may have moved");
        let stranger = Person::stranger(stack.base());
        stranger.ask(reqwest::Method::DELETE, CLOCK).await.ok(405);
        stranger.get("/_local/nothing").await.ok(404);
        let lines = stack.platform.log_group("ApiLogs").await.unwrap_or_else(|error| panic!("{error}"));
        let seen = lines.iter().any(|line| line.contains("_local"));
        assert!(!seen, "requests to the platform must not reach the API");
        stack.platform.stop().await;
    });
}
