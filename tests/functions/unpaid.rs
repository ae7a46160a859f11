//! Jobs that cost us something and that nobody pays for: refused ones, failed ones, and models that
//! fail. Canceled ones are in `cancel`.

use generations::{FailureCode, GenerationStatus};
use local::fakes::replicate::JobOutcome;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{App, Person, prompt};

const HOUR: u64 = 3_600;

/// The day on which every world begins, at 8 o'clock.
const TODAY: &str = "2027-01-15";

async fn app(outcome: JobOutcome) -> App {
    let app = App::new(1).await;
    app.replicate().knobs(|knobs| (knobs.outcome, knobs.success_after_ms) = (outcome, 1_000));
    app
}

/// Requests a generation and lets it end.
async fn ends(app: &App, person: &Person, body: &Value) -> (GenerationStatus, Option<FailureCode>) {
    let id = person.generate(body).await.expect(202).json()["id"].as_str().unwrap().to_owned();
    app.settle().await;
    let generation = app.generation(&id);
    (generation.status, generation.failure.map(|failure| failure.code))
}

/// The code and the wait of a request that is refused.
async fn refusal(app: &App, person: &Person, body: &Value) -> (u16, String, u64) {
    let before = app.world().snapshot();
    let answer = person.generate(body).await;
    app.world().assert_unchanged(&before);
    let (status, code) = answer.outcome();
    (status, code, answer.header("retry-after").unwrap_or("0").parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn ten_refused_jobs_of_a_day_pause_the_account_and_cost_it_nothing() {
    let app = app(JobOutcome::Moderated).await;
    let person = app.sign_in("alice").await;
    for _ in 0..10 {
        assert_eq!(ends(&app, &person, &prompt("a boat")).await.0, GenerationStatus::Moderated);
    }
    let (status, code, wait) = refusal(&app, &person, &prompt("a boat")).await;
    assert_eq!((status, code.as_str()), (429, "too_many_refused"));
    assert!((HOUR - 30..=HOUR).contains(&wait), "{wait} s");
    let balance = app.balance(person.account());
    assert_eq!((balance.available(app.world().now()).0, balance.held().0), (50, 0));
    let other = app.sign_in("bob").await;
    assert_eq!(ends(&app, &other, &prompt("a boat")).await.0, GenerationStatus::Moderated, "others are not paused");
    app.world().advance(Duration::from_secs(wait));
    let person = app.browser().sign_in(&testkit::GoogleProfile::new("alice")).await;
    assert_eq!(ends(&app, &person, &prompt("a boat")).await.0, GenerationStatus::Moderated, "the pause is over");
    let (_, code, wait) = refusal(&app, &person, &prompt("a boat")).await;
    assert_eq!(code, "too_many_refused");
    assert!((2 * HOUR - 30..=2 * HOUR).contains(&wait), "the next pause is twice as long: {wait} s");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn twenty_jobs_that_are_refused_at_once_begin_one_pause() {
    let app = app(JobOutcome::Moderated).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 1_000, 20).await;
    for n in 0..20 {
        person.generate(&prompt(&format!("boat {n}"))).await.expect(202);
    }
    app.settle().await;
    let (_, code, wait) = refusal(&app, &person, &prompt("a boat")).await;
    assert_eq!(code, "too_many_refused");
    assert!(wait <= HOUR, "{wait} s");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn ten_jobs_that_fail_at_the_provider_cost_nothing_and_meet_no_limit() {
    let app = app(JobOutcome::Fail).await;
    let person = app.sign_in("alice").await;
    for _ in 0..10 {
        let failed = (GenerationStatus::Failed, Some(FailureCode::ProviderFailed));
        assert_eq!(ends(&app, &person, &prompt("a boat")).await, failed);
    }
    app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Succeed);
    assert_eq!(ends(&app, &person, &prompt("a boat")).await.0, GenerationStatus::Succeeded);
    assert_eq!(app.balance(person.account()).available(app.world().now()).0, 46);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn one_account_whose_jobs_fail_pauses_no_model_and_reaches_no_cap() {
    let app = app(JobOutcome::Fail).await;
    let (person, other) = (app.sign_in("alice").await, app.sign_in("bob").await);
    app.welcome_with(person.account(), 1_000, 3).await;
    let film = json!({
        "model": "seedance-1-lite", "prompt": "a boat", "settings": { "duration": 12, "resolution": "1080p" },
    });
    let mut failed = 0;
    while person.generate(&film).await.status() == 202 {
        app.settle().await;
        failed += 1;
        assert!(failed < 100, "a loop of failing jobs must end");
    }
    let (status, code, wait) = refusal(&app, &person, &film).await;
    assert_eq!((status, code.as_str()), (429, "too_many_failed"));
    assert!(wait > 15 * HOUR && wait <= 16 * HOUR, "until midnight: {wait} s");
    let spent = app.spent("replicate", TODAY).0;
    assert!((15_000_000..20_000_000).contains(&spent), "{failed} jobs cost {spent}, and the cap is 100 dollars");
    app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Succeed);
    let same_model = json!({ "model": "seedance-1-lite", "prompt": "a boat" });
    assert_eq!(ends(&app, &other, &same_model).await.0, GenerationStatus::Succeeded, "others notice nothing");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn twenty_films_that_fail_at_once_stay_below_the_cap_and_end_the_day() {
    let app = app(JobOutcome::Fail).await;
    let person = app.sign_in("alice").await;
    app.welcome_with(person.account(), 100_000, 20).await;
    let film = json!({
        "model": "seedance-1-lite", "prompt": "a boat", "settings": { "duration": 12, "resolution": "1080p" },
    });
    for _ in 0..20 {
        person.generate(&film).await.expect(202);
    }
    app.settle().await;
    assert_eq!(refusal(&app, &person, &film).await.1, "too_many_failed");
    let spent = app.spent("replicate", TODAY).0;
    assert!(spent < 100_000_000, "{spent}: one account must not reach the cap of 100 dollars");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn twenty_jobs_of_one_account_that_fail_at_once_pause_nothing() {
    let app = app(JobOutcome::Fail).await;
    let (person, other) = (app.sign_in("alice").await, app.sign_in("bob").await);
    app.welcome_with(person.account(), 1_000, 20).await;
    for n in 0..20 {
        person.generate(&prompt(&format!("boat {n}"))).await.expect(202);
    }
    app.settle().await;
    app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Succeed);
    for one in [&person, &other] {
        assert_eq!(ends(&app, one, &prompt("a boat")).await.0, GenerationStatus::Succeeded);
    }
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn twenty_jobs_of_several_accounts_that_fail_at_once_pause_the_model_until_it_works() {
    let app = app(JobOutcome::Fail).await;
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol", "dave"] {
        let person = app.sign_in(name).await;
        app.welcome_with(person.account(), 1_000, 5).await;
        people.push(person);
    }
    for n in 0..20 {
        people[n % 4].generate(&prompt(&format!("boat {n}"))).await.expect(202);
    }
    app.settle().await;
    let (status, code, wait) = refusal(&app, &people[0], &prompt("a boat")).await;
    assert_eq!((status, code.as_str()), (503, "provider_paused"));
    assert!(wait > 0 && wait <= 300, "jobs of before the pause make it no longer: {wait} s");
    app.world().advance(Duration::from_secs(wait));
    app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Succeed);
    assert_eq!(ends(&app, &people[0], &prompt("a boat")).await.0, GenerationStatus::Succeeded, "it comes back");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_for_several_accounts_pauses_and_comes_back() {
    let app = app(JobOutcome::Fail).await;
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol", "dave"] {
        people.push(app.sign_in(name).await);
    }
    for n in 0..6 {
        assert_eq!(ends(&app, &people[n % 3], &prompt("a boat")).await.0, GenerationStatus::Failed, "job {n}");
    }
    let (status, code, wait) = refusal(&app, &people[3], &prompt("a boat")).await;
    assert_eq!((status, code.as_str()), (503, "provider_paused"));
    assert!((270..=300).contains(&wait), "{wait} s");
    let other = json!({ "model": "flux-schnell-fal", "prompt": "a boat" });
    assert_eq!(ends(&app, &people[3], &other).await.0, GenerationStatus::Succeeded, "other models go on");

    app.world().advance(Duration::from_secs(wait));
    assert_eq!(ends(&app, &people[3], &prompt("a boat")).await.0, GenerationStatus::Failed, "it is tried again");
    let (_, _, wait) = refusal(&app, &people[0], &prompt("a boat")).await;
    assert!((570..=600).contains(&wait), "it still fails, so the pause is twice as long: {wait} s");

    app.world().advance(Duration::from_secs(wait));
    app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Succeed);
    let person = app.browser().sign_in(&testkit::GoogleProfile::new("alice")).await;
    assert_eq!(ends(&app, &person, &prompt("a boat")).await.0, GenerationStatus::Succeeded);
    app.replicate().knobs(|knobs| knobs.outcome = JobOutcome::Fail);
    for _ in 0..2 {
        assert_eq!(ends(&app, &person, &prompt("a boat")).await.0, GenerationStatus::Failed, "the count began anew");
    }
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn the_spend_is_corrected_where_the_provider_does_not_bill() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    app.fal().knobs(|knobs| knobs.outcome = JobOutcome::Fail);
    let body = json!({ "model": "flux-schnell-fal", "prompt": "a boat" });
    assert_eq!(ends(&app, &person, &body).await.0, GenerationStatus::Failed);
    assert_eq!(app.spent("fal", TODAY), (0, 1), "the job was counted, and its cost taken out again");
    assert!(app.balance(person.account()).unpaid == credits::UnpaidJobs::default(), "it cost us nothing");
    app.check_invariants().none();
}
