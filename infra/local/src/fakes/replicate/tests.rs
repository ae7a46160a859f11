mod outputs;
mod webhooks;

use super::{fake::FakeReplicate, settings::FakeReplicateSettings};
use crate::fakes::{
    knobs::{CancelMode, JobOutcome, Knobs, OutputMode, ReadMode, SubmitMode, WebhookMode},
    response::{AnswerLost, HoldOpen, InPieces, Padding, WebhookFirst},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const MODEL: &str = "/v1/models/black-forest-labs/flux-schnell/predictions";

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(1_800_000_000 + seconds, 0).unwrap()
}

fn fake(turn: impl FnOnce(&mut Knobs)) -> FakeReplicate {
    let replicate = FakeReplicate::new(FakeReplicateSettings::default());
    replicate.knobs(turn);
    replicate
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if !headers.iter().any(|(name, _)| *name == "authorization") {
        request = request.header("authorization", "Bearer r8_local");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from(body.to_string())).unwrap()
}

fn get(replicate: &FakeReplicate, now: Timestamp, path: &str) -> Response<Bytes> {
    replicate.handle(now, request(Method::GET, path, &[], &Value::Null))
}

fn order() -> Value {
    json!({
        "input": { "prompt": "a red fox", "output_format": "png" },
        "webhook": "http://127.0.0.1:9/hook",
        "webhook_events_filter": ["completed"],
    })
}

fn create(replicate: &FakeReplicate, now: Timestamp) -> Response<Bytes> {
    replicate.handle(now, request(Method::POST, MODEL, &[], &order()))
}

fn shown(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

fn status(replicate: &FakeReplicate, now: Timestamp, id: &str) -> String {
    shown(&get(replicate, now, &format!("/v1/predictions/{id}")))["status"].as_str().unwrap().to_owned()
}

/// Creates a prediction and returns its id.
fn created(replicate: &FakeReplicate, now: Timestamp) -> String {
    let answer = create(replicate, now);
    assert_eq!(answer.status(), StatusCode::CREATED);
    shown(&answer)["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_fake_refuses_what_the_real_service_refuses() {
    let valid = order();
    let with = |name: &str, value: Value| {
        let mut body = order();
        body[name] = value;
        body
    };
    let input = |input: Value| with("input", input);
    type Case = (&'static str, u16, &'static str, Vec<(&'static str, &'static str)>, Value);
    let cases: Vec<Case> = vec![
        ("no token", 401, MODEL, vec![("authorization", "")], valid.clone()),
        ("another scheme", 401, MODEL, vec![("authorization", "Token r8_local")], valid.clone()),
        ("another token", 401, MODEL, vec![("authorization", "Bearer r8_other")], valid.clone()),
        ("an unknown model", 404, "/v1/models/no/such/predictions", vec![], valid.clone()),
        ("a hold of no time", 400, MODEL, vec![("prefer", "wait=0")], valid.clone()),
        ("a hold of another kind", 400, MODEL, vec![("prefer", "respond-async")], valid.clone()),
        ("a deadline in days", 400, MODEL, vec![("cancel-after", "1d")], valid.clone()),
        ("a deadline too soon", 400, MODEL, vec![("cancel-after", "4s")], valid.clone()),
        ("no object", 400, MODEL, vec![], json!([])),
        ("no version", 422, "/v1/predictions", vec![], valid.clone()),
        ("an unknown version", 422, "/v1/predictions", vec![], with("version", json!("0".repeat(64)))),
        ("a version beside the model", 422, MODEL, vec![], with("version", json!("0".repeat(64)))),
        ("no input", 422, MODEL, vec![], json!({})),
        ("an unknown field", 422, MODEL, vec![], with("lifetime", json!("5m"))),
        ("a webhook in the clear", 422, MODEL, vec![], with("webhook", json!("http://example.com/hook"))),
        ("a webhook without a URL", 422, MODEL, vec![], with("webhook", json!("hook"))),
        ("an unknown event", 422, MODEL, vec![], with("webhook_events_filter", json!(["done"]))),
        ("no prompt", 422, MODEL, vec![], input(json!({ "output_format": "png" }))),
        ("a prompt of another type", 422, MODEL, vec![], input(json!({ "prompt": 1, "output_format": "png" }))),
        ("an unknown input", 422, MODEL, vec![], input(json!({ "prompt": "x", "width": 1 }))),
        ("too many outputs", 422, MODEL, vec![], input(json!({ "prompt": "x", "num_outputs": 5 }))),
        ("an unknown ratio", 422, MODEL, vec![], input(json!({ "prompt": "x", "aspect_ratio": "1:2" }))),
        ("a format that the fake cannot make", 422, MODEL, vec![], input(json!({ "prompt": "x" }))),
    ];
    for (case, expected, path, headers, body) in cases {
        let replicate = fake(|_| {});
        let answer = replicate.handle(at(0), request(Method::POST, path, &headers, &body));
        assert_eq!(answer.status().as_u16(), expected, "{case}: {:?}", answer.body());
        assert!(shown(&answer)["detail"].is_string(), "{case}: a refusal must name its reason");
        assert_eq!(replicate.counts().predictions, 0, "{case}: nothing may be created");
    }
}

#[test]
fn a_prediction_starts_runs_and_succeeds() {
    let replicate = fake(|knobs| knobs.success_after_ms = 10_000);
    let id = created(&replicate, at(0));
    assert_eq!(replicate.next_event(), Some(at(2)));
    for (seconds, expected) in [(0, "starting"), (2, "processing"), (9, "processing"), (10, "succeeded")] {
        assert_eq!(status(&replicate, at(seconds), &id), expected, "after {seconds} s");
    }
    let done = shown(&get(&replicate, at(10), &format!("/v1/predictions/{id}")));
    assert_eq!(done["output"], json!([format!("http://127.0.0.1:7001/files/{id}/out-0.png")]));
    assert_eq!(done["webhook"], "http://127.0.0.1:9/hook");
    assert_eq!(done["metrics"]["total_time"], 10.0);
}

#[test]
fn files_and_data_are_gone_after_an_hour() {
    let replicate = fake(|_| {});
    let id = created(&replicate, at(0));
    let file = format!("/files/{id}/out-0.png");
    assert_eq!(get(&replicate, at(0), &file).status(), StatusCode::NOT_FOUND, "no file before the end");
    assert_eq!(get(&replicate, at(3_600), &file).status(), StatusCode::OK);
    assert_eq!(get(&replicate, at(3_601), &file).status(), StatusCode::NOT_FOUND);
    let gone = shown(&get(&replicate, at(3_601), &format!("/v1/predictions/{id}")));
    assert_eq!((&gone["data_removed"], &gone["output"], &gone["input"]), (&json!(true), &Value::Null, &json!({})));
}

#[test]
fn each_outcome_has_the_status_of_the_real_service() {
    let cases = [
        (JobOutcome::Succeed, "succeeded", 1),
        (JobOutcome::NoOutput, "succeeded", 1),
        (JobOutcome::Fail, "failed", 1),
        (JobOutcome::Moderated, "failed", 1),
        (JobOutcome::Aborted, "aborted", 1),
        (JobOutcome::UnknownStatus, "paused", 0),
    ];
    for (outcome, expected, webhooks) in cases {
        let replicate = fake(|knobs| knobs.outcome = outcome);
        let id = created(&replicate, at(0));
        assert_eq!(status(&replicate, at(1), &id), expected, "{outcome:?}");
        assert_eq!(replicate.take_webhooks(at(1)).len(), webhooks, "{outcome:?}");
    }
}

#[test]
fn a_deadline_aborts_a_waiting_and_cancels_a_running_prediction() {
    for (after_ms, deadline, expected) in
        [(60_000, "5s", "aborted"), (10_000, "5s", "canceled"), (1_000, "5s", "succeeded")]
    {
        let replicate = fake(|knobs| knobs.success_after_ms = after_ms);
        let answer = replicate.handle(at(0), request(Method::POST, MODEL, &[("cancel-after", deadline)], &order()));
        let id = shown(&answer)["id"].as_str().unwrap().to_owned();
        assert_eq!(status(&replicate, at(5), &id), expected, "{after_ms} ms");
    }
}

#[test]
fn canceling_may_come_too_late_or_be_ignored() {
    for (cancel, after, then) in
        [(CancelMode::Stops, 0, "canceled"), (CancelMode::Stops, 1, "succeeded"), (CancelMode::Ignored, 0, "succeeded")]
    {
        let replicate = fake(|knobs| knobs.cancel = cancel);
        let id = created(&replicate, at(0));
        let path = format!("/v1/predictions/{id}/cancel");
        let answer = replicate.handle(at(after), request(Method::POST, &path, &[], &Value::Null));
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(status(&replicate, at(2), &id), then, "{cancel:?} after {after} s");
        assert_eq!(replicate.take_webhooks(at(2)).len(), 1, "an end is one event");
    }
}

#[test]
fn submits_are_refused_or_lost() {
    let cases = [
        (SubmitMode::Throttled, 429, 0),
        (SubmitMode::OutOfCredit, 402, 0),
        (SubmitMode::Retired, 404, 0),
        (SubmitMode::Invalid, 422, 0),
        (SubmitMode::ServerError, 500, 0),
        (SubmitMode::Unavailable, 503, 0),
        (SubmitMode::AnswerLost, 201, 1),
    ];
    for (submit, expected, predictions) in cases {
        let replicate = fake(|knobs| (knobs.submit, knobs.times) = (submit, Some(1)));
        let answer = create(&replicate, at(0));
        assert_eq!(answer.status().as_u16(), expected, "{submit:?}");
        assert_eq!(answer.headers().contains_key("retry-after"), matches!(expected, 429 | 503), "{submit:?}");
        assert_eq!(answer.extensions().get::<AnswerLost>().is_some(), submit == SubmitMode::AnswerLost);
        assert_eq!(replicate.counts().predictions, predictions, "{submit:?}");
        created(&replicate, at(1));
    }
}

#[test]
fn each_model_has_its_own_inputs() {
    let cases = [
        ("num_frames", json!(80)),
        ("num_frames", json!(81.5)),
        ("sample_shift", json!(0.5)),
        ("sample_shift", json!("7")),
        ("resolution", json!("4k")),
        ("aspect_ratio", json!("1:1")),
        ("output_format", json!("png")),
    ];
    for (name, value) in cases {
        let body = json!({ "input": { "prompt": "x", name: value } });
        let model = "/v1/models/wan-video/wan-2.2-t2v-fast/predictions";
        let answer = fake(|_| {}).handle(at(0), request(Method::POST, model, &[], &body));
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
}

#[test]
fn reads_follow_their_knob() {
    for (reads, expected) in
        [(ReadMode::Answer, 200), (ReadMode::ServerError, 500), (ReadMode::Throttled, 429), (ReadMode::AnswerLost, 200)]
    {
        let replicate = fake(|knobs| knobs.reads = reads);
        let id = created(&replicate, at(0));
        for path in [format!("/v1/predictions/{id}"), "/v1/predictions".to_owned()] {
            let answer = get(&replicate, at(0), &path);
            assert_eq!(answer.status().as_u16(), expected, "{reads:?} {path}");
            assert_eq!(answer.extensions().get::<AnswerLost>().is_some(), reads == ReadMode::AnswerLost);
        }
    }
}

#[test]
fn a_waiting_client_is_held() {
    let replicate = fake(|_| {});
    let answer = replicate.handle(at(0), request(Method::POST, MODEL, &[("prefer", "wait=5")], &order()));
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(answer.extensions().get::<HoldOpen>().map(|hold| hold.wait.as_secs()), Some(5));
}

#[test]
fn a_fake_forgets_its_predictions() {
    let replicate = fake(|_| {});
    let id = created(&replicate, at(0));
    replicate.forget();
    assert_eq!(get(&replicate, at(1), &format!("/v1/predictions/{id}")).status(), StatusCode::NOT_FOUND);
    assert!(replicate.take_webhooks(at(1)).is_empty());
    assert_ne!(created(&replicate, at(2)), id);
}

#[test]
fn the_knobs_can_be_turned_over_http() {
    let replicate = fake(|_| {});
    let turned = replicate.handle(at(0), request(Method::PATCH, "/_control", &[], &json!({ "submit": "throttled" })));
    assert_eq!(shown(&turned)["knobs"]["submit"], "throttled");
    assert_eq!(shown(&turned)["knobs"]["success_after_ms"], 1_000);
    let misspelt = replicate.handle(at(0), request(Method::PATCH, "/_control", &[], &json!({ "sumbit": "accept" })));
    assert_eq!(misspelt.status(), StatusCode::BAD_REQUEST);
    let _ = replicate.handle(at(0), request(Method::POST, "/_control/reset", &[], &Value::Null));
    created(&replicate, at(0));
}
