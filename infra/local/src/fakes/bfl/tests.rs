use super::{protocol::FakeBfl, settings::FakeBflSettings};
use crate::fakes::knobs::{SubmitMode, WebhookMode};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn send(bfl: &FakeBfl, now: Timestamp, method: Method, path: &str, body: &Value) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    bfl.handle(now, request.header("x-key", "local-bfl-key").body(Bytes::from(body.to_string())).unwrap())
}

fn shown(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

/// Submits a task and returns the answer.
fn submitted(bfl: &FakeBfl, input: Value) -> Value {
    let answer = send(bfl, at(0), Method::POST, "/v1/flux-2-pro", &input);
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
    shown(&answer)
}

fn input() -> Value {
    json!({ "prompt": "a red fox", "output_format": "png" })
}

/// Rules beyond the published schema. `tests/clients.rs` checks the schema over a socket.
#[test]
fn the_fake_refuses_what_the_real_service_refuses() {
    let bfl = FakeBfl::new(FakeBflSettings::default());
    for (name, value, kind) in [
        ("width", json!(100), "greater_than_equal"),
        ("prompt_upsampling", json!(true), "extra_forbidden"),
        ("output_format", json!("jpeg"), "literal_error"),
    ] {
        let mut body = input();
        body[name] = value;
        let answer = send(&bfl, at(0), Method::POST, "/v1/flux-2-pro", &body);
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert_eq!(shown(&answer)["detail"][0]["type"], kind, "{name}");
    }
    bfl.knobs(|knobs| knobs.submit = SubmitMode::Invalid);
    let answer = send(&bfl, at(0), Method::POST, "/v1/flux-2-pro", &input());
    assert_eq!((answer.status().as_u16(), &shown(&answer)["detail"][0]["type"]), (422, &json!("less_than_equal")));
    assert_eq!(bfl.counts().predictions, 0);
}

#[test]
fn an_output_can_be_read_for_ten_minutes() {
    let bfl = FakeBfl::new(FakeBflSettings::default());
    let task = submitted(&bfl, input());
    let told = shown(&send(
        &bfl,
        at(1),
        Method::GET,
        &format!("/v1/get_result?id={}", task["id"].as_str().unwrap()),
        &json!(null),
    ));
    let file = told["result"]["sample"].as_str().unwrap().strip_prefix("http://127.0.0.1:7004").unwrap();
    for (second, status) in [(1, 200), (600, 200), (601, 404)] {
        let answer = send(&bfl, at(second), Method::GET, file, &Value::Null);
        assert_eq!(answer.status().as_u16(), status, "after {second} s");
    }
}

#[test]
fn a_webhook_is_signed_only_with_a_secret_and_replaces_the_polling_url() {
    for secret in [Some("s3cret"), None] {
        let bfl = FakeBfl::new(FakeBflSettings::default());
        let mut body = input();
        body["webhook_url"] = "http://127.0.0.1:9/hook".into();
        body["webhook_secret"] = secret.into();
        let task = submitted(&bfl, body);
        assert!(task.get("polling_url").is_none() && task["webhook_url"] == "http://127.0.0.1:9/hook", "{task}");
        let webhooks = bfl.take_webhooks(at(1));
        assert_eq!(webhooks.len(), 1);
        assert_eq!(webhooks[0].headers.contains_key("x-bfl-signature"), secret.is_some());
    }
    let bfl = FakeBfl::new(FakeBflSettings::default());
    let task = submitted(&bfl, input());
    assert!(task.get("polling_url").is_some() && task.get("webhook_url").is_none(), "{task}");
    assert!(bfl.take_webhooks(at(1)).is_empty());
}

#[test]
fn a_webhook_out_of_order_reports_the_start_after_the_end() {
    let bfl = FakeBfl::new(FakeBflSettings::default());
    bfl.knobs(|knobs| knobs.webhook = WebhookMode::OutOfOrder);
    let mut body = input();
    body["webhook_url"] = "http://127.0.0.1:9/hook".into();
    submitted(&bfl, body);
    let told: Vec<Value> =
        bfl.take_webhooks(at(1)).iter().map(|webhook| serde_json::from_slice(&webhook.body).unwrap()).collect();
    assert_eq!(told.iter().map(|event| &event["status"]).collect::<Vec<_>>(), ["Ready", "Pending"]);
}
