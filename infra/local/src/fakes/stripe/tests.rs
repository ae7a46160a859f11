use super::{
    fake::FakeStripe,
    knobs::{PaymentMode, StripeKnobs, StripeWebhookMode},
    settings::{API_VERSION, FakeStripeSettings},
};
use crate::fakes::{deliveries::Webhook, response::WebhookFirst};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

const SESSIONS: &str = "/v1/checkout/sessions";

/// The parameters of our own checkout, without the optional ones.
const ORDER: [(&str, &str); 7] = [
    ("mode", "payment"),
    ("line_items[0][quantity]", "1"),
    ("line_items[0][price_data][currency]", "eur"),
    ("line_items[0][price_data][unit_amount]", "999"),
    ("line_items[0][price_data][product_data][name]", "500 <credits>"),
    ("metadata[order]", "o-1"),
    ("success_url", "https://shop.test/?session={CHECKOUT_SESSION_ID}"),
];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn fake(turn: impl FnOnce(&mut StripeKnobs)) -> FakeStripe {
    let stripe = FakeStripe::new(FakeStripeSettings::new("http://127.0.0.1:7002", "http://127.0.0.1:9/hook"));
    stripe.knobs(turn);
    stripe
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    let given = |name: &str| headers.iter().any(|(known, _)| *known == name);
    if !given("authorization") {
        request = request.header("authorization", "Bearer sk_test_local");
    }
    if !given("content-type") && !form.is_empty() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from(Serializer::new(String::new()).extend_pairs(form).finish())).unwrap()
}

/// The order with these parameters added or replaced. An empty name removes the parameter
/// that the value names.
fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut order = ORDER.to_vec();
    for (name, value) in changes {
        order.retain(|(known, _)| known != name && !(name.is_empty() && known == value));
        order.extend((!name.is_empty()).then_some((*name, *value)));
    }
    order
}

fn shown(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

/// Opens a session and returns its id.
fn opened(stripe: &FakeStripe, now: Timestamp) -> String {
    let answer = stripe.handle(now, request(Method::POST, SESSIONS, &[], &ORDER));
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
    shown(&answer)["id"].as_str().unwrap().to_owned()
}

fn kind(webhook: &Webhook) -> String {
    let event: Value = serde_json::from_slice(&webhook.body).unwrap();
    event["type"].as_str().unwrap().to_owned()
}

#[test]
fn the_fake_refuses_what_the_real_service_refuses() {
    let long = "x".repeat(501);
    type Case<'a> = (&'a str, u16, Option<&'a str>, &'a str, Vec<(&'a str, &'a str)>, Vec<(&'a str, &'a str)>);
    let missing = Some("parameter_missing");
    let unknown = Some("parameter_unknown");
    let integer = Some("parameter_invalid_integer");
    let cases: Vec<Case<'_>> = vec![
        ("no key", 401, None, "", vec![("authorization", "")], with(&[])),
        ("another key", 401, None, "", vec![("authorization", "Bearer sk_test_other")], with(&[])),
        ("another scheme", 401, None, "", vec![("authorization", "Digest sk_test_local")], with(&[])),
        ("an unknown version", 400, None, "", vec![("stripe-version", "2019-05-16")], with(&[])),
        ("JSON", 400, None, "", vec![("content-type", "application/json")], with(&[])),
        ("no mode", 400, missing, "mode", vec![], with(&[("", "mode")])),
        ("another mode", 400, None, "mode", vec![], with(&[("mode", "subscription")])),
        ("no lines", 400, missing, "line_items", vec![], vec![("mode", "payment")]),
        ("no way back", 400, missing, "success_url", vec![], with(&[("", "success_url")])),
        ("a malformed way back", 400, Some("url_invalid"), "success_url", vec![], with(&[("success_url", "/back")])),
        ("an unknown parameter", 400, unknown, "items", vec![], with(&[("items", "1")])),
        ("one below", 400, unknown, "line_items[0][sku]", vec![], with(&[("line_items[0][sku]", "1")])),
        ("a line left out", 400, unknown, "line_items[2][quantity]", vec![], with(&[("line_items[2][quantity]", "1")])),
        ("an unset parameter", 400, Some("parameter_invalid_empty"), "cancel_url", vec![], with(&[("cancel_url", "")])),
        ("half a credit", 400, integer, "line_items[0][quantity]", vec![], with(&[("line_items[0][quantity]", "0.5")])),
        ("nothing", 400, integer, "line_items[0][quantity]", vec![], with(&[("line_items[0][quantity]", "0")])),
        (
            "cents",
            400,
            Some("amount_too_small"),
            "line_items",
            vec![],
            with(&[("line_items[0][price_data][unit_amount]", "49")]),
        ),
        ("a long value", 400, None, "metadata", vec![], with(&[("metadata[order]", &long)])),
        ("a deep value", 400, unknown, "metadata[a][b]", vec![], with(&[("metadata[a][b]", "1")])),
        ("a long reference", 400, None, "client_reference_id", vec![], with(&[("client_reference_id", &long)])),
        ("an early end", 400, None, "expires_at", vec![], with(&[("expires_at", "1800001799")])),
        ("a late end", 400, None, "expires_at", vec![], with(&[("expires_at", "1800086401")])),
    ];
    for (case, status, code, param, headers, form) in cases {
        let stripe = fake(|_| {});
        let answer = stripe.handle(at(0), request(Method::POST, SESSIONS, &headers, &form));
        let error = &shown(&answer)["error"];
        assert_eq!(answer.status().as_u16(), status, "{case}: {error}");
        assert_eq!(error["code"].as_str(), code, "{case}: {error}");
        assert_eq!(error["param"].as_str().unwrap_or_default(), param, "{case}: {error}");
        assert!(error["message"].is_string() && error["type"] == "invalid_request_error", "{case}: {error}");
        assert_eq!(stripe.counts().sessions, 0, "{case}: nothing may be opened");
    }
    let unknown = [(Method::GET, "/v1/charges"), (Method::DELETE, SESSIONS), (Method::GET, "/v1/payment_intents/pi_0")];
    for (method, path) in unknown {
        let answer = fake(|_| {}).handle(at(0), request(method, path, &[], &[]));
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn both_schemes_of_the_key_are_accepted() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let basic = format!("Basic {}", BASE64_STANDARD.encode("sk_test_local:"));
    for authorization in ["Bearer sk_test_local", &basic] {
        let asked = request(Method::POST, SESSIONS, &[("authorization", authorization)], &ORDER);
        assert_eq!(fake(|_| {}).handle(at(0), asked).status(), StatusCode::OK, "{authorization}");
    }
}

#[test]
fn a_session_is_paid_once_and_its_event_is_signed() {
    let stripe = fake(|_| {});
    let id = opened(&stripe, at(0));
    let open = stripe.session(at(0), &id).unwrap();
    assert_eq!(
        (&open["status"], &open["payment_status"], &open["payment_intent"]),
        (&json!("open"), &json!("unpaid"), &json!(null))
    );
    assert_eq!(
        (&open["amount_total"], &open["currency"], &open["metadata"]["order"]),
        (&json!(999), &json!("eur"), &json!("o-1"))
    );
    assert_eq!(open["url"], format!("http://127.0.0.1:7002/c/pay/{id}"));

    let page = stripe.handle(at(1), request(Method::GET, &format!("/c/pay/{id}"), &[("authorization", "")], &[]));
    let html = String::from_utf8(page.body().to_vec()).unwrap();
    assert!(
        html.contains("EUR 9.99") && html.contains("500 &lt;credits&gt;") && html.contains("method=\"post\""),
        "{html}"
    );

    for second in [2, 3] {
        let paid = stripe.handle(at(second), request(Method::POST, &format!("/c/pay/{id}"), &[], &[]));
        assert_eq!(paid.status(), StatusCode::SEE_OTHER);
        assert_eq!(paid.headers()["location"], format!("https://shop.test/?session={id}"));
        assert!(paid.extensions().get::<WebhookFirst>().is_some());
    }
    assert_eq!((stripe.counts().payments, stripe.counts().events), (1, 1), "two presses are one payment");

    let webhooks = stripe.take_webhooks(at(3));
    assert_eq!(webhooks.iter().map(kind).collect::<Vec<_>>(), ["checkout.session.completed"]);
    let event: Value = serde_json::from_slice(&webhooks[0].body).unwrap();
    let session = &event["data"]["object"];
    assert_eq!(
        (&session["status"], &session["payment_status"], &session["url"]),
        (&json!("complete"), &json!("paid"), &json!(null))
    );
    assert_eq!((&event["api_version"], &event["created"]), (&json!(API_VERSION), &json!(1_800_000_002)));
    let intent = format!("/v1/payment_intents/{}", session["payment_intent"].as_str().unwrap());
    let intent = shown(&stripe.handle(at(3), request(Method::GET, &intent, &[], &[])));
    assert_eq!((&intent["status"], &intent["amount_received"]), (&json!("succeeded"), &json!(999)));
}

#[test]
fn a_payment_may_end_later_or_fail() {
    let cases = [
        (PaymentMode::Later, "paid", "checkout.session.async_payment_succeeded"),
        (PaymentMode::LaterFails, "unpaid", "checkout.session.async_payment_failed"),
    ];
    for (payment, status, told) in cases {
        let stripe = fake(|knobs| knobs.payment = payment);
        let id = opened(&stripe, at(0));
        let _ = stripe.pay(at(1), &id);
        assert_eq!(stripe.session(at(2), &id).unwrap()["payment_status"], "unpaid", "{payment:?}");
        assert_eq!(stripe.take_webhooks(at(2)).len(), 1);
        assert_eq!(stripe.next_event(), Some(at(3)));
        assert_eq!(stripe.session(at(3), &id).unwrap()["payment_status"], status, "{payment:?}");
        assert_eq!(stripe.take_webhooks(at(3)).iter().map(kind).collect::<Vec<_>>(), [told]);
    }
}

#[test]
fn a_session_expires_by_itself_and_on_demand() {
    let stripe = fake(|_| {});
    let (first, second) = (opened(&stripe, at(0)), opened(&stripe, at(1)));
    let expire = |id: &str| stripe.handle(at(2), request(Method::POST, &format!("{SESSIONS}/{id}/expire"), &[], &[]));
    assert_eq!(shown(&expire(&first))["status"], "expired");
    assert_eq!(expire(&first).status(), StatusCode::BAD_REQUEST, "only an open session can expire");
    assert_eq!(stripe.pay(at(3), &first).status(), StatusCode::GONE);
    let day = i64::from(24 * 3_600);
    assert_eq!(stripe.session(at(day), &second).unwrap()["status"], "open");
    assert_eq!(stripe.session(at(day + 1), &second).unwrap()["status"], "expired");
    let told: Vec<_> = stripe.take_webhooks(at(day + 1)).iter().map(kind).collect();
    assert_eq!(told, ["checkout.session.expired", "checkout.session.expired"]);
    assert_eq!(stripe.counts().payments, 0);
}

#[test]
fn a_repeated_key_is_one_request_for_a_day() {
    let stripe = fake(|_| {});
    let send = |second, path: &str, key: &str, form: &[(&str, &str)]| {
        stripe.handle(at(second), request(Method::POST, path, &[("idempotency-key", key)], form))
    };
    // The answer to a refused request is not kept.
    assert_eq!(send(0, SESSIONS, "k", &with(&[("", "mode")])).status(), StatusCode::BAD_REQUEST);
    let first = send(0, SESSIONS, "k", &ORDER);
    assert_eq!((first.status(), &first.headers()["idempotency-key"]), (StatusCode::OK, &HeaderValue::from_static("k")));
    let mut shuffled = ORDER.to_vec();
    shuffled.reverse();
    let again = send(60, SESSIONS, "k", &shuffled);
    assert_eq!(
        (shown(&again), &again.headers()["idempotent-replayed"]),
        (shown(&first), &HeaderValue::from_static("true"))
    );

    let session = shown(&first)["id"].as_str().unwrap().to_owned();
    let others = [
        send(60, SESSIONS, "k", &with(&[("line_items[0][quantity]", "2")])),
        send(60, &format!("{SESSIONS}/{session}/expire"), "k", &[]),
    ];
    for other in others {
        assert_eq!((other.status().as_u16(), &shown(&other)["error"]["type"]), (400, &json!("idempotency_error")));
    }
    assert_eq!(send(60, SESSIONS, &"k".repeat(256), &ORDER).status(), StatusCode::BAD_REQUEST);
    assert_eq!(stripe.counts().sessions, 1);
    assert_ne!(shown(&send(24 * 3_600, SESSIONS, "k", &ORDER)), shown(&first), "a day later the key is forgotten");
}

#[test]
fn webhooks_follow_their_knobs() {
    let cases = [
        (StripeWebhookMode::Once, 1, 0),
        (StripeWebhookMode::Never, 0, 0),
        (StripeWebhookMode::Twice, 2, 0),
        (StripeWebhookMode::Late, 1, 10),
        (StripeWebhookMode::BadSignature, 1, 0),
        (StripeWebhookMode::Stale, 1, 0),
    ];
    for (mode, times, late) in cases {
        let stripe = fake(|knobs| knobs.webhook = mode);
        let id = opened(&stripe, at(0));
        let _ = stripe.pay(at(0), &id);
        assert_eq!(stripe.take_webhooks(at(late - 1)).len(), 0, "{mode:?}");
        let webhooks = stripe.take_webhooks(at(late));
        assert_eq!(webhooks.len(), times, "{mode:?}");
        for webhook in &webhooks {
            let signature = webhook.headers["stripe-signature"].to_str().unwrap();
            let sent_at = at(late) - SignedDuration::from_secs(if mode == StripeWebhookMode::Stale { 600 } else { 0 });
            assert!(signature.starts_with(&format!("t={},v1=", sent_at.as_second())), "{mode:?}: {signature}");
            assert_eq!(webhook.body, webhooks[0].body);
        }
        stripe.resend(at(60));
        assert_eq!(stripe.take_webhooks(at(60)).len(), 1, "{mode:?}: every event so far is sent again");
    }
}

#[test]
fn an_unacknowledged_event_is_sent_again_for_three_days() {
    let stripe = fake(|_| {});
    let id = opened(&stripe, at(0));
    let _ = stripe.pay(at(0), &id);
    let (mut now, mut sent) = (at(0), 0);
    loop {
        for webhook in stripe.take_webhooks(now) {
            sent += 1;
            stripe.webhook_answered(webhook.id, false);
        }
        match stripe.next_event() {
            Some(next) => now = next,
            None => break,
        }
    }
    assert_eq!(sent, 10);
    assert!(now >= at(2 * 24 * 3_600) && now <= at(3 * 24 * 3_600), "{now}");
}

#[test]
fn the_knobs_can_be_turned_over_http() {
    let stripe = fake(|_| {});
    let control = |method, path: &str, body: &str| {
        stripe.handle(at(0), Request::builder().method(method).uri(path).body(Bytes::from(body.to_owned())).unwrap())
    };
    let turned = control(Method::PATCH, "/_control", r#"{"webhook": "twice", "payment": "later"}"#);
    assert_eq!(shown(&turned)["knobs"]["webhook"], "twice");
    assert_eq!(control(Method::PATCH, "/_control", r#"{"webhok": "twice"}"#).status(), StatusCode::BAD_REQUEST);
    let id = opened(&stripe, at(0));
    assert_eq!(control(Method::POST, "/_control/expire", "").status(), StatusCode::OK);
    assert_eq!(stripe.session(at(0), &id).unwrap()["status"], "expired");
    assert_eq!(stripe.take_webhooks(at(0)).len(), 2);
    assert_eq!(shown(&control(Method::POST, "/_control/reset", ""))["knobs"], json!(StripeKnobs::default()));
}
