use super::{protocol::FakeFal, settings::FakeFalSettings};
use crate::fakes::{
    knobs::{Knobs, SubmitMode},
    response::AnswerLost,
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

const MODEL: &str = "/fal-ai/flux/schnell";

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + milliseconds).unwrap()
}

fn fake(turn: impl FnOnce(&mut Knobs)) -> FakeFal {
    let fal = FakeFal::new(FakeFalSettings::default());
    fal.knobs(turn);
    fal
}

fn send(
    fal: &FakeFal,
    now: Timestamp,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if !headers.iter().any(|(name, _)| *name == "authorization") {
        request = request.header("authorization", "Key local-fal-key");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    fal.handle(now, request.body(Bytes::from(body.to_string())).unwrap())
}

fn get(fal: &FakeFal, now: Timestamp, path: &str) -> (StatusCode, Value) {
    let answer = send(fal, now, Method::GET, path, &[], &Value::Null);
    (answer.status(), serde_json::from_slice(answer.body()).unwrap())
}

/// Submits a request and returns its path.
fn submitted(fal: &FakeFal, now: Timestamp, headers: &[(&str, &str)]) -> String {
    let input = json!({ "prompt": "a red fox", "output_format": "png" });
    let path = format!("{MODEL}?fal_webhook=http%3A%2F%2F127.0.0.1%3A9%2Fhook%3Fjob%3D1");
    let answer = send(fal, now, Method::POST, &path, headers, &input);
    assert_eq!(answer.status(), StatusCode::OK);
    let shown: Value = serde_json::from_slice(answer.body()).unwrap();
    format!("/fal-ai/flux/requests/{}", shown["request_id"].as_str().unwrap())
}

#[test]
fn an_invalid_input_is_the_result_of_the_job() {
    let fal = fake(|knobs| knobs.submit = SubmitMode::Invalid);
    let path = submitted(&fal, at(0), &[]);
    let (status, result) = get(&fal, at(1_000), &path);
    assert_eq!((status.as_u16(), &result["detail"][0]["type"]), (422, &json!("less_than_equal")));
    assert_eq!(fal.counts().predictions, 1);
}

#[test]
fn the_fake_refuses_what_the_real_service_refuses() {
    let fal = fake(|_| {});
    let input = json!({ "prompt": "a red fox", "output_format": "png" });
    for (case, status, path, header) in [
        ("no key", 401, MODEL, ("authorization", "")),
        ("another scheme", 401, MODEL, ("authorization", "Bearer local-fal-key")),
        ("another key", 401, MODEL, ("authorization", "Key other")),
        ("an unknown app", 404, "/no/such", ("accept", "*/*")),
        ("a model of no app", 404, "/fal-ai", ("accept", "*/*")),
        (
            "an expiry of no time",
            400,
            MODEL,
            ("x-fal-object-lifecycle-preference", r#"{"expiration_duration_seconds": 0}"#),
        ),
        ("a malformed lifecycle", 400, MODEL, ("x-fal-object-lifecycle-preference", "1h")),
        ("no time to start", 400, MODEL, ("x-fal-request-timeout", "1")),
    ] {
        let answer = send(&fal, at(0), Method::POST, path, &[header], &input);
        assert_eq!(answer.status().as_u16(), status, "{case}");
    }
    assert_eq!(send(&fal, at(0), Method::POST, MODEL, &[], &json!([])).status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(fal.counts().predictions, 0);
}

#[test]
fn a_request_waits_runs_and_ends() {
    let fal = fake(|knobs| (knobs.success_after_ms, knobs.queue_position) = (10_000, 4));
    let path = submitted(&fal, at(0), &[]);
    let status = |now| get(&fal, at(now), &format!("{path}/status"));
    for (now, code, word, position) in [
        (0, 202, "IN_QUEUE", Some(4)),
        (1_000, 202, "IN_QUEUE", Some(2)),
        (1_999, 202, "IN_QUEUE", Some(0)),
        (2_000, 202, "IN_PROGRESS", None),
        (10_000, 200, "COMPLETED", None),
    ] {
        if now == 10_000 {
            assert_eq!(get(&fal, at(9_999), &path).0, StatusCode::BAD_REQUEST, "there is no result yet");
        }
        let (got, shown) = status(now);
        assert_eq!((got.as_u16(), shown["status"].as_str().unwrap()), (code, word), "after {now} ms");
        assert_eq!(shown.get("queue_position").and_then(Value::as_i64), position, "after {now} ms");
    }
    let (code, made) = get(&fal, at(10_000), &path);
    assert_eq!((code, made["images"].as_array().unwrap().len()), (StatusCode::OK, 1));
    assert_eq!(get(&fal, at(0), "/fal-ai/sana/requests/x/status").0, StatusCode::NOT_FOUND);
    let other_app = path.replace("flux", "wan");
    assert_eq!(get(&fal, at(10_000), &other_app).0, StatusCode::NOT_FOUND, "a request is of one app");
}

#[test]
fn a_webhook_goes_to_the_address_in_the_query_until_it_is_accepted() {
    let fal = fake(|_| {});
    submitted(&fal, at(0), &[]);
    assert_eq!(fal.next_event(), Some(at(200)));
    assert!(fal.take_webhooks(at(999)).is_empty(), "fal sends only the event of the end");
    for due in [1_000, 3_000, 7_000] {
        assert!(fal.take_webhooks(at(due - 1)).is_empty(), "not before {due} ms");
        let webhooks = fal.take_webhooks(at(due));
        assert_eq!(webhooks.len(), 1, "at {due} ms");
        assert_eq!(webhooks[0].url, "http://127.0.0.1:9/hook?job=1");
        fal.webhook_answered(webhooks[0].id, due == 7_000);
    }
    assert_eq!(fal.next_event(), None);
    assert_eq!(fal.resend(at(9_000)), 1);
    assert_eq!(fal.take_webhooks(at(9_000)).len(), 1);
}

#[test]
fn knobs_are_valid_for_their_number_of_submits() {
    let fal = fake(|knobs| (knobs.submit, knobs.times) = (SubmitMode::AnswerLost, Some(1)));
    let input = json!({ "prompt": "a red fox", "output_format": "png" });
    let lost = send(&fal, at(0), Method::POST, MODEL, &[], &input);
    assert!(lost.extensions().get::<AnswerLost>().is_some());
    let answered = send(&fal, at(0), Method::POST, MODEL, &[], &input);
    assert!(answered.extensions().get::<AnswerLost>().is_none());
    assert_eq!((fal.counts().submits, fal.counts().predictions, fal.ordered().len()), (2, 2, 2));
    fal.forget();
    assert!(fal.ordered().is_empty());
}
